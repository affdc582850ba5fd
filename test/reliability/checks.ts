// What must hold of a plant's database after anything: each acknowledged row is there once, nothing else is, no job is stuck, the
// ledger verifies and says what the engine says that is told everything at once. Judged from the rows themselves.
import { parseDay } from '../../src/plant.ts';
import type { Database } from '../../src/store/database.ts';
import { addTouches } from '../../src/store/facts.ts';
import { readStandings } from '../../src/store/standings.ts';
import { countUnsealed, latestVouchers } from '../../src/store/vouchers.ts';
import { Plants } from '../../src/work/plants.ts';
import { settleGroup } from '../../src/work/settle.ts';
import { verifyLedger } from '../../src/work/verify.ts';
import { Windows } from '../../src/work/window.ts';
import { booksOf, recordIn } from '../work/live-plant.ts';
import type { Acknowledged } from './poster.ts';

export interface Kept {
  /** Rows that were acknowledged, and how many of them the database lacks or has more than once. */
  readonly rows: number;
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  /** Rows in the database that nobody was told of. */
  readonly unasked: readonly string[];
}

/** Holds what was acknowledged against what stands. */
export async function compareKept(db: Database, plantId: number, told: readonly Acknowledged[]): Promise<Kept> {
  const wanted = told.flatMap(({ kind, rows, learnt, refused }) =>
    rows
      .filter((_, i) => !refused.includes(i + 1))
      .map((row) => {
        const name = kind === 'readings' ? `${row.point} ${new Date(row.time ?? '').toISOString()}` : row.id;
        return `${kind} ${name} at ${new Date(learnt).toISOString()}`;
      }),
  );
  const readings = await db.rows<{ id: string; at: number; learnt: number }>(
    `select p.id, r.at, r.learnt from readings r join points p using (plant_id, point)
      where r.plant_id = $1 and exists (select from arrivals a where a.plant_id = r.plant_id and a.learnt = r.learnt and a.source = 'http')`,
    plantId,
  );
  const facts = await db.rows<{ kind: string; id: string; at: number }>(
    `select kind, id, recorded_at as at from facts f where plant_id = $1
        and exists (select from arrivals a where a.plant_id = f.plant_id and a.learnt = f.recorded_at and a.source = 'http')`,
    plantId,
  );
  const found = [
    ...readings.map(({ id, at, learnt }) => `readings ${id} ${iso(at)} at ${iso(learnt)}`),
    ...facts.map(({ kind, id, at }) => `${kind} ${id} at ${iso(at)}`),
  ];
  const counts = new Map<string, number>();
  for (const one of found) counts.set(one, (counts.get(one) ?? 0) + 1);
  const asked = new Set(wanted);
  const [{ arrivals = 0 } = {}] = await db.rows<{ arrivals: number }>(
    `select count(*) as arrivals from arrivals where plant_id = $1 and source = 'http'`,
    plantId,
  );
  const taught = told.filter(({ rows, refused }) => rows.length > refused.length).length;
  return {
    rows: wanted.length,
    lost: wanted.filter((one) => !counts.has(one)),
    doubled: [
      ...[...counts].filter(([, n]) => n > 1).map(([one]) => one),
      ...wanted.filter((one, i) => wanted.indexOf(one) !== i),
    ],
    unasked: [
      ...new Set(found.filter((one) => !asked.has(one))),
      ...(arrivals > taught ? [`${arrivals} arrivals for ${taught} posts`] : []),
    ],
  };
}

const iso = (at: number): string => new Date(at).toISOString();

/** What of the work is not done yet; empty when every group is settled to the present and sealed. */
export async function workLeft(db: Database, plantId: number): Promise<string> {
  const [{ touches = 0, jobs = 0, said = '' } = {}] = await db.rows<{ touches: number; jobs: number; said: string }>(
    `select (select count(*) from touches where plant_id = $1) as touches,
       (select count(*) from graphile_worker.jobs where run_at < clock_timestamp() and task_identifier <> 'tick'
          and attempts < max_attempts) as jobs,
       (select string_agg(format('%s %s attempts %s at %s by %s at %s: %s', task_identifier, key, attempts, run_at, locked_by, locked_at, last_error), E'\n')
          from graphile_worker.jobs) as said`,
    plantId,
  );
  const unsealed = await countUnsealed(db, plantId);
  if (touches === 0 && jobs === 0 && unsealed === 0) return '';
  return `${touches} touches, ${jobs} jobs due, ${unsealed} unsealed\n${said}`;
}

