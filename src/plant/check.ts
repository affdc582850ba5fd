// What is legal but suspicious in a plant: told as warnings, never refused.
import { compare, MEASURES, type Measure, perMeasure, sameDimensions } from '../quantity.ts';
import type { Document } from './document.ts';
import { type Plant, priceKey, type Standard, type Stream, type Unit } from './model.ts';
import { checkFigures } from './odd-figures.ts';
import { nearest, type Problems } from './problem.ts';

/** Adds a warning for each suspicion, and an error for a price whose unit of measure does not fit its stream. */
export function checkPlant(plant: Plant, written: Document, problems: Problems): void {
  for (const unit of plant.units.values()) {
    checkUnit(plant, unit, written, problems);
    checkAnswerers(plant, unit, written, problems);
  }
  checkPrices(plant, written, problems);
  checkLeagues(plant, written, problems);
  checkUnused(plant, written, problems);
  checkFigures(plant, written, problems);
  const seen = new Map<string, string>();
  for (const team of plant.teams.values())
    for (const unit of team.units) {
      const key = `${unit}/${team.crew}`;
      const other = seen.get(key);
      if (other !== undefined)
        problems.error('team-overlap', written.placeOf(['teams', team.id]), { team: team.id, other, unit });
      seen.set(key, team.id);
    }
}

function checkUnit(plant: Plant, unit: Unit, written: Document, problems: Problems): void {
  const path = ['units', unit.id, 'streams'];
  const groups = new Map<string, Measure>();
  for (const stream of unit.streams) {
    const place = written.placeOf([...path, stream.id]);
    const args = { unit: unit.id, stream: stream.id };
    if (stream.role === 'input' && stream.standards.length === 0) problems.warn('no-standard', place, args);
    if (
      stream.role === 'output' &&
      stream.budget.length === 0 &&
      !plant.budgets.some((b) => b.unit === unit.id && b.stream === stream.id)
    )
      problems.warn('no-budget', place, args);
    if ((stream.role === 'input' || stream.role === 'output') && stream.mix !== undefined) {
      const key = `${stream.role} ${stream.mix}`;
      const known = groups.get(key);
      if (known && (!sameDimensions(known, stream.measure) || compare(known.factor, stream.measure.factor) !== 0))
        problems.error('mixed-measures', place, {
          ...args,
          group: stream.mix,
          found: stream.measure.text,
          wanted: known.text,
        });
      else groups.set(key, stream.measure);
    }
  }
  if (unit.load === undefined) problems.warn('no-load', written.placeOf(['units', unit.id]), { unit: unit.id });
}

/** Every crew of the unit should belong to a team once any team is declared, or nobody answers for its streams. */
function checkAnswerers(plant: Plant, unit: Unit, written: Document, problems: Problems): void {
  const place = written.placeOf(['units', unit.id]);
  if (plant.teams.size > 0) {
    const crews = new Set(unit.rotation.periods.flatMap((period) => period.crews));
    for (const crew of crews)
      if (![...plant.teams.values()].some((team) => team.crew === crew && team.units.includes(unit.id)))
        problems.warn('no-answerer', place, { unit: unit.id, stream: '', crew });
  }
  for (const stream of unit.streams)
    if (stream.answers === 'company' && stream.role !== 'output' && !isShared(plant, stream))
      problems.warn('no-answerer', written.placeOf(['units', unit.id, 'streams', stream.id, 'answers']), {
        unit: unit.id,
        stream: stream.id,
        crew: '',
      });
}

const isShared = (plant: Plant, stream: Stream): boolean =>
  'point' in stream && stream.point !== undefined && plant.pointById.get(stream.point)?.kind === 'share';

/** The price items a stream needs a plan (or transfer) price of. */
function itemsOf(stream: Stream): string[] {
  if (stream.role === 'fee' || stream.role === 'quality' || stream.role === 'stock') return [];
  if (stream.role === 'input' && stream.tariff) return stream.tariff.bands.map((band) => `${stream.item}.${band}`);
  return [stream.item];
}

