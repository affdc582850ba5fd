// Draws a unit: which streams it has, by which points they are measured, and what its crews are really like.
import type { Chance } from './chance.ts';
import type { Roster, Shift } from './clockwork.ts';
import { formatDay, monthOf } from './clockwork.ts';
import { fixed } from './decimal.ts';
import {
  addGauge,
  addRow,
  type CrewTruth,
  type Flow,
  type Gauge,
  type GaugeKind,
  priceOf,
  type Site,
  type Track,
  track,
  type Unit,
} from './model.ts';
import { drawStandard } from './standards.ts';
import { type Item, ODD_STEPS, type Trade } from './trades.ts';
import type { Yaml, YamlMap } from './write.ts';

export interface Room {
  left: number;
}

/** A unit of `trade` with as many points as `room` allows. `from` is the unit whose output flows into it. */
export function drawUnit(
  site: Site,
  trade: Trade,
  number: number,
  roster: Roster,
  shifts: Shift[],
  room: Room,
  from: Unit | undefined,
): Unit {
  const { wishes } = site;
  const chance = site.chance.fork(`unit ${number}`);
  const crewLoad = wishes.has('crew-load') && chance.yes(0.8);
  if (crewLoad) wishes.plant('crew-load');
  const unit: Unit = {
    id: `${trade.id}-${number}`,
    number,
    trade,
    roster,
    shifts,
    keys: { name: { zh: `${trade.zh}${number}组`, en: `${trade.en} group ${number}` } },
    streams: {},
    flows: [],
    qualities: [],
    fees: [],
    gauges: [],
    crews: {},
    crewLoad,
    running: track(site, 1),
    stops: [],
    caps: [],
  };
  const { keys } = unit;
  keys.rotation = roster.id;
  const take = (points: number): boolean => {
    if (room.left < points) return false;
    room.left -= points;
    return true;
  };

  take(3);
  const main = addFlow(site, unit, 'output', trade.output, trade.rate);
  if (from) drawTransfer(site, unit, from, take);
  for (const item of trade.inputs) addFlow(site, unit, 'input', item, item.per * main.rate);
  let lessStock = false;
  const extras: Readonly<Record<string, () => void>> = {
    stock: () => drawStock(site, unit, take, chance),
    temperature: () => drawTemperature(site, unit, take, chance),
    'hours-run': () => drawHoursRun(site, unit, take, chance),
    'second-output': () => {
      if (!wishes.has('second-output') && !wishes.has('output-mix')) return;
      if (!take(1)) return;
      wishes.plant('second-output');
      const second = addFlow(site, unit, 'output', trade.second, trade.second.per * main.rate);
      if (wishes.take('output-mix')) main.keys.mix = second.keys.mix = 'line-1';
      if (chance.yes(0.5)) keys.load = main.id;
    },
    'mix-group': () => {
      if (!wishes.has('mix-group') || !take(2)) return;
      wishes.plant('mix-group');
      for (const item of trade.mix) addFlow(site, unit, 'input', item, item.per * main.rate).keys.mix = 'reagents';
    },
    'by-product': () => {
      if ((!wishes.has('by-product') && !wishes.has('negative-price')) || !take(1)) return;
      wishes.plant('by-product');
      const price = wishes.take('negative-price') ? -trade.byProduct.price : trade.byProduct.price;
      // Twenty bags of 50 kg are a tonne.
      const bags = trade.byProduct.unit === 't' && wishes.take('new-measure');
      const { per } = trade.byProduct;
      const item: Item = bags
        ? { ...trade.byProduct, unit: 'bag', step: '0.1', per: per * 20, price: price / 20 }
        : { ...trade.byProduct, price };
      addFlow(site, unit, 'by-product', item, item.per * main.rate);
    },
    'quality-share': () => drawQuality(site, unit, true, take, chance),
    'quality-value': () => drawQuality(site, unit, false, take, chance),
    'less-stock': () => {
      lessStock = wishes.has('less-stock') && take(1);
    },
  };
  for (const name of chance.shuffle(Object.keys(extras))) extras[name]!();
  if (crewLoad) keys['load set by'] = 'crew';
  else if (chance.yes(0.3)) keys['load set by'] = 'dispatch';

  drawBudgets(site, unit, chance);
  const outputs = unit.flows.filter((flow) => flow.role === 'output');
  const consumed = unit.flows.filter((flow) => flow.role !== 'output');
  drawTariff(site, unit, chance);
  for (const flow of consumed) {
    const stock = flow.keys.bands === undefined || wishes.has('tariff-with-stock') ? unit.stock : undefined;
    drawStandard(site, unit, flow, outputs, stock);
  }
  const answering = chance.pick(consumed);
  if (wishes.take('company-answers')) answering.keys.answers = 'company';
  measureFlows(site, unit, take, chance);
  if (lessStock) drawOwnStock(site, unit, consumed, chance);
  drawFees(site, unit, chance);
  drawCrews(site, unit, chance);
  return unit;
}

