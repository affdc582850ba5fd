// The documents of the plant format cannot rot: the schema is the code's own, every key is told, every block is read.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { plantJsonSchema, readPlant, TABLES } from '../src/plant.ts';

const docs = join(dirname(import.meta.dirname), 'docs');
const manual = readFileSync(join(docs, 'plant-format.md'), 'utf8');

const blocks = (text: string): string[] => [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, block = '']) => block);
const [sections = '', realFiles = ''] = manual.split('Three files from real plants:\n');

/** Plan prices of one yuan and one price per band, for all that the blocks count. */
const PRICES = [
  'item,kind,from,price',
  ...['water', 'steam', 'power', 'fine', 'coarse', 'fresh-steam', 'lime', 'soda', 'ore', 'light', 'red-mud'].map(
    (item) => `${item},plan,2022-01-01,1`,
  ),
  'liquor,transfer,2022-01-01,1',
  ...['peak', 'flat', 'valley'].map((band) => `electricity.${band},plan,2022-01-01,1`),
].join('\n');

const told = (files: ReadonlyMap<string, string>): string[] =>
  readPlant(files)
    .problems.filter(({ severity }) => severity === 'error')
    .map(({ file, line, code, args }) => `${file}:${line} ${code} ${JSON.stringify(args)}`);

/** The blocks as the files of one folder; the one of streams alone stands where `…` does. */
function assembled(): Map<string, string> {
  const streams = blocks(sections).find((block) => /^\w+: \{ role: /.test(block)) ?? '';
  const files = blocks(sections)
    .filter((block) => block !== streams)
    .map((block, i): [string, string] => [
      `block-${i + 1}.yaml`,
      block.replace('streams: …\n', `streams:\n${streams.replace(/^/gm, '      ').trimEnd()}\n`),
    ]);
  return new Map([...files, ['prices.csv', PRICES]]);
}

describe('docs/plant-format.md', () => {
  test('its blocks together are a plant', () => {
    expect(told(assembled())).toEqual([]);
    const { plant } = readPlant(assembled());
    expect(plant?.units.size).toBe(2);
    expect(plant?.units.get('evaporation-3')?.streams.map(({ id }) => id)).toContain('liquor');
  });

  test('a block with a mistake in it is told', () => {
    for (const [name, text] of assembled()) {
      if (!text.includes('point: FQ-3101')) continue;
      const broken = new Map(assembled()).set(name, text.replace('point: FQ-3101', 'point: FQ-3110'));
      expect(told(broken).join()).toContain('unknown-reference');
    }
    expect.assertions(1);
  });

  test('its blocks of real files are plants, around the least that a plant needs', () => {
    expect(blocks(realFiles)).toHaveLength(3);
    const least = [
      'plant: { id: real, zone: Asia/Shanghai }',
      'clocks: { day: { shifts: { 早: { start: "00:00", end: "24:00" } } } }',
      'rotations: { one: { clock: day, periods: [{ from: 2015-01-01, pattern: 早, offset: 0, crews: [甲] }] } }',
      'units: { unit: { rotation: one, streams: { out: { role: output, unit: t, point: OUT } } } }',
      'points: { OUT: { kind: counter, unit: t, step: 0.001 } }',
    ].join('\n');
    for (const block of blocks(realFiles))
      expect(
        told(
          new Map([
            ['least.yaml', least],
            ['real.yaml', block],
          ]),
        ),
      ).toEqual([]);
  });

  test('tells every key of the schema', () => {
    const keys = [...new Set(keysOf(plantJsonSchema()))];
    expect(keys.length).toBeGreaterThan(80);
    expect(keys.filter((key) => !manual.includes(key))).toEqual([]);
  });

  test('tells every table and every column', () => {
    for (const [name, { required, optional }] of Object.entries(TABLES)) {
      expect(manual).toContain(`\`${name}\``);
      for (const column of [...required, ...optional])
        expect(manual, name).toMatch(new RegExp(`[\`, ]${column}[\`, ]`));
    }
  });
});

test('docs/plant.schema.json is the schema of the code: else npm run schema', () => {
  expect(JSON.parse(readFileSync(join(docs, 'plant.schema.json'), 'utf8'))).toEqual(
    JSON.parse(JSON.stringify(plantJsonSchema())),
  );
});

function keysOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const own =
    'properties' in schema && typeof schema.properties === 'object' ? Object.keys(schema.properties ?? {}) : [];
  return [...own, ...Object.values(schema).flatMap(keysOf)];
}
