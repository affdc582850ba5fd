// The way to PostgreSQL: one pool, transactions, notifications, and what its types mean here (instants are ms of UTC, days
// are texts, whole numbers are exact or an error). It knows no table.
import pg from 'pg';
import { Lines } from './line.ts';

export type Value = string | number | bigint | boolean | null | Uint8Array | readonly (string | number)[] | object;

/** Where statements can be run: the pool, or one connection inside a transaction. */
export interface Queryable {
  /** Rows of one statement; parameters are `$1 …`. */
  readonly rows: <R>(text: string, ...values: readonly (Value | undefined)[]) => Promise<R[]>;
}

export interface Transaction extends Queryable {
  readonly client: pg.PoolClient;
}

export interface HeldConnection extends Queryable {
  readonly alive: () => boolean;
  readonly release: () => void;
}

/** How long the last statements may take once a database is being closed, in milliseconds. */
const CLOSE_MS_MAX = 5_000;

const TYPES = new Map<number, (text: string) => unknown>([
  [20, wholeNumber],
  [1016, (text) => text.slice(1, -1).split(',').filter(Boolean).map(wholeNumber)],
  [1082, (text) => text],
  [1184, (text) => Date.parse(text.replace(' ', 'T').replace(/([+-]\d{2})$/, '$1:00'))],
]);

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is beyond 2^53`);
  return value;
}

const names = new Map<string, string>();

/** A statement with parameters is parsed and planned once a connection; one without is said once and forgotten. */
function prepared(text: string, values: readonly (Value | undefined)[]): pg.QueryConfig {
  if (values.length === 0) return { text };
  let name = names.get(text);
  if (name === undefined) {
    name = `q${names.size}`;
    names.set(text, name);
  }
  return { name, text, values: values as unknown[] };
}

/** Does something again while the database is away, for `msMax` at most. For what is done once, at a start. */
export async function patiently<T>(work: () => Promise<T>, msMax = 60_000): Promise<T> {
  const end = performance.now() + msMax;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isUnavailable(error) || performance.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

/** An instant as PostgreSQL takes it. */
export const stamp = (ms: number): string => new Date(ms).toISOString();

export interface DatabaseOptions {
  /** May name several servers, see addresses.ts. */
  readonly url: string;
  readonly connectionsMax?: number;
  /** As `pg_stat_activity` names it. */
  readonly name?: string;
}

export class Database implements Queryable {
  readonly pool: pg.Pool;
  readonly url: string;
  /** Whoever watches the disk of the server found too little room: nothing more is to be written. Everybody who writes has it here. */
  full = false;
  private readonly lines: Lines;
  private readonly pools: pg.Pool[] = [];
  private readonly listeners = new Set<Listener>();

  constructor({ url, connectionsMax = 10, name = 'crewledger' }: DatabaseOptions) {
    this.url = url;
    this.lines = new Lines(url, connectionOf(name));
    this.pool = this.openPool(connectionsMax);
  }

  /** A pool beside our own, of the same lines; it ends with this database. */
  openPool(connectionsMax: number): pg.Pool {
    const { Client } = this.lines;
    const pool = new pg.Pool({
      ...this.lines.configOf(this.lines.first),
      Client,
      max: connectionsMax,
    } as pg.PoolConfig);
    // An idle connection that dies is no failure of anybody's request; the pool opens another.
    pool.on('error', () => {});
    pool.on('connect', (client) => client.on('error', () => {}));
    this.pools.push(pool);
    return pool;
  }

  readonly rows = async <R>(text: string, ...values: readonly (Value | undefined)[]): Promise<R[]> =>
    (await this.pool.query(prepared(text, values))).rows as R[];

  /** Runs `work` in one transaction; all of it happens, or nothing. */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.within('begin', work);
  }

  /** Reads many things as they were at one moment; it changes nothing and holds up nobody. */
  snapshot<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.within('begin isolation level repeatable read read only', work);
  }

  private async within<T>(begin: string, work: (tx: Transaction) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const client = await this.pool.connect();
      let broken: Error | undefined;
      try {
        await client.query(begin);
        const rows = async <R>(text: string, ...values: readonly (Value | undefined)[]): Promise<R[]> =>
          (await client.query(prepared(text, values))).rows as R[];
        const result = await work({ rows, client });
        await client.query('commit');
        return result;
      } catch (error) {
        await client.query('rollback').catch((lost: Error) => {
          broken = lost;
        });
        // Two writers crossed each other: nothing was done, so it can simply be done again.
        if (attempt < 5 && (codeOf(error) === '40P01' || codeOf(error) === '40001')) continue;
        throw error;
      } finally {
        client.release(broken);
      }
    }
  }

  /** A connection kept for as long as its holder wants it: for locks that say that somebody lives. */
  async hold(): Promise<HeldConnection> {
    const client = await this.pool.connect();
    let [alive, released] = [true, false];
    client.on('error', () => {
      alive = false;
    });
    client.on('end', () => {
      alive = false;
    });
    return {
      rows: async <R>(text: string, ...values: readonly (Value | undefined)[]): Promise<R[]> =>
        (await client.query(prepared(text, values))).rows as R[],
      alive: () => alive,
      release: () => {
        if (!released) client.release(true);
        released = true;
      },
    };
  }

  /** Hears notifications of a channel until closed; after a lost line it listens again and says so by `onGap`. */
  async listen(channel: string, onNote: (payload: string) => void, onGap: () => void = () => {}): Promise<() => void> {
    const listener = new Listener(this.lines, channel, onNote, onGap);
    await listener.open();
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
      listener.close();
    };
  }

  async close(): Promise<void> {
    for (const listener of this.listeners) listener.close();
    this.listeners.clear();
    this.lines.close();
    const ended = Promise.all(this.pools.map((pool) => pool.end())).then(() => {});
    // Whoever still waits for a server that does not answer would keep the process from ending.
    const late = setTimeout(() => this.lines.cut(), CLOSE_MS_MAX);
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, CLOSE_MS_MAX + 500).unref())]);
    clearTimeout(late);
  }
}

export const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');

/** Whether an error says that the database cannot be reached or cannot take writes now: nothing of ours is wrong. */
export const isUnavailable = (error: unknown): boolean =>
  /^(08|53|57P|25006|58)/.test(codeOf(error)) ||
  /^(ECONN|ENOENT|EPIPE|ETIMEDOUT|EAI_)/.test(codeOf(error)) ||
  (error instanceof Error && /Connection terminated|connection error|timeout exceeded/i.test(error.message));

/**
 * A machine of ours that lost its power says no goodbye: the server asks after it, and gives up what it held. Between two
 * statements of a transaction we may count for long, but not for minutes.
 */
const WHEN_WE_ARE_GONE = [
  '-c tcp_keepalives_idle=10',
  '-c tcp_keepalives_interval=5',
  '-c tcp_keepalives_count=3',
  '-c idle_in_transaction_session_timeout=300000',
].join(' ');

function connectionOf(name: string): pg.ClientConfig {
  return {
    application_name: name,
    connectionTimeoutMillis: 10_000,
    options: `-c search_path=crewledger,public -c timezone=UTC -c datestyle=ISO ${WHEN_WE_ARE_GONE}`,
    types: {
      getTypeParser: (oid: number, format?: string) => TYPES.get(oid) ?? pg.types.getTypeParser(oid, format as 'text'),
    },
  } as pg.ClientConfig;
}

class Listener {
  private client: pg.Client | undefined;
  private closed = false;
  private readonly lines: Lines;
  private readonly channel: string;
  private readonly onNote: (payload: string) => void;
  private readonly onGap: () => void;

  constructor(lines: Lines, channel: string, onNote: (payload: string) => void, onGap: () => void) {
    this.lines = lines;
    this.channel = channel;
    this.onNote = onNote;
    this.onGap = onGap;
  }

  async open(): Promise<void> {
    const client = new this.lines.Client({ application_name: `crewledger ${this.channel}` });
    client.on('notification', ({ payload }) => this.onNote(payload ?? ''));
    client.on('error', () => {});
    try {
      await client.connect();
      await client.query(`listen ${pg.escapeIdentifier(this.channel)}`);
    } catch (error) {
      void client.end().catch(() => {});
      throw error;
    }
    if (this.closed) return void client.end().catch(() => {});
    this.client = client;
    client.once('end', () => this.again());
  }

  /** After a lost line: until there is one again, since a server may take its time to come back. */
  private again(): void {
    if (this.closed) return;
    setTimeout(() => {
      if (this.closed) return;
      this.open().then(this.onGap, () => this.again());
    }, 250).unref();
  }

  close(): void {
    this.closed = true;
    void this.client?.end().catch(() => {});
  }
}
