// Readings in: JSON rows, CSV or NDJSON, one at a time or by the million; every row that can be taken is durable when the answer
// comes, every other is told with its line and the cure.
import { type ReadingFile, readReadings } from '../connect/readings.ts';
import type { Plant } from '../plant.ts';
import { formatSteps } from '../quantity.ts';
import { stamp, type Transaction } from '../store/database.ts';
import { pageReadings } from '../store/readings.ts';
import { type Plants, readStep } from '../work/plants.ts';
import { teachReadings } from '../work/teach.ts';
import { getReadings, postReadings, postReadingsBulk } from './contract/readings.ts';
import { makeCursor, pageOf, readCursor } from './cursor.ts';
import { type Domain, told } from './domain.ts';
import { refuse } from './problem.ts';
import { type Call, type Route, route } from './route.ts';

/** The newest model, or a refusal: a plant without one knows no points. */
export function plantOf(plants: Plants): Plant {
  const newest = plants.newest;
  if (!newest) throw refuse('no-model');
  return newest.plant;
}

const cell = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Rows as the table that files bring: one reader judges them all. */
function* csvOf(rows: Iterable<unknown>): Generator<string> {
  yield 'point,time,value,quality\n';
  for (const row of rows) {
    const { point, time, value, quality } = (typeof row === 'object' && row !== null ? row : {}) as Record<
      string,
      unknown
    >;
    const text = value === null || value === undefined ? '' : String(value);
    yield `${cell(String(point ?? ''))},${cell(String(time ?? ''))},${cell(text)},${cell(String(quality ?? ''))}\n`;
  }
}

/** A line of NDJSON that is no object becomes a row of nothing, which the reader refuses with its line. */
function* linesOf(body: Buffer): Generator<unknown> {
  for (const line of body.toString('utf8').split('\n')) {
    if (line.trim() === '') continue;
    try {
      yield JSON.parse(line);
    } catch {
      yield undefined;
    }
  }
}

const fileOf = (name: string, bytes: () => AsyncGenerator<Uint8Array>): ReadingFile => ({ name, bytes });

async function* encoded(texts: Iterable<string>): AsyncGenerator<Uint8Array> {
  let piece = '';
  for (const text of texts) {
    piece += text;
    if (piece.length < 1 << 16) continue;
    yield Buffer.from(piece);
    piece = '';
  }
  yield Buffer.from(piece);
}

export function readingRoutes({ plants }: Domain): Route[] {
  const take = async (call: Call, tx: Transaction, file: ReadingFile, lineOff: number) => {
    const { log, problems } = await readReadings(plantOf(plants), [file]);
    const taught = await teachReadings({ db: call.service.db, plants }, tx, log, {
      author: call.person,
      source: 'http',
    });
    const refused = problems
      .filter(({ severity }) => severity === 'error')
      .slice(0, 1000)
      .map((problem) => {
        const { line, ...rest } = told(problem, call.language);
        return { line: Math.max(0, line - lineOff), ...rest };
      });
    return { body: { rows: log.length, learnt: stamp(taught.learnt), refused } };
  };
  return [
    route(postReadings).write((call, tx) =>
      take(
        call as unknown as Call,
        tx,
        fileOf('rows', () => encoded(csvOf(call.body.rows))),
        1,
      ),
    ),
    route(postReadingsBulk).write((call, tx) => {
      const { body, mediaType } = call;
      const csv = mediaType === 'text/csv';
      const whole = async function* (): AsyncGenerator<Uint8Array> {
        yield body;
      };
      return take(
        call as unknown as Call,
        tx,
        fileOf('body', csv ? whole : () => encoded(csvOf(linesOf(body)))),
        csv ? 0 : 1,
      );
    }),
    route(getReadings).read(async ({ plantId, params, query }, db) => {
      const { limit = 50, from, to } = query;
      const [at, learnt] = readCursor('readings', query.cursor, ['number', 'number']) ?? [];
      const rows = await pageReadings(
        db,
        plantId,
        {
          id: params.point,
          from: from === undefined ? undefined : Date.parse(from),
          to: to === undefined ? undefined : Date.parse(to),
          after: at === undefined ? undefined : { at: Number(at), learnt: Number(learnt) },
        },
        limit + 1,
      );
      return {
        body: pageOf(
          rows,
          limit,
          (row) => ({
            time: stamp(row.at),
            value: row.quality === 2 && row.value === 0 ? null : formatSteps(row.value, readStep(row.step)),
            quality: (['good', 'uncertain', 'bad'] as const)[row.quality] ?? 'bad',
            learnt: stamp(row.learnt),
          }),
          (last) => makeCursor('readings', last.at, last.learnt),
        ),
      };
    }),
  ];
}
