// What the engine says of a plant folder's texts: sheets, postings of periodic work, ranks, as plain records. The engine is an
// argument, so that a copy of it with a planted bug can be asked the same.
import type * as PlantWord from '../../src/plant.ts';
import type * as QuantityWord from '../../src/quantity.ts';
import type * as RankingWord from '../../src/ranking.ts';
import type * as ReadingsWord from '../../src/readings.ts';
import type * as StatementWord from '../../src/statement.ts';

export interface Engine {
  readonly quantity: typeof QuantityWord;
  readonly plant: typeof PlantWord;
  readonly readings: typeof ReadingsWord;
  readonly statement: typeof StatementWord;
  readonly ranking: typeof RankingWord;
}

export interface Asked {
  readonly from: string;
  readonly to: string;
  /** Ranks are over `rankFrom … to`. */
  readonly rankFrom: string;
  readonly asOf?: string;
}

export interface RankRecord {
  readonly league: string;
  readonly team: string;
  readonly gainFen: number;
  readonly hours: string;
  readonly score: string | null;
  readonly rank: number | null;
  readonly secondGainFen: number;
  readonly secondHours: string;
  readonly secondScore: string | null;
  readonly secondRank: number | null;
}

const QUALITY: Readonly<Record<string, number>> = { good: 0, uncertain: 1, bad: 2 };

export function loadPlant(
  engine: Engine,
  files: ReadonlyMap<string, string>,
): { plant: PlantWord.Plant; facts: PlantWord.Facts; log: ReadingsWord.Log } {
  const { plant, facts, problems } = engine.plant.readPlant(files);
  const errors = problems.filter((p) => p.severity === 'error');
  if (!plant || !facts) throw new Error(`the plant has errors: ${JSON.stringify(errors.slice(0, 3))}`);
  return { plant, facts, log: readLog(engine, plant, files) };
}

/** Every `readings*.csv`; a row without `learnt_at` was learnt when it was measured, one without a value is bad. */
function readLog(engine: Engine, plant: PlantWord.Plant, files: ReadonlyMap<string, string>): ReadingsWord.Log {
  const log = new engine.readings.LogBuilder();
  for (const [name, text] of files) {
    if (!/^readings.*\.csv$/.test(name)) continue;
    const [header = '', ...rows] = text.trim().split(/\r?\n/);
    const columns = header.split(',');
    for (const row of rows) {
      const cells = row.split(',');
      const cell = (column: string): string => cells[columns.indexOf(column)] ?? '';
      const point = plant.pointById.get(cell('point'));
      const at = engine.plant.readInstant(cell('time'), plant.zone)?.at;
      if (!point || at === undefined) throw new Error(`${name}: ${row}`);
      const value = engine.plant.readDecimal(cell('value'));
      const quality = value ? (QUALITY[cell('quality') || 'good'] as number) : 2;
      const learnt = cell('learnt_at') === '' ? at : engine.plant.readInstant(cell('learnt_at'), plant.zone)?.at;
      log.add(point.index, at, value ? engine.quantity.toSteps(value, point.step) : 0, quality, learnt ?? at);
    }
  }
  return log.take();
}

/** The first day of the accounting month of `to`, or `from` when that is later. */
export function lastMonthFrom(engine: Engine, files: ReadonlyMap<string, string>, from: string, to: string): string {
  const plant = engine.plant.readPlant(files).plant as PlantWord.Plant;
  const day = engine.plant.parseDay(to) as PlantWord.Day;
  const { first } = engine.plant.monthHolding(day, plant.monthStartsOn);
  const start = engine.plant.parseDay(from) as PlantWord.Day;
  return engine.plant.formatDay(Math.max(first, start));
}

export function askEngine(engine: Engine, loaded: ReturnType<typeof loadPlant>, asked: Asked) {
  const { plant, facts, log } = loaded;
  const { openBooks, periodicPostings, settleShift, sheetRecord, shiftsBetween, fractionText } = engine.statement;
  const asOf =
    asked.asOf === undefined ? Number.POSITIVE_INFINITY : engine.plant.readInstant(asked.asOf, plant.zone)?.at;
  if (asOf === undefined) throw new Error(`as of ${asked.asOf}`);
  const books = openBooks(plant, facts, log, asOf);
  const [from, to, rankFrom] = [asked.from, asked.to, asked.rankFrom].map(
    (day) => engine.plant.parseDay(day) as PlantWord.Day,
  ) as [number, number, number];
  const settled = new Map<string, StatementWord.Sheet>();
  const settle = (shift: PlantWord.Shift): StatementWord.Sheet => {
    const key = `${shift.unit} ${shift.from} ${shift.crew}`;
    const sheet = settled.get(key) ?? settleShift(books, shift);
    settled.set(key, sheet);
    return sheet;
  };
  const sheets = shiftsBetween(books, from, to).map(settle);
  const postings = periodicPostings(books, from, to, settle);
  const { monthHolding } = engine.plant;
  const month = monthHolding(rankFrom, plant.monthStartsOn);
  const before = monthHolding(month.first - 1, plant.monthStartsOn);
  const prior = shiftsBetween(books, before.first, rankFrom - 1).map(settle);
  const period = { kind: 'month-to-date', first: rankFrom, last: to } as const;
  const ranks: RankRecord[] = engine.ranking.rankTeams(plant, period, sheets, prior, postings).flatMap((board) =>
    board.rows.map((row) => ({
      league: board.league,
      team: row.team,
      gainFen: row.gainFen,
      hours: fractionText(row.hours),
      score: row.score ? fractionText(row.score) : null,
      rank: row.rank ?? null,
      secondGainFen: row.restored.gainFen,
      secondHours: fractionText(row.restored.hours),
      secondScore: row.restored.score ? fractionText(row.restored.score) : null,
      secondRank: row.restored.rank ?? null,
    })),
  );
  return {
    sheets: sheets.map(sheetRecord),
    postings: postings.map(({ day, forDay, fen, cycle: _, ...rest }) => ({
      ...rest,
      day: engine.plant.formatDay(day),
      forDay: engine.plant.formatDay(forDay),
      amountFen: fen,
    })),
    ranks,
  };
}
