// Causes of vouchers as sentences. It decides no words.
import type { Cause } from '../ledger.ts';
import { formatLocal, type Zone } from '../plant.ts';
import { fill, type Language, WORDS } from './say.ts';

export type FactTable =
  | 'orders.csv'
  | 'limits.csv'
  | 'exclusions.csv'
  | 'fees.csv'
  | 'swaps.csv'
  | 'samples.csv'
  | 'replacements.csv'
  | 'confirmations.csv';

export interface LedgerWords {
  readonly cause: Readonly<Record<Cause['kind'], string>>;
  readonly table: Readonly<Record<FactTable, string>>;
}

const POINTS_SHOWN = 4;

/** A cause in one sentence, without its full stop. */
export function sayCause(cause: Cause, zone: Zone, language: Language): string {
  const words = WORDS[language];
  const template = words.ledger.cause[cause.kind];
  if (cause.kind === 'readings') {
    const { points } = cause;
    const shown = points.slice(0, POINTS_SHOWN).join(language === 'zh' ? '、' : ', ');
    return fill(
      template,
      {
        points: points.length > POINTS_SHOWN ? `${shown} …` : shown,
        first: formatLocal(cause.first, zone),
        last: formatLocal(cause.last, zone),
      },
      words,
    );
  }
  const args = Object.fromEntries(Object.entries(cause).map(([key, value]) => [key, String(value)]));
  if (cause.kind === 'fact') args.table = words.ledger.table[cause.table as FactTable] ?? cause.table;
  return fill(template, args, words);
}
