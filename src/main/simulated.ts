// A simulated plant opened without a folder: its texts read as any plant's, its rows as any readings.
import { readReadings } from '../connect/readings.ts';
import { readPlant } from '../plant.ts';
import { simulateShowcase } from '../simulate/plant.ts';
import type { Opened } from './opened.ts';

/** Opens a showcase of some teams and days; `to` is its last accounting day. */
export async function openSimulated(teams: number, days: number): Promise<{ opened: Opened; to: string }> {
  const { files, to } = simulateShowcase(1, teams, days);
  const { plant, facts, problems } = readPlant(files);
  if (!plant || !facts) throw new Error(`the showcase is no plant: ${JSON.stringify(problems[0])}`);
  const rows = [...files].filter(([name]) => /^readings.*\.csv$/.test(name));
  const { log } = await readReadings(
    plant,
    rows.map(([name, text]) => ({
      name,
      async *bytes() {
        yield Buffer.from(text);
      },
    })),
  );
  return { opened: { plant, facts, log, problems }, to };
}
