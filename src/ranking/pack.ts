// What a ledger keeps of a sheet and of a team's sums for ranking: plain JSON, exact, and back again.
import { type Ratio, ratio } from '../quantity.ts';
import { fractionText, type Part, type Sheet } from '../statement.ts';
import type { RankedPart, RankedSheet, StreamGain, Tally } from './tally.ts';

export interface PackedPart {
  readonly complete: boolean;
  readonly hours: string;
  readonly weakShare: string;
  /** Key, fen, and of a line that rests on substitutes its weak ms and their whole. */
  readonly lines: readonly (readonly [string, number] | readonly [string, number, number, number])[];
}

export interface PackedSheet {
  readonly team: string;
  readonly unit: string;
  readonly crew: string;
  readonly day: number;
  readonly from: number;
  readonly counted?: PackedPart;
  readonly excluded?: PackedPart;
}

export function packSheet({ team, shift, counted, excluded }: Sheet): PackedSheet {
  const { unit, crew, day, from } = shift;
  return {
    team,
    unit,
    crew,
    day,
    from,
    ...(counted ? { counted: packPart(counted) } : {}),
    ...(excluded ? { excluded: packPart(excluded) } : {}),
  };
}

/** Every line stays, the noughts too: medians count them. */
const packPart = ({ complete, hours, weakShare, lines }: Part): PackedPart => ({
  complete,
  hours: fractionText(hours),
  weakShare: fractionText(weakShare),
  lines: lines.map(({ key, crewFen, weakMs, weakOfMs }) =>
    weakMs === 0 ? ([key, crewFen] as const) : ([key, crewFen, weakMs, weakOfMs] as const),
  ),
});

export const unpackSheet = ({ team, unit, crew, day, from, counted, excluded }: PackedSheet): RankedSheet => ({
  team,
  shift: { unit, crew, day, from },
  counted: counted && unpackPart(counted),
  excluded: excluded && unpackPart(excluded),
});

const unpackPart = ({ complete, hours, weakShare, lines }: PackedPart): RankedPart => ({
  complete,
  hours: readFraction(hours),
  weakShare: readFraction(weakShare),
  lines: lines.map(([key, crewFen, weakMs = 0, weakOfMs = 0]) => ({ key, crewFen, weakMs, weakOfMs })),
});

/** A fraction as `fractionText` writes it. */
export function readFraction(text: string): Ratio {
  const [n = '0', d = '1'] = text.split('/');
  return ratio(BigInt(n), BigInt(d));
}

export interface PackedTally {
  readonly team: string;
  readonly gainFen: number;
  readonly frozenFen: number;
  readonly hours: string;
  readonly restoredFen: number;
  readonly restoredHours: string;
  readonly excludedHours: string;
  readonly shifts: number;
  readonly shiftsNotCounted: number;
  readonly streams: readonly (readonly [unit: string, key: string, fen: number])[];
}

export const packTally = ({ hours, restoredHours, excludedHours, streams, ...rest }: Tally): PackedTally => ({
  ...rest,
  hours: fractionText(hours),
  restoredHours: fractionText(restoredHours),
  excludedHours: fractionText(excludedHours),
  streams: [...streams.values()].map(({ unit, key, fen }) => [unit, key, fen] as const),
});

export const unpackTally = ({ hours, restoredHours, excludedHours, streams, ...rest }: PackedTally): Tally => ({
  ...rest,
  hours: readFraction(hours),
  restoredHours: readFraction(restoredHours),
  excludedHours: readFraction(excludedHours),
  streams: new Map(
    streams.map(([unit, key, fen]): [string, StreamGain & { fen: number }] => [`${unit} ${key}`, { unit, key, fen }]),
  ),
});
