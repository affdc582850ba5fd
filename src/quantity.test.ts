// Numbers: exact, rounded half-even once, split without loss; units that convert; intervals that are half-open.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  add,
  amountFen,
  amountScale,
  commonStep,
  compare,
  contains,
  conversion,
  decimalPlaces,
  divide,
  divideHalfEven,
  formatFen,
  formatRatio,
  formatSteps,
  fromSteps,
  hoursOf,
  type Interval,
  intersect,
  lengthMs,
  MEASURES,
  type Measure,
  maximum,
  minimum,
  multiply,
  multiplyDivide,
  negate,
  normalise,
  ONE,
  parseDecimal,
  parseMeasure,
  parseStep,
  perMeasure,
  type Ratio,
  ratio,
  roundRatio,
  type Step,
  sameDimensions,
  splitLargestRemainder,
  stepOf,
  subtract,
  sumExact,
  timesMeasure,
  toNumber,
  toSafe,
  toSteps,
  without,
  ZERO,
} from './quantity.ts';

/** `3/4`, `-2` → an exact ratio. */
const q = (text: string): Ratio => {
  const [n = '', d = '1'] = text.split('/');
  return ratio(BigInt(n), BigInt(d));
};
const show = ({ n, d }: Ratio): string => {
  const low = ratio(n, d);
  return low.d === 1n ? `${low.n}` : `${low.n}/${low.d}`;
};
const step = (text: string): Step => parseStep(text) as Step;
const rows = (text: string): string[][] =>
  text
    .trim()
    .split('\n')
    .map((row) => row.trim().split(/\s+/));

describe('ratios', () => {
  test.each(
    rows(`
    1/2  1/3   5/6   1/6   1/6   3/2   1
    1/2  1/2   1     0     1/4   1     0
    -1/2 1/3   -1/6  -5/6  -1/6  -3/2  -1
    0    -7/3  -7/3  7/3   0     0     1
    -3   -4    -7    1     12    3/4   1
    2/3  -4/5  -2/15 22/15 -8/15 -5/6  1`),
  )(
    '%s and %s: sum %s, difference %s, product %s, quotient %s, order %s',
    (a, b, sum, less, product, quotient, order) => {
      const [x, y] = [q(a as string), q(b as string)];
      expect([add(x, y), subtract(x, y), multiply(x, y), divide(x, y)].map(show)).toEqual([
        sum,
        less,
        product,
        quotient,
      ]);
      expect([add, subtract, multiply, divide].every((f) => f(x, y).d > 0n)).toBe(true);
      expect(compare(x, y)).toBe(Number(order));
      expect(show(minimum(x, y))).toBe(order === '1' ? b : a);
      expect(show(maximum(x, y))).toBe(order === '-1' ? b : a);
      expect(minimum(x, y)).toBe(order === '1' ? y : x);
      expect(maximum(x, y)).toBe(order === '-1' ? y : x);
      expect(show(negate(x))).toBe(show(subtract(ZERO, x)));
    },
  );

  test('lowest terms, the sign above, never over zero', () => {
    expect(ratio(-6, -4)).toEqual({ n: 3n, d: 2n });
    expect(ratio(6, -4)).toEqual({ n: -3n, d: 2n });
    expect(ratio(0, -5)).toEqual({ n: 0n, d: 1n });
    expect(ratio(7)).toEqual({ n: 7n, d: 1n });
    expect(() => ratio(1, 0)).toThrow('ratio: division by zero');
    expect(() => divide(ONE, ZERO)).toThrow('ratio: division by zero');
  });

  test('long digits are shortened, short ones are left', () => {
    const long = { n: 6n << 256n, d: 4n << 256n };
    expect(multiply(long, ONE)).toEqual({ n: 3n, d: 2n });
    expect(add(long, long)).toEqual({ n: 3n, d: 1n });
    expect(multiply({ n: 2n, d: 4n }, ONE)).toEqual({ n: 2n, d: 4n });
    expect(multiply({ n: 2n << 255n, d: 1n << 256n }, ONE).d).toBe(1n << 256n);
  });

  test.each([
    ['1/3', 1 / 3],
    ['-2/3', -2 / 3],
    ['0', 0],
    ['9007199254740993/2', 4503599627370496],
    ['9007199254740993', 9007199254740992],
    ['9007199254740995', 9007199254740996],
    ['-9007199254740995', -9007199254740996],
    ['1/9007199254740993', 1.1102230246251564e-16],
    ['18014398509481985/9007199254740991', 2.0000000000000004],
    ['100000000000000000000000000001/100000000000000000000000000000', 1],
  ])('%s as the nearest double', (text, value) => expect(toNumber(q(text))).toBe(value));

  test('the nearest double, however long', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 90n), max: 2n ** 90n }), fc.bigInt({ min: 1n, max: 2n ** 90n }), (n, d) => {
        const near = toNumber({ n, d });
        const error = (x: number): Ratio => {
          const [m, e] = [x, 0];
          // A double as an exact ratio: scale until it is whole.
          let [top, power] = [m, e];
          while (!Number.isInteger(top)) [top, power] = [top * 2, power + 1];
          const off = subtract(ratio(BigInt(top), 1n << BigInt(power)), ratio(n, d));
          return off.n < 0n ? negate(off) : off;
        };
        const ulp = Math.max(Math.abs(near) * Number.EPSILON, Number.MIN_VALUE);
        for (const other of [near + ulp / 2, near - ulp / 2, near + ulp, near - ulp])
          expect(compare(error(near), error(other))).toBeLessThanOrEqual(0);
      }),
      { numRuns: 300 },
    );
  });
});

