// People: the register, memberships, roles, erasing. Nobody changes a person whose roles reach further than their own may
// grant: else whoever resets passwords could become anybody.

import type { Static } from 'typebox';
import { allTeams } from '../plant.ts';
import { forgive, subjectOf } from '../store/attempts.ts';
import { setPassword } from '../store/credentials.ts';
import type { Queryable } from '../store/database.ts';
import { addGrant, countAdministrators, endGrant as end } from '../store/grants.ts';
import {
  addPerson as add,
  erasePerson as erase,
  findPerson,
  listPeople,
  lockPerson,
  type MembershipKind,
  moveMembership,
  type PersonRow,
  setDetails,
  setPerson,
} from '../store/people.ts';
import { randomCode } from '../store/secrets.ts';
import { endSessions } from '../store/sessions.ts';
import { type Access, changesPlant, keptPlace, type Place } from './access.ts';
import {
  addPerson,
  changePerson,
  endGrant,
  endSessionsOf,
  erasePerson,
  grantRole,
  type Person,
  people,
  person,
  resetPassword,
} from './contract/people.ts';
import { ROLES, type Role } from './contract.ts';
import { makeCursor, pageOf, readCursor } from './cursor.ts';
import { Refused, refuse } from './problem.ts';
import { type Call, type Route, route } from './route.ts';
import { type Service, todayOf } from './service.ts';

const KINDS = ['team', 'administrative', 'party'] as const satisfies readonly MembershipKind[];

export const peopleRoutes = (service: Service): Route[] => [
  route(people).read(async (call, db) => {
    const { access, plantId, query } = call;
    const limit = query.limit ?? 50;
    const [after] = readCursor('people', query.cursor, ['number']) ?? [];
    const covered = access.places('people.read');
    const filter = {
      day: todayOf(service),
      places: covered === 'all' ? undefined : [...covered],
      search: query.search,
      ids: query.ids?.split(',').map(Number),
      after: Number(after ?? 0),
    };
    const rows = await listPeople(db, plantId, filter, limit + 1);
    return {
      body: pageOf(
        rows,
        limit,
        (row) => shown(row, access),
        (last) => makeCursor('people', last.person),
      ),
    };
  }),

  route(person).read(async ({ access, plantId, params }, db) => {
    const row = await findPerson(db, plantId, params.person, todayOf(service));
    if (row === undefined) return refuse('not-found', { kind: 'person', found: params.person });
    return { body: shown(row, access), etag: String(row.version) };
  }),

  route(addPerson).write(async (call, tx) => {
    const { body, plantId } = call;
    const places = placesTold(call, body);
    if (places instanceof Refused) return places;
    const id = await add(tx, plantId, body);
    if (id === undefined) return refuse('staff-number-taken', { found: body.staffNumber });
    const fromDay = body.from ?? todayOf(service);
    for (const [kind, place] of places) await moveMembership(tx, plantId, id, { kind, place, fromDay });
    await call.audit(tx, {
      action: 'person.add',
      object: ['person', id],
      after: { fromDay, ...Object.fromEntries(places) },
    });
    return { body: { person: id } };
  }),

  route(changePerson).write(async (call, tx) => {
    const { body, plantId, params, baseVersion } = call;
    const before = await changeable(call, tx);
    if (before instanceof Refused) return before;
    if ((await lockPerson(tx, plantId, params.person)) !== Number(baseVersion)) return refuse('base-version-changed');
    const places = placesTold(call, body);
    if (places instanceof Refused) return places;
    if (body.name !== undefined || body.phone !== undefined) {
      const phone = body.phone === undefined ? (before.phone ?? undefined) : body.phone || undefined;
      await setDetails(tx, plantId, params.person, { name: body.name ?? before.name ?? '', phone });
    }
    if (body.blocked !== undefined) {
      await setPerson(tx, plantId, params.person, { blocked: body.blocked, now: service.now() });
      const last = await lastAdministrator(tx, plantId, before, todayOf(service));
      if (last !== undefined) return last;
    }
    const fromDay = body.from ?? todayOf(service);
    for (const [kind, place] of places)
      await moveMembership(tx, plantId, params.person, { kind, fromDay, ...(place === '' ? {} : { place }) });
    await call.audit(tx, {
      action: 'person.change',
      object: ['person', params.person],
      before: { blocked: before.blocked_at !== null, memberships: before.memberships },
      // Of details, only which: what they say stands in one table alone.
      after: {
        changed: Object.keys(body).filter((key) => key === 'name' || key === 'phone'),
        ...(body.blocked === undefined ? {} : { blocked: body.blocked }),
        ...(places.length === 0 ? {} : { fromDay, ...Object.fromEntries(places) }),
      },
      why: body.why,
    });
    return { etag: String(Number(baseVersion) + 1) };
  }),

  route(erasePerson).write(async (call, tx) => {
    const { plantId, params, body } = call;
    const before = await changeable(call, tx);
    if (before instanceof Refused) return before;
    await erase(tx, plantId, params.person, service.now());
    await forgive(tx, plantId, [subjectOf('account', before.staff_number ?? '')]);
    const last = await lastAdministrator(tx, plantId, before, todayOf(service));
    if (last !== undefined) return last;
    await call.audit(tx, { action: 'person.erase', object: ['person', params.person], why: body.why });
    return {};
  }),

  route(resetPassword).write(async (call, tx) => {
    const { plantId, params } = call;
    const before = await changeable(call, tx);
    if (before instanceof Refused) return before;
    const password = randomCode();
    const now = service.now();
    await setPassword(tx, plantId, params.person, { password, mustChange: true, now });
    await endSessions(tx, plantId, params.person, {}, now);
    await call.audit(tx, { action: 'person.reset-password', object: ['person', params.person] });
    return { body: { password } };
  }),

  route(endSessionsOf).write(async (call, tx) => {
    const { plantId, params } = call;
    const before = await changeable(call, tx);
    if (before instanceof Refused) return before;
    const ended = await endSessions(tx, plantId, params.person, {}, service.now());
    await call.audit(tx, { action: 'person.end-sessions', object: ['person', params.person], after: { ended } });
    return { body: { ended } };
  }),

  route(grantRole).write(async (call, tx) => {
    const { plantId, params, body, access } = call;
    if (changesPlant(body.role) && !access.may('grants.write', { kind: 'plant' }))
      return refuse('not-allowed', { action: 'grants.write', place: 'plant' });
    if ((await lockPerson(tx, plantId, params.person)) === undefined)
      return refuse('not-found', { kind: 'person', found: params.person });
    const fromDay = body.from ?? todayOf(service);
    if (body.until !== undefined && body.until < fromDay) return refuse('end-before-start');
    const grant = {
      person: params.person,
      role: body.role,
      place: body.place,
      fromDay,
      untilDay: body.until,
      grantedBy: call.person,
    };
    const id = await addGrant(tx, plantId, grant);
    await call.audit(tx, { action: 'grant.add', object: ['grant', id], after: grant, why: body.why });
    return { body: { grant: id } };
  }),

  route(endGrant).write(async (call, tx) => {
    const { plantId, params, body, access } = call;
    const before = await findPerson(tx, plantId, params.person, todayOf(service));
    const ended = await end(tx, plantId, params.person, params.grant, { by: call.person, now: service.now() });
    if (ended === undefined || before === undefined) return refuse('not-found', { kind: 'grant', found: params.grant });
    if (ended === 'ended') return refuse('already-ended');
    if (!access.may('grants.write', keptPlace(ended.place)))
      return refuse('not-allowed', { action: 'grants.write', place: ended.place });
    const last = await lastAdministrator(tx, plantId, before, todayOf(service));
    if (last !== undefined) return last;
    await lockPerson(tx, plantId, params.person);
    await call.audit(tx, { action: 'grant.end', object: ['grant', params.grant], before: ended, why: body.why });
    return {};
  }),
];

