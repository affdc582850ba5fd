// Readings to and from PostgreSQL in its binary COPY form: columns here, rows there, no object and no text per reading.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';

/** Columns of equal length. `point` is a number of the points table, `at` and `learnt` are ms of UTC, `value` whole steps. */
export interface Rows {
  readonly length: number;
  readonly point: ArrayLike<number>;
  readonly at: ArrayLike<number>;
  readonly value: ArrayLike<number>;
  readonly quality: ArrayLike<number>;
  /** One instant for all, or one a row. */
  readonly learnt: number | ArrayLike<number>;
}

/** 2000-01-01, from which PostgreSQL counts its microseconds. */
const EPOCH_MS = 946_684_800_000;
const TWO_32 = 2 ** 32;
const ROW = 60;
const CHUNK_ROWS = 8192;
const SIGNATURE = Buffer.from('5047434f50590aff0d0a00' + '00000000' + '00000000', 'hex');

/** A 64-bit integer in two words; exact up to 2^53 either side. */
function writeLong(buffer: Buffer, value: number, offset: number): number {
  const high = Math.floor(value / TWO_32);
  buffer.writeInt32BE(high, offset);
  buffer.writeUInt32BE(value - high * TWO_32, offset + 4);
  return offset + 8;
}

const readLong = (view: DataView, offset: number): number =>
  view.getInt32(offset) * TWO_32 + view.getUint32(offset + 4);

function* encode(plantId: number, rows: Rows): Generator<Buffer> {
  const { point, at, value, quality, learnt } = rows;
  yield SIGNATURE;
  for (let first = 0; first < rows.length; first += CHUNK_ROWS) {
    const last = Math.min(rows.length, first + CHUNK_ROWS);
    const buffer = Buffer.allocUnsafe((last - first) * ROW);
    let offset = 0;
    for (let i = first; i < last; i += 1) {
      offset = buffer.writeInt16BE(6, offset);
      offset = buffer.writeInt32BE(4, offset);
      offset = buffer.writeInt32BE(plantId, offset);
      offset = buffer.writeInt32BE(4, offset);
      offset = buffer.writeInt32BE(point[i]!, offset);
      offset = buffer.writeInt32BE(8, offset);
      offset = writeLong(buffer, (at[i]! - EPOCH_MS) * 1000, offset);
      offset = buffer.writeInt32BE(8, offset);
      offset = writeLong(buffer, ((typeof learnt === 'number' ? learnt : learnt[i]!) - EPOCH_MS) * 1000, offset);
      offset = buffer.writeInt32BE(8, offset);
      offset = writeLong(buffer, value[i]!, offset);
      offset = buffer.writeInt32BE(2, offset);
      offset = buffer.writeInt16BE(quality[i]!, offset);
    }
    yield buffer.subarray(0, offset);
  }
  yield Buffer.from('ffff', 'hex');
}

/** Copies rows into a table with the columns of `readings`. */
export async function copyRowsIn(client: pg.ClientBase, table: string, plantId: number, rows: Rows): Promise<void> {
  const stream = client.query(
    copyFrom(`copy ${table} (plant_id, point, at, learnt, value, quality) from stdin (format binary)`),
  );
  await pipeline(Readable.from(encode(plantId, rows), { objectMode: true }), stream);
}

/** Runs a query that gives point, at, learnt, value, quality, and tells each row. */
export async function copyRowsOut(
  client: pg.ClientBase,
  query: string,
  tell: (point: number, at: number, learnt: number, value: number, quality: number) => void,
): Promise<void> {
  const stream = client.query(copyTo(`copy (${query}) to stdout (format binary)`));
  let rest: Buffer = Buffer.alloc(0);
  let started = false;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    let offset = 0;
    if (!started) {
      if (buffer.length < SIGNATURE.length) {
        rest = buffer;
        continue;
      }
      offset = SIGNATURE.length;
      started = true;
    }
    // Fields: 4, 8, 8, 8 and 2 bytes, each behind its length, the whole behind the number of fields.
    while (offset + 52 <= buffer.length && view.getInt16(offset) === 5) {
      tell(
        view.getInt32(offset + 6),
        readLong(view, offset + 14) / 1000 + EPOCH_MS,
        readLong(view, offset + 26) / 1000 + EPOCH_MS,
        readLong(view, offset + 38),
        view.getInt16(offset + 50),
      );
      offset += 52;
    }
    rest = buffer.subarray(offset);
  }
}
