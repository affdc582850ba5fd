import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Clip,
  type Compilation,
  type Curve,
  compileFormula,
  type ErrorCode,
  type Failure,
  type Formula,
  failed,
  LIMITS,
  type Scope,
  type Tree,
} from './formula.ts';
import {
  compare,
  formatRatio,
  MEASURES,
  type Measure,
  multiply,
  ONE,
  parseDecimal,
  parseMeasure,
  parseStep,
  type Ratio,
  ratio,
  type Step,
  subtract,
  toNumber,
  toSteps,
  ZERO,
} from './quantity.ts';

// ── a plant in small ───────────────────────────────────────────────────────────────────────────────────────────────

const measure = (text: string): Measure => parseMeasure(text) ?? expect.fail(`no unit ${text}`);
const decimal = (text: string): Ratio => parseDecimal(text) ?? expect.fail(`no decimal ${text}`);
const step = (text: string): Step => parseStep(text) ?? expect.fail(`no step ${text}`);
const curve = (
  name: string,
  argument: string,
  result: string,
  size: string,
  points: Record<string, string>,
): [string, Curve] => [
  name,
  {
    name,
    argument: measure(argument),
    result: measure(result),
    step: step(size),
    points: Object.entries(points).map(([x, y]) => [decimal(x), decimal(y)]),
  },
];

const VARIABLES: Record<string, { unit: string; value: string }> = {
  water: { unit: 't', value: '755.550' },
  salt: { unit: 'kg', value: '250' },
  power: { unit: 'kWh', value: '36.5' },
  hours: { unit: 'h', value: '7.5' },
  load: { unit: 't/h', value: '100.74' },
  temp: { unit: 'degC', value: '25' },
  k: { unit: 'pcs', value: '7' },
  n: { unit: 'pcs', value: '8' },
  none: { unit: 'pcs', value: '0' },
  purity: { unit: '%', value: '96.5' },
  level: { unit: 'm', value: '3.2' },
  蒸发量: { unit: 't', value: '40' },
  'FQ-3001.v': { unit: 't', value: '-2.5' },
  and: { unit: 't', value: '1' },
};
const SCOPE: Scope = {
  variables: new Map(Object.entries(VARIABLES).map(([name, { unit }]) => [name, measure(unit)])),
  refused: new Map([['steam', 'crew-decides']]),
  curves: new Map([
    curve('bend', 't/h', 't/t', '0.00001', { 60: '0.2900', 90: '0.2720', 110: '0.2650', 130: '0.2700' }),
    curve('定额-2', 't/h', 'kWh/t', '0.01', { 0: '3', 100: '4' }),
    curve('min', 't', 't', '1', { 5: '7' }),
  ]),
  measures: MEASURES,
};
/** The same plant with variables named like units. */
const WITH_M: Scope = { ...SCOPE, variables: new Map([...SCOPE.variables, ['m', measure('t')], ['h', measure('h')]]) };

const must = <Kind>(compiled: Compilation<Kind>): Kind =>
  compiled.ok ? compiled.formula : expect.fail(`${compiled.error.code} ${JSON.stringify(compiled.error)}`);
const formula = (text: string, unit: string, scope = SCOPE): Formula =>
  must(compileFormula(text, measure(unit), scope));
const valuesOf =
  ({ reads }: { reads: readonly string[] }) =>
  (index: number): Ratio =>
    decimal(VARIABLES[reads[index] ?? '']?.value ?? '1');
const shown = (value: Ratio | boolean | Failure): string =>
  typeof value === 'boolean'
    ? String(value)
    : failed(value)
      ? `${value.failure} ${value.line}:${value.column}`
      : formatRatio(value, 6).replace(/\.?0+$/, '');
const rows = (text: string): string[][] =>
  text
    .trim()
    .split('\n')
    .map((row) => row.split('|').map((cell) => cell.trim()));

// ── rule tables ────────────────────────────────────────────────────────────────────────────────────────────────────

