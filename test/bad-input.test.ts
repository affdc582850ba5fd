// Mistakes people and machines make, planted in the worked example: each is told by its code, file and line, with a cure.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readReadings } from '../src/connect/readings.ts';
import { type Plant, type Problem, readPlant } from '../src/plant.ts';
import { explainProblem, sayProblem, WORDS } from '../src/words/say.ts';
import { judgePlant, judgeReadings, memoryFile } from './bad-input/judge.ts';
import { mutate, randomOf } from './bad-input/mutate.ts';

const folder = join(import.meta.dirname, '..', 'examples', 'worked');
const bytes = new Map(
  readdirSync(folder)
    .filter((name) => /\.(yaml|csv)$/.test(name))
    .map((name) => [name, readFileSync(join(folder, name))]),
);
const sound = new Map([...bytes].map(([name, content]) => [name, content.toString('utf8')]));
const readingsText = sound.get('readings.csv') as string;
sound.delete('readings.csv');

const lineOf = (text: string, part: string): number => text.slice(0, text.indexOf(part)).split('\n').length;

function plantWith(file: string, from: string | RegExp, to: string): { problems: readonly Problem[]; line: number } {
  const text = sound.get(file) ?? '';
  const changed = text.replace(from, to);
  if (changed === text) throw new Error(`nothing to change in ${file}: ${from}`);
  const { problems } = readPlant(new Map([...sound, [file, changed]]));
  const found = typeof from === 'string' ? from : (from.exec(text)?.[0] ?? '');
  return { problems, line: lineOf(text, found) };
}

/** In both languages: no empty slot, no leftover bracket, and a cure. */
function expectSaid(problem: Problem): void {
  for (const language of ['zh', 'en'] as const) {
    const { happened, cure } = explainProblem(problem, language);
    expect(`${happened} ${cure}`).not.toMatch(/\{\w+\}|\[\[|\]\]|“”|""|undefined|[!！]/);
    expect(cure).not.toBe('');
    expect(sayProblem(problem, language)).toContain(
      problem.line > 0 ? `${problem.file}:${problem.line}` : problem.file,
    );
  }
}

