// The auditor's own evaluator of plant formulas: recursive, exact. Units of measure after a literal are annotations
// (only % and ‰ scale). No check of dimensions: the product's `check` does that.

import {
  add,
  compare,
  decimal,
  div,
  type Fraction,
  fraction,
  greatest,
  isNegative,
  isZero,
  least,
  mul,
  neg,
  ONE,
  roundTo,
  sub,
  ZERO,
} from './fraction.ts';

export type Expression =
  | { kind: 'number'; value: Fraction }
  | { kind: 'name'; name: string }
  | { kind: 'call'; name: string; args: Expression[] }
  | { kind: 'minus'; of: Expression }
  | { kind: 'binary'; op: string; left: Expression; right: Expression };

export interface Surroundings {
  value(name: string): Fraction;
  call?(name: string, args: Fraction[]): Fraction;
}

/** A value of the formula cannot be had. */
export class NoValue extends Error {}

type Token =
  | { kind: 'number'; value: Fraction }
  | { kind: 'name'; name: string; bracketed: boolean }
  | { kind: 'sign'; sign: string };

const NUMBER = /\d+(?:\.\d+)?|\.\d+/y;
const UNIT = /\s*(?:(%|‰)|([\p{L}°][\p{L}\p{N}³²_]*(?:\/[\p{L}°][\p{L}\p{N}³²_]*|\/%)*(?!\s*\()))/uy;
const NAME = /[\p{L}_][\p{L}\p{N}_.]*/uy;
const SIGN = /<=|>=|<>|!=|==|[-+*/^(),<>=×÷−≤≥≠]/y;

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const m = pattern.exec(text);
    if (m) at += m[0].length;
    return m;
  };
  while (at < text.length) {
    if (/\s/.test(text[at]!)) {
      at += 1;
      continue;
    }
    if (text[at] === '[') {
      const end = text.indexOf(']', at);
      if (end < 0) throw new Error(`no closing ] in ${text}`);
      tokens.push({ kind: 'name', name: text.slice(at + 1, end).trim(), bracketed: true });
      at = end + 1;
      continue;
    }
    const number = match(NUMBER);
    if (number) {
      let value = decimal(number[0]);
      const unit = match(UNIT);
      if (unit?.[1] === '%') value = div(value, fraction(100n));
      if (unit?.[1] === '‰') value = div(value, fraction(1000n));
      tokens.push({ kind: 'number', value });
      continue;
    }
    const name = match(NAME);
    if (name) {
      tokens.push({ kind: 'name', name: name[0], bracketed: false });
      continue;
    }
    const sign = match(SIGN);
    if (!sign) throw new Error(`unexpected ${text[at]} in formula ${text}`);
    const plain: Record<string, string> = {
      '×': '*',
      '÷': '/',
      '−': '-',
      '≤': '<=',
      '≥': '>=',
      '≠': '<>',
      '!=': '<>',
      '==': '=',
    };
    tokens.push({ kind: 'sign', sign: plain[sign[0]] ?? sign[0] });
  }
  return tokens;
}

const parsed = new Map<string, Expression>();

export function parseExpression(text: string): Expression {
  const known = parsed.get(text);
  if (known) return known;
  const tokens = tokenize(text);
  let at = 0;
  const peek = (): string | null => {
    const t = tokens[at];
    return t?.kind === 'sign' ? t.sign : null;
  };
  const expect = (sign: string): void => {
    if (peek() !== sign) throw new Error(`expected ${sign} in formula ${text}`);
    at += 1;
  };
  const binary = (signs: string[], next: () => Expression): Expression => {
    let left = next();
    for (let sign = peek(); sign !== null && signs.includes(sign); sign = peek()) {
      at += 1;
      left = { kind: 'binary', op: sign, left, right: next() };
    }
    return left;
  };
  const comparison = (): Expression => binary(['<', '>', '<=', '>=', '=', '<>'], sums);
  const sums = (): Expression => binary(['+', '-'], products);
  const products = (): Expression => binary(['*', '/'], signed);
  const signed = (): Expression => {
    if (peek() === '-') {
      at += 1;
      return { kind: 'minus', of: signed() };
    }
    if (peek() === '+') {
      at += 1;
      return signed();
    }
    return power();
  };
  const power = (): Expression => {
    const base = primary();
    if (peek() !== '^') return base;
    at += 1;
    return { kind: 'binary', op: '^', left: base, right: signed() };
  };
  const primary = (): Expression => {
    const token = tokens[at];
    if (!token) throw new Error(`formula ends too early: ${text}`);
    at += 1;
    if (token.kind === 'number') return token;
    if (token.kind === 'name') {
      if (token.bracketed || peek() !== '(') return { kind: 'name', name: token.name };
      at += 1;
      const args: Expression[] = [];
      if (peek() !== ')') {
        args.push(comparison());
        while (peek() === ',') {
          at += 1;
          args.push(comparison());
        }
      }
      expect(')');
      return { kind: 'call', name: token.name, args };
    }
    if (token.sign !== '(') throw new Error(`unexpected ${token.sign} in formula ${text}`);
    const inner = comparison();
    expect(')');
    return inner;
  };
  const result = comparison();
  if (at !== tokens.length) throw new Error(`something is left over in formula ${text}`);
  parsed.set(text, result);
  return result;
}

