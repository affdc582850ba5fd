// Who uses what: the points a stream rests on, and the streams that rest on a point, through flows, formulas, shares, stocks.

import type { Plant, StockStream, Stream, Unit } from '../plant.ts';

/** Which streams lean on a point, directly or through formulas, shares and stocks. */
export interface Uses {
  readonly direct: { readonly unit: Unit; readonly stream: Stream }[];
  readonly indirect: { readonly unit: Unit; readonly stream: Stream | undefined }[];
}

/** The points that a point rests on: itself, and through shares and formulas. */
export function reachOf(plant: Plant, id: string): string[] {
  const point = plant.pointById.get(id);
  if (!point) return [];
  if (point.kind === 'share') return [id, ...reachOf(plant, point.of)];
  if (point.kind === 'formula') return [id, ...point.reads.flatMap((x) => reachOf(plant, x))];
  return [id];
}

/** The points a stream names beside its own: of its stock, its completion, its own input stock. */
export function sidePoints(stream: Stream): string[] {
  if (stream.role === 'stock') return [stream.quantity.point, ...stream.quantity.reads, ...completionPoint(stream)];
  if (stream.role === 'input' && stream.lessStock) return [stream.lessStock.point, ...stream.lessStock.reads];
  return [];
}

const completionPoint = (stream: StockStream): string[] =>
  stream.completion.kind === 'point' ? [stream.completion.point] : [];

/** The uses of every point of a plant, by point. */
export function usesOf(plant: Plant): Map<string, Uses> {
  const out = new Map<string, { direct: Uses['direct'][number][]; indirect: Uses['indirect'][number][] }>();
  const at = (id: string) => {
    let uses = out.get(id);
    if (!uses) {
      uses = { direct: [], indirect: [] };
      out.set(id, uses);
    }
    return uses;
  };
  for (const unit of plant.units.values()) {
    for (const stream of unit.streams) {
      if (stream.role === 'output' || stream.role === 'input' || stream.role === 'by-product') {
        const [own, ...further] = reachOf(plant, stream.point);
        if (own !== undefined) at(own).direct.push({ unit, stream });
        for (const id of further) at(id).indirect.push({ unit, stream });
      }
      for (const side of sidePoints(stream))
        for (const id of reachOf(plant, side)) at(id).indirect.push({ unit, stream });
    }
    if (unit.hoursRun !== undefined)
      for (const id of reachOf(plant, unit.hoursRun)) at(id).indirect.push({ unit, stream: undefined });
  }
  return out;
}

/**
 * Units that cannot be settled apart: those whose streams, run hours and conditions rest on a common point (a shared meter, a
 * flow on both sides). Unit → the group's name, that of its first unit.
 */
export function groupUnits(plants: readonly Plant[]): Map<string, string> {
  const parent = new Map<string, string>();
  const find = (id: string): string => {
    let at = id;
    for (let up = parent.get(at); up !== undefined && up !== at; up = parent.get(at)) at = up;
    return at;
  };
  const join = (a: string, b: string): void => {
    const [x, y] = [find(a), find(b)].sort() as [string, string];
    parent.set(y, x);
  };
  for (const plant of plants)
    for (const unit of plant.units.values()) {
      const own = `unit ${unit.id}`;
      if (!parent.has(own)) parent.set(own, own);
      for (const point of unitPoints(plant, unit)) join(own, `point ${point}`);
    }
  const out = new Map<string, string>();
  const names = new Map<string, string>();
  for (const unit of new Set(plants.flatMap((plant) => [...plant.units.keys()]))) {
    const root = find(`unit ${unit}`);
    if (!names.has(root)) names.set(root, unit);
    out.set(unit, names.get(root) as string);
  }
  return out;
}

/** Every point that a unit's account reads, however far away: also of run hours, conditions, samples and check meters. */
export function unitPoints(plant: Plant, unit: Unit): Set<string> {
  const named = unit.streams.flatMap((stream) => [
    ...('point' in stream && stream.point !== undefined ? [stream.point] : []),
    ...('flow' in stream && stream.flow !== undefined ? [plant.flows.get(stream.flow)?.check ?? ''] : []),
    ...sidePoints(stream),
  ]);
  const all = [...named, unit.hoursRun ?? '', ...unit.conditions.map(({ point }) => point)];
  return new Set(all.flatMap((id) => reachOf(plant, id)));
}