describe('in the plant', () => {
  // what is wrong | file | what stands there | what is planted | code | line (0: the line of what stands there)
  const rows: readonly [string, string, string | RegExp, string, string, number?][] = [
    ['a tab for indentation', 'plant.yaml', '  id: worked', '\tid: worked', 'yaml-syntax'],
    [
      'a point declared twice',
      'plant.yaml',
      '  JQ-3001: {',
      '  LT-301: { kind: level }\n  JQ-3001: {',
      'duplicate-id',
      74,
    ],
    ['a misspelt section', 'plant.yaml', 'rotations:', 'rotatons:', 'unknown-section'],
    ['a misspelt key', 'plant.yaml', 'load set by', 'load sett by', 'unknown-key'],
    ['an empty key', 'plant.yaml', 'rotation: four-crews', 'rotation:', 'missing-key'],
    ['no kind', 'plant.yaml', 'kind: level, ', '', 'missing-key'],
    ['a space in an id', 'plant.yaml', /^ {2}JQ-3001:/m, '  JQ 3001:', 'bad-id'],
    ['__proto__', 'plant.yaml', /^ {2}JQ-3001:/m, '  __proto__:', 'bad-id'],
    ['a word for a number', 'plant.yaml', 'step: 0.1,', 'step: fine,', 'bad-step'],
    ['a point in place of a section', 'plant.yaml', /points:\n/, 'points: []\nx:\n', 'wrong-shape'],
    ['a unit nobody knows', 'plant.yaml', 'kind: counter, unit: kWh', 'kind: counter, unit: kWhh', 'unknown-measure'],
    ['t where kWh is meant', 'plant.yaml', 'per hour run: 150 }', 'per hour run: 150 t/h }', 'wrong-measure'],
    ['a point that is not there', 'plant.yaml', 'point: FQ-3101', 'point: FQ-3110', 'unknown-reference'],
    ['a formula cut short', 'plant.yaml', 'quantity: level * 28.5 t/m', 'quantity: level *', 'bad-formula'],
    [
      'units of a formula that do not fit',
      'plant.yaml',
      'quantity: level * 28.5 t/m',
      'quantity: level * 28.5 t',
      'bad-formula',
    ],
    ['a curve of one point', 'plant.yaml', /at: \{ 60: .*?\}/, 'at: { 60: 0.29 }', 'curve-order'],
    ['a rollover without a greatest rate', 'plant.yaml', /\n\s+greatest rate: .*\n/, '\n', 'rollover-rate', 62],
    ['a sample for a flow', 'plant.yaml', 'point: JQ-3001', 'point: LAB-31', 'share-kind'],
    ['an hour that is not', 'plant.yaml', '"16:00", end: "24:00"', '"16:00", end: "24:10"', 'bad-time-of-day'],
    ['a hole between shifts', 'plant.yaml', 'start: "08:00"', 'start: "08:30"', 'shift-hole', 10],
    ['overlapping shifts', 'plant.yaml', 'start: "08:00"', 'start: "07:30"', 'shift-overlap', 10],
    ['a letter without a shift', 'plant.yaml', 'pattern: 早中休夜', 'pattern: 早中休黑', 'rotation-letter'],
    ['a day without a night crew', 'plant.yaml', 'pattern: 早中休夜', 'pattern: 早中休休', 'rotation-hole'],
    ['a zone nobody knows', 'plant.yaml', 'Asia/Shanghai', 'Asia/Shanghia', 'bad-zone'],
    ['a percentage above all', 'plant.yaml', 'completion: 40 %', 'completion: 140 %', 'bad-percent'],
    [
      'a standard that reads its own input',
      'plant.yaml',
      'standard: { water: 3.10',
      'standard: { steam: 3.10',
      'crew-decides',
    ],
    [
      'a multiplier beyond all',
      'plant.yaml',
      'step: 0.1,',
      'step: 0.1, multiplier: 99999999999999999999,',
      'out-of-range',
    ],
    ['a price in the wrong unit', 'prices.csv', 'yuan/kWh', 'yuan/MWh', 'wrong-measure'],
    ['a price that is too fine', 'prices.csv', '0.4620', '0.46201', 'too-fine'],
    ['a misspelt column', 'prices.csv', 'item,kind', 'itm,kind', 'missing-column'],
    ['a day that is not', 'prices.csv', 'water,plan,2022-01-01', 'water,plan,2022-02-30', 'bad-day'],
    ['a torn row', 'prices.csv', ',yuan/kWh', '', 'torn-row'],
    ['a quote left open', 'exclusions.csv', 'trip', '"trip', 'torn-row'],
    [
      'an interval that ends before it begins',
      'exclusions.csv',
      '2022-03-01 13:30',
      '2022-03-01 12:30',
      'empty-interval',
    ],
    [
      'a price with a slipped decimal point, among its like',
      'prices.csv',
      'steam,actual,2022-01-01,133.5000,yuan/t',
      [133, 131, 135, 13.4, 136, 134, 138, 132, 137]
        .map((price, month) => `steam,actual,2022-0${month + 1}-01,${price},yuan/t`)
        .join('\n'),
      'odd-figure',
      0,
    ],
    ['an exclusion without approver', 'exclusions.csv', 'shift supervisor', '', 'unapproved-exclusion'],
    ['a unit that is not there', 'orders.csv', 'evaporation-3', 'evaporation-4', 'unknown-reference'],
    ['a rate in the wrong unit', 'orders.csv', '80 t/h', '80 kWh', 'wrong-measure'],
    ['an instant torn in the middle', 'orders.csv', '2022-03-01 10:00', '2022-03-01 1:', 'bad-instant'],
    ['an amount that is no number', 'fees.csv', '260.00', 'NaN', 'bad-decimal'],
    ['a meter replaced that is no meter', 'replacements.csv', 'JQ-3001', 'LT-301', 'share-kind'],
    [
      'a kind of sample nobody knows',
      'samples.csv',
      'S-1,LAB-31,2022-03-01 08:30,1.295',
      'S-1,LAB-31,2022-03-01 08:30,',
      'missing-key',
    ],
  ];
  test.each(rows)('%s', (_, file, from, to, code, line) => {
    const planted = plantWith(file, from, to);
    const problem = planted.problems.find((one) => one.code === code);
    expect(planted.problems.map((one) => one.code)).toContain(code);
    expect(problem).toMatchObject({ file, line: line ?? planted.line });
    for (const one of planted.problems) expectSaid(one);
  });
});

const { plant: worked, problems: none } = readPlant(sound);
const newYork = readPlant(
  new Map([...sound, ['plant.yaml', (sound.get('plant.yaml') ?? '').replace('Asia/Shanghai', 'America/New_York')]]),
).plant as Plant;

async function readRows(rows: readonly string[], plant = worked as Plant, header = 'point,time,value,quality') {
  return readReadings(plant, [memoryFile('readings.csv', Buffer.from([header, ...rows].join('\n')))]);
}

