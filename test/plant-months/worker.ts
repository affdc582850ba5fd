// A worker thread of run.ts: compares one seed after another. What throws is a difference too.
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { compareSeed, ENGINE } from './compare.ts';
import type { Engine } from './engine.ts';
import type { Task, Verdict } from './run.ts';

const engine = typeof workerData === 'string' ? await loadEngine(workerData) : ENGINE;

parentPort?.on('message', ({ seed, asOf }: Task) => {
  parentPort?.postMessage({ seed, asOf, differences: differencesOf(seed, asOf) } satisfies Verdict);
});

function differencesOf(seed: number, asOf: boolean): string[] {
  try {
    return compareSeed(seed, asOf, engine);
  } catch (error) {
    return [`threw: ${error instanceof Error ? error.stack : String(error)}`];
  }
}

/** The engine of another source folder. */
async function loadEngine(folder: string): Promise<Engine> {
  const load = (word: string) => import(`${pathToFileURL(folder).href}/${word}.ts`);
  const words = ['quantity', 'plant', 'readings', 'statement', 'ranking'];
  const [quantity, plant, readings, statement, ranking] = await Promise.all(words.map(load));
  return { quantity, plant, readings, statement, ranking };
}
