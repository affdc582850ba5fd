// What a column of a table that goes out and comes back is, and where the choices of one come from: the plant's points, units,
// streams, teams and shifts, each by what the system knows it by and what people call it.
import { allTeams, type Name, type Plant } from '../../plant.ts';

export const KINDS = [
  'readings',
  'samples',
  'prices',
  'standards',
  'budgets',
  'attendance',
  'people',
  'history',
] as const;
export type Kind = (typeof KINDS)[number];

export type Cells = Readonly<Record<string, string>>;

/** What may be chosen: what the system knows it by, and what people call it. */
export interface Choice {
  readonly value: string;
  readonly name: Name;
}

export interface Column {
  readonly id: string;
  readonly name: Name;
  readonly note: Name;
  readonly width: number;
  readonly form: 'text' | 'decimal' | 'day' | 'instant' | 'month' | 'choice';
  readonly required?: true;
  /** Told for people's sake and not read. */
  readonly readOnly?: true;
  /** Other headings people use. */
  readonly also?: readonly string[];
  /** What may stand here in a row whose other cells are `row`; '' choices of no row in particular when it is empty. */
  readonly choices?: (plant: Plant, row: Cells) => readonly Choice[];
}

export interface Template {
  readonly name: Name;
  /** What the table is, and what happens when it comes back. */
  readonly about: readonly Name[];
  readonly columns: readonly Column[];
}

export const name = (zh: string, en: string): Name => ({ zh, en });
export const word = (value: string, zh: string, en: string): Choice => ({ value, name: { zh, en } });
export const words = (...list: readonly Choice[]) => ({ choices: (): readonly Choice[] => list });

export const asChoice = ({ id, name: called }: { readonly id: string; readonly name: Name }): Choice => ({
  value: id,
  name: called,
});
/** Points are called by their tag: crews know it, and names repeat. */
const asTag = ({ id }: { readonly id: string }): Choice => ({ value: id, name: { zh: id, en: id } });

export const readable = (plant: Plant): readonly Choice[] =>
  plant.points.filter(({ kind }) => kind !== 'share' && kind !== 'formula' && kind !== 'sample').map(asTag);
export const sampled = (plant: Plant): readonly Choice[] =>
  plant.points.filter(({ kind }) => kind === 'sample').map(asTag);
export const units = (plant: Plant): readonly Choice[] => [...plant.units.values()].map(asChoice);
export const teams = (plant: Plant): readonly Choice[] => [...allTeams(plant).values()].map(asChoice);
export const shifts = (plant: Plant): readonly Choice[] =>
  [...plant.shiftNames].map(([value, called]) => ({ value, name: called }));
export const streams =
  (roles?: readonly string[]) =>
  (plant: Plant, { unit }: Cells): readonly Choice[] => {
    const of = unit === undefined ? [...plant.units.values()] : [plant.units.get(unit)];
    const found = of.flatMap((one) => one?.streams ?? []).filter(({ role }) => roles?.includes(role) ?? true);
    return [...new Map(found.map((one) => [`${one.id} ${one.name.zh}`, asChoice(one)])).values()];
  };
export const items = (plant: Plant): readonly Choice[] => {
  const found = new Map<string, Choice>();
  for (const unit of plant.units.values())
    for (const stream of unit.streams)
      if ('item' in stream && !found.has(stream.item))
        found.set(stream.item, stream.item === stream.id ? asChoice(stream) : asTag({ id: stream.item }));
  for (const key of plant.prices.keys()) {
    const id = key.slice(key.indexOf(' ') + 1);
    if (!found.has(id)) found.set(id, asTag({ id }));
  }
  return [...found.values()];
};
export const drivers = (plant: Plant, { unit }: Cells): readonly Choice[] =>
  streams(['output', 'stock'])(plant, unit === undefined ? {} : { unit });

export const REASON: Column = {
  id: 'reason',
  name: name('原因', 'reason'),
  note: name('为什么这样填或为什么更正，可不填', 'why, where there is something to say'),
  width: 24,
  form: 'text',
  also: ['备注', '说明', 'note'],
};
export const WITHDRAWN: Column = {
  id: 'withdrawn',
  name: name('撤回', 'withdrawn'),
  note: name('填“是”，这一条从此不算；记录仍保留', 'yes: it no longer counts; the record stays'),
  width: 8,
  form: 'choice',
  ...words(word('yes', '是', 'yes')),
};
