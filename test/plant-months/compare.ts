// One simulated plant-month, told by the engine and by the auditor: where they differ, in words that lead back to the seed.

import * as plant from '../../src/plant.ts';
import * as quantity from '../../src/quantity.ts';
import * as ranking from '../../src/ranking.ts';
import * as readings from '../../src/readings.ts';
import { simulatePlant } from '../../src/simulate/plant.ts';
import * as statement from '../../src/statement.ts';
import { auditAll } from '../auditor/audit.ts';
import { type Asked, askEngine, type Engine, lastMonthFrom, loadPlant } from './engine.ts';

export const ENGINE: Engine = { quantity, plant, readings, statement, ranking };

/** A plant folder's texts, the days its readings cover, and instants worth settling as of. */
export interface PlantMonth {
  readonly files: ReadonlyMap<string, string>;
  readonly from: string;
  readonly to: string;
  readonly instants: readonly string[];
}

/** Where engine and auditor differ on the plant of a seed; as of infinity, and as of its instants when asked. */
export function compareSeed(seed: number, asOf: boolean, engine: Engine = ENGINE): string[] {
  // Some seeds are given a second month, so that ranks have a prior one.
  const plant = simulatePlant(seed, seed % 16 === 6 ? { days: 38 } : {});
  return compareMonth({ ...plant, files: varied(seed, plant) }, asOf, seed % 2 === 0, engine);
}

/** What the simulator does not write: leagues of unlike units, stocks that are the company's. */
function varied(seed: number, { files, truth }: ReturnType<typeof simulatePlant>): ReadonlyMap<string, string> {
  let text = files.get('plant.yaml') ?? '';
  if (seed % 4 === 2 && !/^leagues:/m.test(text))
    text += `leagues:\n  unlike: {units: [${Object.keys(truth.crews).join(', ')}], unlike: yes}\n`;
  if (seed % 5 === 0) text = text.replace(/^( +)role: stock$/gm, '$1role: stock\n$1answers: company');
  return new Map([...files, ['plant.yaml', text]]);
}

export function compareMonth(month: PlantMonth, asOf: boolean, lastMonth: boolean, engine: Engine = ENGINE): string[] {
  const { files, from, to } = month;
  const loaded = loadPlant(engine, files);
  const input = {
    files: new Map([...files].filter(([name]) => !name.startsWith('readings'))),
    readings: [...files].filter(([name]) => name.startsWith('readings')).map(([, text]) => text),
  };
  const rankFrom = lastMonth ? lastMonthFrom(engine, files, from, to) : from;
  return [undefined, ...(asOf ? month.instants : [])].flatMap((instant) => {
    const asked: Asked = { from, to, rankFrom, ...(instant === undefined ? {} : { asOf: instant }) };
    const said = askEngine(engine, loaded, asked);
    const audited = auditAll(input, asked);
    const at = instant === undefined ? '' : ` as of ${instant}`;
    const named = <T>(list: readonly T[], name: (item: T) => string): Map<string, T> =>
      new Map(list.map((item) => [name(item), item]));
    const sheet = (s: { unit: string; day: string; shift: string }): string => `${s.unit} ${s.day} ${s.shift}`;
    const posting = (p: { unit: string; stream: string; day: string; forDay: string; forShift: string }): string =>
      `posting ${p.unit} ${p.stream} ${p.day} for ${p.forDay} ${p.forShift}`;
    const ranked = said.ranks.filter(
      (r) => r.hours !== '0' || r.gainFen !== 0 || audited.ranks.some((a) => a.team === r.team),
    );
    return [
      ...differences(named(said.sheets, sheet), named(audited.sheets, sheet)),
      ...differences(named(said.postings, posting), named(audited.postings, posting)),
      ...differences(
        named(ranked, (r) => `rank ${r.team}`),
        named(audited.ranks, (r) => `rank ${r.team}`),
      ),
    ].map((text) => `${text}${at}`);
  });
}

function differences(engine: unknown, auditor: unknown, path = ''): string[] {
  if (engine instanceof Map && auditor instanceof Map)
    return differences(Object.fromEntries(engine), Object.fromEntries(auditor), path);
  if (typeof engine !== 'object' || typeof auditor !== 'object' || engine === null || auditor === null)
    return engine === auditor ? [] : [`${path}: engine ${JSON.stringify(engine)}, auditor ${JSON.stringify(auditor)}`];
  const [a, b] = [engine, auditor] as Readonly<Record<string, unknown>>[];
  const keys = new Set([...Object.keys(a ?? {}), ...Object.keys(b ?? {})]);
  return [...keys].flatMap((key) => differences(a?.[key], b?.[key], path === '' ? key : `${path} ${key}`));
}
