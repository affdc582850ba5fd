// The arithmetic that an explanation writes out must really give the line: its amounts are added up here as a reader would.
import { expect, test } from 'vitest';
import { ENGINE } from '../../test/plant-months/compare.ts';
import { loadPlant } from '../../test/plant-months/engine.ts';
import { parseDay } from '../plant.ts';
import { simulatePlant } from '../simulate/plant.ts';
import { explainLine, type Figure, openBooks, type Saying, settleShift, shiftsBetween } from '../statement.ts';

const fenOf = (argument: Saying['args'][string] | undefined): number =>
  Math.round(Number((argument as Figure).text.replace('−', '-').replace('+', '')) * 100);

test('the amounts under a line of the chain sum to the line', () => {
  let checked = 0;
  for (let seed = 1; seed <= 25; seed += 1) {
    const { files, from, to } = simulatePlant(seed);
    const { plant, facts, log } = loadPlant(ENGINE, files);
    const [first, last] = [parseDay(from) ?? 0, parseDay(to) ?? 0];
    const books = openBooks(plant, facts, log, Number.POSITIVE_INFINITY);
    for (const shift of shiftsBetween(books, first, last)) {
      const sheet = settleShift(books, shift);
      for (const part of [sheet.counted, sheet.excluded])
        for (const line of part?.lines ?? []) {
          const { steps } = explainLine(books, sheet, part!, line);
          const amounts = steps.filter(
            ({ code }) => code === 'step-output' || code === 'step-input' || code === 'step-stock',
          );
          const single = steps.filter(({ code }) => code === 'step-difference' || code === 'step-fee');
          if (['conditions', 'limit', 'unordered', 'output-mix', 'volume', 'stock'].includes(line.kind)) {
            expect(amounts.reduce((sum, { args }) => sum + fenOf(args.signed), 0)).toBe(line.fen);
            checked += 1;
          }
          if (line.kind === 'usage' || line.kind === 'fees')
            expect(single.map(({ args }) => fenOf(args.signed))).toEqual([line.fen]);
          if (line.kind === 'quality')
            expect(steps.reduce((sum, { args }) => sum + fenOf(args.signed), 0)).toBe(line.fen);
        }
    }
  }
  expect(checked).toBeGreaterThan(1000);
});
