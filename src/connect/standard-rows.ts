// A table of readings: point, time, value and perhaps quality and learnt_at, in any order. A row in the common forms is
// taken from its bytes; every other row goes the general way, which alone judges and tells.
import { type Columns, nearest, type Plant, plain, readInstant, splitCells } from '../plant.ts';
import { BAD, GOOD, type LogBuilder, UNCERTAIN } from '../readings.ts';
import { decodeAs, type Encoding, firstBadByte } from './encoding.ts';
import { FastClock, type Scale, scaleOf, steps } from './fast-cells.ts';
import type { Tally } from './tally.ts';
import { checkInstant, checkQuality, checkValue, EARLIEST, findPoint, LATEST, mostSteps } from './values.ts';

export const READINGS: Columns = {
  required: ['point', 'time', 'value'],
  optional: ['quality', 'learnt_at'],
  aliases: {
    位号: 'point',
    测点: 'point',
    时间: 'time',
    数值: 'value',
    读数: 'value',
    值: 'value',
    质量: 'quality',
    获知时间: 'learnt_at',
  },
};

const COMMA = 44;
const QUOTE = 34;
const MOST_CELLS = 64;

/** What the fast way needs to know of a point, under the bytes of its id. */
interface Known {
  readonly id: Uint8Array;
  readonly index: number;
  readonly scale: Scale;
  /** Least and greatest count of steps it can take. */
  readonly least: number;
  readonly most: number;
}

export class StandardRows {
  private readonly plant: Plant;
  private readonly encoding: Encoding;
  private readonly log: LogBuilder;
  private readonly tally: Tally;
  private readonly clock: FastClock;
  /** Without it every row goes the general way; a test compares the two. */
  private readonly fast: boolean;
  private readonly known = new Map<number, Known[]>();
  private readonly starts = new Int32Array(MOST_CELLS + 1);
  private readonly suggestions = new Map<string, string>();
  private at: ReadonlyMap<string, number>;
  private width: number;
  private point = 0;
  private time = 0;
  private value = 0;
  private quality = -1;
  private learnt = -1;

  constructor(
    plant: Plant,
    header: { at: ReadonlyMap<string, number>; width: number },
    encoding: Encoding,
    log: LogBuilder,
    tally: Tally,
    fast: boolean,
  ) {
    this.plant = plant;
    this.encoding = encoding;
    this.log = log;
    this.tally = tally;
    this.fast = fast;
    this.clock = new FastClock(plant.zone);
    this.at = header.at;
    this.width = header.width;
    this.place();
  }

  private place(): void {
    this.point = this.at.get('point') ?? 0;
    this.time = this.at.get('time') ?? 0;
    this.value = this.at.get('value') ?? 0;
    this.quality = this.at.get('quality') ?? -1;
    this.learnt = this.at.get('learnt_at') ?? -1;
  }

  line(bytes: Uint8Array, from: number, to: number, number: number): void {
    if (!(this.fast && this.takeFast(bytes, from, to))) this.take(bytes.subarray(from, to), number);
  }

  // ── the fast way ──

  private takeFast(b: Uint8Array, from: number, to: number): boolean {
    const { starts } = this;
    let cells = 1;
    starts[0] = from;
    for (let i = from; i < to; i += 1) {
      const byte = b[i]!;
      if (byte === QUOTE) return false;
      if (byte === COMMA) {
        if (cells === MOST_CELLS) return false;
        starts[cells] = i + 1;
        cells += 1;
      }
    }
    if (cells !== this.width) return false;
    starts[cells] = to + 1;
    const known = this.find(b, starts[this.point]!, starts[this.point + 1]! - 1);
    if (known === undefined) return false;
    const time = this.clock.instant(b, starts[this.time]!, starts[this.time + 1]! - 1);
    if (!(time >= EARLIEST && time < LATEST)) return false;
    const value = steps(b, starts[this.value]!, starts[this.value + 1]! - 1, known.scale);
    if (!(value >= known.least && value <= known.most)) return false;
    let quality: number = GOOD;
    if (this.quality >= 0) {
      quality = qualityOf(b, starts[this.quality]!, starts[this.quality + 1]! - 1);
      if (quality < 0) return false;
    }
    let learnt = time;
    if (this.learnt >= 0 && starts[this.learnt + 1]! - 1 > starts[this.learnt]!) {
      learnt = this.clock.instant(b, starts[this.learnt]!, starts[this.learnt + 1]! - 1);
      if (!(learnt >= EARLIEST && learnt < LATEST)) return false;
    }
    this.log.add(known.index, time, value, quality, learnt);
    return true;
  }

  private find(b: Uint8Array, from: number, to: number): Known | undefined {
    const bucket = this.known.get(hashOf(b, from, to));
    if (bucket === undefined) return undefined;
    next: for (const known of bucket) {
      if (known.id.length !== to - from) continue;
      for (let i = 0; i < known.id.length; i += 1) if (known.id[i] !== b[from + i]) continue next;
      return known;
    }
    return undefined;
  }

