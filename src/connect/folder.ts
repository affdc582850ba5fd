// A plant's folder as texts: its YAML and its tables, decoded. Readings are not read here: they may not fit in memory.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { nearest, type Plant, type Problem, Problems, TABLES } from '../plant.ts';
import { decode } from './encoding.ts';

export interface Folder {
  /** File name → text, for `readPlant`. */
  readonly texts: ReadonlyMap<string, string>;
  /** Every file of the folder itself, in order of name. */
  readonly names: readonly string[];
  readonly problems: readonly Problem[];
}

/** Reads the folder of a plant. A file that cannot be read or decoded is a problem; the others are still given. */
export async function readFolder(path: string): Promise<Folder> {
  const problems = new Problems();
  const texts = new Map<string, string>();
  const tell = (found: string, error: unknown): undefined =>
    problems.error('no-such-file', { file: found, line: 0, column: 0 }, { found, reason: reasonOf(error) });
  let names: string[] = [];
  try {
    const entries = await readdir(path);
    const files = await Promise.all(entries.map(async (name) => ((await isFile(join(path, name))) ? name : undefined)));
    names = files.filter((name) => name !== undefined).sort();
  } catch (error) {
    tell(path, error);
    return { texts, names, problems: problems.list };
  }
  const isYaml = (name: string): boolean => /\.ya?ml$/.test(name);
  for (const name of names) {
    if (!isYaml(name) && !Object.hasOwn(TABLES, name)) continue;
    try {
      const decoded = decode(await readFile(join(path, name)));
      if (decoded.ok) texts.set(name, decoded.text);
      else problems.error('bad-encoding', { file: name, line: 0, column: 0 }, { byte: String(decoded.byte) });
    } catch (error) {
      tell(name, error);
    }
  }
  if (!names.some(isYaml)) problems.error('no-plant-text', { file: path, line: 0, column: 0 }, { found: path });
  return { texts, names, problems: problems.list };
}

/** The files of a folder that hold readings: `readings*.csv`, and those that a source of the plant names. */
export function readingFiles(names: readonly string[], plant: Plant): string[] {
  const sources = [...plant.sources.values()];
  return names.filter(
    (name) => /^readings.*\.csv$/i.test(name) || sources.some((source) => matchesName(source.file, name)),
  );
}

/** Tables that lie in a folder and that nothing reads: mostly a slip in a name, and then all their rows would be missing. */
export function unreadFiles(names: readonly string[], plant: Plant): Problem[] {
  const problems = new Problems();
  const read = new Set(readingFiles(names, plant));
  for (const file of names) {
    if (!/\.csv$/i.test(file) || Object.hasOwn(TABLES, file) || read.has(file)) continue;
    const near = nearest(file, [...Object.keys(TABLES), 'readings.csv']) ?? '';
    problems.warn('unread-file', { file, line: 0, column: 0 }, { nearest: near });
  }
  return problems.list;
}

/** Whether a file's name fits a pattern in which `*` stands for anything. */
export function matchesName(pattern: string, name: string): boolean {
  const [first = '', ...others] = pattern.split('*');
  const last = others.pop();
  if (last === undefined) return pattern === name;
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of others) {
    const found = name.indexOf(part, at);
    if (found < 0 || found + part.length > name.length - last.length) return false;
    at = found + part.length;
  }
  return true;
}

const isFile = async (path: string): Promise<boolean> => {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
};

export const reasonOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : error instanceof Error ? error.message : '';