test.each(
  rows(`
    IF(temp > 20 degC, 0.31 + bend(load), 0) | t/t    | 0.57824
    IF(temp > 30, 1, 0.5)                    | %      | 0.5
    water * bend(water / hours)              | t      | 202.668732
    water * BEND(100.74)                     | t      | 202.668732
    water * [定额-2](load)                   | kWh    | 3022.2
    [min](water)                             | t      | 7
    min(water, salt)                         | kg     | 250
    MIN(water, 3)                            | kg     | 3000
    MAX(salt, 3, 1 t)                        | kg     | 1000
    water + salt                             | t      | 755.8
    water - 0.55                             | t      | 755
    0.55 + salt                              | kg     | 250.55
    level × 28.5 t/m                         | t      | 91.2
    (k/n − 0.85) * 0.80 yuan/t               | yuan/t | 0.02
    purity > 96                              | ?      | true
    k / n > 96 %                             | ?      | false
    water * 40%                              | t      | 302.22
    water*40 %+salt                          | t      | 302.47
    purity * water                           | t      | 729.10575
    40                                       | %      | 40
    -40                                      | %      | -40
    IF(temp > 1, IF(temp > 2, 3, 4), MIN(5, 6)) | kWh | 3
    0.4 * 1                                  | %      | 40
    -[FQ-3001.v] ^ 1                         | error  | ambiguous-minus
    (-[FQ-3001.v]) ^ 2 / 1 t                 | t      | 6.25
    level ^ 3                                | L      | 32768
    2 ^ -2                                   | 1      | 0.25
    level ^ 0                                | 1      | 1
    2 + 3 * 4 - 6 / 2                        | 1      | 11
    10 - 3 - 2                               | 1      | 5
    24 / 4 / 2                               | 1      | 3
    -2 * -3                                  | 1      | 6
    ROUND(2.5, 0)                            | 1      | 2
    ROUND(3.5, 0)                            | 1      | 4
    ROUND(-2.5, 0)                           | 1      | -2
    ROUND(water, 0.2 t)                      | t      | 755.6
    ROUND(water, 100 kg)                     | t      | 755.6
    ROUND(water, 1)                          | t      | 755.6
    ROUND(water, 0.5)                        | t      | 755.5
    CLAMP(water; 10; 20)                     | t      | 20
    CLAMP(-5, 0, 1)                          | 1      | 0
    ABS([FQ-3001.v])                         | t      | 2.5
    power + 1 MWh                            | kWh    | 1036.5
    1 kWh                                    | MJ     | 3.6
    IF(none = 0, 0, k / none)                | 1      | 0
    IF(OR(none = 0, k / none > 1), 1, 2)     | 1      | 1
    IF(AND(none <> 0, k / none > 1), 1, 2)   | 1      | 2
    k / none                                 | 1      | division-by-zero 1:3
    none ^ -1 * 1 pcs                        | 1      | division-by-zero 1:6
    ＩＦ                                     | error  | unknown-name
    IF（temp ≥ 25，1；2）                    | 1      | 1
    IF(temp ≤ 24, 1, 2)                      | 1      | 2
    IF(temp ≠ 25 AND k > 1 OR n > 1, 1, 2)   | 1      | 1
    IF(NOT(temp = 25), 1, 2)                 | 1      | 2
    蒸发量 ÷ 8 h                             | t/h    | 5
    [and] + [water]                          | t      | 756.55
    5 t/(h·d) * 1 h * 1 d                    | t      | 5
  `),
)('%s in %s is %s', (text = '', unit = '', wanted) => {
  if (unit === 'error')
    return expect(compileFormula(text, measure('t'), SCOPE)).toMatchObject({ ok: false, error: { code: wanted } });
  const compiled = unit === '?' ? must(compileFormula(text, 'condition', SCOPE)) : formula(text, unit);
  return expect(shown(compiled.exact(valuesOf(compiled)))).toBe(wanted);
});

