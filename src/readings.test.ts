// From rows to what flowed: each way of measuring, by rule tables. Times are in minutes unless said otherwise.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CounterPoint, ReplacementFact, SampleFact, SamplePoint } from './plant.ts';
import { type Ratio, ratio, stepOf, toNumber } from './quantity.ts';
import {
  BAD,
  boundaryOf,
  type Counter,
  countingSamples,
  coveredMs,
  cumulativeAt,
  GOOD,
  gatherSeries,
  hasUnknown,
  integral,
  interpolate,
  LogBuilder,
  lastAtOrBefore,
  levelAt,
  rateQuantity,
  readCounter,
  readRate,
  type Series,
  stretchOf,
  timeAverage,
  UNCERTAIN,
  usable,
} from './readings.ts';

const MINUTE = 60_000;
const GRADES: Readonly<Record<string, number>> = { b: BAD, u: UNCERTAIN };

/** `0:5 10:7b 20:9u` → a series: minute, value, and whether it is bad or uncertain. */
function series(text: string, unit = MINUTE): Series {
  const rows = text
    .split(' ')
    .filter(Boolean)
    .map((row) => /^(-?[\d.]+):(-?\d+)([bu]?)$/.exec(row) ?? []);
  return {
    times: Float64Array.from(rows, (r) => Number(r[1]) * unit),
    values: Float64Array.from(rows, (r) => Number(r[2])),
    quality: Uint8Array.from(rows, (r) => GRADES[r[3] ?? ''] ?? GOOD),
    conflicts: [],
  };
}

const show = ({ n, d }: Ratio): string => {
  const low = ratio(n, d);
  return low.d === 1n ? `${low.n}` : `${low.n}/${low.d}`;
};