function addFlow(site: Site, unit: Unit, role: Flow['role'], item: Item, rate: number): Flow {
  const keys: YamlMap = { name: { zh: item.zh, en: item.en }, role, unit: item.unit };
  const flow: Flow = { id: item.id, role, item, track: track(site), keys, rate, terms: [], fixed: 0 };
  unit.flows.push(flow);
  unit.streams[item.id] = keys;
  priceOf(site, item.id, item.price);
  return flow;
}

/** The other unit's main output flows in here: one meter, one transfer price. */
function drawTransfer(site: Site, unit: Unit, from: Unit, take: (points: number) => boolean): void {
  const made = from.flows[0]!;
  const point = made.keys.point!;
  delete made.keys.point;
  made.keys.flow = 'transfer';
  const keys: YamlMap = { name: made.keys.name!, role: 'input', unit: made.item.unit, flow: 'transfer' };
  const { track: seen, rate, item, id } = made;
  unit.flows.push({ id, role: 'input', item, track: seen, keys, rate, terms: [], fixed: 0 });
  unit.streams[id] = keys;
  site.prices.delete(`plan ${id}`);
  priceOf(site, id, item.price, 'transfer');
  site.wishes.plant('flow');
  site.flows.transfer = { point };
  if (!site.wishes.has('flow-check') || !take(1)) return;
  site.wishes.plant('flow-check');
  const check = addGauge(site, from, 'counter', 'FQ', item.unit, item.step, track(site), rate * 2);
  site.flows.transfer = { point, check: check.id };
  derive(site, () => {
    for (let t = 0; t < site.ticks; t += 1) check.track[t] = seen[t]! * 0.996;
  });
}

function drawStock(site: Site, unit: Unit, take: (points: number) => boolean, chance: Chance): void {
  const { wishes } = site;
  if (!wishes.has('stock') || !take(1)) return;
  wishes.plant('stock');
  const { id, zh, en } = unit.trade.stock;
  const main = unit.flows[0]!;
  const keys: YamlMap = { name: { zh, en }, role: 'stock', unit: main.item.unit };
  const level = track(site, 3);
  const gauge = addGauge(site, unit, 'level', 'LT', 'm', chance.pick(['0.01', '0.01', '0.001', '0.02']), level, 9);
  keys.point = gauge.id;
  const density = wishes.has('stock-density') && take(1) ? track(site, 1.3) : undefined;
  if (density) {
    wishes.plant('stock-density');
    const meter = addGauge(site, unit, 'level', 'DT', 't/m³', '0.001', density, 2);
    keys.with = { density: meter.id };
    keys.quantity = 'level * density * 22 m²';
  } else keys.quantity = 'level * 28.5 t/m';
  keys.step = wishes.take('odd-steps') ? chance.pick(ODD_STEPS) : chance.pick(['0.001', '0.01']);
  keys.makes = main.id;
  const measured = wishes.has('completion-point') && take(1) ? track(site, 0.4) : undefined;
  if (measured) {
    wishes.plant('completion-point');
    keys.completion = addGauge(site, unit, 'level', 'CT', '1', chance.pick(['0.001', '0.01']), measured, 1).id;
  } else keys.completion = chance.pick(['40 %', '25 %', '62.5 %', '100 %']);
  if (wishes.take('stock-price')) priceOf(site, id, main.item.price * 0.4);
  unit.streams[id] = keys;
  const completion = measured ? 1 : Number.parseFloat(keys.completion as string) / 100;
  const growth = track(site);
  unit.stock = { id, track: level, perMetre: 28.5, completion, growth, density, completionTrack: measured };
}