/** Hashes, chain, postings and every voucher settled again; versions that say the same as the one before. */
export async function findWrong(db: Database, plantId: number, plantName: string): Promise<string[]> {
  const { findings, unsealed } = await verifyLedger(db, plantId, plantName);
  const same = await db.rows<{ key: string; version: number }>(
    `select key, version from (
       select key, version, record, lag(record) over w as before, team, lag(team) over w as team_before
         from vouchers where plant_id = $1 and kind = 'sheet' window w as (partition by key order by version)) v
      where record = before and team = team_before`,
    plantId,
  );
  return [
    ...findings.map(({ code, what, expected, found }) => `${code} ${what}: ${expected} | ${found}`),
    ...(unsealed > 0 ? [`${unsealed} vouchers unsealed`] : []),
    ...same.map(({ key, version }) => `posted twice: ${key} v${version}`),
  ];
}

/** Settles every group again from nothing: sheets that come out otherwise than they stand. Posts nothing when all is well. */
export async function settleCold(db: Database, plantId: number): Promise<string[]> {
  const plants = new Plants(plantId);
  await plants.refresh(db);
  const groups = [...new Set(plants.groups.values())];
  const wrong: string[] = [];
  for (const group of groups) {
    const everything = { first: 0, last: Date.UTC(2100, 0, 1), cause: { kind: 'model', version: 1 } } as const;
    await addTouches(db, plantId, [{ group, ...everything }]);
    const outcome = await settleGroup(db, plants, new Windows(), group);
    if (outcome.posted === 0) continue;
    const posted = await db.rows<{
      key: string;
      version: number;
      causes: string;
      record: string;
      before: string;
      at: number;
    }>(
      `select v.key, v.version, v.causes, v.record, e.record as before, e.as_of as at from vouchers v
         left join vouchers e on e.plant_id = v.plant_id and e.kind = v.kind and e.key = v.key and e.version = v.version - 1
        where v.plant_id = $1 and v.as_of = $2 and v.kind = 'sheet'`,
      plantId,
      new Date(outcome.asOf).toISOString(),
    );
    wrong.push(
      ...posted.map(
        ({ key, version, causes, record, before, at }) =>
          `settled cold as of ${iso(outcome.asOf)} ${key} is otherwise: v${version} ${causes}; before as of ${iso(at)}\n${differing(before, record)}`,
      ),
    );
  }
  return wrong;
}

/** Two records from shortly before they differ. */
function differing(before: string | null, after: string): string {
  if (before === null) return `none before: ${after.slice(0, 300)}`;
  let same = 0;
  while (before[same] === after[same]) same += 1;
  const from = Math.max(0, same - 200);
  return `  …${before.slice(from, same + 300)}\n  …${after.slice(from, same + 300)}`;
}

/** The latest version of each sheet against the engine that reads the whole database at once. */
export async function compareWithEngine(db: Database, plantId: number): Promise<string[]> {
  const plants = new Plants(plantId);
  const wrong: string[] = [];
  const [{ as_of: asOf = 0 } = {}] = await db.rows<{ as_of: number }>('select closed_until($1) as as_of', plantId);
  const books = await booksOf(db, plants, asOf);
  const plant = plants.newest!.plant;
  const standings = await readStandings(db, plantId, {});
  const keys = standings.map(({ unit, day, shift }) => `${unit}/${day}/${shift}`);
  const latest = await latestVouchers(db, plantId, 'sheet', keys);
  for (const { unit, day, shift: code } of standings) {
    const shift = books.shiftsOn(plant.units.get(unit)!, parseDay(day)!).find((one) => one.code === code)!;
    const told = recordIn(books, shift);
    const kept = latest.get(`${unit}/${day}/${code}`);
    if (kept?.record !== told)
      wrong.push(`${unit}/${day}/${code} v${kept?.version}\n ledger ${kept?.record}\n engine ${told}`);
  }
  return wrong;
}
