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