function drawTemperature(site: Site, unit: Unit, take: (points: number) => boolean, chance: Chance): void {
  if (!site.wishes.has('temperature') || !take(1)) return;
  site.wishes.plant('temperature');
  unit.temperature = track(site, 20);
  const kind: GaugeKind = chance.pick(['rate', 'rate', 'level', 'sample']);
  const gauge = addGauge(site, unit, kind, 'TT', 'degC', chance.pick(['0.1', '0.01', '0.5']), unit.temperature, 60);
  unit.keys.conditions = {
    temp: { name: { zh: '环境温度', en: 'Ambient temperature' }, point: gauge.id, budget: '20 degC' },
  };
}

function drawHoursRun(site: Site, unit: Unit, take: (points: number) => boolean, chance: Chance): void {
  if (!site.wishes.has('hours-run') || !take(1)) return;
  site.wishes.plant('hours-run');
  const kind: GaugeKind = chance.pick(['counter', 'counter', 'figure']);
  const gauge = addGauge(site, unit, kind, 'RUN', 'h', chance.pick(['0.01', '0.1', '0.001']), unit.running, 1);
  unit.keys['hours run'] = { point: gauge.id };
}

function drawQuality(site: Site, unit: Unit, byShare: boolean, take: (n: number) => boolean, chance: Chance): void {
  const { wishes } = site;
  const feature = byShare ? 'quality-share' : 'quality-value';
  if (!wishes.has(feature) || !take(1)) return;
  wishes.plant(feature);
  const { id: name, zh, en } = unit.trade.quality;
  const main = unit.flows[0]!;
  const gauge = addGauge(
    site,
    unit,
    'sample',
    'LAB',
    '1',
    chance.pick(['0.001', '0.001', '0.005']),
    track(site, 1.3),
    2,
  );
  if (chance.yes(0.7)) gauge.keys.delay = chance.pick(['45 min', '20 min', '90 min', '0 min']);
  gauge.keys.counts = chance.pick([['routine'], ['routine'], ['routine', 'spot']]);
  gauge.keys['replaced by'] = chance.pick([['arbitration'], ['re-test', 'arbitration']]);
  const slope = fixed(main.item.price * chance.real(0.005, 0.03), 2);
  const money = `yuan/${main.item.unit}`;
  const keys: YamlMap = {
    name: { zh: byShare ? `${zh}合格率` : zh, en: byShare ? `${en} in window` : en },
    role: 'quality',
    of: main.id,
    point: gauge.id,
  };
  if (byShare) keys.window = ['1.28', '1.32'];
  keys.premium = byShare ? `(k/n - 0.85) * ${slope} ${money}` : `(value - 1.300) * ${slope} ${money}`;
  keys.step = chance.pick(['0.0001', '0.001', '0.01']);
  const id = byShare ? `${name}-share` : name;
  unit.streams[id] = keys;
  unit.qualities.push({ id, gauge, byShare, target: byShare ? 0.85 : 1.3, slope: Number(slope) });
}

function drawBudgets(site: Site, unit: Unit, chance: Chance): void {
  const { wishes } = site;
  for (const flow of unit.flows.filter(({ role }) => role === 'output')) {
    const measure = `${flow.item.unit}/h`;
    const rate = (factor: number): string => `${fixed(flow.rate * factor, flow.rate < 50 ? 2 : 0)} ${measure}`;
    if (wishes.has('monthly-budget') && chance.yes(0.7)) {
      wishes.plant('monthly-budget');
      const first = monthOf(site.firstDay - 1, site.monthStart);
      const last = monthOf(site.lastDay + 1, site.monthStart);
      for (const month of new Set([
        first,
        monthOf(site.firstDay, site.monthStart),
        monthOf(site.lastDay, site.monthStart),
        last,
      ]))
        addRow(site, 'budgets', {
          unit: unit.id,
          stream: flow.id,
          month,
          amount: fixed(flow.rate * 720 * chance.real(0.97, 1.03), 0),
          ...(chance.yes(0.5) && { planned_hours: chance.pick(['720', '700', '668.5']) }),
        });
    } else if (wishes.has('dated-budget') && chance.yes(0.7)) {
      wishes.plant('dated-budget');
      const change = formatDay(chance.int(site.firstDay, site.lastDay));
      flow.keys.budget = [
        { from: '2022-01-01', rate: rate(1) },
        { from: change, rate: rate(1.04) },
      ];
    } else flow.keys.budget = rate(1);
  }
}

