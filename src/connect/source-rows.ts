// Files of other systems, read as a source of the plant says: a row an instant or an interval, a column a point. Where a
// value is booked is decided here and documented in docs/plant-format.md: what flowed lies inside its interval.
import {
  dayOf,
  formatUtc,
  nearest,
  type Plant,
  type Point,
  plain,
  readClock,
  readInstant,
  type SampleFact,
  type Source,
  splitCells,
  type ZonedInstant,
} from '../plant.ts';
import type { Instant } from '../quantity.ts';
import { GOOD, type LogBuilder } from '../readings.ts';
import { decodeAs, type Encoding, firstBadByte } from './encoding.ts';
import type { Tally } from './tally.ts';
import { checkInstant, checkValue, findPoint } from './values.ts';

const DAY_MS = 86_400_000;

export class SourceRows {
  private readonly plant: Plant;
  private readonly source: Source;
  private readonly encoding: Encoding;
  private readonly log: LogBuilder;
  private readonly samples: SampleFact[];
  private readonly tally: Tally;
  private readonly width: number;
  private readonly columns: ReadonlyMap<string, number>;
  private readonly templates: readonly { readonly column: number; readonly point: string }[];
  private rows = 0;
  private chosen = 0;
  private seen = '';

  constructor(
    plant: Plant,
    source: Source,
    header: readonly string[],
    encoding: Encoding,
    log: LogBuilder,
    samples: SampleFact[],
    tally: Tally,
  ) {
    this.plant = plant;
    this.source = source;
    this.encoding = encoding;
    this.log = log;
    this.samples = samples;
    this.tally = tally;
    this.width = header.length;
    this.columns = new Map(header.map((name, i) => [name, i]));
    this.templates = [...source.columns].map(([column, point]) => ({ column: this.columns.get(column) ?? -1, point }));
  }

  line(bytes: Uint8Array, from: number, to: number, number: number): void {
    this.take(bytes.subarray(from, to), number);
  }

  /** Says so when the source chose none of the rows: a wrong word in `where` must not look like a quiet month. */
  close(): void {
    if (this.rows > 0 && this.chosen === 0)
      this.tally.warn('no-rows-chosen', 0, { source: this.source.id, seen: this.seen });
  }

  private take(bytes: Uint8Array, line: number): undefined {
    const text = decodeAs(bytes, this.encoding);
    if (text === undefined)
      return this.tally.error('bad-encoding', line, { byte: String(firstBadByte(bytes, this.encoding)) });
    if (text.trim() === '') return undefined;
    const cells = splitCells(text)?.map((cell) => cell.trim());
    if (!cells) return this.tally.error('torn-row', line, { why: 'quote' });
    if (cells.length !== this.width)
      return this.tally.error('torn-row', line, {
        why: 'cells',
        cells: String(cells.length),
        expected: String(this.width),
      });
    this.rows += 1;
    for (const [column, wanted] of this.source.where) {
      const cell = this.cell(cells, column);
      if (!wanted.has(cell)) {
        if (this.seen === '') this.seen = `${column} = ${cell}`;
        return undefined;
      }
    }
    this.chosen += 1;
    const found = this.cell(cells, this.source.time);
    const stamp = checkInstant(readStamp(found, this.source), found, line, this.tally);
    if (stamp !== undefined)
      for (const { column, point } of this.templates) this.takeCell(cells, column, point, stamp, line);
    return undefined;
  }

  private cell(cells: readonly string[], column: string): string {
    return cells[this.columns.get(column) ?? -1] ?? '';
  }

  private takeCell(
    cells: readonly string[],
    column: number,
    template: string,
    stamp: Instant,
    line: number,
  ): undefined {
    const text = cells[column] ?? '';
    // A wide table has a cell for every column of every row: an empty one says that there is no value.
    if (text === '') return undefined;
    const id = template.replace(/\{([^{}]*)\}/g, (_, name: string) => this.cell(cells, name));
    const point = findPoint(this.plant, id, (unknown) => nearest(unknown, this.plant.pointById.keys()) ?? '');
    if ('code' in point) return this.tally.error(point.code, line, point.args);
    const value = checkValue(text, point, line, this.tally);
    if (value === undefined) return undefined;
    const { intervalMs, stamps } = this.source;
    const from = stamps === 'end' ? stamp - intervalMs : stamp;
    if (point.kind === 'sample') this.samples.push(this.sampleOf(point, stamp, value));
    else this.log.add(point.index, booksAtStamp(point) ? stamp : from, value, GOOD, from + intervalMs);
    return undefined;
  }

  private sampleOf(point: Point, time: Instant, value: number): SampleFact {
    return {
      id: `${this.source.id}:${point.id}:${formatUtc(time)}`,
      recordedAt: time,
      firstRecordedAt: time,
      withdrawn: false,
      by: this.source.id,
      approvedBy: '',
      reason: '',
      point: point.id,
      time,
      from: undefined,
      to: undefined,
      kind: 'routine',
      of: undefined,
      value,
      k: undefined,
      n: undefined,
    };
  }
}

/** A counter's face and a level were read at the stamp; what flowed or held over an interval is put at its beginning. */
const booksAtStamp = (point: Point): boolean => point.kind === 'counter' || point.kind === 'level';

const DATE = /^(\d{1,4})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{1,4})(?:[T\s]\s*(.+))?$/i;

/** A stamp in the order of parts and the zone of its source. */
export function readStamp(text: string, source: Source): ZonedInstant | undefined {
  const match = DATE.exec(plain(text));
  if (!match) return source.order === 'ymd' ? readInstant(text, source.zone) : undefined;
  const [, a = '', b = '', c = '', clock] = match;
  const ms = clock === undefined ? source.clockMs : readClock(clock.trim());
  const parts = { ymd: [a, b, c], dmy: [c, b, a], mdy: [c, a, b] }[source.order];
  const [year = '', month = '', date = ''] = parts;
  if (ms === undefined) return source.order === 'ymd' ? readInstant(text, source.zone) : undefined;
  const day = year.length === 4 ? dayOf(Number(year), Number(month), Number(date)) : undefined;
  if (day === undefined) return undefined;
  return source.zone.at(day, clock !== undefined && ms === 0 && source.midnightEnds ? DAY_MS : ms);
}

/** The names of a header's columns as a source may call them: trimmed, otherwise as they stand. */
export const headerOf = (cells: readonly string[]): string[] => cells.map((cell) => cell.trim());

/** Columns a source needs and the header lacks: its time, its points, its templates, its `where`. */
export function lackingColumns(source: Source, header: readonly string[]): string[] {
  const named = [...source.columns.values()].flatMap((point) =>
    [...point.matchAll(/\{([^{}]*)\}/g)].map((m) => m[1] ?? ''),
  );
  return [source.time, ...source.where.keys(), ...source.columns.keys(), ...named].filter((c) => !header.includes(c));
}
