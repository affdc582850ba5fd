// Exact arithmetic of the auditor: fractions of bigints, decimal text, half-even rounding, largest remainder.
// Deliberately no floats and nothing clever.

export interface Fraction {
  readonly n: bigint;
  readonly d: bigint;
}

function gcd(a: bigint, b: bigint): bigint {
  if (a < 0n) a = -a;
  while (b !== 0n) {
    const r = a % b;
    a = b;
    b = r;
  }
  return a;
}

export function fraction(n: bigint, d: bigint = 1n): Fraction {
  if (d === 1n) return { n, d };
  if (d === 0n) throw new DivisionByZero();
  if (d < 0n) {
    n = -n;
    d = -d;
  }
  const g = gcd(d, n < 0n ? -n : n);
  return g === 1n ? { n, d } : { n: n / g, d: d / g };
}
export class DivisionByZero extends Error {}

export const ZERO = fraction(0n);
export const ONE = fraction(1n);
export const whole = (n: number): Fraction => fraction(BigInt(n));

export const add = (a: Fraction, b: Fraction): Fraction =>
  a.d === b.d ? fraction(a.n + b.n, a.d) : fraction(a.n * b.d + b.n * a.d, a.d * b.d);
export const neg = (a: Fraction): Fraction => ({ n: -a.n, d: a.d });
export const sub = (a: Fraction, b: Fraction): Fraction => add(a, neg(b));
export const mul = (a: Fraction, b: Fraction): Fraction => fraction(a.n * b.n, a.d * b.d);
export const div = (a: Fraction, b: Fraction): Fraction => fraction(a.n * b.d, a.d * b.n);
export const compare = (a: Fraction, b: Fraction): number => {
  const x = a.n * b.d - b.n * a.d;
  return x < 0n ? -1 : x > 0n ? 1 : 0;
};
export const equal = (a: Fraction, b: Fraction): boolean => a.n === b.n && a.d === b.d;
export const least = (a: Fraction, b: Fraction): Fraction => (compare(a, b) <= 0 ? a : b);
export const greatest = (a: Fraction, b: Fraction): Fraction => (compare(a, b) >= 0 ? a : b);
export const isZero = (a: Fraction): boolean => a.n === 0n;
export const isNegative = (a: Fraction): boolean => a.n < 0n;
export const sum = (xs: Iterable<Fraction>): Fraction => {
  let s = ZERO;
  for (const x of xs) s = add(s, x);
  return s;
};
export const hoursOf = (ms: number): Fraction => fraction(BigInt(ms), 3_600_000n);

/** Nearest integer, halves to the even one. */
export function roundToInteger(a: Fraction): bigint {
  if (a.d === 1n) return a.n;
  const negative = a.n < 0n;
  const n = negative ? -a.n : a.n;
  let q = n / a.d;
  const twice = (n % a.d) * 2n;
  if (twice > a.d || (twice === a.d && q % 2n === 1n)) q += 1n;
  return negative ? -q : q;
}
/** How many steps, rounded half-even. */
export const inSteps = (a: Fraction, step: Fraction): bigint => roundToInteger(div(a, step));
export const roundTo = (a: Fraction, step: Fraction): Fraction => mul(fraction(inSteps(a, step)), step);

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
export function parseDecimal(text: string): Fraction | null {
  const m = DECIMAL.exec(text.trim());
  if (!m) return null;
  const digits = (m[2] ?? '') + (m[3] ?? '');
  if (digits === '') return null;
  const exponent = Number(m[4] ?? '0') - (m[3] ?? '').length;
  const n = BigInt(digits) * (m[1] === '-' ? -1n : 1n);
  return exponent >= 0 ? fraction(n * 10n ** BigInt(exponent)) : fraction(n, 10n ** BigInt(-exponent));
}
export function decimal(text: string): Fraction {
  const f = parseDecimal(text);
  if (!f) throw new Error(`not a decimal: ${JSON.stringify(text)}`);
  return f;
}

/** Decimal places without trailing zeros; only for finite decimals. */
export function decimalPlaces(a: Fraction): number {
  let d = a.d;
  let places = 0;
  while (d !== 1n) {
    if (places > 60) throw new Error(`not a finite decimal: ${fractionText(a)}`);
    places += 1;
    d = fraction(a.n * 10n ** BigInt(places), a.d).d;
  }
  return places;
}
export function decimalText(a: Fraction, step: Fraction): string {
  const places = Math.max(decimalPlaces(step), decimalPlaces(a));
  const n = (a.n * 10n ** BigInt(places)) / a.d;
  const digits = (n < 0n ? -n : n).toString().padStart(places + 1, '0');
  const text = places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
  return n < 0n ? `-${text}` : text;
}
export const fractionText = (a: Fraction): string => (a.d === 1n ? `${a.n}` : `${a.n}/${a.d}`);

/** The greatest step of which both are multiples. */
export function commonStep(a: Fraction, b: Fraction): Fraction {
  const d = (a.d * b.d) / gcd(a.d, b.d);
  return fraction(gcd(a.n * (d / a.d), b.n * (d / b.d)), d);
}

/**
 * Splits `total` whole steps by weights: the floors first, then one step each to the largest remainders, ties to the
 * earlier. Sign is put aside. Negative weights count as 0; null when no weight is left.
 */
export function splitByLargestRemainder(total: bigint, weights: readonly Fraction[]): bigint[] | null {
  const usable = weights.map((w) => (isNegative(w) ? ZERO : w));
  const all = sum(usable);
  if (isZero(all)) return null;
  const magnitude = total < 0n ? -total : total;
  const exact = usable.map((w) => div(mul(fraction(magnitude), w), all));
  const parts = exact.map((x) => x.n / x.d);
  let left = magnitude - parts.reduce((a, b) => a + b, 0n);
  const order = exact
    .map((x, i) => ({ i, remainder: sub(x, fraction(parts[i]!)) }))
    .sort((a, b) => compare(b.remainder, a.remainder) || a.i - b.i);
  for (const { i } of order) {
    if (left === 0n) break;
    parts[i] = parts[i]! + 1n;
    left -= 1n;
  }
  return total < 0n ? parts.map((p) => -p) : parts;
}
export const splitEqually = (total: bigint, count: number): bigint[] =>
  splitByLargestRemainder(
    total,
    Array.from({ length: count }, () => ONE),
  ) ?? [];