function drawTariff(site: Site, unit: Unit, chance: Chance): void {
  const { wishes } = site;
  const flow = unit.flows.find(({ id }) => id === 'power');
  if (!wishes.has('tariff') || !flow || (unit.stock && !wishes.has('tariff-with-stock'))) return;
  if (!chance.yes(0.8)) return;
  wishes.plant('tariff');
  if (unit.stock) wishes.plant('tariff-with-stock');
  flow.keys.bands = 'tou';
  for (const [band, factor] of [
    ['peak', 1.6],
    ['flat', 1],
    ['valley', 0.5],
  ] as const)
    priceOf(site, `power.${band}`, flow.item.price * factor);
}

// ── points of the flows ────────────────────────────────────────────────────────────────────────────────────────────

/** Which way of measuring comes with which prefix. */
const PREFIX = { counter: 'FQ', rate: 'FT', batch: 'BATCH', figure: 'HAND', 'typed counter': 'HAND' } as const;

function meter(site: Site, unit: Unit, flow: Flow, kind: keyof typeof PREFIX, seen: Track, chance: Chance): Gauge {
  const odd = site.wishes.has('odd-steps') && chance.yes(0.5);
  if (odd) site.wishes.plant('odd-steps');
  const fine = flow.item.step;
  const coarse = ODD_STEPS.filter((text) => Number(text) < flow.rate / 4);
  const quantityStep = odd && coarse.length > 0 ? chance.pick(coarse) : fine;
  const { unit: measure } = flow.item;
  const prefix = kind === 'counter' && measure === 'kWh' ? 'JQ' : PREFIX[kind];
  if (kind !== 'rate') return addGauge(site, unit, kind, prefix, measure, quantityStep, seen, flow.rate * 2);
  const gauge = addGauge(
    site,
    unit,
    kind,
    prefix,
    `${measure}/h`,
    chance.pick(['0.01', '0.1', '0.001']),
    seen,
    flow.rate * 2,
  );
  gauge.keys.between = chance.pick(['slope', 'step']);
  gauge.keys['quantity step'] = quantityStep;
  gauge.keys['least coverage'] = chance.pick(['50 %', '80 %', '95 %', '100 %']);
  return gauge;
}

function measureFlows(site: Site, unit: Unit, take: (points: number) => boolean, chance: Chance): void {
  const { wishes } = site;
  const waiting = chance.shuffle(unit.flows.filter((flow) => flow.keys.flow === undefined));
  const next = (fits: (flow: Flow) => boolean = () => true): Flow | undefined => {
    const at = waiting.findIndex(fits);
    return at < 0 ? undefined : waiting.splice(at, 1)[0];
  };
  const used = (flow: Flow): boolean => flow.role !== 'output';
  const give = (flow: Flow | undefined, kind: keyof typeof PREFIX): Gauge | undefined => {
    if (!flow) return undefined;
    const gauge = meter(site, unit, flow, kind, flow.track, chance);
    flow.keys.point = gauge.id;
    return gauge;
  };
  const ways: Readonly<Record<string, () => void>> = {
    'rate-point': () => give(next(), 'rate') && wishes.plant('rate-point'),
    batch: () =>
      drawBatch(
        site,
        give(
          next((flow) => used(flow) && flow.keys.bands === undefined),
          'batch',
        ),
      ),
    'manual-figure': () => give(next(used), 'figure') && wishes.plant('manual-figure'),
    'manual-counter': () => give(next(used), 'typed counter') && wishes.plant('manual-counter'),
    'formula-point': () => {
      const flow = take(2) ? next() : undefined;
      if (flow) drawFormulaPoint(site, unit, flow, chance);
    },
    'share-keys': () => drawShare(site, unit, 'keys', waiting, take, chance),
    'share-allowed': () => drawShare(site, unit, 'allowed', waiting, take, chance),
  };
  for (const way of chance.shuffle(Object.keys(ways) as (keyof typeof ways)[]))
    if (wishes.has(way as 'batch') && chance.yes(0.75)) ways[way]!();
  for (const flow of waiting) give(flow, 'counter');
}

