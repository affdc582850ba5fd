// Who is calling: a session's cookie, a token, or nobody. A demo user is nobody unless the call comes from this very machine.
import type { FastifyRequest } from 'fastify';
import { findSession } from '../store/sessions.ts';
import { findToken, TOKEN_PREFIX } from '../store/tokens.ts';
import { type Caller, keptPlace } from './access.ts';
import { ACTIONS, type Action, ROLES, type Role } from './contract.ts';
import { refuse } from './problem.ts';
import { type Service, todayOf } from './service.ts';

export const NOBODY: Caller = { kind: 'nobody' };

/** `__Host-` binds a cookie to https, this host and the root path; browsers refuse it over http. */
export const cookieName = (word: 'session' | 'device' | 'sign-on', secure: boolean): string =>
  `${secure ? '__Host-' : ''}crewledger-${word}`;

export async function identify(request: FastifyRequest, service: Service): Promise<Caller> {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const secret = /^Bearer (\S+)$/i.exec(authorization)?.[1] ?? '';
    return secret.startsWith(TOKEN_PREFIX) ? byToken(secret, service) : Promise.reject(refuse('token-unknown'));
  }
  const secret = request.cookies[cookieName('session', service.secure)];
  return secret === undefined || secret === '' ? NOBODY : bySession(secret, request, service);
}

async function byToken(secret: string, { db, plantId, now }: Service): Promise<Caller> {
  const row = await findToken(db, plantId, secret, now());
  if (row === undefined) throw refuse('token-unknown');
  const actions = row.actions.filter(isAction);
  return { kind: 'token', token: row.token, actions, place: keptPlace(row.place) };
}

async function bySession(secret: string, request: FastifyRequest, service: Service): Promise<Caller> {
  const found = await findSession(service.db, service.plantId, secret, service.now(), todayOf(service));
  if (found === undefined || (found.demo && !(service.example && isLoopback(request)))) return NOBODY;
  return {
    kind: 'person',
    person: found.person,
    session: found.session,
    teams: found.teams,
    grants: found.grants.flatMap(({ role, place }) => (isRole(role) ? [{ role, place: keptPlace(place) }] : [])),
    device: found.device,
    language: found.language,
    mustChangePassword: found.mustChangePassword,
  };
}

/** The other end is this machine, and no proxy says that it speaks for another. */
export function isLoopback(request: FastifyRequest): boolean {
  const address = request.raw.socket.remoteAddress ?? '';
  const forwarded = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'].some((name) => name in request.headers);
  return !forwarded && /^(127\.|::1$|::ffff:127\.)/.test(address);
}

const isAction = (word: string): word is Action => (ACTIONS as readonly string[]).includes(word);
const isRole = (word: string): word is Role => (ROLES as readonly string[]).includes(word);

/** As rate limits, keys and logs name the caller. */
export const callerName = (caller: Caller, address: string): string =>
  caller.kind === 'person'
    ? `person:${caller.person}`
    : caller.kind === 'token'
      ? `token:${caller.token}`
      : `address:${address}`;
