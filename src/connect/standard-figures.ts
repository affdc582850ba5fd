// The figures of standards as they stand in a plant's YAML, and the same text with some of them changed: every other byte stays,
// comments, order and quotes included. It judges no figure; whoever saves the text has it read again.
import { isMap, isScalar, isSeq, type Pair, parseDocument, type YAMLMap } from 'yaml';
import { decode } from './encoding.ts';

export type Part = 'constant' | 'curve' | 'hour';

/** One number of a standard. */
export interface Figure {
  readonly unit: string;
  readonly stream: string;
  /** The first day as written; '' where the standard has none. */
  readonly from: string;
  /** The output or stock that drives it; '' of a part per hour run. */
  readonly driver: string;
  readonly part: Part;
  /** Where on the curve, as written; '' otherwise. */
  readonly argument: string;
  /** The digits as written, and the unit of measure behind them if there is one. */
  readonly value: string;
  readonly measure: string;
}

export type FigureKey = Omit<Figure, 'value' | 'measure'>;

interface Written extends Figure {
  readonly file: string;
  /** Where the digits stand in the text. */
  readonly start: number;
  readonly end: number;
}

export const figureKey = ({ unit, stream, from, driver, part, argument }: FigureKey): string =>
  JSON.stringify([unit, stream, from, driver, part, argument === '' ? '' : Number(argument)]);

/** Every figure of every standard, in the order of the text; formulas are none. */
export function standardFigures(files: ReadonlyMap<string, Uint8Array>): Figure[] {
  return writtenFigures(textsOf(files)).map(({ file: _, start: __, end: ___, ...figure }) => figure);
}

/**
 * The files with other digits for some figures, by `figureKey`. Files of which nothing changes are the same bytes. A key that
 * stands nowhere, or more than once, changes nothing: look before with `standardFigures`.
 */
export function withFigures(
  files: ReadonlyMap<string, Uint8Array>,
  values: ReadonlyMap<string, string>,
): Map<string, Uint8Array> {
  const texts = textsOf(files);
  const byFile = Map.groupBy(
    writtenFigures(texts).filter((one) => values.has(figureKey(one)) && values.get(figureKey(one)) !== one.value),
    ({ file }) => file,
  );
  return new Map(
    [...files].map(([name, bytes]): [string, Uint8Array] => {
      let text = texts.get(name);
      const changes = byFile.get(name);
      if (text === undefined || !changes) return [name, bytes];
      // From the end, so that places further on still hold.
      for (const one of [...changes].sort((a, b) => b.start - a.start))
        text = text.slice(0, one.start) + values.get(figureKey(one)) + text.slice(one.end);
      const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
      return [name, Buffer.from(marked ? `\uFEFF${text}` : text)];
    }),
  );
}

function textsOf(files: ReadonlyMap<string, Uint8Array>): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [name, bytes] of files) {
    const decoded = /\.ya?ml$/.test(name) ? decode(bytes) : undefined;
    if (decoded?.ok) texts.set(name, decoded.text);
  }
  return texts;
}

function writtenFigures(texts: ReadonlyMap<string, string>): Written[] {
  const out: Written[] = [];
  for (const [file, text] of texts) {
    const root = parseDocument(text, { maxAliasCount: 0 } as never).contents;
    for (const [unit, stands] of entries(entries(root).find(([key]) => key === 'units')?.[1]))
      for (const [stream, parts] of entries(child(stands, 'streams'))) {
        const standard = child(parts, 'standard');
        for (const one of isSeq(standard) ? standard.items : [standard])
          out.push(...figuresIn(one, { file, unit, stream, text }));
      }
  }
  return out;
}

type Around = { readonly file: string; readonly unit: string; readonly stream: string; readonly text: string };

function figuresIn(standard: unknown, { file, unit, stream, text }: Around): Written[] {
  const from = scalarText(child(standard, 'from'));
  const put = (node: unknown, driver: string, part: Part, argument: string): Written[] => {
    const found = digitsAt(node, text);
    return found ? [{ file, unit, stream, from, driver, part, argument, ...found }] : [];
  };
  return entries(standard).flatMap(([driver, value]) => {
    if (driver === 'from' || driver === 'grain') return [];
    if (driver === 'per hour run') return put(value, '', 'hour', '');
    if (!isMap(value)) return put(value, driver, 'constant', '');
    return entries(child(value, 'at')).flatMap(([argument, at]) => put(at, driver, 'curve', argument));
  });
}

/** The number a scalar begins with, and its place; a formula has none. */
function digitsAt(
  node: unknown,
  text: string,
): { value: string; measure: string; start: number; end: number } | undefined {
  if (!isScalar(node) || !node.range) return undefined;
  const [from, to] = node.range;
  const source = text.slice(from, to);
  const [, before = '', value = '', rest = ''] =
    /^(["']?\s*)([+-]?[\d.]+(?:[eE][+-]?\d+)?)\s*(.*)$/s.exec(source) ?? [];
  if (value === '') return undefined;
  const quote = before.trim();
  const measure = quote === '' ? rest : rest.replace(new RegExp(`${quote}$`), '');
  const start = from + before.length;
  return { value, measure: measure.trim(), start, end: start + value.length };
}

const scalarText = (node: unknown): string =>
  isScalar(node) ? (typeof node.value === 'string' ? node.value : (node.source ?? String(node.value ?? ''))) : '';

function entries(node: unknown): [string, unknown][] {
  return isMap(node) ? (node as YAMLMap).items.map(({ key, value }: Pair) => [scalarText(key), value]) : [];
}

const child = (node: unknown, name: string): unknown => entries(node).find(([key]) => key === name)?.[1];
