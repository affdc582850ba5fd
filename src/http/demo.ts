// The people of an example plant: one for each role, so that every door can be tried. Their one password is new at every start
// and printed there; identify.ts and session.ts let them in from the same machine only.
import { allTeams, type Plant } from '../plant.ts';
import { setPassword } from '../store/credentials.ts';
import type { Database } from '../store/database.ts';
import { addGrant } from '../store/grants.ts';
import { addPerson, moveMembership, personNumbered } from '../store/people.ts';
import { randomCode } from '../store/secrets.ts';
import { type Language, WORDS } from '../words/say.ts';
import { type Place, placeText } from './access.ts';
import { ROLES, type Role } from './contract.ts';

export interface DemoSignIn {
  readonly role: Role;
  readonly roleName: string;
  readonly staffNumber: string;
  readonly place: string;
}

/** Makes those who are not there yet, and gives all of them a new password. */
export async function openDemo(
  db: Database,
  { plantId, plant, language, now }: { plantId: number; plant: Plant; language: Language; now: number },
): Promise<{ signIns: DemoSignIn[]; password: string }> {
  const password = randomCode();
  const signIns = ROLES.map((role): DemoSignIn => {
    const roleName = WORDS[language].http.role[role] ?? role;
    return { role, roleName, staffNumber: `demo-${role}`, place: placeText(placeOf(role, plant)) };
  });
  await db.transaction(async (tx) => {
    for (const { role, roleName, staffNumber, place } of signIns) {
      const made = await addPerson(tx, plantId, { staffNumber, name: `${roleName} · demo`, demo: true });
      const person = made ?? (await personNumbered(tx, plantId, staffNumber))!;
      // An example lives in another year; its people were always there.
      const fromDay = '2000-01-01';
      if (made !== undefined && place.startsWith('team:'))
        await moveMembership(tx, plantId, person, { kind: 'team', place: place.slice('team:'.length), fromDay });
      if (made !== undefined && role !== 'member')
        await addGrant(tx, plantId, { person, role, place, fromDay, grantedBy: undefined });
      await setPassword(tx, plantId, person, { password, mustChange: false, now });
    }
  });
  return { signIns, password };
}

const OF_TEAM: readonly Role[] = ['member', 'crew-leader', 'team-accountant', 'workers-representative'];
const OF_WORKSHOP: readonly Role[] = ['shift-supervisor', 'workshop-accountant', 'manager', 'safety'];

/** Where a role is usually held, around the first team of the plant. */
function placeOf(role: Role, plant: Plant): Place {
  const [team] = allTeams(plant).values();
  if (team === undefined) return { kind: 'plant' };
  if (OF_TEAM.includes(role)) return { kind: 'team', id: team.id };
  if (OF_WORKSHOP.includes(role) && team.organisation !== undefined)
    return { kind: 'administrative', id: team.organisation };
  if (role === 'party-secretary' && team.party !== undefined) return { kind: 'party', id: team.party };
  return { kind: 'plant' };
}
