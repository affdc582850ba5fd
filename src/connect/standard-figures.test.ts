// Figures of standards out of a plant's text and back into it: nothing but the digits ever changes.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Figure, figureKey, standardFigures, withFigures } from './standard-figures.ts';

const examples = join(import.meta.dirname, '..', '..', 'examples');
const yamlOf = (name: string): Map<string, Uint8Array> =>
  new Map(
    readdirSync(join(examples, name))
      .filter((file) => file.endsWith('.yaml'))
      .map((file) => [file, readFileSync(join(examples, name, file))]),
  );

const TEXT = `# 一期定额
units:
  u:
    streams:
      # 汽
      steam:
        standard: # dated
          - from: 2022-01-01
            water: { curve: load, at: { 90: 0.2720, 60: "0.2900" }, step: 0.00001 } # 曲线
            per hour run:   150 kWh/h   # 固定
          - { from: 2022-07-01, water: '3.10 t/t', liquor: {formula: "IF(load > 3 t/h, 0.3, 0.2)"} }
      power: {role: input, standard: {water: 3.10, grain: 1 h}}
`;
const files = (text: string) => new Map<string, Uint8Array>([['plant.yaml', Buffer.from(text)]]);
const told = ({ unit, stream, from, driver, part, argument, value, measure }: Figure) =>
  [unit, stream, from, driver, part, argument, value, measure].join('|');

test('every number of a standard is found, formulas and grains are none', () => {
  expect(standardFigures(files(TEXT)).map(told)).toEqual([
    'u|steam|2022-01-01|water|curve|90|0.2720|',
    'u|steam|2022-01-01|water|curve|60|0.2900|',
    'u|steam|2022-01-01||hour||150|kWh/h',
    'u|steam|2022-07-01|water|constant||3.10|t/t',
    'u|power||water|constant||3.10|',
  ]);
});

test('changing figures changes exactly their digits, wherever they stand, CR LF and the mark of UTF-8 kept', () => {
  const variants = [TEXT, TEXT.replaceAll('\n', '\r\n'), `\uFEFF${TEXT}`];
  fc.assert(
    fc.property(
      fc.constantFrom(...variants),
      fc.subarray(standardFigures(files(TEXT)), { minLength: 1 }),
      fc.integer({ min: 0, max: 99_999 }),
      (text, some, n) => {
        const value = (n / 1000).toFixed(4);
        const changed = withFigures(files(text), new Map(some.map((one) => [figureKey(one), value])));
        const keys = new Set(some.map(figureKey));
        const after = standardFigures(changed);
        expect(after.map((one) => one.value)).toEqual(
          standardFigures(files(text)).map((one) => (keys.has(figureKey(one)) ? value : one.value)),
        );
        const back = new Map(standardFigures(files(text)).map((one) => [figureKey(one), one.value]));
        expect(Buffer.from(withFigures(changed, back).get('plant.yaml')!).toString()).toBe(text);
      },
    ),
  );
});

test.each(['worked', 'flotation', 'steel', 'garments'])('%s: its own figures given back change no byte', (name) => {
  const before = yamlOf(name);
  const figures = standardFigures(before);
  const after = withFigures(before, new Map(figures.map((one) => [figureKey(one), one.value])));
  for (const [file, bytes] of before) expect(Buffer.from(after.get(file)!).equals(Buffer.from(bytes))).toBe(true);

  expect(new Set(figures.map(figureKey)).size).toBe(figures.length);
});
