// The tables beside a plant's YAML: prices, budgets, and the facts (orders, limits, exclusions, fees, swaps, replacements,
// confirmations, samples), each row checked against the plant and told by file and line when it does not fit.
import {
  conversion,
  decimalPlaces,
  formatRatio,
  type Instant,
  type Measure,
  multiply,
  ONE,
  parseMeasure,
  perMeasure,
  type Ratio,
  ratio,
  type Step,
  sameDimensions,
  toSteps,
} from '../quantity.ts';
import type { Structure } from './build.ts';
import { type Day, monthOf, parseDay } from './calendar.ts';
import {
  type BudgetRow,
  type ConfirmationFact,
  type ExclusionFact,
  type Fact,
  type Facts,
  type FeeFact,
  type LimitFact,
  type Point,
  type Price,
  type PriceKind,
  priceKey,
  type ReplacementFact,
  type SampleFact,
  type SampleKind,
  type SwapFact,
  type Unit,
} from './model.ts';
import { nearest, type ProblemCode, Problems } from './problem.ts';
import { type Columns, type Row, readDecimal, readInstant, readTable } from './table.ts';

const FACT = ['recorded_at', 'withdrawn', 'by', 'approved_by', 'reason'];

/** Every table a plant folder may hold, with its columns. */
export const TABLES: Readonly<Record<string, Columns>> = {
  'prices.csv': { required: ['item', 'kind', 'from', 'price'], optional: ['to', 'unit', 'recorded_at'] },
  'budgets.csv': { required: ['unit', 'stream', 'month', 'amount'], optional: ['planned_hours'] },
  'orders.csv': { required: ['id', 'unit', 'from', 'to', 'rate', 'recorded_at'], optional: ['output', ...FACT] },
  'limits.csv': {
    required: ['id', 'unit', 'kind', 'from', 'to', 'rate', 'recorded_at'],
    optional: ['output', 'booked_to', ...FACT],
  },
  'exclusions.csv': { required: ['id', 'unit', 'from', 'to', 'reason'], optional: FACT },
  'fees.csv': { required: ['id', 'unit', 'stream', 'time', 'amount'], optional: ['kind', ...FACT] },
  'swaps.csv': { required: ['id', 'unit', 'day', 'shift', 'crew'], optional: FACT },
  'replacements.csv': {
    required: ['id', 'point', 'time', 'old_final', 'new_first'],
    optional: ['multiplier', ...FACT],
  },
  'confirmations.csv': { required: ['id', 'point', 'time'], optional: FACT },
  'samples.csv': {
    required: ['id', 'point', 'time'],
    optional: ['value', 'k', 'n', 'from', 'to', 'kind', 'of', ...FACT],
  },
};

export interface Tables {
  readonly prices: ReadonlyMap<string, readonly Price[]>;
  readonly budgets: readonly BudgetRow[];
  readonly facts: Facts;
}

/**
 * The most digits after the point that any multiplier in the replacements of each point has: they decide the step of the
 * point's quantity, so they must be known before the plant is built.
 */
export function multiplierPlaces(files: ReadonlyMap<string, string>): Map<string, number> {
  const places = new Map<string, number>();
  const columns = TABLES['replacements.csv'];
  const content = files.get('replacements.csv');
  if (content === undefined || !columns) return places;
  for (const { cells } of readTable('replacements.csv', content, columns, new Problems())) {
    const multiplier = readDecimal(cells.multiplier ?? '');
    const point = cells.point ?? '';
    if (multiplier) places.set(point, Math.max(places.get(point) ?? 0, decimalPlaces(multiplier) ?? 0));
  }
  return places;
}

/** Reads all tables present in `files` (file name → text). */
export function readTables(files: ReadonlyMap<string, string>, plant: Structure, problems: Problems): Tables {
  const read = tableReader(files, plant, problems);
  const prices = new Map<string, Price[]>();
  for (const price of read('prices.csv', (row) => readPrice(row, plant))) {
    const key = priceKey(price.item, price.kind);
    const known = prices.get(key);
    if (known) known.push(price);
    else prices.set(key, [price]);
  }
  return {
    prices,
    budgets: read('budgets.csv', (row) => readBudget(row, plant)),
    facts: readFacts(files, plant, problems),
  };
}

