import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { FEATURES, featureNames } from './features.ts';
import { type SimulatedPlant, simulatePlant, simulateShowcase } from './plant.ts';

const SEEDS = 300;
const plants: readonly SimulatedPlant[] = Array.from({ length: SEEDS }, (_, seed) => simulatePlant(seed));

type Sections = Record<string, Record<string, Record<string, unknown>>>;
const sectionsOf = (plant: SimulatedPlant): Sections => parse(plant.files.get('plant.yaml')!, { schema: 'failsafe' });

/** Cells of a table in which no quoted cell holds a line break or a quote. */
const cellsOf = (text: string): string[][] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/"([^"]*)"/g, (_, inner: string) => inner.replaceAll(',', ';')).split(','));

describe('a seed', () => {
  test('gives the same bytes each time, another seed others', () => {
    for (const seed of [0, 7, 123_456_789, 2 ** 40 + 1]) {
      const [one, two] = [simulatePlant(seed), simulatePlant(seed)];
      expect([...one.files]).toEqual([...two.files]);
      expect(one.truth).toEqual(two.truth);
    }
    expect(simulatePlant(1).files.get('readings.csv')).not.toBe(simulatePlant(2).files.get('readings.csv'));
  });

  test('an unknown feature is refused', () => {
    expect(() => simulatePlant(1, { without: ['earthquake' as 'late'] })).toThrow(RangeError);
  });
});

describe('files', () => {
  test('YAML parses, every reference is declared, there are at most 12 points', () => {
    for (const plant of plants) {
      const { units, points, flows = {}, rotations } = sectionsOf(plant);
      expect(Object.keys(points!).length).toBeLessThanOrEqual(12);
      for (const point of Object.values(points!)) if (point.of) expect(points).toHaveProperty(String(point.of));
      for (const flow of Object.values(flows)) expect(points).toHaveProperty(String(flow.point));
      for (const point of Object.values(points!))
        if (point.rollover !== undefined) expect(point['greatest rate']).toBeDefined();
      for (const unit of Object.values(units!)) {
        expect(rotations).toHaveProperty(String(unit.rotation));
        for (const [id, stream] of Object.entries(unit.streams as Record<string, Record<string, string>>)) {
          if (stream.flow) expect(flows).toHaveProperty(stream.flow);
          else if (stream.role !== 'fee') expect(points, id).toHaveProperty(stream.point!);
        }
      }
    }
  });

  test('tables are whole: as many cells in each row as in its header, stamps and decimals well-formed', () => {
    const stamp = /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{3})?(Z|[+-]\d\d:\d\d)| \d\d:\d\d(:\d\d(\.\d{3})?)?)$/;
    for (const plant of plants)
      for (const [name, text] of plant.files) {
        if (!name.endsWith('.csv')) continue;
        expect(text.endsWith('\n')).toBe(true);
        const header = text.slice(0, text.indexOf('\n')).split(',');
        const rows = cellsOf(text).slice(1);
        const wrong = rows.filter((row) => row.length !== header.length);
        expect(wrong, name).toEqual([]);
        const at = header.indexOf('time');
        const value = header.indexOf('value');
        if (at >= 0) expect(rows.find((row) => !stamp.test(row[at]!))).toBeUndefined();
        if (value >= 0) expect(rows.find((row) => !/^(-?\d+(\.\d+)?)?$/.test(row[value]!))).toBeUndefined();
        expect(text).not.toMatch(/NaN|undefined|Infinity|e[+-]\d/);
      }
  });

  test('every item that is counted has a price', () => {
    for (const plant of plants) {
      const prices = plant.files.get('prices.csv')!;
      for (const unit of Object.values(sectionsOf(plant).units!))
        for (const [id, stream] of Object.entries(unit.streams as Record<string, Record<string, string>>))
          if (['output', 'input', 'by-product'].includes(stream.role!))
            expect(prices).toMatch(new RegExp(`^${id},`, 'm'));
    }
  });
});