test.each(
  rows(`
    28.5 t/m * 2 m     | t        | no variable    | 28.5 t/m * 2 m
    28.5 t / m · h * 1 | t·h/m    | no variable    | 28.5 t/m·h * 1
    5 t/(m·mm)         | t/(m·mm) | no variable    | 5 t/(m·mm)
    5 t/min * 1 min    | t        | no variable    | 5 t/min * 1 min
    28.5 t/m           | 1        | m is a name    | 28.5 t / m
    28.5 t/(m)         | 1        | m is a name    | 28.5 t / m
    28.5 t·h/(m·h)     | h        | m is no length | unexpected
    5 m/h              | m/h      | h is a name    | 5 m / h
    5 t/min(m, m)      | 1        | m is a name    | 5 t / MIN(m, m)
  `),
)('after a literal, %s in %s, %s, reads %s', (text = '', unit = '', names = '', wanted = '') => {
  const compiled = compileFormula(text, measure(unit), names === 'no variable' ? SCOPE : WITH_M);
  expect(compiled.ok ? compiled.formula.print() : compiled.error.code).toBe(wanted);
});

/** One row or more for every code: the record makes a code without a row a type error. */
const ERRORS: Record<ErrorCode, [text: string, unit: string, place: string, args: Record<string, string>][]> = {
  'too-long': [[' '.repeat(10_001), 't', '1:10001', { length: '10001', limit: '10000' }]],
  'too-deep': [
    ['('.repeat(201), 't', '1:201', { limit: '200' }],
    ['-'.repeat(201), 't', '1:201', { limit: '200' }],
  ],
  'too-many-parts': [[Array(1001).fill('k').join('+'), 'pcs', '1:2000', { limit: '2000' }]],
  'too-costly': [['((k/n)^9)^9', '1', '1:10', { limit: '64' }]],
  empty: [[' \n', 't', '2:1', {}]],
  unexpected: [
    ['water + * 2', 't', '1:9', { found: '*' }],
    ['water)', 't', '1:6', { found: ')' }],
    ['water\n + 水! ', 't', '2:5', { found: '!' }],
    ['𠀀 + !', 't', '1:5', { found: '!' }],
    ['k^2^3', '1', '1:4', { found: '^' }],
  ],
  'unexpected-end': [['water +', 't', '1:8', {}]],
  unclosed: [
    ['(water', 't', '1:1', { bracket: '(' }],
    ['MIN(water, (salt)', 't', '1:4', { bracket: '(' }],
    ['water + [FQ', 't', '1:9', { bracket: '[' }],
  ],
  'missing-operator': [
    ['2 water', 't', '1:3', { before: 'water' }],
    ['water salt', 't', '1:7', { before: 'salt' }],
  ],
  'bad-number': [['1'.repeat(41), 't', '1:1', { number: '1'.repeat(41) }]],
  'unknown-unit': [
    ['20 degF', 'degC', '1:4', { unit: 'degF', nearest: 'degC' }],
    ['20 qqqqqq', 'degC', '1:4', { unit: 'qqqqqq' }],
  ],
  'unknown-name': [
    ['water + watr', 't', '1:9', { name: 'watr', nearest: 'water' }],
    ['Water', 't', '1:1', { name: 'Water', nearest: 'water' }],
  ],
  'unknown-function': [
    ['bent(load)', 't', '1:1', { name: 'bent', nearest: 'bend' }],
    ['water(1)', 't', '1:1', { name: 'water' }],
  ],
  'not-allowed-name': [['water + steam', 't', '1:9', { name: 'steam', reason: 'crew-decides' }]],
  'argument-count': [
    ['IF(temp > 1, 2)', '1', '1:1', { function: 'IF', wanted: '3', found: '2' }],
    ['MAX()', '1', '1:1', { function: 'MAX', wanted: '≥ 1', found: '0' }],
    ['bend(load, 1)', '1', '1:1', { function: 'bend', wanted: '1', found: '2' }],
  ],
  'ambiguous-minus': [['-k^2', '1', '1:3', {}]],
  'chained-comparison': [['1 < k < 3', 'condition', '1:7', {}]],
  'unit-power': [['5 m^3', 'm³', '1:4', { literal: '5 m' }]],
  exponent: [
    ['k^10', '1', '1:3', { limit: '9' }],
    ['k^n', '1', '1:3', { limit: '9' }],
    ['k^0.5', '1', '1:3', { limit: '9' }],
  ],
  'rounding-step': [
    ['ROUND(water, water)', 't', '1:14', { found: 'water' }],
    ['ROUND(water, 0 t)', 't', '1:14', { found: '0 t' }],
    ['ROUND(water, 13)', 't', '1:14', { found: '13' }],
  ],
  'unit-mismatch': [
    ['water + power', 't', '1:7', { left: 't', right: 'kWh' }],
    ['IF(temp > water, 1, 2)', '1', '1:9', { left: 'degC', right: 't' }],
    ['MIN(water, salt,\n power)', 't', '2:2', { left: 't', right: 'kWh' }],
    ['water + 2 * 3', 't', '1:7', { left: 't', right: '1' }],
    ['ROUND(water, 1 kWh)', 't', '1:14', { left: 't', right: 'kWh' }],
    ['water + 5 Nm3 * 1', 't', '1:7', { left: 't', right: 'Nm3' }],
  ],
  'curve-argument': [['bend(water)', 't/t', '1:6', { curve: 'bend', expected: 't/h', found: 't' }]],
  'expected-measure': [
    [' water * load', 't', '1:2', { expected: 't', found: 't·(t/h)' }],
    ['1 + 2', 't', '1:1', { expected: 't', found: '1' }],
  ],
  'not-a-number': [['1 + (k > 1)', '1', '1:8', { found: 'k > 1' }]],
  'not-a-condition': [
    ['IF(k, 1, 2)', '1', '1:4', { found: 'k' }],
    ['water', 'condition', '1:1', { found: 'water' }],
  ],
};

