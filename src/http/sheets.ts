// Sheets as posted, version by version, and as they can be settled to be looked at; running shifts; boards.
import type { Cause } from '../ledger.ts';
import { formatDay, parseDay } from '../plant.ts';
import { periodHolding } from '../ranking.ts';
import { boardRecord } from '../report/board.ts';
import { explainSheet } from '../report/explained.ts';
import { stamp } from '../store/database.ts';
import { lastLedgerEvent } from '../store/events.ts';
import { readClock } from '../store/plants.ts';
import { pageStandings, readDrafts, type Standing } from '../store/standings.ts';
import { postingsOf, type VoucherRow, versionsOf } from '../store/vouchers.ts';
import { sayCause } from '../words/ledger.ts';
import { readBoards } from '../work/boards.ts';
import { explain, getBoards, getSheet, listDrafts, listSheets, listVersions } from './contract/sheets.ts';
import { makeCursor, pageOf, readCursor } from './cursor.ts';
import type { Domain } from './domain.ts';
import { Kept } from './kept.ts';
import { refuse } from './problem.ts';
import { type Route, route } from './route.ts';

const standingRecord = (one: Standing) => ({
  unit: one.unit,
  day: one.day,
  shift: one.shift,
  team: one.team,
  crew: one.crew,
  from: stamp(one.starts),
  to: stamp(one.ends),
  version: one.version,
  state: one.state as 'final',
  asOf: stamp(one.asOf),
  complete: one.complete,
  gainFen: one.gainFen ?? null,
  companyFen: one.companyFen ?? null,
});

interface ShiftNamed {
  readonly unit: string;
  readonly day: string;
  readonly shift: string;
}

const keyOf = ({ unit, day, shift }: ShiftNamed): string => `${unit}/${day}/${shift}`;
const causesOf = (voucher: VoucherRow): Cause[] => JSON.parse(voucher.causes) as Cause[];
const instant = (text: string | undefined): number | undefined => (text === undefined ? undefined : Date.parse(text));

function versionAsked(
  versions: readonly VoucherRow[],
  { version, asOf }: { version?: number; asOf?: string },
): VoucherRow | undefined {
  const at = instant(asOf) ?? Number.POSITIVE_INFINITY;
  if (version !== undefined) return versions.find((one) => one.version === version);
  return versions.findLast((one) => one.asOf <= at);
}

interface BoardsBody {
  readonly boards: Record<string, unknown>[];
}

/** Boards asked for since the last posting, by ETag: after a change of shift a whole plant looks at the same ones. */
const KEPT_BOARDS = 64;

