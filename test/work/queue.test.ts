// The queue between two askers and a worker, and between living and dead workers.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Database } from '../../src/store/database.ts';
import { addJobs, countJobs, type NewJob } from '../../src/store/jobs.ts';
import { serviceUrlOf } from '../../src/store/migrate.ts';
import { runJobs, type Working } from '../../src/work/queue.ts';
import { createDatabase, type TestDatabase } from '../database.ts';

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await createDatabase();
  db = new Database({ url: serviceUrlOf(database.url) });
});
afterAll(async () => {
  await db?.close();
  database?.drop();
});

const job = (task: string, key: string): NewJob => ({
  task,
  key,
  payload: { key },
  queue: key,
  mode: 'preserve_run_at',
  inMs: 0,
});

test('two ask at once, and a worker takes the job between them: the second ask is not lost', async () => {
  const first = await db.pool.connect();
  try {
    await first.query('begin');
    const tx = {
      client: first,
      rows: async <R>(text: string, ...values: unknown[]) => (await first.query(text, values)).rows as R[],
    };
    await addJobs(tx, [job('counted', 'one')]);
    // It waits for the first to be decided.
    const second = addJobs(db, [job('counted', 'one')]);
    await expect
      .poll(() => db.rows(`select 1 from pg_locks where not granted and locktype = 'transactionid'`))
      .toHaveLength(1);
    // The worker is quicker than the second: seen from there the job is taken the moment it is there.
    await first.query(
      `update graphile_worker._private_jobs set locked_by = 'quick', locked_at = now() where key = 'one'`,
    );
    await first.query('commit');
    await second;
  } finally {
    first.release();
  }
  const jobs = await db.rows<{ key: string | null; locked_by: string | null }>(
    'select key, locked_by from graphile_worker.jobs order by id',
  );
  expect(jobs).toEqual([
    { key: null, locked_by: 'quick' },
    { key: 'one', locked_by: null },
  ]);
});

test('jobs of the living are theirs however long they take; those of the dead are given back, leftovers cleared', async () => {
  const began: string[] = [];
  const ended: string[] = [];
  const tasks = {
    counted: async ({ key }: Readonly<Record<string, unknown>>): Promise<void> => {
      began.push(String(key));
      if (key === 'long') await new Promise((resolve) => setTimeout(resolve, 7000));
      ended.push(String(key));
    },
  };
  const workers: Working[] = [];
  const troubles: string[] = [];
  try {
    for (let i = 0; i < 2; i += 1)
      workers.push(
        await runJobs({
          db,
          tasks,
          crontab: '',
          concurrency: 1,
          onTrouble: (what, error) => troubles.push(`${what} ${error}`),
        }),
      );
    await addJobs(db, [job('counted', 'long')]);
    await expect.poll(() => ended, { timeout: 20_000 }).toContain('long');
    expect(began.filter((key) => key === 'long')).toHaveLength(1);
    // That of the test above, whose worker `quick` is none.
    expect(began.filter((key) => key === 'one')).toHaveLength(1);
    await expect.poll(() => countJobs(db), { timeout: 10_000 }).toEqual([]);
    expect(troubles).toEqual([]);
  } finally {
    for (const one of workers) await one.stop();
  }
});
