// A worker thread of run.ts: compares one seed after another. What throws is a difference too.
import { parentPort } from 'node:worker_threads';
import { compareSeed } from './compare.ts';
import type { Task, Verdict } from './run.ts';

parentPort?.on('message', ({ seed, asOf }: Task) => {
  parentPort?.postMessage({ seed, asOf, differences: differencesOf(seed, asOf) } satisfies Verdict);
});

function differencesOf(seed: number, asOf: boolean): string[] {
  try {
    return compareSeed(seed, asOf);
  } catch (error) {
    return [`threw: ${error instanceof Error ? error.stack : String(error)}`];
  }
}
