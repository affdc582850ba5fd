// Fourteen short plants that between them have nearly everything a plant may have, told as by the auditor. Quick enough for
// every mutant; test/plant-months.test.ts asks hundreds.
import { expect, test } from 'vitest';
import { compareSeed } from '../../test/plant-months/compare.ts';

test.each([336, 245, 117, 328, 362, 123, 325, 332, 323, 248, 143, 203, 360, 77])('plant %i', (seed) => {
  expect(compareSeed(seed, false)).toEqual([]);
});

test.each([336, 362])('plant %i as of its instants', (seed) => {
  expect(compareSeed(seed, true)).toEqual([]);
});
