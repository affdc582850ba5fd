// How one process unit of the refinery truly ran in 2022, segment by segment between the instants at which anyone reads a
// meter: load, weather, crews of different skill, a programme that lets them improve, trips, orders, and the reported cases.
import type { Chance } from '../../src/simulate/chance.ts';
import { stepOf } from '../../src/simulate/decimal.ts';
import type { Row } from '../../src/simulate/write.ts';
import { type Area, type Coefficient, HYDRATE_TRANSFER, type InputSpec, PRICES } from './areas.ts';
import { CLEANING_STOP_HOURS, CLEANING_UNIT, CLEANINGS, FIXED_CARBON, FIXED_CARBON_UNIT, TOTALS } from './cases.ts';
import { formatStamp, HOUR, instantOf, MINUTE, midnightOf, monthAt, type Shift, YEAR_FIRST } from './roster.ts';

/** A meter: its cumulative (or level) in whole steps of its face at every edge of the unit. */
export interface Gauge {
  readonly id: string;
  readonly stream: string;
  readonly kind: 'counter' | 'level';
  readonly places: number;
  readonly at: Float64Array;
  readonly base: number;
  readonly modulus: number | undefined;
  /** Edges at which nobody read it. */
  readonly unread: Set<number>;
  readonly replacements: { readonly time: number; readonly reached: number; readonly first: number }[];
}

/** A row of a table, with the instant by which a window of time takes it or not. */
export interface Fact {
  readonly table: 'orders' | 'exclusions' | 'fees' | 'swaps' | 'replacements' | 'confirmations' | 'samples';
  readonly at: number;
  readonly row: Row;
}

export interface Process {
  readonly edges: Float64Array;
  readonly gauges: Gauge[];
  readonly facts: Fact[];
  /** What it took of a flow by each edge, in tonnes. */
  readonly taken: Float64Array | undefined;
}

interface Span {
  readonly from: number;
  readonly to: number;
}
/** Trips, stops and orders of a unit, drawn before it runs: their edges are read. */
export interface Events {
  readonly stops: (Span & { readonly run: number; readonly reason: string })[];
  readonly orders: (Span & { readonly rate: number })[];
}

/** Full effect of the programme on a shift, what crews differ by and what chance brings, all in yuan a shift of 8 hours. */
const PROGRAMME = 800;
const CREW_SPREAD = 260;
const CHANCE = 900;
const RAMP = 80 * 24 * HOUR;

const price = new Map(PRICES.map(([item, yuan]) => [item, Number(yuan)]));
export const priceOf = (spec: InputSpec): number =>
  spec.flow !== undefined || spec.id === 'hydrate' ? Number(HYDRATE_TRANSFER) : (price.get(spec.id) ?? 0);

/** 0 before the wave's month, 1 when the programme is in full effect. */
export function programmeAt(at: number, wave: number): number {
  const start = instantOf(`2022-${String(wave).padStart(2, '0')}-01`);
  return Math.min(1, Math.max(0, (at - start) / RAMP));
}

export function drawEvents(area: Area, unit: string, shifts: readonly Shift[], chance: Chance): Events {
  const stops: Events['stops'] = [];
  const orders: Events['orders'] = [];
  const [first, last] = [shifts[0]!.from, shifts.at(-1)!.to];
  if (unit === CLEANING_UNIT)
    for (const { end } of CLEANINGS) {
      const to = instantOf(end);
      stops.push({ from: to - CLEANING_STOP_HOURS * HOUR, to, run: 0, reason: 'acid cleaning' });
    }
  const reasons = ['trip', 'power dip', 'pump failure', 'valve repair', 'instrument check'];
  for (let at = first; ; ) {
    at += Math.round(chance.real(6, 34) * 24 * 60) * MINUTE;
    const to = at + chance.int(3, 40) * 10 * MINUTE;
    if (to > last - HOUR) break;
    if (!stops.some((stop) => stop.from < to + HOUR && stop.to > at - HOUR))
      stops.push({ from: at, to, run: chance.pick([0, 0.1, 0.2]), reason: chance.pick(reasons) });
  }
  if (area.orders)
    for (let at = first; ; ) {
      at += Math.round((chance.real(8, 32) * 24 * 60 * 1.5) / area.orders) * MINUTE;
      const to = at + chance.int(3, 9) * HOUR;
      if (to > last - HOUR) break;
      orders.push({ from: at, to, rate: Math.round(area.output.rate * chance.real(0.76, 0.9)) });
    }
  return { stops: stops.sort((a, b) => a.from - b.from), orders };
}

