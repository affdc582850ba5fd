// Text → tree. Names, units of measure, curves and arity are settled here; what adds up with what is settled in terms.ts.
//
// A unit directly after a literal is the longest run `unit (/ or * unit)…`, a bracketed group of units counting as one,
// in which every symbol after the first is a known unit, not a variable, and not called. So in `28.5 t/m * level` the unit
// is t/m; where m is also a variable, `28.5 t/m` divides by it. A name that is both unit and variable is, directly after
// a literal, the unit.

import { type Measure, parseDecimal, parseMeasure, type Ratio } from '../quantity.ts';
import { LIMITS, nearest, refuse, type Scope } from './scope.ts';
import { FUNCTIONS, NAME, type Sign, type Tree, type TreeKind } from './tree.ts';

type Token = { readonly at: number; readonly text: string } & (
  | { readonly kind: 'number'; readonly value: Ratio; readonly unit?: Measure }
  | { readonly kind: 'name'; readonly bracketed: boolean }
  | { readonly kind: 'sign' }
  | { readonly kind: 'end' }
);

const NUMBER = /\d+(?:\.\d*)?|\.\d+/y;
const BRACKETED = /\[([^\]\r\n]+)\]/y;
const SPACE = /\s*/y;
const SIGN = /<=|>=|<>|[-+*/^<>=(),;−×÷≤≥≠（），；＋－＊／＾＜＞＝]/y;
const CANONICAL: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '−': '-',
    '×': '*',
    '÷': '/',
    '≤': '<=',
    '≥': '>=',
    '≠': '<>',
    ';': ',',
    '；': ',',
    '，': ',',
    '（': '(',
    '）': ')',
  }).concat([...'＋－＊／＾＜＞＝'].map((wide) => [wide, wide.normalize('NFKC')])),
);
const SYMBOL =
  /[^\s\d()[\]^*/·+<>=,;−×÷≤≥≠（），；＋－＊／＾＜＞＝-][^\s()[\]^*/·+<>=,;−×÷≤≥≠（），；＋－＊／＾＜＞＝-]*/uy;