test.each(
  Object.entries(ERRORS).flatMap(([code, cases]) =>
    cases.map(([text, unit, place, args]) => ({ code, text, unit, place, args })),
  ),
)('$code: $text', ({ code, text, unit, place, args }) => {
  const compiled =
    unit === 'condition' ? compileFormula(text, unit, SCOPE) : compileFormula(text, measure(unit), SCOPE);
  const [line, column] = place.split(':').map(Number);
  expect(compiled).toEqual({ ok: false, error: { code, line, column, args } });
});

test('reads are the variables in order of first appearance', () => {
  expect(formula('salt + [FQ-3001.v] + IF(k > 1, salt, 蒸发量)', 't').reads).toEqual([
    'salt',
    'FQ-3001.v',
    'k',
    '蒸发量',
  ]);
});

test('an explanation has the steps taken, innermost first, the last in the expected measure', () => {
  const compiled = formula('IF(temp > 20, water * bend(water / hours), water * k / none)', 'kg');
  const told = compiled.explain(valuesOf(compiled)).map(({ kind, print, operands, value, measure: unit }) => {
    const words = operands.map((o) => `${shown(o.value)} ${o.measure === 'condition' ? '' : o.measure.text}`.trim());
    return `${kind}: ${print} = ${words.join(', ')} → ${shown(value)} ${unit === 'condition' ? unit : unit.text}`;
  });
  expect(told).toEqual([
    'compare: temp > 20 = 25 degC, 20 degC → true condition',
    'divide: water / hours = 755.55 t, 7.5 h → 100.74 t/h',
    'curve: bend(water / hours) = 100.74 t/h → 0.26824 t/t',
    'multiply: water * bend(water / hours) = 755.55 t, 0.26824 t/t → 202.668732 t',
    'if: IF(temp > 20, water * bend(water / hours), water * k / none) = true, 202.668732 t → 202668.732 kg',
  ]);
});

test('an explanation of one literal or name is that value, and one of a division by zero ends before it', () => {
  const one = formula('salt', 't');
  expect(one.explain(valuesOf(one)).map(({ print, value }) => [print, shown(value)])).toEqual([['salt', '0.25']]);
  const zero = formula('(k + 1) / none', '1');
  expect(zero.explain(valuesOf(zero)).map(({ print }) => print)).toEqual(['k + 1']);
});

