// The job queue: who asks for work, and the processes that share it. The queue itself is graphile-worker's, in the same
// database: a job is asked for in the transaction that makes it necessary, and exists exactly when that is committed.
import { EventEmitter } from 'node:events';
import { Logger, type Runner, run, type TaskList, type WorkerEvents } from 'graphile-worker';
import type pg from 'pg';
import { type Database, type HeldConnection, patiently, type Queryable } from '../store/database.ts';
import { addJobs, holdWorker, letWorkerGo, unlockDead } from '../store/jobs.ts';

/** Touches that come within this time are settled together. */
const COALESCE_MS = 60;

/** Asks that some groups be settled soon; asked again meanwhile, it stays one job at its first time. */
export const askSettle = (
  tx: Queryable,
  plantId: number,
  groups: readonly string[],
  inMs: number = COALESCE_MS,
): Promise<void> =>
  addJobs(
    tx,
    groups.map((group) => ({
      task: 'settle',
      payload: { plantId, group },
      queue: `settle ${plantId} ${group}`,
      key: `settle ${plantId} ${group}`,
      mode: 'preserve_run_at',
      inMs,
    })),
  );

/** Asks that a group be settled when its running shift ends. */
export const askAtEnd = (tx: Queryable, plantId: number, group: string, inMs: number): Promise<void> =>
  addJobs(tx, [
    {
      task: 'settle',
      payload: { plantId, group },
      queue: `settle ${plantId} ${group}`,
      key: `end ${plantId} ${group}`,
      mode: 'replace',
      inMs,
    },
  ]);

/** Asks that history be filled in: the newest month first, and at last what hangs on all of it. */
export const askFill = (
  tx: Queryable,
  plantId: number,
  groups: readonly string[],
  months: readonly string[],
): Promise<void> =>
  addJobs(
    tx,
    groups.flatMap((group) =>
      [...months, ''].map((month, i) => ({
        task: month === '' ? 'fill-cycles' : 'fill',
        payload: { plantId, group, month },
        queue: `settle ${plantId} ${group}`,
        key: `fill ${plantId} ${group} ${month}`,
        mode: 'replace' as const,
        inMs: 0,
        priority: month === '' ? 1000 : months.length - i,
      })),
    ),
  );

export const askSeal = (tx: Queryable, plantId: number): Promise<void> =>
  addJobs(tx, [
    {
      task: 'seal',
      payload: { plantId },
      queue: `seal ${plantId}`,
      key: `seal ${plantId}`,
      mode: 'preserve_run_at',
      inMs: 200,
    },
  ]);

export type Task = (payload: Readonly<Record<string, unknown>>) => Promise<void>;

export interface WorkerOptions {
  readonly db: Database;
  readonly tasks: Readonly<Record<string, Task>>;
  readonly crontab: string;
  readonly concurrency: number;
  readonly onTrouble: (what: string, error: unknown) => void;
}

export interface Working {
  readonly stop: () => Promise<void>;
}

/** Runs jobs until stopped; any number of processes may. It outlives lost connections. */
export async function runJobs({ db, tasks, crontab, concurrency, onTrouble }: WorkerOptions): Promise<Working> {
  const alive = await Alive.open(db, onTrouble);
  const logger = new Logger(() => (level, message) => {
    if (level === 'error') onTrouble(message, undefined);
  });
  // Beside ours, so that requests never take the queue's lines; two more for its bell and its clock.
  const pool = askedEachSecond(db.openPool(concurrency + 2));
  let runner: Runner | undefined;
  let stopped = false;
  let again: NodeJS.Timeout | undefined;
  const start = async (): Promise<void> => {
    const events = new EventEmitter() as WorkerEvents;
    // Jobs are locked in the name of the pool of workers, not of the worker.
    events.on('pool:create', ({ workerPool }) => alive.add(workerPool.id));
    events.on('pool:release', ({ workerPool }) => alive.remove(workerPool.id));
    const started = await run({
      pgPool: pool,
      concurrency,
      taskList: tasks as TaskList,
      crontab,
      noHandleSignals: true,
      logger,
      events,
      // By itself the queue leaves a job that it could not note as done to an unhandled rejection, which ends the process. As a
      // batch of its own, such a job ends the pool of workers, and a new one begins below.
      preset: { worker: { pollInterval: 1000, completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
    });
    runner = started;
    started.promise.catch((error: unknown) => onTrouble('the queue stopped', error)).then(restart, restart);
  };
  const restart = (): void => {
    if (stopped) return;
    again = setTimeout(begin, 500);
  };
  // The server may go away just when we start, as it may at any other time.
  const begin = (): Promise<void> =>
    start().catch((error: unknown) => {
      onTrouble('the queue did not start', error);
      restart();
    });
  await begin();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(again);
      await runner?.stop().catch(() => {});
      await alive.close();
    },
  };
}

/**
 * After some refusals (57P03: the server is starting) the queue waits for three seconds, then longer and longer; after one that
 * it does not know it asks again each second. So it is not told which it was.
 */
function askedEachSecond(pool: pg.Pool): pg.Pool {
  const connect = pool.connect.bind(pool) as (callback: Connecting) => void;
  const unknown = (error: Error | undefined): Error | undefined => error && new Error(error.message, { cause: error });
  const asked = (callback?: Connecting): unknown => {
    if (callback) return connect((error, client, done) => callback(unknown(error), client, done));
    return new Promise((resolve, reject) =>
      connect((error, client) => (error ? reject(unknown(error) as Error) : resolve(client))),
    );
  };
  return Object.assign(pool, { connect: asked }) as pg.Pool;
}

type Connecting = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  done: (release?: unknown) => void,
) => void;

/**
 * Who is alive: every pool of workers holds a lock while its process lives, and jobs of those that hold none are given back. The
 * queue by itself would wait four hours for a process that was killed.
 */
class Alive {
  private readonly db: Database;
  private readonly onTrouble: WorkerOptions['onTrouble'];
  private readonly ids = new Set<string>();
  private held: HeldConnection | undefined;
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> | undefined;
  private closed = false;

  static async open(db: Database, onTrouble: WorkerOptions['onTrouble']): Promise<Alive> {
    const alive = new Alive(db, onTrouble);
    await patiently(() => alive.sweep());
    const again = (): void => {
      // One that waits for the server is not overtaken by another.
      alive.sweeping ??= alive
        .sweep()
        .catch((error) => onTrouble('looking for dead workers', error))
        .finally(() => {
          alive.sweeping = undefined;
        });
    };
    alive.timer = setInterval(again, 2000);
    alive.timer.unref();
    return alive;
  }

  private constructor(db: Database, onTrouble: WorkerOptions['onTrouble']) {
    this.db = db;
    this.onTrouble = onTrouble;
  }

  add(id: string): void {
    this.ids.add(id);
    if (this.held) void holdWorker(this.held, id).catch((error) => this.onTrouble('workers not announced', error));
  }

  remove(id: string): void {
    this.ids.delete(id);
    if (this.held) void letWorkerGo(this.held, id).catch(() => {});
  }

  private async sweep(): Promise<void> {
    let { held } = this;
    if (!held?.alive()) {
      this.held = undefined;
      // A line that is dead still has its place in the pool.
      held?.release();
      held = await this.db.hold();
      if (this.closed) return held.release();
      this.held = held;
      for (const id of this.ids) await holdWorker(held, id);
    }
    await unlockDead(held);
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    this.closed = true;
    this.held?.release();
    this.held = undefined;
  }
}