type Read = <T>(file: string, make: (row: Cells) => T | undefined) => T[];

function tableReader(files: ReadonlyMap<string, string>, plant: Structure, problems: Problems): Read {
  return <T>(file: string, make: (row: Cells) => T | undefined): T[] => {
    const content = files.get(file);
    const columns = TABLES[file];
    if (content === undefined || !columns) return [];
    const out: T[] = [];
    for (const row of readTable(file, content, columns, problems)) {
      const made = make(new Cells(row, plant, problems));
      if (made !== undefined) out.push(made);
    }
    return out;
  };
}

/** Reads the tables of facts alone: those of a plant that stands already. */
export function readFacts(files: ReadonlyMap<string, string>, plant: Structure, problems: Problems): Facts {
  const read = tableReader(files, plant, problems);
  /** Facts in order of their record, each knowing when its id was first heard of. */
  const facts = <T extends Fact>(file: string, make: (row: Cells) => T | undefined): T[] => {
    const rows = read(file, make)
      .map((fact, i) => ({ fact, i }))
      .sort((a, b) => a.fact.recordedAt - b.fact.recordedAt || a.i - b.i);
    const first = new Map<string, Instant>();
    return rows.map(({ fact }) => {
      if (!first.has(fact.id)) first.set(fact.id, fact.recordedAt);
      return { ...fact, firstRecordedAt: first.get(fact.id) as Instant };
    });
  };
  return {
    limits: [
      ...facts('orders.csv', (row) => readLimit(row, 'order')),
      ...facts('limits.csv', (row) => readLimit(row, 'limit')),
    ],
    exclusions: facts('exclusions.csv', readExclusion),
    fees: facts('fees.csv', readFee),
    swaps: facts('swaps.csv', (row) => readSwap(row, plant)),
    replacements: facts('replacements.csv', readReplacement),
    confirmations: facts('confirmations.csv', readConfirmation),
    samples: facts('samples.csv', readSample),
  };
}

/** One row's cells, read as what they should be; a cell that is not becomes a problem and the row is not taken. */
class Cells {
  readonly row: Row;
  readonly plant: Structure;
  readonly problems: Problems;

  constructor(row: Row, plant: Structure, problems: Problems) {
    this.row = row;
    this.plant = plant;
    this.problems = problems;
  }

  text(column: string): string | undefined {
    return this.row.cells[column];
  }

  error(code: ProblemCode, column: string, args: Record<string, string> = {}): undefined {
    return this.problems.error(code, this.row.place, { path: column, column, found: this.text(column) ?? '', ...args });
  }

  needed(column: string): string | undefined {
    return this.text(column) ?? this.error('missing-key', column, { key: column });
  }

  instant(column: string): Instant | undefined {
    const text = this.text(column);
    if (text === undefined) return undefined;
    const read = readInstant(text, this.plant.zone);
    if (!read) return this.error('bad-instant', column);
    if (read.falls === 'twice') this.problems.warn('ambiguous-instant', this.row.place, { column, found: text });
    if (read.falls === 'never') return this.error('bad-instant', column);
    return read.at;
  }

  neededInstant(column: string): Instant | undefined {
    return this.needed(column) === undefined ? undefined : this.instant(column);
  }

  day(column: string): Day | undefined {
    const text = this.text(column);
    if (text === undefined) return undefined;
    const known = parseDay(text);
    if (known !== undefined) return known;
    const read = readInstant(text, this.plant.zone);
    return read ? this.plant.zone.dayAt(read.at) : this.error('bad-day', column);
  }

  decimal(column: string): Ratio | undefined {
    const text = this.text(column);
    if (text === undefined) return undefined;
    return readDecimal(text) ?? this.error('bad-decimal', column);
  }

  /** A whole number of steps; finer digits are rounded half-even, as every reading is when it is born. */
  steps(column: string, step: Step): number | undefined {
    const value = this.decimal(column);
    if (value === undefined) return undefined;
    try {
      return toSteps(value, step);
    } catch {
      return this.error('out-of-range', column);
    }
  }

