// A line valued again under another price is the sheet's own amount, to the fen; and teams valued so are ranked.
import { expect, test } from 'vitest';
import { type AmountScale, amountFen, amountScale, ratio, stepOf } from '../quantity.ts';
import { rankScores, replayLine } from './replay.ts';

const step = (places: number) => stepOf(ratio(1, 10 ** places));
// Tonnes at 0.1, prices at 0.0001 yuan: 1000 steps × price steps are a fen.
const SCALE = amountScale(step(1), step(4));

const replay = (
  rows: readonly (readonly [allowed: number, used: number])[],
  price: number,
  sign: 1 | -1,
  scale: AmountScale = SCALE,
): { fen: number[]; gains: number[] } => {
  const allowed = Float64Array.from(rows, ([a]) => a);
  const used = Float64Array.from(rows, ([, u]) => u);
  const fen = new Float64Array(rows.length);
  const gains = new Float64Array(rows.length).fill(7);
  replayLine({ stream: 's', allowed, used, sign, scale }, price, fen, gains);
  return { fen: [...fen], gains: [...gains] };
};

test('an input earns what it was allowed less what it used, an output the reverse; gains are added to', () => {
  expect(replay([[469, 390]], 40_000, 1)).toEqual({ fen: [3160], gains: [3167] });
  expect(replay([[800, 955]], 100_000, -1)).toEqual({ fen: [15_500], gains: [15_507] });
  expect(replay([[469, 390]], -40_000, 1).fen).toEqual([-3160]);
});

test('both amounts are rounded half-even before the difference', () => {
  // 0.5 → 0, 1.5 → 2, 2.5 → 2 fen: a difference of one step may be 2 fen, or none.
  const at = (allowed: number, used: number): number => replay([[allowed, used]], 500, 1).fen[0] as number;
  expect([at(1, 0), at(3, 1), at(5, 3), at(3, 5)]).toEqual([0, 2, 0, 0]);
  expect([at(-1, 0), at(-3, -1)].map((fen) => fen + 0)).toEqual([0, -2]);
});

test('where a product is too large for a double, the amount is still exact', () => {
  const large = 2 ** 30 + 1;
  const price = 2 ** 30 - 1;
  for (const [allowed, used] of [
    [large, 0],
    [0, large],
    [-large, 0],
    [0, -large],
    [large, large - 1],
    [3, 5],
  ] as const)
    for (const scale of [SCALE, amountScale(stepOf(ratio(3, 10)), step(4))]) {
      const exact = amountFen(allowed, price, scale) - amountFen(used, price, scale);
      expect(replay([[allowed, used]], price, 1, scale).fen).toEqual([exact]);
    }
});

test('ranks: by gain per hour, equal ones share a rank, a team without hours has none', () => {
  const ranks = (gains: number[], hours: number[], from?: number, to?: number): number[] => {
    const out = new Uint8Array(gains.length).fill(9);
    rankScores(gains, hours, out, from, to);
    return [...out];
  };
  expect(ranks([80, 160, 0, 90], [8, 16, 8, 8])).toEqual([2, 2, 4, 1]);
  expect(ranks([-80, -40, 500], [8, 8, 0])).toEqual([2, 1, 0]);
  expect(ranks([30, 10, 20], [8, 8, 8], 1)).toEqual([9, 2, 1]);
  expect(ranks([30, 10, 20], [8, 8, 8], 0, 2)).toEqual([1, 2, 9]);
});
