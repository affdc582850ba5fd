// A month of two units from a seed, with every point kind and the usual trouble (outages, drops, bad values, late
// corrections), for the auditor's invariants and as a second source of plants beside src/simulate.

import assert from 'node:assert/strict';
import { type AuditInput, type AuditSheet, audit, auditPostings, auditRank } from './audit.ts';

function randomOf(seed: number): () => number {
  let s = (seed * 2654435761 + 12345) >>> 0;
  return () => {
    s = (s + 0x6d2b79f5) >>> 0;
    let t = Math.imul(s ^ (s >>> 15), s | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function syntheticMonth(seed: number): AuditInput {
  const random = randomOf(seed);
  const chance = (p: number): boolean => random() < p;
  const pick = <T>(...xs: T[]): T => xs[Math.floor(random() * xs.length)]!;
  const zone = pick('Asia/Shanghai', 'Asia/Shanghai', 'Europe/Berlin', 'America/New_York');
  const start = pick('00:00', '07:50', '23:50');
  const at = (h: number): string => {
    const [a, b] = start.split(':').map(Number);
    return `${String((a! + h) % 24).padStart(2, '0')}:${String(b).padStart(2, '0')}`;
  };
  const yaml = `
plant: {id: p, zone: ${zone}, month starts on: ${pick(1, 26)}, ranking: {least hours: 8 h, most substituted: 30 %}}
clocks:
  three:
    shifts:
      夜: {start: "${at(0)}", end: "${at(8)}"${start === '23:50' ? ', on: day before' : ''}}
      早: {start: "${at(8)}", end: "${at(16)}"}
      中: {start: "${at(16)}", end: "${at(0)}"}
rotations:
  four: {clock: three, periods: [{from: 2022-01-01, pattern: 早中休夜, offset: 1, crews: [甲, 乙, 丙, 丁]}]}
tariffs:
  tou: {bands: {peak: ["08:30-11:30", "18:00-23:00"], valley: ["23:00-07:00"], flat: other}, profile: {peak: 0.8, flat: 1, valley: 1.2}}
flows: {liquor: {point: LQ, check: LQ2}}
teams: {both: {crew: 甲, units: [one, two]}}
units:
  one:
    rotation: four
    load set by: ${pick('crew', 'dispatch')}
    conditions: {temp: {point: TT, budget: 20 degC}}
    streams:
      water: {role: output, unit: t, point: FW, budget: 100 t/h}
      liquor: {role: output, unit: t, flow: liquor, budget: 50 t/h}
      steam: {role: input, unit: t, point: FS, standard: {${chance(0.5) ? 'grain: 1 h, ' : ''}water: {curve: load, at: {60: 0.29, 90: 0.272, 110: 0.265, 130: 0.27}}, tank: 0.108}}
      power: {role: input, unit: kWh, point: JE, bands: tou, standard: {water: {formula: "IF(temp > 20 degC, 3.1 kWh/t, 3.0 kWh/t) + MAX(0, load / (1 t/h) - 110) * 0.001 kWh/t"}, tank: 1.24, per hour run: 150}}
      gas: {role: input, unit: m³, point: S1, standard: {water: 1}}
      mud: {role: by-product, unit: t, point: MUD, standard: {liquor: 0.02}}
      tank: {role: stock, unit: t, point: LT, quantity: level * 28.5 t/m, step: 0.001, makes: water, completion: 40 %}
      grade: {role: quality, of: water, point: LAB, window: [1.28, 1.32], premium: (k/n - 0.85) * 0.80 yuan/t, step: 0.0001}
      wash: {role: fee, periodic: 12 yuan/h}
      parts: {role: fee, budget: 30 yuan/h}
  two:
    rotation: four
    hours run: {point: RUN}
    streams:
      cake: {role: output, unit: t, point: CK, budget: 20 t/h, mix: line}
      dust: {role: output, unit: t, point: DU, budget: 10 t/h, mix: line}
      liquor: {role: input, unit: t, flow: liquor, standard: {cake: 2.4}}
      gas: {role: input, unit: m³, point: S2, standard: {cake: 4}}
      starch: {role: input, unit: kg, point: B1, mix: m, standard: {cake: 2}}
      lime: {role: input, unit: kg, point: B2, mix: m, standard: {cake: 3}}
points:
  FW: {kind: counter, unit: t, step: 0.001, rollover: 10000, greatest rate: 200 t/h, gap: 1 h}
  LQ: {kind: counter, unit: t, step: 0.01, gap: 1 h, multiplier: 1.5}
  LQ2: {kind: counter, unit: t, step: 0.1, gap: 1 h}
  FS: {kind: counter, unit: t, step: 0.001, gap: 1 h, on a drop: ${pick('missing', 'restart', 'hold')}}
  JE: {kind: counter, unit: kWh, step: 0.1, gap: 1 h}
  GAS: {kind: counter, unit: m³, step: 1, gap: 1 h}
  S1: {kind: share, of: GAS, by: ${pick('keys', 'allowed')}, key: 3}
  S2: {kind: share, of: GAS, by: allowed}
  MUD: {kind: formula, unit: t, step: 0.01, quantity: "0.02 * [LQ]"}
  LT: {kind: level, unit: m, step: 0.01, gap: 2 h}
  TT: {kind: rate, unit: degC, step: 0.1, gap: 2 h, between: ${pick('slope', 'step')}}
  LAB: {kind: sample, unit: "1", step: 0.001, delay: 45 min, replaced by: [re-test]}
  RUN: {kind: counter, unit: h, step: 0.01, gap: 1 h}
  CK: {kind: rate, unit: t/h, step: 0.01, between: ${pick('slope', 'step')}, gap: 1 h, quantity step: 0.001, least coverage: 50 %}
  DU: {kind: batch, unit: t, step: 0.1}
  B1: {kind: batch, unit: kg, step: 0.1}
  B2: {kind: manual, unit: kg, step: 0.1}
`;
  const rows = ['point,time,value,quality,learnt_at'];
  const t0 = Date.UTC(2022, 1, 28, 12);
  const hours = 34 * 24;
  const stamp = (ms: number): string => new Date(ms).toISOString();
  const put = (point: string, ms: number, value: number, places: number): void => {
    const late = chance(0.01) ? stamp(ms + 40 * 3_600_000) : '';
    rows.push(`${point},${stamp(ms)},${value.toFixed(places)},${chance(0.003) ? 'bad' : ''},${late}`);
    if (chance(0.005))
      rows.push(`${point},${stamp(ms)},${(value * 1.0001).toFixed(places)},uncertain,${stamp(ms + 7_200_000)}`);
  };
  const counters: [string, number, number, number][] = [
    ['FW', 100, 3, 10000],
    ['LQ', 33, 2, 1e9],
    ['LQ2', 50, 1, 1e9],
    ['FS', 27, 3, 1e9],
    ['JE', 460, 1, 1e9],
    ['GAS', 180, 0, 1e9],
    ['RUN', 1, 2, 1e9],
  ];
  let oldFinal = 0; // JE is replaced a quarter after hour 400
  for (const [id, rate, places, rollover] of counters) {
    let face = random() * Math.min(rollover, 5000);
    let dark = 0;
    for (let h = 0; h < hours; h += 1) {
      if (id === 'JE' && h === 401) {
        oldFinal = face + 110;
        face = 0;
      }
      face = (face + rate * (id === 'RUN' ? (chance(0.05) ? 0.5 : 1) : 0.7 + 0.6 * random())) % rollover;
      if (chance(0.0006)) face = 0;
      if (dark > 0) {
        dark -= 1;
        continue;
      }
      if (chance(0.004)) dark = Math.floor(random() * 14);
      put(id, t0 + h * 3_600_000, face, places);
    }
  }
  for (let h = 0; h < hours; h += 1) {
    const ms = t0 + h * 3_600_000;
    if (!chance(0.03)) put('LT', ms, 3 + random(), 2);
    if (!chance(0.03)) put('TT', ms, 15 + 10 * random(), 1);
    if (!chance(0.03)) put('CK', ms, 15 + 8 * random(), 2);
    if (chance(0.7)) put('DU', ms + 600_000, 12 * random(), 1);
    if (chance(0.5)) put('B1', ms + 900_000, 80 * random(), 1);
    if (h % 4 === 1) put('B2', ms, 240 * random(), 1);
  }
  const pickTime = (): number => t0 + Math.floor(random() * 32 * 96) * 900_000;
  const dated = (header: string, count: number, row: (i: number) => string): string =>
    `${header}\n${Array.from({ length: count }, (_, i) => row(i)).join('\n')}\n`;
  const files = new Map([
    ['plant.yaml', yaml],
    [
      'prices.csv',
      'item,kind,from,price\nwater,plan,2022-01-01,44\nliquor,transfer,2022-01-01,6\nsteam,plan,2022-01-01,128\nsteam,actual,2022-01-01,133.5\nsteam,plan,2022-03-15,129\n' +
        'power.peak,plan,2022-01-01,0.8\npower.flat,plan,2022-01-01,0.5\npower.valley,plan,2022-01-01,0.25\ngas,plan,2022-01-01,2.1\nmud,plan,2022-01-01,-3\ncake,plan,2022-01-01,90\ndust,plan,2022-01-01,30\nstarch,plan,2022-01-01,3\nlime,plan,2022-01-01,0.4\n',
    ],
    [
      'orders.csv',
      dated('id,unit,from,to,rate,recorded_at', 8, (i) => {
        const t = pickTime();
        return `o${i},${pick('one', 'two')},${stamp(t)},${stamp(t + 7_200_000 + Math.floor(random() * 20) * 900_000)},${pick('12 t/h', '80 t/h', '95 t/h')},${stamp(t + (chance(0.5) ? -1_800_000 : 1_800_000))}`;
      }),
    ],
    [
      'limits.csv',
      dated('id,unit,kind,from,to,rate,recorded_at', 3, (i) => {
        const t = pickTime();
        return `l${i},one,supplied,${stamp(t)},${stamp(t + 10_800_000)},85 t/h,`;
      }),
    ],
    [
      'exclusions.csv',
      dated('id,unit,from,to,reason,recorded_at', 8, (i) => {
        const t = pickTime();
        return `x${i},${pick('one', 'one', 'two')},${stamp(t)},${stamp(t + (1 + Math.floor(random() * 40)) * 900_000)},trip,`;
      }),
    ],
    [
      'fees.csv',
      dated('id,unit,stream,time,amount,kind', 62, (i) =>
        i < 60
          ? `f${i},one,parts,${stamp(t0 + i * 43_200_000 + 3_000_000)},${(400 * random()).toFixed(2)},`
          : `c${i},one,wash,${stamp(t0 + (i - 59) * 15 * 86_400_000)},${(9000 * random()).toFixed(2)},cycle`,
      ),
    ],
    [
      'swaps.csv',
      dated('id,unit,day,shift,crew', 2, (i) => `s${i},${pick('one', 'two')},2022-03-${10 + i},早,${pick('甲', '乙')}`),
    ],
    [
      'samples.csv',
      dated('id,point,time,from,to,value,k,n,kind,of', 300, (i) => {
        const t = pickTime();
        if (i < 20) return `k${i},LAB,${stamp(t)},${stamp(t - 4 * 3_600_000)},${stamp(t)},,${3 + (i % 2)},4,,`;
        return i < 280
          ? `v${i},LAB,${stamp(t)},,,${(1.27 + 0.06 * random()).toFixed(4)},,,,`
          : `r${i},LAB,${stamp(t)},,,1.3,,,re-test,v${i - 200}`;
      }),
    ],
    [
      'replacements.csv',
      dated(
        'id,point,time,old_final,new_first',
        1,
        () => `R,JE,${stamp(t0 + 400 * 3_600_000 + 900_000)},${oldFinal.toFixed(1)},0`,
      ),
    ],
  ]);
  return { files, readings: [rows.join('\n')] };
}

export const FIRST = '2022-03-01';
export const LAST = '2022-03-30';

/** Order of arrival and doubled rows change nothing; parts sum over shifts; lines sum (asserted by the auditor itself). */
export function checkInvariants(seed: number): AuditSheet[] {
  const input = syntheticMonth(seed);
  const options = { from: FIRST, to: LAST };
  const sheets = audit(input, options);
  const [header, ...rows] = input.readings[0]!.split('\n');
  const shuffled = { ...input, readings: [[header, ...rows.reverse(), ...rows.slice(0, 500)].join('\n')] };
  assert.deepEqual(audit(shuffled, options), sheets);
  for (const s of sheets) {
    for (const part of [s.counted, s.excluded]) {
      if (!part?.complete) continue;
      const sum = Object.values(part.lines).reduce((a, b) => a + b, 0);
      assert.equal(sum, part.valueFen! - part.budgetValueFen!);
      assert.equal(sum, part.crewGainFen! + part.companyFen!);
    }
  }
  // both sides of a flow agree, however each unit's exclusions cut its shifts
  const inSteps = (s: AuditSheet): number | null => {
    const parts = [s.counted, s.excluded].filter((p) => p !== null);
    return parts.some((p) => p.quantities.liquor === null)
      ? null
      : Math.round(parts.reduce((n, p) => n + Number(p.quantities.liquor), 0) * 1000);
  };
  for (const one of sheets.filter((s) => s.unit === 'one')) {
    const two = sheets.find((s) => s.unit === 'two' && s.day === one.day && s.shift === one.shift)!;
    const sides = [inSteps(one), inSteps(two)];
    if (!sides.includes(null)) assert.equal(sides[0], sides[1]);
  }
  audit(input, { ...options, asOf: '2022-03-16T03:20:00Z' });
  auditPostings(input, options);
  auditRank(input, { from: '2022-03-20', to: LAST });
  return sheets;
}
