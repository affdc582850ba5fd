// Synthetic plants: opened in memory for a first look, or written to a folder. The refinery of examples/, or one of the
// simulator's small plants with everything that meters and people do to an account.
import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { generateRefinery, type RefineryOptions, readingsText } from '../../examples/refinery/generate.ts';
import { readReadings } from '../connect/readings.ts';
import { readPlant } from '../plant.ts';
import { simulatePlant } from '../simulate/plant.ts';
import type { Opened } from './opened.ts';

/** The refinery opened without a folder: its texts read as any plant's, its rows as any readings. */
export async function openRefinery(options: RefineryOptions): Promise<Opened> {
  const refinery = generateRefinery(options);
  const { plant, facts, problems } = readPlant(refinery.files);
  if (!plant || !facts) throw new Error(`the refinery is no plant: ${JSON.stringify(problems[0])}`);
  const bytes = async function* (): AsyncGenerator<Uint8Array> {
    for (const text of readingsText(refinery.readings)) yield Buffer.from(text);
  };
  const { log } = await readReadings(plant, [{ name: 'readings.csv', bytes }]);
  return { plant, facts, log, problems };
}

/** Writes the refinery to an empty folder, its readings as they are made. */
export async function writeRefinery(folder: string, options: RefineryOptions): Promise<void> {
  const refinery = generateRefinery(options);
  for (const [name, text] of refinery.files) await writeFile(join(folder, name), text);
  await pipeline(Readable.from(readingsText(refinery.readings)), createWriteStream(join(folder, 'readings.csv')));
}

/** Writes a small simulated plant-month and the truth about its crews; the last accounting day of it. */
export async function writeSmall(folder: string, seed: number): Promise<string> {
  const { files, to, truth } = simulatePlant(seed);
  for (const [name, text] of files) await writeFile(join(folder, name), text);
  await writeFile(join(folder, 'truth.json'), `${JSON.stringify(truth, undefined, 1)}\n`);
  return to;
}