  /** As `steps`, but finer digits are refused: what people agree on or count is not rounded behind their back. */
  wholeSteps(column: string, step: Step): number | undefined {
    const value = this.decimal(column);
    if (value === undefined) return undefined;
    const exact = (value.n * step.size.d) % (value.d * step.size.n) === 0n;
    return exact
      ? this.steps(column, step)
      : this.error('too-fine', column, { step: formatRatio(step.size, step.places) });
  }

  quantity(column: string, wanted: Measure): Ratio | undefined {
    const text = this.needed(column);
    if (text === undefined) return undefined;
    const [, digits = '', unit = ''] = /^([+-]?[\d.,]+(?:[eE][+-]?\d+)?)\s*(.*)$/u.exec(text) ?? [];
    const number = readDecimal(digits);
    if (!number) return this.error('bad-quantity', column, { wanted: wanted.text });
    if (unit === '') return number;
    const measure = parseMeasure(unit, this.plant.measures);
    if (!measure)
      return this.error('unknown-measure', column, {
        found: unit,
        nearest: nearest(unit, this.plant.measures.keys()) ?? '',
      });
    if (!sameDimensions(measure, wanted))
      return this.error('wrong-measure', column, { found: unit, wanted: wanted.text });
    return multiply(number, conversion(measure, wanted));
  }

  unit(): Unit | undefined {
    return this.lookUp('unit', 'unit', this.plant.units);
  }

  point(): Point | undefined {
    return this.lookUp('point', 'point', this.plant.pointById);
  }

  lookUp<T>(column: string, kind: string, known: ReadonlyMap<string, T>): T | undefined {
    const id = this.needed(column);
    if (id === undefined) return undefined;
    return (
      known.get(id) ??
      this.error('unknown-reference', column, {
        kind,
        nearest: nearest(id, known.keys()) ?? '',
        known: [...known.keys()].slice(0, 12).join(', '),
      })
    );
  }

  /** What every fact says of itself; `begins` stands in for a missing `recorded_at`. */
  fact(begins: Instant): Omit<Fact, never> | undefined {
    const id = this.needed('id');
    const recordedAt = this.text('recorded_at') === undefined ? begins : this.instant('recorded_at');
    if (id === undefined || recordedAt === undefined) return undefined;
    return {
      id,
      recordedAt,
      firstRecordedAt: recordedAt,
      withdrawn: ['yes', 'true', '1', '是'].includes(this.text('withdrawn') ?? ''),
      by: this.text('by') ?? '',
      approvedBy: this.text('approved_by') ?? '',
      reason: this.text('reason') ?? '',
    };
  }

  interval(): { from: Instant; to: Instant } | undefined {
    const from = this.neededInstant('from');
    const to = this.neededInstant('to');
    if (from === undefined || to === undefined) return undefined;
    return from < to ? { from, to } : this.error('empty-interval', 'to');
  }
}

function readPrice(row: Cells, plant: Structure): Price | undefined {
  const item = row.needed('item');
  const kind = row.needed('kind');
  const from = row.needed('from') === undefined ? undefined : row.day('from');
  const to = row.day('to');
  const unit = row.text('unit');
  const recordedAt = row.instant('recorded_at') ?? Number.NEGATIVE_INFINITY;
  if (kind !== undefined && kind !== 'plan' && kind !== 'transfer' && kind !== 'actual')
    return row.error('bad-choice', 'kind', {
      choices: 'plan, transfer, actual',
      nearest: nearest(kind, ['plan', 'transfer', 'actual']) ?? '',
    });
  if (item === undefined || kind === undefined || from === undefined || row.needed('price') === undefined)
    return undefined;
  if (to !== undefined && to <= from) return row.error('empty-interval', 'to');
  const steps = row.wholeSteps('price', plant.priceStep);
  if (steps === undefined) return undefined;
  const measure = unit === undefined ? undefined : parseMeasure(unit, plant.measures);
  if (unit !== undefined && !measure)
    return row.error('unknown-measure', 'unit', { found: unit, nearest: nearest(unit, plant.measures.keys()) ?? '' });
  return { item, kind: kind as PriceKind, from, to, steps, measure, recordedAt, line: row.row.place.line };
}

