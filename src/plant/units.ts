// The text of units: conditions, curves and streams. Standards are a word of their own.
import { compileFormula, type Formula } from '../formula.ts';
import {
  compare,
  MEASURES,
  type Measure,
  PURE,
  parseMeasure,
  perMeasure,
  type Ratio,
  ratio,
  sameDimensions,
  stepOf,
} from '../quantity.ts';
import type { Rotation } from './calendar.ts';
import type { Condition, Dated, Organisation, Point, StockFormula, Stream, Tariff, Unit } from './model.ts';
import { HOURS, list, map, type Path, type Reader, text } from './reader.ts';
import { buildCurve, buildStandards, type StandardScope } from './standards.ts';

const YUAN = MEASURES.get('yuan') as Measure;
const FEN = stepOf(ratio(1, 100));
const YUAN_PER_HOUR = perMeasure(YUAN, HOURS);

export function buildUnit(
  read: Reader,
  id: string,
  path: Path,
  rotations: ReadonlyMap<string, Rotation>,
  flows: ReadonlyMap<string, { point: string }>,
  tariffs: ReadonlyMap<string, Tariff>,
  administrative: ReadonlyMap<string, Organisation>,
): Unit | undefined {
  const rotation = rotations.get(read.reference([...path, 'rotation'], 'rotation', rotations.keys()) ?? '');
  const streamsPath = [...path, 'streams'];
  const ids = Object.keys(map(read.at(streamsPath)));
  const role = (stream: string): string => text(read.at([...streamsPath, stream, 'role'])) ?? '';
  const measureOf = (stream: string): Measure => {
    const found = text(read.at([...streamsPath, stream, 'unit']));
    return (found === undefined ? undefined : parseMeasure(found, read.measures)) ?? PURE;
  };
  const outputs = ids.filter((s) => role(s) === 'output');
  const load = read.reference([...path, 'load'], 'output', outputs) ?? outputs[0];
  const conditions: Condition[] = [];
  const variables = new Map<string, Measure>([['hours', HOURS]]);
  if (load !== undefined) variables.set('load', perMeasure(measureOf(load), HOURS));
  for (const name of Object.keys(map(read.at([...path, 'conditions'])))) {
    const where = [...path, 'conditions', name];
    if (name === 'load' || name === 'hours') {
      read.error('duplicate-id', where, { id: name, what: '' });
      continue;
    }
    const point = read.points.get(read.reference([...where, 'point'], 'point', read.points.keys()) ?? '');
    if (!point) continue;
    if (point.kind !== 'rate' && point.kind !== 'level' && point.kind !== 'sample') {
      read.error('share-kind', [...where, 'point'], { kind: point.kind });
      continue;
    }
    const budget = read.quantity([...where, 'budget'], point.measure);
    variables.set(name, point.measure);
    if (budget) conditions.push({ id: name, name: read.name(where, name), point: point.id, budget });
  }
  const curves = read.each([...path, 'curves'], (name, where) => {
    const argument = variables.get(read.reference([...where, 'of'], 'condition', variables.keys()) ?? '');
    const result = read.measure([...where, 'unit']);
    return argument && result ? buildCurve(read, name, where, argument, result) : undefined;
  });
  const scope: StandardScope = { load, variables, curves, drivers: new Map(), refused: new Map() };
  for (const stream of ids) {
    if (role(stream) === 'output' || role(stream) === 'stock') scope.drivers.set(stream, measureOf(stream));
    if (!variables.has(stream))
      scope.refused.set(stream, role(stream) === 'input' || role(stream) === 'by-product' ? 'crew-decides' : 'driver');
  }
  for (const point of read.points.keys())
    if (!variables.has(point) && !scope.refused.has(point)) scope.refused.set(point, 'crew-decides');
  const streams: Stream[] = [];
  for (const stream of ids) {
    const made = buildStream(read, stream, [...streamsPath, stream], role(stream), scope, outputs, flows, tariffs);
    if (made) streams.push(made);
  }
  const hoursRun = read.reference([...path, 'hours run', 'point'], 'point', read.points.keys());
  const runs = hoursRun === undefined ? undefined : read.points.get(hoursRun);
  if (runs && !sameDimensions(runs.quantityMeasure, HOURS))
    read.error('wrong-measure', [...path, 'hours run', 'point'], { found: runs.quantityMeasure.text, wanted: 'h' });
  if (!rotation) return undefined;
  return {
    id,
    name: read.name(path, id),
    organisation: read.reference([...path, 'organisation'], 'organisation', administrative.keys()),
    rotation,
    load,
    crewSetsLoad: text(read.at([...path, 'load set by'])) === 'crew',
    hoursRun,
    conditions,
    curves,
    streams,
  };
}

