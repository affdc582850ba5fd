// Small plants with figures worked by hand (in the comments). Each case asserts; test/auditor.test.ts runs them one by one.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import {
  type AuditInput,
  type AuditOptions,
  type AuditPosting,
  type AuditRankRow,
  type AuditSheet,
  audit,
  auditPostings,
  auditRank,
  type Part,
} from './audit.ts';

/** Who is asked: the auditor itself, or whoever must say the same. */
export interface Teller {
  readonly audit: (input: AuditInput, options: AuditOptions) => AuditSheet[];
  readonly auditPostings: (input: AuditInput, options: AuditOptions) => AuditPosting[];
  readonly auditRank: (input: AuditInput, options: AuditOptions) => AuditRankRow[];
}
export const AUDITOR: Teller = { audit, auditPostings, auditRank };

// One unit `u` in UTC on 2022-03-02: 夜 00–08 (crew A), 早 08–16 (B), 中 16–24 (C); 2022-03-01 is the rotation's first day.
const head = (zone = 'UTC', plant = '', crews = 'pattern: 中夜早, offset: 1, crews: [A, B, C]'): string => `
plant: {id: p, zone: ${zone}${plant}}
clocks:
  three: {shifts: {夜: {start: "00:00", end: "08:00"}, 早: {start: "08:00", end: "16:00"}, 中: {start: "16:00", end: "00:00"}}}
rotations:
  r: {clock: three, periods: [{from: 2022-03-01, ${crews}}]}
`;
const DAY = '2022-03-02';
const PRICES = 'item,kind,from,price\nwater,plan,2022-01-01,10\nsteam,plan,2022-01-01,4\n';
const WATER = 'water: {role: output, unit: t, point: W, budget: 10 t/h}';
const W = 'W: {kind: counter, unit: t, step: 0.1, gap: 1 h}';

function plant(
  streams: string[],
  points: string[],
  tables: Record<string, string> = {},
  unit = '',
  start = head(),
): AuditInput {
  const yaml = `${start}\nunits:\n  u:\n    rotation: r\n${unit}    streams:\n${streams.map((s) => `      ${s}\n`).join('')}points:\n${points.map((p) => `  ${p}\n`).join('')}`;
  return { files: new Map([['plant.yaml', yaml], ['prices.csv', PRICES], ...Object.entries(tables)]), readings: [] };
}
/** `W 08:00 100` lines → readings CSV; a date may stand before the time */
function readings(lines: string): string {
  const rows = lines
    .trim()
    .split(/\s*[;\n]\s*/)
    .map((line) => {
      const [point, ...rest] = line.trim().split(/\s+/);
      const day = /^\d{4}-/.test(rest[0]!) ? rest.shift()! : DAY;
      const [time, value, quality = '', learnt = ''] = rest;
      return `${point},${day} ${time},${value},${quality},${learnt.replace('_', ' ')}`;
    });
  return `point,time,value,quality,learnt_at\n${rows.join('\n')}\n`;
}
const FULL = 'W 08:00 0; W 16:00 80'; // on budget: 80 t

