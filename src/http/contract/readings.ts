// Readings in and out.
import { Type } from 'typebox';
import { contract, Instant, PAGING, PlantId, page, record } from '../contract.ts';

/** A number as typed keeps its digits; a JSON number is taken as its shortest text. */
const Value = Type.Union([Type.String({ maxLength: 60 }), Type.Number(), Type.Null()]);
const Quality = Type.Enum(['good', 'uncertain', 'bad']);

export const ReadingIn = record({
  point: PlantId,
  time: Type.String({ maxLength: 40, description: 'with an offset, or the plant clock' }),
  value: Value,
  quality: Type.Optional(Quality),
});

/** What was not taken, by row or line, with the cure; all others are kept. */
export const Refusal = record({
  line: Type.Integer({ description: 'of a JSON body the row, from 1; 0: the whole' }),
  code: Type.String(),
  happened: Type.String(),
  cure: Type.String(),
});

export const Taken = record({
  rows: Type.Integer({ description: 'rows taken and durable' }),
  learnt: Instant,
  refused: Type.Array(Refusal),
});

export const postReadings = contract({
  id: 'readings.add',
  method: 'POST',
  path: '/readings',
  summary: { zh: '写入读数', en: 'Add readings' },
  action: 'readings.write',
  scope: { about: 'point', in: 'body', name: 'rows[].point' },
  idempotent: 'yes',
  bodyBytesMax: 4 << 20,
  body: record({ rows: Type.Array(ReadingIn, { minItems: 1, maxItems: 20_000 }) }),
  status: 201,
  response: Taken,
  refusals: ['no-model'],
});

export const postReadingsBulk = contract({
  id: 'readings.add-bulk',
  method: 'POST',
  path: '/readings/bulk',
  summary: { zh: '批量写入读数（CSV 或 NDJSON，可 gzip）', en: 'Add readings in bulk: CSV or NDJSON, gzip or not' },
  action: 'readings.write',
  scope: { about: 'plant' },
  idempotent: 'yes',
  takes: ['text/csv', 'application/x-ndjson'],
  bodyBytesMax: 256 << 20,
  rate: 'write',
  status: 201,
  response: Taken,
  refusals: ['no-model'],
});

export const getReadings = contract({
  id: 'readings.list',
  method: 'GET',
  path: '/points/:point/readings',
  summary: { zh: '测点读数，含更正', en: 'Readings of a point, corrections included' },
  action: 'readings.read',
  scope: { about: 'point', in: 'params', name: 'point' },
  paged: true,
  params: record({ point: PlantId }),
  query: record({ ...PAGING, from: Type.Optional(Instant), to: Type.Optional(Instant) }),
  response: page(
    record({ time: Instant, value: Type.Union([Type.String(), Type.Null()]), quality: Quality, learnt: Instant }),
  ),
});

export const READINGS = [postReadings, postReadingsBulk, getReadings] as const;
