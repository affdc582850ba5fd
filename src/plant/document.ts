// The YAML of a plant as plain values that still know where they were written.
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { Place, Problems } from './problem.ts';

/** A value of the text: a scalar as it was typed, a list, or a map in the order of the text. */
export type Value = string | Value[] | { [key: string]: Value };

/** The one word that is no key of a plain object. */
const NO_KEY = '__proto__';

/** The merged sections of all YAML files, and the place of any path in them. */
export interface Document {
  readonly sections: { readonly [name: string]: Value };
  /** The place of the deepest part of `path` that was written. */
  readonly placeOf: (path: readonly (string | number)[]) => Place;
}

/**
 * Reads and merges YAML texts (file name → text). Sections that are maps merge by key; a key given twice is a problem.
 * Scalars keep their digits: `0.2900` stays `0.2900`.
 */
export function readDocument(files: ReadonlyMap<string, string>, problems: Problems): Document {
  const places = new Map<string, Place>();
  const sections: { [name: string]: Value } = {};
  for (const [file, text] of files) {
    const lines = new LineCounter();
    const parsed = parseDocument(text, { lineCounter: lines, uniqueKeys: true, maxAliasCount: 100 } as never);
    const placeAt = (offset: number): Place => {
      const { line, col } = lines.linePos(offset);
      return { file, line, column: col };
    };
    if (parsed.errors.length > 0) {
      for (const error of parsed.errors.slice(0, 20)) {
        const duplicate = error.code === 'DUPLICATE_KEY';
        problems.error(duplicate ? 'duplicate-id' : 'yaml-syntax', placeAt(error.pos[0]), {
          what: (error.message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, ''),
          id: duplicate
            ? (text
                .slice(...error.pos)
                .split(':')[0]
                ?.trim()
                .slice(0, 60) ?? '')
            : '',
        });
      }
      continue;
    }
    const convert = (node: unknown, path: string, depth: number): Value => {
      const start = (node as Node | null)?.range?.[0];
      if (start !== undefined && !places.has(path)) places.set(path, placeAt(start));
      if (depth > 12) return problems.error('yaml-syntax', placeAt(start ?? 0), { what: 'nested too deeply' }) ?? '';
      if (isMap(node)) {
        const out: { [key: string]: Value } = {};
        for (const pair of node.items) {
          const key = scalarText(pair.key);
          const keyPath = `${path}/${key}`;
          const keyStart = (pair.key as Node | null)?.range?.[0];
          if (keyStart !== undefined) places.set(keyPath, placeAt(keyStart));
          if (key === NO_KEY) {
            problems.error('bad-id', placeAt(keyStart ?? 0), { id: key });
            continue;
          }
          out[key] = convert(pair.value, keyPath, depth + 1);
        }
        return out;
      }
      if (isAlias(node))
        return problems.error('yaml-syntax', placeAt(start ?? 0), { what: 'aliases (*name) are not read' }) ?? '';
      if (isSeq(node)) return node.items.map((item, i) => convert(item, `${path}/${i}`, depth + 1));
      return scalarText(node);
    };
    const root = parsed.contents;
    if (root === null) continue;
    if (!isMap(root)) {
      problems.error('wrong-shape', placeAt(root.range?.[0] ?? 0), { path: file, expected: 'sections' });
      continue;
    }
    for (const pair of root.items) {
      const name = scalarText(pair.key);
      const value = convert(pair.value, `/${name}`, 1);
      const place = placeAt((pair.key as Node | null)?.range?.[0] ?? 0);
      const known = Object.hasOwn(sections, name) ? sections[name] : undefined;
      if (name === NO_KEY) problems.error('bad-id', place, { id: name });
      else if (known === undefined) {
        sections[name] = value;
        places.set(`/${name}`, place);
      } else if (isPlainMap(known) && isPlainMap(value)) {
        for (const [key, inner] of Object.entries(value)) {
          if (Object.hasOwn(known, key)) problems.error('duplicate-id', place, { id: `${name}: ${key}`, what: '' });
          else known[key] = inner;
        }
      } else problems.error('duplicate-id', place, { id: name, what: '' });
    }
  }
  return {
    sections,
    placeOf: (path) => {
      for (let n = path.length; n > 0; n -= 1) {
        const found = places.get(`/${path.slice(0, n).join('/')}`);
        if (found) return found;
      }
      return { file: [...files.keys()][0] ?? 'plant.yaml', line: 0, column: 0 };
    },
  };
}

export const isPlainMap = (value: Value | undefined): value is { [key: string]: Value } =>
  typeof value === 'object' && !Array.isArray(value);

function scalarText(node: unknown): string {
  if (!isScalar(node)) return node === null || node === undefined ? '' : String(node);
  if (typeof node.value === 'string') return node.value;
  return node.source ?? String(node.value ?? '');
}