export function namesIn(e: Expression, into: Set<string> = new Set()): Set<string> {
  if (e.kind === 'name') into.add(e.name);
  if (e.kind === 'call') for (const a of e.args) namesIn(a, into);
  if (e.kind === 'minus') namesIn(e.of, into);
  if (e.kind === 'binary') {
    namesIn(e.left, into);
    namesIn(e.right, into);
  }
  return into;
}
export function callsIn(e: Expression, into: Set<string> = new Set()): Set<string> {
  if (e.kind === 'call') {
    into.add(e.name);
    for (const a of e.args) callsIn(a, into);
  }
  if (e.kind === 'minus') callsIn(e.of, into);
  if (e.kind === 'binary') {
    callsIn(e.left, into);
    callsIn(e.right, into);
  }
  return into;
}

const truth = (x: boolean): Fraction => (x ? ONE : ZERO);

export function evaluate(e: Expression, around: Surroundings): Fraction {
  switch (e.kind) {
    case 'number':
      return e.value;
    case 'name':
      return around.value(e.name);
    case 'minus':
      return neg(evaluate(e.of, around));
    case 'binary': {
      const a = evaluate(e.left, around);
      const b = evaluate(e.right, around);
      switch (e.op) {
        case '+':
          return add(a, b);
        case '-':
          return sub(a, b);
        case '*':
          return mul(a, b);
        case '/':
          if (isZero(b)) throw new NoValue('division by zero');
          return div(a, b);
        case '^':
          return raise(a, b);
        case '<':
          return truth(compare(a, b) < 0);
        case '>':
          return truth(compare(a, b) > 0);
        case '<=':
          return truth(compare(a, b) <= 0);
        case '>=':
          return truth(compare(a, b) >= 0);
        case '=':
          return truth(compare(a, b) === 0);
        default:
          return truth(compare(a, b) !== 0);
      }
    }
    case 'call':
      return callFunction(e.name, e.args, around);
  }
}

function raise(base: Fraction, exponent: Fraction): Fraction {
  if (exponent.d !== 1n) throw new NoValue('a power that is not whole');
  if (isZero(base) && isNegative(exponent)) throw new NoValue('division by zero');
  const n = exponent.n < 0n ? -exponent.n : exponent.n;
  const result = fraction(base.n ** n, base.d ** n);
  return isNegative(exponent) ? div(ONE, result) : result;
}

function callFunction(name: string, args: Expression[], around: Surroundings): Fraction {
  const arg = (i: number): Fraction => {
    const a = args[i];
    if (!a) throw new Error(`${name} lacks argument ${i + 1}`);
    return evaluate(a, around);
  };
  switch (name.toUpperCase()) {
    case 'IF':
      return !isZero(arg(0)) ? arg(1) : arg(2); // only the branch taken is evaluated
    case 'MIN':
      return args.map((_, i) => arg(i)).reduce(least);
    case 'MAX':
      return args.map((_, i) => arg(i)).reduce(greatest);
    case 'ROUND': {
      const step = arg(1);
      if (isZero(step)) throw new NoValue('step 0');
      return roundTo(arg(0), step);
    }
    case 'CLAMP':
      return least(greatest(arg(0), arg(1)), arg(2));
    case 'ABS': {
      const x = arg(0);
      return isNegative(x) ? neg(x) : x;
    }
    case 'AND':
      return truth(args.every((_, i) => !isZero(arg(i))));
    case 'OR':
      return truth(args.some((_, i) => !isZero(arg(i))));
    case 'NOT':
      return truth(isZero(arg(0)));
  }
  if (!around.call) throw new Error(`unknown function ${name}`);
  return around.call(
    name,
    args.map((_, i) => arg(i)),
  );
}
