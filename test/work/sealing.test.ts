// Two who seal at once: what was posted while the first one sealed is not left without a seal.
import { expect, test } from 'vitest';
import { LogBuilder } from '../../src/readings.ts';
import { countUnsealed, sealVouchers } from '../../src/store/vouchers.ts';
import { filesOf } from '../small-plant.ts';
import { LivePlant } from './live-plant.ts';

const FILES = filesOf({
  streams: ['water: {role: output, unit: t, point: W, budget: 10 t/h}'],
  points: ['W: {kind: counter, unit: t, step: 0.1, gap: 9 h}'],
  prices: ['water 10'],
  readings: 'W 00:00 0',
});

test('the second waits for the first and seals the rest', async () => {
  const at = (time: string): number => Date.parse(`2022-03-02T${time}Z`);
  const live = await LivePlant.open(FILES, at('08:10'));
  try {
    const looked = Promise.withResolvers<void>();
    let commit = (): void => {};
    const first = live.db.transaction(async (tx) => {
      const count = await sealVouchers(tx, live.plantId);
      looked.resolve();
      await new Promise<void>((resolve) => {
        commit = resolve;
      });
      return count;
    });
    await looked.promise;
    const log = new LogBuilder();
    log.add(0, at('00:00'), 0, 0, 0);
    log.add(0, at('08:00'), 800, 0, 0);
    await live.teach(log.take());
    expect((await live.settle()).map(({ posted }) => posted)).toEqual([1]);
    const second = live.db.transaction((tx) => sealVouchers(tx, live.plantId));
    await expect
      .poll(() => live.db.rows(`select 1 from pg_locks where locktype = 'advisory' and not granted`))
      .toHaveLength(1);
    commit();
    expect(await first).toBe(0);
    expect(await second).toBe(1);
    expect(await countUnsealed(live.db, live.plantId)).toBe(0);
  } finally {
    await live.close();
  }
});
