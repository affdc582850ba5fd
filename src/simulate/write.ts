// YAML and CSV as text. It writes only what a plant needs: maps, lists and scalars, short ones on one line.

export type Yaml = string | readonly Yaml[] | YamlMap;
export interface YamlMap {
  [key: string]: Yaml;
}

const PLAIN = /^[\p{L}\p{N}_][\p{L}\p{N}_.%/³² -]*$/u;
const scalar = (text: string): string =>
  (PLAIN.test(text) && !text.endsWith(' ')) || /^-?\d+(\.\d+)?$/.test(text) ? text : JSON.stringify(text);

const isMap = (value: Yaml): value is YamlMap => typeof value === 'object' && !Array.isArray(value);

function flow(value: Yaml): string {
  if (typeof value === 'string') return scalar(value);
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  return `{${Object.entries(value)
    .map(([key, inner]) => `${scalar(key)}: ${flow(inner)}`)
    .join(', ')}}`;
}

const isFlat = (value: Yaml): boolean =>
  isMap(value) && Object.values(value).every((inner) => !isMap(inner) && !(Array.isArray(inner) && inner.some(isMap)));

const WIDTH = 140;

function block(value: Yaml, indent: string, key: string, deep: number): string {
  const line = `${indent}${key} ${flow(value)}`;
  const inline = (deep > 1 || (deep === 1 && isFlat(value))) && line.length <= WIDTH;
  if (typeof value === 'string' || inline) return `${line}\n`;
  const rows = isMap(value)
    ? Object.entries(value).map(([name, inner]) => block(inner, `${indent}  `, `${scalar(name)}:`, deep + 1))
    : (value as readonly Yaml[]).map((inner) => block(inner, `${indent}  `, '-', 9));
  return `${indent}${key}\n${rows.join('')}`;
}

/** A document: its sections are blocks, whatever lies deeper stands on one line while it is short. */
export function writeYaml(sections: YamlMap): string {
  return Object.entries(sections)
    .map(([name, value]) => block(value, '', `${scalar(name)}:`, 0))
    .join('\n');
}

export type Row = Readonly<Record<string, string | undefined>>;

const cell = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** A table of the columns that some row fills, in the order given. */
export function writeCsv(columns: readonly string[], rows: readonly Row[]): string {
  const used = columns.filter((column) => rows.some((row) => (row[column] ?? '') !== ''));
  return `${[used, ...rows.map((row) => used.map((column) => row[column] ?? ''))]
    .map((cells) => cells.map(cell).join(','))
    .join('\n')}\n`;
}
