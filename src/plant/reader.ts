// Reading a value at a path of a plant's text: decimals, quantities, durations, references, formulas. What is not as it should
// be becomes a problem with its place, and undefined. It knows no section: what a value is for is its caller's business.
import { type Curve, compileFormula, type Formula } from '../formula.ts';
import {
  compare,
  conversion,
  HOUR_MS,
  MEASURES,
  type Measure,
  multiply,
  ONE,
  PURE,
  parseDecimal,
  parseMeasure,
  parseStep,
  type Ratio,
  ratio,
  type Step,
  sameDimensions,
  ZERO,
} from '../quantity.ts';
import { type Day, parseDay } from './calendar.ts';
import { type Document, isPlainMap, type Value } from './document.ts';
import type { Name, Point } from './model.ts';
import { nearest, type Place, type ProblemCode, type Problems } from './problem.ts';

export type Path = readonly (string | number)[];

export const map = (value: Value | undefined): { [key: string]: Value } => (isPlainMap(value) ? value : {});
export const list = (value: Value | undefined): Value[] => (Array.isArray(value) ? value : []);
export const text = (value: Value | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
export const truth = (value: Value | undefined, otherwise: boolean): boolean =>
  value === undefined ? otherwise : value === 'yes' || value === 'true';

/** A decimal with a unit of measure, `106 t/h`; the number and the text of the unit apart. */
export const QUANTITY = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)\s*(.*)$/u;

export const DAY_MS = 24 * HOUR_MS;
export const HOURS = MEASURES.get('h') as Measure;

/** What a formula may read besides its variables, and what it must not, with the reason. */
export interface FormulaScope {
  readonly curves?: ReadonlyMap<string, Curve>;
  readonly refused?: ReadonlyMap<string, string>;
}

/** Reads texts at paths and tells what is wrong there; holds the units of measure and points that later sections refer to. */
export class Reader {
  readonly document: Document;
  readonly problems: Problems;
  readonly places: ReadonlyMap<string, number>;
  measures = new Map<string, Measure>(MEASURES);
  points = new Map<string, Point>();

  constructor(document: Document, places: ReadonlyMap<string, number>, problems: Problems) {
    this.document = document;
    this.places = places;
    this.problems = problems;
  }

  at(path: Path): Value | undefined {
    let value: Value | undefined = this.document.sections;
    for (const part of path) value = Array.isArray(value) ? value[Number(part)] : map(value)[String(part)];
    return value;
  }

  place(path: Path): Place {
    return this.document.placeOf(path);
  }

  error(code: ProblemCode, path: Path, args: Record<string, string> = {}): undefined {
    return this.problems.error(code, this.place(path), { path: path.join(' / '), ...args });
  }

  name(path: Path, fallback: string): Name {
    const value = this.at([...path, 'name']);
    if (isPlainMap(value)) return { zh: text(value.zh) ?? fallback, en: text(value.en) ?? fallback };
    const one = text(value) ?? fallback;
    return { zh: one, en: one };
  }

  decimal(path: Path): Ratio | undefined {
    const found = text(this.at(path));
    if (found === undefined) return undefined;
    return parseDecimal(found) ?? this.error('bad-decimal', path, { found });
  }

  step(path: Path, fallback?: string): Step | undefined {
    const found = text(this.at(path)) ?? fallback;
    if (found === undefined) return undefined;
    return parseStep(found) ?? this.error('bad-step', path, { found });
  }

  measure(path: Path): Measure | undefined {
    const found = text(this.at(path));
    if (found === undefined) return undefined;
    return parseMeasure(found, this.measures) ?? this.unknownMeasure(path, found);
  }

  unknownMeasure(path: Path, found: string): undefined {
    return this.error('unknown-measure', path, { found, nearest: nearest(found, this.measures.keys()) ?? '' });
  }

  /** A decimal with a unit of measure, converted into `wanted`. A bare decimal is taken to be in it. */
  quantity(path: Path, wanted: Measure): Ratio | undefined {
    const found = text(this.at(path));
    if (found === undefined) return undefined;
    const [, digits = '', unit = ''] = QUANTITY.exec(found) ?? [];
    const number = parseDecimal(digits);
    if (!number) return this.error('bad-quantity', path, { found, wanted: wanted.text });
    if (unit === '') return number;
    const measure = parseMeasure(unit, this.measures);
    if (!measure) return this.unknownMeasure(path, unit);
    if (!sameDimensions(measure, wanted))
      return this.error('wrong-measure', path, { found: unit, wanted: wanted.text });
    return multiply(number, conversion(measure, wanted));
  }

  durationMs(path: Path): number | undefined {
    const hours = this.quantity(path, HOURS);
    if (hours === undefined) return undefined;
    const ms = multiply(hours, ratio(HOUR_MS));
    const whole = Number(ms.n / ms.d);
    if (ms.n < 0n || !Number.isSafeInteger(whole))
      return this.error('bad-duration', path, { found: text(this.at(path)) ?? '' });
    return whole;
  }

  percent(path: Path): Ratio | undefined {
    const share = this.quantity(path, PURE);
    if (share === undefined) return undefined;
    if (compare(share, ZERO) < 0 || compare(share, ONE) > 0)
      return this.error('bad-percent', path, { found: text(this.at(path)) ?? '' });
    return share;
  }

  day(path: Path): Day | undefined {
    const found = text(this.at(path));
    if (found === undefined) return undefined;
    return parseDay(found) ?? this.error('bad-day', path, { found });
  }

  timeOfDay(path: Path, found = text(this.at(path)) ?? ''): number | undefined {
    const match = /^(\d{1,2}):(\d{2})$/.exec(found);
    const ms = match ? (Number(match[1]) * 60 + Number(match[2])) * 60_000 : Number.NaN;
    if (!match || Number(match[2]) > 59 || ms > DAY_MS) return this.error('bad-time-of-day', path, { found });
    return ms;
  }

  reference(path: Path, kind: string, known: Iterable<string>): string | undefined {
    const found = text(this.at(path));
    if (found === undefined) return undefined;
    return this.checkReference(path, found, kind, known);
  }

  checkReference(path: Path, found: string, kind: string, known: Iterable<string>): string | undefined {
    const names = [...known];
    if (names.includes(found)) return found;
    return this.error('unknown-reference', path, {
      found,
      kind,
      nearest: nearest(found, names) ?? '',
      known: names.slice(0, 12).join(', '),
    });
  }

  formula(
    path: Path,
    expected: Measure,
    variables: ReadonlyMap<string, Measure>,
    extra: FormulaScope = {},
  ): Formula | undefined {
    const found = text(this.at(path));
    if (found === undefined) return undefined;
    const compiled = compileFormula(found, expected, {
      variables,
      refused: extra.refused ?? new Map(),
      curves: extra.curves ?? new Map(),
      measures: this.measures,
    });
    if (compiled.ok) return compiled.formula;
    const { code, line, column, args } = compiled.error;
    const crew = code === 'not-allowed-name';
    return this.error(crew ? 'crew-decides' : 'bad-formula', path, {
      formula: found.length > 80 ? `${found.slice(0, 80)}…` : found,
      formulaCode: code,
      at: `${line}:${column}`,
      ...(args as Record<string, string>),
    });
  }

  each<T>(path: Path, make: (id: string, path: Path) => T | undefined): Map<string, T> {
    const out = new Map<string, T>();
    for (const id of Object.keys(map(this.at(path)))) {
      const made = make(id, [...path, id]);
      if (made !== undefined) out.set(id, made);
    }
    return out;
  }
}
