// The audit log, for who may read it. Nothing here or anywhere changes it.

import { listAudit } from '../store/audit.ts';
import { stamp } from '../store/database.ts';
import { audit } from './contract/audit.ts';
import { makeCursor, pageOf, readCursor } from './cursor.ts';
import { type Route, route } from './route.ts';

export const auditRoutes = (): Route[] => [
  route(audit).read(async ({ plantId, query }, db) => {
    const { limit = 50, person, action, kind, object } = query;
    const [before] = readCursor('audit', query.cursor, ['number']) ?? [];
    const filter = {
      person,
      action,
      objectKind: kind,
      object,
      before: before === undefined ? undefined : Number(before),
    };
    const rows = await listAudit(db, plantId, filter, limit + 1);
    return {
      body: pageOf(
        rows,
        limit,
        (row) => ({
          entry: row.entry,
          at: stamp(row.at),
          ...(row.person === null ? {} : { person: row.person }),
          ...(row.token === null ? {} : { token: row.token }),
          ...(row.device === null ? {} : { device: row.device }),
          request: row.request,
          action: row.action,
          kind: row.object_kind,
          object: row.object,
          ...(row.before === null ? {} : { before: row.before }),
          ...(row.after === null ? {} : { after: row.after }),
          why: row.why,
        }),
        (last) => makeCursor('audit', last.entry),
      ),
    };
  }),
];
