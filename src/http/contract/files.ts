// Spreadsheets: templates and what stands as .xlsx or CSV, tables that come back, and what they left: past results, attendance.
import { type Static, Type } from 'typebox';
import { type Action, type Contract, contract, DayText, Instant, PAGING, PlantId, page, record } from '../contract.ts';

export const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const CSV = 'text/csv';
/** What browsers say of a spreadsheet; what it is, its bytes tell. */
const SPREADSHEETS = [
  XLSX,
  CSV,
  'application/vnd.ms-excel',
  'application/vnd.ms-excel.sheet.macroenabled.12',
  'application/octet-stream',
];
const FILE_BYTES_MAX = 20 << 20;

interface FileKind {
  readonly action: Action;
  readonly zh: string;
  readonly en: string;
}

/** The kinds of tables, and what it takes to bring one. */
export const FILE_KINDS = {
  readings: { action: 'readings.write', zh: '读数', en: 'readings' },
  samples: { action: 'laboratory.write', zh: '化验', en: 'samples' },
  prices: { action: 'prices.write', zh: '价格', en: 'prices' },
  standards: { action: 'standards.write', zh: '定额', en: 'standards' },
  budgets: { action: 'budgets.write', zh: '预算', en: 'budgets' },
  attendance: { action: 'files.import', zh: '考勤', en: 'attendance' },
  people: { action: 'people.write', zh: '人员', en: 'people' },
  history: { action: 'files.import', zh: '历史结果（未核实）', en: 'past results, unverified' },
} as const satisfies Readonly<Record<string, FileKind>>;

const Language = Type.Enum(['zh', 'en']);

export const getTemplate = contract({
  id: 'files.template',
  method: 'GET',
  path: '/files/:kind/template',
  summary: { zh: '表格模板：空表，或填好现有内容', en: 'A table to be filled in: empty, or with what stands' },
  // Who may bring a kind, or take files out; asked by the handler, since both will do.
  action: 'signed-in',
  scope: { about: 'filtered' },
  params: record({ kind: Type.Enum(Object.keys(FILE_KINDS) as (keyof typeof FILE_KINDS)[]) }),
  query: record({
    format: Type.Optional(Type.Enum(['xlsx', 'csv'])),
    lang: Type.Optional(Language),
    filled: Type.Optional(Type.Boolean({ description: 'with what stands; standards always are' })),
    wide: Type.Optional(Type.Boolean({ description: 'of readings: a column a point' })),
    unit: Type.Optional(PlantId),
    from: Type.Optional(DayText),
    to: Type.Optional(DayText),
  }),
  gives: [XLSX, CSV],
  rate: 'heavy',
  refusals: ['not-allowed', 'not-found', 'bad-day', 'no-model', 'too-many-rows'],
});

export const Told = record({
  sheet: Type.String(),
  row: Type.Integer({ description: 'as the spreadsheet numbers it; 0: the sheet or the file' }),
  column: Type.String({ description: 'AB; empty: the whole row' }),
  heading: Type.String(),
  severity: Type.Enum(['error', 'notice']),
  code: Type.String(),
  happened: Type.String(),
  cure: Type.String(),
});
export type Told = Static<typeof Told>;

const Brought = record({
  kind: Type.String(),
  dryRun: Type.Boolean(),
  /** SHA-256 of the bytes. */
  file: record({ name: Type.String(), hash: Type.String() }),
  taken: Type.Integer({ description: 'new or changed; of a wide table, readings' }),
  same: Type.Integer({ description: 'said what stands already' }),
  refused: Type.Integer({ description: 'rows with an error' }),
  version: Type.Optional(Type.Integer({ description: 'of the model, where one was made' })),
  fromDay: Type.Optional(DayText),
  learnt: Type.Optional(Instant),
  problems: Type.Array(Told),
  more: Type.Integer({ description: 'problems beyond those listed; the report has all' }),
});

const Query = record({
  dryRun: Type.Optional(Type.Boolean({ description: 'tells what would be taken and writes nothing' })),
  name: Type.Optional(Type.String({ maxLength: 200, description: 'of the file' })),
  from: Type.Optional({
    ...DayText,
    description: 'of prices, standards and budgets: the first day of the new version',
  }),
});