function checkPrices(plant: Plant, written: Document, problems: Problems): void {
  const used = new Map<string, Measure>();
  for (const unit of plant.units.values())
    for (const stream of unit.streams) {
      const kind = 'flow' in stream && stream.flow !== undefined ? 'transfer' : 'plan';
      for (const item of itemsOf(stream)) {
        used.set(item, stream.measure);
        const place = written.placeOf(['units', unit.id, 'streams', stream.id]);
        const rows = plant.prices.get(priceKey(item, kind));
        if (!rows) {
          const known = [...plant.prices.values()].flatMap((list) => list.map((p) => p.item));
          problems.warn('no-price', place, {
            unit: unit.id,
            stream: stream.id,
            item,
            kind,
            nearest: nearest(item, known) ?? '',
          });
        }
        for (const price of [...(rows ?? []), ...(plant.prices.get(priceKey(item, 'actual')) ?? [])]) {
          const wanted = perMeasure(MEASURES.get('yuan') as Measure, stream.measure);
          const fits =
            !price.measure ||
            (sameDimensions(price.measure, wanted) && compare(price.measure.factor, wanted.factor) === 0);
          if (!fits)
            problems.error(
              'wrong-measure',
              { file: 'prices.csv', line: price.line, column: 1 },
              { path: item, found: price.measure?.text ?? '', wanted: wanted.text },
            );
        }
      }
      if (stream.role === 'stock') used.set(stream.item, stream.measure);
    }
  for (const rows of plant.prices.values())
    for (const price of rows) {
      const hidden = rows.some(
        (other) =>
          other !== price && other.from === price.from && other.recordedAt > price.recordedAt && other.to === undefined,
      );
      if (!used.has(price.item) || hidden)
        problems.warn(
          'price-never-starts',
          { file: 'prices.csv', line: price.line, column: 1 },
          { item: price.item, kind: price.kind, nearest: nearest(price.item, used.keys()) ?? '' },
        );
    }
}

/** Within a league of like units: equal budgets and equal standards, or the ranking is not fair. */
function checkLeagues(plant: Plant, written: Document, problems: Problems): void {
  for (const league of plant.leagues.values()) {
    if (league.unlike) continue;
    const units = league.units.map((id) => plant.units.get(id)).filter((u) => u !== undefined);
    const [first, ...others] = units;
    if (!first) continue;
    for (const unit of others)
      for (const stream of unit.streams) {
        const twin = first.streams.find((s) => s.id === stream.id);
        const place = written.placeOf(['leagues', league.id]);
        const args = { league: league.id, unit: unit.id, other: first.id, stream: stream.id };
        if (stream.role === 'output' && twin?.role === 'output' && describeBudget(stream) !== describeBudget(twin))
          problems.warn('unequal-budgets', place, args);
        if (stream.role === 'input' && twin?.role === 'input' && describeStandards(stream) !== describeStandards(twin))
          problems.warn('unequal-standards', place, args);
        if (!twin) problems.warn('unequal-standards', place, args);
      }
  }
}

const describeBudget = (stream: Stream & { role: 'output' }): string =>
  stream.budget.map((b) => `${b.from}:${b.value.n}/${b.value.d}`).join(' ');

function describeStandards(stream: Stream & { role: 'input' | 'by-product' }): string {
  const one = (s: Standard): string =>
    [
      ...s.terms.map(
        (t) =>
          `${t.driver}=${t.coefficient.kind === 'constant' ? `${t.coefficient.value.n}/${t.coefficient.value.d}` : `${t.coefficient.formula.print()}~${describeCurves(t.coefficient.formula.tree)}`}`,
      ),
      `${s.perHourRun.n}/${s.perHourRun.d}`,
    ].join(';');
  return stream.standards.map((s) => `${s.from}:${one(s.value)}`).join(' ');
}

/** The points of every curve that a formula reads, for a curve's name does not tell its shape. */
const describeCurves = (tree: unknown): string =>
  JSON.stringify(tree, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value instanceof Map ? undefined : value,
  );

function checkUnused(plant: Plant, written: Document, problems: Problems): void {
  const used = new Set<string>();
  for (const flow of plant.flows.values())
    for (const id of [flow.point, flow.check]) if (id !== undefined) used.add(id);
  for (const point of plant.points) {
    if (point.kind === 'share') used.add(point.of);
    if (point.kind === 'formula') for (const id of point.reads) used.add(id);
  }
  for (const unit of plant.units.values()) {
    if (unit.hoursRun !== undefined) used.add(unit.hoursRun);
    for (const condition of unit.conditions) used.add(condition.point);
    for (const stream of unit.streams) {
      if ('point' in stream && stream.point !== undefined) used.add(stream.point);
      if (stream.role === 'stock') {
        for (const id of [stream.quantity.point, ...stream.quantity.reads]) used.add(id);
        if (stream.completion.kind === 'point') used.add(stream.completion.point);
      }
      if (stream.role === 'input' && stream.lessStock)
        for (const id of [stream.lessStock.point, ...stream.lessStock.reads]) used.add(id);
    }
  }
  for (const point of plant.points)
    if (!used.has(point.id)) problems.warn('unused-point', written.placeOf(['points', point.id]), { point: point.id });
}