describe('rounding half-even', () => {
  test.each(
    rows(`
    5 2 2
    7 2 4
    -5 2 -2
    -7 2 -4
    1 2 0
    3 2 2
    -1 2 0
    -3 2 -2
    7 3 2
    8 3 3
    -7 3 -2
    -8 3 -3
    6 3 2
    0 9 0`),
  )('%s ÷ %s → %s', (n, d, whole) => {
    expect(divideHalfEven(BigInt(n as string), BigInt(d as string))).toBe(BigInt(whole as string));
    expect(multiplyDivide(Number(n), 1, Number(d))).toBe(Number(whole));
    expect(roundRatio(ratio(Number(n), Number(d)))).toBe(Number(whole));
  });

  test('doubles and bigints say the same, at the edge of both too', () => {
    const near = fc.oneof(
      fc.integer({ min: -1000, max: 1000 }),
      fc.maxSafeInteger(),
      fc.integer({ min: -40, max: 40 }).map((x) => 2 ** 52 + x),
    );
    fc.assert(
      fc.property(near, fc.integer({ min: -3, max: 3 }), fc.integer({ min: 1, max: 1_000_000 }), (a, b, c) => {
        const exact = divideHalfEven(BigInt(a) * BigInt(b), BigInt(c));
        if (exact > BigInt(Number.MAX_SAFE_INTEGER) || exact < -BigInt(Number.MAX_SAFE_INTEGER)) {
          expect(() => multiplyDivide(a, b, c)).toThrow('beyond 2^53');
        } else expect(multiplyDivide(a, b, c)).toBe(Number(exact));
      }),
      { numRuns: 1000 },
    );
    expect(Object.is(multiplyDivide(-1, 1, 3), 0)).toBe(true);
    expect(multiplyDivide(Number.MAX_SAFE_INTEGER, 1, 2)).toBe(2 ** 52);
    expect(multiplyDivide(-Number.MAX_SAFE_INTEGER, 1, 2)).toBe(-(2 ** 52));
    expect(multiplyDivide(Number.MAX_SAFE_INTEGER, 3, 6)).toBe(2 ** 52);
    for (const edge of [2 ** 53 - 1, 2 ** 53 - 2, 2 ** 53 - 3, -(2 ** 53) + 1, -(2 ** 53) + 2, -(2 ** 53) + 3])
      for (let c = 1; c < 2000; c++)
        expect(multiplyDivide(edge, 1, c)).toBe(Number(divideHalfEven(BigInt(edge), BigInt(c))));
  });

  test('beyond 2^53 nothing is said rather than something wrong', () => {
    expect(toSafe(2n ** 53n - 1n)).toBe(Number.MAX_SAFE_INTEGER);
    expect(() => toSafe(2n ** 53n)).toThrow('the integer 9007199254740992 is beyond 2^53');
    expect(() => toSafe(-(2n ** 53n))).toThrow(RangeError);
    expect(sumExact([2 ** 52, -1, 5])).toBe(2 ** 52 + 4);
    expect(sumExact([])).toBe(0);
    expect(() => sumExact([Number.MAX_SAFE_INTEGER, 1])).toThrow('the sum is beyond 2^53');
  });
});

