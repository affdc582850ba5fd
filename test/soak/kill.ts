// `npm run soak:kill -- [rounds] [seed]` (100 from seed 1): kill -9 of service, worker and database under load, over and over, and
// a table of what was acknowledged, lost, doubled and how long it took to get up again. Ends with 1 when anything was wrong.
import { killRounds, type Round } from '../reliability/kill-rounds.ts';

const [rounds = 100, seed = 1] = process.argv.slice(2).map(Number);
const seconds = (value: number): string => value.toFixed(1);
const cells = (one: Round): string[] => [
  String(one.round),
  one.killed.join(', then '),
  String(one.acknowledged),
  String(one.lost),
  String(one.doubled),
  `${one.resent} (${one.replayed})`,
  seconds(one.answersAfter),
  seconds(one.settledAfter),
];

// So that its processes end with it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

const began = performance.now();
const report = await killRounds({
  rounds,
  seed,
  onRound: (one) => process.stderr.write(`${cells(one).join(' | ')}${one.wrong.length > 0 ? ' WRONG' : ''}\n`),
});
const HEADINGS = [
  'round',
  'killed',
  'acknowledged',
  'lost',
  'doubled',
  'resent (taken before)',
  'answers, s',
  'settled, s',
];
const rows = [HEADINGS, ...report.rounds.map(cells)];
const widths = HEADINGS.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
for (const row of rows)
  process.stdout.write(
    `${row.map((cell, i) => (i === 1 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ')}\n`,
  );
const wrong = report.rounds.flatMap((one) => one.wrong);
const times = report.rounds.map(({ settledAfter }) => settledAfter).sort((a, b) => a - b);
process.stdout.write(
  `${report.rounds.length} rounds, ${report.rounds.flatMap(({ killed }) => killed).length} kills, ` +
    `${report.rounds.at(-1)?.acknowledged ?? 0} rows acknowledged, ${report.vouchers} vouchers; ` +
    `lost ${report.rounds.reduce((sum, { lost }) => sum + lost, 0)}, doubled ${report.rounds.reduce((sum, { doubled }) => sum + doubled, 0)}; ` +
    `settled after ${seconds(times[times.length >> 1] ?? 0)} s (median), ${seconds(times.at(-1) ?? 0)} s (longest); ` +
    `answers ${[...report.statuses].map(([status, n]) => `${status}: ${n}`).join(', ')}; ${seconds((performance.now() - began) / 1000)} s\n`,
);
if (wrong.length > 0) {
  process.stdout.write(`${report.said.slice(-6_000)}\n\nWRONG:\n${wrong.slice(0, 20).join('\n')}\n`);
  process.exitCode = 1;
}
