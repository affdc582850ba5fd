// Databases as earlier versions left them, restored, migrated to now: nothing in them is other than it was, and they can be
// settled and posted to.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { Database } from '../../src/store/database.ts';
import { migrate, serviceUrlOf } from '../../src/store/migrate.ts';
import { listPlants, setClock } from '../../src/store/plants.ts';
import { readStandings } from '../../src/store/standings.ts';
import { createDatabase } from '../database.ts';
import { compareWithEngine, findWrong, settleCold } from '../reliability/checks.ts';
import { FROZEN, migrationLines } from './freeze.ts';

const files = readdirSync(FROZEN).filter((name) => /^\d{4}\.sql\.gz$/.test(name));

test('there is one at least', () => {
  expect(files).not.toEqual([]);
});

describe.each(files)('%s', (name) => {
  const number = Number(name.slice(0, 4));
  const text = gunzipSync(readFileSync(join(FROZEN, name))).toString('utf8');

  test('its migrations are those of today: one that was released never changes (before that: npm run freeze)', () => {
    const then = text.split('\n').filter((line) => /^-- \d{4}-/.test(line));
    const now = new Set(migrationLines(number));
    expect(then.filter((line) => !now.has(line))).toEqual([]);
  });

  test('restored and migrated, it verifies, is settled cold as it stands, and takes more', {
    timeout: 60_000,
  }, async () => {
    const { url, drop } = await createDatabase('template0');
    const db = new Database({ url: serviceUrlOf(url) });
    try {
      expect(await migrate(url, number)).toMatchObject({ ok: true });
      const client = new pg.Client({
        connectionString: url,
        // What refers to what comes later, and no row is refused for being an old one.
        options: '-c search_path=crewledger,public -c timezone=UTC -c session_replication_role=replica',
      });
      await client.connect();
      await client.query(text).finally(() => client.end());
      expect(await migrate(url)).toMatchObject({ ok: true });
      const [plant] = await listPlants(db);
      const { plantId, id } = plant!;
      // The plant's clock went on since; it is put back to when it was left.
      const [{ latest } = { latest: 0 }] = await db.rows<{ latest: number }>(
        'select latest_known($1) as latest',
        plantId,
      );
      await setClock(db, plantId, Math.round(latest + 1000 - Date.now()));
      expect((await readStandings(db, plantId, {})).length).toBeGreaterThan(5);
      expect(await findWrong(db, plantId, id)).toEqual([]);
      expect(await settleCold(db, plantId)).toEqual([]);
      expect(await compareWithEngine(db, plantId)).toEqual([]);
      const [{ learnt } = { learnt: 0 }] = await db.rows<{ learnt: number }>('select learn($1) as learnt', plantId);
      expect(learnt).toBeGreaterThan(latest);
    } finally {
      await db.close();
      drop();
    }
  });
});
