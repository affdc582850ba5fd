// The plant's model: its versions byte for byte, saving one, trying one, and what clients need to know of the one in force.
import { Type } from 'typebox';
import { contract, DayText, Instant, PlantId, record, Whole } from '../contract.ts';

const onPlant = { scope: { about: 'plant' } } as const;
const Name = record({ zh: Type.String(), en: Type.String() });
const FileName = Type.String({ pattern: '^[^/\\\\]{1,100}\\.(ya?ml|csv)$' });
const Files = Type.Record(FileName, Type.String({ maxLength: 20 << 20 }), { maxProperties: 200 });

export const PlantProblem = record({
  code: Type.String(),
  severity: Type.Enum(['error', 'warning']),
  file: Type.String(),
  line: Type.Integer(),
  column: Type.Integer(),
  happened: Type.String(),
  cure: Type.String(),
});

export const getPlant = contract({
  ...onPlant,
  id: 'model.plant',
  method: 'GET',
  path: '/plant',
  summary: { zh: '企业概要：工序、班组、竞赛组、班次', en: 'The plant in short: units, teams, leagues, shifts' },
  action: 'signed-in',
  cacheable: true,
  response: record({
    id: Type.String(),
    name: Name,
    zone: Type.String(),
    now: Instant,
    example: Type.Boolean(),
    model: Type.Integer(),
    monthStartsOn: Type.Integer(),
    shifts: Type.Array(record({ code: Type.String(), name: Name })),
    units: Type.Array(
      record({
        id: Type.String(),
        name: Name,
        streams: Type.Array(record({ id: Type.String(), name: Name, role: Type.String(), unit: Type.String() })),
      }),
    ),
    teams: Type.Array(record({ id: Type.String(), name: Name, crew: Type.String(), units: Type.Array(Type.String()) })),
    leagues: Type.Array(
      record({ id: Type.String(), name: Name, units: Type.Array(Type.String()), unlike: Type.Boolean() }),
    ),
  }),
});

export const listModels = contract({
  ...onPlant,
  id: 'model.list',
  method: 'GET',
  path: '/model',
  summary: { zh: '企业模型的版本', en: 'Versions of the model' },
  action: 'model.read',
  response: record({
    versions: Type.Array(
      record({
        version: Type.Integer(),
        base: Type.Optional(Type.Integer()),
        fromDay: DayText,
        recordedAt: Instant,
        author: Type.Optional(Type.Integer()),
        note: Type.String(),
        hash: Type.String(),
        files: Type.Array(Type.String()),
      }),
    ),
  }),
});

export const getModelFile = contract({
  ...onPlant,
  id: 'model.file',
  method: 'GET',
  path: '/model/:version/files/:name',
  summary: { zh: '模型文件，逐字节', en: 'A file of a version, byte for byte' },
  action: 'model.read',
  params: record({ version: Whole, name: FileName }),
  gives: ['text/plain', 'text/csv'],
  refusals: ['not-found'],
});

const ModelText = record({ fromDay: DayText, note: Type.String({ minLength: 1, maxLength: 500 }), files: Files });

export const saveModel = contract({
  ...onPlant,
  id: 'model.save',
  method: 'POST',
  path: '/model',
  summary: {
    zh: '保存新版本；If-Match 写明底稿版本',
    en: 'Save a version; If-Match names the version it was made from',
  },
  action: 'model.write',
  idempotent: 'yes',
  ifMatch: true,
  bodyBytesMax: 64 << 20,
  body: ModelText,
  status: 201,
  response: record({ version: Type.Integer(), learnt: Instant, warnings: Type.Array(PlantProblem) }),
  refusals: ['bad-day', 'bad-model', 'base-version-changed', 'other-plant'],
});

export const checkModel = contract({
  ...onPlant,
  id: 'model.check',
  method: 'POST',
  path: '/model/check',
  summary: { zh: '检查模型，不保存', en: 'Check a model without saving it' },
  action: 'model.read',
  idempotent: 'no',
  bodyBytesMax: 64 << 20,
  body: record({ files: Files }),
  response: record({ problems: Type.Array(PlantProblem) }),
});

/** What a point is, for entry forms. */
export const listPoints = contract({
  ...onPlant,
  id: 'model.points',
  method: 'GET',
  path: '/points',
  summary: { zh: '测点', en: 'Points' },
  action: 'signed-in',
  cacheable: true,
  query: record({ unit: Type.Optional(PlantId) }),
  response: record({
    points: Type.Array(
      record({ id: Type.String(), name: Name, kind: Type.String(), unit: Type.String(), step: Type.String() }),
    ),
  }),
});

export const MODEL = [getPlant, listPoints, listModels, getModelFile, saveModel, checkModel] as const;