test.each(
  rows(`
    60   | 0.29    |
    59.9 | 0.29    | bend below 60
    130  | 0.27    |
    131  | 0.27    | bend above 130
    90   | 0.272   |
    75.1 | 0.28094 |
  `),
)('a curve at %s is %s, clipped: %s', (load = '', wanted, clipped) => {
  const compiled = formula('bend(load)', 't/t');
  const told = (clips: Clip[]): string => clips.map((c) => `${c.curve} ${c.side} ${shown(c.bound)}`).join();
  const exactly: Clip[] = [];
  const fast: Clip[] = [];
  expect(shown(compiled.exact(() => decimal(load), exactly))).toBe(wanted);
  expect(told(exactly)).toBe(clipped);
  expect(compiled.steps([Float64Array.of(Number(load))], 0, step('0.00001'), () => decimal(load), fast)).toBe(
    Math.round(Number(wanted) * 1e5),
  );
  expect(told(fast)).toBe(clipped);
});

// ── properties ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** Well-typed formulas by the measure they give. `literals`: with literals that carry or take a unit. */
function formulas(literals: boolean) {
  type Kind = 'mass' | 'pure' | 'rate' | 'energy';
  const names: Record<Kind, string[]> = {
    mass: ['water', 'salt', '蒸发量', '[FQ-3001.v]', '[and]'],
    pure: ['k / n', 'purity', 'k / 2 pcs'],
    rate: ['load', 'water / hours'],
    energy: ['power'],
  };
  const units: Record<Kind, string> = { mass: ' kg', pure: ' %', rate: ' t/h', energy: ' kWh' };
  const number = fc.tuple(fc.nat(2000), fc.constantFrom(1, 2, 10, 1000)).map(([n, by]) => String(n / by));
  const depth = fc.createDepthIdentifier();
  const node = (tie: fc.LetrecTypedTie<Record<Kind | 'condition', string>>, kind: Kind): fc.Arbitrary<string> => {
    const own = tie(kind);
    const joined = (a: fc.Arbitrary<string>, signs: string[], b: fc.Arbitrary<string>) =>
      fc.tuple(a, fc.constantFrom(...signs), b).map(([x, sign, y]) => `(${x}) ${sign} (${y})`);
    const leaf = literals
      ? fc.oneof(
          fc.constantFrom(...names[kind]),
          number.map((n) => n + units[kind]),
        )
      : fc.constantFrom(...names[kind]);
    const other = literals ? fc.oneof(own, number) : own;
    const some: fc.Arbitrary<string>[] = [
      joined(own, ['+', '-'], other),
      joined(own, ['*', '/'], tie('pure')),
      fc.tuple(fc.constantFrom('MIN', 'max'), own, other).map(([call, a, b]) => `${call}(${a}, ${b})`),
      fc.tuple(own, other, own).map(([a, b, c]) => `CLAMP(${a}, ${b}, ${c})`),
      fc.tuple(tie('condition'), own, other).map(([a, b, c]) => `IF(${a}, ${b}, ${c})`),
      own.map((a) => `ABS(-(${a}))`),
    ];
    if (literals) some.push(fc.tuple(own, fc.constantFrom('0', '2', '0.25')).map(([a, to]) => `ROUND(${a}, ${to})`));
    if (kind === 'rate') some.push(joined(tie('mass'), ['/'], fc.constant('hours')));
    if (kind === 'mass') some.push(joined(tie('rate'), ['*'], fc.constant('hours')));
    if (kind === 'pure') {
      some.push(joined(tie('energy'), ['/'], tie('energy')), joined(tie('mass'), ['/'], tie('mass')));
      some.push(fc.tuple(tie('pure'), fc.integer({ min: -2, max: 3 })).map(([a, power]) => `(${a})^${power}`));
      if (literals) some.push(tie('rate').map((a) => `bend(${a})`));
    }
    if (kind === 'energy' && literals)
      some.push(fc.tuple(tie('mass'), tie('rate')).map(([a, b]) => `(${a}) * [定额-2](${b})`));
    return fc.oneof({ maxDepth: 4, depthIdentifier: depth }, { arbitrary: leaf, weight: 2 }, ...some);
  };
  return fc.letrec<Record<Kind | 'condition', string>>((tie) => ({
    mass: node(tie, 'mass'),
    pure: node(tie, 'pure'),
    rate: node(tie, 'rate'),
    energy: node(tie, 'energy'),
    condition: fc.oneof(
      { maxDepth: 4, depthIdentifier: depth },
      ...(['mass', 'pure', 'energy'] as const).map((kind) =>
        fc
          .tuple(tie(kind), fc.constantFrom('<', '<=', '>', '>=', '=', '<>'), tie(kind))
          .map(([a, sign, b]) => `(${a}) ${sign} (${b})`),
      ),
      fc
        .tuple(tie('condition'), fc.constantFrom('AND', 'OR'), tie('condition'))
        .map(([a, call, b]) => `((${a}) ${call} ${b})`),
      tie('condition').map((a) => `NOT(${a})`),
    ),
  }));
}

