import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findFarOutside } from './far-outside.ts';

const cases: readonly [what: string, figures: string, outside: string][] = [
  ['a decimal point slipped', '70 75 80 80 70 75 80 7 65 80', '7'],
  ['two slips, up and down', '70 75 80 80 70 75 80 7 65 80 800 70 75 80 80 70 75 80 70 65 75', '7 800'],
  ['the same slip twice hides neither', '70 75 80 80 70 75 80 7 65 80 7 70 75 80 80 70 75 80 70 65 75', '7 7'],
  ['a spell of low targets is no slip', '80 80 75 80 35 50 80 75 80 80 75 80', ''],
  ['a series that goes up and down by nature', '1 3 9 27 81 243 729 2187 6561 19683', ''],
  ['a revision', '106 106 106 106 106 106 106 106 106 120', ''],
  ['constant but for one', '106 106 106 106 106 106 106 106 106 10.6', '10.6'],
  ['constant', '5 5 5 5 5 5 5 5 5 5', ''],
  ['half of them elsewhere: two series, not slips', '1 1 1 1 1 100 100 100 100 100', ''],
  ['zeros are not judged', '0 0 70 75 80 80 70 75 80 65 80', ''],
  ['too few to tell', '70 75 80 7', ''],
  ['a series of nothing', '', ''],
];

describe('far outside its own series', () => {
  test.each(cases)('%s', (_, figures, outside) => {
    const values = figures === '' ? [] : figures.split(' ').map(Number);
    expect(findFarOutside(values).map(({ index }) => values[index])).toEqual(
      outside === '' ? [] : outside.split(' ').map(Number),
    );
  });

  test('the score is the modified z-score of logarithms', () => {
    // ln: median 0, absolute deviations 0 ×4, 1 ×4, 3: their median 1, so 0.6745 × 3.
    const e = Math.E;
    expect(findFarOutside([1, 1, 1, 1, e, e, 1 / e, 1 / e, e ** 3])).toEqual([]);
    const [found] = findFarOutside([1, 1, 1, 1, e, e, 1 / e, 1 / e, e ** 6]);
    expect(found?.index).toBe(8);
    expect(found?.score).toBeCloseTo(0.6745 * 6, 9);
    expect(found?.median).toBe(1);
  });

  test('the order of the series does not matter', () => {
    const series = fc.array(fc.integer({ min: 1, max: 10_000 }), { maxLength: 40 });
    fc.assert(
      fc.property(series, (values) => {
        const told = (list: readonly number[]): number[] =>
          findFarOutside(list)
            .map(({ index }) => list[index]!)
            .sort((a, b) => a - b);
        expect(told([...values].sort((a, b) => a - b))).toEqual(told(values));
      }),
    );
  });
});
