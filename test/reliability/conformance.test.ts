// The same on every server our SQL must work on: an empty database migrated, by two processes at once too, a plant that learns and
// is settled by its loop, and a ledger that verifies.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { migrate } from '../../src/store/migrate.ts';
import { verifyLedger } from '../../src/work/verify.ts';
import { conformanceServers, createDatabase } from '../database.ts';
import { filesOf } from '../small-plant.ts';
import { LiveService } from '../work/live-service.ts';
import { findWrong, settleCold, workLeft } from './checks.ts';

const FILES = filesOf({
  streams: [
    'water: {role: output, unit: t, point: W, budget: 10 t/h}',
    'steam: {role: input, unit: t, point: S, standard: {water: 0.3}}',
    'density: {role: quality, of: water, point: D, window: [1.28, 1.32], premium: (k/n - 0.5) * 2 yuan/t, step: 0.0001}',
    'wash: {role: fee, budget: 5 yuan/h}',
  ],
  points: [
    'W: {kind: counter, unit: t, step: 0.1, gap: 9 h}',
    'S: {kind: counter, unit: t, step: 0.01, gap: 9 h}',
    'D: {kind: sample, unit: "1", step: 0.001}',
  ],
  prices: ['water 10', 'steam 100'],
  readings: 'W 00:00 0',
});
const at = (text: string): number => Date.parse(`${text}Z`);
const SHIFT = '/sheets/u/2022-03-02/夜';

/** Migrates in a process of its own. */
const MIGRATE = `
const { migrate } = await import(${JSON.stringify(new URL('../../src/store/migrate.ts', import.meta.url).href)});
const outcome = await migrate(process.argv[1]);
process.stdout.write(JSON.stringify(outcome));
`;
const migrateElsewhere = async (url: string): Promise<{ ok: boolean; applied: string[] }> => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    '--input-type=module',
    '-e',
    MIGRATE,
    url,
  ]);
  return JSON.parse(stdout);
};

describe.each(await conformanceServers())('$name', (server) => {
  // skip: this machine lacks the server
  test.skipIf(server.url === undefined)(
    'two processes migrate an empty database at once: each step is done once',
    { timeout: 60_000 },
    async () => {
      const { url, drop } = await createDatabase('template0', server);
      try {
        const outcomes = await Promise.all([migrateElsewhere(url), migrateElsewhere(url), migrateElsewhere(url)]);
        expect(outcomes.map(({ ok }) => ok)).toEqual([true, true, true]);
        const applied = outcomes.flatMap((one) => one.applied);
        expect(applied.length).toBeGreaterThan(5);
        expect(new Set(applied).size).toBe(applied.length);
        expect(await migrate(url)).toMatchObject({ ok: true, applied: [] });
      } finally {
        drop();
      }
    },
  );

  // skip: this machine lacks the server
  test.skipIf(server.url === undefined)(
    'a shift is read, ends, is corrected by the laboratory; the ledger verifies',
    { timeout: 60_000 },
    async () => {
      const database = await createDatabase('template0', server);
      expect(await migrate(database.url)).toMatchObject({ ok: true });
      const service = await LiveService.open(FILES, at('2022-03-02T00:05'), database);
      try {
        const meters = await service.person('M1', 'workshop-accountant at plant');
        const laboratory = await service.person('L1', 'laboratory at plant');
        const manager = await service.person('G1', 'manager at plant');
        const read = (...rows: string[]) => ({
          rows: rows.map((row) => {
            const [point = '', time = '', value = ''] = row.split(' ');
            return { point, time: `2022-03-02T${time}:00Z`, value };
          }),
        });
        expect(
          (await meters.post('/readings', read('W 00:00 0', 'S 00:00 0', 'W 00:04 1', 'S 00:04 0.20'))).status,
        ).toBe(201);
        await service.until(
          () => manager.get('/drafts'),
          ({ body }) => body.drafts[0]?.through === '2022-03-02T00:04:00.000Z',
        );
        await service.live.turnTo(at('2022-03-02T08:01'));
        await meters.post('/readings', read('W 08:00 88', 'S 08:00 24.00'));
        const posted = await service.until(
          () => manager.get(SHIFT),
          ({ status, body }) => status === 200 && body.sheet.counted.quantities.water === '88.0',
        );
        expect(posted.body).toMatchObject({ state: 'provisional', gainFen: 24_000 + 4000 });
        const sampled = await laboratory.post('/samples', {
          rows: [{ id: 'd1', point: 'D', time: '2022-03-02T04:00:00Z', value: '1.300' }],
        });
        expect(sampled.status).toBe(201);
        const settled = await service.until(
          () => manager.get(SHIFT),
          ({ body }) => body.gainFen === 28_000 + 8800,
        );
        expect(settled.body.state).toBe('final');
        const { db, plantId } = service.live;
        await service.until(
          () => workLeft(db, plantId),
          (left) => left === '',
        );
        expect(await settleCold(db, plantId)).toEqual([]);
        expect(await findWrong(db, plantId, 'p')).toEqual([]);
        expect((await verifyLedger(db, plantId, 'p')).settledAgain).toBeGreaterThanOrEqual(2);
        expect(service.troubles).toEqual([]);
      } finally {
        await service.close();
      }
    },
  );
});