describe('the log', () => {
  /** `point time value quality learnt` a row. */
  const gather = (rows: readonly (readonly number[])[], asOf = Number.POSITIVE_INFINITY) => {
    const log = new LogBuilder();
    for (const [point = 0, time = 0, value = 0, quality = 0, learnt = 0] of rows)
      log.add(point, time, value, quality, learnt);
    return gatherSeries(log.take(), 3, asOf).map((s) => ({
      rows: [...s.times]
        .map((t, i) => `${t}:${s.values[i]}${s.quality[i] === BAD ? 'b' : s.quality[i] === UNCERTAIN ? 'u' : ''}`)
        .join(' '),
      conflicts: [...s.conflicts],
    }));
  };

  test('points are told apart and put in order', () => {
    const got = gather([
      [2, 5, 50, 0, 5],
      [0, 3, 30, 0, 3],
      [2, 1, 10, 0, 1],
      [0, 4, 40, 2, 4],
      [2, 3, 20, 1, 3],
    ]);
    expect(got.map((s) => s.rows)).toEqual(['3:30 4:40b', '', '1:10 3:20u 5:50']);
  });

  test.each([
    [
      'learnt last',
      [
        [0, 1, 5, 0, 1],
        [0, 1, 7, 0, 2],
      ],
      '1:7',
      [],
    ],
    [
      'learnt last, though first in the file',
      [
        [0, 1, 7, 0, 2],
        [0, 1, 5, 0, 1],
      ],
      '1:7',
      [],
    ],
    [
      'learnt last, though worse',
      [
        [0, 1, 7, 0, 1],
        [0, 1, 5, 2, 2],
      ],
      '1:5b',
      [],
    ],
    [
      'together: the better',
      [
        [0, 1, 5, 1, 1],
        [0, 1, 7, 0, 1],
        [0, 1, 1, 2, 1],
      ],
      '1:7',
      [1],
    ],
    [
      'together and as good: the smaller',
      [
        [0, 1, 7, 0, 1],
        [0, 1, 5, 0, 1],
      ],
      '1:5',
      [1],
    ],
    [
      'twice the same is no conflict',
      [
        [0, 1, 7, 0, 1],
        [0, 1, 7, 0, 1],
      ],
      '1:7',
      [],
    ],
    [
      'a conflict is told once',
      [
        [0, 1, 7, 0, 1],
        [0, 1, 6, 0, 1],
        [0, 1, 5, 0, 1],
      ],
      '1:5',
      [1],
    ],
    [
      'two conflicts',
      [
        [0, 1, 7, 0, 1],
        [0, 1, 6, 0, 1],
        [0, 2, 5, 0, 1],
        [0, 2, 4, 0, 1],
      ],
      '1:6 2:4',
      [1, 2],
    ],
    [
      'the same value of another quality is one',
      [
        [0, 1, 7, 0, 1],
        [0, 1, 7, 1, 1],
      ],
      '1:7',
      [1],
    ],
    [
      'what a correction replaced is none',
      [
        [0, 1, 7, 0, 1],
        [0, 1, 6, 0, 1],
        [0, 1, 5, 0, 2],
      ],
      '1:5',
      [],
    ],
  ])('%s', (_name, rows, kept, conflicts) => {
    const [first] = gather(rows as number[][]);
    expect(first).toEqual({ rows: kept, conflicts });
  });

  test('as of an instant, itself included', () => {
    const rows = [
      [0, 1, 5, 0, 1],
      [0, 1, 7, 0, 9],
      [1, 2, 3, 0, 9],
    ];
    expect(gather(rows, 8).map((s) => s.rows)).toEqual(['1:5', '', '']);
    expect(gather(rows, 9).map((s) => s.rows)).toEqual(['1:7', '2:3', '']);
    expect(gather(rows, 0).map((s) => s.rows)).toEqual(['', '', '']);
  });

  test('many rows, in any order, once or twice', () => {
    const row = fc.tuple(
      fc.integer({ min: 0, max: 2 }),
      fc.integer({ min: 0, max: 30 }),
      fc.integer({ min: 0, max: 3 }),
      fc.integer({ min: 0, max: 2 }),
      fc.integer({ min: 0, max: 3 }),
    );
    fc.assert(
      fc.property(fc.array(row, { maxLength: 60 }), fc.array(fc.nat(), { maxLength: 60 }), (rows, keys) => {
        const mixed = [...rows, ...rows.slice(0, 5)].map((r, i) => [r, keys[i % (keys.length || 1)] ?? 0] as const);
        const sorted = mixed.sort((a, b) => a[1] - b[1]).map(([r]) => r);
        expect(gather(sorted)).toEqual(gather(rows));
      }),
    );
    const far = Array.from({ length: 3000 }, (_, i) => [0, (i * 1_237) % 3000, i, 0, 0]);
    const [one] = gather(far);
    expect(one?.rows.split(' ').map((r) => Number(r.split(':')[0]))).toEqual(Array.from({ length: 3000 }, (_, i) => i));
  });

  test('a point far out of order behind another keeps its values and grades', () => {
    const n = 700;
    const first = Array.from({ length: 40 }, (_, i) => [0, i, -i, i % 2, 0]);
    const far = Array.from({ length: n }, (_, i) => [1, (i * 263) % n, ((i * 263) % n) * 3, ((i * 263) % n) % 3, 0]);
    const twice = [1, 5, 14, 2, 0];
    const [one, two] = gather([...first, ...far, twice]);
    const grade = ['', 'u', 'b'];
    expect(one?.rows).toBe(first.map(([, t, v, q]) => `${t}:${v}${grade[q ?? 0]}`).join(' '));
    expect(two?.rows).toBe(
      Array.from({ length: n }, (_, t) => (t === 5 ? '5:14b' : `${t}:${t * 3}${grade[t % 3]}`)).join(' '),
    );
    expect(two?.conflicts).toEqual([5]);
  });

  test('the last time at or before', () => {
    const times = Float64Array.of(1, 3, 3.5, 8);
    expect([0, 1, 2, 3, 3.4, 8, 9].map((at) => lastAtOrBefore(times, at))).toEqual([-1, 0, 0, 1, 1, 3, 3]);
    expect(lastAtOrBefore(Float64Array.of(), 1)).toBe(-1);
  });
});

