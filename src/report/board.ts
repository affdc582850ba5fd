// Boards as records: what programs get, from the command as over HTTP.
import { formatDay } from '../plant.ts';
import type { Board, RankRow } from '../ranking.ts';
import { fractionText } from '../statement.ts';

const rowRecord = (row: RankRow) => ({
  rank: row.rank ?? null,
  team: row.team,
  standing: row.standing,
  gainFen: row.gainFen,
  hours: fractionText(row.hours),
  score: row.score ? fractionText(row.score) : null,
  restored: { rank: row.restored.rank ?? null, gainFen: row.restored.gainFen, hours: fractionText(row.restored.hours) },
  excludedShare: fractionText(row.excludedShare),
  shifts: row.shifts,
  shiftsNotCounted: row.shiftsNotCounted,
  streams: row.streams,
  gap: row.gap ?? null,
});

export const boardRecord = ({ league, period, rows }: Board) => ({
  league,
  kind: period.kind,
  from: formatDay(period.first),
  to: formatDay(period.last),
  rows: rows.map(rowRecord),
});
