// From the shape of a plant's text to the plant: resolves references, compiles formulas, puts every number on its step.
// It reports all mistakes it can find and builds only when there are none.
import { type Curve, compileFormula, type Formula } from '../formula.ts';
import {
  compare,
  conversion,
  decimalPlaces,
  HOUR_MS,
  MEASURES,
  type Measure,
  multiply,
  ONE,
  PURE,
  parseDecimal,
  parseMeasure,
  parseStep,
  perMeasure,
  type Ratio,
  ratio,
  type Step,
  sameDimensions,
  stepOf,
  timesMeasure,
  ZERO,
} from '../quantity.ts';
import {
  type Clock,
  type Day,
  parseDay,
  type Rotation,
  type RotationPeriod,
  type ShiftTimes,
  zoneOf,
} from './calendar.ts';
import { type Document, isPlainMap, type Value } from './document.ts';
import type {
  Coefficient,
  Condition,
  Dated,
  League,
  Name,
  Organisation,
  Plant,
  Point,
  Register,
  SampleKind,
  Standard,
  StockFormula,
  Stream,
  Tariff,
  Team,
  Term,
  Unit,
} from './model.ts';
import { nearest, type Place, type Problems } from './problem.ts';

type Path = readonly (string | number)[];
type Map_ = { [key: string]: Value };

const map = (value: Value | undefined): Map_ => (isPlainMap(value) ? value : {});
const list = (value: Value | undefined): Value[] => (Array.isArray(value) ? value : []);
const text = (value: Value | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
const truth = (value: Value | undefined, otherwise: boolean): boolean =>
  value === undefined ? otherwise : value === 'yes' || value === 'true';

/** A decimal with a unit of measure, `106 t/h`; the number and the text of the unit apart. */
const QUANTITY = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)\s*(.*)$/u;

const DAY_MS = 24 * HOUR_MS;
const DEFAULT_CURVE_STEP = '0.00001';

/** Everything of a plant but its tables. */
export type Structure = Omit<Plant, 'prices' | 'budgets'>;

/** `places`: the digits after the point that multipliers of a point's replacements have. */
export function buildStructure(
  document: Document,
  places: ReadonlyMap<string, number>,
  problems: Problems,
): Structure | undefined {
  return new Builder(document, places, problems).build();
}

/** Reads texts at paths and tells what is wrong there; holds what later sections refer to. */
class Builder {
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

  // ── reading a value at a path ──

  at(path: Path): Value | undefined {
    let value: Value | undefined = this.document.sections as Map_;
    for (const part of path) value = Array.isArray(value) ? value[Number(part)] : map(value)[String(part)];
    return value;
  }

  place(path: Path): Place {
    return this.document.placeOf(path);
  }

