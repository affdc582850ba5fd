// Jobs as rows of the queue's own functions: asked for inside a transaction.
import type { Queryable } from './database.ts';

export interface NewJob {
  readonly task: string;
  readonly payload: object;
  /** Jobs of one queue run one after the other. */
  readonly queue: string;
  /** One job a key: what a second one does is up to `mode`. */
  readonly key: string;
  readonly mode: 'replace' | 'preserve_run_at';
  readonly inMs: number;
  /** Smaller is sooner; 0 unless told. */
  readonly priority?: number;
}

/**
 * Asks for jobs. The queue leaves out a job silently when a worker takes the earlier one of its key just then, which cannot
 * know of what this transaction does: what was left out is asked for again.
 */
export async function addJobs(tx: Queryable, jobs: readonly NewJob[]): Promise<void> {
  let left = jobs;
  for (let tries = 1; left.length > 0; tries += 1) {
    if (tries > TRIES_MAX) throw new Error(`the queue takes no job ${left[0]!.key}`);
    const missing = await tx.rows<{ n: number }>(
      `select j.n from unnest($1::text[], $2::json[], $3::text[], $4::text[], $5::text[], $6::float8[], $7::int[])
           with ordinality as j (task, payload, queue, key, mode, ms, priority, n),
         graphile_worker.add_job(j.task, j.payload, j.queue, clock_timestamp() + j.ms * interval '1 ms', job_key => j.key,
           job_key_mode => j.mode, priority => j.priority) as added where added.id is null`,
      left.map((j) => j.task),
      left.map((j) => JSON.stringify(j.payload)),
      left.map((j) => j.queue),
      left.map((j) => j.key),
      left.map((j) => j.mode),
      left.map((j) => j.inMs),
      left.map((j) => j.priority ?? 0),
    );
    left = missing.map(({ n }) => left[n - 1]!);
  }
}

/** Each time a worker must have been quicker; it cannot be so for long. */
const TRIES_MAX = 100;

export interface JobCounts {
  readonly task: string;
  readonly waiting: number;
  readonly failed: number;
  readonly oldestMs: number;
}

/** What waits and what failed, by task. */
export const countJobs = (db: Queryable): Promise<JobCounts[]> =>
  db.rows<JobCounts>(
    `select task_identifier as task, count(*) filter (where attempts < max_attempts) as waiting,
       count(*) filter (where last_error is not null) as failed,
       greatest(0, coalesce(extract(epoch from clock_timestamp() - min(run_at) filter (where attempts < max_attempts)) * 1000, 0))::bigint
         as "oldestMs"
       from graphile_worker.jobs group by task_identifier order by task_identifier`,
  );

// ── living workers ─────────────────────────────────────────────────────────────────────────────────────────────────

/** The class of the locks by which workers say that they live. */
const WORKERS = 7301;

export const holdWorker = (held: Queryable, worker: string): Promise<unknown> =>
  held.rows(`select pg_advisory_lock_shared(${WORKERS}, hashtext($1))`, worker);

export const letWorkerGo = (held: Queryable, worker: string): Promise<unknown> =>
  held.rows(`select pg_advisory_unlock_shared(${WORKERS}, hashtext($1))`, worker);

/**
 * Gives back the jobs of workers that no longer live, and clears away those that nobody will do any more: that another of their
 * key took the place of while they were done, or that cron asks for anew. The queue would keep them for ever.
 */
export async function unlockDead(held: Queryable): Promise<string[]> {
  const dead = await held.rows<{ worker: string }>(
    `select distinct locked_by as worker from graphile_worker.jobs j
      where locked_by is not null and locked_at < clock_timestamp() - interval '2 seconds'
        and not exists (select from pg_locks l where l.locktype = 'advisory' and l.objsubid = 2 and l.classid = ${WORKERS}
          and l.database = (select oid from pg_database where datname = current_database())
          and l.objid = (hashtext(j.locked_by)::bigint & 4294967295)::oid)`,
  );
  const workers = dead.map(({ worker }) => worker);
  if (workers.length > 0) await held.rows('select graphile_worker.force_unlock_workers($1)', workers);
  await held.rows(
    `select from graphile_worker.complete_jobs(array(
       select id from graphile_worker.jobs where key is null and attempts >= max_attempts and locked_at is null))`,
  );
  return workers;
}
