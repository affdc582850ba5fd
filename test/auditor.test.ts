// The auditor is itself checked: against plants worked by hand, and on months from its own seeds.
import { describe, expect, test } from 'vitest';
import { AUDITOR, casesFor } from './auditor/audit-cases.ts';
import { checkInvariants, FIRST, LAST, syntheticMonth } from './auditor/synthetic-month.ts';
import { compareMonth } from './plant-months/compare.ts';

describe('worked by hand', () => {
  test.each(Object.entries(casesFor(AUDITOR, new URL('../examples/worked/', import.meta.url))))('%s', (_name, run) =>
    run(),
  );
});

test('parts sum, order and doubled rows change nothing, both sides of a flow agree', () => {
  expect(checkInvariants(1).length).toBeGreaterThan(100);
});

test.each([1, 2, 3])("the engine agrees on the auditor's own month %i", (seed) => {
  const { files, readings } = syntheticMonth(seed);
  const texts = readings.map((text, i): [string, string] => [`readings-${i}.csv`, text]);
  const month = { files: new Map([...files, ...texts]), from: FIRST, to: LAST, instants: ['2022-03-16T03:20:00Z'] };
  expect(compareMonth(month, true, false)).toEqual([]);
});
