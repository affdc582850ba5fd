// What is learnt while something older is still on its way: it is neither settled too early nor forgotten.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LogBuilder } from '../../src/readings.ts';
import { learn } from '../../src/store/plants.ts';
import { latestVouchers } from '../../src/store/vouchers.ts';
import { filesOf } from '../small-plant.ts';
import { LivePlant } from './live-plant.ts';

const FILES = filesOf({
  streams: ['water: {role: output, unit: t, point: W, budget: 10 t/h}'],
  points: ['W: {kind: counter, unit: t, step: 0.1, gap: 9 h}'],
  prices: ['water 10'],
  readings: 'W 00:00 0',
});
const at = (text: string): number => Date.parse(`2022-03-02T${text}Z`);
let live: LivePlant;

beforeAll(async () => {
  live = await LivePlant.open(FILES, at('08:10'));
});
afterAll(() => live?.close());

const read = (time: string, value: number): Promise<void> => {
  const log = new LogBuilder();
  log.add(0, at(time), value, 0, 0);
  return live.teach(log.take());
};
const water = async (): Promise<string | undefined> => {
  const latest = await latestVouchers(live.db, live.plantId, 'sheet', ['u/2022-03-02/夜']);
  const record = latest.get('u/2022-03-02/夜')?.record;
  return record === undefined ? undefined : JSON.parse(record).counted.quantities.water;
};

test('a settling as of before it leaves it, says so, and the next one takes it up', async () => {
  await read('00:00', 0);
  await read('08:00', 800);
  expect((await live.settle()).map(({ later }) => later)).toEqual([false]);
  expect(await water()).toBe('80.0');
  // An arrival that has announced itself and takes long: nothing later may be settled while it is on its way.
  let done = (): void => {};
  const announced = Promise.withResolvers<void>();
  const slow = live.db.transaction(async (tx) => {
    await learn(tx, live.plantId);
    announced.resolve();
    await new Promise<void>((resolve) => {
      done = resolve;
    });
  });
  await announced.promise;
  await new Promise((resolve) => setTimeout(resolve, 5));
  await read('08:00', 880);
  expect((await live.settle()).map(({ posted, later }) => [posted, later])).toEqual([[0, true]]);
  expect(await water()).toBe('80.0');
  done();
  await slow;
  expect((await live.settle()).map(({ posted, later }) => [posted, later])).toEqual([[1, false]]);
  expect(await water()).toBe('88.0');
});