describe('a counter', () => {
  interface Register {
    readonly modulus?: number;
    /** Steps an hour. */
    readonly greatest?: number;
    /** Minutes. */
    readonly gap?: number;
    readonly multiplier?: number;
    readonly onDrop?: 'missing' | 'restart' | 'hold';
  }
  const point = ({ modulus, greatest, gap = 60, multiplier = 1, onDrop = 'missing' }: Register): CounterPoint =>
    ({
      register: {
        modulus,
        greatestPerHour: greatest === undefined ? undefined : ratio(greatest),
        gapMs: gap * MINUTE,
        multiplier,
        onDrop,
      },
    }) as unknown as CounterPoint;
  const change = (minute: number, oldFinal: number, newFirst: number, multiplier?: number): ReplacementFact =>
    ({ time: minute * MINUTE, oldFinal, newFirst, multiplier }) as unknown as ReplacementFact;
  const read = (text: string, register: Register = {}, ...changes: ReplacementFact[]): Counter =>
    readCounter(point(register), series(text), changes);
  const at = (counter: Counter, minute: number): number | string => {
    const boundary = boundaryOf(counter, minute * MINUTE);
    return boundary.kind === 'measured'
      ? boundary.cumulative
      : boundary.kind === 'outage'
        ? `outage ${boundary.stretch}`
        : 'missing';
  };
  const events = (counter: Counter): string[] =>
    counter.events.map((e) => `${e.kind} ${e.from / MINUTE}-${e.to / MINUTE}`);

  test.each([
    [
      'at readings and between',
      '0:100 10:105 30:125',
      {},
      [0, 4, 10, 20, 30, 31, -1],
      [0, 2, 5, 15, 25, 'missing', 'missing'],
    ],
    ['half to the even face', '0:0 2:1 4:2', {}, [1, 3], [0, 2]],
    ['half on the face, not on the rise', '0:1 2:2', {}, [1], [1]],
    ['exactly the gap apart is near enough', '0:0 60:60', {}, [30], [30]],
    ['further apart is an outage', '0:0 61:61 62:62', {}, [30, 61.5, 61], ['outage 0', 62, 61]],
    ['bad readings are not there', '0:0 10:999b 20:20', {}, [10, 20], [10, 20]],
    ['uncertain ones are', '0:0 10:16u 20:20', {}, [10], [16]],
    ['times a multiplier', '0:10 10:20', { multiplier: 7 }, [5, 10], [35, 70]],
    ['rolled over', '0:990 60:20', { modulus: 1000, greatest: 30 }, [0, 20, 60], [0, 10, 30]],
    ['standing still', '0:5 10:5 20:5', {}, [5, 20], [0, 0]],
    ['no readings', '', {}, [0], ['missing']],
  ] as const)('%s', (_name, text, register, minutes, values) => {
    expect(minutes.map((m) => at(read(text, register), m))).toEqual(values);
  });

  test.each([
    ['a rollover that fits to the last step', '0:990 60:20', { modulus: 1000, greatest: 30 }, 'rollover', 30],
    ['one step too fast', '0:990 60:21', { modulus: 1000, greatest: 30 }, 'unknown-drop', 'missing'],
    ['no modulus', '0:990 60:20', { greatest: 30 }, 'unknown-drop', 'missing'],
    ['no greatest rate', '0:990 60:20', { modulus: 1000 }, 'unknown-drop', 'missing'],
    ['beyond the modulus', '0:2990 60:20', { modulus: 1000, greatest: 9000 }, 'unknown-drop', 'missing'],
    ['restart', '0:990 60:20', { onDrop: 'restart' }, 'unknown-drop', 20],
    ['hold', '0:990 60:20', { onDrop: 'hold' }, 'unknown-drop', 0],
  ] as const)('a fall: %s', (_name, text, register, kind, quantity) => {
    const counter = read(text, register);
    expect(events(counter)).toEqual([`${kind} 0-60`]);
    expect(hasUnknown(counter, 0, 60 * MINUTE)).toBe(quantity === 'missing');
    // At a reading there is a boundary value either way; what lies between is unknown.
    expect(at(counter, 60)).toBe(quantity === 'missing' ? 0 : quantity);
    expect(at(counter, 30)).toBe(quantity === 'missing' ? 'missing' : quantity / 2);
  });

  test('what an unknown stretch touches', () => {
    const counter = read('0:5 10:9 20:3 30:8');
    expect(
      [
        [0, 10],
        [0, 11],
        [10, 20],
        [12, 13],
        [19, 30],
        [20, 30],
      ].map(([a = 0, b = 0]) => hasUnknown(counter, a * MINUTE, b * MINUTE)),
    ).toEqual([false, true, true, true, true, false]);
    expect([10, 20, 30].map((m) => at(counter, m))).toEqual([4, 4, 9]);
  });

  test('a greatest rate that is no whole number, late in the day', () => {
    const { register } = point({ modulus: 1000 });
    const half = { register: { ...register, greatestPerHour: ratio(61, 2) } } as unknown as CounterPoint;
    const kinds = (text: string): string[] => events(readCounter(half, series(text), []));
    expect(kinds('600:0 660:30')).toEqual([]);
    expect(kinds('600:0 660:31')).toEqual(['implausible-rise 600-660']);
    expect(kinds('600:990 660:20')).toEqual(['rollover 600-660']);
    expect(kinds('600:990 660:21')).toEqual(['unknown-drop 600-660']);
    expect(kinds('600:990 720:51')).toEqual(['rollover 600-720']);
  });

  test.each([
    ['0:0 60:30', 30, []],
    ['0:0 60:31', 30, ['implausible-rise 0-60']],
    ['0:0 60:31 120:61', 30, ['implausible-rise 0-60']],
    ['0:0 60:99', undefined, []],
  ] as const)('a rise %s at most %s an hour', (text, greatest, told) => {
    const counter = read(text, greatest === undefined ? {} : { greatest });
    expect(events(counter)).toEqual(told);
    expect(at(counter, 60)).toBe(counter.faces[1]);
  });

  test.each([
    ['between readings', '0:100 20:8', [change(10, 110, 3)], [0, 5, 10, 15, 20], [0, 5, 10, 13, 15]],
    ['at a reading: that is of the new one', '0:100 10:5 20:8', [change(10, 110, 5)], [10, 20], [10, 13]],
    ['at a reading that differs from its first', '0:100 10:6 20:8', [change(10, 110, 5)], [10, 20], [11, 13]],
    ['with another multiplier', '0:100 20:8', [change(10, 110, 3, 4)], [5, 10, 15, 20], [5, 10, 22, 30]],
    ['two, out of order', '0:0 30:9', [change(20, 14, 1), change(10, 5, 2, 2)], [10, 20, 30], [5, 29, 45]],
    ['after the last reading', '0:0', [change(10, 5, 2)], [5, 10], [2, 5]],
    ['before the first', '10:7 20:9', [change(0, 50, 2)], [0, 5, 20], [0, 2, 7]],
    ['without readings', '', [change(10, 5, 2)], [10, 11], [0, 'missing']],
  ] as const)('replaced %s', (_name, text, changes, minutes, values) => {
    const counter = read(text, {}, ...changes);
    expect(minutes.map((m) => at(counter, m))).toEqual(values);
    expect(events(counter).filter((e) => e.startsWith('replacement'))).toHaveLength(changes.length);
  });

  test('the old register must not fall', () => {
    const counter = read('0:100 20:8', {}, change(10, 90, 3));
    expect(events(counter)).toEqual(['unknown-drop 0-10', 'replacement 10-10']);
    expect([5, 15].map((m) => at(counter, m))).toEqual(['missing', 3]);
  });

  test('a whole stretch', () => {
    const counter = read('0:100 90:130 180:20', { multiplier: 3, onDrop: 'restart' });
    expect(stretchOf(counter, 0)).toEqual({ from: 0, to: 90 * MINUTE, increment: 30, multiplier: 3, start: 0 });
    expect(stretchOf(counter, 1)).toEqual({
      from: 90 * MINUTE,
      to: 180 * MINUTE,
      increment: 20,
      multiplier: 3,
      start: 90,
    });
    expect(stretchOf(read('0:9 10:5'), 0).increment).toBe(0);
    expect(cumulativeAt(counter, 2)).toBe(150);
  });

  test('interpolation in doubles and in bigints', () => {
    fc.assert(
      fc.property(
        fc.nat(2 ** 40),
        fc.nat(2 ** 40),
        fc.nat(1000),
        fc.integer({ min: 1, max: 1000 }),
        (face, increment, ms, more) => {
          const span = ms + more;
          const small = interpolate(face, increment, ms, span);
          const scaled = interpolate(face, increment, ms * 2 ** 20, span * 2 ** 20);
          expect(scaled).toBe(small);
          const exact = (increment * ms) / span;
          expect(Math.abs(small - exact)).toBeLessThanOrEqual(0.5 + 1e-3);
        },
      ),
    );
    expect(interpolate(1, 1, 1, 2)).toBe(1);
    expect(interpolate(2, 1, 1, 2)).toBe(0);
    expect(interpolate(1, 2 ** 50 + 1, 2 ** 20, 2 ** 21)).toBe(2 ** 49 + 1);
    expect(interpolate(2, 2 ** 50 + 1, 2 ** 20, 2 ** 21)).toBe(2 ** 49);
  });

  test('any cut sums to the last minus the first', () => {
    const rises = fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: -30, max: 90 })), {
      minLength: 2,
      maxLength: 20,
    });
    fc.assert(
      fc.property(
        rises,
        fc.array(fc.integer({ min: 0, max: 1199 }), { maxLength: 12 }),
        fc.constantFrom('restart', 'hold'),
        (list, cuts, onDrop) => {
          let [minute, face] = [0, 500];
          const rows = list.map(([dt, rise]) => {
            minute += dt;
            face = (face + rise + 1000) % 1000;
            return `${minute}:${face}`;
          });
          const counter = read(rows.join(' '), {
            modulus: 1000,
            greatest: 5400,
            onDrop: onDrop as 'hold',
            multiplier: 3,
          });
          const first = (counter.times[0] ?? 0) / MINUTE;
          const inside = cuts.map((c) => first + (c % Math.max(1, minute - first))).sort((a, b) => a - b);
          const edges = [first, ...inside, minute].map((m) => at(counter, m) as number);
          const sum = edges.slice(1).reduce((total, value, i) => total + value - (edges[i] ?? 0), 0);
          expect(sum).toBe(cumulativeAt(counter, counter.times.length - 1) - cumulativeAt(counter, 0));
        },
      ),
    );
  });
});