function buildStream(
  read: Reader,
  id: string,
  path: Path,
  role: string,
  scope: StandardScope,
  outputs: readonly string[],
  flows: ReadonlyMap<string, { point: string }>,
  tariffs: ReadonlyMap<string, Tariff>,
): Stream | undefined {
  const references = new Map<string, Ratio>();
  for (const key of Object.keys(map(read.at([...path, 'references'])))) {
    const value = read.decimal([...path, 'references', key]);
    if (value) references.set(key, value);
  }
  const flow = text(read.at([...path, 'flow']));
  const common = {
    id,
    name: read.name(path, id),
    item: text(read.at([...path, 'price'])) ?? id,
    answers: text(read.at([...path, 'answers'])) === 'company' ? ('company' as const) : ('crew' as const),
    references,
  };
  if (role === 'fee') {
    const budget = buildBudget(read, [...path, 'budget'], YUAN_PER_HOUR);
    const periodic = read.quantity([...path, 'periodic'], YUAN_PER_HOUR);
    return { ...common, role, measure: YUAN, step: FEN, budget, periodic };
  }
  if (role === 'quality') return buildQuality(read, common, path, outputs);
  const measure = read.measure([...path, 'unit']);
  if (!measure) return undefined;
  if (role === 'stock') return buildStock(read, { ...common, measure }, path, outputs);
  if (flow !== undefined) read.checkReference([...path, 'flow'], flow, 'flow', flows.keys());
  const pointId =
    flow === undefined ? read.reference([...path, 'point'], 'point', read.points.keys()) : flows.get(flow)?.point;
  if (flow === undefined && text(read.at([...path, 'point'])) === undefined)
    read.error('missing-key', path, { key: 'point' });
  const point = read.points.get(pointId ?? '');
  if (!point) return undefined;
  if (point.kind === 'level' || point.kind === 'sample')
    return read.error('share-kind', [...path, 'point'], { kind: point.kind });
  if (role === 'output' && point.kind === 'share') return read.error('shared-output', [...path, 'point'], {});
  checkSameUnit(read, [...path, 'unit'], measure, point.quantityMeasure, point.id);
  const measured = { ...common, measure, step: point.quantityStep, point: point.id, flow };
  const perHour = perMeasure(measure, HOURS);
  const mix = text(read.at([...path, 'mix']));
  if (role === 'output') return { ...measured, role, budget: buildBudget(read, [...path, 'budget'], perHour), mix };
  const answers =
    read.at([...path, 'answers']) === undefined && restsOnShare(read, point) ? ('company' as const) : common.answers;
  const tariff =
    role === 'input' ? tariffs.get(read.reference([...path, 'bands'], 'tariff', tariffs.keys()) ?? '') : undefined;
  if (tariff && point.kind === 'share') read.error('share-kind', [...path, 'bands'], { kind: 'share' });
  return {
    ...measured,
    answers,
    role: role === 'by-product' ? 'by-product' : 'input',
    standards: buildStandards(read, [...path, 'standard'], measure, scope),
    mix: role === 'input' && !tariff ? mix : undefined,
    tariff,
    lessStock:
      read.at([...path, 'less stock']) === undefined
        ? undefined
        : buildStockFormula(read, [...path, 'less stock'], measure),
  };
}

/** Whether a point is a share of a common meter, or worked out of one. */
const restsOnShare = (read: Reader, point: Point): boolean =>
  point.kind === 'share' ||
  (point.kind === 'formula' &&
    point.reads.some((id) => {
      const source = read.points.get(id);
      return source !== undefined && restsOnShare(read, source);
    }));

function checkSameUnit(read: Reader, path: Path, measure: Measure, quantity: Measure, point: string): void {
  const same = sameDimensions(measure, quantity) && compare(measure.factor, quantity.factor) === 0;
  if (!same) read.error('wrong-measure', path, { found: measure.text, wanted: `${quantity.text} (${point})` });
}

