// Handover: offered, accepted (perhaps under protest) or refused, then the shift supervisor rules. Settling waits for none of it.
import { Type } from 'typebox';
import { contract, DayText, Instant, PlantId, record } from '../contract.ts';

const State = Type.Enum(['offered', 'accepted', 'accepted-disputed', 'refused', 'ruled']);
const Code = Type.String({ minLength: 1, maxLength: 8 });
const params = record({ unit: PlantId, day: DayText, shift: Code });
const inUnit = { scope: { about: 'unit', in: 'params', name: 'unit' } } as const;
const Note = Type.String({ maxLength: 2000 });

const Check = record({
  what: Type.Enum(['process', 'equipment', 'safety', 'tools', 'records', 'housekeeping']),
  good: Type.Boolean(),
  note: Type.Optional(Note),
});
const Stock = record({ stream: PlantId, quantity: Type.String({ maxLength: 40 }) });

const Event = record({
  state: State,
  at: Instant,
  person: Type.Optional(Type.Integer()),
  actingFor: Type.Optional(Type.Integer()),
  checklist: Type.Array(Check),
  stocks: Type.Array(Stock),
  note: Type.String(),
});

export const Handover = record({
  state: Type.Union([State, Type.Literal('none')]),
  next: Type.Array(State),
  events: Type.Array(Event),
});

export const getHandover = contract({
  ...inUnit,
  id: 'handovers.get',
  method: 'GET',
  path: '/handovers/:unit/:day/:shift',
  summary: { zh: '一班的交接情况', en: 'The handover of a shift' },
  action: 'handover.read',
  params,
  response: Handover,
  refusals: ['not-found'],
});

const step = {
  ...inUnit,
  method: 'POST',
  idempotent: 'yes',
  params,
  status: 201,
  response: Handover,
  refusals: ['not-found', 'handover-order', 'own-words'],
} as const;

export const offerHandover = contract({
  ...step,
  id: 'handovers.offer',
  path: '/handovers/:unit/:day/:shift/offer',
  summary: { zh: '交班：结存和检查表', en: 'Hand over: stock and checklist' },
  action: 'handover.offer',
  body: record({
    checklist: Type.Array(Check, { maxItems: 20 }),
    stocks: Type.Array(Stock, { maxItems: 50 }),
    note: Type.Optional(Note),
    actingFor: Type.Optional(Type.Integer({ description: 'the leader for whom someone acts' })),
  }),
});

export const answerHandover = contract({
  ...step,
  id: 'handovers.answer',
  path: '/handovers/:unit/:day/:shift/answer',
  summary: { zh: '接班：已接、有异议接班或拒接', en: 'Take over: accept, accept under protest, or refuse' },
  action: 'handover.accept',
  body: record({
    state: Type.Enum(['accepted', 'accepted-disputed', 'refused']),
    note: Type.Optional(Note),
    stocks: Type.Optional(Type.Array(Stock, { maxItems: 50 })),
    actingFor: Type.Optional(Type.Integer()),
  }),
});

export const ruleHandover = contract({
  ...step,
  id: 'handovers.rule',
  path: '/handovers/:unit/:day/:shift/ruling',
  summary: { zh: '值长裁定', en: 'The shift supervisor rules' },
  action: 'handover.rule',
  body: record({ note: Type.String({ minLength: 1, maxLength: 2000 }) }),
});

export const HANDOVERS = [getHandover, offerHandover, answerHandover, ruleHandover] as const;
