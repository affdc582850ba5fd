// Files in: a table of one kind judged and taken, every refused row told with its place; and files out: what stands, as rows of
// such a table. The register of people has its own rows (src/http), which know who may change whom.

import { decode } from '../connect/encoding.ts';
import { standardFigures } from '../connect/standard-figures.ts';
import type { Cells, Kind, Table } from '../connect/templates.ts';
import { formatLocal, type Plant, Problems, readTable, TABLES } from '../plant.ts';
import { formatRatio, formatSteps, HOUR_MS } from '../quantity.ts';
import { standingFacts, standingReadings } from '../store/as-stands.ts';
import { standingAttendance } from '../store/attendance.ts';
import type { Queryable } from '../store/database.ts';
import { modelFiles } from '../store/plants.ts';
import { type Bringing, type Intake, Judgement, type Taken } from './files/intake.ts';
import { bringModelTable, bringStandards } from './files/model-in.ts';
import { bringAttendance, bringPastResults } from './files/people-in.ts';
import { bringReadings, bringSamples } from './files/rows-in.ts';
import type { Plants } from './plants.ts';

export { type Bringing, type Intake, Judgement, type RowProblem } from './files/intake.ts';
export { ModelRefused, StaleModel } from './files/model-in.ts';

export type TaughtKind = Exclude<Kind, 'people'>;

/**
 * Takes the rows of a table; with `dryRun` says what would be taken. Throws `ModelRefused` when rows that are right by themselves
 * make a model that does not stand, and `StaleModel` when another version was saved meanwhile.
 */
export async function bringTable(kind: TaughtKind, bringing: Bringing, table: Table): Promise<Intake> {
  const judgement = new Judgement(table.problems);
  return judgement.intake(await take(kind, bringing, table, judgement));
}

function take(kind: TaughtKind, bringing: Bringing, { rows }: Table, judgement: Judgement): Promise<Taken> {
  switch (kind) {
    case 'readings':
      return bringReadings(bringing, rows, judgement);
    case 'samples':
      return bringSamples(bringing, rows, judgement);
    case 'prices':
    case 'budgets':
      return bringModelTable(`${kind}.csv`, bringing, rows, judgement);
    case 'standards':
      return bringStandards(bringing, rows, judgement);
    case 'attendance':
      return bringAttendance(bringing, rows, judgement);
    case 'history':
      return bringPastResults(bringing, rows, judgement);
  }
}

// ── out ────────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Asked {
  readonly plants: Plants;
  readonly plant: Plant;
  /** Instants: from … before to. */
  readonly from: number;
  readonly to: number;
  readonly points: readonly string[];
  readonly teams: readonly string[] | undefined;
  /** The most rows of readings, samples or attendance. */
  readonly limit: number;
}

/** What stands of a kind, as rows that come back unchanged. Past results are listed, not sent back. */
export async function standingRows(db: Queryable, kind: TaughtKind, asked: Asked): Promise<Cells[]> {
  const { plants, plant } = asked;
  switch (kind) {
    case 'readings':
      return readingRows(db, asked);
    case 'samples':
      return (await standingFacts(db, plants.plantId, { ...asked, kind: 'samples.csv' }, asked.limit)).map(
        ({ cells }) => cells,
      );
    case 'prices':
    case 'budgets': {
      const name = `${kind}.csv`;
      const bytes = (await filesOf(db, plants)).get(name);
      const decoded = bytes && decode(bytes);
      if (!decoded?.ok) return [];
      return readTable(name, decoded.text, TABLES[name]!, new Problems()).map(({ cells }) => cells as Cells);
    }
    case 'standards':
      return standardFigures(await filesOf(db, plants)).map((one) => ({
        ...one,
        measure: one.measure || measureOf(plant, one),
      }));
    case 'attendance': {
      const day = (at: number): string => formatLocal(at, plant.zone).slice(0, 10);
      const filter = { from: day(asked.from), to: day(asked.to - 1), teams: asked.teams };
      return (await standingAttendance(db, plants.plantId, filter, asked.limit)).map((row) => ({
        staff_number: row.staffNumber ?? '',
        name: row.name ?? '',
        day: row.day,
        shift: row.shift,
        team: row.team,
        kind: row.kind,
        hours: formatRatio({ n: BigInt(row.hours), d: 100n }, 2).replace(/\.?0+$/, ''),
        instead_of: row.insteadOfNumber ?? '',
        reason: row.reason,
      }));
    }
    case 'history':
      return [];
  }
}

async function filesOf(db: Queryable, plants: Plants): Promise<Map<string, Buffer>> {
  const version = plants.newest?.version;
  return version === undefined ? new Map() : modelFiles(db, plants.plantId, version);
}

/** `t/t`, of a figure that was written without. */
function measureOf(
  plant: Plant,
  { unit, stream, driver, part }: { unit: string; stream: string; driver: string; part: string },
): string {
  const streams = plant.units.get(unit)?.streams ?? [];
  const own = streams.find(({ id }) => id === stream)?.measure.text;
  const per = part === 'hour' ? 'h' : streams.find(({ id }) => id === driver)?.measure.text;
  return own === undefined || per === undefined ? '' : `${own}/${per}`;
}

async function readingRows(db: Queryable, { plants, plant, points, from, to, limit }: Asked): Promise<Cells[]> {
  const places = plants.places(plant);
  const numbers = plants.numbersOf(new Set(points)).map(({ point }) => point);
  const rows = await standingReadings(db, plants.plantId, { points: numbers, from, to }, limit);
  return rows.flatMap(({ point: number, at, value, quality }) => {
    const place = places.get(number);
    const point = place && plant.points[place.index];
    if (!point) return [];
    const steps = place.convert ? place.convert(value) : value;
    return [
      {
        point: point.id,
        time: wallText(at, plant),
        value: formatSteps(steps, point.step),
        quality: (['good', 'uncertain', 'bad'] as const)[quality] ?? 'bad',
      },
    ];
  });
}

/** An instant as the plant's clock shows it; with its offset where the clock shows it twice. */
export function wallText(at: number, plant: Plant): string {
  const local = new Date(at + plant.zone.offsetAt(at)).toISOString();
  const seconds = local.slice(17, 23);
  const clock =
    seconds === '00.000' ? local.slice(11, 16) : seconds.endsWith('.000') ? local.slice(11, 19) : local.slice(11, 23);
  const day = plant.zone.dayAt(at);
  const ms = (((at + plant.zone.offsetAt(at)) % (24 * HOUR_MS)) + 24 * HOUR_MS) % (24 * HOUR_MS);
  return plant.zone.at(day, ms).falls === 'once' ? `${local.slice(0, 10)} ${clock}` : new Date(at).toISOString();
}