export const edgesOf = (shifts: readonly Shift[], events: readonly Events[]): Float64Array => {
  const all = new Set(shifts.flatMap(({ from, to }) => [from, to]));
  const [first, last] = [shifts[0]!.from, shifts.at(-1)!.to];
  for (const { stops, orders } of events)
    for (const { from, to } of [...stops, ...orders])
      for (const edge of [from, to]) if (edge > first && edge < last) all.add(edge);
  return Float64Array.from([...all].sort((a, b) => a - b));
};

const curveAt = (points: readonly (readonly [number, number])[], x: number): number => {
  const [first, last] = [points[0]!, points.at(-1)!];
  if (x <= first[0]) return first[1];
  if (x >= last[0]) return last[1];
  const i = points.findIndex(([at]) => at >= x);
  const [[x0, y0], [x1, y1]] = [points[i - 1]!, points[i]!];
  return y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
};

const coefficientAt = (coefficient: Coefficient, given: Readonly<Record<'load' | 'temp' | 'grade', number>>): number =>
  typeof coefficient === 'string' ? Number(coefficient) : curveAt(coefficient.at, given[coefficient.of]);

/** Coldest in mid-January and before dawn: two parabolas and some weather. */
function temperatureAt(at: number, weather: number): number {
  const day = (at - midnightOf(YEAR_FIRST)) / (24 * HOUR);
  const season = 1 - Math.abs(((day + 170) % 365) - 182.5) / 182.5;
  const away = Math.abs((((at + 8 * HOUR) / HOUR) % 24) - 14) / 12;
  return 4 + 26 * (1 - season) - 5 * Math.min(1, away) + 3 * weather;
}

interface Trace {
  now: number;
}
const wander = (trace: Trace, chance: Chance, memory: number, fresh: number): number => {
  trace.now = memory * trace.now + fresh * chance.noise();
  return trace.now;
};

export interface UnitRun {
  readonly area: Area;
  readonly id: string;
  /** Short, for points: `EV3`. */
  readonly code: string;
  readonly crews: readonly string[];
  readonly shifts: readonly Shift[];
  readonly events: Events;
  readonly edges: Float64Array;
  readonly chance: Chance;
  /** What the next unit took of this unit's output, edge by edge, when a flow joins them. */
  readonly taken: Float64Array | undefined;
  /** Whether its flow is metered at the other end. */
  readonly joined: boolean;
}

