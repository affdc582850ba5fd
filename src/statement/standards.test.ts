// Allowed quantities (settling.md §5): Σ coefficient × driver + fixed × hours, exact over all slices, rounded once.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { settleSmall } from '../../test/small-plant.ts';
import type { InputStream, Standard } from '../plant.ts';
import { add, compare, hoursOf, multiply, type Ratio, ratio, toSteps } from '../quantity.ts';
import {
  allowedExact,
  allowedSteps,
  coefficientOf,
  loadOf,
  type Plan,
  planOf,
  type Slice,
  type StandardNotice,
  variableOf,
} from './standards.ts';

/** The standard of an input counted in `step`, over water in 0.1 t and a tank in 0.01 t, in a unit with a temperature. */
function plan(standard: string, step = '0.1', measure = 't'): Plan {
  const { plant } = settleSmall({
    unit: '    conditions: {temp: {point: T, budget: 20 degC}, damp: {point: D, budget: 5 %}}\n',
    streams: [
      'water: {role: output, unit: t, point: W, budget: 10 t/h}',
      `in: {role: input, unit: ${measure}, point: S, standard: {${standard}}}`,
      'tank: {role: stock, unit: t, point: L, quantity: level * 1 t/m, step: 0.01, makes: water, completion: 50 %}',
    ],
    points: [
      'W: {kind: batch, unit: t, step: 0.1}',
      `S: {kind: batch, unit: ${measure}, step: ${step}}`,
      'L: {kind: level, unit: m, step: 0.01}',
      'T: {kind: rate, unit: degC, step: 0.1}',
      'D: {kind: rate, unit: "%", step: 0.1}',
    ],
    prices: ['water 1', 'in 1'],
    readings: '',
  });
  const unit = plant.units.get('u')!;
  const stream = unit.streams.find((s): s is InputStream => s.id === 'in')!;
  return planOf(unit, stream, stream.standards[0]?.value as Standard);
}

const HOURS = ratio(8);
const slice = (water: number, more: Partial<Slice> = {}): Slice => ({
  drivers: new Map([['water', water]]),
  hours: HOURS,
  load: ratio(water, 80),
  conditions: new Map([['temp', ratio(20)]]),
  ...more,
});
const withTank = (water: number, tank: number, more: Partial<Slice> = {}): Slice => {
  const drivers = new Map([
    ['water', water],
    ['tank', tank],
  ]);
  return slice(water, { ...more, drivers });
};

describe('the sum', () => {
  test('of coefficients, each with its driver on its own step, and the fixed part per hour run', () => {
    const p = plan('water: 0.25, tank: 0.4, per hour run: 1.5');
    // 80 t × 0.25 + 5 t × 0.4 + 8 h × 1.5 = 34 t
    expect(allowedSteps(p, [withTank(800, 500)])).toBe(340);
    // A tank that falls takes off.
    expect(allowedSteps(p, [withTank(800, -500)])).toBe(300);
    expect(allowedSteps(p, [slice(0)])).toBe(120);
    expect(allowedSteps(p, [])).toBe(0);
  });

  test('rounded once, half to even, not slice by slice', () => {
    const p = plan('water: 0.05', '1');
    expect([10, 30, 50, 70].map((t) => allowedSteps(p, [slice(t * 10)]))).toEqual([0, 2, 2, 4]);
    expect(allowedSteps(p, [slice(100), slice(100), slice(100)])).toBe(2);
  });

  test('in the unit of the input', () => {
    // 80 t × 3.1 kWh/t = 248 kWh
    expect(allowedSteps(plan('water: 3.1', '1', 'kWh'), [slice(800)])).toBe(248);
  });

  test('hours that are no whole ms', () => {
    const p = plan('water: 0.1, per hour run: 3', '0.001');
    expect(allowedSteps(p, [slice(0, { hours: ratio(1, 7) })])).toBe(429);
    expect(allowedSteps(p, [slice(0, { hours: ratio(1, 7) }), slice(0, { hours: ratio(1, 7) })])).toBe(857);
  });

  test('drivers counted in the common step of their product group', () => {
    const p = plan('water: 0.25');
    const sizes = new Map([['water', ratio(1, 20)]]);
    expect(allowedSteps(p, [slice(801, { sizes })])).toBe(100);
    expect(allowedSteps(p, [slice(802, { sizes })])).toBe(100); // 40.1 t × 0.25 = 10.025
    expect(allowedSteps(p, [slice(801), slice(801, { sizes })])).toBe(300); // 20.025 + 10.0125
  });

  test('the same however large or uneven: as exact arithmetic has it', () => {
    const plans = [
      plan('water: 0.2537, tank: 0.41, per hour run: 1.37', '0.001'),
      plan('water: 0.000001, per hour run: 0.0001', '0.0001'),
      plan('water: {formula: "0.31 + load / 100 t/h", step: 0.00001}, tank: 0.4, per hour run: 0.7', '0.01'),
    ];
    const hours = fc.oneof(
      fc.integer({ min: 0, max: 30_000_000 }).map(hoursOf),
      fc.tuple(fc.integer({ min: 0, max: 99 }), fc.integer({ min: 1, max: 99 })).map(([n, d]) => ratio(n, d)),
    );
    const one = fc.record({
      water: fc.oneof(fc.integer({ min: -900, max: 9000 }), fc.integer({ min: 0, max: 2 ** 44 })),
      tank: fc.integer({ min: -9000, max: 9000 }),
      hours,
      load: fc.integer({ min: 0, max: 500 }).map((n) => ratio(n, 8)),
    });
    fc.assert(
      fc.property(fc.constantFrom(...plans), fc.array(one, { minLength: 1, maxLength: 4 }), (p, list) => {
        const slices = list.map(({ water, tank, ...more }) => withTank(water, tank, more));
        let sum: Ratio = ratio(0);
        for (const s of slices) {
          sum = add(sum, multiply(p.fixed, s.hours));
          for (const term of p.terms)
            sum = add(
              sum,
              multiply(coefficientOf(term, s), multiply(ratio(s.drivers.get(term.driver)!), term.driverSize)),
            );
        }
        expect(compare(allowedExact(p, slices), sum)).toBe(0);
        expect(allowedSteps(p, slices)).toBe(toSteps(sum, p.step));
      }),
      { numRuns: 200, seed: 7 },
    );
  });
});

