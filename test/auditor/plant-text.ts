// Reads a plant folder's text (YAML sections, CSV tables, readings) into plain records. It trusts the text: `check` is
// the product's business. Deliberately knows nothing of settling; what is known as of T is asked of `Facts`.

import { parse } from 'yaml';
import { dayNumber, instant, type Zone } from './calendar.ts';
import { type Expression, parseExpression } from './expression.ts';
import { decimal, div, type Fraction, fraction, mul, ONE, parseDecimal, roundTo, whole, ZERO } from './fraction.ts';

export interface AuditInput {
  /** file name in the plant folder → text, YAML and CSV */
  files: ReadonlyMap<string, string>;
  /** texts of readings CSV */
  readings: string[];
}

// ── YAML ────────────────────────────────────────────────────────────────────────────────────────────────────────────

type Node = string | Node[] | Map<string, Node>;
type Section = Map<string, Node>;

const section = (n: Node | undefined): Section => (n instanceof Map ? n : new Map());
const text = (n: Node | undefined): string | undefined =>
  typeof n === 'string' && n.trim() !== '' ? n.trim() : undefined;
const list = (n: Node | undefined): Node[] => (Array.isArray(n) ? n : n === undefined || n === '' ? [] : [n]);
const texts = (n: Node | undefined): string[] => list(n).map((x) => String(x).trim());
const yes = (t: string | undefined, otherwise: boolean): boolean =>
  t === undefined ? otherwise : /^(yes|true|on|是)$/i.test(t);

function readYaml(input: AuditInput): Section {
  const all: Section = new Map();
  for (const [name, body] of input.files) {
    if (!/\.ya?ml$/.test(name)) continue;
    const root = parse(body, { schema: 'failsafe', mapAsMap: true }) as Node;
    for (const [key, value] of section(root)) {
      const there = all.get(key);
      all.set(key, there instanceof Map && value instanceof Map ? new Map([...there, ...value]) : value);
    }
  }
  return all;
}

// ── Quantities with a unit of measure ───────────────────────────────────────────────────────────────────────────────

const BASE: Record<string, [dimension: string, factor: string]> = {
  kg: ['mass', '1'],
  g: ['mass', '0.001'],
  mg: ['mass', '0.000001'],
  t: ['mass', '1000'],
  'm³': ['volume', '1'],
  m3: ['volume', '1'],
  L: ['volume', '0.001'],
  'Nm³': ['gas', '1'],
  m: ['length', '1'],
  km: ['length', '1000'],
  cm: ['length', '0.01'],
  mm: ['length', '0.001'],
  kWh: ['energy', '1'],
  MWh: ['energy', '1000'],
  kW: ['power', '1'],
  MW: ['power', '1000'],
  MJ: ['heat', '1'],
  GJ: ['heat', '1000'],
  kJ: ['heat', '0.001'],
  kgce: ['coal', '1'],
  tce: ['coal', '1000'],
  h: ['time', '1'],
  min: ['time', '1/60'],
  s: ['time', '1/3600'],
  d: ['time', '24'],
  yuan: ['money', '1'],
  元: ['money', '1'],
  万元: ['money', '10000'],
  fen: ['money', '0.01'],
  pcs: ['pieces', '1'],
};
interface Measure {
  dimension: string;
  factor: Fraction;
}
const factorOf = (t: string): Fraction => {
  const [n, d] = t.split('/');
  return div(decimal(n!), decimal(d ?? '1'));
};

