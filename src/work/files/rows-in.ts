// Readings and samples that came back in a file: judged by the plant's own readers, row by row, taken where they say something new.
import { readReadings } from '../../connect/readings.ts';
import type { TableRow } from '../../connect/templates.ts';
import { type Facts, type ProblemCode, Problems, readFacts, type SampleFact } from '../../plant.ts';
import { LogBuilder } from '../../readings.ts';
import { latestFacts, sameReadings } from '../../store/as-stands.ts';
import { tableText } from '../plants.ts';
import { type FactCells, teachFacts, teachReadings } from '../teach.ts';
import { type Bringing, type Judgement, oneLine, refuseTwice, type Taken } from './intake.ts';

/** So many rows are read together: of as many problems of a kind each is told by itself. */
const TOLD = 100;

/** Of a reading, which cell a problem is about. */
const CELL_OF: Partial<Record<ProblemCode, string>> = {
  'unknown-reference': 'point',
  'derived-reading': 'point',
  'sample-reading': 'point',
  'bad-instant': 'time',
  'skipped-instant': 'time',
  'ambiguous-instant': 'time',
  'time-out-of-range': 'time',
  'bad-decimal': 'value',
  'out-of-range': 'value',
  'face-out-of-range': 'value',
  'bad-choice': 'quality',
};

const quoted = (text: string): string => `"${oneLine(text).replaceAll('"', '""')}"`;

export async function bringReadings(
  bringing: Bringing,
  rows: readonly TableRow[],
  judgement: Judgement,
): Promise<Taken> {
  const { teacher, tx, plant, by, file, dryRun, mayPoint } = bringing;
  for (const row of rows) {
    const { point = '' } = row.cells;
    if (plant.pointById.has(point) && !mayPoint(point)) judgement.refuse(row, 'point', 'not-yours');
  }
  const good = rows.filter((row) => judgement.stands(row));
  const pieces = Array.from({ length: Math.ceil(good.length / TOLD) }, (_, i) => good.slice(i * TOLD, (i + 1) * TOLD));
  const files = pieces.map((some, i) => ({
    name: `${i}.csv`,
    async *bytes(): AsyncGenerator<Uint8Array> {
      const lines = some.map(({ cells }) =>
        ['point', 'time', 'value', 'quality'].map((key) => quoted(cells[key] ?? '')).join(','),
      );
      yield Buffer.from(`point,time,value,quality\n${lines.join('\n')}\n`);
    },
  }));
  const { log, problems } = await readReadings(plant, files);
  for (const problem of problems) {
    const row = pieces[Number.parseInt(problem.file, 10)]?.[problem.line - 2];
    if (row) judgement.tell(row, problem, CELL_OF[problem.code] ?? problem.args.key ?? '');
  }
  const numbers = teacher.plants.numbersByIndex(plant);
  const places = Array.from({ length: log.length }, (_, i) => i);
  const same = await sameReadings(tx, teacher.plants.plantId, {
    point: places.map((i) => numbers[log.point[i]!]!),
    at: places.map((i) => log.time[i]!),
    value: places.map((i) => log.value[i]!),
    quality: places.map((i) => log.quality[i]!),
  });
  const fresh = new LogBuilder();
  for (const i of places)
    if (!same.has(i)) fresh.add(log.point[i]!, log.time[i]!, log.value[i]!, log.quality[i]!, log.learnt[i]!);
  const taken = { taken: fresh.length, same: same.size };
  if (dryRun || fresh.length === 0) return taken;
  const { learnt } = await teachReadings(teacher, tx, fresh.take(), { author: by, source: file.name });
  return { ...taken, learnt };
}

// ── samples ────────────────────────────────────────────────────────────────────────────────────────────────────────

const SAMPLES = 'samples.csv';
const SAMPLE_CELLS = ['id', 'point', 'time', 'value', 'k', 'n', 'from', 'to', 'kind', 'of', 'withdrawn', 'reason'];

export async function bringSamples(
  bringing: Bringing,
  rows: readonly TableRow[],
  judgement: Judgement,
): Promise<Taken> {
  const { teacher, tx, plant, by, file, dryRun, mayPoint } = bringing;
  const { plantId } = teacher.plants;
  for (const row of rows) {
    const { point = '' } = row.cells;
    if (plant.pointById.has(point) && !mayPoint(point)) judgement.refuse(row, 'point', 'not-yours');
  }
  const idOf = ({ cells: { id, point = '', time = '' } }: TableRow): string => id ?? `${point} ${time}`;
  refuseTwice(judgement, rows, idOf, 'id');
  const good = rows.filter((row) => judgement.stands(row));
  const known = await latestFacts(tx, plantId, SAMPLES, good.map(idOf));
  const cells = good.map((row): FactCells => {
    const own = Object.fromEntries(
      SAMPLE_CELLS.flatMap((key) => (row.cells[key] === undefined ? [] : [[key, oneLine(row.cells[key])]])),
    );
    const id = idOf(row);
    const before = known.get(id)?.cells ?? {};
    const { recorded_at: _, by: __, ...earlier } = before;
    // Taking a sample back needs no more than its number.
    return { ...(own.withdrawn === undefined ? {} : earlier), ...own, id };
  });
  for (const [i, row] of good.entries()) {
    // A number that another's point has may not be taken over.
    const other = known.get(idOf(row))?.point;
    if (other !== undefined && other !== cells[i]!.point && !mayPoint(other)) judgement.refuse(row, 'id', 'not-yours');
  }
  const problems = new Problems();
  const read = readFacts(new Map([[SAMPLES, tableText(SAMPLES, cells)]]), plant, problems);
  for (const problem of problems.list) {
    const row = good[problem.line - 2];
    if (row) judgement.tell(row, problem);
  }
  const stood = factsBy(
    readFacts(
      new Map([
        [
          SAMPLES,
          tableText(
            SAMPLES,
            [...known.values()].map((one) => one.cells),
          ),
        ],
      ]),
      plant,
      new Problems(),
    ),
  );
  const now = factsBy(read);
  const standing = cells.filter((_, i) => judgement.stands(good[i]!));
  const fresh = standing.filter(({ id = '' }) => now.get(id) !== stood.get(id));
  const taken = { taken: fresh.length, same: standing.length - fresh.length };
  if (dryRun || fresh.length === 0) return taken;
  const author = by === undefined ? '' : String(by);
  const said = await teachFacts(
    teacher,
    tx,
    SAMPLES,
    fresh.map((one) => ({ ...one, by: author })),
    { author: by, source: file.name },
  );
  if (!said.ok) throw new Error(`samples that were judged good are refused: ${JSON.stringify(said.problems[0])}`);
  return { ...taken, learnt: said.learnt };
}

/** What each sample says, apart from when and by whom it was said. */
function factsBy({ samples }: Facts): Map<string, string> {
  const said = ({ recordedAt: _, firstRecordedAt: __, by: ___, approvedBy: ____, ...rest }: SampleFact): string =>
    JSON.stringify(rest, (____key, value) => (value === undefined ? null : value));
  return new Map(samples.map((one) => [one.id, said(one)]));
}