describe('in readings', () => {
  test('the worked example is sound', async () => {
    expect(none).toEqual([]);
    const { log, problems } = await readReadings(worked as Plant, [memoryFile('r.csv', Buffer.from(readingsText))]);
    expect(problems).toEqual([]);
    expect(log.length).toBe(67);
  });

  test.each([
    ['JQ-3001,2022-03-01 08:00,NaN,', 'bad-decimal'],
    ['JQ-3001,2022-03-01 08:00,1e308,', 'bad-decimal'],
    ['JQ-3001,2022-03-01 08:00,,', 'missing-key'],
    [',2022-03-01 08:00,1,', 'missing-key'],
    ['JQ-3001,,1,', 'missing-key'],
    ['JQ-301,2022-03-01 08:00,1,', 'unknown-reference'],
    ['LAB-31,2022-03-01 08:00,1.3,', 'sample-reading'],
    ['JQ-3001,2022-03-01 24:30,1,', 'bad-instant'],
    ['JQ-3001,2022-02-30 08:00,1,', 'bad-instant'],
    ['JQ-3001,1969-12-31T23:59:59Z,1,', 'time-out-of-range'],
    ['JQ-3001,2200-01-01T00:00:00Z,1,', 'time-out-of-range'],
    ['FQ-3001,2022-03-01 08:00,1000000,', 'face-out-of-range'],
    ['FQ-3001,2022-03-01 08:00,-0.001,', 'face-out-of-range'],
    ['JQ-3001,2022-03-01 08:00,450359962737049.7,', 'out-of-range'],
    ['JQ-3001,2022-03-01 08:00,1,fine', 'bad-choice'],
    ['JQ-3001,2022-03-01 08:00', 'torn-row'],
    ['JQ-3001,2022-03-01 08:00,1,234.5,', 'torn-row'],
    ['JQ-3001,"2022-03-01 08:00,1,', 'torn-row'],
    ['point,time,value,quality', 'repeated-header'],
  ])('%s is %s; the rows around it are kept', async (row, code) => {
    const { log, problems } = await readRows(['JQ-3001,2022-03-01 07:00,1,', row, 'JQ-3001,2022-03-01 09:00,2,good']);
    expect(problems).toMatchObject([{ code, file: 'readings.csv', line: 3 }]);
    for (const problem of problems) expectSaid(problem);
    expect([...log.value]).toEqual([10, 20]);
  });

  test.each([
    ['JQ-3001,2022-11-06 01:30,1,', 'ambiguous-instant', [Date.UTC(2022, 10, 6, 5, 30)]],
    ['JQ-3001,2022-03-13 02:30,1,', 'skipped-instant', []],
  ])('%s where clocks change is %s', async (row, code, times) => {
    const { log, problems } = await readRows([row], newYork);
    expect(problems).toMatchObject([{ code, line: 2 }]);
    expect([...log.time]).toEqual(times);
  });

  test.each([
    ['0.145', '0.01', 14],
    ['0.155', '0.01', 16],
    ['1.0005', '0.001', 1000],
    ['1.0015', '0.001', 1002],
    ['-0.025', '0.01', -2],
    ['2.675', '0.01', 268],
    ['0.3', '0.2', 2],
    ['0.1', '0.2', 0],
  ])('%s at step %s is %i steps, exactly', async (value, step, steps) => {
    const text = (sound.get('plant.yaml') ?? '').replace(
      'kind: level, unit: m, step: 0.01',
      `kind: level, unit: m, step: ${step}`,
    );
    const plant = readPlant(new Map([...sound, ['plant.yaml', text]])).plant as Plant;
    for (const fast of [true, false]) {
      const row = `LT-301,2022-03-01 08:00,${value}\n`;
      const file = memoryFile('r.csv', Buffer.from(`point,time,value\n${row}${row}`));
      expect([...(await readReadings(plant, [file], { fast })).log.value]).toEqual([steps, steps]);
    }
  });

  test.each([
    ['full width', 'point,time,value', 'JQ-3001,２０２２－０３－０１　０８：００,１２．５'],
    ['a decimal comma', 'point,time,value', 'JQ-3001,2022-03-01 08:00,"12,5"', 'bad-decimal'],
    ['thousands in quotes', 'point,time,value', '"JQ-3001","2022-03-01 08:00","1,012.5"', undefined, 10_125],
    ['Chinese names', '数值,位号,时间', '12.5,JQ-3001,2022年3月1日 8时'],
    ['another order, upper case', 'Value,Quality,TIME,Point', '12.5,GOOD,2022/3/1 8:00,JQ-3001'],
  ] as readonly [string, string, string, string?, number?][])('%s', async (_, header, row, code, value = 125) => {
    const { log, problems } = await readRows([row], worked, header);
    expect(problems.map((one) => one.code)).toEqual(code === undefined ? [] : [code]);
    expect([...log.value]).toEqual(code === undefined ? [value] : []);
    if (code === undefined) expect([...log.time]).toEqual([Date.UTC(2022, 2, 1)]);
  });

  test.each([
    ['a header twice', 'point,time,value,value\n', 'duplicate-column'],
    ['a header without time', 'point,value\nJQ-3001,1\n', 'missing-column'],
    ['another table', 'a,b,c\n1,2,3\n', 'unknown-table'],
    ['nothing', '', 'no-rows'],
    ['blank lines', '\n\n \r\n', 'no-rows'],
  ])('%s', async (_, text, code) => {
    const { log, problems } = await readReadings(worked as Plant, [memoryFile('readings.csv', Buffer.from(text))]);
    expect(problems.map((one) => one.code)).toContain(code);
    for (const problem of problems) expectSaid(problem);
    expect(log.length).toBe(0);
  });

  // 位号,时间,数值 in GB18030: ce bb ba c5 2c ca b1 bc e4 2c ca fd d6 b5
  test('GB18030, a mark, CR LF and CR, and chunks of any size give the same rows', async () => {
    const rows =
      '位号,时间,数值\r\nJQ-3001,2022-03-01 08:00,1\rJQ-3001,2022-03-01 09:00,2\r\n\nJQ-3001,2022-03-01 10:00,3';
    const chinese = Buffer.concat([
      Buffer.from('cebbbac52ccab1bce42ccafdd6b5', 'hex'),
      Buffer.from(rows.slice(rows.indexOf('\r'))),
    ]);
    for (const content of [Buffer.from(rows), Buffer.from(`\uFEFF${rows}`), chinese])
      for (const chunk of [1, 2, 3, 7, 1000]) {
        const { log, problems } = await readReadings(worked as Plant, [memoryFile('r.csv', content, chunk)]);
        expect(problems).toEqual([]);
        expect([...log.value]).toEqual([10, 20, 30]);
      }
  });

  test('bytes in no encoding spoil only their row', async () => {
    const content = Buffer.concat([
      Buffer.from('point,time,value\nJQ-3001,2022-03-01 08:00,1\nJQ-'),
      Buffer.from([0xff, 0xfe, 0xff]),
      Buffer.from(',2022-03-01 09:00,2\nJQ-3001,2022-03-01 10:00,3\n'),
    ]);
    const { log, problems } = await readReadings(worked as Plant, [memoryFile('r.csv', content)]);
    expect(problems).toMatchObject([{ code: 'bad-encoding', line: 3 }]);
    expect([...log.value]).toEqual([10, 30]);
  });

  test('a hundred of a kind are told, the others counted, a line without end is passed over', async () => {
    const rows = Array.from({ length: 250 }, () => 'JQ-3001,never,1,');
    const { log, problems } = await readRows([...rows, 'x'.repeat(3_000_000), 'JQ-3001,2022-03-01 09:00,2,']);
    expect(problems.filter((one) => one.code === 'bad-instant')).toHaveLength(100);
    expect(problems.find((one) => one.code === 'torn-row')).toMatchObject({ line: 252, args: { why: 'long' } });
    const more = problems.at(-1) as Problem;
    expect(more).toMatchObject({ code: 'more-of-a-kind', args: { of: 'bad-instant', count: '150', total: '250' } });
    expectSaid(more);
    expect(log.length).toBe(1);
  });
});

