// Readings from outside: the fast way against the general one, and files of other systems.
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesName, unreadFiles } from '../src/connect/folder.ts';
import { fileAt, readReadings } from '../src/connect/readings.ts';
import { formatUtc, readPlant } from '../src/plant.ts';
import { memoryFile } from './bad-input/judge.ts';
import { testWithRealData } from './outside.ts';
import { plantWithPoints } from './plants.ts';
import { filesOf } from './small-plant.ts';

describe('the fast way and the general way give the same rows', () => {
  const two = fc.integer({ min: 0, max: 61 }).map((n) => String(n).padStart(2, '0'));
  const stamp = fc
    .tuple(
      fc.integer({ min: 1968, max: 2201 }),
      fc.integer({ min: 0, max: 13 }),
      fc.integer({ min: 0, max: 32 }),
      fc.constantFrom('-', '/', '.'),
      fc.constantFrom(' ', 'T', '  '),
      fc.integer({ min: 0, max: 25 }).map((n) => String(n).padStart(2, '0')),
      two,
      fc.oneof(
        fc.constant(''),
        two.map((s) => `:${s}`),
        fc.tuple(two, fc.stringMatching(/^\d{1,10}$/)).map((x) => `:${x.join('.')}`),
      ),
      fc.constantFrom('', 'Z', '+08:00', '-0330', '+14:00', '+24:00', '+08:75', ' +08:00', '+8'),
    )
    .map(
      ([y, m, d, s, gap, h, mi, rest, offset]) =>
        `${y}${s}${String(m).padStart(2, '0')}${s}${String(d).padStart(2, '0')}${gap}${h}:${mi}${rest}${offset}`,
    );
  const value = fc.oneof(
    fc.stringMatching(/^[+-]?\d{1,17}(\.\d{0,16})?$/),
    fc.stringMatching(/^[+-]?\d{0,4}\.\d*5$/),
    fc.double().map(String),
    fc.constantFrom('', '.', '-', '5.', '.5', '--1', '1.2.3', '-0', '-0.0004', '1e3'),
  );

  test.each(['Asia/Shanghai', 'America/New_York', 'Europe/Lisbon', 'Australia/Lord_Howe', 'Asia/Kathmandu'])(
    '%s',
    async (zone) => {
      const plant = plantWithPoints(
        ['0.001', '0.01', '1', '0.2', '0.25', '3', '1000', '0.000000001']
          .map((step, i) => `P${i}: { kind: level, unit: m, step: ${step} }`)
          .concat('C: { kind: counter, unit: t, step: 0.01, rollover: 10000, greatest rate: 5 t/h, multiplier: 40 }')
          .join('\n'),
        '',
        zone,
      );
      const row = fc
        .tuple(
          fc.constantFrom('P0', 'P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P7', 'C', 'OUT'),
          stamp,
          value,
          fc.constantFrom('', 'good', 'bad', 'Good', 'x'),
          fc.oneof(fc.constant(''), stamp),
        )
        .map((cells) => cells.join(','));
      await fc.assert(
        fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 60 }), async (rows) => {
          const warm = plant.points.map(({ id }) => `${id},2022-03-01 08:00,1,,`);
          const file = memoryFile(
            'r.csv',
            Buffer.from(['point,time,value,quality,learnt_at', ...warm, ...rows].join('\n')),
          );
          const [fast, general] = [
            await readReadings(plant, [file]),
            await readReadings(plant, [file], { fast: false }),
          ];
          expect(fast).toEqual(general);
        }),
        { numRuns: 60, seed: 7 },
      );
    },
  );
});

