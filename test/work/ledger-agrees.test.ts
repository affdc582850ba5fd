// The ledger of a plant that learns piece by piece, settled as it goes by windows kept warm, ends where the engine does that is
// told everything at once: byte for byte, with all that meters and people do to an account.
import { expect, test } from 'vitest';
import { differenceOf, type LedgerRecord, linesOf } from '../../src/ledger.ts';
import { formatDay, monthHolding, monthOf, parseDay, type Shift } from '../../src/plant.ts';
import { type Board, boardsOf, monthBefore, rankTeams, unpackTally } from '../../src/ranking.ts';
import { LogBuilder } from '../../src/readings.ts';
import { simulatePlant } from '../../src/simulate/plant.ts';
import { fractionText, type Posting, periodicPostings, type Sheet, settleShift } from '../../src/statement.ts';
import { addTouches } from '../../src/store/facts.ts';
import { asPostings, readTeamEntries, readTeamMonths } from '../../src/store/standings.ts';
import { latestVouchers, postingsOf, versionsOf } from '../../src/store/vouchers.ts';
import { verifyLedger } from '../../src/work/verify.ts';
import { Windows } from '../../src/work/window.ts';
import { ENGINE } from '../plant-months/compare.ts';
import { loadPlant } from '../plant-months/engine.ts';
import { factRows, LivePlant, recordIn } from './live-plant.ts';

const HOUR = 3_600_000;

const SEEDS = (process.env.CREWLEDGER_SEEDS ?? '2 3 4 5 10 11 12 18').split(/\s+/).map(Number);