function drawBatch(site: Site, gauge: Gauge | undefined): void {
  if (!gauge) return;
  site.wishes.plant('batch');
  if (site.wishes.take('confirmed')) gauge.keys.confirmed = 'yes';
}

function drawFormulaPoint(site: Site, unit: Unit, flow: Flow, chance: Chance): void {
  site.wishes.plant('formula-point');
  const form = chance.pick(['difference', 'sum', 'scaled']);
  const first = meter(site, unit, flow, 'counter', track(site), chance);
  const second =
    form === 'scaled' ? undefined : meter(site, unit, flow, chance.pick(['counter', 'rate']), track(site), chance);
  const id = `NET-${unit.number}${String(Object.keys(site.points).length + 1).padStart(2, '0')}`;
  const quantity =
    form === 'difference'
      ? `[${first.id}] - [${second!.id}]`
      : form === 'sum'
        ? `[${first.id}] + [${second!.id}]`
        : `[${first.id}] * 0.975`;
  site.points[id] = { kind: 'formula', unit: flow.item.unit, step: flow.item.step, quantity };
  flow.keys.point = id;
  derive(site, () => {
    for (let t = 0; t < site.ticks; t += 1) {
      const rate = flow.track[t]!;
      first.track[t] = form === 'difference' ? rate * 1.1 : form === 'sum' ? rate * 0.7 : rate / 0.975;
      if (second) second.track[t] = rate * (form === 'sum' ? 0.3 : 0.1);
    }
  });
}

/** A common meter of two flows of one unit of measure, here or in the unit drawn before. */
function drawShare(
  site: Site,
  unit: Unit,
  by: 'keys' | 'allowed',
  waiting: Flow[],
  take: (points: number) => boolean,
  chance: Chance,
): void {
  const own = waiting.filter(({ role, keys }) => role === 'input' && keys.bands === undefined);
  const others = site.units.flatMap((other) =>
    other.flows.filter(({ role, keys }) => role === 'input' && keys.bands === undefined && keys.flow === undefined),
  );
  for (const flow of own) {
    const inside = own.find((other) => other !== flow && other.item.unit === flow.item.unit);
    const across = others.find((other) => {
      const point = site.points[other.keys.point as string] as YamlMap | undefined;
      return other.item.unit === flow.item.unit && point?.kind === 'counter';
    });
    const partner = across ?? inside;
    if (!partner || !take(1)) continue;
    for (const one of [flow, partner]) {
      const at = waiting.indexOf(one);
      if (at >= 0) waiting.splice(at, 1);
    }
    // The partner's own counter becomes the common one; it then sees both.
    const known = across && site.units.flatMap(({ gauges }) => gauges).find(({ id }) => id === across.keys.point);
    const common = known ?? meter(site, unit, flow, 'counter', track(site), chance);
    const seen = track(site);
    (common as { track: Track }).track = seen;
    (common as { most: number }).most = (flow.rate + partner.rate) * 2;
    for (const [index, one] of [flow, partner].entries()) {
      const id = `SHARE-${unit.number}${String(Object.keys(site.points).length + 1).padStart(2, '0')}${index}`;
      const keys: YamlMap = { kind: 'share', of: common.id, by };
      if (by === 'keys') keys.key = chance.pick(['3', '2', '1.5', '7']);
      site.points[id] = keys;
      one.keys.point = id;
      if (site.wishes.take('share-answers')) one.keys.answers = 'crew';
    }
    derive(site, () => {
      for (let t = 0; t < site.ticks; t += 1) seen[t] = flow.track[t]! + partner.track[t]!;
    });
    site.wishes.plant(by === 'keys' ? 'share-keys' : 'share-allowed');
    return;
  }
}

