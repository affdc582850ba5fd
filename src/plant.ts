// The plant as text: a folder of YAML and CSV in, the plant and its facts out, or every mistake with file, line and cure.
// It holds only what settling needs; it opens no file (texts come in) and says nothing in sentences (problems are codes).
//
//   document.ts  YAML with places → schema.ts  shape → build.ts  meaning, section by section → check.ts  suspicion
//   table.ts     CSV with places  → facts.ts   prices, budgets, facts         calendar.ts  days, zones, shifts, months
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { buildStructure } from './plant/build.ts';
import { checkPlant } from './plant/check.ts';
import { readDocument } from './plant/document.ts';
import { multiplierPlaces, readTables } from './plant/facts.ts';
import { type Facts, type Plant, priceKey, type Stream } from './plant/model.ts';
import { type Problem, Problems } from './plant/problem.ts';
import { checkShape } from './plant/schema.ts';

export * from './plant/calendar.ts';
export { readFacts, TABLES } from './plant/facts.ts';
export * from './plant/model.ts';
export { nearest, type Place, type Problem, type ProblemCode, Problems } from './plant/problem.ts';
export { plantJsonSchema } from './plant/schema.ts';
export {
  type Columns,
  plain,
  type Row,
  readClock,
  readDecimal,
  readHeader,
  readInstant,
  readTable,
  splitCells,
} from './plant/table.ts';

/** What reading a plant gives: the plant and its facts when nothing is wrong, and all problems in any case. */
export interface PlantReading {
  readonly plant: Plant | undefined;
  readonly facts: Facts | undefined;
  readonly problems: readonly Problem[];
}

/** Reads a plant from the texts of its folder (file name → text; `*.yaml` and the tables). */
export function readPlant(files: ReadonlyMap<string, string>): PlantReading {
  const problems = new Problems();
  const yaml = new Map([...files].filter(([name]) => /\.ya?ml$/.test(name)).sort(([a], [b]) => (a < b ? -1 : 1)));
  const written = readDocument(yaml, problems);
  const failed: PlantReading = { plant: undefined, facts: undefined, problems: problems.list };
  if (problems.failed || !checkShape(written, problems)) return failed;
  const structure = buildStructure(written, multiplierPlaces(files), problems);
  if (!structure) return failed;
  const { prices, budgets, facts } = readTables(files, structure, problems);
  const plant: Plant = {
    ...structure,
    hash: hashTexts(files),
    units: withFlowItems(structure.units, prices),
    prices,
    budgets,
  };
  checkPlant(plant, written, problems);
  return problems.failed ? failed : { plant, facts, problems: problems.list };
}

/** A flow has one transfer price on both sides: that of its own name, unless its streams name an item of theirs. */
function withFlowItems(units: Plant['units'], prices: Plant['prices']): Plant['units'] {
  const priced = (stream: Stream): Stream => {
    if (!('flow' in stream) || stream.flow === undefined || stream.item !== stream.id) return stream;
    return prices.has(priceKey(stream.flow, 'transfer')) ? { ...stream, item: stream.flow } : stream;
  };
  return new Map([...units].map(([id, unit]) => [id, { ...unit, streams: unit.streams.map(priced) }]));
}

/** Names and lengths go in too, so that no two folders with other texts hash alike. Fact tables are not part of the plant. */
function hashTexts(files: ReadonlyMap<string, string>): string {
  const hash = sha256.create();
  const own = [...files].filter(([name]) => /\.ya?ml$/.test(name) || name === 'prices.csv' || name === 'budgets.csv');
  for (const [name, text] of own.sort(([a], [b]) => (a < b ? -1 : 1))) {
    const bytes = utf8ToBytes(text);
    hash.update(utf8ToBytes(`${name} ${bytes.length}\n`)).update(bytes);
  }
  return bytesToHex(hash.digest());
}
