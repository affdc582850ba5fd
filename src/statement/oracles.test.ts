// Published figures that a shift's account must give. Sources stand with each; F favourable, U unfavourable.
import { describe, expect, test } from 'vitest';
import { earlyLines, settleSmall } from '../../test/small-plant.ts';
import { formatSteps } from '../quantity.ts';

const batch = (id: string, step = '0.1'): string => `${id}: {kind: batch, unit: t, step: ${step}}`;
const FRACTIONS = { A: 0.6, B: 0.4 };

describe('mix and yield', () => {
  test('two materials (standard costing: 60 % A at 200, 40 % B at 100, 1.6 t per t; output 300)', () => {
    const lines = earlyLines({
      streams: [
        'made: {role: output, unit: t, point: O}',
        ...Object.entries(FRACTIONS).map(
          ([id, share]) =>
            `${id}: {role: input, unit: t, point: P${id}, mix: m, standard: {made: ${(share * 1.6).toFixed(2)}}}`,
        ),
      ],
      points: [batch('O'), batch('PA'), batch('PB')],
      prices: ['made 500', 'A 200', 'B 100'],
      readings: 'O 09:00 300; PA 09:00 275; PB 09:00 225',
    });
    const yuan = (key: string): number => (lines[key] ?? Number.NaN) / 100;
    expect([yuan('mix.A'), yuan('mix.B'), yuan('yield.A'), yuan('yield.B')]).toEqual([5000, -2500, -2400, -800]);
    expect([yuan('mix.A') + yuan('yield.A'), yuan('mix.B') + yuan('yield.B')]).toEqual([2600, -3300]);
  });

  test('three materials over one 8-hour shift (60/30/10 at 75/60/40; used 65 at 72, 28 at 61, 11 at 40)', () => {
    const inputs = [
      ['A', 0.6],
      ['B', 0.3],
      ['C', 0.1],
    ];
    const small = {
      streams: [
        'made: {role: output, unit: t, point: O}',
        ...inputs.map(
          ([id, share]) => `${id}: {role: input, unit: t, point: P${id}, mix: m, standard: {made: ${share}}}`,
        ),
      ],
      points: [batch('O'), batch('PA'), batch('PB'), batch('PC')],
      prices: ['made 100', 'A 75', 'B 60', 'C 40', 'A actual 72', 'B actual 61', 'C actual 40'],
      readings: 'O 09:00 100; PA 09:00 65; PB 09:00 28; PC 09:00 11',
    };
    const lines = earlyLines(small);
    const all = (kind: string): number[] => ['A', 'B', 'C'].map((id) => (lines[`${kind}.${id}`] ?? Number.NaN) / 100);
    const sum = (xs: number[]): number => xs.reduce((a, b) => a + b, 0);
    expect(all('mix')).toEqual([-195, 192, -24]);
    expect([sum(all('mix')), sum(all('yield'))]).toEqual([-27, -268]);
    const memo = settleSmall(small).sheets.find((s) => s.shift.code === '早')?.counted?.memo ?? [];
    const price = sum(memo.map((line) => line.fen)) / 100;
    expect(price).toBe(167);
    expect(sum(all('mix')) + sum(all('yield')) + price).toBe(-128);
  });
});

test('price mix (6,500 t at 70/80/90, budget 50/30/20, actual 50/35/15): 0, 26,000 U, 29,250 F as costs', () => {
  const ids = ['A', 'B', 'C'];
  const [shares, prices, used] = [
    [0.5, 0.3, 0.2],
    [70, 80, 90],
    [3250, 2275, 975],
  ];
  const bought = earlyLines({
    streams: [
      'made: {role: output, unit: t, point: O}',
      ...ids.map((id, i) => `${id}: {role: input, unit: t, point: P${id}, mix: m, standard: {made: ${shares[i]}}}`),
    ],
    points: [batch('O'), ...ids.map((id) => batch(`P${id}`))],
    prices: ['made 100', ...ids.map((id, i) => `${id} ${prices[i]}`)],
    readings: ['O 09:00 6500', ...ids.map((id, i) => `P${id} 09:00 ${used[i]}`)].join(';'),
  });
  expect(ids.map((id) => (bought[`mix.${id}`] ?? Number.NaN) / 100)).toEqual([0, -26_000, 29_250]);
  // The same as outputs of one line: what was favourable as a cost is unfavourable as a revenue.
  const sold = earlyLines({
    streams: ids.map(
      (id, i) => `${id}: {role: output, unit: t, point: P${id}, mix: m, budget: ${(shares[i] ?? 0) * 800} t/h}`,
    ),
    points: ids.map((id) => batch(`P${id}`)),
    prices: ids.map((id, i) => `${id} ${prices[i]}`),
    readings: ids.map((id, i) => `P${id} 09:00 ${used[i]}`).join(';'),
    unit: '    load: A\n',
  });
  expect((sold['output-mix'] ?? Number.NaN) / 100).toBe(-3250);
});

test('a meter of 10,000 from 9,900 to 100 counted 200', () => {
  const { sheets } = settleSmall({
    streams: ['water: {role: output, unit: t, point: W}'],
    points: ['W: {kind: counter, unit: t, step: 1, rollover: 10000, greatest rate: 100 t/h}'],
    prices: ['water 1'],
    readings: 'W 08:00 9900; W 16:00 100',
  });
  expect(sheets.find((s) => s.shift.code === '早')?.counted?.outputs[0]?.quantity.steps).toBe(200);
});

test('equivalent units at handover, FIFO (opening 200 at 9 %, 900 started, 800 out, closing 300 at 12 %): 900 and 818', () => {
  const { sheets } = settleSmall({
    streams: [
      'made: {role: output, unit: t, point: O}',
      'material: {role: input, unit: t, point: M, standard: {made: 1, tank: 1}}',
      'work: {role: input, unit: t, point: C, standard: {made: 1, done: 1}}',
      'tank: {role: stock, unit: t, point: L, quantity: level * 1 t/m, step: 0.01, makes: made, completion: 100 %}',
      'done: {role: stock, unit: t, point: L, quantity: level * 1 t/m, step: 0.01, makes: made, completion: DONE}',
    ],
    points: [
      batch('O', '1'),
      batch('M', '1'),
      batch('C', '1'),
      'L: {kind: level, unit: m, step: 1}',
      'DONE: {kind: level, unit: "%", step: 1}',
    ],
    prices: ['made 10', 'material 1', 'work 1'],
    readings: 'L 08:00 200; L 16:00 300; DONE 08:00 9; DONE 16:00 12; O 12:00 800; M 12:00 900; C 12:00 818',
  });
  const part = sheets.find((s) => s.shift.code === '早')?.counted;
  const allowed = (part?.inputs ?? []).map((i) => formatSteps(i.allowed.actual, i.stream.step));
  expect(allowed).toEqual(['900', '818']);
  expect(part?.lines.filter((line) => line.kind === 'usage').map((line) => line.fen)).toEqual([0, 0]);
});
