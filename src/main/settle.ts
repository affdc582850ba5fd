// `crewledger settle`: the sheets of the shifts of some days, as a table, as JSON records or as one CSV row a line.

import { formatDay, type Plant } from '../plant.ts';
import { formatFen, type Ratio, toNumber } from '../quantity.ts';
import { type Books, hashInputs, type Posting, type Sheet, sheetRecord } from '../statement.ts';
import { fill, type Language, WORDS } from '../words/say.ts';
import { grouped } from '../words/shift.ts';
import { csv, layOut } from './layout.ts';

export const yuanText = (fen: number): string => grouped(formatFen(fen));
export const gainText = (fen: number): string => (fen > 0 ? `+${yuanText(fen)}` : yuanText(fen));
export const hoursText = (hours: Ratio): string => String(Number(toNumber(hours).toFixed(3)));

/** A team by its name; one that was not declared, `unit/crew`, by its unit's name and its crew. */
export function teamName(plant: Plant, id: string, language: Language): string {
  const declared = plant.teams.get(id)?.name[language];
  const slash = id.lastIndexOf('/');
  if (declared !== undefined || slash < 0) return declared ?? id;
  const words = WORDS[language];
  const unit = unitName(plant, id.slice(0, slash), language);
  const crew = id.slice(slash + 1);
  const { lettered, namelessTeam } = words.shift.heading;
  return fill([...crew].length === 1 ? lettered : namelessTeam, { unit, crew }, words);
}
export const unitName = (plant: Plant, id: string, language: Language): string =>
  plant.units.get(id)?.name[language] ?? id;

/** The sheets of a range, for people. */
export function sheetsText(
  plant: Plant,
  sheets: readonly Sheet[],
  postings: readonly Posting[],
  language: Language,
): string {
  const { heading, state } = WORDS[language].shift;
  const rows = sheets.map((sheet) => {
    const { shift, counted, excluded } = sheet;
    const known = [counted, excluded].filter((part) => part?.complete);
    const company = known.reduce((sum, part) => sum + (part?.companyFen ?? 0), 0);
    const amount = (fen: number | undefined): string => (fen === undefined ? '—' : yuanText(fen));
    return [
      formatDay(shift.day),
      plant.shiftNames.get(shift.code)?.[language] ?? shift.code,
      unitName(plant, shift.unit, language),
      teamName(plant, sheet.team, language),
      counted ? hoursText(counted.hours) : '0',
      counted?.complete ? gainText(counted.crewGainFen) : '—',
      known.length > 0 ? gainText(company) : '—',
      amount(counted?.complete ? counted.valueFen : undefined),
      amount(counted?.complete ? counted.budgetValueFen : undefined),
      state[sheet.state],
    ];
  });
  const total = sheets.reduce((sum, sheet) => sum + (sheet.counted?.crewGainFen ?? 0), 0);
  const table = layOut(
    [
      heading.day,
      heading.shift,
      heading.unit,
      heading.team,
      heading.hours,
      heading.gain,
      heading.company,
      heading.value,
      heading.budget,
      heading.state,
    ],
    rows,
    [4, 5, 6, 7, 8],
  );
  const periodic = postings.reduce((sum, posting) => sum - posting.fen, 0);
  const yuan = WORDS[language].shift.unit.yuan;
  const lacking = sheets.filter((sheet) => sheet.counted && !sheet.counted.complete).length;
  const more = [
    ...(postings.length > 0 ? [`${heading.periodic} ${gainText(periodic)} ${yuan}\n`] : []),
    ...(lacking > 0 ? [`${fill(heading.lacking, { count: String(lacking) }, WORDS[language])}\n`] : []),
  ];
  return `${table}${heading.total} ${gainText(total)} ${yuan}\n${more.join('')}`;
}

export function sheetsJson(books: Books, sheets: readonly Sheet[], postings: readonly Posting[]): string {
  const records = sheets.map((sheet) => ({ ...sheetRecord(sheet), inputs: hashInputs(books, sheet) }));
  const posted = postings.map(({ day, forDay, fen, cycle: _, ...rest }) => ({
    ...rest,
    day: formatDay(day),
    forDay: formatDay(forDay),
    amountFen: fen,
  }));
  return `${JSON.stringify({ plant: books.plant.id, sheets: records, postings: posted }, undefined, 1)}\n`;
}

/** One row a line: what a spreadsheet sums. */
export function sheetsCsv(sheets: readonly Sheet[], postings: readonly Posting[]): string {
  const rows: (string | number | null)[][] = [];
  for (const sheet of sheets)
    for (const part of [sheet.counted, sheet.excluded])
      for (const line of part?.lines ?? [])
        rows.push([
          formatDay(sheet.shift.day),
          sheet.shift.code,
          sheet.shift.unit,
          sheet.shift.crew,
          sheet.team,
          sheet.state,
          part?.kind ?? '',
          line.key,
          line.fen,
          part?.kind === 'counted' ? line.crewFen : 0,
        ]);
  for (const posting of postings)
    rows.push([
      formatDay(posting.day),
      posting.forShift,
      posting.unit,
      posting.crew,
      '',
      'final',
      'periodic',
      `periodic.${posting.stream} ${formatDay(posting.forDay)}`,
      -posting.fen,
      -posting.fen,
    ]);
  return csv(['day', 'shift', 'unit', 'crew', 'team', 'state', 'part', 'line', 'fen', 'crew_fen'], rows);
}
