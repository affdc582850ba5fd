// What a number is here: exact ratios, decimals held as integers of a declared step, units of measure, money in integer
// fen, and half-open intervals of instants. It deliberately knows nothing of plants, and no float ever stands for money.

// ── exact ratios ───────────────────────────────────────────────────────────────────────────────────────────────────

/** An exact rational; `d` is positive. Not kept in lowest terms: `reduce` is called when the digits grow long. */
export interface Ratio {
  readonly n: bigint;
  readonly d: bigint;
}

const gcd = (a: bigint, b: bigint): bigint => {
  let x = a < 0n ? -a : a;
  let y = b < 0n ? -b : b;
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
};

const LONG = 1n << 256n;

/** `n / d` as an exact ratio, in lowest terms. Throws a RangeError when `d` is zero. */
export function ratio(n: bigint | number, d: bigint | number = 1n): Ratio {
  const top = BigInt(n);
  const bottom = BigInt(d);
  if (bottom === 0n) throw new RangeError('ratio: division by zero');
  const common = gcd(top, bottom) || 1n;
  const sign = bottom < 0n ? -1n : 1n;
  return { n: (sign * top) / common, d: (sign * bottom) / common };
}

const settle = (n: bigint, d: bigint): Ratio => (d > LONG ? ratio(n, d) : { n, d });

export const ZERO: Ratio = { n: 0n, d: 1n };
export const ONE: Ratio = { n: 1n, d: 1n };

export const add = (a: Ratio, b: Ratio): Ratio =>
  a.d === b.d ? settle(a.n + b.n, a.d) : settle(a.n * b.d + b.n * a.d, a.d * b.d);
export const subtract = (a: Ratio, b: Ratio): Ratio =>
  a.d === b.d ? settle(a.n - b.n, a.d) : settle(a.n * b.d - b.n * a.d, a.d * b.d);
export const multiply = (a: Ratio, b: Ratio): Ratio => settle(a.n * b.n, a.d * b.d);
/** `a / b`. Throws a RangeError when `b` is zero. */
export function divide(a: Ratio, b: Ratio): Ratio {
  if (b.n === 0n) throw new RangeError('ratio: division by zero');
  return b.n < 0n ? settle(-a.n * b.d, -a.d * b.n) : settle(a.n * b.d, a.d * b.n);
}
export const negate = (a: Ratio): Ratio => ({ n: -a.n, d: a.d });
/** Negative, zero or positive as `a` is less than, equal to or greater than `b`. */
export function compare(a: Ratio, b: Ratio): -1 | 0 | 1 {
  const left = a.n * b.d;
  const right = b.n * a.d;
  return left < right ? -1 : left > right ? 1 : 0;
}
export const minimum = (a: Ratio, b: Ratio): Ratio => (compare(b, a) < 0 ? b : a);
export const maximum = (a: Ratio, b: Ratio): Ratio => (compare(b, a) > 0 ? b : a);
/** The double nearest to `a`. */
export function toNumber(a: Ratio): number {
  const { n, d } = ratio(a.n, a.d);
  const [top, bottom] = [Number(n), Number(d)];
  if (Number.isSafeInteger(top) && Number.isSafeInteger(bottom)) return top / bottom;
  // A quotient of at least 66 bits whose last bit is set when digits were cut off rounds as the exact value does.
  const magnitude = n < 0n ? -n : n;
  const shift = Math.max(0, 66 + d.toString(2).length - magnitude.toString(2).length);
  const scaled = magnitude << BigInt(shift);
  const whole = scaled / d;
  const sticky = scaled % d === 0n ? whole : whole | 1n;
  return (n < 0n ? -1 : 1) * Number(sticky) * 2 ** -shift;
}

/** The integer nearest to `n / d` (`d` > 0), a tie going to the even one. */
export function divideHalfEven(n: bigint, d: bigint): bigint {
  let whole = n / d;
  let rest = n % d;
  if (rest < 0n) {
    rest += d;
    whole -= 1n;
  }
  const twice = rest * 2n;
  if (twice > d || (twice === d && (whole & 1n) === 1n)) whole += 1n;
  return whole;
}

