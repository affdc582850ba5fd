// Plant-months by the thousand, engine against auditor: `npm run soak:simulate -- [count] [first seed]` (10,000 from seed 1).
// Ends with 1 at the first disagreement, which it prints with what repeats it.
import { availableParallelism } from 'node:os';
import { runTasks, type Task } from '../plant-months/run.ts';

const [count = 10_000, first = 1] = process.argv.slice(2).map(Number);
const started = performance.now();
let done = 0;
let asOf = 0;
let said = started;

function* tasks(): Iterable<Task> {
  for (let seed = first; seed < first + count; seed += 1) yield { seed, asOf: seed % 8 === 0 || count === 1 };
}

const minutes = (): string => ((performance.now() - started) / 60_000).toFixed(1);

const verdicts = await runTasks(tasks(), Math.min(count, Math.max(1, availableParallelism())), (verdict) => {
  done += 1;
  if (verdict.asOf) asOf += 1;
  if (performance.now() - said > 15_000) {
    said = performance.now();
    process.stdout.write(`${done} of ${count} plant-months agree after ${minutes()} min\n`);
  }
  return verdict.differences.length === 0;
});
const bad = verdicts.find(({ differences }) => differences.length > 0);
if (bad) {
  process.stdout.write(`seed ${bad.seed}: engine and auditor differ\n`);
  for (const text of bad.differences.slice(0, 12)) process.stdout.write(`  ${text}\n`);
  process.stdout.write(`repeat: npm run soak:simulate -- 1 ${bad.seed}\n`);
  process.exitCode = 1;
} else
  process.stdout.write(`${done} plant-months agree (${asOf} of them as of their instants too) in ${minutes()} min\n`);
