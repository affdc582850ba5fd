// The harness itself: databases are apart, hold what their template holds, and are gone when they are dropped.
import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { conformanceServers, createDatabase } from './database.ts';

async function ask(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

test('two databases do not see each other, and a copy has what its template has', async () => {
  const [one, two] = await Promise.all([createDatabase(), createDatabase()]);
  await ask(one.url, 'create table meter (id int); insert into meter values (7)');
  await expect(ask(two.url, 'select * from meter')).rejects.toThrow('does not exist');
  const copy = await createDatabase(new URL(one.url).pathname.slice(1));
  expect(await ask(copy.url, 'select * from meter')).toEqual([{ id: 7 }]);
});

test('a dropped database is gone, even while somebody is connected', async () => {
  const [kept, dropped] = await Promise.all([createDatabase(), createDatabase('template0')]);
  const client = new Client({ connectionString: dropped.url });
  client.on('error', () => {});
  await client.connect();
  const name = new URL(dropped.url).pathname.slice(1);
  const ended = new Promise<void>((resolve) => client.once('end', resolve));
  dropped.drop();
  await ended;
  await expect
    .poll(() => ask(kept.url, `select 1 from pg_database where datname = '${name}'`), { timeout: 20_000 })
    .toEqual([]);
});

test('a mistake is told to the test that made it', async () => {
  await expect(createDatabase('no_such_template')).rejects.toThrow('does not exist');
});

describe('the servers to conform to', async () => {
  for (const server of await conformanceServers()) {
    // skip: this machine does not have that server
    test.skipIf(server.url === undefined)(`${server.name}, and an empty database of it`, async () => {
      const { url } = await createDatabase(undefined, server);
      const [row] = await ask(url, 'show server_version');
      expect(server.name).toMatch(new RegExp(`^PostgreSQL ${String(row?.server_version).split('.')[0]}`));
      expect(await ask(url, "select 1 from pg_class where relnamespace = 'public'::regnamespace")).toEqual([]);
    });
  }
});