class Measures {
  readonly known = new Map<string, Measure>();
  constructor(declared: Section) {
    for (const [name, [dimension, factor]] of Object.entries(BASE))
      this.known.set(name, { dimension, factor: factorOf(factor) });
    for (const [name, node] of declared) {
      const body = text(node) ?? 'new';
      const { value, unit } = splitQuantity(body === 'new' ? '1' : body);
      const base = this.known.get(unit);
      this.known.set(
        name,
        base ? { dimension: base.dimension, factor: mul(value, base.factor) } : { dimension: name, factor: ONE },
      );
    }
  }
  /** how many `to` is one `from`; 1 when they cannot be compared (the auditor trusts the text) */
  factor(from: string, to: string): Fraction {
    const a = this.known.get(from);
    const b = this.known.get(to);
    return a && b && a.dimension === b.dimension ? div(a.factor, b.factor) : ONE;
  }
  milliseconds(body: string): number {
    const { value, unit } = splitQuantity(body);
    const hours = mul(value, this.factor(unit === '' ? 'h' : unit, 'h'));
    return Number(mul(hours, whole(3_600_000)).n);
  }
  /** `106 t/h` as so many of `unit` per hour */
  perHour(body: string, unit: string): Fraction {
    const { value, unit: measured } = splitQuantity(body);
    const [top = '', bottom] = measured.split('/');
    if (bottom === undefined && (top === 'kW' || top === 'MW'))
      return mul(value, mul(this.factor(top, 'kW'), this.factor('kWh', unit)));
    const scaled = mul(value, this.factor(top, unit));
    return bottom === undefined ? scaled : div(scaled, this.factor(bottom, 'h'));
  }
}

/** `0.29 t/t` → 0.29; a percentage is divided by 100 */
function splitQuantity(body: string): { value: Fraction; unit: string } {
  const m = /^\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*?)\s*$/.exec(body);
  if (!m) throw new Error(`not a quantity: ${JSON.stringify(body)}`);
  const value = decimal(m[1]!);
  const unit = m[2]!;
  if (unit === '%') return { value: div(value, fraction(100n)), unit: '' };
  if (unit === '‰') return { value: div(value, fraction(1000n)), unit: '' };
  return { value, unit };
}
const plain = (body: string): Fraction => splitQuantity(body).value;

// ── The plant ───────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Point {
  id: string;
  kind: 'counter' | 'rate' | 'level' | 'batch' | 'sample' | 'manual' | 'share' | 'formula';
  unit: string;
  step: Fraction;
  gapMs: number;
  rollover: Fraction | null;
  greatestRatePerHour: Fraction | null;
  multiplier: Fraction;
  drop: 'missing' | 'restart' | 'hold';
  stepped: boolean;
  quantityStep: Fraction;
  leastCoverage: Fraction;
  /** hours of the rate's own unit of time: 1 for t/h, 1/60 for t/min */
  rateHours: Fraction;
  confirmed: boolean;
  delayMs: number;
  counts: string[];
  replacedBy: string[];
  form: 'figure' | 'counter';
  of: string;
  byAllowed: boolean;
  key: Fraction;
  quantity: Expression | null;
}

export interface Curve {
  of: string;
  at: [x: Fraction, y: Fraction][];
  step: Fraction;
}
export type Coefficient =
  | { kind: 'number'; value: Fraction }
  | { kind: 'curve'; curve: Curve }
  | { kind: 'formula'; formula: Expression; step: Fraction };
export interface Standard {
  fromDay: number;
  coefficients: Map<string, Coefficient>;
  perHourRun: Fraction;
}
export interface StockRule {
  point: string;
  quantity: Expression;
  with: Map<string, string>;
  step: Fraction | null;
}

export interface Stream {
  id: string;
  role: 'output' | 'input' | 'by-product' | 'stock' | 'fee' | 'quality';
  unit: string;
  point: string | null;
  flow: string | null;
  price: string | null;
  answers: 'crew' | 'company' | null;
  step: Fraction | null;
  budgets: { fromDay: number; perHour: Fraction }[];
  mix: string | null;
  standards: Standard[];
  grainMs: number | null;
  bands: string | null;
  lessStock: StockRule | null;
  stock: StockRule | null;
  makes: string | null;
  completion: Fraction;
  completionPoint: string | null;
  priceComputed: boolean;
  periodicPerHour: Fraction | null;
  of: string | null;
  window: [Fraction, Fraction] | null;
  premium: Expression | null;
  premiumStep: Fraction | null;
}

export interface Unit {
  id: string;
  rotation: string;
  load: string;
  crewSetsLoad: boolean;
  hoursRun: string | null;
  /** budget in the unit of the point */
  conditions: Map<string, { point: string | null; budget: Fraction }>;
  curves: Map<string, Curve>;
  streams: Map<string, Stream>;
}
export interface ShiftRule {
  code: string;
  start: string;
  end: string;
  dayOffset: number;
}
export interface Period {
  fromDay: number;
  pattern: string[];
  offset: number;
  crews: string[];
}
export interface Band {
  id: string;
  times: [from: string, to: string][] | null;
  profile: Fraction;
}

