// `crewledger rank`: the boards of a day, a week, a month and so on, with the gap to the best and where it lies.

import { formatDay, type Plant } from '../plant.ts';
import { formatRatio } from '../quantity.ts';
import type { Board, RankRow, StreamGain } from '../ranking.ts';
import { boardRecord } from '../report/board.ts';
import { fractionText } from '../statement.ts';
import { type Language, WORDS } from '../words/say.ts';
import { grouped } from '../words/shift.ts';
import { csv, layOut } from './layout.ts';
import { gainText, hoursText, teamName } from './settle.ts';

/** Lines that a stream's own name tells: 蒸汽 for `usage.steam`, 密度合格率 for `quality.density`. */
const NAMED_BY_STREAM: readonly string[] = ['usage', 'quality', 'fees'];

/** A line of a unit as people call it: 蒸汽 for `usage.steam`, 石灰 配比 for `mix.lime`. */
export function lineName(plant: Plant, unit: string, key: string, language: Language): string {
  const words = WORDS[language].shift;
  const [kind = '', stream, band] = key.split('.');
  const name =
    stream === undefined ? undefined : plant.units.get(unit)?.streams.find((s) => s.id === stream)?.name[language];
  const said: Readonly<Record<string, string>> = { ...words.line, periodic: words.heading.periodic };
  const base = said[kind] ?? kind;
  return stream === undefined
    ? base
    : `${name ?? stream}${band === undefined ? '' : language === 'zh' ? `（${band}）` : ` (${band})`}${NAMED_BY_STREAM.includes(kind) ? '' : ` ${base}`}`;
}

/** The three greatest causes of a gap; lines of one name in several units of a league count as one cause. */
function reasons(plant: Plant, streams: readonly StreamGain[], language: Language): string {
  const causes = new Map<string, number>();
  for (const { unit, key, fen } of streams) {
    const name = lineName(plant, unit, key, language);
    causes.set(name, (causes.get(name) ?? 0) + fen);
  }
  return [...causes]
    .filter(([, fen]) => fen !== 0)
    .sort(([, a], [, b]) => Math.abs(b) - Math.abs(a))
    .slice(0, 3)
    .map(([name, fen]) => `${name} ${gainText(fen)}`)
    .join(language === 'zh' ? '，' : ', ');
}

export function boardsText(plant: Plant, boards: readonly Board[], language: Language): string {
  const { heading, standing, period: periods } = WORDS[language].shift;
  const out: string[] = [];
  for (const board of boards) {
    const { period } = board;
    const name =
      plant.leagues.get(board.league)?.name[language] ?? plant.units.get(board.league)?.name[language] ?? board.league;
    const days =
      period.first === period.last ? formatDay(period.first) : `${formatDay(period.first)} … ${formatDay(period.last)}`;
    out.push(`${name} · ${periods[period.kind]}${language === 'zh' ? '' : ' '}${heading.board} · ${days}`);
    const rows = board.rows.map((row: RankRow) => [
      row.rank === undefined ? standing[row.standing] : String(row.rank),
      teamName(plant, row.team, language),
      idle(row) ? '—' : gainText(row.gainFen),
      hoursText(row.hours),
      row.score ? scoreText(plant, board, row) : '—',
      row.restored.rank === undefined ? '' : String(row.restored.rank),
      row.shifts === row.shiftsNotCounted
        ? ''
        : `${formatRatio({ n: row.excludedShare.n * 100n, d: row.excludedShare.d }, 1)} %`,
      row.gap && row.gap.fen !== 0 ? gainText(-row.gap.fen) : '',
      row.gap && row.gap.fen !== 0
        ? reasons(
            plant,
            row.gap.streams.map((s) => ({ ...s, fen: -s.fen })),
            language,
          )
        : '',
    ]);
    out.push(
      layOut(
        [
          heading.rank,
          heading.team,
          heading.gain,
          heading.hours,
          heading.score,
          heading.restored,
          heading.excluded,
          heading.gap,
          heading.reasons,
        ],
        rows,
        [2, 3, 4, 5, 6, 7],
      ),
    );
  }
  return `${out.join('\n')}`;
}

/** Nothing counted and nothing posted: no figure, not a gain of nought. */
const idle = (row: RankRow): boolean => row.hours.n === 0n && row.gainFen === 0;

/** Yuan an hour; in a league of unlike units, standard deviations. */
const scoreText = (plant: Plant, board: Board, row: RankRow): string => {
  const score = row.score as NonNullable<RankRow['score']>;
  return plant.leagues.get(board.league)?.unlike
    ? `${grouped(formatRatio(score, 2))} σ`
    : grouped(formatRatio({ n: score.n, d: score.d * 100n }, 2));
};

export const boardsJson = (boards: readonly Board[]): string =>
  `${JSON.stringify(boards.map(boardRecord), undefined, 1)}\n`;

export function boardsCsv(boards: readonly Board[]): string {
  const rows = boards.flatMap(({ league, period, rows: list }) =>
    list.map((row) => [
      league,
      period.kind,
      formatDay(period.first),
      formatDay(period.last),
      row.rank ?? null,
      row.team,
      row.standing,
      row.gainFen,
      fractionText(row.hours),
      row.score ? formatRatio(row.score, 4) : null,
      row.restored.rank ?? null,
      row.gap?.fen ?? null,
    ]),
  );
  return csv(
    [
      'league',
      'period',
      'from',
      'to',
      'rank',
      'team',
      'standing',
      'gain_fen',
      'hours',
      'score_fen_per_h',
      'rank_restored',
      'gap_fen',
    ],
    rows,
  );
}
