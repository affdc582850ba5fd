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

export async function addJobs(tx: Queryable, jobs: readonly NewJob[]): Promise<void> {
  if (jobs.length === 0) return;
  await tx.rows(
    `select from unnest($1::text[], $2::json[], $3::text[], $4::text[], $5::text[], $6::float8[], $7::int[])
         as j (task, payload, queue, key, mode, ms, priority),
       graphile_worker.add_job(j.task, j.payload, j.queue, clock_timestamp() + j.ms * interval '1 ms', job_key => j.key,
         job_key_mode => j.mode, priority => j.priority)`,
    jobs.map((j) => j.task),
    jobs.map((j) => JSON.stringify(j.payload)),
    jobs.map((j) => j.queue),
    jobs.map((j) => j.key),
    jobs.map((j) => j.mode),
    jobs.map((j) => j.inMs),
    jobs.map((j) => j.priority ?? 0),
  );
}

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
       greatest(0, coalesce(extract(epoch from clock_timestamp() - min(run_at)) * 1000, 0))::bigint as "oldestMs"
       from graphile_worker.jobs group by task_identifier order by task_identifier`,
  );

// ── living workers ─────────────────────────────────────────────────────────────────────────────────────────────────

/** The class of the locks by which workers say that they live. */
const WORKERS = 7301;

export const holdWorker = (held: Queryable, worker: string): Promise<unknown> =>
  held.rows(`select pg_advisory_lock_shared(${WORKERS}, hashtext($1))`, worker);

export const letWorkerGo = (held: Queryable, worker: string): Promise<unknown> =>
  held.rows(`select pg_advisory_unlock_shared(${WORKERS}, hashtext($1))`, worker);

/** Gives back the jobs of workers that no longer live. */
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
  return workers;
}