export function runUnit(run: UnitRun): Process {
  const { area, id, code, shifts, events, edges, chance } = run;
  const facts: Fact[] = [];
  const segments = edges.length - 1;
  const inputs = area.inputs;
  const swaps = drawSwaps(run, facts);
  const truth = drawCrews(area, run.crews.length, chance.fork('crews'));
  const load = { chance: chance.fork('load'), trace: { now: 0 }, week: 1 };
  const weather = { chance: chance.fork('weather'), trace: { now: 0 } };
  const tank = { chance: chance.fork('tank'), trace: { now: 0 } };
  const ore = { chance: chance.fork('ore'), trace: { now: 0 } };
  const noises = inputs.map((input) => ({ chance: chance.fork(`use ${input.id}`), trace: { now: 0 } }));
  const made = new Float64Array(segments);
  const used = inputs.map(() => new Float64Array(segments));
  const ran = new Float64Array(segments);
  const level = new Float64Array(edges.length);
  const temp = new Float64Array(edges.length);
  level[0] = 3.2;
  temp[0] = temperatureAt(edges[0]!, 0);
  let at = 0;
  let shiftNoise = 0;
  let grade = 5.5;
  for (let j = 0; j < segments; j += 1) {
    const [from, to] = [edges[j]!, edges[j + 1]!];
    const hours = (to - from) / HOUR;
    while (shifts[at]!.to <= from) at += 1;
    const shift = shifts[at]!;
    if (shift.from === from) {
      if (at % 21 === 0) load.week = load.chance.real(0.965, 1.055);
      shiftNoise = wander(load.trace, load.chance, 0.6, 0.8);
      for (const noise of noises) wander(noise.trace, noise.chance, 0.35, 0.94);
      wander(weather.trace, weather.chance, 0.9, 0.44);
      grade = 5.5 + 0.3 * wander(ore.trace, ore.chance, 0.9, 0.44);
      if (area.grade) facts.push(gradeSample(run, shift, grade));
    }
    const crew = swaps.get(at) ?? shift.crew;
    const own = truth[crew]!;
    const stop = events.stops.find((s) => s.from <= from && from < s.to);
    const running = stop ? stop.run : 1;
    ran[j] = stop && stop.run === 0 ? 0 : hours;
    temp[j + 1] = temperatureAt(to, weather.trace.now);
    const order = events.orders.find((o) => o.from <= from && from < o.to);
    const wish = area.output.rate * load.week * (1 + 0.02 * shiftNoise) * (1 + (area.loadByCrew ? own.load : 0));
    const rate = running * (order ? Math.min(wish, order.rate * (1 + 0.01 * shiftNoise)) : wish);
    made[j] = run.taken ? run.taken[j + 1]! - run.taken[j]! : rate * hours;
    let growth = 0;
    if (area.stock) {
      const aim = 3.2 + own.tank + 0.35 * wander(tank.trace, tank.chance, 0.7, 0.7);
      level[j + 1] = level[j]! + running * (Math.min(8, hours) / 8) * 0.6 * (aim - level[j]!);
      growth =
        (Math.round(level[j + 1]! * 100) / 100 - Math.round(level[j]! * 100) / 100) * Number(area.stock.perMetre);
    }
    const given = {
      load: hours > 0 && ran[j]! > 0 ? made[j]! / ran[j]! : 0,
      temp: (temp[j]! + temp[j + 1]!) / 2,
      grade,
    };
    const better = programmeAt(from, area.wave);
    for (const [i, input] of inputs.entries()) {
      const standard =
        coefficientAt(input.per, given) * made[j]! +
        Number(input.perStock ?? 0) * growth +
        Number(input.fixed ?? 0) * ran[j]!;
      const { gain, chance: spread } = own.streams[i]!;
      const share = (input.bias ?? 0) - gain - better * own.programme[i]! + spread * noises[i]!.trace.now;
      used[i]![j] = Math.max(0, standard * (1 + share) * mixOf(input, better));
    }
  }
  const series = new Map<string, Float64Array>([[area.output.id, made]]);
  for (const [i, input] of inputs.entries()) series.set(input.id, used[i]!);
  bend(id, edges, series);

  const gauges: Gauge[] = [];
  const counter = (stream: string, prefix: string, increments: Float64Array, step: string, spec?: InputSpec): void => {
    const point = `${prefix}-${code}`;
    gauges.push(readCounter(run, point, stream, increments, step, spec, chance.fork(point)));
  };
  counter(area.output.id, 'WT', made, area.output.step);
  let taken: Float64Array | undefined;
  for (const [i, input] of inputs.entries()) {
    if (input.flow !== undefined) {
      taken = new Float64Array(edges.length);
      for (const [j, tonnes] of used[i]!.entries()) taken[j + 1] = taken[j]! + tonnes;
      if (run.joined) continue;
    }
    counter(input.id, input.id === 'power' ? 'JQ' : `FQ-${input.id.toUpperCase()}`, used[i]!, input.step, input);
  }
  counter('hours', 'RUN', ran, '0.01');
  const leveled = (stream: string, point: string, values: Float64Array, places: number): void => {
    const scale = places === 2 ? 100 : 10;
    gauges.push({
      id: point,
      stream,
      kind: 'level',
      places,
      at: values.map((v) => Math.round(v * scale)),
      base: 0,
      modulus: undefined,
      unread: new Set(),
      replacements: [],
    });
  };
  if (area.stock) leveled(area.stock.id, `LT-${code}`, level, 2);
  if (area.temp) leveled('temp', `TT-${code}`, temp, 1);
  for (const gauge of gauges)
    for (const { time, reached } of gauge.replacements)
      facts.push({
        table: 'replacements',
        at: time,
        row: {
          id: `R-${gauge.id}`,
          point: gauge.id,
          time: formatStamp(time),
          old_final: faceText(gauge, reached, time - 1),
          new_first: faceText(gauge, reached, time),
          recorded_at: formatStamp(time + 10 * MINUTE),
        },
      });
  tellEvents(run, facts);
  tellFees(run, facts);
  tellSamples(run, facts);
  return { edges, gauges, facts, taken };
}