function drawOwnStock(site: Site, unit: Unit, consumed: readonly Flow[], chance: Chance): void {
  const flow = consumed.find(({ keys, role, item }) => {
    const point = site.points[(keys.point as string | undefined) ?? ''] as YamlMap | undefined;
    return role === 'input' && point?.kind === 'counter' && keys.flow === undefined && item.unit !== 'kWh';
  });
  const gauge = unit.gauges.find(({ id }) => id === flow?.keys.point);
  if (!flow || !gauge) return;
  site.wishes.plant('less-stock');
  const level = track(site, 3);
  const perMetre = fixed(flow.rate / 2, 2);
  const meterOfLevel = addGauge(site, unit, 'level', 'LT', 'm', '0.01', level, 9);
  flow.keys['less stock'] = { point: meterOfLevel.id, quantity: `level * ${perMetre} ${flow.item.unit}/m` };
  const received = track(site);
  (gauge as { track: Track }).track = received;
  flow.own = { track: level, perMetre: Number(perMetre), received };
  if (chance.yes(0.5)) gauge.keys.name = { zh: '收入量', en: 'Received' };
}

// ── fees and crews ─────────────────────────────────────────────────────────────────────────────────────────────────

function drawFees(site: Site, unit: Unit, chance: Chance): void {
  const { wishes } = site;
  const add = (id: string, names: Yaml, perHour: number, periodic: boolean): void => {
    const keys: YamlMap = { name: names, role: 'fee', budget: `${perHour} yuan/h` };
    if (periodic) keys.periodic = `${fixed(perHour * 0.95, 2)} yuan/h`;
    unit.streams[id] = keys;
    unit.fees.push({ id, perHour, periodic });
  };
  if (wishes.take('fees')) add('consumables', { zh: '耗材', en: 'Consumables' }, chance.pick([30, 12, 45]), false);
  if (wishes.take('periodic-fee')) add('cleaning', { zh: '清洗', en: 'Cleaning' }, chance.pick([22, 60]), true);
}

function drawCrews(site: Site, unit: Unit, chance: Chance): void {
  const { wishes } = site;
  const main = unit.flows[0]!;
  const gaming = wishes.has('stock-game') && unit.stock ? chance.pick(unit.roster.crews) : undefined;
  if (gaming !== undefined) wishes.plant('stock-game');
  const carrying = wishes.take('carry-over');
  for (const crew of unit.roster.crews) {
    const own = chance.fork(`crew ${crew}`);
    const effects: Record<string, number> = {};
    let yuan = 0;
    for (const flow of unit.flows) {
      if (flow.role === 'output' || flow.keys.flow === 'transfer') continue;
      const effect = Math.round(own.noise() * 120) / 10_000;
      effects[flow.id] = effect;
      yuan += (flow.role === 'input' ? -1 : 1) * effect * flow.rate * flow.item.price;
    }
    const load = unit.crewLoad ? Math.round(own.noise() * 100) / 10_000 : 0;
    const margin = unit.flows.reduce((sum, flow) => {
      if (flow.role === 'output') return sum + flow.rate * flow.item.price;
      const term = (flow.rate - flow.fixed) * flow.item.price;
      return sum + (flow.role === 'input' ? -term : term);
    }, 0);
    yuan += load * margin;
    const quality: Record<string, number> = {};
    for (const { id, byShare, slope } of unit.qualities) {
      quality[id] = byShare ? Math.round(own.noise() * 500) / 10_000 : Math.round(own.noise() * 30) / 10_000;
      yuan += quality[id]! * slope * main.rate;
    }
    const truth: CrewTruth = {
      effects,
      load,
      quality,
      carryOver: carrying ? Math.round(own.noise() * 150) / 10_000 : 0,
      game: crew === gaming ? own.pick([-0.8, 0.8]) : 0,
      trueGainFenPerHour: Math.round(yuan * 100),
    };
    unit.crews[crew] = truth;
  }
}

const derivations = new WeakMap<Site, (() => void)[]>();

/** What is to be computed once the process has run. */
function derive(site: Site, work: () => void): void {
  derivations.set(site, [...(derivations.get(site) ?? []), work]);
}

export function runDerivations(site: Site): void {
  for (const work of derivations.get(site) ?? []) work();
}
