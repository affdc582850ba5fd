// A sheet explained, as a record in the words of a language: headline, the sentence of each line, and for lines that are opened
// their arithmetic, sources and readings. What it says comes from the domain; how it looks is for each face.
import { formatLocal } from '../plant.ts';
import {
  type Books,
  type Explanation,
  explainLine,
  headline,
  type Notice,
  type Part,
  type Sheet,
  sentences,
} from '../statement.ts';
import type { Language } from '../words/say.ts';
import { say, sayNotice } from '../words/shift.ts';

export const partsOf = (sheet: Sheet): Part[] => [sheet.counted, sheet.excluded].filter((part) => part !== undefined);

/** Whether a line is meant by its key, by its kind (`usage`) or by its stream (`steam`). */
export const isAsked = (key: string, asked: string): boolean =>
  key === asked || key.startsWith(`${asked}.`) || key.split('.')[1] === asked;

export function explanations(
  books: Books,
  sheet: Sheet,
  key: string | undefined,
): { part: Part; explained: Explanation[] }[] {
  return partsOf(sheet).map((part) => ({
    part,
    explained: part.lines
      .filter((line) => key === undefined || isAsked(line.key, key))
      .map((line) => explainLine(books, sheet, part, line)),
  }));
}

export function noticeText(books: Books, sheet: Sheet, notice: Notice, language: Language): string {
  const streams = new Map(books.plant.units.get(sheet.shift.unit)?.streams.map((s) => [s.id, s]) ?? []);
  return sayNotice(notice, notice.at === undefined ? '' : formatLocal(notice.at, books.plant.zone), streams, language);
}

export interface ExplainedLine {
  readonly key: string;
  readonly fen: number;
  readonly crewFen: number;
  readonly sentence: string;
  readonly arithmetic: readonly string[];
  readonly sources: readonly string[];
  readonly readings: Explanation['readings'];
}

export interface ExplainedSheet {
  readonly headline: readonly string[];
  readonly parts: readonly { readonly part: Part['kind']; readonly lines: readonly ExplainedLine[] }[];
  readonly notices: readonly (Notice & { readonly said: string })[];
}

/** The sheet with the lines that are asked for opened; all of them without a key. */
export function explainSheet(books: Books, sheet: Sheet, key: string | undefined, language: Language): ExplainedSheet {
  const parts = explanations(books, sheet, key).map(({ part, explained }) => ({
    part: part.kind,
    lines: explained.map((one) => ({
      key: one.key,
      fen: one.fen,
      crewFen: part.kind === 'counted' ? one.crewFen : 0,
      sentence: say(one.sentence, language),
      arithmetic: one.steps.map((step) => say(step, language)),
      sources: one.sources.map((source) => say(source, language)),
      readings: one.readings,
    })),
  }));
  const notices = [...sheet.notices, ...partsOf(sheet).flatMap((part) => part.notices)].map((notice) => ({
    ...notice,
    said: noticeText(books, sheet, notice, language),
  }));
  return { headline: headline(sheet).map((saying) => say(saying, language)), parts, notices };
}

/** Headline and one sentence a line, the greatest first: what a crew reads first. */
export const sheetSentences = (
  books: Books,
  sheet: Sheet,
  language: Language,
): {
  headline: string[];
  lines: { part: Part['kind']; key: string; fen: number; crewFen: number; said: string }[];
} => ({
  headline: headline(sheet).map((saying) => say(saying, language)),
  lines: partsOf(sheet).flatMap((part) =>
    sentences(books.plant, sheet, part).map(({ line, saying }) => ({
      part: part.kind,
      key: line.key,
      fen: line.fen,
      crewFen: part.kind === 'counted' ? line.crewFen : 0,
      said: say(saying, language),
    })),
  ),
});