const UNIT_SIGN = /\s*([/*·])\s*/y;
const OPENING = /\s*[(（]/y;

const match = (pattern: RegExp, text: string, at: number): RegExpExecArray | undefined => {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
};
const skip = (text: string, at: number): number => at + (match(SPACE, text, at)?.[0].length ?? 0);

interface Run {
  readonly text: string;
  readonly end: number;
}

/** The run of units from `first` on, joined canonically. */
function unitRun(text: string, first: Run, scope: Scope): Run {
  const unit = (at: number): Run | undefined => {
    const symbol = match(SYMBOL, text, at)?.[0];
    if (symbol === undefined || !scope.measures.has(symbol) || scope.variables.has(symbol)) return undefined;
    const end = at + symbol.length;
    return match(OPENING, text, end) ? undefined : { text: symbol, end };
  };
  const group = (at: number): Run | undefined => {
    const start = unit(skip(text, at + 1));
    if (!start) return undefined;
    const inside = run(start, unit);
    const end = skip(text, inside.end);
    return /[)）]/.test(text.charAt(end)) ? { text: `(${inside.text})`, end: end + 1 } : undefined;
  };
  const run = (start: Run, part: (at: number) => Run | undefined): Run => {
    let whole = start;
    for (;;) {
      const sign = match(UNIT_SIGN, text, whole.end);
      const next = sign && part(whole.end + sign[0].length);
      if (!next) return whole;
      whole = { text: whole.text + (sign[1] === '/' ? '/' : '·') + next.text, end: next.end };
    }
  };
  return run(first, (at) => (/[(（]/.test(text.charAt(at)) ? group(at) : unit(at)));
}

/** The unit after a literal that ends at `end`, if there is one. */
function unitAfter(text: string, end: number, scope: Scope): { unit?: Measure; end: number } {
  const at = skip(text, end);
  const symbol = match(SYMBOL, text, at)?.[0];
  if (symbol === undefined || /^(?:and|or)$/i.test(symbol)) return { end };
  if (!scope.measures.has(symbol)) {
    if (scope.variables.has(symbol) || scope.curves.has(symbol) || FUNCTIONS.has(symbol.toUpperCase()))
      refuse(at, 'missing-operator', { before: symbol });
    refuse(at, 'unknown-unit', { unit: symbol, ...nearest(symbol, scope.measures.keys()) });
  }
  const run = unitRun(text, { text: symbol, end: at + symbol.length }, scope);
  const unit = parseMeasure(run.text, scope.measures);
  return unit ? { unit, end: run.end } : refuse(at, 'unknown-unit', { unit: run.text });
}

function readTokens(text: string, scope: Scope): Token[] {
  const tokens: Token[] = [];
  let at = skip(text, 0);
  while (at < text.length) {
    const digits = match(NUMBER, text, at)?.[0];
    const name = match(NAME, text, at)?.[0];
    const bracketed = match(BRACKETED, text, at);
    const sign = match(SIGN, text, at)?.[0];
    let end = at;
    if (digits !== undefined) {
      const value = parseDecimal(digits) ?? refuse(at, 'bad-number', { number: digits });
      const { unit, ...after } = unitAfter(text, at + digits.length, scope);
      end = after.end;
      tokens.push({ kind: 'number', at, text: text.slice(at, end), value, ...(unit && { unit }) });
    } else if (name !== undefined) {
      end += name.length;
      tokens.push({ kind: 'name', at, text: name, bracketed: false });
    } else if (bracketed) {
      end += bracketed[0].length;
      tokens.push({ kind: 'name', at, text: bracketed[1] ?? '', bracketed: true });
    } else if (sign !== undefined) {
      end += sign.length;
      tokens.push({ kind: 'sign', at, text: CANONICAL.get(sign) ?? sign });
    } else if (text[at] === '[') refuse(at, 'unclosed', { bracket: '[' });
    else refuse(at, 'unexpected', { found: String.fromCodePoint(text.codePointAt(at) ?? 0) });
    at = skip(text, end);
  }
  tokens.push({ kind: 'end', at: text.length, text: '' });
  return tokens;
}

interface Infix {
  readonly kind: TreeKind;
  readonly hold: number;
}

const INFIX: ReadonlyMap<string, Infix> = new Map([
  ['OR', { kind: 'or', hold: 1 }],
  ['AND', { kind: 'and', hold: 2 }],
  ...['<', '<=', '>', '>=', '=', '<>'].map((sign): [string, Infix] => [sign, { kind: 'compare', hold: 3 }]),
  ['+', { kind: 'add', hold: 4 }],
  ['-', { kind: 'subtract', hold: 4 }],
  ['*', { kind: 'multiply', hold: 5 }],
  ['/', { kind: 'divide', hold: 5 }],
]);

/** The tree of `text`, and the variables it reads in order of first appearance. Throws Refused. */
export function parse(text: string, scope: Scope): { tree: Tree; reads: string[] } {
  if (text.length > LIMITS.characters)
    refuse(LIMITS.characters, 'too-long', { length: String(text.length), limit: String(LIMITS.characters) });
  const tokens = readTokens(text, scope);
  const reads: string[] = [];
  let next = 0;
  let depth = 0;
  let parts = 0;

  const peek = (): Token => tokens[next] as Token;
  const take = (): Token => {
    const token = peek();
    if (token.kind !== 'end') next += 1;
    return token;
  };
  const at = (sign: string): boolean => peek().kind === 'sign' && peek().text === sign;
  const infix = (): Infix | undefined => {
    const token = peek();
    if (token.kind === 'sign') return INFIX.get(token.text);
    return token.kind === 'name' && !token.bracketed ? INFIX.get(token.text.toUpperCase()) : undefined;
  };
  const node = (kind: TreeKind, offset: number, of: readonly Tree[], own: object = {}): Tree => {
    parts += 1;
    if (parts > LIMITS.parts) refuse(offset, 'too-many-parts', { limit: String(LIMITS.parts) });
    return { kind, at: offset, of, ...own } as Tree;
  };
  const unexpected = (): never => {
    const token = peek();
    if (token.kind === 'end') refuse(token.at, tokens.length === 1 ? 'empty' : 'unexpected-end', {});
    return refuse(token.at, 'unexpected', { found: token.text });
  };
  const ended = (): never =>
    peek().kind === 'name' || peek().kind === 'number'
      ? refuse(peek().at, 'missing-operator', { before: peek().text })
      : unexpected();
  const close = (open: Token): void => {
    if (peek().kind === 'end') refuse(open.at, 'unclosed', { bracket: '(' });
    if (!at(')')) ended();
    take();
  };

  /** A chain of operators that hold at least as tightly as `least`. */
  const expression = (least: number): Tree => {
    let left = operand();
    for (;;) {
      const operator = infix();
      if (!operator || operator.hold < least) return left;
      const { kind, hold } = operator;
      const token = take();
      const of = [left, expression(hold + 1)];
      if (kind === 'and' || kind === 'or')
        while (infix()?.kind === kind) {
          take();
          of.push(expression(hold + 1));
        }
      if (kind === 'compare' && infix()?.kind === 'compare') refuse(peek().at, 'chained-comparison', {});
      left = node(kind, token.at, of, kind === 'compare' ? { sign: token.text as Sign } : {});
    }
  };

  const operand = (afterMinus = false): Tree => {
    depth += 1;
    if (depth > LIMITS.depth) refuse(peek().at, 'too-deep', { limit: String(LIMITS.depth) });
    const minus = at('-') ? take() : undefined;
    const of = minus ? operand(true) : primary();
    depth -= 1;
    if (minus) return node('negate', minus.at, [of]);
    if (!at('^')) return of;
    // Excel reads -x^2 as (-x)^2, mathematics as -(x^2): the writer must say which.
    if (afterMinus) refuse(peek().at, 'ambiguous-minus', {});
    return raised(of, tokens[next - 1]);
  };

  const raised = (base: Tree, last: Token | undefined): Tree => {
    const sign = take();
    if (last?.kind === 'number' && last.unit) refuse(sign.at, 'unit-power', { literal: last.text });
    const below = at('-') && take();
    const token = take();
    const exponent = token.kind === 'number' && !token.unit && token.value.d === 1n ? Number(token.value.n) : Infinity;
    if (exponent > LIMITS.exponent) refuse(token.at, 'exponent', { limit: String(LIMITS.exponent) });
    return node('power', sign.at, [base], { exponent: below && exponent > 0 ? -exponent : exponent });
  };

  const primary = (): Tree => {
    const token = peek();
    if (token.kind === 'number') {
      take();
      return node('number', token.at, [], { value: token.value, ...(token.unit && { unit: token.unit }) });
    }
    if (token.kind === 'name') {
      take();
      return at('(') ? call(token) : variable(token);
    }
    if (!at('(')) return unexpected();
    take();
    const inside = expression(0);
    close(token);
    return inside;
  };

  const variable = ({ at: offset, text: name }: Token): Tree => {
    const reason = scope.refused?.get(name);
    if (reason !== undefined) refuse(offset, 'not-allowed-name', { name, reason });
    const measure =
      scope.variables.get(name) ?? refuse(offset, 'unknown-name', { name, ...nearest(name, scope.variables.keys()) });
    let index = reads.indexOf(name);
    if (index < 0) index = reads.push(name) - 1;
    return node('variable', offset, [], { name, index, measure });
  };

  const call = (token: Token & { kind: 'name' }): Tree => {
    const { at: offset, text: name } = token;
    const known = token.bracketed ? undefined : FUNCTIONS.get(name.toUpperCase());
    const curve =
      scope.curves.get(name) ??
      (token.bracketed
        ? undefined
        : [...scope.curves.values()].find((c) => c.name.toLowerCase() === name.toLowerCase()));
    if (!known && !curve)
      refuse(offset, 'unknown-function', { name, ...nearest(name, [...scope.curves.keys(), ...FUNCTIONS.keys()]) });
    const open = take();
    const of: Tree[] = [];
    if (!at(')'))
      do of.push(expression(0));
      while (at(',') && take());
    close(open);
    const { kind, least, most } = known ?? { kind: 'curve' as const, least: 1, most: 1 };
    if (of.length < least || of.length > most) {
      const wanted = most === Infinity ? `≥ ${least}` : String(least);
      refuse(offset, 'argument-count', { function: name, wanted, found: String(of.length) });
    }
    return node(kind, offset, of, known ? {} : { curve });
  };

  const tree = expression(0);
  if (peek().kind !== 'end') ended();
  return { tree, reads };
}
