// A million damaged inputs, and one file of ten million rows with a bad one in every thousand: nothing crashes, hangs or is
// lost. `npm run soak:bad-input -- INPUTS ROWS SEED` does less or other; a failure names the seed that repeats it.
import { createWriteStream, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileAt, readReadings } from '../../src/connect/readings.ts';
import { type Plant, readPlant } from '../../src/plant.ts';
import { judgePlant, judgeReadings } from '../bad-input/judge.ts';
import { mutate, randomOf } from '../bad-input/mutate.ts';

const [inputs = 1_000_000, rows = 10_000_000, seed = 1] = process.argv.slice(2).map(Number);
const folder = join(import.meta.dirname, '..', '..', 'examples', 'worked');
const bytes = new Map(
  readdirSync(folder)
    .filter((name) => /\.(yaml|csv)$/.test(name))
    .map((name) => [name, readFileSync(join(folder, name))]),
);
const readings = bytes.get('readings.csv')!;
bytes.delete('readings.csv');
const plant = readPlant(new Map([...bytes].map(([name, content]) => [name, content.toString('utf8')]))).plant as Plant;
const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const seconds = (since: number): number => (performance.now() - since) / 1000;

/** One input in fifty is a plant, which takes long; the others are some rows of readings. */
async function damage(): Promise<void> {
  const names = [...bytes.keys()];
  const lines = readings.toString('utf8').trimEnd().split('\n');
  const seen = { taken: 0, told: 0 };
  const began = performance.now();
  let slowest = 0;
  for (let i = 0; i < inputs; i += 1) {
    const random = randomOf(seed * 1_000_003 + i);
    const start = performance.now();
    try {
      if (i % 50 === 0) {
        const name = random() < 0.6 ? 'plant.yaml' : names[Math.floor(random() * names.length)]!;
        seen[
          judgePlant(
            new Map(names.map((one) => [one, one === name ? mutate(bytes.get(one)!, random) : bytes.get(one)!])),
          )
        ] += 1;
      } else {
        const from = 1 + Math.floor(random() * (lines.length - 5));
        const some = Buffer.from([lines[0], ...lines.slice(from, from + 4), ''].join('\n'));
        seen[await judgeReadings(plant, mutate(some, random), random() < 0.2 ? 7 : undefined)] += 1;
      }
    } catch (error) {
      say(`FAILED at input ${i} of seed ${seed}: ${error instanceof Error ? error.stack : error}`);
      process.exitCode = 1;
      return;
    }
    slowest = Math.max(slowest, performance.now() - start);
    if ((i + 1) % 100_000 === 0) say(`${i + 1} inputs, ${seen.told} told, slowest ${slowest.toFixed(0)} ms`);
  }
  say(
    `${inputs} inputs in ${seconds(began).toFixed(0)} s: ${seen.taken} taken, ${seen.told} told; slowest ${slowest.toFixed(0)} ms`,
  );
}

function* manyRows(): Generator<string> {
  const ids = ['FQ-3101', 'FQ-3001', 'JQ-3001', 'LT-301'];
  yield 'point,time,value,quality\n';
  let part: string[] = [];
  for (let i = 0; i < rows; i += 1) {
    const time = new Date(Date.UTC(2022, 0, 1) + Math.floor(i / 4) * 1000).toISOString();
    const stamp = i % 2 === 0 ? `${time.slice(0, 19)}+00:00` : `${time.slice(0, 10)} ${time.slice(11, 19)}`;
    part.push(`${ids[i % 4]},${stamp},${i % 1000 === 999 ? 'NaN' : ((i * 7) % 1_000_000) / 10},good\n`);
    if (part.length === 20_000) {
      yield part.join('');
      part = [];
    }
  }
  yield part.join('');
}

async function longFile(): Promise<void> {
  const place = mkdtempSync(join(tmpdir(), 'crewledger-'));
  try {
    const path = join(place, 'readings.csv');
    await pipeline(Readable.from(manyRows()), createWriteStream(path));
    const began = performance.now();
    let most = 0;
    const { log, problems } = await readReadings(plant, [fileAt(path)], {
      onProgress: () => {
        most = Math.max(most, process.memoryUsage.rss());
      },
    });
    const time = seconds(began);
    const columns = log.point.buffer.byteLength + log.time.buffer.byteLength * 3 + log.quality.buffer.byteLength;
    const bad = Math.floor(rows / 1000);
    const counted = problems.length === 0 ? 0 : Number(problems.at(-1)!.args.total ?? problems.length);
    say(`${rows} rows in ${time.toFixed(1)} s: ${(rows / time / 1e6).toFixed(2)} million rows/s`);
    say(
      `${log.length} taken, ${counted} told; at most ${(most / 1e6).toFixed(0)} MB, of which the log ${(columns / 1e6).toFixed(0)} MB`,
    );
    if (log.length !== rows - bad || counted !== bad) {
      say(`FAILED: ${rows - bad} rows should have been taken and ${bad} told`);
      process.exitCode = 1;
    }
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

await longFile();
await damage();
