// What a sheet still waits for, and how far it may still move: the lines that rest on nothing yet, with the least and the
// most that the same team earned on them, per hour, in the sheets given (as a rule, those of the last month).
import { compare, divide, multiply, type Ratio, ratio, roundRatio } from '../quantity.ts';
import type { Line, Part, Sheet } from './sheet.ts';

export interface PendingLine {
  readonly key: string;
  readonly stream: string | undefined;
  /** What the line may still add, in fen; undefined without any history of it. */
  readonly leastFen: number | undefined;
  readonly mostFen: number | undefined;
}

export interface Pending {
  readonly lines: readonly PendingLine[];
  /** From … to, the gain included; undefined when some line has no history. */
  readonly gainFrom: number | undefined;
  readonly gainTo: number | undefined;
}

/** Lines of the counted part whose figure is missing. */
function missingLines(part: Part): Line[] {
  const lacking = new Set<string>();
  for (const input of part.inputs) if (input.quantity.basis === 'missing') lacking.add(input.stream.id);
  for (const quality of part.qualities) if (quality.basis === 'missing') lacking.add(quality.stream.id);
  return part.lines.filter((line) => line.stream !== undefined && lacking.has(line.stream));
}

/** What a settled sheet waits for. A sheet without an output has no amounts at all, and no range. */
export function pendingOf(sheet: Sheet, history: readonly Sheet[]): Pending {
  const part = sheet.counted;
  if (!part?.complete) return { lines: [], gainFrom: undefined, gainTo: undefined };
  const past = history.filter(
    (other) =>
      other.team === sheet.team && other.shift.unit === sheet.shift.unit && other !== sheet && other.counted?.complete,
  );
  const lines = missingLines(part).map((line): PendingLine => {
    const rates: Ratio[] = [];
    for (const { counted } of past) {
      const same = counted?.lines.find((l) => l.key === line.key);
      if (counted && same && same.weakMs === 0 && counted.hours.n !== 0n)
        rates.push(divide(ratio(same.crewFen), counted.hours));
    }
    if (rates.length === 0) return { key: line.key, stream: line.stream, leastFen: undefined, mostFen: undefined };
    const sorted = rates.sort(compare);
    const over = (rate: Ratio): number => roundRatio(multiply(rate, part.hours));
    return {
      key: line.key,
      stream: line.stream,
      leastFen: over(sorted[0] as Ratio),
      mostFen: over(sorted.at(-1) as Ratio),
    };
  });
  const open = lines.some((line) => line.leastFen === undefined);
  const sum = (of: (line: PendingLine) => number | undefined): number =>
    lines.reduce((total, line) => total + (of(line) ?? 0), part.crewGainFen);
  return {
    lines,
    gainFrom: open ? undefined : sum((l) => l.leastFen),
    gainTo: open ? undefined : sum((l) => l.mostFen),
  };
}