describe('decimals', () => {
  test.each(
    rows(`
    12.50  25/2
    -12.50 -25/2
    +1     1
    .5     1/2
    5.     5
    1e3    1000
    1E-3   1/1000
    1.5e+2 150
    2.5e0  5/2
    007    7
    1e40   10000000000000000000000000000000000000000`),
  )('%s is %s', (text, value) => expect(show(parseDecimal(text as string) as Ratio)).toBe(value));

  test.each([
    '',
    'NaN',
    '1,000',
    '1e',
    'e5',
    '1.2.3',
    '--1',
    '.',
    '1e1000',
    '1e41',
    '1e-41',
    '1'.repeat(41),
    ' 1',
    '1 ',
    '0x1',
    '1e-40.5',
  ])('%j is no decimal', (text) => expect(parseDecimal(text)).toBeUndefined());
  test('as many as 40 digits', () => {
    expect(parseDecimal('1'.repeat(40))?.n).toBe(BigInt('1'.repeat(40)));
    expect(parseDecimal('1e-40')).toEqual({ n: 1n, d: 10n ** 40n });
    expect(parseDecimal(`0.${'0'.repeat(38)}1`)).toEqual({ n: 1n, d: 10n ** 39n });
  });

  test.each([
    ['1/3', 2, '0.33'],
    ['1/8', 2, '0.12'],
    ['3/8', 2, '0.38'],
    ['-1/8', 2, '-0.12'],
    ['-1/1000', 2, '0.00'],
    ['5', 0, '5'],
    ['-5/2', 0, '-2'],
    ['1/100', 3, '0.010'],
    ['123456', 1, '123456.0'],
  ])('%s to %i places is %s', (text, places, shown) => expect(formatRatio(q(text), places)).toBe(shown));

  test.each([
    ['1/2', 1],
    ['3', 0],
    ['1/8', 3],
    ['1/50', 2],
    ['7/20', 2],
    ['1/3', undefined],
    ['0', 0],
  ])('%s needs %s places', (text, places) => expect(decimalPlaces(q(text))).toBe(places));
  test('40 places and no more', () => {
    expect(decimalPlaces({ n: 1n, d: 10n ** 40n })).toBe(40);
    expect(decimalPlaces({ n: 1n, d: 10n ** 41n })).toBeUndefined();
  });

  test('steps', () => {
    expect(parseStep('0.001')).toEqual({ size: { n: 1n, d: 1000n }, places: 3 });
    expect(parseStep('0')).toBeUndefined();
    expect(parseStep('-1')).toBeUndefined();
    expect(parseStep('x')).toBeUndefined();
    expect(stepOf({ n: 5n, d: 10n })).toEqual({ size: { n: 1n, d: 2n }, places: 1 });
    expect(() => stepOf(ratio(1, 3))).toThrow('a step is a positive decimal');
    expect(() => stepOf(ratio(-1))).toThrow('a step is a positive decimal');
    expect(() => stepOf(ZERO)).toThrow('a step is a positive decimal');
    expect(toSteps(q('5/4'), step('0.5'))).toBe(2);
    expect(toSteps(q('7/4'), step('0.5'))).toBe(4);
    expect(show(fromSteps(3, step('0.5')))).toBe('3/2');
    expect(toSteps(q('9/2'), step('1.5'))).toBe(3);
    expect(toSteps(q('6'), step('4'))).toBe(2);
    expect(show(fromSteps(3, step('1.5')))).toBe('9/2');
    expect(formatSteps(-7, step('0.25'))).toBe('-1.75');
    expect(show(commonStep(step('0.2'), step('0.5')).size)).toBe('1/10');
    expect(show(commonStep(step('4'), step('6')).size)).toBe('2');
    expect(show(commonStep(step('0.01'), step('0.01')).size)).toBe('1/100');
  });
});

