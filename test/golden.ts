// Golden results of the examples: `npm run unit -- test/examples.test.ts --update` rewrites them, a missing one fails. And the
// way from an example's texts and rows to sheets and boards, as the command goes it.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { readFolder, readingFiles } from '../src/connect/folder.ts';
import { fileAt, type ReadingFile, readReadings } from '../src/connect/readings.ts';
import { type Day, formatDay, type Plant, type Problem, parseDay, readPlant, type Unit } from '../src/plant.ts';
import { type Board, periodHolding, rankTeams } from '../src/ranking.ts';
import { type Books, fractionText, openBooks, type Sheet, settleShift, shiftsBetween } from '../src/statement.ts';

export const home = dirname(import.meta.dirname);

export interface Example {
  readonly plant: Plant;
  readonly books: Books;
  readonly problems: readonly Problem[];
}

/** Opens texts of a plant (file name → text) with files of readings, everything learnt. */
export async function openTexts(texts: ReadonlyMap<string, string>, files: readonly ReadingFile[]): Promise<Example> {
  const { plant, facts, problems } = readPlant(texts);
  if (!plant || !facts) throw new Error(`no plant: ${JSON.stringify(problems.slice(0, 3))}`);
  const read = await readReadings(plant, files);
  const books = openBooks(plant, { ...facts, samples: [...facts.samples, ...read.samples] }, read.log, Infinity);
  return { plant, books, problems: [...problems, ...read.problems] };
}

/** Opens `examples/<name>`; `data` names files that lie elsewhere. */
export async function openExample(name: string, data: readonly string[] = []): Promise<Example> {
  const path = join(home, 'examples', name);
  const folder = await readFolder(path);
  const { plant } = readPlant(folder.texts);
  const own = plant ? readingFiles(folder.names, plant).map((file) => join(path, file)) : [];
  return openTexts(
    folder.texts,
    [...own, ...data].map((file) => fileAt(file)),
  );
}

/** Text in pieces as a file of readings; it is read more than once. */
export const asFile = (name: string, pieces: () => Iterable<string>): ReadingFile => ({
  name,
  async *bytes() {
    for (const piece of pieces()) yield Buffer.from(piece);
  },
});

export const day = (text: string): Day => parseDay(text) as Day;

/** The sheets of the accounting days `first … last`, of some units or all. */
export function settleDays({ books, plant }: Example, first: string, last: string, units?: readonly string[]): Sheet[] {
  const own = units?.map((id) => plant.units.get(id) as Unit) ?? plant.units.values();
  return shiftsBetween(books, day(first), day(last), own).map((shift) => settleShift(books, shift));
}

export function rankDay(example: Example, text: string): Board[] {
  return rankTeams(example.plant, periodHolding(example.plant, 'day', day(text)), settleDays(example, text, text));
}

/** Boards as plain JSON: exact fractions, no names. */
export const boardRecords = (boards: readonly Board[]): unknown =>
  boards.map(({ league, period, rows }) => ({
    league,
    from: formatDay(period.first),
    to: formatDay(period.last),
    rows: rows.map((row) => ({
      rank: row.rank ?? null,
      team: row.team,
      standing: row.standing,
      gainFen: row.gainFen,
      hours: fractionText(row.hours),
      score: row.score ? fractionText(row.score) : null,
      restored: { rank: row.restored.rank ?? null, gainFen: row.restored.gainFen },
      excludedShare: fractionText(row.excludedShare),
      streams: Object.fromEntries(row.streams.map((s) => [`${s.unit} ${s.key}`, s.fen])),
      gapFen: row.gap?.fen ?? null,
    })),
  }));

/** Holds a result to `examples/<example>/golden/<name>.json`. */
export async function expectGolden(example: string, name: string, result: unknown): Promise<void> {
  const file = join(home, 'examples', example, 'golden', `${name}.json`);
  const { snapshotState } = expect.getState() as unknown as { snapshotState: { readonly _updateSnapshot: string } };
  if (snapshotState._updateSnapshot !== 'all' && !existsSync(file))
    throw new Error(`no golden result examples/${example}/golden/${name}.json: write it with --update`);
  await expect(`${JSON.stringify(result, undefined, 2)}\n`).toMatchFileSnapshot(file);
}