describe('a level', () => {
  const level = (text: string, minute: number): string => {
    const got = levelAt(usable(series(text)), 60 * MINUTE, minute * MINUTE);
    return got.kind === 'missing'
      ? got.kind
      : got.kind === 'measured'
        ? `${got.steps}`
        : `${got.steps} in ${got.from / MINUTE}-${got.to / MINUTE}`;
  };
  test.each([
    ['0:10 60:20', 0, '10'],
    ['0:10 60:20', 30, '15'],
    ['0:10 60:20', 60, '20'],
    ['0:10 60:20', 61, 'missing'],
    ['0:10 60:20', -1, 'missing'],
    ['0:10 61:71', 30, '40 in 0-61'],
    ['0:0 2:1', 1, '0'],
    ['0:1 2:2', 1, '2'],
    ['0:20 60:10', 15, '18'],
    ['0:10 30:99b 60:20', 30, '15'],
    ['0:10 30:99u 60:20', 30, '99'],
    ['', 0, 'missing'],
  ])('of %s at %i is %s', (text, minute, value) => expect(level(text, minute)).toBe(value));

  test('without bad readings it is the same series', () => {
    const good = series('0:1 1:2u');
    expect(usable(good)).toBe(good);
    const mended = usable(series('0:1 1:2b 2:3u'));
    expect([...mended.times, ...mended.values, ...mended.quality]).toEqual([0, 2 * MINUTE, 1, 3, GOOD, UNCERTAIN]);
  });
});