/** `folder` is that of the worked plant. */
export function casesFor(told: Teller, folder: URL): Record<string, () => void> {
  const sheets = (input: AuditInput, asOf?: string): AuditSheet[] =>
    told.audit(input, { from: DAY, to: DAY, ...(asOf === undefined ? {} : { asOf }) });
  const early = (input: AuditInput, asOf?: string): AuditSheet => sheets(input, asOf).find((s) => s.shift === '早')!;
  const counted = (input: AuditInput, asOf?: string): Part => {
    const p = early(input, asOf).counted;
    assert(p);
    return p;
  };
  return {
    'worked shift, every figure': () => {
      const files = new Map(
        readdirSync(folder)
          .filter((f) => /\.(yaml|csv)$/.test(f))
          .map((f) => [f, readFileSync(new URL(f, folder), 'utf8')]),
      );
      const expected = JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8'));
      const sheet = told
        .audit({ files, readings: [] }, { from: '2022-03-01', to: '2022-03-01' })
        .find((s) => s.shift === '早')!;
      const same = (a: string | null | undefined, b: string): void => assert.equal(Number(a), Number(b));
      for (const name of ['counted', 'excluded'] as const) {
        const is = sheet[name]!;
        const should = expected[name];
        assert.equal(is.hours, should.counted_hours);
        for (const s of ['water', 'steam', 'power']) same(is.quantities[s], should.quantities[s]);
        same(is.quantities.liquor, should.quantities.liquor_change);
        assert.equal(is.quantities.density, should.quantities.samples);
        for (const s of ['steam', 'power']) same(is.allowed[s], should.allowed[s]);
        same(is.budget.water, should.budget_output);
        same(is.limited.water, should.budget_after_limits);
        same(is.unordered.water, should.unordered_output);
        const l = should.lines_fen;
        assert.deepEqual(is.lines, {
          conditions: l.conditions,
          limit: l.limit,
          unordered: l.unordered,
          'output-mix': 0,
          volume: l.volume,
          stock: l.stock,
          'usage.steam': l.usage_steam,
          'usage.power': l.usage_power,
          'quality.density': l.quality,
          'fees.consumables': l.fees,
        });
        assert.deepEqual(
          [is.valueFen, is.budgetValueFen, is.crewGainFen, is.companyFen],
          [should.value_fen, should.budget_value_fen, should.crew_gain_fen, should.company_fen],
        );
        assert.deepEqual(is.memo, {
          'price.steam': should.price_lines_fen.steam,
          'price.power': should.price_lines_fen.power,
        });
      }
      for (const [s, id] of [
        ['water', 'water'],
        ['steam', 'steam'],
        ['power', 'power'],
        ['liquor_change', 'liquor'],
      ] as const) {
        same(
          `${(Number(sheet.counted!.quantities[id]) + Number(sheet.excluded!.quantities[id])).toFixed(3)}`,
          expected.whole_shift[s],
        );
      }
    },

    'counter: interpolation half-even and rollover': () => {
      // at 08:00 980 + 15/2 = 987.5 → 988; 995 − 988 = 7; 60 − 995 + 1000 = 65 ≤ 700 (7 h × 100); 70 − 60 = 10: 82
      const p = plant(
        [WATER],
        ['W: {kind: counter, unit: t, step: 1, rollover: 1000, greatest rate: 100 t/h, gap: 1 h}'],
      );
      p.readings.push(readings('W 07:30 980; W 08:30 995; W 15:30 60; W 16:00 70'));
      assert.equal(counted(p).quantities.water, '82');
    },
    'counter: replacement and multipliers': () => {
      // (120 − 100) × 10 + (25 − 5) × 1.5 = 230.0, step 1 ÷ 10
      const p = plant([WATER], ['W: {kind: counter, unit: t, step: 1, multiplier: 10}'], {
        'replacements.csv': `id,point,time,old_final,new_first,multiplier\nR,W,${DAY} 12:00,120,5,1.5\n`,
      });
      p.readings.push(readings('W 08:00 100; W 16:00 25'));
      assert.equal(counted(p).quantities.water, '230.0');
    },
    'counter: policies on an unknown drop': () => {
      for (const [policy, quantity] of [
        ['missing', null],
        ['restart', '90'],
        ['hold', '50'],
      ] as const) {
        // 40 + 50; 0 + 50
        const p = plant([WATER], [`W: {kind: counter, unit: t, step: 1, on a drop: ${policy}}`]);
        p.readings.push(readings('W 08:00 500; W 12:00 40; W 16:00 90'));
        assert.equal(counted(p).quantities.water, quantity);
        assert.equal(counted(p).complete, quantity !== null);
      }
    },
    'outage by time': () => {
      // 119 over 06–18: 19.83, 79.33, 19.83 → 20, 79, 20
      const p = plant([WATER], ['W: {kind: counter, unit: t, step: 1, gap: 1 h}']);
      p.readings.push(readings(`W 06:00 100; W 18:00 219`));
      assert.equal(counted(p).quantities.water, '79');
      assert.equal(counted(p).basis.water, 'substituted');
    },
    'outage by allowed quantity': () => {
      // water 0, 80, 20 t → allowed 0, 8, 2 t; 25 t of steam → 0, 20, 5. usage (8 − 20) × 4.00
      const p = plant(
        [WATER, 'steam: {role: input, unit: t, point: S, standard: {water: 0.1}}'],
        [W, 'S: {kind: counter, unit: t, step: 1, gap: 1 h}'],
      );
      p.readings.push(readings('W 06:00 100; W 08:00 100; W 16:00 180; W 18:00 200; S 06:00 0; S 18:00 25'));
      assert.equal(counted(p).quantities.steam, '20');
      assert.equal(counted(p).lines['usage.steam'], -4800);
    },
    'outage of the meter that counts the hours run': () => {
      // its own weights would need the hours it did not measure: by time. 10 over 06–18: 1.67, 6.67, 1.67 → 2, 7, 1
      const p = plant(
        [WATER, 'steam: {role: input, unit: h, point: RUN, standard: {water: 0.1}}'],
        [W, 'RUN: {kind: counter, unit: h, step: 1, gap: 1 h}'],
        {},
        '    hours run: {point: RUN}\n',
      );
      p.readings.push(readings('W 06:00 100; W 08:00 100; W 16:00 180; W 18:00 200; RUN 06:00 0; RUN 18:00 10'));
      const part = counted(p);
      assert.deepEqual([part.quantities.steam, part.basis.steam, part.hoursRun], ['7', 'substituted', '7']);
    },
    'missing input counts as allowed; missing output: no amounts; states': () => {
      const p = plant(
        [WATER, 'steam: {role: input, unit: t, point: S, standard: {water: 0.1, per hour run: 2}}'],
        [W, 'S: {kind: counter, unit: t, step: 1}'],
      );
      p.readings.push(readings(`${FULL}; S 08:00 0; S 12:00 5`));
      const part = counted(p);
      assert.deepEqual(
        [part.quantities.steam, part.basis.steam, part.allowed.steam, part.lines['usage.steam']],
        [null, 'missing', '24', 0],
      ); // 8 + 2 × 8
      assert.equal(part.valueFen, 80000 - 9600);
      assert.equal(early(p).state, 'final');
      assert.equal(early(p, `${DAY} 16:00`).state, 'provisional');
      assert.equal(early(p, '2022-03-05 16:00').state, 'provisional'); // 72 h, not past
      assert.equal(early(p, '2022-03-05 16:01').state, 'final');
      assert.equal(sheets(p).find((s) => s.shift === '中')!.counted!.complete, false);
    },
    'rate: slope, step, bad, gap, coverage': () => {
      // 08–09 (10→12) 11, 09–10 12, 10–14 too far, 14–15 (later bad) 12, 15–16 (earlier bad) none: 35 t in 3 of 8 h
      const lines = readings('W 08:00 10; W 09:00 12; W 10:00 12; W 14:00 12; W 15:00 99 bad; W 16:00 12');
      for (const [more, quantity] of [
        ['least coverage: 50 %', null],
        ['least coverage: 30 %', '93.333'],
        ['least coverage: 30 %, between: step', '90.667'],
      ] as const) {
        const p = plant([WATER], [`W: {kind: rate, unit: t/h, step: 0.1, gap: 1 h, quantity step: 0.001, ${more}}`]);
        p.readings.push(lines);
        assert.equal(counted(p).quantities.water, quantity);
      }
    },
    'rate: rounded integrals from the month on conserve': () => {
      // 0.1 t/h, step 1: I at 08:00 of 2 March = 3.2 → 3, at 16:00 = 4.0 → 4, at 24:00 = 4.8 → 5: 1 and 1
      const p = plant([WATER], ['W: {kind: rate, unit: t/h, step: 0.1, quantity step: 1}']);
      p.readings.push(readings(`W 2022-03-01 00:00 0.1; W 2022-03-04 00:00 0.1`));
      assert.deepEqual(
        sheets(p).map((s) => s.counted!.quantities.water),
        ['1', '1', '1'],
      ); // 2.4 → 2, 3, 4, 5
    },
    'stock: computed price, margin with the volume': () => {
      // P = 0.2 × 4 + 50 % × (10 − 0.5 × 4) = 4.80; Δ = 2 m × 2 = 4 t; line 19.20 − 0.8 × 4 = 16.00, all of it margin
      const p = plant(
        [
          WATER,
          'steam: {role: input, unit: t, point: S, standard: {water: 0.5, tank: 0.2}}',
          'tank: {role: stock, unit: t, point: L, quantity: level * 2 t/m, step: 0.001, makes: water, completion: 50 %}',
        ],
        [W, 'S: {kind: batch, unit: t, step: 0.1}', 'L: {kind: level, unit: m, step: 0.01, gap: 2 h}'],
      );
      p.readings.push(readings(`${FULL}; L 07:00 0.50; L 09:00 1.50; L 16:00 3.00; S 12:00 40.8`));
      const part = counted(p);
      assert.deepEqual(
        [part.quantities.tank, part.lines.stock, part.crewGainFen, part.companyFen],
        ['4.000', 1600, 0, 1600],
      );
      assert.equal(part.valueFen, 80000 + 1920 - 16320);
    },
    'batch: half-open, confirmations, bad': () => {
      for (const [more, extra, quantity] of [
        ['', '', '12'],
        [', confirmed: yes', '', '5'],
        ['', '; W 09:00 1 bad', null],
        [', confirmed: yes', '; W 09:00 1 bad', '5'],
      ] as const) {
        const p = plant([WATER], [`W: {kind: batch, unit: t, step: 1${more}}`], {
          'confirmations.csv': `id,point,time\nc,W,${DAY} 08:00\n`,
        });
        p.readings.push(readings(`W 08:00 5; W 12:00 7; W 16:00 9${extra}`));
        assert.equal(counted(p).quantities.water, quantity);
      }
    },
    'manual: figures and counter': () => {
      const p = plant([WATER], ['W: {kind: manual, unit: t, step: 0.1}']);
      p.readings.push(readings('W 09:00 20.5; W 15:59 1; W 16:00 7'));
      assert.deepEqual([counted(p).quantities.water, counted(p).basis.water], ['21.5', 'typed']);
      assert.equal(sheets(p)[0]!.counted!.quantities.water, null);
      const q = plant([WATER], ['W: {kind: manual, form: counter, unit: t, step: 0.1}']);
      q.readings.push(readings('W 08:00 20.5; W 16:00 90'));
      assert.deepEqual([counted(q).quantities.water, counted(q).basis.water], ['69.5', 'typed']);
    },
    'samples: delay, composite, arbitration, lots': () => {
      // booked one hour earlier. Composite 07–11 → 06–10: 20 t at 1/2: premium 0. Instants 12:00 (in), 13:00 (out, but
      // arbitrated 1.310: in): 2/2, premium 0.5 × the other 60 t = 30.00. The spot sample does not count.
      const p = plant(
        [
          WATER,
          'q: {role: quality, of: water, point: Q, window: [1.28, 1.32], premium: (k/n - 0.5) * 1 yuan/t, step: 0.0001}',
        ],
        [W, 'Q: {kind: sample, unit: "1", step: 0.001, delay: 60 min, counts: [routine], replaced by: [arbitration]}'],
        {
          'samples.csv': `id,point,time,from,to,value,k,n,kind,of\nc,Q,${DAY} 11:00,${DAY} 07:00,${DAY} 11:00,,1,2,,\na,Q,${DAY} 13:00,,,1.300,,,,\nb,Q,${DAY} 14:00,,,1.400,,,,\nx,Q,${DAY} 15:00,,,1.310,,,arbitration,b\ns,Q,${DAY} 15:00,,,1.9,,,spot,\n`,
        },
      );
      p.readings.push(readings('W 08:00 0; W 10:00 20; W 16:00 80'));
      assert.deepEqual([counted(p).quantities.q, counted(p).lines['quality.q']], ['3/4', 3000]);
    },
    "share: by keys and by allowed, the company's line": () => {
      // 100 by 3 : 4 → 42.86, 57.14 → 43, 57. By allowed, both 8 (0.1 × 80): 50
      for (const [by, quantity] of [
        ['by: keys, key: 3', '43'],
        ['by: allowed', '50'],
      ] as const) {
        const p = plant(
          [
            WATER,
            'steam: {role: input, unit: t, point: S1, standard: {water: 0.1}}',
            'other: {role: input, unit: t, point: S2, price: steam, standard: {water: 0.1}}',
          ],
          [
            W,
            'M: {kind: counter, unit: t, step: 1}',
            `S1: {kind: share, of: M, ${by}}`,
            `S2: {kind: share, of: M, ${by.replace('3', '4')}}`,
          ],
        );
        p.readings.push(readings(`${FULL}; M 08:00 0; M 16:00 100`));
        const part = counted(p);
        assert.deepEqual([part.quantities.steam, part.basis.steam, part.crewGainFen], [quantity, 'shared', 0]);
        assert.equal(part.companyFen, (16 - 100) * 400);
      }
    },
    'formula point': () => {
      // 80 − 0.5 × 33 = 63.5 → step 1 half-even: 64
      const p = plant(
        [WATER],
        [
          'W: {kind: formula, unit: t, step: 1, quantity: "[A-1] - 50 % * B"}',
          'A-1: {kind: counter, unit: t, step: 1}',
          'B: {kind: batch, unit: t, step: 1}',
        ],
      );
      p.readings.push(readings('A-1 08:00 0; A-1 16:00 80; B 09:00 33'));
      assert.equal(counted(p).quantities.water, '64');
    },
    'exclusion: cuts where edges have values, else the whole shift': () => {
      const tables = {
        'exclusions.csv': `id,unit,from,to,reason,recorded_at,withdrawn\nx,u,${DAY} 10:00,${DAY} 11:00,trip,,\nold,u,${DAY} 12:00,${DAY} 13:00,trip,${DAY} 12:00,\nold,u,${DAY} 12:00,${DAY} 13:00,trip,${DAY} 17:00,yes\n`,
      };
      const p = plant([WATER], [W], tables);
      p.readings.push(readings('W 08:00 0; W 10:00 20; W 10:30 21; W 11:30 24; W 16:00 80'));
      const cut = early(p); // 11:00: 22.5
      assert.deepEqual(
        [cut.counted!.hours, cut.counted!.quantities.water, cut.excluded!.quantities.water, cut.excluded!.crewGainFen],
        ['7', '77.5', '2.5', 0],
      );
      const q = plant([WATER], [W], tables);
      q.readings.push(readings('W 08:00 0; W 10:00 20; W 16:00 80'));
      assert.deepEqual([early(q).counted, early(q).excluded!.quantities.water], [null, '80.0']);
    },
    'orders: the lowest acts, from its recording': () => {
      // 12 t/h. a 10 t/h 08–12, b 5 t/h 10–14 known 11:00, limit 15 t/h 15–16 (budget 20).
      // a acts 08–11: 36 − 30 = 6; b 11–14: 36 − 15 = 21. B′ = 30 + 15 + 20 + 15 = 80
      const p = plant(['water: {role: output, unit: t, point: W, budget: 20 t/h}'], [W], {
        'orders.csv': `id,unit,from,to,rate,recorded_at\na,u,${DAY} 08:00,${DAY} 12:00,10 t/h,\nb,u,${DAY} 10:00,${DAY} 14:00,5 t/h,${DAY} 11:00\n`,
        'limits.csv': `id,unit,kind,from,to,rate,recorded_at\nl,u,supplied,${DAY} 15:00,${DAY} 16:00,15 t/h,\n`,
      });
      p.readings.push(readings('W 08:00 0; W 11:00 36; W 14:00 72; W 16:00 96'));
      const part = counted(p);
      assert.deepEqual([part.unordered.water, part.limited.water, part.budget.water], ['27.0', '80.0', '160.0']);
      assert.deepEqual([part.lines.limit, part.lines.unordered, part.lines.volume], [-80000, 27000, -11000]);
    },
    'conditions and formula standards': () => {
      // temperature 30 on average, budget 20: 0.31 against 0.30; Q = B·H = 80: S 24.8, S₀ 24; conditions −0.8 × 4
      const p = plant(
        [
          WATER,
          'steam: {role: input, unit: t, point: S, standard: {water: {formula: "IF(temp > 20 degC, 0.31, 0.30) + 0 * bend(load)"}}}',
        ],
        [W, 'S: {kind: batch, unit: t, step: 0.1}', 'T: {kind: rate, unit: degC, step: 0.1}'],
        {},
        '    conditions: {temp: {point: T, budget: 20 degC}}\n    curves: {bend: {of: load, unit: "1", at: {1: 1, 2: 2}}}\n',
      );
      p.readings.push(readings(`${FULL}; S 09:00 25; T 08:00 20; T 16:00 40`));
      const part = counted(p);
      assert.deepEqual([part.allowed.steam, part.lines.conditions, part.lines['usage.steam']], ['24.8', -320, -80]);
    },
    'grain slices on the plant clock': () => {
      // curve 10 → 0.2, 30 → 0.4; load 10 for 4 h, then 30 for 4 h: 40 × 0.2 + 120 × 0.4 = 56; in one slice 160 × 0.3 = 48
      for (const [grain, allowed] of [
        ['grain: 4 h,', '56.0'],
        ['', '48.0'],
      ] as const) {
        const p = plant(
          [
            WATER,
            `steam: {role: input, unit: t, point: S, standard: {${grain} water: {curve: load, at: {10: 0.2, 30: 0.4}}}}`,
          ],
          [W, 'S: {kind: batch, unit: t, step: 0.1}'],
        );
        p.readings.push(readings('W 08:00 0; W 12:00 40; W 16:00 160'));
        assert.equal(counted(p).allowed.steam, allowed);
      }
    },
    'mix group': () => {
      // S 8 and 24, used 10 + 20 = 30 → M 7.5, 22.5. a: mix (7.5 − 10) × 4, yield (8 − 7.5) × 4; b at 10: (22.5 − 20), (24 − 22.5)
      const p = plant(
        [
          WATER,
          'a: {role: input, unit: t, point: A, price: steam, mix: m, standard: {water: 0.1}}',
          'b: {role: input, unit: t, point: B, price: water, mix: m, standard: {water: 0.3}}',
        ],
        [W, 'A: {kind: batch, unit: t, step: 0.1}', 'B: {kind: batch, unit: t, step: 0.1}'],
      );
      p.readings.push(readings(`${FULL}; A 09:00 10; B 09:00 20`));
      const { lines } = counted(p);
      assert.deepEqual([lines['mix.a'], lines['yield.a'], lines['mix.b'], lines['yield.b']], [-1000, 200, 2500, 1500]);
    },
    bands: () => {
      // 早 08–16: peak 08:30–11:30 3 h, flat 5 h. S = 80 × 1 = 80 by 3 × 2 : 5 × 1 → 43.6, 36.4 (43.636, 36.364). Q 50 and 40.
      // usage (43.6 − 50) × 2.00 = −12.80, (36.4 − 40) × 1.00 = −3.60, valley none
      const p = plant(
        [WATER, 'power: {role: input, unit: kWh, point: E, bands: tou, standard: {water: 1}}'],
        [W, 'E: {kind: counter, unit: kWh, step: 0.1}'],
        {
          'more.yaml':
            'tariffs: {tou: {bands: {peak: ["08:30-11:30"], valley: ["23:00-07:00"], flat: other}, profile: {peak: 2}}}\n',
          'prices.csv': `${PRICES}power.peak,plan,2022-01-01,2\npower.flat,plan,2022-01-01,1\n`,
        },
      );
      p.readings.push(readings(`${FULL}; E 08:00 0; E 08:30 10; E 11:30 60; E 16:00 90`));
      const { lines } = counted(p);
      assert.deepEqual(
        [lines['usage.power.peak'], lines['usage.power.flat'], lines['usage.power.valley']],
        [-1280, -360, 0],
      );
    },
    'output mix and by-product with a negative price': () => {
      // water 60 + oil 100 = 160, B′ 80 : 80 → 80 each. mix (60 − 80) × 10 + (100 − 80) × 20 = 200.00 less waste 0
      // waste allowed 0.1 × 60 = 6 (ordered), 8 after the mix: mix line also (6 − 8) × −5 = +10.00; used 7: usage (7 − 6) × −5
      const p = plant(
        [
          'water: {role: output, unit: t, point: W, mix: line, budget: 10 t/h}',
          'oil: {role: output, unit: t, point: O, mix: line, budget: 10 t/h}',
          'mud: {role: by-product, unit: t, point: M, standard: {water: 0.1}}',
        ],
        [W, 'O: {kind: batch, unit: t, step: 1}', 'M: {kind: batch, unit: t, step: 1}'],
        { 'prices.csv': `${PRICES}oil,plan,2022-01-01,20\nmud,plan,2022-01-01,-5\n` },
      );
      p.readings.push(readings('W 08:00 0; W 16:00 60; O 12:00 100; M 12:00 7'));
      const { lines, valueFen } = counted(p);
      assert.deepEqual([lines['output-mix'], lines.volume, lines['usage.mud']], [20000 + 1000, 0, -500]);
      assert.equal(valueFen, 60000 + 200000 - 3500);
    },
    'flow, transfer price and unaccounted': () => {
      // 80 × 3.00 on the giving side; the check meter says 78: unaccounted 2 × 3.00
      const p = plant(
        ['liquor: {role: output, unit: t, flow: l, budget: 10 t/h}'],
        [W, 'V: {kind: counter, unit: t, step: 0.1}'],
        {
          'flows.yaml': 'flows: {l: {point: W, check: V}}\n',
          'prices.csv': 'item,kind,from,price\nliquor,transfer,2022-01-01,3\nliquor,plan,2022-01-01,99\n',
        },
      );
      p.readings.push(readings(`${FULL}; V 08:00 0; V 16:00 78`));
      assert.deepEqual([counted(p).valueFen, counted(p).memo], [24000, { 'unaccounted.l': 600 }]);
    },
    'less stock and hours run': () => {
      // received 50 − (3 − 1) × 2 = 46; runs 6 h: allowed 2 × 6 = 12
      const p = plant(
        [
          WATER,
          'steam: {role: input, unit: t, point: S, less stock: {point: L, quantity: level * 2 t/m}, standard: {per hour run: 2}}',
        ],
        [
          W,
          'S: {kind: batch, unit: t, step: 1}',
          'L: {kind: level, unit: m, step: 0.1}',
          'RUN: {kind: counter, unit: h, step: 0.1}',
        ],
        {},
        '    hours run: {point: RUN}\n',
      );
      p.readings.push(readings(`${FULL}; S 09:00 50; L 08:00 1; L 16:00 3; RUN 08:00 10; RUN 16:00 16`));
      assert.deepEqual([counted(p).quantities.steam, counted(p).allowed.steam, counted(p).hoursRun], ['46', '12', '6']);
    },
    'as of: late correction, draft': () => {
      const p = plant([WATER], [W]);
      p.readings.push(
        readings(`W 08:00 0; W 12:00 30; W 16:00 80 good ${DAY}_16:05; W 16:00 82 good 2022-03-03_09:00`),
      );
      assert.equal(counted(p, `${DAY} 17:00`).quantities.water, '80.0');
      assert.equal(counted(p).quantities.water, '82.0');
      const draft = early(p, `${DAY} 14:00`);
      assert.deepEqual(
        [draft.state, draft.counted!.hours, draft.counted!.quantities.water, draft.counted!.budget.water],
        ['draft', '4', '30.0', '40.0'],
      );
    },
    'conflicting and doubled readings': () => {
      const p = plant([WATER], [W]);
      p.readings.push(readings('W 16:00 90 uncertain; W 16:00 81; W 16:00 80; W 08:00 0; W 08:00 0'));
      assert.equal(counted(p).quantities.water, '80.0');
    },
    'swap, teams, month cut and monthly budget': () => {
      // month 2022-03 is 26 February … 25 March: 28 days × 24 h, but the rotation begins on 1 March: 25 × 24 = 600 h; 6000 t → 10 t/h
      const p = plant(
        ['water: {role: output, unit: t, point: W}'],
        [W],
        {
          'swaps.csv': `id,unit,day,shift,crew\ns,u,${DAY},早,C\n`,
          'budgets.csv': 'unit,stream,month,amount\nu,water,2022-03,6000\n',
          'teams.yaml': 'teams: {t-c: {crew: C, units: [u]}}\n',
        },
        '',
        head('UTC', ', month starts on: 26'),
      );
      p.readings.push(readings(FULL));
      assert.deepEqual(
        sheets(p).map((s) => [s.shift, s.crew, s.team]),
        [
          ['夜', 'A', 'u/A'],
          ['早', 'C', 't-c'],
          ['中', 'C', 't-c'],
        ],
      );
      assert.equal(counted(p).budget.water, '80.0');
    },
    'clock change': () => {
      // Berlin, 27 March: 00–08 is seven hours, 30 October nine
      const p = plant([WATER], [W], {}, '', head('Europe/Berlin'));
      assert.deepEqual(
        told.audit(p, { from: '2022-03-27', to: '2022-03-27' }).map((s) => s.counted!.hours),
        ['7', '8', '8'],
      );
      assert.deepEqual(
        told.audit(p, { from: '2022-10-30', to: '2022-10-30' }).map((s) => s.counted!.hours),
        ['9', '8', '8'],
      );
      assert.equal(told.audit(p, { from: '2022-03-27', to: '2022-03-27' })[0]!.from, '2022-03-26T23:00:00Z');
    },
    'day before and day after': () => {
      const starts = (夜: string, 中: string): string[] => {
        const yaml = head()
          .replace('{shifts:', '{round the clock: no, shifts:')
          .replace('夜: {start: "00:00", end: "08:00"}', `夜: ${夜}`)
          .replace('中: {start: "16:00", end: "00:00"}', `中: ${中}`);
        return sheets(plant([WATER], [W], {}, '', yaml)).map((x) => `${x.shift} ${x.from}`);
      };
      assert.deepEqual(starts('{start: "22:00", end: "06:00", on: day before}', '{start: "16:00", end: "21:00"}'), [
        '夜 2022-03-01T22:00:00Z',
        '早 2022-03-02T08:00:00Z',
        '中 2022-03-02T16:00:00Z',
      ]);
      assert.deepEqual(starts('{start: "02:00", end: "08:00"}', '{start: "01:00", end: "02:00", on: day after}'), [
        '夜 2022-03-02T02:00:00Z',
        '早 2022-03-02T08:00:00Z',
        '中 2022-03-03T01:00:00Z',
      ]);
    },
    'periodic work': () => {
      // accrues 10 yuan/h. Shifts since the first reading, at 1 March 00:00, that began before 16:00 of 2 March: 5 × 8 h
      // = 400.00; had the first reading been that of 08:00 of 2 March, one shift would bear it all: 500.01 − 80.00.
      // the cycle cost 500.01: 100.01 over five: 20.01 (the first), 20.00 …
      const p = plant([WATER, 'wash: {role: fee, periodic: 10 yuan/h}'], [W], {
        'fees.csv': `id,unit,stream,time,amount,kind\nc,u,wash,${DAY} 16:00,500.01,cycle\n`,
      });
      p.readings.push(readings(FULL));
      const late = told.auditPostings(p, { from: DAY, to: DAY });
      assert.deepEqual(
        late.map((x) => x.amountFen),
        [42001],
      );
      p.readings.push(readings('W 2022-03-01 00:00 0'));
      const posted = told.auditPostings(p, { from: DAY, to: DAY });
      assert.deepEqual(
        posted.map((x) => x.amountFen),
        [2001, 2000, 2000, 2000, 2000],
      );
      assert.deepEqual(posted[0], {
        unit: 'u',
        stream: 'wash',
        crew: 'B',
        day: DAY,
        forDay: '2022-03-01',
        forShift: '夜',
        amountFen: 2001,
      });
      assert.equal(counted(p).quantities.wash, '80.00');
    },
    'ranking with ties': () => {
      // crew sets the load: 早 of 1 March (C) 88 t, 夜 (B) 88 t, 中 (A) 80 t: 80.00 and 0 over budget in 8 h
      const p = plant([WATER], [W], {}, '    load set by: crew\n');
      p.readings.push(
        readings('W 2022-03-01 00:00 0; W 2022-03-01 08:00 88; W 2022-03-01 16:00 176; W 2022-03-02 00:00 256'),
      );
      const rows = told.auditRank(p, { from: '2022-03-01', to: '2022-03-01' });
      assert.deepEqual(
        rows.map((r) => [r.team, r.gainFen, r.score, r.rank, r.secondRank]),
        [
          ['u/B', 8000, '1000', 1, 1],
          ['u/C', 8000, '1000', 1, 1],
          ['u/A', 0, '0', 3, 3],
        ],
      );
    },
    'ranking: a substituted line counts its share at the lower of 0 and the median': () => {
      // like 'outage by time', but 118 over 06–18 gives 20, 78, 20; the shift's share is 1 > 20 %: shown, not counted
      const p = plant([WATER], ['W: {kind: counter, unit: t, step: 1, gap: 1 h}'], {}, '    load set by: crew\n');
      p.readings.push(readings('W 06:00 100; W 18:00 218'));
      assert.equal(told.auditRank(p, { from: DAY, to: DAY }).find((r) => r.team === 'u/B')!.rank, null);
      // allowed up to 100 %: counts 0 × amount + 1 × min(0, no median) = 0
      const q = plant(
        [WATER],
        ['W: {kind: counter, unit: t, step: 1, gap: 1 h}'],
        {},
        '    load set by: crew\n',
        head('UTC', ', ranking: {most substituted: 100 %}'),
      );
      q.readings.push(p.readings[0]!);
      const row = told.auditRank(q, { from: DAY, to: DAY }).find((r) => r.team === 'u/B')!;
      assert.deepEqual([row.gainFen, row.hours, row.rank], [0, '8', 1]);
    },
  };
}