function readBudget(row: Cells, plant: Structure): BudgetRow | undefined {
  const unit = row.unit();
  const month = monthOf(row.needed('month') ?? '', plant.monthStartsOn);
  if (row.text('month') !== undefined && !month) row.error('bad-month', 'month');
  const amount = row.decimal('amount') ?? row.needed('amount');
  const plannedHours = row.decimal('planned_hours');
  if (!unit || !month || amount === undefined || typeof amount === 'string') return undefined;
  const streams = unit.streams.filter((s) => s.role === 'output' || s.role === 'fee').map((s) => s.id);
  const stream = row.lookUp('stream', 'stream', new Map(streams.map((s) => [s, s])));
  if (stream === undefined) return undefined;
  if (plannedHours && plannedHours.n <= 0n) return row.error('bad-decimal', 'planned_hours');
  return { unit: unit.id, stream, first: month.first, last: month.last, amount, plannedHours };
}

function readLimit(row: Cells, table: 'order' | 'limit'): LimitFact | undefined {
  const unit = row.unit();
  const interval = row.interval();
  const kind = table === 'order' ? 'order' : row.needed('kind');
  if (kind !== undefined && kind !== 'order' && kind !== 'supplied' && kind !== 'accepted')
    return row.error('bad-choice', 'kind', {
      choices: 'supplied, accepted',
      nearest: nearest(kind, ['supplied', 'accepted']) ?? '',
    });
  if (!unit || !interval || kind === undefined) return undefined;
  const fact = row.fact(interval.from);
  const outputs = new Map(unit.streams.filter((s) => s.role === 'output').map((s) => [s.id, s]));
  const output =
    row.text('output') === undefined ? outputs.get(unit.load ?? '') : row.lookUp('output', 'output', outputs);
  if (!output) return row.text('output') === undefined ? row.error('no-load', 'unit', { unit: unit.id }) : undefined;
  const rate = row.quantity('rate', perMeasure(output.measure, parseMeasure('h') as Measure));
  if (!fact || !rate) return undefined;
  if (rate.n < 0n) return row.error('bad-quantity', 'rate', { wanted: output.measure.text });
  const booked =
    table === 'limit' && row.text('booked_to') !== undefined
      ? row.lookUp('booked_to', 'unit', row.plant.units)?.id
      : undefined;
  return {
    ...fact,
    ...interval,
    kind,
    unit: unit.id,
    output: output.id,
    rate,
    bookedTo: booked ?? (kind === 'order' ? 'dispatch' : ''),
  };
}

function readExclusion(row: Cells): ExclusionFact | undefined {
  const unit = row.unit();
  const interval = row.interval();
  const fact = interval && row.fact(interval.from);
  if (!unit || !interval || !fact) return undefined;
  if (fact.approvedBy === '') row.problems.warn('unapproved-exclusion', row.row.place, { id: fact.id });
  return { ...fact, ...interval, unit: unit.id };
}

function readFee(row: Cells): FeeFact | undefined {
  const unit = row.unit();
  const time = row.neededInstant('time');
  const fen = row.needed('amount') === undefined ? undefined : row.steps('amount', CENT);
  const kind = row.text('kind');
  if (kind !== undefined && kind !== 'cycle')
    return row.error('bad-choice', 'kind', { choices: 'cycle', nearest: 'cycle' });
  const stream =
    unit && row.lookUp('stream', 'fee', new Map(unit.streams.filter((s) => s.role === 'fee').map((s) => [s.id, s.id])));
  const fact = time === undefined ? undefined : row.fact(time);
  if (!unit || time === undefined || fen === undefined || stream === undefined || !fact) return undefined;
  return { ...fact, unit: unit.id, stream, time, fen, cycle: kind === 'cycle' };
}

const CENT: Step = { size: ratio(1, 100), places: 2 };