const kinds = Object.entries(FILE_KINDS) as [keyof typeof FILE_KINDS, FileKind][];
/** Prices, standards and budgets are of the whole plant; of the other kinds each row is asked about by itself. */
const OF_PLANT = new Set<string>(['prices', 'standards', 'budgets']);
const inward = (kind: string, action: Action) =>
  ({
    action,
    scope: { about: OF_PLANT.has(kind) ? 'plant' : 'filtered' },
    takes: SPREADSHEETS,
    bodyBytesMax: FILE_BYTES_MAX,
    rate: 'heavy',
  }) as const;

const bringContract = (kind: keyof typeof FILE_KINDS, { action, zh, en }: FileKind) =>
  contract({
    ...inward(kind, action),
    id: `files.bring-${kind}`,
    method: 'POST',
    path: `/files/${kind}`,
    summary: { zh: `导入${zh}表格`, en: `Bring a table of ${en}` },
    idempotent: 'yes',
    query: Query,
    status: 201,
    response: Brought,
    refusals: ['bad-file', 'bad-model', 'base-version-changed', 'no-model'],
  });
export type BringContract = ReturnType<typeof bringContract>;

export const BRING = Object.fromEntries(kinds.map(([kind, one]) => [kind, bringContract(kind, one)])) as Readonly<
  Record<keyof typeof FILE_KINDS, BringContract>
>;

/** The refused rows sent back: the same file, judged against what stands now; nothing is written. */
const reportContract = (kind: keyof typeof FILE_KINDS, { action, zh, en }: FileKind) =>
  contract({
    ...inward(kind, action),
    id: `files.report-${kind}`,
    method: 'POST',
    path: `/files/${kind}/report`,
    summary: {
      zh: `${zh}表格中不能收的行，附原因（.xlsx），不写入`,
      en: `The rows of a table of ${en} that cannot be taken, with reasons, as .xlsx; writes nothing`,
    },
    idempotent: 'no',
    query: Query,
    gives: [XLSX],
    refusals: ['bad-file', 'no-model'],
  });
export type ReportContract = ReturnType<typeof reportContract>;

export const REPORT = Object.fromEntries(kinds.map(([kind, one]) => [kind, reportContract(kind, one)])) as Readonly<
  Record<keyof typeof FILE_KINDS, ReportContract>
>;

export const listHistory = contract({
  id: 'files.history',
  method: 'GET',
  path: '/history',
  summary: { zh: '历史结果，未核实', en: 'Past results, unverified' },
  action: 'files.export',
  scope: { about: 'filtered' },
  paged: true,
  query: record({
    ...PAGING,
    team: Type.Optional(Type.String({ maxLength: 100 })),
    from: Type.Optional(Type.String({ pattern: '^\\d{4}-\\d{2}(-\\d{2})?$' })),
    to: Type.Optional(Type.String({ pattern: '^\\d{4}-\\d{2}(-\\d{2})?$' })),
  }),
  response: page(
    record({
      entry: Type.Integer(),
      state: Type.Literal('unverified'),
      period: Type.String({ description: 'a day or a month' }),
      team: Type.String({ description: 'as it was called then' }),
      gainFen: Type.Integer(),
      lines: Type.Record(Type.String(), Type.String()),
      file: Type.String(),
      hash: Type.String(),
      sheet: Type.String(),
      row: Type.Integer(),
      broughtBy: Type.Optional(Type.Integer()),
      broughtAt: Instant,
    }),
  ),
});

export const listAttendance = contract({
  id: 'files.attendance',
  method: 'GET',
  path: '/attendance',
  summary: { zh: '考勤', en: 'Attendance' },
  action: 'files.export',
  scope: { about: 'team', in: 'query', name: 'team' },
  paged: true,
  query: record({ ...PAGING, team: Type.Optional(PlantId), from: DayText, to: DayText }),
  response: page(
    record({
      entry: Type.Integer(),
      person: Type.Integer(),
      staffNumber: Type.Optional(Type.String()),
      day: DayText,
      shift: Type.String(),
      team: Type.String(),
      kind: Type.String(),
      hours: Type.String({ description: 'a decimal' }),
      insteadOf: Type.Optional(Type.Integer()),
      reason: Type.String(),
      recordedAt: Instant,
      author: Type.Optional(Type.Integer()),
    }),
  ),
});

export const FILES: readonly Contract[] = [
  getTemplate,
  ...Object.values(BRING),
  ...Object.values(REPORT),
  listHistory,
  listAttendance,
];
