// Sheets, drafts and boards: what a shift was worth, why, and who did better.
import { Type } from 'typebox';
import { contract, DayText, Instant, PAGING, PlantId, page, record, Whole } from '../contract.ts';

const Fen = Type.Integer({ description: 'fen; gain is positive' });
const MaybeFen = Type.Union([Fen, Type.Null()]);
const State = Type.Enum(['draft', 'provisional', 'final', 'restated']);
const Code = Type.String({ minLength: 1, maxLength: 8 });
const inUnit = { scope: { about: 'unit', in: 'params', name: 'unit' } } as const;
const shift = record({ unit: PlantId, day: DayText, shift: Code });
const Loose = Type.Record(Type.String(), Type.Unknown());
export const Cause = Type.Object({ kind: Type.String() });

export const Standing = record({
  unit: Type.String(),
  day: DayText,
  shift: Type.String(),
  team: Type.String(),
  crew: Type.String(),
  from: Instant,
  to: Instant,
  version: Type.Integer(),
  state: State,
  asOf: Instant,
  complete: Type.Boolean(),
  gainFen: MaybeFen,
  companyFen: MaybeFen,
});

export const listSheets = contract({
  id: 'sheets.list',
  method: 'GET',
  path: '/sheets',
  summary: { zh: '当班核算单', en: 'Sheets' },
  action: 'sheets.read',
  scope: { about: 'filtered' },
  paged: true,
  query: record({
    ...PAGING,
    from: Type.Optional(DayText),
    to: Type.Optional(DayText),
    unit: Type.Optional(PlantId),
    team: Type.Optional(PlantId),
    state: Type.Optional(State),
  }),
  response: page(Standing),
});

export const getSheet = contract({
  ...inUnit,
  id: 'sheets.get',
  method: 'GET',
  path: '/sheets/:unit/:day/:shift',
  summary: { zh: '一班的核算单；可按版本或按当时所知', en: 'A sheet; of a version, or as it was posted by an instant' },
  action: 'sheets.read',
  cacheable: true,
  params: shift,
  query: record({ version: Type.Optional(Whole), asOf: Type.Optional(Instant) }),
  response: record({
    version: Type.Integer(),
    versions: Type.Integer(),
    state: State,
    asOf: Instant,
    model: Type.Integer(),
    bookedDay: DayText,
    causes: Type.Array(Cause),
    gainFen: MaybeFen,
    companyFen: MaybeFen,
    hash: Type.String(),
    inputs: Type.String(),
    sheet: Loose,
  }),
  refusals: ['no-sheet'],
});

export const listVersions = contract({
  ...inUnit,
  id: 'sheets.versions',
  method: 'GET',
  path: '/sheets/:unit/:day/:shift/versions',
  summary: { zh: '一班核算单的所有版本、原因和差额', en: 'All versions of a sheet: why, and by how much they differ' },
  action: 'sheets.read',
  params: shift,
  response: record({
    versions: Type.Array(
      record({
        version: Type.Integer(),
        voucher: Type.Integer(),
        state: State,
        asOf: Instant,
        bookedDay: DayText,
        causes: Type.Array(Cause),
        said: Type.Array(Type.String()),
        gainFen: MaybeFen,
        differenceFen: MaybeFen,
        hash: Type.String(),
        postings: Type.Array(record({ part: Type.String(), key: Type.String(), fen: Fen, crewFen: Fen })),
      }),
    ),
  }),
  refusals: ['no-sheet'],
});

export const explain = contract({
  ...inUnit,
  id: 'sheets.explain',
  method: 'GET',
  path: '/sheets/:unit/:day/:shift/explanation',
  summary: { zh: '为什么：逐项的话、算式和读数', en: 'Why: sentences, arithmetic and readings, line by line' },
  action: 'explain.read',
  rate: 'heavy',
  params: shift,
  query: record({
    line: Type.Optional(Type.String({ maxLength: 100, description: 'a key, a kind or a stream; all without it' })),
    version: Type.Optional(Whole),
    asOf: Type.Optional(Instant),
  }),
  response: record({
    state: State,
    asOf: Instant,
    model: Type.Integer(),
    headline: Type.Array(Type.String()),
    parts: Type.Array(Loose),
    notices: Type.Array(Loose),
  }),
  refusals: ['no-sheet', 'not-found'],
});

export const listDrafts = contract({
  id: 'drafts.list',
  method: 'GET',
  path: '/drafts',
  summary: { zh: '正在当班的实时核算', en: 'Running shifts' },
  action: 'drafts.read',
  scope: { about: 'filtered' },
  cacheable: true,
  query: record({ unit: Type.Optional(PlantId) }),
  response: record({
    drafts: Type.Array(
      record({
        unit: Type.String(),
        day: DayText,
        shift: Type.String(),
        team: Type.String(),
        asOf: Instant,
        through: Instant,
        gainFen: MaybeFen,
        sheet: Loose,
      }),
    ),
  }),
});

const Period = Type.Enum(['day', 'week', 'month-to-date', 'month', 'quarter', 'year']);

export const getBoards = contract({
  id: 'boards.get',
  method: 'GET',
  path: '/boards',
  summary: {
    zh: '榜：日、周、月、季、年；可按当时所知',
    en: 'Boards by day, week, month, quarter, year; or as posted by an instant',
  },
  action: 'boards.read',
  scope: { about: 'plant' },
  cacheable: true,
  query: record({
    period: Type.Optional(Period),
    day: Type.Optional(DayText),
    league: Type.Optional(PlantId),
    asOf: Type.Optional(Instant),
  }),
  response: record({ boards: Type.Array(Loose) }),
  refusals: ['bad-day'],
});

export const SHEETS = [listSheets, getSheet, listVersions, explain, listDrafts, getBoards] as const;