function readSwap(row: Cells, plant: Structure): SwapFact | undefined {
  const unit = row.unit();
  const day = row.needed('day') === undefined ? undefined : row.day('day');
  const codes = unit?.rotation.clock.shifts ?? [];
  const shift = unit && row.lookUp('shift', 'shift', new Map(codes.map((s) => [s.code, s])));
  const crews = new Set(unit?.rotation.periods.flatMap((p) => p.crews) ?? []);
  const crew = unit && row.lookUp('crew', 'crew', new Map([...crews].map((c) => [c, c])));
  if (!unit || day === undefined || !shift || crew === undefined) return undefined;
  const fact = row.fact(plant.zone.at(day, shift.startMs).at);
  return fact && { ...fact, unit: unit.id, day, shift: shift.code, crew };
}

function readReplacement(row: Cells): ReplacementFact | undefined {
  const point = row.point();
  const time = row.neededInstant('time');
  if (!point || time === undefined) return undefined;
  if (point.kind !== 'counter') return row.error('share-kind', 'point', { kind: point.kind });
  const fact = row.fact(time);
  const oldFinal = row.needed('old_final') === undefined ? undefined : row.steps('old_final', point.step);
  const newFirst = row.needed('new_first') === undefined ? undefined : row.steps('new_first', point.step);
  const multiplier = row.decimal('multiplier');
  if (!fact || oldFinal === undefined || newFirst === undefined) return undefined;
  const { modulus } = point.register;
  for (const [column, face] of [
    ['old_final', oldFinal],
    ['new_first', newFirst],
  ] as const)
    if (modulus !== undefined && (face < 0 || face >= modulus)) return row.error('out-of-range', column);
  if (!multiplier) return { ...fact, point: point.id, time, oldFinal, newFirst, multiplier: undefined };
  const size = point.register.multiplierStep.size;
  const steps = ratio(multiplier.n * size.d, multiplier.d * size.n);
  if (multiplier.n <= 0n || steps.d !== 1n) return row.error('bad-decimal', 'multiplier');
  if (!Number.isSafeInteger(Number(steps.n))) return row.error('out-of-range', 'multiplier');
  return { ...fact, point: point.id, time, oldFinal, newFirst, multiplier: Number(steps.n) };
}

function readConfirmation(row: Cells): ConfirmationFact | undefined {
  const point = row.point();
  const time = row.neededInstant('time');
  const fact = time === undefined ? undefined : row.fact(time);
  if (!point || time === undefined || !fact) return undefined;
  return point.kind === 'batch'
    ? { ...fact, point: point.id, time }
    : row.error('share-kind', 'point', { kind: point.kind });
}

const COUNT: Step = { size: ONE, places: 0 };
const SAMPLE_KINDS = ['routine', 'spot', 're-test', 'arbitration'];

function readSample(row: Cells): SampleFact | undefined {
  const point = row.point();
  const time = row.neededInstant('time');
  if (!point || time === undefined) return undefined;
  if (point.kind !== 'sample') return row.error('share-kind', 'point', { kind: point.kind });
  const fact = row.fact(time);
  const from = row.instant('from');
  const to = row.instant('to');
  if (!fact) return undefined;
  if (
    (row.text('from') === undefined) !== (row.text('to') === undefined) ||
    (from !== undefined && to !== undefined && from >= to)
  )
    return row.error('empty-interval', 'to');
  const kind = row.text('kind') ?? 'routine';
  if (!SAMPLE_KINDS.includes(kind))
    return row.error('bad-choice', 'kind', {
      choices: SAMPLE_KINDS.join(', '),
      nearest: nearest(kind, SAMPLE_KINDS) ?? '',
    });
  const value = row.steps('value', point.step);
  const [k, n] = [row.wholeSteps('k', COUNT), row.wholeSteps('n', COUNT)];
  if ((k === undefined) !== (n === undefined) || (k !== undefined && n !== undefined && (k < 0 || n < 0 || k > n)))
    return row.error('out-of-range', 'k');
  if (value === undefined && k === undefined)
    return row.text('value') === undefined ? row.error('missing-key', 'value', { key: 'value' }) : undefined;
  return { ...fact, point: point.id, time, from, to, kind: kind as SampleKind, of: row.text('of'), value, k, n };
}