/** Per hour, from the first day on or dated. */
function buildBudget(read: Reader, path: Path, perHour: Measure): Dated<Ratio>[] {
  const value = read.at(path);
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    const rate = read.quantity(path, perHour);
    return rate ? [{ from: Number.NEGATIVE_INFINITY, value: rate }] : [];
  }
  const out: Dated<Ratio>[] = [];
  for (const [i] of value.entries()) {
    const from = read.day([...path, i, 'from']);
    const rate = read.quantity([...path, i, 'rate'], perHour);
    if (from !== undefined && rate) out.push({ from, value: rate });
  }
  return out.sort((a, b) => a.from - b.from);
}

function buildStockFormula(read: Reader, path: Path, measure: Measure): StockFormula | undefined {
  const point = read.points.get(read.reference([...path, 'point'], 'point', read.points.keys()) ?? '');
  if (!point) return undefined;
  if (point.kind !== 'level') return read.error('share-kind', [...path, 'point'], { kind: point.kind });
  const named = new Map<string, Point>([['level', point]]);
  for (const name of Object.keys(map(read.at([...path, 'with'])))) {
    const other = read.points.get(read.reference([...path, 'with', name], 'point', read.points.keys()) ?? '');
    if (other && other.kind !== 'level' && other.kind !== 'rate')
      read.error('share-kind', [...path, 'with', name], { kind: other.kind });
    else if (other) named.set(name, other);
  }
  const variables = new Map([...named].map(([name, p]) => [name, p.measure]));
  const formula =
    read.at([...path, 'quantity']) === undefined
      ? compiledOrUndefined('level', measure, variables, read.measures)
      : read.formula([...path, 'quantity'], measure, variables);
  if (!formula)
    return read.at([...path, 'quantity']) === undefined
      ? read.error('wrong-measure', path, { found: point.measure.text, wanted: measure.text })
      : undefined;
  return { point: point.id, reads: formula.reads.map((name) => (named.get(name) as Point).id), formula };
}

function buildStock(
  read: Reader,
  common: Omit<Stream & { role: 'stock' }, 'role' | 'step' | 'quantity' | 'makes' | 'completion'>,
  path: Path,
  outputs: readonly string[],
): Stream | undefined {
  const step = read.step([...path, 'step']);
  const quantity = buildStockFormula(read, path, common.measure);
  const makes = read.reference([...path, 'makes'], 'output', outputs);
  const found = text(read.at([...path, 'completion'])) ?? '';
  const point = read.points.get(found);
  if (point && point.kind !== 'level' && point.kind !== 'rate')
    return read.error('share-kind', [...path, 'completion'], { kind: point.kind });
  if (point && !sameDimensions(point.measure, PURE))
    return read.error('wrong-measure', [...path, 'completion'], { found: point.measure.text, wanted: '%' });
  const share = point ? undefined : read.percent([...path, 'completion']);
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

function buildQuality(
  read: Reader,
  common: Omit<Stream & { role: 'fee' }, 'role' | 'measure' | 'step' | 'budget' | 'periodic'>,
  path: Path,
  outputs: readonly string[],
): Stream | undefined {
  const of = read.reference([...path, 'of'], 'output', outputs);
  const point = read.points.get(read.reference([...path, 'point'], 'point', read.points.keys()) ?? '');
  const step = read.step([...path, 'step']);
  if (of === undefined || !point || !step) return undefined;
  if (point.kind !== 'sample') return read.error('share-kind', [...path, 'point'], { kind: point.kind });
  const [low, high, more] = list(read.at([...path, 'window'])).map((_, i) => read.decimal([...path, 'window', i]));
  const hasWindow = read.at([...path, 'window']) !== undefined;
  if (hasWindow && (!low || !high || more !== undefined || compare(low, high) > 0))
    return read.error('wrong-shape', [...path, 'window'], { expected: '[lowest, highest]' });
  const output = parseMeasure(text(read.at([...path.slice(0, -1), of, 'unit'])) ?? '', read.measures);
  if (!output) return undefined;
  const measure = perMeasure(YUAN, output);
  const variables = new Map<string, Measure>([
    ['k', PURE],
    ['n', PURE],
    ['value', point.measure],
  ]);
  const premium = read.formula([...path, 'premium'], measure, variables);
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

function compiledOrUndefined(
  formula: string,
  measure: Measure,
  variables: ReadonlyMap<string, Measure>,
  measures: ReadonlyMap<string, Measure>,
): Formula | undefined {
  const compiled = compileFormula(formula, measure, { variables, curves: new Map(), measures });
  return compiled.ok ? compiled.formula : undefined;
}
