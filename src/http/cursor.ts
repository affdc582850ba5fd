// Cursors: where a page ended, opaque to the caller. A cursor belongs to its list; another list's is refused.
import { refuse } from './problem.ts';

type Mark = string | number;

export const makeCursor = (list: string, ...marks: readonly Mark[]): string =>
  Buffer.from(JSON.stringify([list, ...marks])).toString('base64url');

/** The marks of a cursor of this list, of the given types; undefined without a cursor. */
export function readCursor(
  list: string,
  cursor: string | undefined,
  types: readonly ('string' | 'number')[],
): Mark[] | undefined {
  if (cursor === undefined) return undefined;
  let told: unknown;
  try {
    told = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    throw refuse('bad-cursor', { found: cursor });
  }
  const [name, ...marks] = Array.isArray(told) ? (told as unknown[]) : [];
  const right = name === list && marks.length === types.length && marks.every((mark, i) => typeof mark === types[i]);
  if (!right) throw refuse('bad-cursor', { found: cursor });
  return marks as Mark[];
}

/** One row more than `limit` was read: the page, and the cursor of the next where there is one. */
export function pageOf<R, I>(
  rows: readonly R[],
  limit: number,
  item: (row: R) => I,
  cursor: (last: R) => string,
): { items: I[]; next?: string } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown.map(item), ...(rows.length > limit && last !== undefined ? { next: cursor(last) } : {}) };
}