/** The person as they are, when the caller may change them. */
async function changeable(
  {
    access,
    plantId,
    params,
    service,
  }: Call<typeof erasePerson | typeof changePerson | typeof resetPassword | typeof endSessionsOf>,
  tx: Queryable,
): Promise<PersonRow | Refused> {
  const row = await findPerson(tx, plantId, params.person, todayOf(service));
  if (row === undefined) return refuse('not-found', { kind: 'person', found: params.person });
  if (row.erased_at !== null) return refuse('person-erased');
  const beyond = row.grants.find(({ place }) => !access.may('grants.write', keptPlace(place)));
  return beyond === undefined ? row : refuse('not-allowed', { action: 'grants.write', place: beyond.place });
}

/** A refusal when the change just made took the last administrator of the whole plant; the change is then undone. */
async function lastAdministrator(
  tx: Queryable,
  plantId: number,
  before: PersonRow,
  day: string,
): Promise<Refused | undefined> {
  const was = before.grants.some(({ role, place }) => role === 'administrator' && place === 'plant');
  return was && (await countAdministrators(tx, plantId, day)) === 0 ? refuse('last-administrator') : undefined;
}

type Told = Readonly<Partial<Record<MembershipKind, string>>>;

/** The memberships that were told; '' for none any more. The places must be in the plant, and within the caller's reach. */
function placesTold(
  { plant, access }: Pick<Call, 'plant' | 'access'>,
  told: Told,
): [MembershipKind, string][] | Refused {
  const places = KINDS.flatMap((kind): [MembershipKind, string][] =>
    told[kind] === undefined ? [] : [[kind, told[kind]]],
  );
  for (const [kind, id] of places) {
    if (id === '') continue;
    if (!(kind === 'team' ? allTeams(plant).has(id) : plant[kind].has(id)))
      return refuse('no-such-place', { found: id });
    if (!access.may('people.write', { kind, id } as Place))
      return refuse('not-allowed', { action: 'people.write', place: `${kind}:${id}` });
  }
  return places;
}

function shown(row: PersonRow, access: Access): Static<typeof Person> {
  const at = row.memberships.map(({ kind, place }): Place => ({ kind, id: place }));
  const details = access.may('people.details.read', { kind: 'person', id: row.person, at });
  return {
    person: row.person,
    ...(row.staff_number === null ? {} : { staffNumber: row.staff_number }),
    ...(row.name === null ? {} : { name: row.name }),
    ...(row.phone === null || !details ? {} : { phone: row.phone }),
    ...(row.language === null ? {} : { language: row.language }),
    blocked: row.blocked_at !== null,
    erased: row.erased_at !== null,
    demo: row.demo,
    memberships: row.memberships.map(({ kind, place, from_day, until_day }) => ({
      kind,
      place,
      from: from_day,
      ...(until_day === null ? {} : { until: until_day }),
    })),
    grants: row.grants
      .filter(({ role }) => (ROLES as readonly string[]).includes(role))
      .map((grant) => ({
        grant: grant.role_grant,
        role: grant.role as Role,
        place: grant.place,
        from: grant.from_day,
        ...(grant.until_day === null ? {} : { until: grant.until_day }),
        ...(grant.granted_by === null ? {} : { grantedBy: grant.granted_by }),
      })),
    version: row.version,
  };
}
