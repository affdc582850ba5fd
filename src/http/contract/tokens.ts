// Tokens of machines.
import { Type } from 'typebox';
import { ACTIONS, contract, Instant, PlaceText, record, TOKEN_ACTIONS } from '../contract.ts';

const Token = record({
  token: Type.Integer(),
  name: Type.String(),
  actions: Type.Array(Type.Enum([...ACTIONS])),
  place: PlaceText,
  madeBy: Type.Optional(Type.Integer()),
  madeAt: Instant,
  until: Instant,
  usedAt: Type.Optional(Instant),
  revokedAt: Type.Optional(Instant),
});

export const tokens = contract({
  id: 'tokens.list',
  method: 'GET',
  path: '/tokens',
  summary: { zh: '接口令牌', en: 'Tokens' },
  action: 'tokens.read',
  scope: { about: 'filtered' },
  response: record({ items: Type.Array(Token) }),
});

export const makeToken = contract({
  id: 'tokens.make',
  method: 'POST',
  path: '/tokens',
  summary: { zh: '签发接口令牌；只显示一次', en: 'Make a token; it is shown once' },
  action: 'tokens.write',
  scope: { about: 'place', in: 'body', name: 'place' },
  idempotent: 'once',
  body: record({
    name: Type.String({ minLength: 1, maxLength: 100 }),
    actions: Type.Array(Type.Enum([...TOKEN_ACTIONS]), { minItems: 1, maxItems: TOKEN_ACTIONS.length }),
    place: PlaceText,
    days: Type.Integer({ minimum: 1, maximum: 1100 }),
  }),
  status: 201,
  response: record({ token: Type.Integer(), secret: Type.String(), until: Instant }),
});

export const revokeToken = contract({
  id: 'tokens.revoke',
  method: 'DELETE',
  path: '/tokens/:token',
  summary: { zh: '停用接口令牌', en: 'Withdraw a token' },
  action: 'tokens.write',
  scope: { about: 'filtered' },
  params: record({ token: Type.Integer() }),
  status: 204,
  refusals: ['not-found', 'already-ended'],
});

export const TOKENS = [tokens, makeToken, revokeToken] as const;