export function sheetRoutes({ view, plants }: Domain): Route[] {
  const kept = new Kept<BoardsBody>(KEPT_BOARDS);
  return [
    route(listSheets).read(async ({ plantId, query, access }, db) => {
      const { limit = 50, from, to, unit, team, state } = query;
      const [day, starts, last] = readCursor('sheets', query.cursor, ['string', 'number', 'string']) ?? [];
      const units = access.units('sheets.read');
      const seen = units === 'all' ? undefined : [...units];
      const rows = await pageStandings(
        db,
        plantId,
        {
          ...(from === undefined ? {} : { from }),
          ...(to === undefined ? {} : { to }),
          ...(unit !== undefined
            ? { units: seen === undefined || seen.includes(unit) ? [unit] : [] }
            : seen
              ? { units: seen }
              : {}),
          ...(team === undefined ? {} : { teams: [team] }),
          ...(state === undefined ? {} : { state }),
          ...(day === undefined ? {} : { after: { day: String(day), starts: Number(starts), unit: String(last) } }),
        },
        limit + 1,
      );
      return {
        body: pageOf(rows, limit, standingRecord, (row) => makeCursor('sheets', row.day, row.starts, row.unit)),
      };
    }),
    route(getSheet).read(async ({ plantId, params, query, has }, db) => {
      const versions = await versionsOf(db, plantId, 'sheet', keyOf(params));
      const voucher = versionAsked(versions, query);
      if (!voucher) return refuse('no-sheet', { found: keyOf(params) });
      const etag = `${voucher.hash.slice(0, 32)}-${versions.length}`;
      if (has(etag)) return { etag };
      return {
        etag,
        body: {
          version: voucher.version,
          versions: versions.length,
          state: voucher.state as 'final',
          asOf: stamp(voucher.asOf),
          model: voucher.model,
          bookedDay: voucher.bookedDay,
          causes: causesOf(voucher),
          gainFen: voucher.gainFen ?? null,
          companyFen: voucher.companyFen ?? null,
          hash: voucher.hash,
          inputs: voucher.inputs,
          sheet: JSON.parse(voucher.record) as Record<string, unknown>,
        },
      };
    }),
    route(listVersions).read(async ({ plantId, plant, params, language }, db) => {
      const versions = await versionsOf(db, plantId, 'sheet', keyOf(params));
      if (versions.length === 0) return refuse('no-sheet', { found: keyOf(params) });
      const posted = Map.groupBy(
        await postingsOf(
          db,
          plantId,
          versions.map(({ voucher }) => voucher),
        ),
        ({ voucher }) => voucher,
      );
      return {
        body: {
          versions: versions.map((one, i) => {
            const before = versions[i - 1]?.gainFen;
            return {
              version: one.version,
              voucher: one.voucher,
              state: one.state as 'final',
              asOf: stamp(one.asOf),
              bookedDay: one.bookedDay,
              causes: causesOf(one),
              said: causesOf(one).map((cause) => sayCause(cause, plant.zone, language)),
              gainFen: one.gainFen ?? null,
              differenceFen: one.gainFen === undefined ? null : one.gainFen - (before ?? 0),
              hash: one.hash,
              postings: (posted.get(one.voucher) ?? []).map(({ part, key, fen, crewFen }) => ({
                part,
                key,
                fen,
                crewFen,
              })),
            };
          }),
        },
      };
    }),
    route(explain).own(async ({ plantId, params, query, language }, db) => {
      const { line, version, asOf } = query;
      let at = instant(asOf);
      if (version !== undefined) {
        const found = versionAsked(await versionsOf(db, plantId, 'sheet', keyOf(params)), { version });
        if (!found) return refuse('no-sheet', { found: `${keyOf(params)} v${version}` });
        at = found.asOf;
      }
      const day = parseDay(params.day);
      const viewed = day === undefined ? undefined : await view.sheet(params.unit, day, params.shift, at);
      if (!viewed) return refuse('not-found', { kind: 'shift', found: keyOf(params) });
      const { sheet, books, model, asOf: known } = viewed;
      return {
        body: { state: sheet.state, asOf: stamp(known), model, ...plain(explainSheet(books, sheet, line, language)) },
      };
    }),
    route(listDrafts).read(async ({ plantId, query, access, has }, db) => {
      const units = access.units('drafts.read');
      const drafts = (await readDrafts(db, plantId, query.unit === undefined ? undefined : [query.unit])).filter(
        ({ unit }) => units === 'all' || units.has(unit),
      );
      const etag = `d${Math.max(0, ...drafts.map(({ asOf }) => asOf))}-${drafts.length}`;
      if (has(etag)) return { etag };
      return {
        etag,
        body: {
          drafts: drafts.map(({ asOf, through, gainFen, record, ...rest }) => ({
            ...rest,
            asOf: stamp(asOf),
            through: stamp(through),
            gainFen: gainFen ?? null,
            sheet: JSON.parse(record) as Record<string, unknown>,
          })),
        },
      };
    }),
    route(getBoards).read(async ({ plantId, plant, query, has }, db) => {
      const { period: kind = 'day', league, asOf } = query;
      const { now } = await readClock(db, plantId);
      const day = query.day === undefined ? plant.zone.dayAt(now) - (kind === 'day' ? 1 : 0) : parseDay(query.day);
      if (day === undefined) return refuse('bad-day', { found: query.day ?? '' });
      const mark = `b${await lastLedgerEvent(db, plantId)}-${plants.newest?.version ?? 0}`;
      const etag = `${mark}-${kind}-${formatDay(day)}-${asOf ?? ''}-${league ?? ''}`.replace(/[^\w.-]/g, '');
      if (has(etag)) return { etag };
      const body = await kept.get(etag, async () => {
        const boards = await readBoards(db, plantId, plant, periodHolding(plant, kind, day), instant(asOf));
        const shown = boards.filter((board) => league === undefined || board.league === league);
        return { boards: shown.map(boardRecord) as unknown as Record<string, unknown>[] };
      });
      return { etag, body };
    }),
  ];
}

/** JSON has no undefined: keys without a value fall away. */
const plain = <T>(
  value: T,
): { headline: string[]; parts: Record<string, unknown>[]; notices: Record<string, unknown>[] } =>
  JSON.parse(JSON.stringify(value));