const RANDOM = formulas(true);
const NO_LITERALS = formulas(false);
const UNIT = { mass: 't', pure: '1', rate: 't/h', energy: 'MJ' } as const;
const typed = (source: typeof RANDOM) =>
  fc
    .constantFrom('mass', 'pure', 'rate', 'energy')
    .chain((kind) => source[kind].map((text) => ({ text, unit: UNIT[kind] })));
/** Compiles, or is among the few random ones that ask for too much. */
const compiledOr = (text: string, unit: string): Formula | undefined => {
  const compiled = compileFormula(text, measure(unit), SCOPE);
  if (!compiled.ok && compiled.error.code === 'too-costly') return undefined;
  return must(compiled);
};

/** A tree without places, its numbers in lowest terms. */
const bared = (tree: Tree): unknown =>
  JSON.parse(
    JSON.stringify(tree, (key, value) =>
      key === 'at' ? undefined : typeof value === 'bigint' ? String(value) : value,
    ),
  );

test('property: print∘parse is the identity', () => {
  fc.assert(
    fc.property(typed(RANDOM), ({ text, unit }) => {
      const once = compiledOr(text, unit);
      if (!once) return;
      const twice = formula(once.print(), unit);
      expect(bared(twice.tree)).toEqual(bared(once.tree));
      expect(twice.print()).toBe(once.print());
    }),
    { numRuns: 2000 },
  );
});

test('property: names of any letters print so that they parse', () => {
  const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).filter((text) => !/[\]\r\n]/.test(text));
  fc.assert(
    fc.property(fc.oneof(name, fc.constantFrom('IF', 'and', 't', '%', 'm', '班组_1', 'a-b', '1a')), (odd) => {
      const scope: Scope = {
        ...SCOPE,
        variables: new Map([[odd, measure('t')]]),
        curves: new Map([curve(odd, 't', 't', '1', { 1: '1' })]),
      };
      const once = formula(`5 t / 2 t * [${odd}] - [${odd}]([${odd}])`, 't', scope);
      expect(bared(formula(once.print(), 't', scope).tree)).toEqual(bared(once.tree));
      expect(once.reads).toEqual([odd]);
    }),
    { numRuns: 2000 },
  );
});

/** Values on coarse grids, so that rounding ties, equal sides and zero divisors happen; and huge and tiny ones. */
const VALUE = fc.oneof(
  fc.integer({ min: -40, max: 400 }).map((n) => ratio(n, 2)),
  fc.integer({ min: -2_000_000, max: 2_000_000 }).map((n) => ratio(n, 1000)),
  fc.tuple(fc.nat(100_000_000), fc.constant(3_600_000)).map(([n, d]) => ratio(n, d)),
  fc.constantFrom('0', '60', '90', '130', '9007199254740993', '1e30', '-1e-30', '1e40', '0.1').map(decimal),
);
const valuation = fc.array(VALUE, { minLength: 14, maxLength: 14 });
const at = (all: readonly Ratio[], formulaOf: { reads: readonly string[] }, index: number): Ratio =>
  all[[...SCOPE.variables.keys()].indexOf(formulaOf.reads[index] ?? '')] ?? ZERO;

