import { describe, expect, test } from 'vitest';
import { chanceOf } from './chance.ts';
import { fixed, formatBetween, formatUnits, onStep, stepOf } from './decimal.ts';

describe('chance', () => {
  test('the draws of a seed are these on every machine', () => {
    const chance = chanceOf(20220301);
    expect(Array.from({ length: 8 }, () => chance.int(0, 999_999))).toMatchInlineSnapshot(`
      [
        51650,
        944203,
        40230,
        81591,
        319082,
        304564,
        199699,
        891370,
      ]
    `);
    expect(chance.fork('steam').noise()).toMatchInlineSnapshot(`-1.1412305591069287`);
  });

  test('forks depend on seed and label only, not on what was drawn before', () => {
    const [early, late] = [chanceOf(5), chanceOf(5)];
    late.int(0, 9);
    expect(late.fork('a').int(0, 1e9)).toBe(early.fork('a').int(0, 1e9));
    expect(early.fork('a').int(0, 1e9)).not.toBe(early.fork('b').int(0, 1e9));
    expect(chanceOf(5 + 2 ** 33).int(0, 1e9)).not.toBe(chanceOf(5).int(0, 1e9));
  });

  test('noise has mean 0 and deviation 1, whole numbers are even', () => {
    const chance = chanceOf(1);
    const draws = Array.from({ length: 40_000 }, () => chance.noise());
    const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
    const variance = draws.reduce((sum, x) => sum + (x - mean) * (x - mean), 0) / draws.length;
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.abs(variance - 1)).toBeLessThan(0.03);
    const counts = [0, 0, 0, 0, 0, 0];
    for (let i = 0; i < 60_000; i += 1) counts[chance.int(0, 5)]! += 1;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400);
    expect(chance.shuffle([1, 2, 3, 4]).sort()).toEqual([1, 2, 3, 4]);
  });
});

describe('decimals', () => {
  test.each`
    text                                       | expected
    ${formatUnits(-1250, 2)}                   | ${'-12.50'}
    ${formatUnits(5, 3)}                       | ${'0.005'}
    ${onStep(10.13, stepOf('0.25'))}           | ${'10.25'}
    ${onStep(101, stepOf('5'))}                | ${'100'}
    ${formatBetween(41, stepOf('0.25'), 500)}  | ${'10.37500'}
    ${formatBetween(7, stepOf('0.001'), -499)} | ${'0.006501'}
    ${fixed(2.675, 2)}                         | ${'2.68'}
  `('$expected', ({ text, expected }) => expect(text).toBe(expected));
});