/** `a` rounded half-even to an integer. Throws a RangeError beyond 2^53, where a number can no longer hold it. */
export const roundRatio = (a: Ratio): number => toSafe(divideHalfEven(a.n, a.d));

/** A figure too large to be held exactly. Settling turns it into a notice; it is never rounded off. */
export class BeyondRange extends RangeError {}

/** A bigint as a number. Throws BeyondRange from 2^53. */
export function toSafe(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new BeyondRange(`the integer ${value} is beyond 2^53`);
  return number;
}

/**
 * round-half-even(a × b ÷ c) of integers, `c` > 0: in doubles while the product is exact there, in bigints beyond.
 * Throws a RangeError when the result is beyond 2^53.
 */
export function multiplyDivide(a: number, b: number, c: number): number {
  const product = a * b;
  if (product > Number.MAX_SAFE_INTEGER || product < -Number.MAX_SAFE_INTEGER)
    return toSafe(divideHalfEven(BigInt(a) * BigInt(b), BigInt(c)));
  // Below 2^53 a quotient is further from the next integer than half its last place: trunc cannot land on the wrong one.
  let whole = Math.trunc(product / c);
  const rest = Math.abs(product - whole * c);
  const other = c - rest;
  if (rest > other || (rest === other && whole % 2 !== 0)) whole += product < 0 ? -1 : 1;
  return whole === 0 ? 0 : whole;
}

// ── decimals ───────────────────────────────────────────────────────────────────────────────────────────────────────

const DECIMAL = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(?:[eE]([+-]?\d{1,3}))?$/;

/**
 * The exact value of a decimal text such as `-12.50` or `1e-3`; undefined when it is not one (`NaN`, `1,000`, ``) or has
 * more than 40 digits, so that no text can ask for unbounded work.
 */
export function parseDecimal(text: string): Ratio | undefined {
  const match = DECIMAL.exec(text);
  if (!match) return undefined;
  const [, sign, body = '', power] = match;
  const point = body.indexOf('.');
  const digits = body.replace('.', '');
  const exponent = (power ? Number(power) : 0) - (point < 0 ? 0 : body.length - point - 1);
  if (digits.length > 40 || exponent > 40 || exponent < -40) return undefined;
  const n = BigInt(digits) * (sign === '-' ? -1n : 1n);
  return exponent >= 0 ? { n: n * 10n ** BigInt(exponent), d: 1n } : ratio(n, 10n ** BigInt(-exponent));
}