describe('sources', () => {
  const read = async (plant: ReturnType<typeof plantWithPoints>, name: string, text: string) => {
    const { log, samples, problems } = await readReadings(plant, [memoryFile(name, Buffer.from(text))]);
    const rows = Array.from({ length: log.length }, (_, i) => [
      plant.points[log.point[i]!]!.id,
      formatUtc(log.time[i]!).slice(0, 16),
      log.value[i],
      formatUtc(log.learnt[i]!).slice(0, 16),
    ]);
    return { rows, samples, codes: problems.map(({ code, line }) => `${code}:${line}`) };
  };

  test('stamps at the end of an interval, midnight last, events inside the interval they tell of', async () => {
    const plant = plantWithPoints(
      'KWH: { kind: batch, unit: kWh, step: 0.01 }\nFACE: { kind: counter, unit: kWh, step: 1 }',
      'meter: { file: "meter-*.csv", time: date, order: dmy, stamps: end, interval: 15 min, midnight: next day, columns: { used: KWH, face: FACE } }',
      'UTC',
    );
    const text =
      'date,used,face\n31/12/2018 23:45,3.78,7\n31/12/2018 00:00, 3.67 ,8\n30/02/2018 0:15,1,9\n01/01/2019 0:15,,\n';
    expect(await read(plant, 'x/meter-2.csv', text)).toEqual({
      rows: [
        ['KWH', '2018-12-31T23:30', 378, '2018-12-31T23:45'],
        ['FACE', '2018-12-31T23:45', 7, '2018-12-31T23:45'],
        ['KWH', '2018-12-31T23:45', 367, '2019-01-01T00:00'],
        ['FACE', '2019-01-01T00:00', 8, '2019-01-01T00:00'],
      ],
      samples: [],
      codes: ['bad-instant:4'],
    });
    expect((await read(plant, 'meter-1.csv', 'date,face\n')).codes).toEqual(['missing-column:1']);
    expect((await read(plant, 'other.csv', 'date,used,face\n')).codes).toEqual(['unknown-table:1']);
  });

  test('rows chosen by a cell, points by a template, days without an hour', async () => {
    const plant = plantWithPoints(
      'TEAM-8-ACTUAL: { kind: manual, unit: "1", step: 0.0001 }\nLAB: { kind: sample, unit: "%", step: 0.01 }',
      'p: { file: p.csv, time: date, order: mdy, at: "08:00", where: { department: sweing }, columns: { actual: "TEAM-{team}-ACTUAL", lab: LAB } }',
      'UTC',
    );
    const header = 'date,department,team,actual,lab\n';
    const told = await read(
      plant,
      'p.csv',
      `${header}01-13-2015,sweing ,8,0.940725424,1.5\n1-13-2015,finishing,8,0.5,\n01-13-2015,sweing,9,0.5,\n`,
    );
    expect(told.rows).toEqual([['TEAM-8-ACTUAL', '2015-01-13T08:00', 9407, '2015-01-13T08:00']]);
    expect(told.samples).toMatchObject([{ point: 'LAB', value: 150, time: Date.UTC(2015, 0, 13, 8) }]);
    expect(told.codes).toEqual(['unknown-reference:4']);
    expect((await read(plant, 'p.csv', `${header}01-13-2015,cutting,8,1,\n`)).codes).toEqual(['no-rows-chosen:0']);
  });

  test('a mean over an interval is no slope', () => {
    const source = 's: { file: s.csv, time: t, interval: 1 h, columns: { q: FT } }';
    expect(() => plantWithPoints('FT: { kind: rate, unit: t/h, step: 0.1 }', source)).toThrow('sloped-mean');
    expect(() => plantWithPoints('FT: { kind: rate, unit: t/h, step: 0.1, between: step }', source)).not.toThrow();
  });

  test.each([
    ['a*.csv', 'a1.csv', true],
    ['a*.csv', 'a.csv', true],
    ['a*b*.csv', 'ab.csv', true],
    ['a*b*.csv', 'acb2.csv', true],
    ['a*a', 'a', false],
    ['a.csv', 'b.csv', false],
    ['a*b*c', 'acb', false],
  ])('%s and %s: %s', (pattern, name, fits) => expect(matchesName(pattern, name)).toBe(fits));
});

test('a table in the folder that nothing reads is told, with the name that was perhaps meant', () => {
  const { plant } = readPlant(
    filesOf({
      streams: ['water: {role: output, unit: t, point: W, budget: 10 t/h}'],
      points: ['W: {kind: counter, unit: t, step: 0.1}'],
      prices: ['water 10'],
      readings: '',
    }),
  );
  const names = ['fee.csv', 'fees.csv', 'notes.txt', 'plant.yaml', 'prices.csv', 'readings-2022.csv', 'roster.csv'];
  expect(unreadFiles(names, plant!).map(({ code, file, args }) => [code, file, args.nearest])).toEqual([
    ['unread-file', 'fee.csv', 'fees.csv'],
    ['unread-file', 'roster.csv', ''],
  ]);
});

testWithRealData('a flotation plant, a steel works and a garment factory are read whole', async (folder) => {
  const teams = Array.from({ length: 12 }, (_, i) => `TEAM-${i + 1}-ACTUAL: { kind: manual, unit: "1", step: 0.0001 }`);
  const plant = plantWithPoints(
    [
      'FT-STARCH: { kind: rate, unit: kg/h, step: 0.01, between: step, gap: 1 h }',
      'LAB-SILICA: { kind: sample, unit: "%", step: 0.01 }',
      'KWH: { kind: batch, unit: kWh, step: 0.01 }',
      ...teams,
    ].join('\n'),
    `historian: { file: flotation_plant_hourly.csv, time: date, stamps: start, interval: 1 h, columns: { Starch Flow: FT-STARCH, "% Silica Concentrate": LAB-SILICA } }
meter: { file: Steel_industry_data.csv, time: date, order: dmy, stamps: end, interval: 15 min, midnight: next day, columns: { Usage_kWh: KWH } }
productivity: { file: garments_worker_productivity.csv, time: date, order: mdy, at: "08:00", where: { department: sweing }, columns: { actual_productivity: "TEAM-{team}-ACTUAL" } }`,
    'UTC',
  );
  const take = async (name: string) => readReadings(plant, [fileAt(join(folder, name))]);
  const flotation = await take('flotation_plant_hourly.csv');
  expect(flotation.problems).toEqual([]);
  expect([flotation.log.length, flotation.samples.length]).toEqual([3948, 3948]);
  expect([flotation.log.time[0], flotation.log.value[0]]).toEqual([Date.UTC(2017, 2, 29, 12), 106_086]);
  const steel = await take('Steel_industry_data.csv');
  expect(steel.problems).toEqual([]);
  expect(steel.log.length).toBe(35_040);
  // Every quarter of an hour of 2018 once, in order, none in 2019.
  expect([...steel.log.time]).toEqual(Array.from({ length: 35_040 }, (_, i) => Date.UTC(2018, 0, 1) + i * 900_000));
  const garments = await take('garments_worker_productivity.csv');
  expect(garments.problems).toEqual([]);
  expect(garments.log.length).toBe(691);
});
