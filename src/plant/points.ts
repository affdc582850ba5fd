// The text of points: where and how a value is measured, typed, shared out or worked out of others.
import {
  decimalPlaces,
  type Measure,
  multiply,
  ONE,
  PURE,
  perMeasure,
  type Ratio,
  ratio,
  stepOf,
  timesMeasure,
} from '../quantity.ts';
import type { Value } from './document.ts';
import type { Point, Register, SampleKind } from './model.ts';
import { HOURS, map, type Path, type Reader, text, truth } from './reader.ts';

export function buildPoints(read: Reader): void {
  const ids = Object.keys(map(read.at(['points'])));
  const waiting = new Set(ids);
  const building = new Set<string>();
  // A share or formula point needs the points it rests on first; a circle of them is told once.
  const ensure = (id: string, asked: Path): Point | undefined => {
    if (!waiting.has(id)) return read.points.get(id);
    if (building.has(id)) return read.error('cycle', asked, { chain: [...building, id].join(' → ') });
    building.add(id);
    const point = buildPoint(read, id, ['points', id], ids, ensure);
    building.delete(id);
    waiting.delete(id);
    if (point) read.points.set(id, point);
    return point;
  };
  for (const id of ids) ensure(id, ['points', id]);
  // Places by the order of the text, whatever order they were built in.
  const ordered = ids.map((id) => read.points.get(id)).filter((p) => p !== undefined);
  read.points = new Map(ordered.map((point, index) => [point.id, { ...point, index }]));
}

function buildPoint(
  read: Reader,
  id: string,
  path: Path,
  ids: readonly string[],
  ensure: (id: string, asked: Path) => Point | undefined,
): Point | undefined {
  const common = { id, name: read.name(path, id), index: 0 };
  const kind = text(read.at([...path, 'kind']));
  if (kind === 'share') {
    const of = ensure(read.reference([...path, 'of'], 'point', ids) ?? '', [...path, 'of']);
    const key = read.decimal([...path, 'key']) ?? ONE;
    if (key.n < 0n) read.error('bad-decimal', [...path, 'key'], { found: text(read.at([...path, 'key'])) ?? '' });
    if (!of) return undefined;
    if (of.kind === 'level' || of.kind === 'sample' || of.kind === 'share')
      return read.error('share-kind', [...path, 'of'], { kind: of.kind });
    return {
      ...common,
      kind,
      of: of.id,
      by: text(read.at([...path, 'by'])) === 'allowed' ? 'allowed' : 'keys',
      key,
      ...quantityLike(of),
    };
  }
  const measure = read.measure([...path, 'unit']);
  const step = read.step([...path, 'step']);
  if (!measure || !step) return undefined;
  const plain = { ...common, measure, step, quantityMeasure: measure, quantityStep: step };
  switch (kind) {
    case 'counter':
      return buildCounter(read, plain, path, false);
    case 'manual':
      return text(read.at([...path, 'form'])) === 'counter'
        ? buildCounter(read, plain, path, true)
        : { ...plain, kind: 'figure' };
    case 'rate': {
      const quantityStep = read.step([...path, 'quantity step']) ?? step;
      return {
        ...plain,
        kind,
        quantityMeasure: timesHours(measure),
        quantityStep,
        sloped: text(read.at([...path, 'between'])) !== 'step',
        gapMs: read.durationMs([...path, 'gap']) ?? Number.POSITIVE_INFINITY,
        leastCoverage: read.percent([...path, 'least coverage']) ?? ratio(1, 2),
      };
    }
    case 'level':
      return { ...plain, kind, gapMs: read.durationMs([...path, 'gap']) ?? Number.POSITIVE_INFINITY };
    case 'batch':
      return { ...plain, kind, confirmed: truth(read.at([...path, 'confirmed']), false) };
    case 'sample':
      return {
        ...plain,
        kind,
        delayMs: read.durationMs([...path, 'delay']) ?? 0,
        counts: kinds(read.at([...path, 'counts'])) ?? ['routine'],
        replacedBy: kinds(read.at([...path, 'replaced by'])) ?? [],
      };
    default: {
      const variables = new Map<string, Measure>();
      for (const name of ids) variables.set(name, PURE);
      // Which points the formula reads is known only when it is parsed; their units of measure are needed to type it.
      const where = [...path, 'quantity'];
      for (const name of wordsOf(text(read.at(where)) ?? '')) {
        const point = name === id || !variables.has(name) ? undefined : ensure(name, where);
        if (point?.kind === 'sample') read.error('share-kind', where, { kind: point.kind });
        else if (point) variables.set(name, point.quantityMeasure);
      }
      variables.delete(id);
      const formula = read.formula(where, measure, variables);
      return formula ? { ...plain, kind: 'formula', formula, reads: formula.reads } : undefined;
    }
  }
}