/** `a` as a decimal text with exactly `places` digits after the point, rounded half-even: `formatRatio(1/3, 2)` is `0.33`. */
export function formatRatio(a: Ratio, places: number): string {
  const scaled = divideHalfEven(a.n * 10n ** BigInt(places), a.d);
  const digits = (scaled < 0n ? -scaled : scaled).toString().padStart(places + 1, '0');
  const sign = scaled < 0n ? '-' : '';
  return places === 0 ? sign + digits : `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** The digits after the point that `a` needs when written exactly, or undefined when no decimal is exact. */
export function decimalPlaces(a: Ratio): number | undefined {
  const { d } = ratio(a.n, a.d);
  let power = 1n;
  for (let places = 0; places <= 40; places += 1) {
    if (power % d === 0n) return places;
    power *= 10n;
  }
  return undefined;
}

/** The grid on which a quantity, a rate or a price lives: its values are whole multiples of `size`. */
export interface Step {
  readonly size: Ratio;
  /** Digits after the point that show any multiple exactly. */
  readonly places: number;
}

/** A step from a decimal text such as `0.001`; undefined unless it is a positive decimal. */
export function parseStep(text: string): Step | undefined {
  const size = parseDecimal(text);
  return size && size.n > 0n ? stepOf(size) : undefined;
}

/** The step of a size that is a positive decimal. Throws a RangeError for one that is not (1/3). */
export function stepOf(size: Ratio): Step {
  const places = decimalPlaces(size);
  if (places === undefined || size.n <= 0n) throw new RangeError('a step is a positive decimal');
  return { size: ratio(size.n, size.d), places };
}

/** The coarsest step of which both are whole multiples. */
export function commonStep(a: Step, b: Step): Step {
  const d = a.size.d * b.size.d;
  return stepOf(ratio(gcd(a.size.n * b.size.d, b.size.n * a.size.d), d));
}

/** How many steps make `value`, rounded half-even: the one rounding at which a quantity, a rate or a price is born. */
export const toSteps = (value: Ratio, step: Step): number =>
  toSafe(divideHalfEven(value.n * step.size.d, value.d * step.size.n));
/** The exact value of `count` steps. */
export const fromSteps = (count: number, step: Step): Ratio => ({ n: BigInt(count) * step.size.n, d: step.size.d });
export const formatSteps = (count: number, step: Step): string => formatRatio(fromSteps(count, step), step.places);

// ── money ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** How steps of quantity times steps of price become fen: fen = quantity × price × `times` ÷ `by`. */
export interface AmountScale {
  readonly times: number;
  readonly by: number;
}

/** The scale between a quantity's step and a price's step (yuan per unit of the quantity). */
export function amountScale(quantity: Step, price: Step): AmountScale {
  const one = multiply(multiply(quantity.size, price.size), ratio(100n));
  const { n, d } = ratio(one.n, one.d);
  return { times: toSafe(n), by: toSafe(d) };
}

/**
 * The amount of `quantity` steps at `price` steps, in fen: the product is exact and rounded half-even once
 * (DESIGN: rounding). Throws a RangeError beyond 2^53 fen.
 */
export function amountFen(quantity: number, price: number, scale: AmountScale): number {
  const product = quantity * price;
  if (scale.times === 1 && product <= Number.MAX_SAFE_INTEGER && product >= -Number.MAX_SAFE_INTEGER)
    return multiplyDivide(product, 1, scale.by);
  return toSafe(divideHalfEven(BigInt(quantity) * BigInt(price) * BigInt(scale.times), BigInt(scale.by)));
}

/** A sum of integers that throws a RangeError rather than lose a fen beyond 2^53. */
export function sumExact(values: Iterable<number>): number {
  let sum = 0;
  for (const value of values) sum += value;
  if (!Number.isSafeInteger(sum)) throw new BeyondRange('the sum is beyond 2^53');
  return sum;
}

/** Fen as yuan with two digits: `-12345` is `-123.45`. */
export const formatFen = (fen: number): string => formatRatio({ n: BigInt(fen), d: 100n }, 2);

/**
 * `total` (an integer, either sign) split over non-negative `weights` so that the parts sum to it exactly: each part is
 * the floor of its share of the magnitude, and the units left over go to the largest remainders, the earlier index first
 * on a tie (Hamilton's method). All weights zero: everything is shared as if they were equal.
 */
export function splitLargestRemainder(total: number, weights: readonly Ratio[]): number[] {
  if (weights.length === 0) {
    if (total !== 0) throw new RangeError('nothing to split over');
    return [];
  }
  if (weights.some((w) => w.n < 0n)) throw new RangeError('a weight is negative');
  const flat = weights.every((w) => w.n === 0n) ? weights.map(() => ONE) : weights;
  const common = flat.reduce((d, w) => (d / gcd(d, w.d)) * w.d, 1n);
  const shares = flat.map((w) => (w.n * common) / w.d);
  const sum = shares.reduce((a, b) => a + b, 0n);
  const magnitude = BigInt(Math.abs(total));
  const parts = shares.map((share) => (magnitude * share) / sum);
  const rests = shares.map((share) => (magnitude * share) % sum);
  let left = magnitude - parts.reduce((a, b) => a + b, 0n);
  const order = rests.map((_, i) => i).sort((a, b) => compareBig(rests[b] ?? 0n, rests[a] ?? 0n) || a - b);
  for (const index of order) {
    if (left === 0n) break;
    parts[index] = (parts[index] ?? 0n) + 1n;
    left -= 1n;
  }
  return parts.map((part) => (total < 0 && part !== 0n ? -toSafe(part) : toSafe(part)));
}

const compareBig = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

// ── units of measure ───────────────────────────────────────────────────────────────────────────────────────────────

/** A unit of measure: how many base units one of it is, and of which dimensions (name → power, zero powers left out). */
export interface Measure {
  readonly text: string;
  readonly factor: Ratio;
  readonly dimensions: ReadonlyMap<string, number>;
}

export const PURE: Measure = { text: '1', factor: ONE, dimensions: new Map() };

const base = (text: string, factor: string, ...dimensions: [string, number][]): [string, Measure] => {
  const [top = '1', bottom = '1'] = factor.split('/');
  const value = divide(parseDecimal(top) ?? ONE, parseDecimal(bottom) ?? ONE);
  return [text, { text, factor: ratio(value.n, value.d), dimensions: new Map(dimensions) }];
};

/**
 * The units of measure every plant has. A normal cubic metre (Nm³) is an amount of gas, not a volume, so it cannot be
 * added to m³; degC is a scale of its own. kgce is 29.3076 MJ (GB/T 2589).
 */
export const MEASURES: ReadonlyMap<string, Measure> = new Map([
  ...[['1', '1'] as const, ['%', '1/100'] as const, ['‰', '1/1000'] as const, ['ppm', '1/1000000'] as const].map(
    ([t, f]) => base(t, f),
  ),
  base('t', '1000', ['mass', 1]),
  base('kg', '1', ['mass', 1]),
  base('g', '1/1000', ['mass', 1]),
  base('mg', '1/1000000', ['mass', 1]),
  base('m³', '1', ['length', 3]),
  base('m3', '1', ['length', 3]),
  base('L', '1/1000', ['length', 3]),
  base('mL', '1/1000000', ['length', 3]),
  base('Nm³', '1', ['normal volume', 1]),
  base('Nm3', '1', ['normal volume', 1]),
  base('m', '1', ['length', 1]),
  base('km', '1000', ['length', 1]),
  base('cm', '1/100', ['length', 1]),
  base('mm', '1/1000', ['length', 1]),
  base('m²', '1', ['length', 2]),
  base('m2', '1', ['length', 2]),
  base('kWh', '3.6', ['energy', 1]),
  base('MWh', '3600', ['energy', 1]),
  base('MJ', '1', ['energy', 1]),
  base('GJ', '1000', ['energy', 1]),
  base('kJ', '1/1000', ['energy', 1]),
  base('kgce', '29.3076', ['energy', 1]),
  base('tce', '29307.6', ['energy', 1]),
  base('kW', '3.6', ['energy', 1], ['time', -1]),
  base('MW', '3600', ['energy', 1], ['time', -1]),
  base('kvarh', '1', ['reactive energy', 1]),
  base('h', '1', ['time', 1]),
  base('min', '1/60', ['time', 1]),
  base('s', '1/3600', ['time', 1]),
  base('d', '24', ['time', 1]),
  base('yuan', '1', ['money', 1]),
  base('元', '1', ['money', 1]),
  base('万元', '10000', ['money', 1]),
  base('fen', '1/100', ['money', 1]),
  base('pcs', '1', ['count', 1]),
  base('degC', '1', ['temperature', 1]),
  base('°C', '1', ['temperature', 1]),
  base('MPa', '1', ['pressure', 1]),
  base('kPa', '1/1000', ['pressure', 1]),
]);

const combine = (a: Measure, b: Measure, power: 1 | -1, text: string): Measure => {
  const dimensions = new Map(a.dimensions);
  for (const [name, exponent] of b.dimensions) {
    const sum = (dimensions.get(name) ?? 0) + power * exponent;
    if (sum === 0) dimensions.delete(name);
    else dimensions.set(name, sum);
  }
  const factor = power === 1 ? multiply(a.factor, b.factor) : divide(a.factor, b.factor);
  return { text, factor: ratio(factor.n, factor.d), dimensions };
};

const joined = (a: string, sign: string, b: string): string =>
  a === '1' && sign === '·' ? b : b === '1' ? a : `${a}${sign}${/[·/]/.test(b) ? `(${b})` : b}`;

export const timesMeasure = (a: Measure, b: Measure): Measure => combine(a, b, 1, joined(a.text, '·', b.text));
export const perMeasure = (a: Measure, b: Measure): Measure => combine(a, b, -1, joined(a.text, '/', b.text));

/** Whether two units measure the same kind of thing, so that one converts into the other. */
export function sameDimensions(a: Measure, b: Measure): boolean {
  if (a.dimensions.size !== b.dimensions.size) return false;
  for (const [name, power] of a.dimensions) if (b.dimensions.get(name) !== power) return false;
  return true;
}

/** One `from` in `to`s: 1 kWh is 3.6 MJ. Throws a RangeError when the dimensions differ. */
export function conversion(from: Measure, to: Measure): Ratio {
  if (!sameDimensions(from, to)) throw new RangeError(`${from.text} is not a kind of ${to.text}`);
  const factor = divide(from.factor, to.factor);
  return ratio(factor.n, factor.d);
}

/**
 * A unit of measure from text such as `t`, `yuan/t`, `kWh/(t·h)`, with `*` or `·` for products, read from left to right.
 * `known` are the units the plant has. Undefined when a part of it is not known.
 */
export function parseMeasure(text: string, known: ReadonlyMap<string, Measure> = MEASURES): Measure | undefined {
  const tokens = text.trim().match(/[()*·/]|[^()*·/\s]+/g);
  if (!tokens || tokens.length > 40) return undefined;
  let at = 0;
  const term = (): Measure | undefined => {
    const token = tokens[at];
    at += 1;
    if (token === '(') {
      const inside = product();
      if (tokens[at] !== ')') return undefined;
      at += 1;
      return inside;
    }
    return token === undefined ? undefined : known.get(token);
  };
  const product = (): Measure | undefined => {
    let left = term();
    while (left && (tokens[at] === '*' || tokens[at] === '·' || tokens[at] === '/')) {
      const per = tokens[at] === '/';
      at += 1;
      const right = term();
      if (!right) return undefined;
      left = per ? perMeasure(left, right) : timesMeasure(left, right);
    }
    return left;
  };
  const result = product();
  return result && at === tokens.length ? { ...result, text: text.trim() } : undefined;
}

// ── intervals of instants ──────────────────────────────────────────────────────────────────────────────────────────

/** Milliseconds since 1970-01-01T00:00Z. */
export type Instant = number;

/** From the first instant up to, and without, the last. */
export interface Interval {
  readonly from: Instant;
  readonly to: Instant;
}

export const HOUR_MS = 3_600_000;

export const lengthMs = (parts: readonly Interval[]): number =>
  parts.reduce((sum, part) => sum + (part.to - part.from), 0);
/** A length in hours, exact. */
export const hoursOf = (ms: number): Ratio => ratio(ms, HOUR_MS);
export const contains = (interval: Interval, at: Instant): boolean => interval.from <= at && at < interval.to;

/** The same instants as sorted intervals that neither touch nor overlap; empty ones vanish. */
export function normalise(parts: readonly Interval[]): Interval[] {
  const sorted = parts.filter((p) => p.from < p.to).sort((a, b) => a.from - b.from || a.to - b.to);
  const out: Interval[] = [];
  for (const part of sorted) {
    const last = out.at(-1);
    if (last && part.from <= last.to) {
      if (part.to > last.to) out[out.length - 1] = { from: last.from, to: part.to };
    } else out.push(part);
  }
  return out;
}

/** The instants in both; both sides normalised. */
export function intersect(a: readonly Interval[], b: readonly Interval[]): Interval[] {
  const out: Interval[] = [];
  for (const x of a)
    for (const y of b) {
      const from = Math.max(x.from, y.from);
      const to = Math.min(x.to, y.to);
      if (from < to) out.push({ from, to });
    }
  return normalise(out);
}

/** The instants of `a` that are not in `b`; both sides normalised. */
export function without(a: readonly Interval[], b: readonly Interval[]): Interval[] {
  let left = normalise(a);
  for (const cut of b)
    left = left.flatMap((part) =>
      cut.to <= part.from || cut.from >= part.to
        ? [part]
        : [
            { from: part.from, to: Math.max(part.from, cut.from) },
            { from: Math.min(part.to, cut.to), to: part.to },
          ].filter((p) => p.from < p.to),
    );
  return left;
}
