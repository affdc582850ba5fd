// The audit log.
import { Type } from 'typebox';
import { contract, Instant, PAGING, page, record } from '../contract.ts';

export const AuditItem = record({
  entry: Type.Integer(),
  at: Instant,
  person: Type.Optional(Type.Integer()),
  token: Type.Optional(Type.Integer()),
  device: Type.Optional(Type.Integer()),
  request: Type.String(),
  action: Type.String(),
  kind: Type.String(),
  object: Type.String(),
  before: Type.Optional(Type.Unknown()),
  after: Type.Optional(Type.Unknown()),
  why: Type.String(),
});

export const audit = contract({
  id: 'audit.list',
  method: 'GET',
  path: '/audit',
  summary: { zh: '审计日志，最近的在前', en: 'The audit log, latest first' },
  action: 'audit.read',
  scope: { about: 'plant' },
  paged: true,
  query: record({
    ...PAGING,
    person: Type.Optional(Type.Integer()),
    action: Type.Optional(Type.String({ maxLength: 100 })),
    kind: Type.Optional(Type.String({ maxLength: 100 })),
    object: Type.Optional(Type.String({ maxLength: 200 })),
  }),
  response: page(AuditItem),
});

export const AUDIT = [audit] as const;