describe('a rate', () => {
  const HOURLY = 60 * MINUTE;
  /** The integral in step × minutes, and the minutes covered. */
  const run = (text: string, sloped: boolean, from: number, to: number, gap = 60): [string, number] => {
    const rate = readRate(series(text), sloped, gap * MINUTE);
    const { n, d } = integral(rate, from * MINUTE, to * MINUTE);
    return [show({ n, d: d * BigInt(MINUTE) }), coveredMs(rate, from * MINUTE, to * MINUTE) / MINUTE];
  };
  test.each([
    ['sloped', '0:10 10:20', true, 0, 10, '150', 10],
    ['sloped, a part', '0:10 10:20', true, 0, 5, '125/2', 5],
    ['sloped, an inner part', '0:10 10:20', true, 4, 6, '30', 2],
    ['stepped', '0:10 10:20', false, 0, 10, '100', 10],
    ['stepped, a part', '0:10 10:20 20:0', false, 5, 15, '150', 10],
    ['the later bad: the earlier holds', '0:10 10:90b', true, 0, 10, '100', 10],
    ['the earlier bad: nothing', '0:10b 10:20 20:20', true, 0, 20, '200', 10],
    ['exactly the gap', '0:10 60:10', true, 0, 60, '600', 60],
    ['over the gap: nothing', '0:10 61:10 62:10', true, 0, 62, '10', 1],
    ['falling', '0:20 10:-20', true, 0, 10, '0', 10],
    ['before and after the data', '0:10 10:10', true, -5, 15, '100', 10],
    ['before all of it', '10:10 20:10', true, 0, 5, '0', 0],
    ['within the outage', '0:10 100:10', true, 20, 30, '0', 0],
    ['no readings', '', true, 0, 5, '0', 0],
    ['uncertain is data', '0:10u 10:10u', true, 0, 10, '100', 10],
  ] as const)('%s', (_name, text, sloped, from, to, area, covered) => {
    expect(run(text, sloped, from, to)).toEqual([area, covered]);
  });

  test('large values are summed in bigints, the same', () => {
    const rows = Array.from({ length: 40 }, (_, i) => `${i * 30}:${(i * 7_919) % 100}`);
    const huge = rows.map((row) => `${row}000000000000`);
    for (const sloped of [true, false]) {
      const [small] = run(rows.join(' '), sloped, 13, 1100);
      const [large] = run(huge.join(' '), sloped, 13, 1100);
      const [n = 0n, d = 1n] = small.split('/').map(BigInt);
      expect(large).toBe(show(ratio(n * 10n ** 12n, d)));
    }
    expect(run('0:900000000000000 30:5b 60:900000000000000 90:1', true, 0, 90)[1]).toBe(60);
  });

  test('rounded integrals from an anchor sum', () => {
    const rate = readRate(series('0:1 6000:1'), true, Number.POSITIVE_INFINITY);
    const quantity = (from: number, to: number): number =>
      rateQuantity(rate, from * HOURLY, to * HOURLY, 0, stepOf(ratio(1, 10)), stepOf(ratio(1)));
    // 0.1 an hour: 0.8 → 1, 1.6 → 2, 2.4 → 2, 3.2 → 3
    expect([quantity(0, 8), quantity(8, 16), quantity(16, 24), quantity(24, 32), quantity(0, 32)]).toEqual([
      1, 1, 0, 1, 3,
    ]);
  });

  // OPC 10000-13, Historian 1, TimeAverage2 over 5 s: sloped, bad ends the data, a lone start is uncertain.
  test('time averages of OPC 10000-13, bad stretch and all', () => {
    const historian = series('10:10 20:20 30:30 40:40b 50:50 60:60 70:70u 80:80 90:90', 1000);
    const rate = readRate(historian, true, Number.POSITIVE_INFINITY);
    const expected = `
      0 - | 5 - | 10 12.5 | 15 17.5 | 20 22.5 | 25 27.5 | 30 30 u | 35 30 u | 40 - | 45 - | 50 52.5 | 55 57.5
      | 60 62.5 u | 65 67.5 u | 70 72.5 u | 75 77.5 u | 80 82.5 | 85 87.5 | 90 90 u | 95 -`;
    const told = Array.from({ length: 20 }, (_, i) => {
      const from = i * 5000;
      const average = timeAverage(rate, [{ from, to: from + 5000 }]);
      // In 30–40 the slope ends in a bad value: the earlier holds, and OPC calls that uncertain.
      const doubt = average?.uncertain ? ' u' : '';
      return `${i * 5} ${average ? toNumber(average.mean) : '-'}${doubt}`;
    });
    expect(told).toEqual(expected.split('|').map((row) => row.trim()));
  });

  test('an average over parts weighs them by the time with data', () => {
    const rate = readRate(series('0:10 10:10 20:40 30:40'), false, 10 * MINUTE);
    const average = timeAverage(rate, [
      { from: 0, to: 5 * MINUTE },
      { from: 20 * MINUTE, to: 40 * MINUTE },
    ]);
    expect(average && [toNumber(average.mean), average.coveredMs / MINUTE, average.uncertain]).toEqual([30, 15, true]);
    expect(timeAverage(rate, [])).toBeUndefined();
    expect(timeAverage(rate, [{ from: 31 * MINUTE, to: 40 * MINUTE }])).toBeUndefined();
    const whole = timeAverage(rate, [{ from: 0, to: 30 * MINUTE }]);
    expect(whole && [show(whole.mean), whole.uncertain]).toEqual(['20', false]);
  });
});

