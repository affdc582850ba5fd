// Quality: the samples booked to a part make lots, each lot stands for some of the output, and its premium is paid on that.

import { failed } from '../formula.ts';
import type { QualityStream } from '../plant.ts';
import {
  amountFen,
  amountScale,
  compare,
  type Interval,
  intersect,
  multiply,
  type Ratio,
  ratio,
  sumExact,
  toSteps,
  without,
  ZERO,
} from '../quantity.ts';
import type { Lot } from '../readings.ts';
import { measure, type Scene, tell } from './scene.ts';
import type { LotResult, OutputResult, QualityResult } from './sheet.ts';
import { liesIn } from './slices.ts';

/** Samples that are paid for together, and the steps of output they stand for. */
interface PaidLot {
  readonly members: readonly Lot[];
  readonly tonnes: number;
}

export function settleQuality(scene: Scene, stream: QualityStream, outputs: readonly OutputResult[]): QualityResult {
  const point = scene.books.point(stream.point);
  const output = outputs.find((o) => o.stream.id === stream.of) as OutputResult;
  if (point.kind !== 'sample') return { stream, lots: [], shown: '', basis: 'missing', fen: 0 };
  const { size } = point.step;
  const judged = scene.books
    .lotsOf(point)
    .filter((lot) => liesIn(lot, scene.intervals))
    .map((lot) => judge(stream, lot, size))
    .filter((lot) => suffices(stream, lot));
  for (const lot of judged)
    if (lot.replacedBy !== undefined)
      tell(scene, 'sample-replaced', { stream: stream.id, args: { id: lot.id, by: lot.replacedBy } });
  const shown = stream.window
    ? `${sumExact(judged.map((l) => l.k ?? 0))}/${sumExact(judged.map((l) => l.n ?? 0))}`
    : String(judged.length);
  if (judged.length === 0) {
    tell(scene, 'no-sample', { stream: stream.id });
    return { stream, lots: [], shown, basis: 'missing', fen: 0 };
  }
  const lots = lotsOf(scene, stream, judged, output).map((lot) => priceLot(scene, stream, lot, size, output));
  return { stream, lots, shown, basis: 'measured', fen: sumExact(lots.map((l) => l.fen)) };
}

/** The count a sample stands for: as counted by the laboratory, else by the window. */
function judge(stream: QualityStream, lot: Lot, size: Ratio): Lot {
  if (lot.n !== undefined || lot.value === undefined || !stream.window) return lot;
  const value = multiply(ratio(lot.value), size);
  const inside = compare(value, stream.window[0]) >= 0 && compare(value, stream.window[1]) <= 0;
  return { ...lot, k: inside ? 1 : 0, n: 1 };
}

/** Whether a sample has what the premium needs. */
function suffices({ premium: { reads } }: QualityStream, lot: Lot): boolean {
  const needsCount = reads.includes('k') || reads.includes('n');
  return (!needsCount || (lot.n ?? 0) > 0) && (!reads.includes('value') || lot.value !== undefined);
}

/** Each composite for the output of its interval, in order; all instants together for the rest. */
function lotsOf(scene: Scene, stream: QualityStream, judged: readonly Lot[], output: OutputResult): PaidLot[] {
  let left: Interval[] = [...scene.intervals];
  let rest = output.quantity.steps ?? 0;
  const lots: PaidLot[] = [];
  const composites = judged
    .filter((lot): lot is Lot & { over: Interval } => lot.over !== undefined)
    .sort((a, b) => a.over.from - b.over.from || (a.id < b.id ? -1 : 1));
  for (const lot of composites) {
    const own = intersect([lot.over], left);
    const made = own.length === 0 ? undefined : measure(scene, output.stream.point, own);
    if (made && (made.steps === undefined || made.basis !== 'measured')) {
      tell(scene, 'lots-without-tonnes', { stream: stream.id, args: { id: lot.id } });
      return [{ members: judged, tonnes: output.quantity.steps ?? 0 }];
    }
    const tonnes = made?.steps ?? 0;
    left = without(left, own);
    rest -= tonnes;
    lots.push({ members: [lot], tonnes });
  }
  const instants = judged.filter((l) => !l.over);
  return instants.length > 0 ? [...lots, { members: instants, tonnes: rest }] : lots;
}

function priceLot(
  scene: Scene,
  stream: QualityStream,
  { members, tonnes }: PaidLot,
  size: Ratio,
  output: OutputResult,
): LotResult {
  const [k, n] = [sumExact(members.map((m) => m.k ?? 0)), sumExact(members.map((m) => m.n ?? 0))];
  const values = members.map((m) => m.value).filter((v) => v !== undefined);
  const mean = values.length === 0 ? undefined : multiply(ratio(sumExact(values), values.length), size);
  const variables: Record<string, Ratio> = { k: ratio(k), n: ratio(n), value: mean ?? ZERO };
  const premium = stream.premium.exact((i) => variables[stream.premium.reads[i] as string] ?? ZERO);
  if (failed(premium)) tell(scene, 'no-coefficient', { stream: stream.id });
  const premiumSteps = failed(premium) ? 0 : toSteps(premium, stream.step);
  return {
    samples: members.map((m) => m.id),
    k: n > 0 ? k : undefined,
    n: n > 0 ? n : undefined,
    mean,
    premiumSteps,
    tonnesSteps: tonnes,
    fen: amountFen(tonnes, premiumSteps, amountScale(output.stream.step, stream.step)),
  };
}
