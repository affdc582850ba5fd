// Settling never throws, whatever the readings and facts say: a damaged plant that is still a plant gives sheets whose
// lines sum to V − V_B, or sheets without amounts and with a notice.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readReadings } from '../src/connect/readings.ts';
import { readPlant } from '../src/plant.ts';
import { simulatePlant } from '../src/simulate/plant.ts';
import {
  explainLine,
  hashInputs,
  openBooks,
  type Part,
  settleShift,
  sheetRecord,
  shiftsBetween,
} from '../src/statement.ts';
import { memoryFile } from './bad-input/judge.ts';

const worked = join(import.meta.dirname, '..', 'examples', 'worked');
const EXTREMES = [
  '0',
  '-1',
  '999999999999',
  '9007199254740993',
  '-123456789012345',
  '1e15',
  '0.0000001',
  '99999999',
  '2022-03-01 08:00',
  '',
];

function chance(seed: number): (below: number) => number {
  let state = seed * 2654435761;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 3266489917) >>> 0;
    return state % below;
  };
}

/** Some figures of the tables and readings replaced by extreme ones, rows dropped, doubled and put elsewhere. */
function damage(files: ReadonlyMap<string, string>, random: (below: number) => number): Map<string, string> {
  const out = new Map(files);
  for (let n = 0; n < 3; n += 1) {
    const tables = [...out.keys()].filter((name) => name.endsWith('.csv') || name === 'plant.yaml');
    const name = tables[random(tables.length)]!;
    const rows = out.get(name)!.split('\n');
    const at = 1 + random(Math.max(1, rows.length - 1));
    const extreme = EXTREMES[random(EXTREMES.length)]!;
    const kind = random(4);
    if (kind === 0) rows.splice(at, 1);
    else if (kind === 1) rows.splice(random(rows.length), 0, rows[at] ?? '');
    else rows[at] = (rows[at] ?? '').replace(/(?<=[,: ])-?\d+(\.\d+)?(?=[,} ]|$)/, extreme);
    out.set(name, rows.join('\n'));
  }
  return out;
}

function judge(part: Part | undefined): void {
  if (!part?.complete) return;
  const lines = part.lines.reduce((sum, line) => sum + line.fen, 0);
  expect(lines).toBe(part.valueFen - part.budgetValueFen);
  expect(part.crewGainFen + part.companyFen).toBe(lines);
  for (const line of part.lines) expect(Number.isSafeInteger(line.fen)).toBe(true);
}

test('a damaged plant is refused, or settled to sheets that add up', { timeout: 120_000 }, async () => {
  const example = new Map(
    readdirSync(worked)
      .filter((name) => /\.(yaml|csv)$/.test(name))
      .map((name) => [name, readFileSync(join(worked, name), 'utf8')]),
  );
  let settled = 0;
  let without = 0;
  for (let seed = 1; seed <= 240; seed += 1) {
    const random = chance(seed);
    const files = damage(seed % 3 === 0 ? simulatePlant(seed).files : example, random);
    const { plant, facts } = readPlant(new Map([...files].filter(([name]) => !name.startsWith('readings'))));
    if (!plant || !facts) continue;
    const readings = [...files]
      .filter(([name]) => name.startsWith('readings'))
      .map(([name, text]) => memoryFile(name, Buffer.from(text)));
    const { log, samples } = await readReadings(plant, readings);
    const first = log.length === 0 ? 0 : plant.zone.dayAt(log.time[0]!);
    for (const asOf of [Number.POSITIVE_INFINITY, log.time[log.length >> 1] ?? 0]) {
      const books = openBooks(plant, { ...facts, samples: [...facts.samples, ...samples] }, log, asOf);
      for (const shift of shiftsBetween(books, first - 1, first + 2)) {
        const sheet = settleShift(books, shift);
        for (const part of [sheet.counted, sheet.excluded]) {
          judge(part);
          for (const line of part?.lines ?? []) explainLine(books, sheet, part!, line);
          if (part?.complete) settled += 1;
          else if (part) without += 1;
        }
        JSON.stringify(sheetRecord(sheet));
        hashInputs(books, sheet);
      }
    }
  }
  // Both must really have happened, or the test has judged nothing.
  expect(settled).toBeGreaterThan(200);
  expect(without).toBeGreaterThan(50);
});
