// What people say comes in row by row, under the columns of the plant format; the plant's own reader judges it.
import { stamp, type Transaction } from '../store/database.ts';
import { factHistory, pageFacts } from '../store/facts.ts';
import { type FactCells, teachFacts } from '../work/teach.ts';
import { ADD_FACTS, approveExclusion, FACT_TABLES, listFacts } from './contract/facts.ts';
import { makeCursor, pageOf, readCursor } from './cursor.ts';
import { type Domain, refuseRows } from './domain.ts';
import { refuse } from './problem.ts';
import { type Call, type Route, route } from './route.ts';

export function factRoutes({ plants }: Domain): Route[] {
  const record = async (call: Call, tx: Transaction, kind: string, rows: readonly FactCells[], why: string) => {
    if (!plants.newest) throw refuse('no-model');
    const by = call.person === undefined ? '' : String(call.person);
    const written: FactCells[] = rows.map((row) => ({ ...row, by }));
    const said = await teachFacts({ db: call.service.db, plants }, tx, kind, written, {
      author: call.person,
      source: 'http',
    });
    if (!said.ok) return refuseRows(said.problems, call.language, 'bad-rows');
    for (const row of written)
      await call.audit(tx, { action: 'fact.add', object: [kind.replace('.csv', ''), row.id ?? ''], after: row, why });
    return { body: { ids: [...said.ids], learnt: stamp(said.learnt) } };
  };
  return [
    ...Object.keys(FACT_TABLES).map((kind) =>
      route(ADD_FACTS[kind]!).write(async (call, tx) => {
        const { rows } = call.body as unknown as { rows: FactCells[] };
        return record(call as unknown as Call, tx, kind, rows, rows[0]?.reason ?? '');
      }),
    ),
    route(approveExclusion).write(async (call, tx) => {
      const { id } = call.params;
      const history = await factHistory(tx, call.plantId, 'exclusions.csv', id);
      const last = history.at(-1);
      const unit = last?.cells.unit;
      if (!last || unit === undefined) return refuse('not-found', { kind: 'exclusion', found: id });
      if (!call.access.may('facts.exclusion.approve', { kind: 'unit', id: unit }))
        return refuse('not-allowed', { action: 'facts.exclusion.approve', place: unit });
      const { approve, reason } = call.body;
      if (approve && call.person !== undefined && history.some(({ author }) => author === call.person))
        return refuse('own-words');
      const { recorded_at: _, withdrawn: __, ...cells } = last.cells;
      const row = approve
        ? { ...cells, approved_by: String(call.person ?? '') }
        : { ...cells, withdrawn: 'yes', approved_by: String(call.person ?? '') };
      return record(call as unknown as Call, tx, 'exclusions.csv', [row], reason) as never;
    }),
    route(listFacts).read(async ({ plantId, query, access }, db) => {
      const { limit = 50, unit, table } = query;
      const [before] = readCursor('facts', query.cursor, ['number']) ?? [];
      const rows = await pageFacts(db, plantId, {
        ...(table === undefined ? {} : { kind: table }),
        ...(unit === undefined ? {} : { unit }),
        ...(before === undefined ? {} : { before: Number(before) }),
        limit: limit + 1,
      });
      const units = access.units('facts.read');
      const page = pageOf(
        rows,
        limit,
        ({ kind, id, recordedAt, author, cells }) => ({
          table: kind,
          id,
          recordedAt: stamp(recordedAt),
          ...(author === undefined ? {} : { author }),
          cells: { ...cells },
        }),
        (last) => makeCursor('facts', last.fact),
      );
      return {
        body: {
          ...page,
          items: page.items.filter(({ cells }) => units === 'all' || cells.unit === undefined || units.has(cells.unit)),
        },
      };
    }),
  ];
}
