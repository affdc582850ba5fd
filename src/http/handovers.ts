// Handover, step by step; each step says who may do it, and the order is the domain's.
import type { Static } from 'typebox';
import { type HandoverState, nextStates } from '../ledger.ts';
import { parseDay } from '../plant.ts';
import { type Queryable, stamp, type Transaction } from '../store/database.ts';
import { addEvents } from '../store/events.ts';
import { addHandoverEvent, type HandoverEvent, handoverEvents, type ShiftId } from '../store/handovers.ts';
import { learn } from '../store/plants.ts';
import { answerHandover, getHandover, type Handover, offerHandover, ruleHandover } from './contract/handovers.ts';
import type { Domain } from './domain.ts';
import { refuse } from './problem.ts';
import { type Call, type Route, route } from './route.ts';

type Shown = Static<typeof Handover>;

/** What the other crew says to an offer. */
const ANSWERS: ReadonlySet<HandoverState> = new Set(['accepted', 'accepted-disputed', 'refused']);

export function handoverRoutes({ plants }: Domain): Route[] {
  const known = ({ unit, day, shift }: ShiftId): boolean => {
    const number = parseDay(day);
    const found = number === undefined ? undefined : plants.on(number)?.plant.units.get(unit);
    return found?.rotation.clock.shifts.some(({ code }) => code === shift) ?? false;
  };
  const show = async (db: Queryable, plantId: number, shift: ShiftId): Promise<{ body: Shown }> => {
    const events = await handoverEvents(db, plantId, shift);
    const state: HandoverState | 'none' = events.at(-1)?.state ?? 'none';
    return {
      body: {
        state,
        next: [...nextStates(state)],
        events: events.map(({ at, person, actingFor, checklist, stocks, ...rest }) => ({
          ...rest,
          at: stamp(at),
          ...(person === undefined ? {} : { person }),
          ...(actingFor === undefined ? {} : { actingFor }),
          checklist: [...checklist],
          stocks: [...stocks],
        })),
      },
    };
  };
  const step = async (
    call: Call,
    tx: Transaction,
    shift: ShiftId,
    event: Pick<HandoverEvent, 'checklist' | 'stocks' | 'note' | 'actingFor'> & { readonly state: HandoverState },
  ) => {
    const { plantId, person } = call;
    if (!known(shift))
      return refuse('not-found', { kind: 'shift', found: `${shift.unit}/${shift.day}/${shift.shift}` });
    const events = await handoverEvents(tx, plantId, shift, true);
    const offer = events.findLast((one) => one.state === 'offered');
    if (ANSWERS.has(event.state) && person !== undefined && offer?.person === person) return refuse('own-words');
    const state = events.at(-1)?.state ?? 'none';
    const next = nextStates(state);
    if (!next.includes(event.state)) return refuse('handover-order', { state, next: next.join(', ') });
    await addHandoverEvent(tx, plantId, shift, { ...event, at: await learn(tx, plantId), person });
    await addEvents(tx, plantId, [{ kind: 'handover', unit: shift.unit, body: { ...shift, state: event.state } }]);
    await call.audit(tx, {
      action: `handover.${event.state}`,
      object: ['shift', `${shift.unit}/${shift.day}/${shift.shift}`],
      after: event,
      why: event.note,
    });
    return show(tx, plantId, shift);
  };
  return [
    route(getHandover).read(async ({ plantId, params }, db) =>
      known(params) ? show(db, plantId, params) : refuse('not-found', { kind: 'shift', found: params.shift }),
    ),
    route(offerHandover).write((call, tx) => {
      const { checklist, stocks, note = '', actingFor } = call.body;
      return step(call as unknown as Call, tx, call.params, { state: 'offered', checklist, stocks, note, actingFor });
    }),
    route(answerHandover).write((call, tx) => {
      const { state, stocks = [], note = '', actingFor } = call.body;
      return step(call as unknown as Call, tx, call.params, { state, checklist: [], stocks, note, actingFor });
    }),
    route(ruleHandover).write((call, tx) =>
      step(call as unknown as Call, tx, call.params, {
        state: 'ruled',
        checklist: [],
        stocks: [],
        note: call.body.note,
        actingFor: undefined,
      }),
    ),
  ];
}