/** Of the iron correctives red mud stands in for powder more and more. */
function mixOf(input: InputSpec, better: number): number {
  if (input.mix === undefined) return 1;
  return input.id === 'red-mud' ? 0.98 + 0.14 * better : 1.02 - 0.12 * better;
}

interface CrewTruth {
  readonly load: number;
  readonly tank: number;
  /** Of each input, as shares of its standard. */
  readonly streams: readonly { readonly gain: number; readonly chance: number }[];
  readonly programme: readonly number[];
}

function drawCrews(area: Area, crews: number, chance: Chance): CrewTruth[] {
  const free = area.inputs.map((input) => input.mix === undefined && !input.byProduct);
  const costs = area.inputs.map((input) => {
    const per =
      typeof input.per === 'string' ? Number(input.per) : input.per.at[Math.floor(input.per.at.length / 2)]![1];
    return Math.abs(priceOf(input)) * (per * area.output.rate + Number(input.fixed ?? 0)) * 8;
  });
  const roots = costs.map((cost, i) => (free[i] ? Math.sqrt(cost) : 0));
  const sum = roots.reduce((a, b) => a + b, 0);
  const norm = Math.sqrt(roots.reduce((a, b) => a + b * b, 0));
  const skills = Array.from({ length: crews }, () => chance.noise());
  const mean = skills.reduce((a, b) => a + b, 0) / crews;
  return skills.map((skill) => {
    const tastes = area.inputs.map((_, i) => roots[i]! * chance.real(0.4, 1.6));
    const tasted = tastes.reduce((a, b) => a + b, 0);
    const share = (yuan: number, weight: number, i: number): number => (free[i] ? (yuan * weight) / costs[i]! : 0);
    return {
      load: 0.006 * chance.noise(),
      tank: 0.08 * chance.noise(),
      streams: costs.map((_, i) => ({
        gain: share(CREW_SPREAD * (skill - mean), tastes[i]! / tasted, i),
        chance: free[i] ? share(CHANCE, roots[i]! / norm, i) : 0.012,
      })),
      programme: costs.map((_, i) => share(PROGRAMME, roots[i]! / sum, i)),
    };
  });
}

/** Bends the increments of a stretch so that they sum to what was reported. */
function bend(unit: string, edges: Float64Array, series: ReadonlyMap<string, Float64Array>): void {
  const [main = ''] = series.keys();
  // The output first: whatever it is bent by bends the inputs along, and then each input goes its own way.
  const targets = TOTALS.filter((t) => t.unit === unit).sort(
    (a, b) => Number(b.stream === main) - Number(a.stream === main),
  );
  for (const target of targets) {
    const increments = series.get(target.stream)!;
    const [from, to] = [instantOf(target.from), instantOf(target.to)];
    // Shifts that begin ten minutes before midnight belong to the new day.
    const inside = (j: number): boolean => edges[j]! >= from - 10 * MINUTE && edges[j + 1]! <= to;
    let sum = 0;
    for (let j = 0; j < increments.length; j += 1) if (inside(j)) sum += increments[j]!;
    const along = target.stream === main ? [...series.values()] : [increments];
    for (const one of along) for (let j = 0; j < one.length; j += 1) if (inside(j)) one[j]! *= target.total / sum;
  }
}

