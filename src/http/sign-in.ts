// The common part of every way in: an attempt is counted before its secret is looked at, and a session opened when it was
// right. It answers alike, and takes as long, whether the account exists or not.
import { beginAttempt, forgive, forgiveOne, subjectOf } from '../store/attempts.ts';
import { audit } from '../store/audit.ts';
import type { Database, Transaction } from '../store/database.ts';
import { endSessions, openSession, type SignInWay } from '../store/sessions.ts';
import { cookieName } from './identify.ts';
import { Refused, refuse } from './problem.ts';
import type { Call } from './route.ts';
import type { Service } from './service.ts';

export interface Attempt {
  /** What is guessed at: an account, an account at a device, a code. */
  readonly subject: string;
  /** Gives the refusal that a right secret meets all the same, or what to do once it was right. */
  readonly check: () => Promise<Refused | ((tx: Transaction) => Promise<unknown>)>;
  /** Whom the attempt was about, as far as that is known once it was checked; the audit log names no accounts as typed. */
  readonly about?: () => number | undefined;
}

type Caller = Pick<Call, 'address' | 'plantId' | 'service' | 'id'>;

/** Makes an attempt; a wrong secret is counted for the subject and for the address. */
export async function attempt(
  db: Database,
  call: Caller,
  { subject, check, about }: Attempt,
): Promise<Refused | undefined> {
  const { plantId, service, address, id } = call;
  const { lockOut } = service;
  const from = subjectOf('address', address);
  const perAccount = { ...lockOut, failures: lockOut.accountFailures };
  const perAddress = { ...lockOut, failures: lockOut.addressFailures };
  const now = service.now();
  // The address first: while it is paused, it cannot pause the accounts of others.
  const seconds =
    (await beginAttempt(db, plantId, from, perAddress, now)) ||
    (await beginAttempt(db, plantId, subject, perAccount, now));
  if (seconds > 0) return refuse('locked-out', { seconds });
  const result = await check();
  if (result instanceof Refused && result.code !== 'demo-elsewhere') {
    await audit(
      db,
      plantId,
      { request: id },
      {
        action: 'session.refuse',
        object: ['person', about?.() ?? 'unknown'],
        after: { code: result.code },
      },
    );
    return result;
  }
  await db.transaction(async (tx) => {
    await forgive(tx, plantId, [subject]);
    await forgiveOne(tx, plantId, from, perAddress);
    if (!(result instanceof Refused)) await result(tx);
  });
  return result instanceof Refused ? result : undefined;
}

/** Opens a session and puts its secret into the browser's cookie. */
export async function enter(
  tx: Transaction,
  call: Call,
  { person, way, device }: { readonly person: number; readonly way: SignInWay; readonly device?: number | undefined },
): Promise<void> {
  const { service, plantId, address, request, id } = call;
  const times = service.sessions[way === 'pin' ? 'pin' : 'password'];
  const agent = request.headers['user-agent'] ?? '';
  // Who signs in again in the same browser leaves the session before.
  if (call.caller.kind === 'person')
    await endSessions(tx, plantId, call.caller.person, { session: call.caller.session }, service.now());
  const { secret, session } = await openSession(tx, plantId, service.now(), {
    person,
    way,
    device,
    ...times,
    address,
    agent,
  });
  await audit(
    tx,
    plantId,
    { person, device, request: id },
    {
      action: 'session.open',
      object: ['session', session],
      after: { way },
    },
  );
  setSecret(call, 'session', secret, times.lifeMs);
}

/** Script cannot read it, other sites cannot send it. */
export function setSecret(call: Call, word: 'session' | 'device', secret: string, lifeMs: number): void {
  call.reply.setCookie(cookieName(word, call.service.secure), secret, {
    ...cookieOf(call.service),
    maxAge: lifeMs / 1000,
  });
}

export const clearSecret = ({ reply, service }: Pick<Call, 'reply' | 'service'>, word: 'session' | 'device'): void =>
  void reply.clearCookie(cookieName(word, service.secure), cookieOf(service));

export const cookieOf = ({ secure }: Pick<Service, 'secure'>) =>
  ({ httpOnly: true, sameSite: 'strict', secure, path: '/' }) as const;
