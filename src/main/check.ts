// `crewledger check FOLDER`: every mistake and suspicion in a plant, its tables and its readings, with a place and a cure.
import { basename, join } from 'node:path';
import { readFolder, readingFiles, unreadFiles } from '../connect/folder.ts';
import { fileAt, readReadings } from '../connect/readings.ts';
import { type Problem, readPlant } from '../plant.ts';
import { explainProblem, fill, type Language, placeOf, sayProblem, WORDS } from '../words/say.ts';
import { widthOf } from '../words/width.ts';
import { EXIT } from './exit-codes.ts';
import { csv } from './layout.ts';

export type Format = 'text' | 'json' | 'csv';

export interface Checked {
  readonly problems: readonly Problem[];
  /** Undefined while mistakes in the plant keep its readings from being read. */
  readonly taken: { readonly rows: number; readonly samples: number } | undefined;
}

/** Checks a folder and further files of readings. */
export async function checkFolder(path: string, extraReadings: readonly string[]): Promise<Checked> {
  const folder = await readFolder(path);
  if (folder.texts.size === 0) return { problems: folder.problems, taken: undefined };
  const { plant, problems } = readPlant(folder.texts);
  const found = [...folder.problems, ...problems];
  if (!plant) return { problems: found, taken: undefined };
  const files = [
    ...readingFiles(folder.names, plant).map((name) => fileAt(join(path, name), name)),
    ...extraReadings.map((file) => fileAt(file)),
  ];
  const named = new Set(extraReadings.map((file) => basename(file)));
  found.push(...unreadFiles(folder.names, plant).filter(({ file }) => !named.has(file)));
  const { log, samples, problems: inReadings } = await readReadings(plant, files);
  return { problems: found.concat(inReadings), taken: { rows: log.length, samples: samples.length } };
}

export function exitCodeOf(problems: readonly Problem[]): number {
  if (problems.some(({ code }) => code === 'no-such-file' || code === 'no-plant-text')) return EXIT.noInput;
  return problems.some(({ severity }) => severity === 'error') ? EXIT.data : EXIT.ok;
}

const WIDEST_PLACE = 32;

/** What was found, as text for people, or as JSON or CSV for programs. */
export function printChecked({ problems, taken }: Checked, format: Format, language: Language): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const warnings = problems.length - errors;
  const told = problems.map((problem) => ({ ...problem, ...explainProblem(problem, language) }));
  if (format === 'json') return `${JSON.stringify({ errors, warnings, ...taken, problems: told }, undefined, 2)}\n`;
  if (format === 'csv') {
    const rows = told.map((p) => [p.file, p.line, p.column, p.severity, p.code, p.happened, p.cure]);
    return csv(['file', 'line', 'column', 'severity', 'code', 'happened', 'cure'], rows);
  }
  const width = Math.min(WIDEST_PLACE, Math.max(0, ...problems.map((problem) => widthOf(placeOf(problem)))));
  const words = WORDS[language];
  const [stop, comma] = language === 'zh' ? ['。', '；'] : ['.', '; '];
  const count = fill(words.frame.found, { errors: String(errors), warnings: String(warnings) }, words);
  const rest = taken
    ? fill(
        words.frame.readings,
        { rows: String(taken.rows), samples: taken.samples === 0 ? '' : String(taken.samples) },
        words,
      )
    : words.frame.readingsWait;
  return [
    ...problems.map((problem) => sayProblem(problem, language, width)),
    `${count}${comma}${rest}${stop}`,
    '',
  ].join('\n');
}
