// The process as it truly runs, tick by tick: loads, autocorrelated noise, crews' effects, stocks. No meter yet.
import type { Chance } from './chance.ts';
import { HOUR, MINUTE, type Shift } from './clockwork.ts';
import { type CrewTruth, type Flow, type Site, type Stock, TICK, TICK_MINUTES, type Unit } from './model.ts';

/** A first-order autoregression: half of a disturbance is gone after about three hours. */
const MEMORY = 0.98;
const FRESH = 0.199; // √(1 − MEMORY²), so that the deviation is 1

interface Wander {
  now: number;
}
const wander = (state: Wander, chance: Chance): number => {
  state.now = MEMORY * state.now + FRESH * chance.noise();
  return state.now;
};

/** Runs one unit over all ticks; a unit that feeds another runs before it, but neither waits for the other. */
export function runUnit(site: Site, unit: Unit): void {
  const chance = site.chance.fork(`process ${unit.id}`);
  const [main] = unit.flows;
  if (!main) return;
  const outputs = unit.flows.filter(({ role }) => role === 'output');
  const used = unit.flows.filter(({ role, keys }) => role !== 'output' && keys.flow === undefined);
  const noises = new Map(used.map((flow) => [flow.id, { chance: chance.fork(flow.id), state: { now: 0 } }]));
  const loads = { chance: chance.fork('load'), state: { now: 0 }, target: 1 };
  const weather = { chance: chance.fork('weather'), state: { now: 0 } };
  const tank = { chance: chance.fork('tank'), state: { now: 0 } };
  const perTick = TICK_MINUTES / 60;
  const rates = new Map<string, number>();
  let shiftAt = 0;

  for (let t = 0; t < site.ticks; t += 1) {
    const at = site.from + t * TICK;
    while (shiftAt < unit.shifts.length && unit.shifts[shiftAt]!.to <= at) shiftAt += 1;
    const shift = within(unit.shifts[shiftAt], at);
    const crew = shift && unit.crews[shift.crew];
    const stopped = unit.stops.some(({ from, to }) => from <= at && at < to);
    const running = stopped ? 0 : 1;
    unit.running[t] = running;

    const temperature = temperatureAt(at, site, wander(weather.state, weather.chance));
    if (unit.temperature) unit.temperature[t] = temperature;

    if (t % 96 === 0) loads.target = site.clean ? 1 : loads.chance.real(0.88, 1.1);
    const wish =
      loads.target * (1 + (site.clean ? 0.005 : 0.02) * wander(loads.state, loads.chance)) * (1 + (crew?.load ?? 0));
    const cap = Math.min(...unit.caps.filter(({ from, to }) => from <= at && at < to).map(({ rate }) => rate), 1e12);
    const load = Math.min(wish * main.rate, cap) * running;

    const growth = unit.stock ? moveStock(unit.stock, t, at, shift, crew, running, tank, perTick) : 0;
    for (const [index, output] of outputs.entries()) {
      const share = output.rate / main.rate;
      const rate = index === 0 ? load - growth : load * share * (1 + 0.1 * (wish - 1));
      output.track[t] = Math.max(0, rate);
      rates.set(output.id, output.track[t]!);
    }

    const before = shiftAt > 0 ? unit.crews[unit.shifts[shiftAt - 1]!.crew] : undefined;
    const left = shift && at - shift.from < 2 * HOUR ? (before?.carryOver ?? 0) : 0;
    for (const flow of used) {
      const noise = noises.get(flow.id)!;
      const drift = (site.clean ? 0.006 : 0.015) * wander(noise.state, noise.chance);
      const standard = standardRate(flow, rates, growth, running, load, temperature);
      const rate = Math.max(0, standard * (1 + (crew?.effects[flow.id] ?? 0) + left + drift));
      flow.track[t] = rate;
      if (flow.own) receive(flow.own, t, rate, noise.chance, perTick);
    }
  }
}

const within = (shift: Shift | undefined, at: number): Shift | undefined =>
  shift !== undefined && shift.from <= at ? shift : undefined;

/** A day's swing as a parabola, warmest at two in the afternoon of the plant's clock. */
function temperatureAt(at: number, site: Site, drift: number): number {
  const wall = at + site.zone.offsetAt(at);
  const hours = (((wall - 14 * HOUR) % (24 * HOUR)) + 24 * HOUR) % (24 * HOUR);
  const away = Math.abs(hours > 12 * HOUR ? 24 * HOUR - hours : hours) / (12 * HOUR);
  return 25 - 11 * away * away + 2.5 * drift;
}

function standardRate(
  flow: Flow,
  rates: ReadonlyMap<string, number>,
  growth: number,
  running: number,
  load: number,
  temperature: number,
): number {
  let sum = flow.fixed * running;
  for (const { of, coefficient } of flow.terms) {
    const driven = 'growth' in of ? growth : rates.get(of.id)!;
    sum += coefficient(load, temperature) * driven;
  }
  return sum;
}

/** The stock's growth in units an hour; a gaming crew empties or fills the tank in its last hour. */
function moveStock(
  stock: Stock,
  t: number,
  at: number,
  shift: Shift | undefined,
  crew: CrewTruth | undefined,
  running: number,
  tank: { chance: Chance; state: Wander },
  perTick: number,
): number {
  const level = t === 0 ? 3 : stock.track[t - 1]!;
  const lastHour = shift !== undefined && shift.to - at <= 60 * MINUTE;
  const game = lastHour ? (crew?.game ?? 0) : 0;
  const speed = (0.12 * (3 - level) + 0.12 * wander(tank.state, tank.chance) + game) * running;
  const next = Math.min(6, Math.max(0.4, level + speed * perTick));
  stock.track[t] = next;
  const growth = ((next - level) / perTick) * stock.perMetre;
  stock.growth[t] = growth;
  if (stock.density) stock.density[t] = 1.3 + 0.01 * tank.state.now;
  if (stock.completionTrack) stock.completionTrack[t] = 0.4 + 0.03 * tank.state.now;
  return growth;
}

/** Receipts come when the tank has fallen low, at three times the use. */
function receive(own: NonNullable<Flow['own']>, t: number, rate: number, chance: Chance, perTick: number): void {
  const level = t === 0 ? chance.real(2, 4) : own.track[t - 1]!;
  const filling = t > 0 && own.received[t - 1]! > 0 ? level < 4 : level < 1.5;
  own.received[t] = filling ? rate * 3 + own.perMetre * 0.1 : 0;
  own.track[t] = level + ((own.received[t]! - rate) * perTick) / own.perMetre;
}