test.each(SEEDS)('plant-month %i, learnt piece by piece', { timeout: 120_000 }, async (seed) => {
  const { files } = simulatePlant(seed);
  const { facts, log } = loadPlant(ENGINE, files);
  const rows = Array.from({ length: log.length }, (_, i) => i).sort((a, b) => log.learnt[a]! - log.learnt[b]!);
  const said = factRows(files, facts).sort((a, b) => a.recordedAt - b.recordedAt);
  const first = log.learnt[rows[0]!]!;
  const last = Math.max(log.learnt[rows.at(-1)!]!, said.at(-1)?.recordedAt ?? 0) + 5 * 24 * HOUR;
  const live = await LivePlant.open(files, first - HOUR);
  try {
    let [row, fact] = [0, 0];
    for (let at = first; at < last; at += (5.3 + ((seed * 7.9) % 23)) * HOUR) {
      await live.turnTo(at);
      const piece = new LogBuilder();
      for (; row < rows.length && log.learnt[rows[row]!]! <= at; row += 1) {
        const i = rows[row]!;
        piece.add(log.point[i]!, log.time[i]!, log.value[i]!, log.quality[i]!, 0);
      }
      if (piece.length > 0) await live.teach(piece.take());
      for (; fact < said.length && said[fact]!.recordedAt <= at; fact += 1)
        await live.say(said[fact]!.kind, [said[fact]!.cells]);
      await live.settle();
    }
    const outcomes = await live.settle();
    const standings = await live.standings();
    expect(standings.length).toBeGreaterThan(10);
    const books = await live.books(outcomes[0]!.asOf);
    const keys = standings.map(({ unit, day, shift }) => `${unit}/${day}/${shift}`);
    const latest = await latestVouchers(live.db, live.plantId, 'sheet', keys);
    const wrong: string[] = [];
    for (const { unit, day, shift: code } of standings) {
      const key = `${unit}/${day}/${code}`;
      const shift = books.shiftsOn(live.plant.units.get(unit)!, parseDay(day)!).find((s) => s.code === code)!;
      const told = recordIn(books, shift);
      if (latest.get(key)?.record !== told)
        wrong.push(`${key} v${latest.get(key)?.version}\n ledger ${latest.get(key)?.record}\n engine ${told}`);
    }
    expect(wrong.slice(0, 3)).toEqual([]);
    // Every shift that ended has its sheet.
    const days = standings.map(({ day }) => parseDay(day)!);
    let ended = 0;
    for (let day = Math.min(...days) - 1; day <= Math.max(...days) + 1; day += 1)
      for (const unit of live.plant.units.values())
        ended += books
          .shiftsOn(unit, day)
          .filter((s) => s.to <= outcomes[0]!.asOf && s.to > firstReading(log.time)).length;
    expect(standings.length).toBe(ended);
    // What was posted, version by version, adds up to the sheet.
    for (const key of keys.filter((_, i) => i % 7 === 0)) {
      const versions = await versionsOf(live.db, live.plantId, 'sheet', key);
      const posted = await postingsOf(
        live.db,
        live.plantId,
        versions.map(({ voucher }) => voucher),
      );
      const lines = posted.map(({ part, key: line, fen, crewFen }) => ({
        part: part as 'counted',
        key: line,
        fen,
        crewFen,
      }));
      const sum = differenceOf([], lines);
      expect(sum).toEqual(differenceOf([], linesOf(JSON.parse(versions.at(-1)!.record) as LedgerRecord)));
    }
    // Cycles of periodic work, and the sums that boards are made of.
    const sheets = standings.map(({ unit, day, shift: code }) => {
      const shift = books.shiftsOn(live.plant.units.get(unit)!, parseDay(day)!).find((s) => s.code === code)!;
      return settleShift(books, shift);
    });
    const settle = (shift: Shift): Sheet =>
      sheets.find((s) => s.shift.unit === shift.unit && s.shift.from === shift.from) ?? settleShift(books, shift);
    const lastDay = live.plant.zone.dayAt(books.asOf);
    const postings = periodicPostings(books, Math.min(...days) - 3, lastDay, settle);
    const entries = await readTeamEntries(live.db, live.plantId, {
      from: '1990-01-01',
      to: '2090-01-01',
      kind: 'cycle',
    });
    const summed = (list: readonly Posting[]): string[] => {
      const sums = new Map<string, number>();
      for (const p of list) {
        const key = [p.unit, p.stream, p.crew, formatDay(p.day), formatDay(p.forDay), p.forShift].join(' ');
        sums.set(key, (sums.get(key) ?? 0) + p.fen);
      }
      return [...sums]
        .filter(([, fen]) => fen !== 0)
        .map(([key, fen]) => `${key} ${fen}`)
        .sort();
    };
    expect(summed(asPostings(entries, (day) => parseDay(day)!))).toEqual(summed(postings));
    for (const month of new Set(days.map((day) => monthHolding(day, live.plant.monthStartsOn).text))) {
      const span = monthOf(month, live.plant.monthStartsOn)!;
      const period = { kind: 'month', first: span.first, last: span.last } as const;
      const kept = await readTeamMonths(live.db, live.plantId, [month]);
      const tallies = new Map(kept.map(({ tally }) => [tally.team, unpackTally(tally)]));
      const prior = monthBefore(live.plant, period);
      const before = await readTeamMonths(live.db, live.plantId, [prior.text]);
      const priorTallies = new Map(before.map(({ tally }) => [tally.team, unpackTally(tally)]));
      const told = boardsOf(live.plant, period, tallies, priorTallies);
      const within = ({ shift }: Sheet): boolean => shift.day >= period.first && shift.day <= period.last;
      const earlier = sheets.filter(({ shift }) => shift.day < period.first);
      expect(ranked(told)).toEqual(ranked(rankTeams(live.plant, period, sheets.filter(within), earlier, postings)));
    }
    // Everything derived can be made again from what was posted, cycles too; records are compared with the engine above.
    const { findings } = await verifyLedger(live.db, live.plantId, live.plant.id);
    expect(findings).toEqual([]);
    // Settled again from nothing, under the pretext that everything was touched: nothing is other than it stands.
    for (const group of new Set(live.plants.groups.values()))
      await addTouches(live.db, live.plantId, [{ group, first, last, cause: { kind: 'model', version: 1 } }]);
    const again = await live.settle(new Windows());
    expect(again.reduce((sum, { settled }) => sum + settled, 0)).toBeGreaterThanOrEqual(standings.length);
    expect(again.map(({ posted }) => posted)).toEqual(again.map(() => 0));
  } finally {
    await live.close();
  }
});

/** Boards without the order of their streams, and without teams that only ever rested. */
const ranked = (boards: readonly Board[]): string[] =>
  boards.flatMap(({ league, rows }) =>
    rows
      .filter(({ hours, gainFen, shifts }) => hours.n !== 0n || gainFen !== 0 || shifts > 0)
      .map(({ team, rank, gainFen, hours, score, restored, gap, shifts, shiftsNotCounted, streams, standing }) =>
        [
          league,
          team,
          standing,
          rank,
          gainFen,
          fractionText(hours),
          score && fractionText(score),
          restored.gainFen,
          restored.rank,
          gap?.fen,
          shifts,
          shiftsNotCounted,
          [...streams].map(({ unit, key, fen }) => `${unit} ${key} ${fen}`).sort(),
        ].join(' | '),
      ),
  );

const firstReading = (times: Float64Array): number => times.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