export interface Plant {
  zone: Zone;
  priceStep: Fraction;
  monthStartsOn: number;
  cutOffMs: number;
  leastHours: Fraction;
  mostSubstituted: Fraction;
  clocks: Map<string, { shifts: ShiftRule[]; rest: string }>;
  rotations: Map<string, { clock: string; periods: Period[] }>;
  units: Map<string, Unit>;
  points: Map<string, Point>;
  flows: Map<string, { point: string; check: string | null }>;
  tariffs: Map<string, Band[]>;
  teams: Map<string, { crew: string; units: string[] }>;
  leagues: Map<string, string[]>;
  /** leagues whose units are not alike */
  unlike: Set<string>;
  measures: Measures;
  tables: Map<string, Row[]>;
  readings: Map<string, Reading[]>;
}

const FOREVER = -1_000_000_000;
const numbered = (a: [Fraction, Fraction][]): [Fraction, Fraction][] =>
  a.sort(([x], [y]) => (x.n * y.d < y.n * x.d ? -1 : x.n * y.d > y.n * x.d ? 1 : 0));

function readCurve(node: Section, of: string): Curve {
  const at = [...section(node.get('at'))].map(([x, y]): [Fraction, Fraction] => [plain(x), plain(String(y))]);
  return { of, at: numbered(at), step: plain(text(node.get('step')) ?? '0.00001') };
}

function readCoefficient(node: Node): Coefficient {
  if (typeof node === 'string') return { kind: 'number', value: plain(node) };
  const map = section(node);
  const formula = text(map.get('formula'));
  if (formula !== undefined)
    return { kind: 'formula', formula: parseExpression(formula), step: plain(text(map.get('step')) ?? '0.00001') };
  return { kind: 'curve', curve: readCurve(map, text(map.get('curve')) ?? 'load') };
}

function readStockRule(node: Section): StockRule {
  const step = text(node.get('step'));
  return {
    point: text(node.get('point')) ?? '',
    quantity: parseExpression(text(node.get('quantity')) ?? 'level'),
    with: new Map([...section(node.get('with'))].map(([name, p]) => [name, String(p)])),
    step: step === undefined ? null : plain(step),
  };
}

function readStream(id: string, node: Section, measures: Measures, load: string): Stream {
  const get = (key: string): string | undefined => text(node.get(key));
  const role = get('role') as Stream['role'];
  const unit = get('unit') ?? (role === 'fee' ? 'yuan' : '');
  const standardNode = node.get('standard');
  const datedStandards = Array.isArray(standardNode)
    ? standardNode.map(section)
    : standardNode instanceof Map
      ? [standardNode]
      : [];
  const grain = get('grain') ?? datedStandards.map((s) => text(s.get('grain'))).find((g) => g !== undefined);
  const budgetNode = node.get('budget');
  const completion = get('completion');
  const completionNumber = completion !== undefined && /^[\d.+]/.test(completion) ? plain(completion) : null;
  const completionNode = node.get('completion');
  const step = get('step');
  const windowTexts = texts(node.get('window'));
  const periodic = get('periodic');
  const premium = get('premium');
  const less = node.get('less stock');
  return {
    id,
    role,
    unit,
    point: get('point') ?? null,
    flow: get('flow') ?? null,
    price: get('price') === 'computed' ? null : (get('price') ?? null),
    priceComputed: get('price') === 'computed',
    answers: (get('answers') as Stream['answers'] | undefined) ?? null,
    step: step === undefined || role === 'quality' ? null : plain(step),
    budgets:
      budgetNode === undefined
        ? []
        : Array.isArray(budgetNode)
          ? budgetNode.map(section).map((b) => ({
              fromDay: dayNumber(text(b.get('from'))!),
              perHour: measures.perHour(text(b.get('rate'))!, unit),
            }))
          : [{ fromDay: FOREVER, perHour: measures.perHour(String(budgetNode), unit) }],
    mix: get('mix') ?? null,
    standards: datedStandards.map((s) => ({
      fromDay:
        s.has('from') && datedStandards.length > 0 && Array.isArray(standardNode)
          ? dayNumber(text(s.get('from'))!)
          : FOREVER,
      coefficients: new Map(
        [...s]
          .filter(([k]) => k !== 'from' && k !== 'per hour run' && k !== 'grain')
          .map(([k, c]) => [k, readCoefficient(c)]),
      ),
      perHourRun: s.has('per hour run') ? plain(text(s.get('per hour run'))!) : ZERO,
    })),
    grainMs: grain === undefined ? null : measures.milliseconds(grain),
    bands: get('bands') ?? null,
    lessStock: less instanceof Map ? readStockRule(less) : null,
    stock: role === 'stock' ? readStockRule(node) : null,
    makes: get('makes') ?? (role === 'stock' ? load : null),
    completion: completionNumber ?? ONE,
    completionPoint:
      completionNode instanceof Map
        ? (text(completionNode.get('point')) ?? null)
        : completion !== undefined && completionNumber === null
          ? completion
          : null,
    periodicPerHour: periodic === undefined ? null : measures.perHour(periodic, unit),
    of: get('of') ?? (role === 'quality' ? load : null),
    window: windowTexts.length === 2 ? [plain(windowTexts[0]!), plain(windowTexts[1]!)] : null,
    premium: premium === undefined ? null : parseExpression(premium),
    premiumStep: step !== undefined && role === 'quality' ? plain(step) : null,
  };
}