function buildCounter(
  read: Reader,
  plain: Omit<Point & { kind: 'figure' }, 'kind'>,
  path: Path,
  typed: boolean,
): Point | undefined {
  const size = plain.step.size;
  const inSteps = (value: Ratio, where: Path): number | undefined => {
    const steps = ratio(value.n * size.d, value.d * size.n);
    if (steps.d !== 1n || steps.n <= 0n)
      return read.error('too-fine', where, {
        found: text(read.at(where)) ?? '',
        step: text(read.at([...path, 'step'])) ?? '',
      });
    const whole = Number(steps.n);
    return Number.isSafeInteger(whole)
      ? whole
      : read.error('out-of-range', where, { found: text(read.at(where)) ?? '' });
  };
  const rollover = read.decimal([...path, 'rollover']);
  const modulus = rollover && inSteps(rollover, [...path, 'rollover']);
  if (modulus !== undefined && modulus % 2 !== 0)
    read.error('rollover-odd', [...path, 'rollover'], { steps: String(modulus) });
  const greatest = read.quantity([...path, 'greatest rate'], perMeasure(plain.measure, HOURS));
  if (greatest && greatest.n <= 0n)
    read.error('bad-quantity', [...path, 'greatest rate'], {
      found: text(read.at([...path, 'greatest rate'])) ?? '',
      wanted: perMeasure(plain.measure, HOURS).text,
    });
  if (modulus !== undefined && greatest === undefined && read.at([...path, 'greatest rate']) === undefined)
    read.error('rollover-rate', path, {});
  const multiplier = read.decimal([...path, 'multiplier']) ?? ONE;
  const places = Math.max(decimalPlaces(multiplier) ?? 0, read.places.get(plain.id) ?? 0);
  const scaled = Number((multiplier.n * 10n ** BigInt(places)) / multiplier.d);
  if (multiplier.n <= 0n)
    read.error('bad-decimal', [...path, 'multiplier'], { found: text(read.at([...path, 'multiplier'])) ?? '' });
  else if (!Number.isSafeInteger(scaled))
    read.error('out-of-range', [...path, 'multiplier'], { found: text(read.at([...path, 'multiplier'])) ?? '' });
  const multiplierStep = stepOf(ratio(1, 10n ** BigInt(places)));
  const register: Register = {
    modulus,
    greatestPerHour: greatest && ratio(greatest.n * size.d, greatest.d * size.n),
    gapMs: read.durationMs([...path, 'gap']) ?? Number.POSITIVE_INFINITY,
    multiplier: scaled,
    multiplierStep,
    onDrop: (text(read.at([...path, 'on a drop'])) as 'missing' | 'restart' | 'hold' | undefined) ?? 'missing',
  };
  return { ...plain, kind: 'counter', register, typed, quantityStep: stepOf(multiply(size, multiplierStep.size)) };
}

/** The names a formula may be reading: bare words and what stands in brackets. */
const wordsOf = (formula: string): Set<string> =>
  new Set([...formula.matchAll(/\[([^\]\r\n]+)\]|[\p{L}_][\p{L}\p{N}_]*/gu)].map(([word, inner]) => inner ?? word));

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