describe('the words', () => {
  const slots = (text: string): string[] => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();

  test.each(['problem', 'formula', 'failure', 'refusal'] as const)('%s: both languages use the same slots', (group) => {
    for (const code of Object.keys(WORDS.zh[group]) as never[]) {
      const [zh, en] = [WORDS.zh[group][code], WORDS.en[group][code]] as readonly (readonly string[])[];
      expect([code, slots(zh!.join(' '))]).toEqual([code, slots(en!.join(' '))]);
    }
  });
});

describe('damaged bytes', () => {
  test('a plant is read, or refused for reasons that are told', () => {
    const random = randomOf(20221);
    const names = [...bytes.keys()].filter((name) => name !== 'readings.csv');
    const seen = { taken: 0, told: 0 };
    for (let i = 0; i < 400; i += 1) {
      const name = i % 2 === 0 ? 'plant.yaml' : names[i % names.length]!;
      const damaged = new Map(
        names.map((one) => [one, one === name ? mutate(bytes.get(one)!, random) : bytes.get(one)!]),
      );
      seen[judgePlant(damaged)] += 1;
    }
    expect(Math.min(seen.taken, seen.told)).toBeGreaterThan(20);
  });

  test('readings: no row is lost, and the fast way agrees with the general one', async () => {
    const random = randomOf(20222);
    const seen = { taken: 0, told: 0 };
    for (let i = 0; i < 1500; i += 1) {
      const damaged = mutate(bytes.get('readings.csv')!, random);
      seen[await judgeReadings(worked as Plant, damaged, i % 3 === 0 ? 100 : undefined)] += 1;
    }
    expect(Math.min(seen.taken, seen.told)).toBeGreaterThan(20);
  });
});
