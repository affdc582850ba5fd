// What every command that settles needs first: a plant folder and its readings as books, or the problems that forbid it.
import { join } from 'node:path';
import { readFolder, readingFiles } from '../connect/folder.ts';
import { fileAt, readReadings } from '../connect/readings.ts';
import {
  type Day,
  type Facts,
  monthOf,
  type Plant,
  type Problem,
  parseDay,
  readInstant,
  readPlant,
  type Shift,
  type Unit,
} from '../plant.ts';
import type { Log } from '../readings.ts';
import {
  type Books,
  openBooks,
  type Posting,
  periodicPostings,
  type Sheet,
  settleShift,
  shiftsBetween,
} from '../statement.ts';
import { type Language, sayProblem } from '../words/say.ts';
import { exitCodeOf } from './check.ts';
import type { Request } from './options.ts';

export interface Opened {
  readonly plant: Plant;
  readonly facts: Facts;
  readonly log: Log;
  readonly problems: readonly Problem[];
}

export type Opening =
  | { readonly ok: true; readonly opened: Opened }
  | { readonly ok: false; readonly exitCode: number };

/** Opens a folder and further readings; problems go to standard error, errors in the plant itself end the matter. */
export async function openFolder(path: string, extraReadings: readonly string[], language: Language): Promise<Opening> {
  const tell = (problems: readonly Problem[]): void => {
    for (const problem of problems)
      if (problem.severity === 'error') process.stderr.write(`${sayProblem(problem, language)}\n`);
  };
  const folder = await readFolder(path);
  const { plant, facts, problems } = readPlant(folder.texts);
  if (folder.texts.size === 0 || !plant || !facts) {
    const all = folder.texts.size === 0 ? folder.problems : [...folder.problems, ...problems];
    tell(all);
    return { ok: false, exitCode: exitCodeOf(all) };
  }
  const files = [
    ...readingFiles(folder.names, plant).map((name) => fileAt(join(path, name), name)),
    ...extraReadings.map((file) => fileAt(file)),
  ];
  const progress = new Progress(language === 'zh' ? '读入读数' : 'reading');
  const read = await readReadings(plant, files, { onProgress: ({ rows }) => progress.tell(rows) });
  progress.end();
  tell([...folder.problems, ...read.problems]);
  const samples = [...facts.samples, ...read.samples].sort((a, b) => a.recordedAt - b.recordedAt);
  return {
    ok: true,
    opened: {
      plant,
      facts: { ...facts, samples },
      log: read.log,
      problems: [...folder.problems, ...problems, ...read.problems],
    },
  };
}

/** A line on standard error that counts, once work takes longer than a second and someone is watching. */
export class Progress {
  private readonly what: string;
  private readonly began = performance.now();
  private last = 0;

  constructor(what: string) {
    this.what = what;
  }

  tell(count: number, of?: number): void {
    const now = performance.now();
    if (!process.stderr.isTTY || now - this.began < 1000 || now - this.last < 200) return;
    this.last = now;
    process.stderr.write(`\r${this.what} ${count}${of === undefined ? '' : ` / ${of}`} `);
  }

  end(): void {
    if (this.last > 0) process.stderr.write('\r\x1b[K');
  }
}

/** Sheets are settled once each, whoever asks. */
export class Settler {
  readonly books: Books;
  private readonly sheets = new Map<string, Sheet>();

  constructor(opened: Opened, asOf: number) {
    this.books = openBooks(opened.plant, opened.facts, opened.log, asOf);
  }

  readonly settle = (shift: Shift): Sheet => {
    const key = `${shift.unit} ${shift.day} ${shift.code}`;
    let sheet = this.sheets.get(key);
    if (!sheet) {
      sheet = settleShift(this.books, shift);
      this.sheets.set(key, sheet);
    }
    return sheet;
  };

  between(first: Day, last: Day, units?: readonly Unit[], what = ''): Sheet[] {
    const shifts = shiftsBetween(this.books, first, last, units);
    const progress = new Progress(what);
    const out = shifts.map((shift, i) => {
      progress.tell(i, shifts.length);
      return this.settle(shift);
    });
    progress.end();
    return out;
  }

  postings(first: Day, last: Day): Posting[] {
    return periodicPostings(this.books, first, last, this.settle);
  }
}

/** What an option's text means, or that it means nothing. */
export type Option<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly option: string; readonly found: string; readonly wanted: string };

export function dayOption(request: Request, name: `--${string}`): Option<Day | undefined> {
  const [found] = request.values(name);
  if (found === undefined) return { ok: true, value: undefined };
  const day = parseDay(found);
  return day === undefined ? { ok: false, option: name, found, wanted: '2022-03-01' } : { ok: true, value: day };
}

export function monthOption(request: Request, plant: Plant): Option<{ first: Day; last: Day } | undefined> {
  const [found] = request.values('--month');
  if (found === undefined) return { ok: true, value: undefined };
  const month = monthOf(found, plant.monthStartsOn);
  return month ? { ok: true, value: month } : { ok: false, option: '--month', found, wanted: '2022-03' };
}

/** The instant of `--as-of`; without it, everything that was ever learnt. */
export function asOfOption(request: Request, plant: Plant): Option<number> {
  const [found] = request.values('--as-of');
  if (found === undefined) return { ok: true, value: Number.POSITIVE_INFINITY };
  const read = readInstant(found, plant.zone);
  return read && read.falls !== 'never'
    ? { ok: true, value: read.at }
    : { ok: false, option: '--as-of', found, wanted: '2022-03-01 08:00' };
}

/** The days that readings cover, for a command that was given none; a reading at midnight closes its day. */
export interface Covered {
  readonly first: Day;
  readonly last: Day;
  /** The last day whose end the readings reach; the first day when there is none. */
  readonly lastWhole: Day;
}

export function daysOf({ zone }: Plant, log: Log): Covered | undefined {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const at of log.time) {
    if (at < low) low = at;
    if (at > high) high = at;
  }
  if (low > high) return undefined;
  const first = zone.dayAt(low);
  return {
    first,
    last: Math.max(first, zone.dayAt(high - 1)),
    lastWhole: Math.max(first, zone.dayAt(high) - 1),
  };
}
