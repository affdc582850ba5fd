// Simulated plant-months, told by the engine and by the independent auditor: every field of every sheet, every posting and
// rank must be the same; of some seeds also as of instants before and after something became known.
// `npm run soak:simulate` does the same to ten thousand.
import { expect, test } from 'vitest';
import { runTasks } from './plant-months/run.ts';

const SEEDS = 200;
const isAsOf = (seed: number): boolean => seed % 6 === 0;

test(`engine and auditor agree on ${SEEDS} plant-months`, { timeout: 600_000 }, async () => {
  const tasks = Array.from({ length: SEEDS }, (_, i) => ({ seed: i + 1, asOf: isAsOf(i + 1) }));
  const verdicts = await runTasks(tasks, 2);
  expect(verdicts).toHaveLength(SEEDS);
  const told = verdicts.flatMap(({ seed, differences }) =>
    differences.slice(0, 3).map((text) => `seed ${seed}: ${text}`),
  );
  expect(told).toEqual([]);
});