function readUnit(id: string, node: Section, measures: Measures, percentPoints: ReadonlySet<string>): Unit {
  const streamNodes = [...section(node.get('streams'))].map(([k, n]): [string, Section] => [k, section(n)]);
  const load = text(node.get('load')) ?? streamNodes.find(([, n]) => text(n.get('role')) === 'output')?.[0] ?? '';
  const run = node.get('hours run');
  return {
    id,
    load,
    rotation: text(node.get('rotation')) ?? '',
    crewSetsLoad: text(node.get('load set by')) === 'crew',
    hoursRun: (run instanceof Map ? text(run.get('point')) : text(run)) ?? null,
    conditions: new Map(
      [...section(node.get('conditions'))].map(([name, n]) => {
        const c = section(n);
        const budget = text(c.get('budget')) ?? '0';
        const point = text(c.get('point')) ?? null;
        // a point that reads in % gives 40, and so must `40 %`
        const raw =
          point !== null && percentPoints.has(point) && /[%‰]\s*$/.test(budget)
            ? budget.replace(/[%‰]\s*$/, '')
            : budget;
        return [name, { point, budget: plain(raw) }];
      }),
    ),
    curves: new Map(
      [...section(node.get('curves'))].map(([name, n]) => [
        name,
        readCurve(section(n), text(section(n).get('of')) ?? 'load'),
      ]),
    ),
    streams: new Map(streamNodes.map(([k, n]) => [k, readStream(k, n, measures, load)])),
  };
}

function readPoint(id: string, node: Section, measures: Measures): Point {
  const get = (key: string): string | undefined => text(node.get(key));
  const number = (key: string): Fraction | null => {
    const t = get(key);
    return t === undefined ? null : plain(t);
  };
  const unit = get('unit') ?? '';
  const step = number('step') ?? ONE;
  const per = unit.split('/')[1];
  const gap = get('gap');
  const greatest = get('greatest rate');
  const quantity = get('quantity');
  return {
    id,
    unit,
    step,
    kind: get('kind') as Point['kind'],
    gapMs: gap === undefined ? Number.POSITIVE_INFINITY : measures.milliseconds(gap),
    rollover: number('rollover'),
    greatestRatePerHour: greatest === undefined ? null : measures.perHour(greatest, unit),
    multiplier: number('multiplier') ?? ONE,
    drop: (get('on a drop') as Point['drop'] | undefined) ?? 'missing',
    stepped: /^step/.test(get('between') ?? 'slope'),
    quantityStep: number('quantity step') ?? step,
    leastCoverage: number('least coverage') ?? fraction(1n, 2n),
    rateHours: per === undefined ? ONE : measures.factor(per, 'h'),
    confirmed: yes(get('confirmed'), false),
    delayMs: get('delay') === undefined ? 0 : measures.milliseconds(get('delay')!),
    counts: node.has('counts') ? texts(node.get('counts')) : ['routine'],
    replacedBy: texts(node.get('replaced by')),
    form: (get('form') as Point['form'] | undefined) ?? 'figure',
    of: get('of') ?? '',
    byAllowed: get('by') === 'allowed',
    key: number('key') ?? ONE,
    quantity: quantity === undefined ? null : parseExpression(quantity),
  };
}