test('property: steps is exact, rounded', () => {
  const seen = { fast: 0, slow: 0, zero: 0, beyond: 0 };
  fc.assert(
    fc.property(
      typed(RANDOM),
      valuation,
      fc.constantFrom('1', '0.5', '0.001', '0.00001'),
      ({ text, unit }, all, size) => {
        const compiled = compiledOr(text, unit);
        if (!compiled) return;
        const clips: Clip[] = [];
        const exact = compiled.exact((index) => at(all, compiled, index), clips);
        const columns = compiled.reads.map((_, index) => Float64Array.of(0, nearestDouble(at(all, compiled, index))));
        for (const told of [undefined, [] as Clip[]]) {
          let asked = false;
          const ask = (index: number): Ratio => {
            asked = true;
            return at(all, compiled, index);
          };
          const count = compiled.steps(columns, 1, step(size), ask, told);
          seen[asked ? 'slow' : 'fast'] += 1;
          if (told) expect(told).toEqual(clips);
          if (failed(exact)) {
            seen.zero += 1;
            expect(count).toEqual(exact);
          } else if (failed(count)) {
            seen.beyond += 1;
            expect(count.failure).toBe('beyond-range');
            expect(() => toSteps(exact, step(size))).toThrow(RangeError);
          } else expect(count).toBe(toSteps(exact, step(size)) + 0);
        }
      },
    ),
    { numRuns: 5000 },
  );
  // The property says nothing unless every way was gone.
  for (const times of Object.values(seen)) expect(times).toBeGreaterThan(20);
});

test('property: a condition of a row is the exact condition', () => {
  fc.assert(
    fc.property(RANDOM.condition, valuation, (text, all) => {
      const compiled = compileFormula(text, 'condition', SCOPE);
      if (!compiled.ok) {
        expect(compiled.error.code).toBe('too-costly');
        return;
      }
      const { formula: condition } = compiled;
      const columns = condition.reads.map((_, index) => Float64Array.of(nearestDouble(at(all, condition, index))));
      const value = (index: number): Ratio => at(all, condition, index);
      expect(condition.holds(columns, 0, value)).toEqual(condition.exact(value));
    }),
    { numRuns: 3000 },
  );
});

test('ties of a steep curve are rounded half-even, though the doubles lie beside them', () => {
  const scope: Scope = { ...SCOPE, curves: new Map([curve('steep', '1', '1', '1', { 0: '0', 1: '1000003' })]) };
  const compiled = formula('steep(k / n + 1000 - 1000)', '1', scope);
  for (let whole = 990_000; whole < 992_000; whole += 1) {
    const [k, n] = [2 * whole + 1, 2_000_006];
    const count = compiled.steps([Float64Array.of(k), Float64Array.of(n)], 0, step('1'), (index) =>
      ratio(index === 0 ? k : n),
    );
    expect(count).toBe(whole % 2 === 0 ? whole : whole + 1);
  }
});

test('what underflows in doubles is not zero', () => {
  const condition = must(compileFormula('(k / 1 pcs)^9 > 0', 'condition', SCOPE));
  expect(condition.holds([Float64Array.of(1e-40)], 0, () => decimal('1e-40'))).toBe(true);
});

/** The double nearest to a ratio, found by asking both neighbours: `toNumber` may be off by more than half a unit. */
function nearestDouble(value: Ratio): number {
  const guess = toNumber(value);
  if (guess === 0 || !Number.isFinite(guess)) return guess;
  const exactly = (x: number): Ratio => {
    let [n, d] = [x, 1n];
    while (!Number.isInteger(n)) [n, d] = [n * 2, d * 2n];
    return ratio(BigInt(n), d);
  };
  const off = (x: number): Ratio => {
    const gap = subtract(exactly(x), value);
    return gap.n < 0n ? { n: -gap.n, d: gap.d } : gap;
  };
  const unit = Math.abs(guess) * 2 ** -53;
  return [guess, guess - unit, guess + unit].reduce((best, x) => (compare(off(x), off(best)) < 0 ? x : best));
}

