// The text of standards: what an input should be per unit of each driver, by number, curve or formula.
import { type Curve, compileFormula } from '../formula.ts';
import { compare, type Measure, PURE, parseDecimal, perMeasure, type Ratio, ZERO } from '../quantity.ts';
import type { Coefficient, Dated, Standard, Term } from './model.ts';
import { DAY_MS, HOURS, map, type Path, type Reader, text } from './reader.ts';

const DEFAULT_CURVE_STEP = '0.00001';

/** What a standard of a unit may read, and by what it may be driven. */
export interface StandardScope {
  readonly load: string | undefined;
  readonly variables: ReadonlyMap<string, Measure>;
  readonly curves: ReadonlyMap<string, Curve>;
  readonly drivers: Map<string, Measure>;
  readonly refused: Map<string, string>;
}

export function buildCurve(
  read: Reader,
  name: string,
  path: Path,
  argument: Measure,
  result: Measure,
): Curve | undefined {
  const points: [Ratio, Ratio][] = [];
  for (const key of Object.keys(map(read.at([...path, 'at'])))) {
    const x = parseDecimal(key);
    const y = read.decimal([...path, 'at', key]);
    if (!x) read.error('bad-decimal', [...path, 'at', key], { found: key });
    else if (y) points.push([x, y]);
  }
  // A map has no order worth trusting (60, 90 come before 62.5 and -5): the arguments give it.
  points.sort(([a], [b]) => compare(a, b));
  const rising = points.every((point, i) => i === 0 || compare((points[i - 1] as [Ratio, Ratio])[0], point[0]) < 0);
  if (points.length < 2 || !rising) return read.error('curve-order', [...path, 'at'], { count: String(points.length) });
  const step = read.step([...path, 'step'], DEFAULT_CURVE_STEP);
  return step && { name, argument, result, points, step };
}

export function buildStandards(read: Reader, path: Path, measure: Measure, scope: StandardScope): Dated<Standard>[] {
  const value = read.at(path);
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    const from = read.day([...path, 'from']);
    return [{ from: from ?? Number.NEGATIVE_INFINITY, value: buildStandard(read, path, measure, scope) }];
  }
  return value
    .map((_, i) => {
      const where = [...path, i];
      return {
        from: read.day([...where, 'from']) ?? Number.NEGATIVE_INFINITY,
        value: buildStandard(read, where, measure, scope),
      };
    })
    .sort((a, b) => a.from - b.from);
}

function buildStandard(read: Reader, path: Path, measure: Measure, scope: StandardScope): Standard {
  const terms: Term[] = [];
  for (const driver of Object.keys(map(read.at(path)))) {
    if (driver === 'from' || driver === 'per hour run' || driver === 'grain') continue;
    const where = [...path, driver];
    const driverMeasure = scope.drivers.get(driver);
    if (!driverMeasure) {
      if (scope.refused.get(driver) === 'crew-decides')
        read.error('crew-decides', where, { name: driver, formula: driver });
      else read.checkReference(where, driver, 'driver', [...scope.drivers.keys(), 'per hour run', 'grain', 'from']);
      continue;
    }
    const coefficient = buildCoefficient(read, where, perMeasure(measure, driverMeasure), scope);
    if (coefficient) terms.push({ driver, coefficient });
  }
  return {
    terms,
    perHourRun: read.quantity([...path, 'per hour run'], perMeasure(measure, HOURS)) ?? ZERO,
    grainMs: readGrain(read, [...path, 'grain']),
  };
}

function readGrain(read: Reader, path: Path): number | undefined {
  const ms = read.durationMs(path);
  if (ms === undefined) return undefined;
  return ms >= 60_000 && DAY_MS % ms === 0
    ? ms
    : read.error('bad-duration', path, { found: text(read.at(path)) ?? '' });
}

function buildCoefficient(read: Reader, path: Path, measure: Measure, scope: StandardScope): Coefficient | undefined {
  const value = read.at(path);
  if (typeof value === 'string') {
    const constant = read.quantity(path, measure);
    return constant && { kind: 'constant', value: constant };
  }
  const inner = map(value);
  const step = read.step([...path, 'step'], DEFAULT_CURVE_STEP);
  if (!step) return undefined;
  if (text(inner.curve) !== undefined) {
    const argument = read.reference([...path, 'curve'], 'condition', scope.variables.keys());
    if (argument === undefined) {
      const tried = text(inner.curve) ?? '';
      if (scope.refused.get(tried) === 'crew-decides')
        read.error('crew-decides', [...path, 'curve'], { name: tried, formula: tried });
      return undefined;
    }
    const curve = buildCurve(read, 'curve', path, scope.variables.get(argument) ?? PURE, measure);
    if (!curve) return undefined;
    const compiled = compileFormula(`curve([${argument}])`, measure, {
      variables: scope.variables,
      curves: new Map([['curve', curve]]),
      measures: read.measures,
    });
    return compiled.ok
      ? { kind: 'formula', formula: compiled.formula, step }
      : read.error('bad-formula', path, { formula: argument });
  }
  const formula = read.formula([...path, 'formula'], measure, scope.variables, scope);
  return formula && { kind: 'formula', formula, step };
}