export function readPlant(input: AuditInput): Plant {
  const yaml = readYaml(input);
  const measures = new Measures(section(yaml.get('units of measure')));
  const head = section(yaml.get('plant'));
  const ranking = section(head.get('ranking'));
  const zone = text(head.get('zone')) ?? 'UTC';
  const each = <T>(name: string, read: (id: string, node: Section) => T): Map<string, T> =>
    new Map([...section(yaml.get(name))].map(([id, node]) => [id, read(id, section(node))]));
  const percentPoints = new Set(
    [...section(yaml.get('points'))]
      .filter(([, n]) => /^[%‰]$/.test(text(section(n).get('unit')) ?? ''))
      .map(([id]) => id),
  );
  return {
    zone,
    measures,
    priceStep: plain(text(head.get('price step')) ?? '0.0001'),
    monthStartsOn: Number(text(head.get('month starts on')) ?? '1'),
    cutOffMs: measures.milliseconds(text(head.get('cut-off')) ?? '72 h'),
    leastHours: div(whole(measures.milliseconds(text(ranking.get('least hours')) ?? '0 h')), whole(3_600_000)),
    mostSubstituted: plain(text(ranking.get('most substituted')) ?? '20 %'),
    clocks: each('clocks', (_, n) => ({
      rest: text(n.get('rest')) ?? '休',
      shifts: [...section(n.get('shifts'))].map(([code, s]): ShiftRule => {
        const shift = section(s);
        const on = text(shift.get('on')) ?? 'day';
        return {
          code,
          start: text(shift.get('start'))!,
          end: text(shift.get('end'))!,
          dayOffset: on === 'day before' ? -1 : on === 'day after' ? 1 : 0,
        };
      }),
    })),
    rotations: each('rotations', (_, n) => ({
      clock: text(n.get('clock'))!,
      periods: list(n.get('periods'))
        .map(section)
        .map((p) => ({
          fromDay: dayNumber(text(p.get('from'))!),
          pattern: [...text(p.get('pattern'))!],
          offset: Number(text(p.get('offset')) ?? '0'),
          crews: texts(p.get('crews')),
        })),
    })),
    units: each('units', (id, n) => readUnit(id, n, measures, percentPoints)),
    points: each('points', (id, n) => readPoint(id, n, measures)),
    flows: each('flows', (_, n) => ({ point: text(n.get('point'))!, check: text(n.get('check')) ?? null })),
    tariffs: each('tariffs', (_, n) => {
      const profile = section(n.get('profile'));
      return [...section(n.get('bands'))].map(
        ([id, times]): Band => ({
          id,
          times:
            times === 'other'
              ? null
              : texts(times).map((t): [string, string] => {
                  const [a, b] = t.split(/[-–~]/);
                  return [a!.trim(), b!.trim()];
                }),
          profile: profile.has(id) ? plain(String(profile.get(id))) : ONE,
        }),
      );
    }),
    teams: each('teams', (_, n) => ({ crew: text(n.get('crew')) ?? '', units: texts(n.get('units')) })),
    leagues: each('leagues', (_, n) => texts(n.get('units'))),
    unlike: new Set(
      [...each('leagues', (_, n) => yes(text(n.get('unlike')), false))].flatMap(([id, is]) => (is ? [id] : [])),
    ),
    tables: new Map(
      [...input.files]
        .filter(([name]) => /\.csv$/i.test(name) && !/(^|\/)readings[^/]*\.csv$/i.test(name))
        .map(([name, body]) => [name.replace(/^.*\//, '').replace(/\.csv$/i, ''), readCsv(body)]),
    ),
    readings: readReadings(
      [
        ...[...input.files].filter(([name]) => /(^|\/)readings[^/]*\.csv$/i.test(name)).map(([, body]) => body),
        ...input.readings,
      ],
      zone,
    ),
  };
}

// ── Tables ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export type Row = ReadonlyMap<string, string>;
export const cell = (row: Row, column: string): string | null => {
  const t = row.get(column)?.trim();
  return t === undefined || t === '' ? null : t;
};

export function readCsv(body: string): Row[] {
  const records = csvRecords(body.replace(/^\uFEFF/, ''));
  const header = records.shift()?.map((h) => h.trim()) ?? [];
  return records
    .filter((r) => r.some((c) => c.trim() !== ''))
    .map((r) => new Map(header.map((h, i) => [h, r[i] ?? ''])));
}

function csvRecords(body: string): string[][] {
  if (!body.includes('"'))
    return body
      .split(/\r\n|\n|\r/)
      .filter((l) => l !== '')
      .map((l) => l.split(','));
  const records: string[][] = [];
  let record: string[] = [];
  let field = '';
  let quoted = false;
  for (let i = 0; i < body.length; i += 1) {
    const c = body[i]!;
    if (quoted) {
      if (c !== '"') field += c;
      else if (body[i + 1] === '"') {
        field += '"';
        i += 1;
      } else quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === ',') {
      record.push(field);
      field = '';
    } else if (c === '\n' || c === '\r') {
      if (c === '\r' && body[i + 1] === '\n') i += 1;
      record.push(field);
      records.push(record);
      record = [];
      field = '';
    } else field += c;
  }
  if (field !== '' || record.length > 0) {
    record.push(field);
    records.push(record);
  }
  return records;
}

export interface Reading {
  time: number;
  value: Fraction | null;
  grade: 0 | 1 | 2;
  learntAt: number;
}

function readReadings(bodies: string[], zone: Zone): Map<string, Reading[]> {
  const all = new Map<string, Reading[]>();
  const grades: Record<string, 0 | 1 | 2> = { good: 0, uncertain: 1, bad: 2 };
  for (const body of bodies) {
    for (const row of readCsv(body)) {
      const point = cell(row, 'point');
      const at = cell(row, 'time');
      if (point === null || at === null) continue;
      const time = instant(at, zone);
      const learnt = cell(row, 'learnt_at');
      const value = parseDecimal(cell(row, 'value') ?? '');
      const of = all.get(point) ?? [];
      if (of.length === 0) all.set(point, of);
      of.push({
        time,
        value,
        grade: value === null ? 2 : (grades[cell(row, 'quality') ?? 'good'] ?? 0),
        learntAt: learnt === null ? time : instant(learnt, zone),
      });
    }
  }
  return all;
}

/** Rows of a table with an id, as known at T: the latest recorded of each id, withdrawn ones gone. */
export interface Fact {
  row: Row;
  id: string;
  recordedAt: number;
  firstRecordedAt: number;
}
export function knownFacts(rows: readonly Row[], asOf: number, zone: Zone, beginning: (row: Row) => number): Fact[] {
  const byId = new Map<string, Fact>();
  rows.forEach((row, line) => {
    const id = cell(row, 'id') ?? `line ${line}`;
    const recorded = cell(row, 'recorded_at');
    const recordedAt = recorded === null ? beginning(row) : instant(recorded, zone);
    if (recordedAt > asOf) return;
    const there = byId.get(id);
    if (!there) {
      byId.set(id, { row, id, recordedAt, firstRecordedAt: recordedAt });
      return;
    }
    const firstRecordedAt = Math.min(there.firstRecordedAt, recordedAt);
    byId.set(
      id,
      recordedAt >= there.recordedAt ? { row, id, recordedAt, firstRecordedAt } : { ...there, firstRecordedAt },
    );
  });
  return [...byId.values()].filter((f) => !yes(cell(f.row, 'withdrawn') ?? undefined, false));
}

export const priceOf = (row: Row, step: Fraction): Fraction => roundTo(plain(cell(row, 'price') ?? '0'), step);
export const figure = (row: Row, column: string): Fraction => plain(cell(row, column) ?? '0');
