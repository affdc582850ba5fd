// What comes in at the same time: nothing is lost, nothing stands twice, and nobody is turned away.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LogBuilder } from '../../src/readings.ts';
import { teachReadings } from '../../src/work/teach.ts';
import { filesOf } from '../small-plant.ts';
import { LivePlant } from './live-plant.ts';

const FILES = filesOf({
  streams: ['water: {role: output, unit: t, point: W, budget: 10 t/h}'],
  points: ['W: {kind: counter, unit: t, step: 0.1, gap: 9 h}'],
  prices: ['water 10'],
  readings: 'W 00:00 0',
});
const AT = Date.parse('2022-03-02T00:05:00Z');
let live: LivePlant;
beforeAll(async () => {
  live = await LivePlant.open(FILES, AT);
  await live.plants.refresh(live.db);
});
afterAll(() => live?.close());

const rows = (...values: readonly number[]) => {
  const log = new LogBuilder();
  for (const [i, value] of values.entries()) log.add(0, AT - i * 1000, value, 0, 0);
  return log.take();
};
const count = async (): Promise<number> =>
  (
    await live.db.rows<{ count: number }>('select count(*) as count from readings where plant_id = $1', live.plantId)
  )[0]!.count;

test('the same row from twenty callers at once', async () => {
  const told = await Promise.all(
    Array.from({ length: 20 }, () =>
      live.db.transaction((tx) =>
        teachReadings({ db: live.db, plants: live.plants }, tx, rows(1, 2, 3), { author: undefined, source: 'test' }),
      ),
    ),
  );
  // Learnt at one instant, it is one row; learnt again later, another.
  const instants = new Set(told.map(({ learnt }) => learnt));
  expect(await count()).toBe(3 * instants.size);
  expect(told.reduce((sum, { rows: added }) => sum + added, 0)).toBe(3 * instants.size);
});

test('a row that stands twice in what comes in is one row', async () => {
  const before = await count();
  const log = new LogBuilder();
  for (let i = 0; i < 5; i += 1) log.add(0, AT - 60_000, 7, 0, 0);
  await live.teach(log.take());
  expect(await count()).toBe(before + 1);
});