  error(code: Parameters<Problems['error']>[0], path: Path, args: Record<string, string> = {}): undefined {
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

  // ── sections ──

  build(): Structure | undefined {
    this.buildMeasures();
    const zone = zoneOf(text(this.at(['plant', 'zone'])) ?? '');
    if (!zone) this.error('bad-zone', ['plant', 'zone'], { found: text(this.at(['plant', 'zone'])) ?? '' });
    const priceStep = this.step(['plant', 'price step'], '0.0001');
    const startsOn = Number(text(this.at(['plant', 'month starts on'])) ?? '1');
    if (!Number.isInteger(startsOn) || startsOn < 1 || startsOn > 28)
      this.error('bad-choice', ['plant', 'month starts on'], {
        found: String(startsOn),
        choices: '1 … 28',
        nearest: '',
      });
    const clocks = this.each(['clocks'], (id, path) => this.buildClock(id, path));
    const rotations = this.each(['rotations'], (id, path) => this.buildRotation(id, path, clocks));
    this.buildPoints();
    const flows = this.each(['flows'], (id, path) => {
      const point = this.reference([...path, 'point'], 'point', this.points.keys());
      return point
        ? {
            id,
            name: this.name(path, id),
            point,
            check: this.reference([...path, 'check'], 'point', this.points.keys()),
          }
        : undefined;
    });
    const tariffs = this.each(['tariffs'], (id, path) => this.buildTariff(id, path));
    const organisations = (line: string): Map<string, Organisation> =>
      this.each(['organisations', line], (id, path) => {
        const parent = this.reference(
          [...path, 'parent'],
          'organisation',
          Object.keys(map(this.at(['organisations', line]))),
        );
        return { id, name: this.name(path, id), kind: text(this.at([...path, 'kind'])) ?? '', parent };
      });
    const administrative = organisations('administrative');
    const party = organisations('party');
    this.checkParents('administrative', administrative);
    this.checkParents('party', party);
    const units = this.each(['units'], (id, path) =>
      this.buildUnit(id, path, rotations, flows, tariffs, administrative),
    );
    const teams = this.each(['teams'], (id, path) => this.buildTeam(id, path, units, administrative, party));
    const leagues = this.each(['leagues'], (id, path): League => {
      const members = list(this.at([...path, 'units'])).map((_, i) =>
        this.reference([...path, 'units', i], 'unit', units.keys()),
      );
      return {
        id,
        name: this.name(path, id),
        units: members.filter((x) => x !== undefined),
        unlike: truth(this.at([...path, 'unlike']), false),
      };
    });
    const shiftNames = new Map<string, Name>();
    for (const clock of clocks.values())
      for (const shift of clock.shifts)
        shiftNames.set(shift.code, this.name(['clocks', clock.id, 'shifts', shift.code], shift.code));
    const id = text(this.at(['plant', 'id'])) ?? '';
    if (this.problems.failed || !zone || !priceStep) return undefined;
    return {
      id,
      name: this.name(['plant'], id),
      zone,
      priceStep,
      monthStartsOn: startsOn,
      cutOffMs: this.durationMs(['plant', 'cut-off']) ?? 72 * HOUR_MS,
      leastHours: ratio(this.durationMs(['plant', 'ranking', 'least hours']) ?? 0, HOUR_MS),
      mostSubstituted: this.percent(['plant', 'ranking', 'most substituted']) ?? ratio(1, 5),
      measures: this.measures,
      administrative,
      party,
      clocks,
      shiftNames,
      units,
      points: [...this.points.values()],
      pointById: this.points,
      flows,
      teams,
      leagues,
    };
  }

  each<T>(path: Path, make: (id: string, path: Path) => T | undefined): Map<string, T> {
    const out = new Map<string, T>();
    for (const id of Object.keys(map(this.at(path)))) {
      const made = make(id, [...path, id]);
      if (made !== undefined) out.set(id, made);
    }
    return out;
  }

  buildMeasures(): void {
    for (const id of Object.keys(map(this.at(['units of measure'])))) {
      const path = ['units of measure', id];
      const found = text(this.at(path)) ?? '';
      if (found === 'new') this.measures.set(id, { text: id, factor: ONE, dimensions: new Map([[id, 1]]) });
      else {
        const [, digits = '', unit = ''] = QUANTITY.exec(found) ?? [];
        const number = parseDecimal(digits);
        const of = parseMeasure(unit, this.measures);
        if (!number || number.n <= 0n) this.error('bad-quantity', path, { found, wanted: '' });
        else if (!of) this.unknownMeasure(path, unit);
        else this.measures.set(id, { text: id, factor: multiply(number, of.factor), dimensions: of.dimensions });
      }
    }
  }

  buildClock(id: string, path: Path): Clock {
    const shifts: ShiftTimes[] = [];
    for (const code of Object.keys(map(this.at([...path, 'shifts'])))) {
      const shift = [...path, 'shifts', code];
      if ([...code].length !== 1) this.error('rotation-letter', shift, { letter: code, letters: '' });
      const start = this.timeOfDay([...shift, 'start']);
      const end = this.timeOfDay([...shift, 'end']);
      if (start === undefined || end === undefined) continue;
      const on = text(this.at([...shift, 'on'])) ?? 'day';
      const base = on === 'day before' ? -DAY_MS : on === 'day after' ? DAY_MS : 0;
      shifts.push({ code, startMs: base + start, endMs: base + (end > start ? end : end + DAY_MS) });
    }
    const sorted = [...shifts].sort((a, b) => a.startMs - b.startMs);
    const roundTheClock = truth(this.at([...path, 'round the clock']), true);
    for (const [i, shift] of sorted.entries()) {
      const next = sorted[i + 1] ?? {
        ...(sorted[0] as ShiftTimes),
        startMs: (sorted[0] as ShiftTimes).startMs + DAY_MS,
      };
      const where = [...path, 'shifts', shift.code];
      if (next.startMs < shift.endMs) this.error('shift-overlap', where, { shift: shift.code, next: next.code });
      else if (roundTheClock && next.startMs > shift.endMs)
        this.error('shift-hole', where, { shift: shift.code, next: next.code });
    }
    return { id, shifts, rest: text(this.at([...path, 'rest'])) ?? '休', roundTheClock };
  }

  buildRotation(id: string, path: Path, clocks: ReadonlyMap<string, Clock>): Rotation | undefined {
    const clock = clocks.get(this.reference([...path, 'clock'], 'clock', clocks.keys()) ?? '');
    if (!clock) return undefined;
    const codes = clock.shifts.map((s) => s.code);
    const periods: RotationPeriod[] = [];
    for (const [i] of list(this.at([...path, 'periods'])).entries()) {
      const where = [...path, 'periods', i];
      const from = this.day([...where, 'from']);
      const pattern = [...(text(this.at([...where, 'pattern'])) ?? '').replace(/\s/g, '')];
      const offset = Number(text(this.at([...where, 'offset'])));
      const crews = list(this.at([...where, 'crews'])).map((c) => text(c) ?? '');
      for (const letter of new Set(pattern))
        if (letter !== clock.rest && !codes.includes(letter))
          this.error('rotation-letter', [...where, 'pattern'], { letter, letters: [...codes, clock.rest].join(' ') });
      if (!Number.isInteger(offset))
        this.error('bad-decimal', [...where, 'offset'], { found: text(this.at([...where, 'offset'])) ?? '' });
      if (pattern.length === 0 || from === undefined || !Number.isInteger(offset)) continue;
      const period = { from, pattern, offset, crews };
      this.checkCover(period, clock, where);
      periods.push(period);
    }
    periods.sort((a, b) => a.from - b.from);
    return { id, clock, periods };
  }

  /** Every shift of every day of the cycle has exactly one crew. */
  checkCover(period: RotationPeriod, clock: Clock, where: Path): void {
    const n = period.pattern.length;
    for (let d = 0; d < n; d += 1)
      for (const { code } of clock.shifts) {
        const on = period.crews.filter((_, i) => period.pattern[(((d + i * period.offset) % n) + n) % n] === code);
        if (on.length === 0 && clock.roundTheClock) {
          this.error('rotation-hole', [...where, 'pattern'], { shift: code, day: String(d + 1) });
          return;
        }
        if (on.length > 1) {
          this.error('rotation-twice', [...where, 'pattern'], {
            shift: code,
            day: String(d + 1),
            crews: on.join(', '),
          });
          return;
        }
      }
  }

  buildTariff(id: string, path: Path): Tariff | undefined {
    const bands = Object.keys(map(this.at([...path, 'bands'])));
    const hours: { from: number; to: number; band: string }[] = [];
    let other: string | undefined;
    for (const band of bands) {
      const where = [...path, 'bands', band];
      if (this.at(where) === 'other') {
        other = band;
        continue;
      }
      for (const [i, span] of list(this.at(where)).entries()) {
        const [a = '', b = ''] = (text(span) ?? '').split(/[-–~]/);
        const from = this.timeOfDay([...where, i], a.trim());
        const to = this.timeOfDay([...where, i], b.trim());
        if (from === undefined || to === undefined) continue;
        if (from < to) hours.push({ from, to, band });
        else hours.push({ from, to: DAY_MS, band }, ...(to > 0 ? [{ from: 0, to, band }] : []));
      }
    }
    hours.sort((a, b) => a.from - b.from);
    const filled: { from: number; to: number; band: string }[] = [];
    let end = 0;
    for (const span of [...hours, { from: DAY_MS, to: DAY_MS, band: '' }]) {
      if (span.from < end) return this.error('shift-overlap', [...path, 'bands'], { shift: span.band, next: '' });
      if (span.from > end) {
        if (other === undefined)
          return this.error('shift-hole', [...path, 'bands'], { shift: filled.at(-1)?.band ?? '', next: span.band });
        filled.push({ from: end, to: span.from, band: other });
      }
      if (span.from < span.to) filled.push(span);
      end = span.to;
    }
    const profile = bands.map((band) => this.decimal([...path, 'profile', band]) ?? ONE);
    return { id, bands, hours: filled, profile };
  }

  buildTeam(
    id: string,
    path: Path,
    units: ReadonlyMap<string, Unit>,
    administrative: ReadonlyMap<string, Organisation>,
    party: ReadonlyMap<string, Organisation>,
  ): Team {
    const members = list(this.at([...path, 'units'])).map((_, i) =>
      this.reference([...path, 'units', i], 'unit', units.keys()),
    );
    const crew = text(this.at([...path, 'crew'])) ?? '';
    for (const member of members) {
      const periods = units.get(member ?? '')?.rotation.periods ?? [];
      const crews = new Set(periods.flatMap((p) => p.crews));
      if (member !== undefined) this.checkReference([...path, 'crew'], crew, 'crew', crews);
    }
    const count = (key: string): number => {
      const found = text(this.at([...path, key])) ?? '0';
      if (!/^\d{1,6}$/.test(found)) this.error('bad-decimal', [...path, key], { found });
      return Number(found);
    };
    return {
      id,
      name: this.name(path, id),
      crew,
      units: members.filter((x) => x !== undefined),
      organisation: this.reference([...path, 'organisation'], 'organisation', administrative.keys()),
      party: this.reference([...path, 'party'], 'organisation', party.keys()),
      members: count('members'),
      partyMembers: count('party members'),
    };
  }

  checkParents(line: string, nodes: ReadonlyMap<string, Organisation>): void {
    for (const start of nodes.values()) {
      let at: Organisation | undefined = start;
      for (let n = 0; at; n += 1) {
        if (n > nodes.size) {
          this.error('cycle', ['organisations', line, start.id, 'parent'], { chain: start.id });
          return;
        }
        at = at.parent === undefined ? undefined : nodes.get(at.parent);
      }
    }
  }

  // ── points ──

  buildPoints(): void {
    const ids = Object.keys(map(this.at(['points'])));
    const waiting = new Set(ids);
    const building = new Set<string>();
    // A share or formula point needs the points it rests on first; a circle of them is told once.
    const ensure = (id: string, asked: Path): Point | undefined => {
      if (!waiting.has(id)) return this.points.get(id);
      if (building.has(id)) return this.error('cycle', asked, { chain: [...building, id].join(' → ') });
      building.add(id);
      const point = this.buildPoint(id, ['points', id], ids, ensure);
      building.delete(id);
      waiting.delete(id);
      if (point) this.points.set(id, point);
      return point;
    };
    for (const id of ids) ensure(id, ['points', id]);
    // Places by the order of the text, whatever order they were built in.
    const ordered = ids.map((id) => this.points.get(id)).filter((p) => p !== undefined);
    this.points = new Map(ordered.map((point, index) => [point.id, { ...point, index }]));
  }

  buildPoint(
    id: string,
    path: Path,
    ids: readonly string[],
    ensure: (id: string, asked: Path) => Point | undefined,
  ): Point | undefined {
    const common = { id, name: this.name(path, id), index: 0 };
    const kind = text(this.at([...path, 'kind']));
    if (kind === 'share') {
      const of = ensure(this.reference([...path, 'of'], 'point', ids) ?? '', [...path, 'of']);
      const key = this.decimal([...path, 'key']) ?? ONE;
      if (key.n < 0n) this.error('bad-decimal', [...path, 'key'], { found: text(this.at([...path, 'key'])) ?? '' });
      if (!of) return undefined;
      if (of.kind === 'level' || of.kind === 'sample' || of.kind === 'share')
        return this.error('share-kind', [...path, 'of'], { kind: of.kind });
      return {
        ...common,
        kind,
        of: of.id,
        by: text(this.at([...path, 'by'])) === 'allowed' ? 'allowed' : 'keys',
        key,
        ...quantityLike(of),
      };
    }
    const measure = this.measure([...path, 'unit']);
    const step = this.step([...path, 'step']);
    if (!measure || !step) return undefined;
    const plain = { ...common, measure, step, quantityMeasure: measure, quantityStep: step };
    switch (kind) {
      case 'counter':
        return this.counter(plain, path, false);
      case 'manual':
        return text(this.at([...path, 'form'])) === 'counter'
          ? this.counter(plain, path, true)
          : { ...plain, kind: 'figure' };
      case 'rate': {
        const quantityStep = this.step([...path, 'quantity step']) ?? step;
        return {
          ...plain,
          kind,
          quantityMeasure: timesHours(measure),
          quantityStep,
          sloped: text(this.at([...path, 'between'])) !== 'step',
          gapMs: this.durationMs([...path, 'gap']) ?? Number.POSITIVE_INFINITY,
          leastCoverage: this.percent([...path, 'least coverage']) ?? ratio(1, 2),
        };
      }
      case 'level':
        return { ...plain, kind, gapMs: this.durationMs([...path, 'gap']) ?? Number.POSITIVE_INFINITY };
      case 'batch':
        return { ...plain, kind, confirmed: truth(this.at([...path, 'confirmed']), false) };
      case 'sample':
        return {
          ...plain,
          kind,
          delayMs: this.durationMs([...path, 'delay']) ?? 0,
          counts: kinds(this.at([...path, 'counts'])) ?? ['routine'],
          replacedBy: kinds(this.at([...path, 'replaced by'])) ?? [],
        };
      default: {
        const variables = new Map<string, Measure>();
        for (const name of ids) variables.set(name, PURE);
        // Which points the formula reads is known only when it is parsed; their units of measure are needed to type it.
        const named = ids.filter((name) => (text(this.at([...path, 'quantity'])) ?? '').includes(name) && name !== id);
        for (const name of named) {
          const point = ensure(name, [...path, 'quantity']);
          if (point) variables.set(name, point.quantityMeasure);
        }
        variables.delete(id);
        const formula = this.formula([...path, 'quantity'], measure, variables);
        return formula ? { ...plain, kind: 'formula', formula, reads: formula.reads } : undefined;
      }
    }
  }

  counter(plain: Omit<Point & { kind: 'figure' }, 'kind'>, path: Path, typed: boolean): Point | undefined {
    const size = plain.step.size;
    const inSteps = (value: Ratio, where: Path): number | undefined => {
      const steps = ratio(value.n * size.d, value.d * size.n);
      if (steps.d !== 1n || steps.n <= 0n)
        return this.error('too-fine', where, {
          found: text(this.at(where)) ?? '',
          step: text(this.at([...path, 'step'])) ?? '',
        });
      const whole = Number(steps.n);
      return Number.isSafeInteger(whole)
        ? whole
        : this.error('out-of-range', where, { found: text(this.at(where)) ?? '' });
    };
    const rollover = this.decimal([...path, 'rollover']);
    const modulus = rollover && inSteps(rollover, [...path, 'rollover']);
    if (modulus !== undefined && modulus % 2 !== 0)
      this.error('rollover-odd', [...path, 'rollover'], { steps: String(modulus) });
    const greatest = this.quantity([...path, 'greatest rate'], perMeasure(plain.measure, HOURS));
    if (modulus !== undefined && greatest === undefined) this.error('rollover-rate', path, {});
    const multiplier = this.decimal([...path, 'multiplier']) ?? ONE;
    const places = Math.max(decimalPlaces(multiplier) ?? 0, this.places.get(plain.id) ?? 0);
    if (multiplier.n <= 0n)
      this.error('bad-decimal', [...path, 'multiplier'], { found: text(this.at([...path, 'multiplier'])) ?? '' });
    const multiplierStep = stepOf(ratio(1, 10n ** BigInt(places)));
    const register: Register = {
      modulus,
      greatestPerHour: greatest && ratio(greatest.n * size.d, greatest.d * size.n),
      gapMs: this.durationMs([...path, 'gap']) ?? Number.POSITIVE_INFINITY,
      multiplier: Number((multiplier.n * 10n ** BigInt(places)) / multiplier.d),
      multiplierStep,
      onDrop: (text(this.at([...path, 'on a drop'])) as 'missing' | 'restart' | 'hold' | undefined) ?? 'missing',
    };
    return { ...plain, kind: 'counter', register, typed, quantityStep: stepOf(multiply(size, multiplierStep.size)) };
  }

  // ── units and streams ──

  buildUnit(
    id: string,
    path: Path,
    rotations: ReadonlyMap<string, Rotation>,
    flows: ReadonlyMap<string, { point: string }>,
    tariffs: ReadonlyMap<string, Tariff>,
    administrative: ReadonlyMap<string, Organisation>,
  ): Unit | undefined {
    const rotation = rotations.get(this.reference([...path, 'rotation'], 'rotation', rotations.keys()) ?? '');
    const streamsPath = [...path, 'streams'];
    const ids = Object.keys(map(this.at(streamsPath)));
    const role = (stream: string): string => text(this.at([...streamsPath, stream, 'role'])) ?? '';
    const measureOf = (stream: string): Measure => {
      const found = text(this.at([...streamsPath, stream, 'unit']));
      return (found === undefined ? undefined : parseMeasure(found, this.measures)) ?? PURE;
    };
    const outputs = ids.filter((s) => role(s) === 'output');
    const load = this.reference([...path, 'load'], 'output', outputs) ?? outputs[0];
    const conditions: Condition[] = [];
    const variables = new Map<string, Measure>([['hours', HOURS]]);
    if (load !== undefined) variables.set('load', perMeasure(measureOf(load), HOURS));
    for (const name of Object.keys(map(this.at([...path, 'conditions'])))) {
      const where = [...path, 'conditions', name];
      const point = this.points.get(this.reference([...where, 'point'], 'point', this.points.keys()) ?? '');
      if (!point) continue;
      if (point.kind !== 'rate' && point.kind !== 'level' && point.kind !== 'sample') {
        this.error('share-kind', [...where, 'point'], { kind: point.kind });
        continue;
      }
      const budget = this.quantity([...where, 'budget'], point.measure);
      variables.set(name, point.measure);
      if (budget) conditions.push({ id: name, name: this.name(where, name), point: point.id, budget });
    }
    const curves = this.each([...path, 'curves'], (name, where) => {
      const argument = variables.get(this.reference([...where, 'of'], 'condition', variables.keys()) ?? '');
      const result = this.measure([...where, 'unit']);
      return argument && result ? this.curve(name, where, argument, result) : undefined;
    });
    const scope: StandardScope = { load, variables, curves, drivers: new Map(), refused: new Map() };
    for (const stream of ids) {
      if (role(stream) === 'output' || role(stream) === 'stock') scope.drivers.set(stream, measureOf(stream));
      if (!variables.has(stream))
        scope.refused.set(
          stream,
          role(stream) === 'input' || role(stream) === 'by-product' ? 'crew-decides' : 'driver',
        );
    }
    for (const point of this.points.keys())
      if (!variables.has(point) && !scope.refused.has(point)) scope.refused.set(point, 'crew-decides');
    const streams: Stream[] = [];
    for (const stream of ids) {
      const made = this.buildStream(stream, [...streamsPath, stream], role(stream), scope, outputs, flows, tariffs);
      if (made) streams.push(made);
    }
    const hoursRun = this.reference([...path, 'hours run', 'point'], 'point', this.points.keys());
    const runs = hoursRun === undefined ? undefined : this.points.get(hoursRun);
    if (runs && !sameDimensions(runs.quantityMeasure, HOURS))
      this.error('wrong-measure', [...path, 'hours run', 'point'], { found: runs.quantityMeasure.text, wanted: 'h' });
    if (!rotation) return undefined;
    return {
      id,
      name: this.name(path, id),
      organisation: this.reference([...path, 'organisation'], 'organisation', administrative.keys()),
      rotation,
      load,
      crewSetsLoad: text(this.at([...path, 'load set by'])) === 'crew',
      hoursRun,
      conditions,
      curves,
      streams,
    };
  }

  curve(name: string, path: Path, argument: Measure, result: Measure): Curve | undefined {
    const points: [Ratio, Ratio][] = [];
    for (const key of Object.keys(map(this.at([...path, 'at'])))) {
      const x = parseDecimal(key);
      const y = this.decimal([...path, 'at', key]);
      if (!x) this.error('bad-decimal', [...path, 'at', key], { found: key });
      else if (y) points.push([x, y]);
    }
    const rising = points.every((point, i) => i === 0 || compare((points[i - 1] as [Ratio, Ratio])[0], point[0]) < 0);
    if (points.length < 2 || !rising)
      return this.error('curve-order', [...path, 'at'], { count: String(points.length) });
    const step = this.step([...path, 'step'], DEFAULT_CURVE_STEP);
    return step && { name, argument, result, points, step };
  }

  buildStream(
    id: string,
    path: Path,
    role: string,
    scope: StandardScope,
    outputs: readonly string[],
    flows: ReadonlyMap<string, { point: string }>,
    tariffs: ReadonlyMap<string, Tariff>,
  ): Stream | undefined {
    const references = new Map<string, Ratio>();
    for (const key of Object.keys(map(this.at([...path, 'references'])))) {
      const value = this.decimal([...path, 'references', key]);
      if (value) references.set(key, value);
    }
    const flow = text(this.at([...path, 'flow']));
    const common = {
      id,
      name: this.name(path, id),
      item: text(this.at([...path, 'price'])) ?? flow ?? id,
      answers: text(this.at([...path, 'answers'])) === 'company' ? ('company' as const) : ('crew' as const),
      references,
    };
    if (role === 'fee') {
      const budget = this.budget([...path, 'budget'], YUAN_PER_HOUR);
      const periodic = this.quantity([...path, 'periodic'], YUAN_PER_HOUR);
      return { ...common, role, measure: YUAN, step: FEN, budget, periodic };
    }
    if (role === 'quality') return this.buildQuality(common, path, outputs);
    const measure = this.measure([...path, 'unit']);
    if (!measure) return undefined;
    if (role === 'stock') return this.buildStock({ ...common, measure }, path, outputs);
    if (flow !== undefined) this.checkReference([...path, 'flow'], flow, 'flow', flows.keys());
    const pointId =
      flow === undefined ? this.reference([...path, 'point'], 'point', this.points.keys()) : flows.get(flow)?.point;
    if (flow === undefined && text(this.at([...path, 'point'])) === undefined)
      this.error('missing-key', path, { key: 'point' });
    const point = this.points.get(pointId ?? '');
    if (!point) return undefined;
    if (point.kind === 'level' || point.kind === 'sample')
      return this.error('share-kind', [...path, 'point'], { kind: point.kind });
    if (role === 'output' && point.kind === 'share') return this.error('shared-output', [...path, 'point'], {});
    this.sameUnit([...path, 'unit'], measure, point.quantityMeasure, point.id);
    const measured = { ...common, measure, step: point.quantityStep, point: point.id, flow };
    const perHour = perMeasure(measure, HOURS);
    const mix = text(this.at([...path, 'mix']));
    if (role === 'output') return { ...measured, role, budget: this.budget([...path, 'budget'], perHour), mix };
    const answers =
      point.kind === 'share' && this.at([...path, 'answers']) === undefined ? ('company' as const) : common.answers;
    const tariff =
      role === 'input' ? tariffs.get(this.reference([...path, 'bands'], 'tariff', tariffs.keys()) ?? '') : undefined;
    if (tariff && point.kind === 'share') this.error('share-kind', [...path, 'bands'], { kind: 'share' });
    return {
      ...measured,
      answers,
      role: role === 'by-product' ? 'by-product' : 'input',
      standards: this.standards([...path, 'standard'], measure, scope),
      mix: role === 'input' && !tariff ? mix : undefined,
      tariff,
      lessStock:
        this.at([...path, 'less stock']) === undefined
          ? undefined
          : this.stockFormula([...path, 'less stock'], measure),
    };
  }

  sameUnit(path: Path, measure: Measure, quantity: Measure, point: string): void {
    const same = sameDimensions(measure, quantity) && compare(measure.factor, quantity.factor) === 0;
    if (!same) this.error('wrong-measure', path, { found: measure.text, wanted: `${quantity.text} (${point})` });
  }

  /** Per hour, from the first day on or dated. */
  budget(path: Path, perHour: Measure): Dated<Ratio>[] {
    const value = this.at(path);
    if (value === undefined) return [];
    if (!Array.isArray(value)) {
      const rate = this.quantity(path, perHour);
      return rate ? [{ from: Number.NEGATIVE_INFINITY, value: rate }] : [];
    }
    const out: Dated<Ratio>[] = [];
    for (const [i] of value.entries()) {
      const from = this.day([...path, i, 'from']);
      const rate = this.quantity([...path, i, 'rate'], perHour);
      if (from !== undefined && rate) out.push({ from, value: rate });
    }
    return out.sort((a, b) => a.from - b.from);
  }

  standards(path: Path, measure: Measure, scope: StandardScope): Dated<Standard>[] {
    const value = this.at(path);
    if (value === undefined) return [];
    if (!Array.isArray(value)) {
      const from = this.day([...path, 'from']);
      return [{ from: from ?? Number.NEGATIVE_INFINITY, value: this.standard(path, measure, scope) }];
    }
    return value
      .map((_, i) => {
        const where = [...path, i];
        return {
          from: this.day([...where, 'from']) ?? Number.NEGATIVE_INFINITY,
          value: this.standard(where, measure, scope),
        };
      })
      .sort((a, b) => a.from - b.from);
  }

  standard(path: Path, measure: Measure, scope: StandardScope): Standard {
    const terms: Term[] = [];
    for (const driver of Object.keys(map(this.at(path)))) {
      if (driver === 'from' || driver === 'per hour run' || driver === 'grain') continue;
      const where = [...path, driver];
      const driverMeasure = scope.drivers.get(driver);
      if (!driverMeasure) {
        if (scope.refused.get(driver) === 'crew-decides')
          this.error('crew-decides', where, { name: driver, formula: driver });
        else this.checkReference(where, driver, 'driver', [...scope.drivers.keys(), 'per hour run', 'grain', 'from']);
        continue;
      }
      const coefficient = this.coefficient(where, perMeasure(measure, driverMeasure), scope);
      if (coefficient) terms.push({ driver, coefficient });
    }
    return {
      terms,
      perHourRun: this.quantity([...path, 'per hour run'], perMeasure(measure, HOURS)) ?? ZERO,
      grainMs: this.grain([...path, 'grain']),
    };
  }

  grain(path: Path): number | undefined {
    const ms = this.durationMs(path);
    if (ms === undefined) return undefined;
    return ms >= 60_000 && DAY_MS % ms === 0
      ? ms
      : this.error('bad-duration', path, { found: text(this.at(path)) ?? '' });
  }

  coefficient(path: Path, measure: Measure, scope: StandardScope): Coefficient | undefined {
    const value = this.at(path);
    if (typeof value === 'string') {
      const constant = this.quantity(path, measure);
      return constant && { kind: 'constant', value: constant };
    }
    const inner = map(value);
    const step = this.step([...path, 'step'], DEFAULT_CURVE_STEP);
    if (!step) return undefined;
    if (text(inner.curve) !== undefined) {
      const argument = this.reference([...path, 'curve'], 'condition', scope.variables.keys());
      if (argument === undefined) {
        const tried = text(inner.curve) ?? '';
        if (scope.refused.get(tried) === 'crew-decides')
          this.error('crew-decides', [...path, 'curve'], { name: tried, formula: tried });
        return undefined;
      }
      const curve = this.curve('curve', path, scope.variables.get(argument) ?? PURE, measure);
      if (!curve) return undefined;
      const compiled = compileFormula(`curve([${argument}])`, measure, {
        variables: scope.variables,
        curves: new Map([['curve', curve]]),
        measures: this.measures,
      });
      return compiled.ok
        ? { kind: 'formula', formula: compiled.formula, step }
        : this.error('bad-formula', path, { formula: argument });
    }
    const formula = this.formula([...path, 'formula'], measure, scope.variables, scope);
    return formula && { kind: 'formula', formula, step };
  }

  stockFormula(path: Path, measure: Measure): StockFormula | undefined {
    const point = this.points.get(this.reference([...path, 'point'], 'point', this.points.keys()) ?? '');
    if (!point) return undefined;
    if (point.kind !== 'level') return this.error('share-kind', [...path, 'point'], { kind: point.kind });
    const named = new Map<string, Point>([['level', point]]);
    for (const name of Object.keys(map(this.at([...path, 'with'])))) {
      const other = this.points.get(this.reference([...path, 'with', name], 'point', this.points.keys()) ?? '');
      if (other && other.kind !== 'level' && other.kind !== 'rate')
        this.error('share-kind', [...path, 'with', name], { kind: other.kind });
      else if (other) named.set(name, other);
    }
    const variables = new Map([...named].map(([name, p]) => [name, p.measure]));
    const formula =
      this.at([...path, 'quantity']) === undefined
        ? compiledOrUndefined('level', measure, variables, this.measures)
        : this.formula([...path, 'quantity'], measure, variables);
    if (!formula)
      return this.at([...path, 'quantity']) === undefined
        ? this.error('wrong-measure', path, { found: point.measure.text, wanted: measure.text })
        : undefined;
    return { point: point.id, reads: formula.reads.map((name) => (named.get(name) as Point).id), formula };
  }

  buildStock(
    common: Omit<Stream & { role: 'stock' }, 'role' | 'step' | 'quantity' | 'makes' | 'completion'>,
    path: Path,
    outputs: readonly string[],
  ): Stream | undefined {
    const step = this.step([...path, 'step']);
    const quantity = this.stockFormula(path, common.measure);
    const makes = this.reference([...path, 'makes'], 'output', outputs);
    const found = text(this.at([...path, 'completion'])) ?? '';
    const point = this.points.get(found);
    if (point && point.kind !== 'level' && point.kind !== 'rate')
      return this.error('share-kind', [...path, 'completion'], { kind: point.kind });
    if (point && !sameDimensions(point.measure, PURE))
      return this.error('wrong-measure', [...path, 'completion'], { found: point.measure.text, wanted: '%' });
    const share = point ? undefined : this.percent([...path, 'completion']);
    if (!step || !quantity || makes === undefined || (!point && !share)) return undefined;
    return {
      ...common,
      role: 'stock',
      step,
      quantity,
      makes,
      completion: point ? { kind: 'point', point: point.id } : { kind: 'constant', value: share as Ratio },
    };
  }

  buildQuality(
    common: Omit<Stream & { role: 'fee' }, 'role' | 'measure' | 'step' | 'budget' | 'periodic'>,
    path: Path,
    outputs: readonly string[],
  ): Stream | undefined {
    const of = this.reference([...path, 'of'], 'output', outputs);
    const point = this.points.get(this.reference([...path, 'point'], 'point', this.points.keys()) ?? '');
    const step = this.step([...path, 'step']);
    if (of === undefined || !point || !step) return undefined;
    if (point.kind !== 'sample') return this.error('share-kind', [...path, 'point'], { kind: point.kind });
    const [low, high, more] = list(this.at([...path, 'window'])).map((_, i) => this.decimal([...path, 'window', i]));
    const hasWindow = this.at([...path, 'window']) !== undefined;
    if (hasWindow && (!low || !high || more !== undefined || compare(low, high) > 0))
      return this.error('wrong-shape', [...path, 'window'], { expected: '[lowest, highest]' });
    const output = parseMeasure(text(this.at([...path.slice(0, -1), of, 'unit'])) ?? '', this.measures);
    if (!output) return undefined;
    const measure = perMeasure(YUAN, output);
    const variables = new Map<string, Measure>([
      ['k', PURE],
      ['n', PURE],
      ['value', point.measure],
    ]);
    const premium = this.formula([...path, 'premium'], measure, variables);
    if (!premium) return undefined;
    return {
      ...common,
      role: 'quality',
      measure,
      step,
      of,
      point: point.id,
      window: low && high ? [low, high] : undefined,
      premium,
    };
  }
}

interface FormulaScope {
  readonly curves?: ReadonlyMap<string, Curve>;
  readonly refused?: ReadonlyMap<string, string>;
}

/** What a standard of a unit may read, and by what it may be driven. */
interface StandardScope {
  readonly load: string | undefined;
  readonly variables: ReadonlyMap<string, Measure>;
  readonly curves: ReadonlyMap<string, Curve>;
  readonly drivers: Map<string, Measure>;
  readonly refused: Map<string, string>;
}

const known = (name: string): Measure => MEASURES.get(name) as Measure;
const HOURS = known('h');
const YUAN = known('yuan');
const FEN = stepOf(ratio(1, 100));
const YUAN_PER_HOUR = perMeasure(YUAN, HOURS);

/** What a rate adds up to over an hour: t/h gives t. */
function timesHours(measure: Measure): Measure {
  const product = timesMeasure(measure, HOURS);
  return measure.text.endsWith('/h') ? { ...product, text: measure.text.slice(0, -2) } : product;
}

const quantityLike = ({
  quantityMeasure,
  quantityStep,
}: Point): Pick<Point, 'measure' | 'step' | 'quantityMeasure' | 'quantityStep'> => ({
  measure: quantityMeasure,
  step: quantityStep,
  quantityMeasure,
  quantityStep,
});

const kinds = (value: Value | undefined): SampleKind[] | undefined =>
  Array.isArray(value) ? value.map((x) => String(x) as SampleKind) : undefined;

function compiledOrUndefined(
  formula: string,
  measure: Measure,
  variables: ReadonlyMap<string, Measure>,
  measures: ReadonlyMap<string, Measure>,
): Formula | undefined {
  const compiled = compileFormula(formula, measure, { variables, curves: new Map(), measures });
  return compiled.ok ? compiled.formula : undefined;
}
