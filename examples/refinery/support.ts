// Teams without a process: repair, mine service, communications. Their output is the quotes they made needless, job by job,
// each confirmed by who asked for it; their inputs are labour, their fees parts and hire.
import type { Chance } from '../../src/simulate/chance.ts';
import type { Row } from '../../src/simulate/write.ts';
import type { TRADES } from './areas.ts';
import { COMMUNICATIONS_MONTHLY, SHAFT_PUMP } from './cases.ts';
import { type Fact, programmeAt } from './process.ts';
import { formatDay, formatStamp, HOUR, MINUTE, monthAt, type Shift } from './roster.ts';

/** Hours of own labour per yuan of a contractor's quote, and budgets in yuan an hour. */
export const LABOUR_PER_YUAN = '0.0066';
export const PARTS = 40;
export const HIRE = 12;
const WAVE = 9;
const PROGRAMME = 0.34;

export interface SupportRun {
  readonly id: string;
  readonly code: string;
  readonly trade: (typeof TRADES)[number];
  readonly number: number;
  readonly shifts: readonly Shift[];
  readonly chance: Chance;
}

export interface Support {
  /** In order of time. */
  readonly readings: { readonly point: string; readonly at: number; readonly value: string }[];
  readonly facts: Fact[];
}

const cents = (yuan: number): string => {
  const fen = Math.round(yuan * 100);
  return `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, '0')}`;
};

export function runSupport(run: SupportRun): Support {
  const { id, code, trade, shifts } = run;
  const readings: Support['readings'] = [];
  const facts: Fact[] = [];
  const { chance } = run;
  const skill = 0.06 * chance.noise();
  const isPump = id === SHAFT_PUMP.unit;
  let month = '';
  const job = (at: number, value: string, confirmed: number | undefined): void => {
    readings.push({ point: `JOB-${code}`, at, value });
    if (confirmed === undefined) return;
    const row: Row = {
      id: `J-${code}-${readings.length}`,
      point: `JOB-${code}`,
      time: formatStamp(at),
      recorded_at: formatStamp(confirmed),
      by: '委托单位',
    };
    facts.push({ table: 'confirmations', at, row });
  };
  const fee = (at: number, stream: string, amount: string): void => {
    const row = { id: `F-${code}-${stream}-${facts.length}`, unit: id, stream, time: formatStamp(at), amount };
    facts.push({ table: 'fees', at, row });
  };
  for (const { day, from, to } of shifts) {
    const hours = (to - from) / HOUR;
    const pumpDay = isPump ? (SHAFT_PUMP.days as readonly string[]).indexOf(formatDay(day)) : -1;
    const typed = to - 10 * MINUTE;
    if (pumpDay >= 0) {
      readings.push({ point: `LAB-H-${code}`, at: typed, value: SHAFT_PUMP.hoursADay[pumpDay]! });
      if (pumpDay === 0) fee(from + 2 * HOUR, 'hire', SHAFT_PUMP.hire);
      if (pumpDay === 1) fee(from + 3 * HOUR, 'parts', SHAFT_PUMP.parts);
      if (pumpDay === 2) job(typed - 60 * MINUTE, SHAFT_PUMP.quote, to + 90 * HOUR);
      continue;
    }
    const better = programmeAt(from, WAVE);
    const count = chance.pick([0, 1, 1, 2, 2, 3]);
    let quoted = 0;
    for (let n = 0; n < count; n += 1) {
      const yuan = (trade.jobs * hours * (1 + skill + PROGRAMME * better) * chance.real(0.3, 1.7)) / 1.5;
      const at = from + Math.round(((n + 1) / (count + 1)) * hours * 60 + chance.int(-30, 30)) * MINUTE;
      quoted += yuan;
      job(at, cents(yuan), chance.yes(0.98) ? at + chance.int(4, 60) * HOUR : undefined);
    }
    if (trade.id === 'communications' && monthAt(from) !== month) {
      month = monthAt(from);
      // Expected, told every month, confirmed by nobody: it stays out of every sheet.
      job(to - 30 * MINUTE, COMMUNICATIONS_MONTHLY[run.number - 1] ?? COMMUNICATIONS_MONTHLY[0], undefined);
    }
    const labour = quoted * Number(LABOUR_PER_YUAN) * (1 - 0.05 * better + 0.08 * chance.noise());
    readings.push({ point: `LAB-H-${code}`, at: typed, value: Math.max(0, labour).toFixed(1) });
    if (quoted > 0 && chance.yes(0.8))
      fee(from + chance.int(60, 420) * MINUTE, 'parts', cents(PARTS * hours * chance.real(0.5, 1.95)));
    if (quoted > 0 && chance.yes(0.25))
      fee(from + chance.int(60, 420) * MINUTE, 'hire', cents((HIRE * hours * chance.real(0.5, 1.5)) / 0.22));
  }
  return { readings: readings.sort((a, b) => a.at - b.at), facts };
}
