// `npm run bench`: the engine beside DuckDB (two threads, native tables, warm) in one run, on the same resident rows, with
// the results checked equal. Trust the ratios; the machine is whatever it is.
import { cpus, totalmem } from 'node:os';
import { companyDay } from './company-day.ts';
import { openDuck } from './duck.ts';
import * as year from './replay-year.ts';
import * as oneDay from './settle-day.ts';

const RUNS = 7;
const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1]!;
const ms = (value: number): string => `${value.toFixed(0)} ms`;
const peakMib = (): string => `${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`;
const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

async function time(work: () => unknown): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

let failed = false;

/** Runs both sides in turn, once to warm up and then RUNS times; the peer's fastest way counts. */
async function compare(
  name: string,
  target: number,
  ours: () => unknown,
  peers: Readonly<Record<string, () => Promise<void>>>,
): Promise<void> {
  const own: number[] = [];
  const theirs = new Map<string, number[]>(Object.keys(peers).map((way) => [way, []]));
  for (let run = -1; run < RUNS; run += 1) {
    const a = await time(ours);
    if (run >= 0) own.push(a);
    for (const [way, peer] of Object.entries(peers)) {
      const b = await time(peer);
      if (run >= 0) theirs.get(way)!.push(b);
    }
  }
  const ways = [...theirs].map(([way, list]) => ({ way, time: median(list) })).sort((a, b) => a.time - b.time);
  const best = ways[0]!;
  const ratio = median(own) / best.time;
  if (ratio > target) failed = true;
  say(
    `${name}: ours ${ms(median(own))}, DuckDB ${ms(best.time)} (${best.way}; others ${ways
      .slice(1)
      .map((w) => ms(w.time))
      .join(', ')}), ratio ${ratio.toFixed(2)}, target ≤ ${target}${ratio > target ? '  MISSED' : ''}`,
  );
}

/** Ten times the teams: how many times the time. */
async function scale(name: string, small: () => unknown, large: () => unknown): Promise<void> {
  const [a, b]: [number[], number[]] = [[], []];
  for (let run = -2; run < RUNS; run += 1) {
    // The small one is run ten times, so that both are long enough to be timed.
    const tenth = await time(() => {
      for (let i = 0; i < 10; i += 1) small();
    });
    const whole = await time(large);
    if (run < 0) continue;
    a.push(tenth / 10);
    b.push(whole);
  }
  const factor = median(b) / median(a);
  if (factor > 11) failed = true;
  say(
    `${name}: 19 teams ${median(a).toFixed(1)} ms, 190 teams ${ms(median(b))}, × ${factor.toFixed(1)}, target ≤ 11${factor > 11 ? '  MISSED' : ''}`,
  );
}

say(
  `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}; medians of ${RUNS} runs in turn`,
);

{
  const day = companyDay();
  const duck = await openDuck();
  await oneDay.prepareDuck(duck, day);
  const sheets = oneDay.settleOurs(day);
  const ours = oneDay.linesOfSheets(sheets);
  for (const way of oneDay.ways) {
    await oneDay.settleDuck(duck, way);
    const theirs = await oneDay.linesOfDuck(duck);
    const differ = [...theirs].filter(([key, fen]) => ours.get(key) !== fen).length + Math.abs(theirs.size - ours.size);
    if (differ > 0) failed = true;
    say(`(a) ${day.log.length} rows, ${sheets.length} sheets, ${ours.size} lines; by "${way}" ${differ} differ`);
  }
  await compare(
    '(a) settle a company-day',
    0.5,
    () => oneDay.settleOurs(day),
    Object.fromEntries(oneDay.ways.map((way) => [way, () => oneDay.settleDuck(duck, way)])),
  );
  duck.closeSync();
  const small = companyDay(19);
  await scale(
    '(a) ten times the teams',
    () => oneDay.settleOurs(small),
    () => oneDay.settleOurs(day),
  );
  say(`(a) peak memory so far, both sides and the rows: ${peakMib()}`);
}

{
  const company = year.companyYear(190);
  const replay = year.replayer(company);
  const duck = await openDuck();
  await year.prepareDuck(duck, company);
  const ours = replay();
  for (const way of year.ways) {
    await year.replayDuck(duck, way);
    const differ = await year.differences(duck, company, ours);
    if (differ > 0) failed = true;
    say(
      `(b) ${company.lines.length * 1095} quantities, as many lines, 365 days and 12 months ranked; by "${way}" ${differ} differ`,
    );
  }
  await compare(
    '(b) replay a company-year',
    0.5,
    replay,
    Object.fromEntries(year.ways.map((way) => [way, () => year.replayDuck(duck, way)])),
  );
  duck.closeSync();
  await scale('(b) ten times the teams', year.replayer(year.companyYear(19)), replay);
  say(`(b) peak memory, both sides and the columns: ${peakMib()}`);
}

process.exitCode = failed ? 1 : 0;
