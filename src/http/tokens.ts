// Tokens: made for a machine by an administrator, shown once, withdrawn at any time.
import { stamp } from '../store/database.ts';
import { listTokens, makeToken as make, revokeToken as revoke } from '../store/tokens.ts';
import { keptPlace } from './access.ts';
import { makeToken, revokeToken, tokens } from './contract/tokens.ts';
import { ACTIONS, type Action } from './contract.ts';
import { refuse } from './problem.ts';
import { type Route, route } from './route.ts';
import type { Service } from './service.ts';

const DAY_MS = 86_400_000;

export const tokenRoutes = (service: Service): Route[] => [
  route(tokens).read(async ({ access, plantId }, db) => {
    const rows = await listTokens(db, plantId);
    return {
      body: {
        items: rows
          .filter(({ place }) => access.may('tokens.read', keptPlace(place)))
          .map((row) => ({
            token: row.token,
            name: row.name,
            actions: row.actions.filter((one): one is Action => (ACTIONS as readonly string[]).includes(one)),
            place: row.place,
            ...(row.created_by === null ? {} : { madeBy: row.created_by }),
            madeAt: stamp(row.created_at),
            until: stamp(row.until),
            ...(row.used_at === null ? {} : { usedAt: stamp(row.used_at) }),
            ...(row.revoked_at === null ? {} : { revokedAt: stamp(row.revoked_at) }),
          })),
      },
    };
  }),

  route(makeToken).write(async (call, tx) => {
    const { name, actions, place, days } = call.body;
    const until = service.now() + days * DAY_MS;
    const made = await make(tx, call.plantId, { name, actions, place, until, createdBy: call.person });
    await call.audit(tx, {
      action: 'token.make',
      object: ['token', made.token],
      after: { name, actions, place, days },
    });
    return { body: { token: made.token, secret: made.secret, until: stamp(until) } };
  }),

  route(revokeToken).write(async (call, tx) => {
    const { token } = call.params;
    const before = await revoke(tx, call.plantId, token, service.now());
    if (before === undefined) return refuse('not-found', { kind: 'token', found: token });
    if (!call.access.may('tokens.write', keptPlace(before.place)))
      return refuse('not-allowed', { action: 'tokens.write', place: before.place });
    if (before.revoked_at !== null) return refuse('already-ended');
    await call.audit(tx, { action: 'token.revoke', object: ['token', token] });
    return {};
  }),
];
