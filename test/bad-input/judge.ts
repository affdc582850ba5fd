// What must hold of any input, however damaged: it is taken, or told with a place, in both languages; and no row is lost.
import { decode } from '../../src/connect/encoding.ts';
import { type ReadingFile, readReadings } from '../../src/connect/readings.ts';
import { type Plant, type Problem, readPlant } from '../../src/plant.ts';
import { sayProblem } from '../../src/words/say.ts';

export function memoryFile(name: string, bytes: Uint8Array, chunk = bytes.length || 1): ReadingFile {
  return {
    name,
    async *bytes() {
      for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk);
    },
  };
}

function judgeProblems(problems: readonly Problem[]): void {
  for (const problem of problems) {
    if (problem.file === '') throw new Error(`no file named: ${JSON.stringify(problem)}`);
    for (const language of ['zh', 'en'] as const) {
      const said = sayProblem(problem, language);
      if (
        /\n|undefined|\[\[|\]\]/.test(said.replace(JSON.stringify(problem.args), '')) &&
        !/undefined|\[\[|\]\]/.test(JSON.stringify(problem.args))
      )
        throw new Error(`badly said: ${said}`);
    }
  }
}

/** A plant from damaged files: read, or refused for reasons that are told. */
export function judgePlant(files: ReadonlyMap<string, Uint8Array>): 'taken' | 'told' {
  const texts = new Map<string, string>();
  for (const [name, bytes] of files) {
    const decoded = decode(bytes);
    if (!decoded.ok && !(decoded.byte >= 0 && decoded.byte <= bytes.length)) throw new Error('a byte out of the file');
    if (decoded.ok) texts.set(name, decoded.text);
  }
  const { plant, problems } = readPlant(texts);
  judgeProblems(problems);
  if (!plant && !problems.some(({ severity }) => severity === 'error')) throw new Error('refused without a reason');
  if (plant && problems.some(({ severity }) => severity === 'error')) throw new Error('taken with errors');
  return plant ? 'taken' : 'told';
}

/** Readings from damaged bytes: each line that is not blank is a row of the log, a header or a problem. */
export async function judgeReadings(plant: Plant, bytes: Uint8Array, chunk?: number): Promise<'taken' | 'told'> {
  const file = memoryFile('readings.csv', bytes, chunk);
  const { log, problems } = await readReadings(plant, [file]);
  judgeProblems(problems);
  const general = await readReadings(plant, [file], { fast: false });
  for (const column of ['point', 'time', 'value', 'quality', 'learnt'] as const)
    for (let i = 0; i < log.length; i += 1)
      if (!Object.is(log[column][i], general.log[column][i]))
        throw new Error(`the two ways differ in ${column}, row ${i}`);
  if (log.length !== general.log.length || problems.length !== general.problems.length)
    throw new Error('the two ways differ in rows');
  const refusedWhole = ['unknown-table', 'missing-column', 'duplicate-column', 'no-rows'];
  const first = problems.find(({ code }) => refusedWhole.includes(code));
  if (!first && !problems.some(({ code }) => code === 'more-of-a-kind')) {
    const decoded = decode(bytes);
    const text = decoded.ok ? decoded.text : Buffer.from(bytes).toString('utf8');
    const lines = text.split(/\r\n|\n|\r/).filter((line) => line.trim() !== '').length;
    const told = new Set(problems.filter(({ code }) => code !== 'ambiguous-instant').map(({ line }) => line)).size;
    // The header is one more, unless it was itself told; a byte order mark is no text.
    if (log.length + told + 1 < lines || log.length + told > lines)
      throw new Error(`${lines} lines, but ${log.length} rows and ${told} told`);
  }
  return problems.length === 0 ? 'taken' : 'told';
}
