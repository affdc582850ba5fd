// A sheet as plain JSON: what `settle --format json` prints, what golden files hold and what an auditor compares.

import { formatDay, formatUtc } from '../plant.ts';
import { formatFen, formatSteps, type Ratio, ratio } from '../quantity.ts';
import type { Basis } from './basis.ts';
import type { Part, Sheet } from './sheet.ts';

/** A fraction in lowest terms, `15/2`, or `8`. */
export function fractionText(value: Ratio): string {
  const { n, d } = ratio(value.n, value.d);
  return d === 1n ? String(n) : `${n}/${d}`;
}

export interface PartRecord {
  readonly complete: boolean;
  readonly hours: string;
  readonly hoursRun: string;
  readonly quantities: Readonly<Record<string, string | null>>;
  readonly basis: Readonly<Record<string, Basis>>;
  readonly allowed: Readonly<Record<string, string>>;
  readonly budget: Readonly<Record<string, string>>;
  readonly limited: Readonly<Record<string, string>>;
  readonly unordered: Readonly<Record<string, string>>;
  readonly valueFen: number | null;
  readonly budgetValueFen: number | null;
  readonly lines: Readonly<Record<string, number>>;
  readonly memo: Readonly<Record<string, number>>;
  readonly crewGainFen: number | null;
  readonly companyFen: number | null;
}

export interface SheetRecord {
  readonly unit: string;
  readonly crew: string;
  readonly team: string;
  readonly day: string;
  readonly shift: string;
  readonly from: string;
  readonly to: string;
  readonly state: string;
  readonly counted: PartRecord | null;
  readonly excluded: PartRecord | null;
}

export function sheetRecord(sheet: Sheet): SheetRecord {
  const { shift } = sheet;
  return {
    unit: shift.unit,
    crew: shift.crew,
    team: sheet.team,
    day: formatDay(shift.day),
    shift: shift.code,
    from: formatUtc(shift.from),
    to: formatUtc(shift.to),
    state: sheet.state,
    counted: sheet.counted ? partRecord(sheet.counted) : null,
    excluded: sheet.excluded ? partRecord(sheet.excluded) : null,
  };
}

function partRecord(part: Part): PartRecord {
  const quantities: Record<string, string | null> = {};
  const basis: Record<string, Basis> = {};
  const allowed: Record<string, string> = {};
  const budget: Record<string, string> = {};
  const limited: Record<string, string> = {};
  const unordered: Record<string, string> = {};
  const made = part.outputs.every((o) => o.quantity.steps !== undefined);
  for (const { stream, quantity, budgetSteps, limitedSteps, orderedSteps } of part.outputs) {
    quantities[stream.id] = quantity.steps === undefined ? null : formatSteps(quantity.steps, stream.step);
    basis[stream.id] = quantity.basis;
    budget[stream.id] = formatSteps(budgetSteps, stream.step);
    limited[stream.id] = formatSteps(limitedSteps, stream.step);
    if (made) unordered[stream.id] = formatSteps((quantity.steps as number) - orderedSteps, stream.step);
  }
  for (const { stream, quantity, allowed: all } of part.inputs) {
    quantities[stream.id] = quantity.steps === undefined ? null : formatSteps(quantity.steps, stream.step);
    basis[stream.id] = quantity.basis;
    if (made) allowed[stream.id] = formatSteps(all.actual, stream.step);
  }
  for (const { stream, change } of part.stocks) {
    quantities[stream.id] = change.steps === undefined ? null : formatSteps(change.steps, stream.step);
    basis[stream.id] = change.basis;
  }
  for (const { stream, shown, basis: own } of part.qualities) {
    quantities[stream.id] = own === 'missing' ? null : shown;
    basis[stream.id] = own;
  }
  for (const { stream, actualFen } of part.fees) {
    quantities[stream.id] = formatFen(actualFen);
    basis[stream.id] = 'measured';
  }
  return {
    complete: part.complete,
    hours: fractionText(part.hours),
    hoursRun: fractionText(part.hoursRun),
    quantities,
    basis,
    allowed,
    budget,
    limited,
    unordered,
    valueFen: part.complete ? part.valueFen : null,
    budgetValueFen: part.complete ? part.budgetValueFen : null,
    lines: Object.fromEntries(part.lines.map((line) => [line.key, line.fen])),
    memo: Object.fromEntries(part.memo.map((line) => [line.key, line.fen])),
    crewGainFen: part.complete ? part.crewGainFen : null,
    companyFen: part.complete ? part.companyFen : null,
  };
}
