// `crewledger explain`: one sheet as sentences, and any of its lines down to its arithmetic and its readings.
import { formatDay } from '../plant.ts';
import { formatRatio } from '../quantity.ts';
import { benchmarkLadder } from '../ranking.ts';
import { explainSheet, explanations, noticeText, partsOf } from '../report/explained.ts';
import { type Books, headline, type Part, pendingOf, type Sheet, sentences } from '../statement.ts';
import { fill, type Language, WORDS } from '../words/say.ts';
import { grouped, say } from '../words/shift.ts';
import { csv, layOut } from './layout.ts';
import { gainText, hoursText, teamName, unitName } from './settle.ts';

const bracketed = (text: string, language: Language): string => (language === 'zh' ? `（${text}）` : ` (${text})`);

/** The sheet in sentences; with `key`, that line's arithmetic, sources and readings below. */
export function explainText(
  books: Books,
  sheet: Sheet,
  key: string | undefined,
  language: Language,
  history: readonly Sheet[] = [],
): string {
  const { plant } = books;
  const { heading, mark, state } = WORDS[language].shift;
  const { shift } = sheet;
  const out: string[] = [
    `${unitName(plant, shift.unit, language)} · ${formatDay(shift.day)} ${plant.shiftNames.get(shift.code)?.[language] ?? shift.code} · ${teamName(plant, sheet.team, language)} · ${state[sheet.state]}`,
    ...headline(sheet).map((saying) => say(saying, language)),
    ...pendingText(sheet, history, language),
    '',
  ];
  for (const part of partsOf(sheet)) {
    if (part.kind === 'excluded') out.push(`—— ${heading.excludedPart} ${hoursText(part.hours)} h`);
    const said = sentences(plant, sheet, part);
    for (const { line, saying } of said)
      out.push(
        `${part.kind === 'excluded' || line.crewFen === 0 ? '  ·' : '  ▪'} ${say(saying, language)}  [${line.key}]`,
      );
    if (said.length > 0) out.push('');
  }
  out.push(heading.marks, '');
  if (key !== undefined) {
    for (const { part, explained } of explanations(books, sheet, key))
      for (const one of explained) {
        out.push(
          `${one.key}  ${gainText(one.fen)}${part.kind === 'excluded' ? bracketed(heading.excludedPart, language) : ''}`,
          `  ${say(one.sentence, language)}`,
        );
        if (one.steps.length > 0)
          out.push(`  ${heading.arithmetic}`, ...one.steps.map((step) => `    ${say(step, language)}`));
        if (one.sources.length > 0)
          out.push(`  ${heading.readings}`, ...one.sources.map((source) => `    ${say(source, language)}`));
        if (one.readings.length > 0) {
          const table = layOut(
            [heading.point, heading.time, heading.reading, heading.quality],
            one.readings.map((r) => [r.point, r.time, grouped(r.value), mark[r.quality]]),
            [2],
          );
          out.push(table.replace(/^/gm, '    ').trimEnd());
        }
        out.push('');
      }
  }
  if (key?.startsWith('usage.')) out.push(...ladderText(books, sheet, key, language, history));
  const notices = [...sheet.notices, ...partsOf(sheet).flatMap((part) => part.notices)];
  if (notices.length > 0)
    out.push(
      heading.notices,
      ...new Set(notices.map((notice) => `  ${noticeText(books, sheet, notice, language)}`)),
      '',
    );
  return out.join('\n');
}

export const explainJson = (books: Books, sheet: Sheet, key: string | undefined, language: Language): string =>
  `${JSON.stringify(explainSheet(books, sheet, key, language), undefined, 1)}\n`;

export function explainCsv(books: Books, sheet: Sheet, key: string | undefined, language: Language): string {
  const rows = explanations(books, sheet, key).flatMap(({ part, explained }) =>
    explained.flatMap((one) => [
      [part.kind, one.key, 'sentence', say(one.sentence, language), one.fen],
      ...one.steps.map((step) => [part.kind, one.key, 'arithmetic', say(step, language), null]),
      ...one.sources.map((source) => [part.kind, one.key, 'source', say(source, language), null]),
      ...one.readings.map((r) => [part.kind, one.key, 'reading', `${r.point} ${r.time} ${r.value} ${r.quality}`, null]),
    ]),
  );
  return csv(['part', 'line', 'what', 'text', 'fen'], rows);
}

/** What is still missing, and how far the gain may move by it: 还差密度合格率，可能 +386.00～+620.00 元. */
function pendingText(sheet: Sheet, history: readonly Sheet[], language: Language): string[] {
  if (sheet.state === 'draft') return [];
  const pending = pendingOf(sheet, history);
  if (pending.lines.length === 0) return [];
  const part = sheet.counted as Part;
  const name = (id: string | undefined): string =>
    [...part.inputs, ...part.qualities].find((x) => x.stream.id === id)?.stream.name[language] ?? '';
  const names = [...new Set(pending.lines.map((line) => name(line.stream)))].join(language === 'zh' ? '、' : ', ');
  const words = WORDS[language];
  const range =
    pending.gainFrom === undefined || pending.gainTo === undefined
      ? ''
      : `${gainText(pending.gainFrom)} … ${gainText(pending.gainTo)}`;
  return [fill(words.shift.pending, { names, range }, words)];
}

/** The benchmark ladder of an input over the sheets at hand: each rung's rate, and what it would have brought. */
function ladderText(books: Books, sheet: Sheet, key: string, language: Language, history: readonly Sheet[]): string[] {
  const stream = key.split('.')[1] ?? '';
  const { plant } = books;
  const unit = plant.units.get(sheet.shift.unit);
  const output = unit?.streams.find((s) => s.id === unit.load);
  const input = unit?.streams.find((s) => s.id === stream);
  if (!unit || !output || !input) return [];
  const rungs = benchmarkLadder(plant, history, sheet.team, unit.id, stream, output.id);
  if (rungs.length === 0) return [];
  const words = WORDS[language].shift;
  const rows = rungs.map((rung) => [
    words.rung[rung.kind] + (rung.name === '' ? '' : ` ${rung.name}`),
    `${formatRatio(rung.rate, 5)} ${input.measure.text}/${output.measure.text}`,
    gainText(rung.worthFen),
  ]);
  return [
    words.heading.ladder,
    layOut([words.heading.line, words.heading.rate, words.heading.worth], rows, [1, 2]).replace(/^(?=.)/gm, '  '),
  ];
}
