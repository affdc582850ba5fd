// Facts: what people said. One route a table, each with the columns of the plant format; a row of an id that is known takes
// the place of the earlier one from now on, and `withdrawn: "yes"` takes it back.
import { type TSchema, Type } from 'typebox';
import { TABLES } from '../../plant.ts';
import { type Action, type Contract, contract, Instant, PAGING, PlantId, page, record } from '../contract.ts';

const Cell = Type.String({ maxLength: 500 });

interface Table {
  readonly path: string;
  readonly action: Action;
  readonly by: 'unit' | 'point';
  readonly zh: string;
  readonly en: string;
}

/** The tables that come in row by row, by file name. */
export const FACT_TABLES: Readonly<Record<string, Table>> = {
  'orders.csv': { path: '/orders', action: 'facts.order.write', by: 'unit', zh: '调度令', en: 'dispatch orders' },
  'limits.csv': {
    path: '/limits',
    action: 'facts.order.write',
    by: 'unit',
    zh: '限产',
    en: 'supply and downstream limits',
  },
  'exclusions.csv': {
    path: '/exclusions',
    action: 'facts.exclusion.write',
    by: 'unit',
    zh: '不计入时段',
    en: 'exclusions',
  },
  'fees.csv': { path: '/fees', action: 'facts.fee.write', by: 'unit', zh: '费用', en: 'fees' },
  'swaps.csv': { path: '/swaps', action: 'facts.swap.write', by: 'unit', zh: '换班', en: 'swaps' },
  'samples.csv': { path: '/samples', action: 'laboratory.write', by: 'point', zh: '化验样', en: 'samples' },
  'replacements.csv': {
    path: '/replacements',
    action: 'readings.write',
    by: 'point',
    zh: '换表',
    en: 'replacements of meters',
  },
  'confirmations.csv': {
    path: '/confirmations',
    action: 'readings.write',
    by: 'point',
    zh: '确认',
    en: 'confirmations',
  },
};

/** What the service writes itself: when it was learnt and by whom. */
const OWN = ['recorded_at', 'by'];

function rowOf(kind: string): TSchema {
  const { required = [], optional = [] } = TABLES[kind] ?? {};
  const keys: Record<string, TSchema> = {};
  for (const name of new Set([...required, ...optional])) {
    if (OWN.includes(name)) continue;
    const cell = name === 'unit' || name === 'point' ? PlantId : Cell;
    keys[name] = required.includes(name) ? cell : Type.Optional(cell);
  }
  return record(keys);
}

export const ADD_FACTS: Readonly<Record<string, Contract>> = Object.fromEntries(
  Object.entries(FACT_TABLES).map(([kind, { path, action, by, zh, en }]) => [
    kind,
    contract({
      id: `facts.add-${path.slice(1)}`,
      method: 'POST',
      path,
      summary: { zh: `登记${zh}`, en: `Record ${en}` },
      action,
      scope: { about: by, in: 'body', name: `rows[].${by}` },
      idempotent: 'yes',
      body: record({ rows: Type.Array(rowOf(kind), { minItems: 1, maxItems: 2000 }) }),
      status: 201,
      response: record({ ids: Type.Array(Type.String()), learnt: Instant }),
      refusals: ['bad-rows', 'no-model'],
    }),
  ]),
);

export const approveExclusion = contract({
  id: 'exclusions.approve',
  method: 'POST',
  path: '/exclusions/:id/approval',
  summary: { zh: '批准或撤销不计入', en: 'Approve or take back an exclusion' },
  action: 'facts.exclusion.approve',
  scope: { about: 'filtered' },
  idempotent: 'yes',
  params: record({ id: Type.String({ minLength: 1, maxLength: 200 }) }),
  body: record({ approve: Type.Boolean(), reason: Type.String({ minLength: 1, maxLength: 500 }) }),
  status: 201,
  response: record({ ids: Type.Array(Type.String()), learnt: Instant }),
  refusals: ['bad-rows', 'not-found', 'own-words'],
});

export const listFacts = contract({
  id: 'facts.list',
  method: 'GET',
  path: '/facts',
  summary: { zh: '登记过的事实，含更正', en: 'Facts as recorded, corrections included' },
  action: 'facts.read',
  scope: { about: 'unit', in: 'query', name: 'unit' },
  paged: true,
  query: record({
    ...PAGING,
    unit: Type.Optional(PlantId),
    table: Type.Optional(Type.Enum(Object.keys(FACT_TABLES))),
  }),
  response: page(
    record({
      table: Type.String(),
      id: Type.String(),
      recordedAt: Instant,
      author: Type.Optional(Type.Integer()),
      cells: Type.Record(Type.String(), Type.String()),
    }),
  ),
});

export const FACTS: readonly Contract[] = [...Object.values(ADD_FACTS), approveExclusion, listFacts];
