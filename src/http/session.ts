// Signing in and out, and one's own password, PIN, language and sessions.
import { subjectOf } from '../store/attempts.ts';
import { credentialOf, hasPassword, setPassword, setPin, takeFirstCode } from '../store/credentials.ts';
import { stamp } from '../store/database.ts';
import { findDevice } from '../store/devices.ts';
import { addGrant } from '../store/grants.ts';
import { addPerson, findPerson, personOf, setPerson } from '../store/people.ts';
import { isWeakPassword, isWeakPin, matchesChosen, PASSWORD_LENGTH_MIN } from '../store/secrets.ts';
import { endSessions, listSessions } from '../store/sessions.ts';
import { placesOf, placeText } from './access.ts';
import {
  changeLanguage,
  changePassword,
  changePin,
  endOtherSessions,
  endSession,
  firstAdministrator,
  me,
  sessions,
  signIn,
  signInByPin,
  signOut,
  ways,
} from './contract/session.ts';
import { ACTIONS } from './contract.ts';
import { cookieName } from './identify.ts';
import { refuse } from './problem.ts';
import { type Call, type Route, route } from './route.ts';
import { type Service, todayOf } from './service.ts';
import { attempt, clearSecret, enter } from './sign-in.ts';

export const sessionRoutes = (service: Service): Route[] => [
  route(signIn).own(async (call, db) => {
    const { plantId, body } = call;
    let mustChangePassword = false;
    let found: Awaited<ReturnType<typeof personOf>>;
    const refused = await attempt(db, call, {
      subject: subjectOf('account', body.staffNumber),
      about: () => found?.person,
      check: async () => {
        found = await personOf(db, plantId, body.staffNumber);
        const kept = await credentialOf(db, plantId, found?.person);
        const right = await matchesChosen(body.password, kept.password);
        if (!right || found === undefined) return refuse('sign-in-failed');
        if (found.demo && !(service.example && call.loopback)) return refuse('demo-elsewhere');
        mustChangePassword = kept.mustChange;
        const { person } = found;
        return (tx) => enter(tx, call, { person, way: 'password' });
      },
    });
    return refused ?? { body: { mustChangePassword } };
  }),

  route(signInByPin).own(async (call, db) => {
    const { plantId, body } = call;
    const device = await deviceOf(call, db);
    if (device === undefined) return refuse('device-unknown');
    let found: Awaited<ReturnType<typeof personOf>>;
    const refused = await attempt(db, call, {
      // PINs have a lock-out of their own: guessing one does not keep its owner's password out.
      subject: subjectOf('pin', body.staffNumber, device.device),
      about: () => found?.person,
      check: async () => {
        found = await personOf(db, plantId, body.staffNumber);
        const kept = await credentialOf(db, plantId, found?.person);
        const right = await matchesChosen(body.pin, kept.pin);
        if (!right || found === undefined) return refuse('sign-in-failed');
        if (found.demo && !(service.example && call.loopback)) return refuse('demo-elsewhere');
        const { person } = found;
        return (tx) => enter(tx, call, { person, way: 'pin', device: device.device });
      },
    });
    return refused ?? { body: {} };
  }),

  route(firstAdministrator).own(async (call, db) => {
    const { plantId, body } = call;
    if (isWeakPassword(body.password, body.staffNumber))
      return refuse('password-weak', { length: PASSWORD_LENGTH_MIN });
    let outcome: 'open' | 'wrong' | 'closed' = 'wrong';
    const refused = await attempt(db, call, {
      subject: subjectOf('code', 'first'),
      check: async () => {
        // Taken and used in one transaction: of two who type it at once, one becomes administrator.
        await db.transaction(async (tx) => {
          outcome = await takeFirstCode(tx, plantId, body.code, service.now());
          if (outcome !== 'open') return;
          const person = await makeAdministrator(tx, call);
          await enter(tx, call, { person, way: 'first-code' });
        });
        if (outcome === 'closed') return refuse('already-set-up');
        return outcome === 'open' ? async () => {} : refuse('code-wrong');
      },
    });
    return refused ?? { body: {} };
  }),

  route(ways).own(async (call, db) => {
    const device = await deviceOf(call, db);
    const [someone] = await db.rows('select 1 from people where plant_id = $1 limit 1', call.plantId);
    return {
      body: {
        signOn: service.signOn !== undefined,
        first: someone === undefined,
        ...(device === undefined ? {} : { device: { name: device.name, place: device.place } }),
      },
    };
  }),

  route(me).read(async (call, db) => {
    const { caller, plantId } = call;
    if (caller.kind !== 'person') return refuse('people-only');
    const row = await findPerson(db, plantId, caller.person, todayOf(service));
    if (row === undefined) return refuse('sign-in-needed');
    const member = caller.teams.map((id) => ({ role: 'member' as const, place: `team:${id}` }));
    return {
      body: {
        person: row.person,
        staffNumber: row.staff_number ?? '',
        name: row.name ?? '',
        ...(row.language === null ? {} : { language: row.language }),
        teams: [...caller.teams],
        roles: [...member, ...caller.grants.map(({ role, place }) => ({ role, place: placeText(place) }))],
        permissions: ACTIONS.map((action) => ({
          action,
          places: [...new Set(placesOf(caller, action).map(placeText))],
        })).filter(({ places }) => places.length > 0),
        mustChangePassword: caller.mustChangePassword,
        session: caller.session,
        ...(caller.device === undefined ? {} : { device: caller.device }),
      },
    };
  }),

  route(signOut).write(async (call, tx) => {
    const { caller, plantId } = call;
    if (caller.kind === 'person') {
      await endSessions(tx, plantId, caller.person, { session: caller.session }, service.now());
      await call.audit(tx, { action: 'session.close', object: ['session', caller.session] });
    }
    clearSecret(call, 'session');
    return {};
  }),

  route(changePassword).own(async (call, db) => {
    const { caller, plantId, body } = call;
    if (caller.kind !== 'person') return refuse('people-only');
    const staffNumber = (await findPerson(db, plantId, caller.person, todayOf(service)))?.staff_number ?? '';
    if (isWeakPassword(body.newPassword, staffNumber)) return refuse('password-weak', { length: PASSWORD_LENGTH_MIN });
    if (body.newPassword === body.oldPassword) return refuse('password-same');
    const refused = await attempt(db, call, {
      subject: subjectOf('account', staffNumber),
      about: () => caller.person,
      check: async () => {
        if (!(await hasPassword(db, plantId, caller.person, body.oldPassword))) return refuse('sign-in-failed');
        return async (tx) => {
          const now = service.now();
          await setPassword(tx, plantId, caller.person, { password: body.newPassword, mustChange: false, now });
          await endSessions(tx, plantId, caller.person, { keep: caller.session }, now);
          await call.audit(tx, { action: 'person.password', object: ['person', caller.person] });
        };
      },
    });
    return refused ?? {};
  }),

  route(changePin).own(async (call, db) => {
    const { caller, plantId, body } = call;
    if (caller.kind !== 'person') return refuse('people-only');
    const staffNumber = (await findPerson(db, plantId, caller.person, todayOf(service)))?.staff_number ?? '';
    if (body.pin !== undefined && isWeakPin(body.pin, staffNumber)) return refuse('pin-weak');
    const refused = await attempt(db, call, {
      subject: subjectOf('account', staffNumber),
      about: () => caller.person,
      check: async () => {
        if (!(await hasPassword(db, plantId, caller.person, body.password))) return refuse('sign-in-failed');
        return async (tx) => {
          await setPin(tx, plantId, caller.person, body.pin, service.now());
          await call.audit(tx, {
            action: body.pin === undefined ? 'person.pin-removed' : 'person.pin',
            object: ['person', caller.person],
          });
        };
      },
    });
    return refused ?? {};
  }),

  route(changeLanguage).write(async ({ person, plantId, body }, tx) => {
    await setPerson(tx, plantId, person!, { language: body.language ?? null, now: service.now() });
    return {};
  }),

  route(sessions).read(async ({ caller, plantId }, db) => {
    if (caller.kind !== 'person') return refuse('people-only');
    const rows = await listSessions(db, plantId, caller.person, service.now());
    return {
      body: {
        items: rows.map((row) => ({
          session: row.session,
          way: row.way,
          ...(row.device === null ? {} : { device: row.device }),
          openedAt: stamp(row.created_at),
          seenAt: stamp(row.seen_at),
          until: stamp(row.until),
          address: row.address,
          agent: row.agent,
          current: row.session === caller.session,
        })),
      },
    };
  }),

  route(endSession).write(async (call, tx) => {
    const { session } = call.params;
    const ended = await endSessions(tx, call.plantId, call.person!, { session }, service.now());
    if (ended === 0) return refuse('not-found', { kind: 'session', found: session });
    await call.audit(tx, { action: 'session.close', object: ['session', session] });
    return {};
  }),

  route(endOtherSessions).write(async (call, tx) => {
    const { caller, plantId } = call;
    if (caller.kind !== 'person') return refuse('people-only');
    const ended = await endSessions(tx, plantId, caller.person, { keep: caller.session }, service.now());
    await call.audit(tx, { action: 'session.close-others', object: ['person', caller.person], after: { ended } });
    return { body: { ended } };
  }),
];

type Db = Parameters<typeof findDevice>[0];

async function deviceOf({ request, plantId, service }: Call<never>, db: Db) {
  const secret = request.cookies[cookieName('device', service.secure)];
  return secret ? findDevice(db, plantId, secret, service.now()) : undefined;
}

async function makeAdministrator(tx: Db, call: Call<typeof firstAdministrator>): Promise<number> {
  const { plantId, body, service } = call;
  const person = await addPerson(tx, plantId, { staffNumber: body.staffNumber, name: body.name });
  if (person === undefined) throw refuse('staff-number-taken', { found: body.staffNumber });
  await setPassword(tx, plantId, person, { password: body.password, mustChange: false, now: service.now() });
  const grant = { person, role: 'administrator', place: 'plant', fromDay: todayOf(service), grantedBy: undefined };
  const id = await addGrant(tx, plantId, grant);
  await call.audit(tx, { action: 'grant.add', object: ['grant', id], after: { ...grant }, why: 'first code' });
  return person;
}