describe('money', () => {
  test.each(
    rows(`
    0.001 0.0001 1 100000
    1     1      100 1
    0.5   0.02   1 1
    0.2   0.01   1 5
    3     0.01   3 1`),
  )('a step of %s at a price step of %s: × %s ÷ %s', (quantity, price, times, by) =>
    expect(amountScale(step(quantity as string), step(price as string))).toEqual({
      times: Number(times),
      by: Number(by),
    }),
  );

  test('exact, then half-even to fen', () => {
    const scale = amountScale(step('0.001'), step('0.0001'));
    expect(amountFen(200_977, 1_280_000, scale)).toBe(2_572_506);
    expect(amountFen(5, 10_000, scale)).toBe(0);
    expect(amountFen(15, 10_000, scale)).toBe(2);
    expect(amountFen(-15, 10_000, scale)).toBe(-2);
    expect(amountFen(3, 7, { times: 3, by: 2 })).toBe(32);
    expect(amountFen(94_906_267, 94_906_267, { times: 1, by: 1_000_000 })).toBe(9_007_199_516);
    expect(amountFen(-94_906_267, 94_906_267, { times: 1, by: 1_000_000 })).toBe(-9_007_199_516);
    expect(() => amountFen(2 ** 40, 2 ** 40, { times: 1, by: 1 })).toThrow('beyond 2^53');
  });

  test.each([
    [-12_345, '-123.45'],
    [5, '0.05'],
    [0, '0.00'],
    [100_000, '1000.00'],
  ])('%i fen is %s', (fen, text) => expect(formatFen(fen)).toBe(text));
});