  private remember(id: Uint8Array, index: number): void {
    if (this.find(id, 0, id.length)) return;
    const point = this.plant.points[index]!;
    const modulus = point.kind === 'counter' ? point.register.modulus : undefined;
    const most = mostSteps(point);
    const hash = hashOf(id, 0, id.length);
    const entry: Known = {
      id: id.slice(),
      index,
      scale: scaleOf(point),
      least: modulus === undefined ? -most : 0,
      most: modulus === undefined ? most : Math.min(most, modulus - 1),
    };
    const bucket = this.known.get(hash);
    if (bucket) bucket.push(entry);
    else this.known.set(hash, [entry]);
  }

  // ── the general way ──

  private take(bytes: Uint8Array, line: number): undefined {
    const text = decodeAs(bytes, this.encoding);
    if (text === undefined)
      return this.tally.error('bad-encoding', line, { byte: String(firstBadByte(bytes, this.encoding)) });
    if (text.trim() === '') return undefined;
    const cells = splitCells(text)?.map((cell) => cell.trim());
    if (!cells) return this.tally.error('torn-row', line, { why: 'quote' });
    if (this.isHeader(cells, line)) return undefined;
    if (cells.length !== this.width)
      return this.tally.error('torn-row', line, {
        why: 'cells',
        cells: String(cells.length),
        expected: String(this.width),
      });
    const [id = '', time = '', value = ''] = [cells[this.point], cells[this.time], cells[this.value]];
    for (const [key, cell] of [
      ['point', id],
      ['time', time],
      ['value', value],
    ] as const)
      if (cell === '') return this.tally.error('missing-key', line, { key });
    const point = findPoint(this.plant, id, (unknown) => this.suggest(unknown));
    if ('code' in point) return this.tally.error(point.code, line, point.args);
    if (point.kind === 'sample') return this.tally.error('sample-reading', line, { point: point.id });
    const at = checkInstant(readInstant(time, this.plant.zone), time, line, this.tally);
    if (at === undefined) return undefined;
    const steps = checkValue(value, point, line, this.tally);
    const quality = checkQuality(cells[this.quality] ?? '', line, this.tally);
    const said = cells[this.learnt] ?? '';
    const learnt = said === '' ? at : checkInstant(readInstant(said, this.plant.zone), said, line, this.tally);
    if (steps === undefined || quality === undefined || learnt === undefined) return undefined;
    this.log.add(point.index, at, steps, quality, learnt);
    if (this.fast && !text.includes('"')) {
      const cell = cellOf(bytes, this.point);
      if (decodeAs(cell, this.encoding) === id) this.remember(cell, point.index);
    }
    return undefined;
  }

  private suggest(id: string): string {
    let found = this.suggestions.get(id);
    if (found === undefined) {
      found = this.suggestions.size < 1000 ? (nearest(id, this.plant.pointById.keys()) ?? '') : '';
      if (this.suggestions.size < 1000) this.suggestions.set(id, found);
    }
    return found;
  }

  /** Exports joined end to end repeat their header, perhaps in another order. */
  private isHeader(cells: readonly string[], line: number): boolean {
    if (/\d/.test(cells[this.time] ?? '')) return false;
    const columns = columnsOf(cells);
    if (!READINGS.required.every((name) => columns.has(name))) return false;
    this.at = columns;
    this.width = cells.length;
    this.place();
    this.tally.warn('repeated-header', line);
    return true;
  }
}

/** The known columns among the cells of a header, by place. */
export function columnsOf(cells: readonly string[]): Map<string, number> {
  const at = new Map<string, number>();
  for (const [index, cell] of cells.entries()) {
    const text = plain(cell);
    const aliases = READINGS.aliases ?? {};
    at.set(
      (Object.hasOwn(aliases, text) ? aliases[text] : undefined) ?? text.toLowerCase().replace(/[\s-]+/g, '_'),
      index,
    );
  }
  return at;
}

function hashOf(b: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let i = from; i < to; i += 1) hash = Math.imul(hash ^ b[i]!, 0x01000193);
  return hash;
}

function cellOf(bytes: Uint8Array, wanted: number): Uint8Array {
  let start = 0;
  for (let n = 0; n < wanted; n += 1) start = bytes.indexOf(COMMA, start) + 1;
  const end = bytes.indexOf(COMMA, start);
  return bytes.subarray(start, end < 0 ? bytes.length : end);
}

const WORDS = (['good', 'uncertain', 'bad'] as const).map((word) => Buffer.from(word));
const CODES = [GOOD, UNCERTAIN, BAD];

function qualityOf(b: Uint8Array, from: number, to: number): number {
  if (from === to) return GOOD;
  next: for (const [i, word] of WORDS.entries()) {
    if (word.length !== to - from) continue;
    for (let k = 0; k < word.length; k += 1) if (b[from + k] !== word[k]) continue next;
    return CODES[i]!;
  }
  return -1;
}