test('property: formulas never mix dimensions', () => {
  // Scaling every mass by 3 and every energy by 7 (as other base units would) scales a result by what its dimensions say.
  const factor: Record<string, Ratio> = { t: ratio(3), '1': ONE, 't/h': ratio(3), MJ: ratio(7) };
  const scaleOf = (name: string): Ratio => {
    const { dimensions } = SCOPE.variables.get(name) ?? measure('1');
    return multiply(dimensions.has('mass') ? ratio(3) : ONE, dimensions.has('energy') ? ratio(7) : ONE);
  };
  fc.assert(
    fc.property(typed(NO_LITERALS), valuation, ({ text, unit }, all) => {
      const compiled = compiledOr(text, unit);
      if (!compiled) return;
      const value = (index: number): Ratio => at(all, compiled, index);
      const plain = compiled.exact(value);
      const scaled = compiled.exact((index) => multiply(value(index), scaleOf(compiled.reads[index] ?? '')));
      if (failed(plain) || failed(scaled)) expect(scaled).toEqual(plain);
      else expect(compare(scaled, multiply(plain, factor[unit] ?? ZERO))).toBe(0);
    }),
    { numRuns: 3000 },
  );
});

test('property: garbage is refused at a place in the text, or compiles to what it prints; it never throws', () => {
  const words = [
    'water',
    '5',
    ' t',
    '/m',
    '(',
    ')',
    ',',
    '+',
    '-',
    '^',
    '2',
    '<',
    'IF(',
    'bend(',
    '[',
    ']',
    '40%',
    ' AND ',
    '\n',
    '（',
    '，',
    '班',
  ];
  const garbage = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.array(fc.constantFrom(...words), { maxLength: 30 }).map((parts) => parts.join('')),
    fc.tuple(typed(RANDOM), fc.nat(), fc.string({ maxLength: 2 })).map(([{ text }, where, what]) => {
      const cut = where % text.length;
      return text.slice(0, cut) + what + text.slice(cut + 1);
    }),
  );
  const seen = { refused: 0, compiled: 0 };
  fc.assert(
    fc.property(garbage, (text) => {
      const compiled = compileFormula(text, measure('t'), SCOPE);
      seen[compiled.ok ? 'compiled' : 'refused'] += 1;
      if (compiled.ok) {
        expect(bared(formula(compiled.formula.print(), 't').tree)).toEqual(bared(compiled.formula.tree));
        return;
      }
      const { line, column } = compiled.error;
      const of = text.split('\n')[line - 1];
      expect(of).toBeDefined();
      expect(column).toBeLessThanOrEqual([...(of ?? '')].length + 1);
      expect(column).toBeGreaterThan(0);
    }),
    { numRuns: 10_000 },
  );
  expect(Math.min(seen.refused, seen.compiled)).toBeGreaterThan(100);
});

// ── bounds ─────────────────────────────────────────────────────────────────────────────────────────────────────────

test.each([
  ['10,000 brackets', '('.repeat(10_000), 'too-deep'],
  ['10,000 minus signs', '-'.repeat(10_000), 'too-deep'],
  ['3,333 calls', 'IF('.repeat(3_333), 'too-deep'],
  ['unit brackets', `5 t${'/(t'.repeat(3_300)}`, 'unknown-name'],
  ['open names', '['.repeat(10_000), 'unclosed'],
  ['a long unit', `5 t${'/t'.repeat(4_900)}`, 'unknown-unit'],
  ['5,000 summands', Array(5_000).fill('k').join('+'), 'too-many-parts'],
  ['a tower of powers', `${'('.repeat(99)}k${'^9)'.repeat(99)}`, 'too-costly'],
  ['a million characters', 'k+'.repeat(500_000), 'too-long'],
])('%s are refused quickly', (_, text, code) => {
  const start = performance.now();
  expect(compileFormula(text, measure('pcs'), SCOPE)).toMatchObject({ ok: false, error: { code } });
  expect(performance.now() - start).toBeLessThan(500);
});

test('the longest chain allowed works in every way', () => {
  const compiled = formula(
    Array(LIMITS.parts / 2)
      .fill('k')
      .join(' + '),
    'pcs',
  );
  const total = LIMITS.parts / 2;
  expect(compiled.steps([Float64Array.of(0.5)], 0, step('1'), () => ratio(1, 2))).toBe(total / 2);
  expect(compiled.exact(() => ONE)).toEqual(ratio(total));
  expect(compiled.explain(() => ONE)).toHaveLength(total - 1);
  expect(compiled.print().split('+')).toHaveLength(total);
});
