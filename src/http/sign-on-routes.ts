// The two steps of single sign-on as routes: leaving, and coming back with the browser that left.
import { audit } from '../store/audit.ts';
import type { Database } from '../store/database.ts';
import { personOf } from '../store/people.ts';
import { keepSignOn, takeSignOn } from '../store/sign-ons.ts';
import { signOnEnd, signOnStart } from './contract/session.ts';
import { BASE } from './contract.ts';
import { cookieName } from './identify.ts';
import { Refused, refuse } from './problem.ts';
import { type Answer, type Call, type Route, route } from './route.ts';
import type { Service } from './service.ts';
import { cookieOf, enter } from './sign-in.ts';

/** Sent along when the browser comes back from another site, which `strict` would not be; good for that path alone. */
const backCookie = (service: Service) =>
  ({ ...cookieOf(service), sameSite: 'lax', path: service.secure ? '/' : BASE + signOnEnd.path }) as const;

export const signOnRoutes = (service: Service): Route[] => [
  route(signOnStart).own(async ({ plantId, query, reply }, db) => {
    if (service.signOn === undefined) return refuse('oidc-off');
    const { url, state, nonce, verifier } = await service.signOn.leave();
    await keepSignOn(db, plantId, state, { verifier, nonce, returnTo: query.returnTo ?? '/' }, service.now());
    reply.setCookie(cookieName('sign-on', service.secure), state, { ...backCookie(service), maxAge: 600 });
    return { headers: { location: url } };
  }),

  route(signOnEnd).own(async (call, db) => {
    const outcome = await comeBack(call, db).catch((error: unknown) =>
      error instanceof Refused ? error : Promise.reject(error),
    );
    // A person, not a program, comes back here: told on a page, in the words for the code.
    const page = /text\/html/.test(call.request.headers.accept ?? '');
    return outcome instanceof Refused && page ? { headers: { location: `/?refused=${outcome.code}` } } : outcome;
  }),
];

async function comeBack(call: Call<typeof signOnEnd>, db: Database): Promise<Answer | Refused> {
  const { service } = call;
  const { plantId, request, reply, query, id } = call;
  if (service.signOn === undefined) return refuse('oidc-off');
  const name = cookieName('sign-on', service.secure);
  const state = request.cookies[name] ?? '';
  reply.clearCookie(name, backCookie(service));
  // Who comes back must be who left: else a stranger could sign a victim's browser in as himself.
  const left = state !== '' && state === query.state ? await takeSignOn(db, plantId, state, service.now()) : undefined;
  if (left === undefined) return refuse('oidc-failed');
  const staffNumber = await service.signOn.comeBack(request.url.split('?')[1] ?? '', { ...left, state });
  const found = await personOf(db, plantId, staffNumber);
  if (found === undefined || found.demo) {
    await audit(
      db,
      plantId,
      { request: id },
      { action: 'session.refuse', object: ['person', found?.person ?? 'unknown'] },
    );
    return refuse('oidc-person-unknown');
  }
  await db.transaction((tx) => enter(tx, call as unknown as Call, { person: found.person, way: 'oidc' }));
  return { headers: { location: left.returnTo } };
}
