// Closing months, deciding restatements, reconciling: each an entry in the audit log with its reason.
import type { Cause } from '../ledger.ts';
import { formatDay, type Month, monthHolding, monthOf, parseDay } from '../plant.ts';
import { stamp } from '../store/database.ts';
import { closedMonths, listRestatements as readRestatements } from '../store/months.ts';
import { monthSums } from '../store/standings.ts';
import { sayCause } from '../words/ledger.ts';
import { closeAccountingMonth, decide, reconcileMonth } from '../work/months.ts';
import { closeMonth, decideRestatement, listMonths, listRestatements, reconcile } from './contract/months.ts';
import type { Domain } from './domain.ts';
import { refuse } from './problem.ts';
import { type Route, route } from './route.ts';

export function monthRoutes({ plants }: Domain): Route[] {
  return [
    route(listMonths).read(async ({ plantId, plant }, db) => {
      const closed = new Map((await closedMonths(db, plantId)).map((one) => [one.month, one]));
      const byMonth = new Map<string, { sheets: number; provisional: number; gainFen: number; companyFen: number }>();
      for (const { day, sheets, provisional, gainFen, companyFen } of await monthSums(db, plantId)) {
        const { text } = monthHolding(parseDay(day)!, plant.monthStartsOn);
        const sum = byMonth.get(text) ?? { sheets: 0, provisional: 0, gainFen: 0, companyFen: 0 };
        sum.sheets += sheets;
        sum.provisional += provisional;
        sum.gainFen += gainFen;
        sum.companyFen += companyFen;
        byMonth.set(text, sum);
      }
      return {
        body: {
          months: [...byMonth].sort().map(([month, sums]) => {
            const { first, last } = monthOf(month, plant.monthStartsOn) as Month;
            const shut = closed.get(month);
            return {
              month,
              from: formatDay(first),
              to: formatDay(last),
              closed: shut !== undefined,
              ...(shut ? { closedAt: stamp(shut.closedAt) } : {}),
              ...(shut?.closedBy === undefined ? {} : { closedBy: shut.closedBy }),
              ...sums,
            };
          }),
        },
      };
    }),
    route(closeMonth).write(async (call, tx) => {
      const { params, body, person } = call;
      if (!plants.newest) return refuse('no-model');
      const closed = await closeAccountingMonth(
        tx,
        plants,
        params.month,
        person,
        body.reason,
        body.evenProvisional ?? false,
      );
      if (!closed.ok) return refuse(closed.code, { month: params.month, count: 'count' in closed ? closed.count : 0 });
      await call.audit(tx, { action: 'month.close', object: ['month', params.month], why: body.reason });
      return { body: { month: params.month, closedAt: stamp(closed.closedAt) } };
    }),
    route(listRestatements).read(async ({ plantId, plant, query, language }, db) => ({
      body: {
        restatements: (await readRestatements(db, plantId, query.state)).map((one) => {
          const causes = JSON.parse(one.causes) as Cause[];
          return {
            restatement: one.restatement,
            unit: one.unit,
            day: one.day,
            shift: one.shift,
            state: one.state,
            causes,
            said: causes.map((cause) => sayCause(cause, plant.zone, language)),
            asOf: stamp(one.asOf),
            gainDifferenceFen: one.gainDifferenceFen ?? null,
            reason: one.reason,
          };
        }),
      },
    })),
    route(decideRestatement).write(async (call, tx) => {
      const { plantId, plant, params, body, person } = call;
      const decided = await decide(tx, plantId, plant, params.restatement, body.approve, person, body.reason);
      if (!decided.ok) return refuse(decided.code, { kind: 'restatement', found: params.restatement });
      await call.audit(tx, {
        action: body.approve ? 'restatement.approve' : 'restatement.refuse',
        object: ['restatement', params.restatement],
        after: { bookedDay: decided.bookedDay },
        why: body.reason,
      });
      return {
        body: {
          restatement: params.restatement,
          state: decided.state,
          ...(decided.bookedDay === undefined ? {} : { bookedDay: decided.bookedDay }),
        },
      };
    }),
    route(reconcile).write(async (call, tx) => {
      const { plantId, params, body, person } = call;
      const newest = plants.newest;
      if (!newest) return refuse('no-model');
      const rows = body.rows.map(({ note = '', ...row }) => ({ ...row, note }));
      const done = await reconcileMonth(tx, plantId, newest.plant, newest.version, params.month, rows, person);
      if (!done.ok) return refuse(done.code, { month: params.month, item: 'item' in done ? done.item : '' });
      await call.audit(tx, { action: 'month.reconcile', object: ['month', params.month], after: { rows: done.rows } });
      return { body: { rows: [...done.rows] } };
    }),
  ];
}
