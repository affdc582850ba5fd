// Many plant-months at once: seeds are handed out to worker threads one by one, so that all cores stay busy.
import { Worker } from 'node:worker_threads';

/** A seed, and whether it is compared as of its instants too. */
export interface Task {
  readonly seed: number;
  readonly asOf: boolean;
}

/** What a worker says of a seed: the differences, none when engine and auditor agree. */
export interface Verdict extends Task {
  readonly differences: readonly string[];
}

/**
 * Compares every task; `told` hears each verdict as it comes and may stop the rest by answering false.
 * `source`: the folder of another engine than this one.
 */
export async function runTasks(
  tasks: Iterable<Task>,
  workers: number,
  told: (verdict: Verdict) => boolean = () => true,
  source?: string,
): Promise<Verdict[]> {
  const waiting = tasks[Symbol.iterator]();
  const verdicts: Verdict[] = [];
  let going = true;
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./worker.ts', import.meta.url), { execArgv: [], workerData: source });
      const next = (): void => {
        const task = going ? waiting.next() : ({ done: true } as const);
        if (task.done) worker.terminate().then(() => resolve(), reject);
        else worker.postMessage(task.value);
      };
      worker.on('message', (verdict: Verdict) => {
        verdicts.push(verdict);
        if (!told(verdict)) going = false;
        next();
      });
      worker.on('error', reject);
      next();
    });
  await Promise.all(Array.from({ length: workers }, work));
  return verdicts.sort((a, b) => a.seed - b.seed);
}
