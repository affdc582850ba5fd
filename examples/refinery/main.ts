// Writes the synthetic refinery into a folder:
//   node examples/refinery/main.ts FOLDER [--teams 8] [--from 2022-03-01] [--days 31] [--seed 2022] [--minute-days 0]
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { generateRefinery, readingsText } from './generate.ts';

const text = { type: 'string' } as const;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { teams: text, from: text, days: text, seed: text, 'minute-days': text },
});
const [folder] = positionals;
if (folder === undefined) throw new Error('name a folder');
const { files, readings, teams, members } = generateRefinery({
  teams: Number(values.teams ?? 8),
  ...(values.from !== undefined && { from: values.from }),
  ...(values.days !== undefined && { days: Number(values.days) }),
  ...(values.seed !== undefined && { seed: Number(values.seed) }),
  minuteDays: Number(values['minute-days'] ?? 0),
});
mkdirSync(folder, { recursive: true });
for (const [name, content] of files) writeFileSync(join(folder, name), content);
await pipeline(Readable.from(readingsText(readings)), createWriteStream(join(folder, 'readings.csv')));
process.stdout.write(`${folder}: ${teams} teams, ${members} people\n`);
