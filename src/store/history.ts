// Past results of teams as spreadsheets told them: kept with their place, marked unverified, listed; nothing else reads them.
import type { Queryable } from './database.ts';

export interface PastResult {
  readonly sheet: string;
  readonly row: number;
  /** A day or a month. */
  readonly period: string;
  readonly team: string;
  readonly gainFen: number;
  readonly lines: Readonly<Record<string, string>>;
}

export interface PastFile {
  readonly name: string;
  /** SHA-256 of its bytes. */
  readonly hash: string;
}

/** Adds the rows that are not there yet; gives how many were. */
export async function addHistory(
  tx: Queryable,
  plantId: number,
  file: PastFile,
  rows: readonly PastResult[],
  by: number | undefined,
): Promise<number> {
  let added = 0;
  for (let first = 0; first < rows.length; first += 5000) {
    const some = rows.slice(first, first + 5000);
    const put = await tx.rows(
      `insert into history_rows (plant_id, file, file_hash, sheet, row, period, team, gain_fen, lines, brought_by, brought_at)
       select $1, $2, $3, t.sheet, t.row, t.period, t.team, t.gain, t.lines, $10, clock_of($1)
         from unnest($4::text[], $5::int[], $6::text[], $7::text[], $8::bigint[], $9::json[]) t (sheet, row, period, team, gain, lines)
       on conflict (plant_id, file_hash, sheet, row) do nothing returning entry`,
      plantId,
      file.name,
      file.hash,
      some.map((one) => one.sheet),
      some.map((one) => one.row),
      some.map((one) => one.period),
      some.map((one) => one.team),
      some.map((one) => one.gainFen),
      some.map((one) => JSON.stringify(one.lines)),
      by ?? null,
    );
    added += put.length;
  }
  return added;
}

/** Of a file the rows that are there already, as `sheet row`. */
export async function rowsOfFile(db: Queryable, plantId: number, hash: string): Promise<Set<string>> {
  const rows = await db.rows<{ sheet: string; row: number }>(
    'select sheet, row from history_rows where plant_id = $1 and file_hash = $2',
    plantId,
    hash,
  );
  return new Set(rows.map(({ sheet, row }) => `${sheet} ${row}`));
}

export interface HistoryRow extends PastResult {
  readonly entry: number;
  readonly file: PastFile;
  readonly broughtBy: number | undefined;
  readonly broughtAt: number;
}

export interface HistoryFilter {
  /** Periods from … to, both included, compared as texts: `2021-03` takes in its days. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly team?: string | undefined;
  readonly before?: number | undefined;
}

/** A page, the rows brought last first. */
export async function listHistory(
  db: Queryable,
  plantId: number,
  { from, to, team, before }: HistoryFilter,
  limit: number,
): Promise<HistoryRow[]> {
  const rows = await db.rows<{
    entry: number;
    file: string;
    file_hash: string;
    sheet: string;
    row: number;
    period: string;
    team: string;
    gain_fen: number;
    lines: Record<string, string>;
    brought_by: number | null;
    brought_at: number;
  }>(
    `select entry, file, file_hash, sheet, row, period, team, gain_fen, lines, brought_by, brought_at from history_rows
      where plant_id = $1 and ($2::text is null or period >= $2) and ($3::text is null or left(period, length($3)) <= $3)
        and ($4::text is null or team = $4) and ($5::bigint is null or entry < $5)
      order by entry desc limit $6`,
    plantId,
    from ?? null,
    to ?? null,
    team ?? null,
    before ?? null,
    limit,
  );
  return rows.map(({ file, file_hash, gain_fen, brought_by, brought_at, ...row }) => ({
    ...row,
    file: { name: file, hash: file_hash },
    gainFen: gain_fen,
    broughtBy: brought_by ?? undefined,
    broughtAt: brought_at,
  }));
}
