// The example refinery of `crewledger start`: a year of 2022 read in once, a plant clock that stands near its end and goes on
// from there. All of it is made up, and says so.
import { generateRefinery, type ReadingRow, type Refinery, readingsText } from '../../examples/refinery/generate.ts';
import type { Database } from '../store/database.ts';
import { bringHistory, type Seeded, type SeedProgress } from '../work/seed.ts';

/** The day on which the clock is set at the first start, and the end of what there is. */
const TODAY = Date.UTC(2022, 11, 27, 16);
export const LAST_DAY = '2022-12-31';
const LIVE_DAYS = 4;
/** Of the days that are still to come, every so many minutes are read. */
const GRAIN_MINUTES = 10;
const DAY_MS = 86_400_000;

/** As examples/refinery names itself. */
export const EXAMPLE_ID = 'refinery';

/** Minutes of the live days are many: a row every ten is enough to see a shift move. */
function* thinned(rows: Iterable<ReadingRow>): Generator<ReadingRow> {
  for (const row of rows) if (Number(row.time.slice(14, 16)) % GRAIN_MINUTES === 0) yield row;
}

/** Brings the example in, if it is not there yet; the clock then shows this time of day on 2022-12-28. */
export function bringExample(
  db: Database,
  teams: number,
  onProgress: (progress: SeedProgress) => void,
): Promise<Seeded> {
  const refinery: Refinery = generateRefinery({ teams, from: '2022-01-01', days: 365, minuteDays: LIVE_DAYS });
  const bytes = async function* (): AsyncGenerator<Uint8Array> {
    for (const text of readingsText(thinned(refinery.readings))) yield Buffer.from(text);
  };
  const sinceMidnight = (Date.now() + 8 * 3_600_000) % DAY_MS;
  return bringHistory(db, {
    texts: refinery.files,
    readings: [{ name: 'readings.csv', bytes }],
    clockOffsetMs: Math.round(TODAY + sinceMidnight - Date.now()),
    onProgress,
  });
}