describe('largest remainder', () => {
  test.each([
    [100, '3 4', '43 57'],
    [-100, '3 4', '-43 -57'],
    [1, '1 1', '1 0'],
    [-1, '1 1', '-1 0'],
    [2, '1 1 1', '1 1 0'],
    [7, '0 0', '4 3'],
    [0, '0 0', '0 0'],
    [0, '5 6', '0 0'],
    [10, '1/3 1/6', '7 3'],
    [10, '0 1', '0 10'],
    [118, '2 8 2', '20 79 19'],
    [10, '1/6 1/4 1/6', '3 4 3'],
    [3, '1 1 1 1 1', '1 1 1 0 0'],
    [3, '5', '3'],
  ])('%i over %s is %s', (total, weights, parts) => {
    expect(splitLargestRemainder(total, weights.split(' ').map(q))).toEqual(parts.split(' ').map(Number));
  });

  test('nothing to split over, negative weights', () => {
    expect(splitLargestRemainder(0, [])).toEqual([]);
    expect(() => splitLargestRemainder(1, [])).toThrow('nothing to split over');
    expect(() => splitLargestRemainder(1, [q('-1'), q('2')])).toThrow('a weight is negative');
    expect(splitLargestRemainder(-1, [q('1'), q('0')]).every((part) => !Object.is(part, -0))).toBe(true);
  });

  test('sums to the whole, each part within one of its share', () => {
    const weight = fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 12n }), fc.bigInt({ min: 1n, max: 10n ** 6n }));
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.array(weight, { minLength: 1, maxLength: 8 }), (total, list) => {
        const weights = list.map(([n, d]) => ratio(n, d));
        const parts = splitLargestRemainder(total, weights);
        expect(parts.map(BigInt).reduce((a, b) => a + b)).toBe(BigInt(total));
        const all = weights.reduce(add);
        if (all.n === 0n) return;
        for (const [i, part] of parts.entries()) {
          const off = subtract(ratio(part), divide(multiply(ratio(total), weights[i] as Ratio), all));
          expect(compare(off.n < 0n ? negate(off) : off, ONE)).toBe(-1);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('units of measure', () => {
  const unit = (text: string): Measure => parseMeasure(text) as Measure;
  test.each(
    rows(`
    kWh MJ 18/5
    MWh kWh 1000
    t kg 1000
    g kg 1/1000
    mg g 1/1000
    L m³ 1/1000
    mL L 1/1000
    m3 m³ 1
    Nm3 Nm³ 1
    km m 1000
    cm m 1/100
    mm cm 1/10
    m2 m² 1
    m² m·m 1
    m³ m*m² 1
    GJ MJ 1000
    kJ MJ 1/1000
    kgce MJ 73269/2500
    tce kgce 1000
    kW kWh/h 1
    MW kW 1000
    kW MJ/s 1/1000
    min h 1/60
    s min 1/60
    d h 24
    元 yuan 1
    万元 元 10000
    fen yuan 1/100
    °C degC 1
    kPa MPa 1/1000
    % 1 1/100
    ‰ % 1/10
    ppm % 1/10000
    t/h kg/min 50/3
    yuan/t fen/kg 1/10
    kWh/(t·h) kW/t 1
    pcs pcs 1
    kvarh kvarh 1`),
  )('1 %s is %s × %s', (from, to, factor) =>
    expect(show(conversion(unit(from as string), unit(to as string)))).toBe(factor),
  );

  test.each(rows('Nm³ m³\nt/h h\n1 t\nt 1\nkvarh kWh\nt m³\ndegC 1\nkW kWh\nm² m\nt/h t\nyuan pcs\nMPa MJ'))(
    '%s is not %s',
    (a, b) => {
      expect(sameDimensions(unit(a as string), unit(b as string))).toBe(false);
      expect(() => conversion(unit(a as string), unit(b as string))).toThrow(`${a} is not a kind of ${b}`);
    },
  );

  test.each(['', ' ', 'x', 't/', '/t', 't//h', '(t', 't)', 't h', '()', 't*', 't/(h', 't/(x)', `t${'*t'.repeat(20)}`])(
    '%j is no unit',
    (text) => expect(parseMeasure(text)).toBeUndefined(),
  );

  test('text, products and quotients', () => {
    expect(unit(' kWh/(t·h) ').text).toBe('kWh/(t·h)');
    expect(parseMeasure(`t${'*1'.repeat(19)}`)?.dimensions).toEqual(new Map([['mass', 1]]));
    expect(parseMeasure('bag', new Map([['bag', unit('kg')]]))?.text).toBe('bag');
    const [t, h, pure] = [unit('t'), unit('h'), unit('1')];
    expect(perMeasure(t, h).text).toBe('t/h');
    expect(perMeasure(t, pure).text).toBe('t');
    expect(perMeasure(pure, h).text).toBe('1/h');
    expect(timesMeasure(pure, h).text).toBe('h');
    expect(timesMeasure(t, pure).text).toBe('t');
    expect(timesMeasure(t, h).text).toBe('t·h');
    expect(perMeasure(t, timesMeasure(t, h)).text).toBe('t/(t·h)');
    expect(timesMeasure(t, perMeasure(t, h)).text).toBe('t·(t/h)');
    expect(perMeasure(t, t).dimensions.size).toBe(0);
    expect(timesMeasure(h, perMeasure(t, h)).dimensions).toEqual(new Map([['mass', 1]]));
    expect([...MEASURES].every(([text, measure]) => measure.text === text && measure.factor.n > 0n)).toBe(true);
  });
});

describe('intervals', () => {
  /** `1-3 5-8` → intervals. */
  const parts = (text: string): Interval[] =>
    text
      .split(' ')
      .filter(Boolean)
      .map((part) => {
        const [from = 0, to = 0] = part.split('-').map(Number);
        return { from, to };
      });
  const text = (list: readonly Interval[]): string => list.map(({ from, to }) => `${from}-${to}`).join(' ');

  test.each([
    ['5-8 1-3', '1-3 5-8'],
    ['1-3 3-5', '1-5'],
    ['1-3 2-5 4-6', '1-6'],
    ['1-9 2-3', '1-9'],
    ['2-2 5-4 1-2', '1-2'],
    ['1-2 1-5', '1-5'],
    ['', ''],
  ])('%s joined is %s', (from, to) => expect(text(normalise(parts(from)))).toBe(to));

  test.each([
    ['1-5', '3-8', '3-5', '1-3'],
    ['1-5', '5-8', '', '1-5'],
    ['1-9', '2-3 4-6', '2-3 4-6', '1-2 3-4 6-9'],
    ['1-3 5-8', '2-6', '2-3 5-6', '1-2 6-8'],
    ['1-5', '1-5', '1-5', ''],
    ['1-5', '0-9', '1-5', ''],
    ['1-5', '', '', '1-5'],
    ['', '1-5', '', ''],
    ['3-5', '1-3', '', '3-5'],
    ['1-5', '1-2', '1-2', '2-5'],
    ['1-5', '4-5', '4-5', '1-4'],
  ])('%s and %s: both %s, without %s', (a, b, both, less) => {
    expect(text(intersect(parts(a), parts(b)))).toBe(both);
    expect(text(without(parts(a), parts(b)))).toBe(less);
  });

  test('half-open, and as long as they are', () => {
    const one = { from: 2, to: 5 };
    expect([1, 2, 4, 5].map((at) => contains(one, at))).toEqual([false, true, true, false]);
    expect(lengthMs(parts('1-3 5-8'))).toBe(5);
    expect(lengthMs([])).toBe(0);
    expect(show(hoursOf(5_400_000))).toBe('3/2');
  });
});
