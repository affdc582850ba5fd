// The chain over what was posted, what waits, and the stream of events.

import type { Database } from '../store/database.ts';
import { stamp } from '../store/database.ts';
import { eventsAfter, lastEvent, listenEvents } from '../store/events.ts';
import { countJobs } from '../store/jobs.ts';
import { readClock } from '../store/plants.ts';
import { countUnsealed, listSeals as readSeals } from '../store/vouchers.ts';
import { verifyLedger } from '../work/verify.ts';
import { accessOf } from './access.ts';
import { events, listJobs, listSeals, verify } from './contract/ledger.ts';
import type { Domain } from './domain.ts';
import { identify } from './identify.ts';
import { type Route, route } from './route.ts';
import { type EventSource, frameOf, type StreamEvent } from './stream.ts';

export function ledgerRoutes({ hub }: Domain): Route[] {
  return [
    route(listSeals).read(async ({ plantId, query }, db) => ({
      body: {
        seals: (await readSeals(db, plantId, query.after ?? 0, 200)).map(({ vouchers, sealedAt, ...rest }) => ({
          ...rest,
          vouchers: vouchers.length,
          sealedAt: stamp(sealedAt),
        })),
        unsealed: await countUnsealed(db, plantId),
      },
    })),
    route(verify).own(async ({ plantId, plant, body }, db) => {
      const { settle = true, from, to } = body;
      const verified = await verifyLedger(db, plantId, plant.id, {
        settle,
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
      });
      return {
        body: {
          ok: verified.findings.length === 0,
          ...verified,
          findings: verified.findings.map((one) => ({ ...one })),
        },
      };
    }),
    route(listJobs).read(async ({ plantId }, db) => ({
      body: {
        jobs: (await countJobs(db)).map((one) => ({ ...one })),
        settledUntil: stamp((await readClock(db, plantId)).closedUntil),
      },
    })),
    route(events).own(async (call, db) => {
      const { access, query, request, service, plantId } = call;
      const last = Number(request.headers['last-event-id']);
      const kinds = query.kinds === undefined ? undefined : new Set(query.kinds.split(','));
      const [drafts, sheets] = [access.units('drafts.read'), access.units('sheets.read')];
      const lastEventId = Number.isSafeInteger(last) && last > 0 ? last : undefined;
      const sees = ({ kind, unit }: Pick<StreamEvent, 'kind' | 'unit'>): boolean => {
        if (kinds && !kinds.has(kind)) return false;
        const units = kind === 'draft' ? drafts : sheets;
        return unit === undefined || units === 'all' || units.has(unit);
      };
      if (query.once) {
        const missed = (await eventsAfter(db, plantId, lastEventId ?? (await lastEvent(db, plantId)))).filter(sees);
        const body = missed.map(({ event, kind, body: data }) => frameOf({ id: event, kind, body: data })).join('');
        return { body, mediaType: 'text/event-stream' };
      }
      hub.attach(call, {
        lastEventId,
        sees,
        alive: async () => {
          const caller = await identify(request, service);
          return caller.kind !== 'nobody' && accessOf(caller, service.currentPlant()).somewhere('events.read');
        },
      });
      return { taken: true };
    }),
  ];
}

/** Numbers are drawn before they are committed, so that one may come after a greater one: reading goes back a little. */
const OVERLAP = 200;

/** The events of a plant as the hub wants them: rung for by PostgreSQL, read from their table. */
export function eventsOf(db: Database, plantId: number): EventSource {
  const asEvent = ({ event, kind, unit, body }: Awaited<ReturnType<typeof eventsAfter>>[number]): StreamEvent => ({
    id: event,
    kind,
    unit,
    body,
  });
  return {
    latest: () => lastEvent(db, plantId),
    since: async (id, limit) => {
      const rows = await eventsAfter(db, plantId, id, limit);
      return rows.map(asEvent);
    },
    subscribe: async (onEvent, onGap) => {
      let seen = await lastEvent(db, plantId);
      let reading: Promise<void> | undefined;
      let again = false;
      const read = async (): Promise<void> => {
        do {
          again = false;
          for (const row of await eventsAfter(db, plantId, Math.max(0, seen - OVERLAP), 2000)) {
            onEvent(asEvent(row));
            seen = Math.max(seen, row.event);
          }
        } while (again);
      };
      const ring = (): void => {
        if (reading) again = true;
        else
          reading = read()
            .catch(onGap)
            .finally(() => {
              reading = undefined;
            });
      };
      return listenEvents(
        db,
        (of) => {
          if (of === plantId) ring();
        },
        () => {
          ring();
          onGap();
        },
      );
    },
  };
}
