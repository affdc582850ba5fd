// The example refinery of `crewledger start`: a year of 2022 read in once, a plant clock that stands near its end and goes on
// from there, and a few people who may sign in on this machine. All of it is made up, and says so.
import { generateRefinery, type ReadingRow, type Refinery, readingsText } from '../../examples/refinery/generate.ts';
import type { Plant } from '../plant.ts';
import { setPassword } from '../store/credentials.ts';
import type { Database } from '../store/database.ts';
import { addGrant } from '../store/grants.ts';
import { addPerson, moveMembership } from '../store/people.ts';
import type { DemoRole } from '../words/service.ts';
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

export const DEMO_PASSWORD = 'crewledger-demo';

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

export interface DemoUser {
  readonly staffNumber: string;
  readonly role: DemoRole;
  /** Where: a team, a unit, or the plant. */
  readonly place: string;
}

/** Whom the example knows: one of each role, where that role belongs. */
export function demoUsers(
  plant: Plant,
): (DemoUser & { readonly team: string | undefined; readonly grant: string | undefined })[] {
  const [team] = plant.teams.values();
  const organisation = team?.organisation ?? [...plant.administrative.keys()][0] ?? '';
  const branch = team?.party ?? [...plant.party.keys()][0] ?? '';
  const at = (role: DemoRole, grant: string | undefined, inTeam = false) => ({
    staffNumber: `demo-${role}`,
    role,
    place: grant ?? `team:${team?.id ?? ''}`,
    team: inTeam ? team?.id : undefined,
    grant: grant === undefined ? undefined : `${role} at ${grant}`,
  });
  return [
    at('member', undefined, true),
    at('crew-leader', `team:${team?.id ?? ''}`, true),
    at('shift-supervisor', `administrative:${organisation}`),
    at('workshop-accountant', `administrative:${organisation}`),
    at('laboratory', 'plant'),
    at('finance', 'plant'),
    at('party-secretary', `party:${branch}`),
    at('programme-office', 'plant'),
    at('manager', 'plant'),
    at('auditor', 'plant'),
    at('administrator', 'plant'),
  ];
}

/** Enters the demo users, once. */
export async function enterDemoUsers(db: Database, plantId: number, plant: Plant): Promise<void> {
  const [known] = await db.rows<{ count: number }>('select count(*) as count from people where plant_id = $1', plantId);
  if ((known?.count ?? 0) > 0) return;
  await db.transaction(async (tx) => {
    for (const { staffNumber, role, team, grant } of demoUsers(plant)) {
      const person = await addPerson(tx, plantId, { staffNumber, name: staffNumber, phone: undefined, demo: true });
      if (person === undefined) continue;
      await setPassword(tx, plantId, person, { password: DEMO_PASSWORD, mustChange: false, now: Date.now() });
      const fromDay = '2020-01-01';
      if (team !== undefined) await moveMembership(tx, plantId, person, { kind: 'team', place: team, fromDay });
      if (grant !== undefined)
        await addGrant(tx, plantId, {
          person,
          role,
          place: grant.split(' at ')[1] ?? '',
          fromDay,
          grantedBy: undefined,
        });
    }
  });
}
