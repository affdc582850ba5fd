// All of CrewLedger's tables out of a database in one consistent view, and into an empty one: by COPY, piece by piece, with no
// tool of PostgreSQL's. Jobs are not among them: the loop asks for what is to be done by itself.
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { primaryOf } from './addresses.ts';

export interface TableShape {
  readonly name: string;
  readonly columns: readonly string[];
}

export interface Shape {
  /** The newest migration that was applied. */
  readonly migration: number;
  /** In an order in which rows refer only to what is there. */
  readonly tables: readonly TableShape[];
  /** First days of the months that readings are kept by. */
  readonly months: readonly string[];
}

/** Transactions of one cluster mean nothing in another: rows come back as those of one long over. */
const LONG_OVER = `'3'::xid8`;

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: await primaryOf(url),
    application_name: 'crewledger backup',
    options: '-c search_path=crewledger,public -c timezone=UTC -c datestyle=ISO',
  });
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

async function shapeOf(client: pg.Client): Promise<Shape> {
  const [{ migration }] = (await client.query('select max(number) as migration from migrations')).rows as [
    { migration: number },
  ];
  const tables = (
    await client.query(`
      select c.oid::int as oid, c.relname as name, array_agg(a.attname::text order by a.attnum) as columns
        from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
       where c.relnamespace = 'crewledger'::regnamespace and c.relkind in ('r', 'p') and c.relpersistence = 'p' and not c.relispartition and c.relname <> 'migrations'
       group by c.oid, c.relname order by c.relname`)
  ).rows as { oid: number; name: string; columns: string[] }[];
  const refers = (
    await client.query(
      `select conrelid::int as from, confrelid::int as to from pg_constraint where contype = 'f' and conrelid <> confrelid`,
    )
  ).rows as { from: number; to: number }[];
  const ordered: typeof tables = [];
  for (let left = tables; left.length > 0; ) {
    const waiting = new Set(left.map(({ oid }) => oid));
    const free = left.filter(({ oid }) => !refers.some((r) => r.from === oid && waiting.has(r.to)));
    if (free.length === 0) throw new Error(`tables refer in a circle: ${left.map(({ name }) => name).join(', ')}`);
    ordered.push(...free);
    left = left.filter((one) => !free.includes(one));
  }
  const months = (
    await client.query(`
      select to_date(substr(c.relname, 10), 'YYYY_MM')::text as month from pg_inherits i join pg_class c on c.oid = i.inhrelid
       where i.inhparent = 'crewledger.readings'::regclass order by 1`)
  ).rows.map(({ month }) => month as string);
  return { migration, months, tables: ordered.map(({ name, columns }) => ({ name, columns })) };
}

const quoted = (names: readonly string[]): string => names.map((name) => pg.escapeIdentifier(name)).join(', ');

/**
 * Tells the shape and then every table in pieces of COPY text (whole rows, up to about a megabyte), all as of one instant;
 * whoever is told must be done with a piece before the next one comes.
 */
export function readTables(
  url: string,
  onShape: (shape: Shape) => Promise<void>,
  onPiece: (table: string, piece: Buffer, rows: number) => Promise<void>,
): Promise<void> {
  return withClient(url, async (client) => {
    await client.query('begin transaction isolation level repeatable read read only');
    const shape = await shapeOf(client);
    await onShape(shape);
    for (const { name, columns } of shape.tables) {
      const values = columns.map((column) =>
        name === 'arrivals' && column === 'tx' ? LONG_OVER : pg.escapeIdentifier(column),
      );
      const stream = client.query(
        copyTo(`copy (select ${values.join(', ')} from ${pg.escapeIdentifier(name)}) to stdout`),
      );
      let parts: Buffer[] = [];
      let [bytes, rows] = [0, 0];
      const flush = async (): Promise<void> => {
        if (bytes > 0) await onPiece(name, Buffer.concat(parts), rows);
        parts = [];
        [bytes, rows] = [0, 0];
      };
      let rest: Buffer = Buffer.alloc(0);
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        const all = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
        const end = all.lastIndexOf(10) + 1;
        rest = all.subarray(end);
        if (end === 0) continue;
        const whole = all.subarray(0, end);
        parts.push(whole);
        bytes += whole.length;
        for (let at = whole.indexOf(10); at >= 0; at = whole.indexOf(10, at + 1)) rows += 1;
        if (bytes > 1 << 20) await flush();
      }
      await flush();
    }
    await client.query('commit');
  });
}

/** Whether the database holds nothing yet. */
export const isEmpty = (url: string): Promise<boolean> =>
  withClient(url, async (client) => (await client.query('select from plants limit 1')).rowCount === 0);

/** Fills the tables of an empty database, all or nothing. */
export function writeTables(
  url: string,
  { tables, months }: Shape,
  pieces: (table: string) => AsyncIterable<Buffer>,
): Promise<void> {
  return withClient(url, async (client) => {
    await client.query('begin');
    for (const month of months) await client.query('select open_month($1)', [month]);
    for (const { name, columns } of tables) {
      const table = pg.escapeIdentifier(name);
      const stream = client.query(copyFrom(`copy ${table} (${quoted(columns)}) from stdin`));
      await pipeline(Readable.from(pieces(name), { objectMode: true }), stream);
      if (!stream.writableFinished) await once(stream, 'finish');
      // Numbers go on where they were.
      const own = await client.query(
        `select attname from pg_attribute where attrelid = $1::regclass and attidentity <> ''`,
        [`crewledger.${table}`],
      );
      for (const { attname } of own.rows)
        await client.query(
          `select setval(pg_get_serial_sequence($1, $2), greatest((select max(${pg.escapeIdentifier(attname)}) from ${table}), 1))`,
          [`crewledger.${table}`, attname],
        );
    }
    await client.query('commit');
    await client.query('analyze');
  });
}