function readCounter(
  run: UnitRun,
  id: string,
  stream: string,
  increments: Float64Array,
  stepText: string,
  spec: InputSpec | undefined,
  chance: Chance,
): Gauge {
  const { edges } = run;
  const step = stepOf(stepText);
  const perFace = step.size * (spec?.multiplier ?? 1);
  const at = new Float64Array(edges.length);
  const whole = new Set(
    TOTALS.filter((t) => t.unit === run.id && t.stream === stream).flatMap((t) => [instantOf(t.from), instantOf(t.to)]),
  );
  let reached = 0;
  for (let j = 0; j < increments.length; j += 1) {
    reached += increments[j]! / perFace;
    // A bent stretch begins and ends on a whole step, so that its meter counts the very total.
    if (whole.has(edges[j + 1]!)) reached = Math.round(reached);
    at[j + 1] = Math.floor(reached + 1e-6);
  }
  const modulus = spec?.rollover === undefined ? undefined : Math.round(spec.rollover / step.size);
  const base =
    modulus === undefined
      ? chance.int(1, 90_000) * 10 ** step.places
      : modulus - chance.int(1, Math.min(modulus - 1, Math.round(at.at(-1)! / 3)));
  const unread = new Set<number>();
  const replacements: { time: number; reached: number; first: number }[] = [];
  const gauge: Gauge = { id, stream, kind: 'counter', places: step.places, at, base, modulus, unread, replacements };
  const bent = whole.size > 0;
  if (stream !== 'hours' && !bent && chance.yes(0.4)) {
    const j = chance.int(30, edges.length - 30);
    const time = edges[j]! + Math.max(1, Math.floor((edges[j + 1]! - edges[j]!) / MINUTE / 2)) * MINUTE;
    if (time < edges[j + 1]!)
      replacements.push({ time, reached: cumulativeAt(gauge, edges, time), first: chance.int(0, 40) });
  }
  const boundaries = new Set(run.shifts.map(({ from }) => from));
  const gaps = stream === 'hours' || bent ? 0 : chance.int(0, 2);
  for (let n = 0; n < gaps; n += 1) {
    const j = chance.int(30, edges.length - 30);
    if (boundaries.has(edges[j]!)) unread.add(j);
  }
  return gauge;
}

/** Whole steps reached by an instant, evenly between two edges. */
export function cumulativeAt(gauge: Gauge, edges: Float64Array, time: number): number {
  let [low, high] = [0, edges.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (edges[middle]! <= time) low = middle;
    else high = middle;
  }
  const [a, b] = [gauge.at[low]!, gauge.at[low + 1]!];
  return a + Math.floor(((b - a) * (time - edges[low]!)) / (edges[low + 1]! - edges[low]!));
}

/** What the face shows when so much has been counted. */
export function faceText(gauge: Gauge, reached: number, time: number): string {
  const register = gauge.replacements.findLast((r) => r.time <= time);
  const sum = register ? reached - register.reached + register.first : reached + gauge.base;
  return formatUnits(gauge.modulus === undefined ? sum : sum % gauge.modulus, gauge.places);
}

function formatUnits(units: number, places: number): string {
  if (places === 0) return String(units);
  const digits = String(Math.abs(units)).padStart(places + 1, '0');
  const point = digits.length - places;
  return `${units < 0 ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`;
}

function drawSwaps(run: UnitRun, facts: Fact[]): Map<number, number> {
  const swaps = new Map<number, number>();
  const chance = run.chance.fork('swaps');
  for (let i = chance.int(20, 200); i < run.shifts.length; i += chance.int(60, 400)) {
    const shift = run.shifts[i]!;
    const busy = run.shifts.filter((s) => s.day === shift.day).map((s) => s.crew);
    const free = run.crews.map((_, crew) => crew).filter((crew) => !busy.includes(crew));
    if (free.length === 0) continue;
    const crew = chance.pick(free);
    swaps.set(i, crew);
    facts.push({
      table: 'swaps',
      at: shift.from,
      row: {
        id: `SW-${run.code}-${i}`,
        unit: run.id,
        day: formatStamp(midnightOf(shift.day)).slice(0, 10),
        shift: shift.code,
        crew: run.crews[crew],
        recorded_at: formatStamp(shift.from - 20 * HOUR),
        reason: '代班',
        approved_by: '值长',
      },
    });
  }
  return swaps;
}

function tellEvents({ id, code, events, area }: UnitRun, facts: Fact[]): void {
  for (const [i, { from, to, reason }] of events.stops.entries())
    facts.push({
      table: 'exclusions',
      at: from,
      row: {
        id: `X-${code}-${i + 1}`,
        unit: id,
        from: formatStamp(from),
        to: formatStamp(to),
        reason,
        recorded_at: formatStamp(to + 20 * MINUTE),
        approved_by: '值长',
      },
    });
  for (const [i, { from, to, rate }] of events.orders.entries())
    facts.push({
      table: 'orders',
      at: from,
      row: {
        id: `O-${code}-${i + 1}`,
        unit: id,
        from: formatStamp(from),
        to: formatStamp(to),
        rate: `${rate} ${area.output.unit}/h`,
        recorded_at: formatStamp(from - 20 * MINUTE),
        by: '调度',
      },
    });
}

