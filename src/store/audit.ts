// The audit log: who did what to which object, when and why. Rows are only added (0010-people.sql). It holds ids, never
// names: whoever writes an entry leaves out what `person_details` holds.
import type { Queryable } from './database.ts';

export interface AuditEntry {
  /** `person.erase`, `grant.add`: object and deed. */
  readonly action: string;
  /** Kind and id of what it was done to. */
  readonly object: readonly [kind: string, id: string | number];
  readonly before?: object | undefined;
  readonly after?: object | undefined;
  readonly why?: string | undefined;
}

/** Who is answerable: a person (perhaps at a device), a token, or nobody (the service itself, a failed sign-in). */
export interface Doer {
  readonly person?: number | undefined;
  readonly token?: number | undefined;
  readonly device?: number | undefined;
  readonly request?: string | undefined;
}

export async function audit(tx: Queryable, plantId: number, doer: Doer, entry: AuditEntry): Promise<void> {
  await tx.rows(
    `insert into audit (plant_id, person, token, device, request, action, object_kind, object, before, after, why)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    plantId,
    doer.person ?? null,
    doer.token ?? null,
    doer.device ?? null,
    doer.request ?? '',
    entry.action,
    entry.object[0],
    String(entry.object[1]),
    entry.before === undefined ? null : JSON.stringify(entry.before),
    entry.after === undefined ? null : JSON.stringify(entry.after),
    entry.why ?? '',
  );
}

export interface AuditRow {
  readonly entry: number;
  readonly at: number;
  readonly person: number | null;
  readonly token: number | null;
  readonly device: number | null;
  readonly request: string;
  readonly action: string;
  readonly object_kind: string;
  readonly object: string;
  readonly before: object | null;
  readonly after: object | null;
  readonly why: string;
}

export interface AuditFilter {
  readonly person?: number | undefined;
  readonly action?: string | undefined;
  readonly objectKind?: string | undefined;
  readonly object?: string | undefined;
  /** Entries older than this one; newest first. */
  readonly before?: number | undefined;
}

export const listAudit = (
  db: Queryable,
  plantId: number,
  { person, action, objectKind, object, before }: AuditFilter,
  limit: number,
): Promise<AuditRow[]> =>
  db.rows<AuditRow>(
    `select entry, at, person, token, device, request, action, object_kind, object, before, after, why
     from audit where plant_id = $1 and ($2::bigint is null or person = $2) and ($3::text is null or action = $3)
       and ($4::text is null or object_kind = $4) and ($5::text is null or object = $5)
       and ($6::bigint is null or entry < $6)
     order by entry desc limit $7`,
    plantId,
    person ?? null,
    action ?? null,
    objectKind ?? null,
    object ?? null,
    before ?? null,
    limit,
  );