describe('features', () => {
  const planted = new Map(featureNames().map((name) => [name, 0]));
  for (const { truth } of plants) for (const name of truth.planted) planted.set(name, planted.get(name)! + 1);

  test(`each is planted in at least 8 of ${SEEDS} seeds`, () => {
    expect([...planted].filter(([, count]) => count < 8)).toEqual([]);
  });

  test('no feature is planted much more often than it is wished for', () => {
    const byChance = (p: number): number => SEEDS * p + 4 * Math.sqrt(SEEDS * p * (1 - p)) + 1;
    const alike = new Set(['second-output', 'by-product']); // planted for another feature's sake too
    const often = Object.entries(FEATURES).filter(
      ([name, p]) => !alike.has(name) && planted.get(name as 'late')! > byChance(p),
    );
    expect(often).toEqual([]);
  });

  test('nearly all pairs of features that go together meet', () => {
    const names = Object.keys(FEATURES) as (keyof typeof FEATURES)[];
    const sets = plants.map(({ truth }) => new Set<string>(truth.planted));
    const pairs = names.flatMap((a, i) => names.slice(i + 1).map((b) => [a, b] as const));
    const met = pairs.filter(([a, b]) => sets.some((set) => set.has(a) && set.has(b)));
    expect(met.length / pairs.length).toBeGreaterThan(0.9);
  });

  test('only and without', () => {
    const { truth } = simulatePlant(11, { only: ['stock', 'stock-game', 'clock-12h'], without: ['stock-game'] });
    expect(truth.planted).toEqual(['clock-12h', 'day-on', 'four-crews', 'month-1', 'stock', 'zone-shanghai']);
  });
});

describe('sizes', () => {
  test('two units of four crews for a month, on given days', () => {
    const plant = simulatePlant(3, { clean: true, units: 2, crews: 4, days: 31, firstDay: '2022-03-01' });
    expect([plant.from, plant.to]).toEqual(['2022-03-01', '2022-03-31']);
    expect(Object.values(plant.truth.crews).map((crews) => Object.keys(crews).length)).toEqual([4, 4]);
  });
});

describe('showcase', () => {
  test('eight teams for a month show what a crew meets', () => {
    const plant = simulateShowcase(1, 8, 31, '2022-03-01');
    expect(Object.keys(sectionsOf(plant).teams!).length).toBe(8);
    expect(plant.truth.planted.length).toBeGreaterThan(20);
  });
});

describe('truth', () => {
  test('raw readings of a clean quarter show each crew its effect', () => {
    for (const seed of [2, 3, 4, 5]) {
      const plant = simulatePlant(seed, { clean: true, units: 1, days: 92, only: ['on-the-boundary'] });
      const [unit] = Object.entries(sectionsOf(plant).units!)[0]!;
      const crews = plant.truth.crews[unit]!;
      for (const flow of Object.keys(Object.values(crews)[0]!.effects)) {
        const found = excessByCrew(plant, unit, flow);
        for (const [crew, { effects }] of Object.entries(crews))
          expect(Math.abs(found.get(crew)! - effects[flow]!), `${seed} ${flow} ${crew}`).toBeLessThan(0.004);
      }
    }
  });
});

/** Use of a flow against its constant standard, crew by crew, from the first and last reading of each shift. */
function excessByCrew(plant: SimulatedPlant, unitId: string, flow: string): Map<string, number> {
  const { units, points: _, rotations } = sectionsOf(plant);
  const streams = units![unitId]!.streams as Record<string, Record<string, never>>;
  const [output] = Object.keys(streams);
  const { pattern, offset, crews, from } = (Object.values(rotations!)[0]!.periods as never[])[0]! as {
    pattern: string;
    offset: string;
    crews: string[];
    from: string;
  };
  const series = (stream: string): [number, number][] =>
    plant.files
      .get('readings.csv')!
      .split('\n')
      .filter((line) => line.startsWith(`${streams[stream]!.point},`))
      .map((line) => line.split(','))
      .map(([, time, value]) => [Date.parse(time!), Number(value)]);
  const crewAt = (at: number): string => {
    const wall = at + 8 * 3_600_000;
    const day = Math.floor(wall / 86_400_000);
    const letter = '夜早中'[Math.floor((wall - day * 86_400_000) / 28_800_000)]!;
    const since = day - Date.parse(`${from}T00:00:00Z`) / 86_400_000;
    return crews.find((__, i) => [...pattern][(since + i * Number(offset)) % pattern.length] === letter)!;
  };
  const total = (stream: string): Map<string, number> => {
    const sums = new Map<string, number>();
    const list = series(stream);
    for (const [index, [at, value]] of list.entries()) {
      const next = list[index + 1];
      if (!next || crewAt(at) !== crewAt(next[0] - 1)) continue;
      const crew = crewAt(at);
      sums.set(crew, (sums.get(crew) ?? 0) + (next[1] - value) / (next[0] - at));
      sums.set(`${crew} n`, (sums.get(`${crew} n`) ?? 0) + 1);
    }
    return sums;
  };
  const [used, made] = [total(flow), total(output!)];
  const per = Number(streams[flow]!.standard![output!]);
  return new Map(
    crews.map((crew) => {
      const rate = (sums: Map<string, number>): number => sums.get(crew)! / sums.get(`${crew} n`)!;
      return [crew, rate(used) / (rate(made) * per) - 1];
    }),
  );
}