describe('coefficients by formula', () => {
  const told = (p: Plan, ...slices: Slice[]): [number, StandardNotice[]] => {
    const notices: StandardNotice[] = [];
    return [allowedSteps(p, slices, notices), notices];
  };

  test('read the load, the hours and the conditions, and are rounded to their step first', () => {
    // 1 ÷ 3 on 0.01: 0.33 × 80 t
    expect(
      allowedSteps(plan('water: {formula: "1 degC / temp", step: 0.01}'), [
        slice(800, { conditions: new Map([['temp', ratio(3)]]) }),
      ]),
    ).toBe(264);
    const p = plan('water: {formula: "0.1 + load / 100 t/h + hours / 100 h"}');
    // load 10 t/h, 8 h: 0.28
    expect(allowedSteps(p, [slice(800)])).toBe(224);
    expect(p.readsLoad).toBe(true);
    expect([p.conditions, plan('water: {formula: "IF(temp > 5 degC, 1, 2)"}').conditions]).toEqual([[], ['temp']]);
    expect(plan('water: 0.1').readsLoad).toBe(false);
  });

  test('a condition without a value is 0, and so is what no name gives', () => {
    expect(variableOf('temp', slice(800, { conditions: new Map() }))).toEqual(ratio(0));
    expect(variableOf('hours', slice(800))).toEqual(HOURS);
    expect(variableOf('load', slice(800))).toEqual(ratio(10));
  });

  test('one that divides by 0 is 0, and says so once a slice; not for a driver that did nothing', () => {
    const p = plan('water: {formula: "1 degC / (temp - 20 degC)"}, tank: 1');
    expect(told(p, withTank(800, 100))).toEqual([10, [{ kind: 'no-coefficient' }]]);
    expect(told(p, slice(800), slice(800))[1]).toHaveLength(2);
    expect(told(p, slice(0))).toEqual([0, []]);
  });

  test('a curve holds its ends beyond them, and says on which side', () => {
    const p = plan('water: {curve: load, at: {5: 0.2, 10: 0.4}}');
    expect(told(p, slice(800))).toEqual([320, []]); // 10 t/h
    const [allowed, notices] = told(p, slice(160)); // 2 t/h
    expect(allowed).toBe(32);
    expect(notices.map((n) => n.kind === 'clipped' && n.clip.side)).toEqual(['below']);
    expect(told(p, slice(1600))[1].map((n) => n.kind === 'clipped' && n.clip.side)).toEqual(['above']);
    expect(allowedSteps(p, [slice(1600)])).toBe(640);
  });
});

test('the load is the load output per hour run, 0 over no hours', () => {
  const { unit } = plan('water: 1');
  expect(compare(loadOf(unit, 800, HOURS), ratio(10))).toBe(0);
  expect(compare(loadOf(unit, 800, HOURS, ratio(1, 20)), ratio(5))).toBe(0);
  expect(compare(loadOf(unit, 800, ratio(0)), ratio(0))).toBe(0);
  expect(compare(loadOf({ ...unit, load: undefined }, 800, HOURS), ratio(0))).toBe(0);
});

test('a standard is made ready once', () => {
  const p = plan('water: 1');
  const stream = p.unit.streams.find((s): s is InputStream => s.id === 'in')!;
  expect(planOf(p.unit, stream, stream.standards[0]?.value as Standard)).toBe(p);
});