describe('samples', () => {
  const point = {
    id: 'Q',
    delayMs: 10,
    counts: ['routine'],
    replacedBy: ['re-test', 'arbitration'],
  } as unknown as SamplePoint;
  const sample = (id: string, time: number, more: Partial<SampleFact> = {}): SampleFact =>
    ({ point: 'Q', id, time, kind: 'routine', value: time, recordedAt: time, ...more }) as unknown as SampleFact;
  const told = (...facts: SampleFact[]): string[] =>
    countingSamples(point, facts).map(
      (lot) =>
        `${lot.id}@${lot.at}${lot.over ? `[${lot.over.from},${lot.over.to})` : ''}=${lot.value}${lot.n === undefined ? '' : ` ${lot.k}/${lot.n}`}${lot.replacedBy ? ` by ${lot.replacedBy}` : ''}`,
    );

  test.each([
    [
      'booked earlier by the delay, in order',
      [sample('b', 30), sample('a', 20), sample('c', 20)],
      ['a@10=20', 'c@10=20', 'b@20=30'],
    ],
    ['of this point and kind only', [sample('a', 20, { point: 'X' }), sample('b', 20, { kind: 'spot' })], []],
    ['a composite by its interval', [sample('a', 40, { from: 20, to: 40 })], ['a@30[10,30)=40']],
    ['half an interval is none', [sample('a', 40, { from: 20 }), sample('b', 40, { to: 40 })], ['a@30=40', 'b@30=40']],
    [
      'a repeat gives its figures',
      [sample('a', 20), sample('r', 50, { kind: 're-test', of: 'a', k: 3, n: 4 })],
      ['a@10=50 3/4 by r'],
    ],
    [
      'a repeat of a kind not declared does not',
      [sample('a', 20), sample('r', 50, { kind: 'spot', of: 'a' })],
      ['a@10=20'],
    ],
    ['nor one that names none', [sample('a', 20), sample('r', 50, { kind: 're-test' })], ['a@10=20']],
    [
      'the one sampled last',
      [
        sample('a', 20),
        sample('r', 60, { kind: 're-test', of: 'a', recordedAt: 1 }),
        sample('s', 50, { kind: 'arbitration', of: 'a' }),
      ],
      ['a@10=60 by r'],
    ],
    [
      'then recorded last',
      [
        sample('a', 20),
        sample('r', 50, { kind: 're-test', of: 'a', recordedAt: 9, value: 1 }),
        sample('s', 50, { kind: 're-test', of: 'a', recordedAt: 8, value: 2 }),
      ],
      ['a@10=1 by r'],
    ],
    [
      'then the greater id',
      [
        sample('a', 20),
        sample('s', 50, { kind: 're-test', of: 'a', value: 1 }),
        sample('r', 50, { kind: 're-test', of: 'a', value: 2 }),
      ],
      ['a@10=1 by s'],
    ],
  ])('%s', (_name, facts, lots) => {
    expect(told(...facts)).toEqual(lots);
    expect(told(...[...facts].reverse())).toEqual(lots);
  });
});
