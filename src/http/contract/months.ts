// Closing a month, late truths about closed ones, and the reconciliation to stocktake, invoices and the cost report.
import { Type } from 'typebox';
import { contract, DayText, Instant, PlantId, record, Whole } from '../contract.ts';
import { Cause } from './sheets.ts';

const MonthText = Type.String({ pattern: '^\\d{4}-\\d{2}$' });
const Why = Type.String({ minLength: 1, maxLength: 500 });
const onPlant = { scope: { about: 'plant' } } as const;

export const listMonths = contract({
  ...onPlant,
  id: 'months.list',
  method: 'GET',
  path: '/months',
  summary: { zh: '核算月', en: 'Accounting months' },
  action: 'month.read',
  response: record({
    months: Type.Array(
      record({
        month: MonthText,
        from: DayText,
        to: DayText,
        closed: Type.Boolean(),
        closedAt: Type.Optional(Instant),
        closedBy: Type.Optional(Type.Integer()),
        sheets: Type.Integer(),
        provisional: Type.Integer(),
        gainFen: Type.Integer(),
        companyFen: Type.Integer(),
      }),
    ),
  }),
});

export const closeMonth = contract({
  ...onPlant,
  id: 'months.close',
  method: 'POST',
  path: '/months/:month/close',
  summary: { zh: '关账：此后的变动要作为更正批准', en: 'Close a month: what changes after it needs approval' },
  action: 'month.close',
  idempotent: 'yes',
  params: record({ month: MonthText }),
  body: record({ reason: Why, evenProvisional: Type.Optional(Type.Boolean()) }),
  status: 201,
  response: record({ month: MonthText, closedAt: Instant }),
  refusals: ['month-not-over', 'month-closed', 'month-provisional', 'month-unsettled'],
});

const Restatement = record({
  restatement: Type.Integer(),
  unit: Type.String(),
  day: DayText,
  shift: Type.String(),
  state: Type.Enum(['waiting', 'approved', 'refused', 'replaced']),
  causes: Type.Array(Cause),
  said: Type.Array(Type.String()),
  asOf: Instant,
  gainDifferenceFen: Type.Union([Type.Integer(), Type.Null()]),
  reason: Type.String(),
});

export const listRestatements = contract({
  ...onPlant,
  id: 'restatements.list',
  method: 'GET',
  path: '/restatements',
  summary: { zh: '关账后的更正', en: 'Restatements of closed months' },
  action: 'month.read',
  query: record({ state: Type.Optional(Type.Enum(['waiting', 'approved', 'refused', 'replaced'])) }),
  response: record({ restatements: Type.Array(Restatement) }),
});

export const decideRestatement = contract({
  ...onPlant,
  id: 'restatements.decide',
  method: 'POST',
  path: '/restatements/:restatement/decision',
  summary: { zh: '批准或驳回更正', en: 'Approve or refuse a restatement' },
  action: 'restatement.approve',
  idempotent: 'yes',
  params: record({ restatement: Whole }),
  body: record({ approve: Type.Boolean(), reason: Why }),
  status: 201,
  response: record({
    restatement: Type.Integer(),
    state: Type.Enum(['approved', 'refused']),
    bookedDay: Type.Optional(DayText),
  }),
  refusals: ['not-found', 'already-decided', 'restatement-outdated'],
});

export const reconcile = contract({
  ...onPlant,
  id: 'reconciliation.add',
  method: 'POST',
  path: '/months/:month/reconciliation',
  summary: {
    zh: '盘点、发票、成本报表与班组合计的差额，记公司项',
    en: 'Difference of stocktake, invoices and cost report to the shifts, as company lines',
  },
  action: 'reconciliation.write',
  idempotent: 'yes',
  params: record({ month: MonthText }),
  body: record({
    rows: Type.Array(
      record({
        item: PlantId,
        source: Type.Enum(['stocktake', 'invoice', 'cost-report']),
        quantity: Type.String({ pattern: '^-?\\d{1,15}(\\.\\d{1,9})?$' }),
        note: Type.Optional(Type.String({ maxLength: 500 })),
      }),
      { minItems: 1, maxItems: 500 },
    ),
  }),
  status: 201,
  response: record({
    rows: Type.Array(
      record({
        item: Type.String(),
        source: Type.String(),
        shifts: Type.String({ description: 'Σ of the shifts, in the unit of the item' }),
        quantity: Type.String(),
        differenceFen: Type.Integer(),
        version: Type.Integer(),
        bookedDay: DayText,
      }),
    ),
  }),
  refusals: ['no-such-item', 'month-not-over'],
});

export const MONTHS = [listMonths, closeMonth, listRestatements, decideRestatement, reconcile] as const;
