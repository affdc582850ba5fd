// The text of sources: which columns of other systems' files are which points, and what their stamps mean.
import { type Zone, zoneOf } from './calendar.ts';
import type { Source } from './model.ts';
import { list, map, type Path, type Reader, text } from './reader.ts';

/** `zone` is the plant's own, for sources that name none. */
export function buildSource(read: Reader, id: string, path: Path, zone: Zone): Source {
  const named = text(read.at([...path, 'zone']));
  const own = named === undefined ? zone : zoneOf(named);
  if (!own) read.error('bad-zone', [...path, 'zone'], { found: named ?? '' });
  const intervalMs = read.durationMs([...path, 'interval']) ?? 0;
  const stamps = text(read.at([...path, 'stamps'])) === 'end' ? 'end' : 'start';
  if (stamps === 'end' && intervalMs === 0) read.error('missing-key', path, { key: 'interval' });
  const columns = new Map<string, string>();
  for (const column of Object.keys(map(read.at([...path, 'columns'])))) {
    const point = checkPoint(read, [...path, 'columns', column], intervalMs);
    if (point !== undefined) columns.set(column, point);
  }
  const where = new Map<string, Set<string>>();
  for (const column of Object.keys(map(read.at([...path, 'where'])))) {
    const wanted = read.at([...path, 'where', column]);
    const cells = list(wanted).length > 0 ? list(wanted) : [wanted ?? ''];
    where.set(column, new Set(cells.map((cell) => (text(cell) ?? '').trim())));
  }
  return {
    id,
    file: text(read.at([...path, 'file'])) ?? '',
    time: text(read.at([...path, 'time'])) ?? '',
    order: (text(read.at([...path, 'order'])) as Source['order'] | undefined) ?? 'ymd',
    clockMs: read.at([...path, 'at']) === undefined ? 0 : (read.timeOfDay([...path, 'at']) ?? 0),
    zone: own ?? zone,
    stamps,
    intervalMs,
    midnightEnds: text(read.at([...path, 'midnight'])) === 'next day',
    where,
    columns,
  };
}

/** A point that can be read from a file; templates are looked up row by row. */
function checkPoint(read: Reader, path: Path, intervalMs: number): string | undefined {
  const id = text(read.at(path));
  if (id === undefined || id.includes('{')) return id;
  const point = read.points.get(read.checkReference(path, id, 'point', read.points.keys()) ?? '');
  if (!point) return undefined;
  if (point.kind === 'share' || point.kind === 'formula') return read.error('share-kind', path, { kind: point.kind });
  if (point.kind === 'rate' && point.sloped && intervalMs > 0) return read.error('sloped-mean', path, { point: id });
  return id;
}
