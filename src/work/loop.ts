// The settle loop of a process: the tasks it can do, which any number of processes share through one queue, and the clock that
// asks for them each minute.
import { setTimeout as sleep } from 'node:timers/promises';
import { monthOf } from '../plant.ts';
import { forgetAttempts } from '../store/attempts.ts';
import type { Database } from '../store/database.ts';
import { dropEventsBefore } from '../store/events.ts';
import { forgetKeys } from '../store/idempotency.ts';
import { listPlants, readClock } from '../store/plants.ts';
import { forgetSessions } from '../store/sessions.ts';
import { sealVouchers } from '../store/vouchers.ts';
import { Plants } from './plants.ts';
import { askAtEnd, askSeal, askSettle, runJobs, type Working } from './queue.ts';
import { type SettleOutcome, settleGroup } from './settle.ts';
import { Windows } from './window.ts';

export interface LoopOptions {
  readonly db: Database;
  readonly concurrency?: number;
  readonly onSettled?: (group: string, outcome: SettleOutcome, tookMs: number) => void;
  readonly onTrouble: (what: string, error: unknown) => void;
}

const EVENTS_KEPT_MS = 86_400_000;
const KEYS_KEPT_HOURS = 48;
const SESSIONS_KEPT_DAYS = 90;
/** The minute of each hour in which what is of no use any more is let go. */
const TIDY_MINUTE = 17;
/** How soon a group is settled again of which something is known already that an older arrival, still on its way, holds up. */
const LATER_MS = 250;

/** Lets go of events, idempotency keys, ended sessions and sign-in attempts of which nobody will ask again. */
export async function forgetOld(db: Database): Promise<void> {
  const now = Date.now();
  for (const { plantId } of await listPlants(db)) {
    await dropEventsBefore(db, plantId, now - EVENTS_KEPT_MS);
    await forgetKeys(db, plantId, KEYS_KEPT_HOURS);
    await forgetSessions(db, plantId, now, SESSIONS_KEPT_DAYS);
    await forgetAttempts(db, plantId, now);
  }
}

export async function startLoop({ db, concurrency = 2, onSettled, onTrouble }: LoopOptions): Promise<Working> {
  const windows = new Windows();
  const plantsOf = new Map<number, Plants>();
  const plants = (plantId: number): Plants => {
    let one = plantsOf.get(plantId);
    if (!one) {
      one = new Plants(plantId);
      plantsOf.set(plantId, one);
    }
    return one;
  };
  let stopping = false;
  const guarded =
    (what: string, task: (payload: Readonly<Record<string, unknown>>) => Promise<void>) =>
    async (payload: Readonly<Record<string, unknown>>): Promise<void> => {
      try {
        // Every task writes. A failed one would be put off for longer and longer.
        while (db.full && !stopping) await sleep(250);
        if (db.full) throw new Error('stopped while the disk is full');
        await task(payload);
      } catch (error) {
        // What was kept warm may be half way between two states: it is taken anew.
        windows.clear();
        onTrouble(what, error);
        throw error;
      }
    };
  const settle = async (payload: Readonly<Record<string, unknown>>): Promise<void> => {
    const [plantId, group] = [Number(payload.plantId), String(payload.group)];
    const began = performance.now();
    const outcome = await settleGroup(db, plants(plantId), windows, group, {
      after: async (tx, { posted, cycles, nextEnd, later }) => {
        if (posted + cycles > 0) await askSeal(tx, plantId);
        if (later) await askSettle(tx, plantId, [group], LATER_MS);
        if (nextEnd === undefined) return;
        const { now } = await readClock(tx, plantId);
        await askAtEnd(tx, plantId, group, Math.max(0, nextEnd - now) + 20);
      },
    });
    onSettled?.(group, outcome, performance.now() - began);
  };
  const fill = async (payload: Readonly<Record<string, unknown>>): Promise<void> => {
    const [plantId, group] = [Number(payload.plantId), String(payload.group)];
    const own = plants(plantId);
    await own.refresh(db);
    const month = monthOf(String(payload.month), own.newest?.plant.monthStartsOn ?? 1);
    // A window of the past is looked through once.
    if (month) await settleGroup(db, own, new Windows(0), group, { filling: month });
    else await settleGroup(db, own, windows, group, { cycles: true });
  };
  const tick = async (): Promise<void> => {
    for (const { plantId, seededAt } of await listPlants(db)) {
      // A plant that is still being filled from history is settled by whoever fills it.
      if (seededAt === undefined) continue;
      const own = plants(plantId);
      await own.refresh(db);
      await askSettle(db, plantId, [...new Set(own.groups.values())]);
      await askSeal(db, plantId);
    }
    const minute = Math.floor(Date.now() / 60_000);
    if (minute % 60 === TIDY_MINUTE) await forgetOld(db);
  };
  const working = await runJobs({
    db,
    concurrency,
    crontab: '* * * * * tick ?max=1\n',
    onTrouble,
    tasks: {
      settle: guarded('settle', settle),
      seal: guarded('seal', async ({ plantId }) => {
        await db.transaction((tx) => sealVouchers(tx, Number(plantId)));
      }),
      tick: guarded('tick', tick),
      fill: guarded('fill', fill),
      'fill-cycles': guarded('fill-cycles', fill),
    },
  });
  return {
    stop: () => {
      stopping = true;
      return working.stop();
    },
  };
}
