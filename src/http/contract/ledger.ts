// The chain over what was posted, what waits to be done, and the stream of events.
import { Type } from 'typebox';
import { contract, Instant, record, Whole } from '../contract.ts';

const onPlant = { scope: { about: 'plant' } } as const;

export const listSeals = contract({
  ...onPlant,
  id: 'ledger.seals',
  method: 'GET',
  path: '/ledger/seals',
  summary: { zh: '凭证链的封签', en: 'Seals over the vouchers' },
  action: 'audit.read',
  query: record({ after: Type.Optional(Whole) }),
  response: record({
    seals: Type.Array(
      record({
        seal: Type.Integer(),
        previous: Type.String(),
        hash: Type.String(),
        vouchers: Type.Integer(),
        sealedAt: Instant,
      }),
    ),
    unsealed: Type.Integer(),
  }),
});

export const verify = contract({
  ...onPlant,
  id: 'ledger.verify',
  method: 'POST',
  path: '/ledger/verification',
  summary: { zh: '核验凭证链、分录并重新核算', en: 'Verify the chain and the postings, and settle again' },
  action: 'audit.read',
  idempotent: 'no',
  rate: 'heavy',
  body: record({
    settle: Type.Optional(Type.Boolean({ description: 'settle again from readings; slow' })),
    from: Type.Optional(Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' })),
    to: Type.Optional(Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' })),
  }),
  response: record({
    ok: Type.Boolean(),
    vouchers: Type.Integer(),
    seals: Type.Integer(),
    unsealed: Type.Integer(),
    settledAgain: Type.Integer(),
    fromQuantities: Type.Integer(),
    findings: Type.Array(
      record({ code: Type.String(), what: Type.String(), expected: Type.String(), found: Type.String() }),
    ),
  }),
});

export const listJobs = contract({
  ...onPlant,
  id: 'jobs.list',
  method: 'GET',
  path: '/jobs',
  summary: { zh: '后台任务', en: 'Background jobs' },
  action: 'jobs.read',
  response: record({
    jobs: Type.Array(
      record({ task: Type.String(), waiting: Type.Integer(), failed: Type.Integer(), oldestMs: Type.Integer() }),
    ),
    settledUntil: Instant,
  }),
});

export const events = contract({
  ...onPlant,
  id: 'events.stream',
  method: 'GET',
  path: '/events',
  summary: { zh: '实时事件：实时核算、核算单、榜、更正', en: 'Live events: drafts, sheets, boards, restatements' },
  action: 'events.read',
  query: record({
    kinds: Type.Optional(Type.String({ maxLength: 200, description: 'draft,sheet,board,…' })),
    once: Type.Optional(Type.Boolean({ description: 'only what came after Last-Event-ID; the answer ends' })),
  }),
  gives: ['text/event-stream'],
});

export const LEDGER = [listSeals, verify, listJobs, events] as const;
