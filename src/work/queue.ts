// The job queue: who asks for work, and the processes that share it. The queue itself is graphile-worker's, in the same
// database: a job is asked for in the transaction that makes it necessary, and exists exactly when that is committed.
import { EventEmitter } from 'node:events';
import { Logger, type Runner, run, type TaskList, type WorkerEvents } from 'graphile-worker';
import type { Database, HeldConnection, Queryable } from '../store/database.ts';
import { addJobs, holdWorker, letWorkerGo, unlockDead } from '../store/jobs.ts';

/** Touches that come within this time are settled together. */
const COALESCE_MS = 60;

/** Asks that some groups be settled soon; asked again meanwhile, it stays one job at its first time. */
export const askSettle = (tx: Queryable, plantId: number, groups: readonly string[]): Promise<void> =>
  addJobs(
    tx,
    groups.map((group) => ({
      task: 'settle',
      payload: { plantId, group },
      queue: `settle ${plantId} ${group}`,
      key: `settle ${plantId} ${group}`,
      mode: 'preserve_run_at',
      inMs: COALESCE_MS,
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
  let runner: Runner | undefined;
  let stopped = false;
  let again: NodeJS.Timeout | undefined;
  const start = async (): Promise<void> => {
    const events = new EventEmitter() as WorkerEvents;
    events.on('worker:create', ({ worker }) => alive.add(worker.workerId));
    events.on('worker:stop', ({ worker }) => alive.remove(worker.workerId));
    runner = await run({
      pgPool: db.pool,
      concurrency,
      taskList: tasks as TaskList,
      crontab,
      noHandleSignals: true,
      pollInterval: 1000,
      logger,
      events,
    });
    runner.promise.catch((error: unknown) => onTrouble('the queue stopped', error)).then(restart, restart);
  };
  const restart = (): void => {
    if (stopped) return;
    again = setTimeout(() => start().catch(restart), 500);
  };
  await start();
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
 * Who is alive: every worker of this process holds a lock while the process lives, and jobs of workers that hold none are
 * given back. The queue by itself would wait four hours for a worker that was killed.
 */
class Alive {
  private readonly db: Database;
  private readonly onTrouble: WorkerOptions['onTrouble'];
  private readonly ids = new Set<string>();
  private held: HeldConnection | undefined;
  private timer: NodeJS.Timeout | undefined;

  static async open(db: Database, onTrouble: WorkerOptions['onTrouble']): Promise<Alive> {
    const alive = new Alive(db, onTrouble);
    await alive.sweep();
    alive.timer = setInterval(
      () => void alive.sweep().catch((error) => onTrouble('looking for dead workers', error)),
      3000,
    );
    alive.timer.unref();
    return alive;
  }

  private constructor(db: Database, onTrouble: WorkerOptions['onTrouble']) {
    this.db = db;
    this.onTrouble = onTrouble;
  }

  add(id: string): void {
    this.ids.add(id);
    if (this.held) void holdWorker(this.held, id).catch((error) => this.onTrouble('a worker not announced', error));
  }

  remove(id: string): void {
    this.ids.delete(id);
    if (this.held) void letWorkerGo(this.held, id).catch(() => {});
  }

  private async sweep(): Promise<void> {
    if (!this.held?.alive()) {
      this.held = await this.db.hold();
      for (const id of this.ids) await holdWorker(this.held, id);
    }
    await unlockDead(this.held);
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    this.held?.release();
    this.held = undefined;
  }
}