function tellFees(run: UnitRun, facts: Fact[]): void {
  const { area, id, code, shifts } = run;
  const chance = run.chance.fork('fees');
  for (const [i, { from, to }] of shifts.entries()) {
    if (!chance.yes(0.6)) continue;
    const hours = (to - from) / HOUR;
    const yuan = (area.materials * hours * (1 - 0.06 * programmeAt(from, area.wave)) * chance.real(0.5, 1.5)) / 0.6;
    const time = from + chance.int(30, hours * 60 - 30) * MINUTE;
    facts.push({
      table: 'fees',
      at: time,
      row: {
        id: `F-${code}-${i + 1}`,
        unit: id,
        stream: 'materials',
        time: formatStamp(time),
        amount: formatUnits(Math.round(yuan * 10) * 10, 2),
      },
    });
  }
  if (id !== CLEANING_UNIT) return;
  for (const [i, { end, yuan }] of CLEANINGS.entries()) {
    const time = instantOf(end);
    facts.push({
      table: 'fees',
      // Known to every window that begins later: the cycle after it starts here.
      at: Math.min(time, midnightOf(YEAR_FIRST)),
      row: {
        id: `C-${code}-${i + 1}`,
        unit: id,
        stream: 'acid-cleaning',
        time: formatStamp(time),
        amount: yuan,
        kind: 'cycle',
        recorded_at: formatStamp(time + 30 * HOUR),
      },
    });
  }
}

function gradeSample({ code }: UnitRun, shift: Shift, grade: number): Fact {
  const time = shift.from + 3 * HOUR;
  return {
    table: 'samples',
    at: time,
    row: {
      id: `G-${code}-${(shift.from / MINUTE).toFixed(0)}`,
      point: `LAB-ORE-${code}`,
      time: formatStamp(time),
      value: formatUnits(Math.round(grade * 100), 2),
      recorded_at: formatStamp(time + 2 * HOUR),
    },
  };
}

function tellSamples(run: UnitRun, facts: Fact[]): void {
  const { area, code, shifts } = run;
  const quality = area.quality;
  if (!quality) return;
  const chance = run.chance.fork('samples');
  const delay = Number(quality.delay.split(' ')[0]) * MINUTE;
  const [low, high] = quality.window.map(Number) as [number, number];
  const { size, places } = stepOf(quality.step);
  const tell = (i: number, booked: number, inside: boolean): void => {
    const width = high - low;
    const outside = chance.real(0.06, 0.5) * width;
    const value = inside ? chance.real(low, high) : chance.yes(0.5) ? low - outside - size : high + outside + size;
    const steps = inside
      ? Math.min(Math.round(high / size), Math.max(Math.round(low / size), Math.round(value / size)))
      : Math.round(value / size);
    facts.push({
      table: 'samples',
      at: booked,
      row: {
        id: `S-${code}-${i}`,
        point: `LAB-${code}`,
        time: formatStamp(booked + delay),
        value: formatUnits(steps, places),
        recorded_at: formatStamp(booked + delay + 70 * MINUTE),
      },
    });
  };
  let count = 0;
  if (run.id === FIXED_CARBON_UNIT) {
    const months = Map.groupBy(shifts, (shift) => monthAt(midnightOf(shift.day)));
    for (const [month, own] of months) {
      const [k, n] = FIXED_CARBON[month]!;
      const flags = chance.shuffle(Array.from({ length: n }, (_, i) => i < k));
      const drawn = chance
        .shuffle(own)
        .slice(0, n)
        .sort((a, b) => a.from - b.from);
      for (const [i, shift] of drawn.entries()) {
        count += 1;
        tell(count, shift.from + chance.int(60, 420) * MINUTE, flags[i]!);
      }
    }
    return;
  }
  for (const shift of shifts)
    for (let n = 0; n < quality.perShift; n += 1) {
      const booked = shift.from + Math.round(((n + 0.5) / quality.perShift) * 480 + chance.int(-20, 20)) * MINUTE;
      count += 1;
      tell(count, booked, chance.yes(quality.inside + 0.03 * programmeAt(booked, area.wave)));
    }
}
