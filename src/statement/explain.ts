// Why a line says what it says: the sentence a crew would say, the arithmetic with its numbers, and the readings it rests
// on, in three steps from total to meter. Typed codes with arguments; the faces put them into words.

import { type Day, formatLocal, inForce, type Name, type Plant, type Point, type Stream, type Unit } from '../plant.ts';
import {
  amountFen,
  amountScale,
  compare,
  decimalPlaces,
  formatFen,
  formatRatio,
  formatSteps,
  fromSteps,
  type Instant,
  type Measure,
  type Ratio,
  type Step,
  sumExact,
} from '../quantity.ts';
import { BAD, boundaryOf, type CounterEventKind, lastAtOrBefore, UNCERTAIN } from '../readings.ts';
import type { Books } from './books.ts';
import type { InputResult, Line, OutputResult, Part, Sheet } from './sheet.ts';
import { coefficientOf, planOf, variableOf } from './standards.ts';
import { reachOf, sidePoints } from './uses.ts';

export type { CounterEventKind };

/** A number as it should be shown: exact digits, and its unit of measure. */
export interface Figure {
  readonly text: string;
  readonly unit: string;
}
export type Argument = string | Name | Figure;

export type SayingCode =
  | 'gain'
  | 'gain-excluded'
  | 'incomplete'
  | 'company'
  | 'conditions'
  | 'limit'
  | 'unordered'
  | 'output-mix'
  | 'volume-more'
  | 'volume-less'
  | 'volume-even'
  | 'stock'
  | 'stock-none'
  | 'usage-less'
  | 'usage-more'
  | 'usage-even'
  | 'usage-missing'
  | 'by-product-more'
  | 'by-product-less'
  | 'mix'
  | 'yield'
  | 'quality'
  | 'quality-missing'
  | 'fees-less'
  | 'fees-more'
  | 'fees-even'
  | 'step-output'
  | 'step-input'
  | 'step-allowed'
  | 'step-term'
  | 'step-fixed'
  | 'step-formula'
  | 'step-used'
  | 'step-difference'
  | 'step-window'
  | 'step-stock'
  | 'step-margin'
  | 'step-lot'
  | 'step-fee'
  | 'step-sum'
  | 'source-boundary'
  | 'source-between'
  | 'source-event'
  | 'source-readings'
  | 'source-sample';

/** One sentence, as a code and what goes into it. */
export interface Saying {
  readonly code: SayingCode;
  readonly args: Readonly<Record<string, Argument>>;
}

/** One reading that a line rests on. */
export interface ReadingShown {
  readonly point: string;
  readonly time: string;
  readonly value: string;
  readonly quality: 'good' | 'uncertain' | 'bad';
}

export interface Explanation {
  readonly key: string;
  readonly fen: number;
  readonly crewFen: number;
  readonly sentence: Saying;
  readonly steps: readonly Saying[];
  readonly sources: readonly Saying[];
  readonly readings: readonly ReadingShown[];
}

const yuan = (fen: number): Figure => ({ text: formatFen(Math.abs(fen)), unit: 'yuan' });
const signed = (fen: number): Figure => ({
  text: `${fen > 0 ? '+' : fen < 0 ? '−' : ''}${formatFen(Math.abs(fen))}`,
  unit: 'yuan',
});
const figure = (steps: number, step: Step, measure: Measure): Figure => ({
  text: formatSteps(steps, step),
  unit: measure.text,
});
const size = (steps: number, step: Step, measure: Measure): Figure => figure(Math.abs(steps), step, measure);
/** An exact value as far as decimals go, at most six digits after the point (… marks the cut). */
function exact(value: Ratio, unit: string): Figure {
  const places = decimalPlaces(value);
  if (places !== undefined && places <= 6) return { text: formatRatio(value, places), unit };
  return { text: `${formatRatio(value, 6)}…`, unit };
}

/** The first sentence of a sheet: what the crew earned, and what was not theirs. */
export function headline(sheet: Sheet): Saying[] {
  const part = sheet.counted;
  if (!part)
    return sheet.excluded ? [{ code: 'gain-excluded', args: { yuan: signed(sheet.excluded.companyFen) } }] : [];
  if (!part.complete) return [{ code: 'incomplete', args: {} }];
  const out: Saying[] = [{ code: 'gain', args: { yuan: signed(part.crewGainFen) } }];
  const company = part.companyFen + (sheet.excluded?.complete ? sheet.excluded.companyFen : 0);
  if (company !== 0) out.push({ code: 'company', args: { yuan: signed(company) } });
  return out;
}

/** The lines of a part as sentences, the crew's largest first, then the company's; lines of nothing are left out. */
export function sentences(plant: Plant, sheet: Sheet, part: Part): { readonly line: Line; readonly saying: Saying }[] {
  const unit = plant.units.get(sheet.shift.unit) as Unit;
  return part.lines
    .filter((line) => line.fen !== 0 || line.kind === 'usage')
    .map((line) => ({ line, saying: sentenceOf(unit, part, line) }))
    .sort(
      (a, b) =>
        Number(b.line.crewFen !== 0) - Number(a.line.crewFen !== 0) ||
        Math.abs(b.line.fen) - Math.abs(a.line.fen) ||
        (a.line.key < b.line.key ? -1 : 1),
    );
}

/** One line as a crew would say it. */
export function sentenceOf(unit: Unit, part: Part, line: Line): Saying {
  const money = { yuan: yuan(line.fen), signed: signed(line.fen) };
  switch (line.kind) {
    case 'usage':
      return usageSentence(part, line);
    case 'mix':
    case 'yield':
      return { code: line.kind, args: { ...money, name: (inputOf(part, line) as InputResult).stream.name } };
    case 'volume':
      return volumeSentence(unit, part, money, line.fen);
    case 'limit': {
      const lost = part.outputs
        .map((o) => ({ o, steps: o.budgetSteps - o.limitedSteps }))
        .find(({ steps }) => steps !== 0);
      const quantity: Argument = lost ? size(lost.steps, lost.o.stream.step, lost.o.stream.measure) : '';
      return {
        code: 'limit',
        args: {
          ...money,
          name: lost?.o.stream.name ?? '',
          quantity,
          windows: part.windows
            .filter((w) => w.lost.n !== 0n)
            .map((w) => w.id)
            .join('、'),
        },
      };
    }
    case 'unordered': {
      const over = part.outputs.find((o) => o.quantity.steps !== o.orderedSteps);
      const steps = over ? (over.quantity.steps ?? 0) - over.orderedSteps : 0;
      return {
        code: 'unordered',
        args: {
          ...money,
          name: over?.stream.name ?? '',
          quantity: over ? size(steps, over.stream.step, over.stream.measure) : '',
        },
      };
    }
    case 'stock': {
      const list = part.stocks.map((s) => s.stream.name);
      if (list.length === 0) return { code: 'stock-none', args: money };
      return {
        code: 'stock',
        args: {
          ...money,
          name: list[0] ?? '',
          quantity: part.stocks[0]
            ? figure(part.stocks[0].steps, part.stocks[0].stream.step, part.stocks[0].stream.measure)
            : '',
        },
      };
    }
    case 'quality': {
      const quality = part.qualities.find((q) => q.stream.id === line.stream);
      const args = { ...money, name: quality?.stream.name ?? '', shown: quality?.shown ?? '' };
      return { code: quality?.basis === 'missing' ? 'quality-missing' : 'quality', args };
    }
    case 'fees': {
      const fee = part.fees.find((f) => f.stream.id === line.stream);
      return {
        code: line.fen > 0 ? 'fees-less' : line.fen < 0 ? 'fees-more' : 'fees-even',
        args: { ...money, name: fee?.stream.name ?? '' },
      };
    }
    default:
      return { code: line.kind, args: money };
  }
}

const inputOf = (part: Part, line: Line): InputResult | undefined =>
  part.inputs.find((i) => i.stream.id === line.stream);

function usageSentence(part: Part, line: Line): Saying {
  const input = inputOf(part, line) as InputResult;
  const { stream } = input;
  const band = input.bands.find((b) => b.band === line.band);
  const used = band?.used ?? input.used;
  const allowed = band?.allowed.actual ?? input.allowed.actual;
  const difference = allowed - used;
  const args = {
    name: stream.name,
    band: line.band ?? '',
    quantity: size(difference, stream.step, stream.measure),
    yuan: yuan(line.fen),
    signed: signed(line.fen),
  };
  if (input.quantity.basis === 'missing') return { code: 'usage-missing', args };
  if (difference === 0) return { code: 'usage-even', args };
  if (stream.role === 'by-product') return { code: difference < 0 ? 'by-product-more' : 'by-product-less', args };
  return { code: difference > 0 ? 'usage-less' : 'usage-more', args };
}

function volumeSentence(unit: Unit, part: Part, money: Record<string, Argument>, fen: number): Saying {
  const load = part.outputs.find((o) => o.stream.id === unit.load) ?? part.outputs[0];
  if (!load) return { code: 'volume-even', args: money };
  const steps = load.orderedSteps - load.limitedSteps;
  const args = { ...money, name: load.stream.name, quantity: size(steps, load.stream.step, load.stream.measure) };
  if (steps === 0 && fen === 0) return { code: 'volume-even', args };
  return { code: steps >= 0 ? 'volume-more' : 'volume-less', args };
}

// ── the arithmetic ─────────────────────────────────────────────────────────────────────────────────────────────────

/** One line of a part with its arithmetic and the readings under it. */
export function explainLine(books: Books, sheet: Sheet, part: Part, line: Line): Explanation {
  const unit = books.plant.units.get(sheet.shift.unit) as Unit;
  const sentence = sentenceOf(unit, part, line);
  const streams = streamsOf(unit, part, line);
  const points = new Set(streams.flatMap((stream) => pointsUnder(books.plant, stream)));
  const shown = [...points].map((id) => books.point(id));
  return {
    key: line.key,
    fen: line.fen,
    crewFen: line.crewFen,
    sentence,
    steps: stepsOf(books, unit, sheet.shift.day, part, line),
    sources: shown.flatMap((point) => sourcesOf(books, part, point)),
    readings: shown.flatMap((point) => readingsUnder(books, part, point)),
  };
}

function pointsUnder(plant: Plant, stream: Stream): string[] {
  const own = 'point' in stream && stream.point !== undefined ? [stream.point] : [];
  return [...own, ...sidePoints(stream)].flatMap((id) => reachOf(plant, id));
}

/** The streams a line speaks of: its own, and for the chain's shared lines the outputs or stocks. */
function streamsOf(unit: Unit, part: Part, line: Line): Stream[] {
  if (line.stream !== undefined) {
    const own = unit.streams.find((s) => s.id === line.stream) as Stream;
    const outputs = line.kind === 'usage' || line.kind === 'yield' ? part.outputs.map((o) => o.stream) : [];
    return [own, ...outputs];
  }
  if (line.kind === 'stock') return part.stocks.map((s) => s.stream);
  return part.outputs.map((o) => o.stream);
}

function stepsOf(books: Books, unit: Unit, day: Day, part: Part, line: Line): Saying[] {
  switch (line.kind) {
    case 'usage':
    case 'mix':
    case 'yield':
      return usageSteps(books, unit, day, part, line);
    case 'quality':
      return qualitySteps(part, line);
    case 'fees': {
      const fee = part.fees.find((f) => f.stream.id === line.stream);
      return fee
        ? [
            {
              code: 'step-fee',
              args: { budget: yuan(fee.budgetFen), actual: yuan(fee.actualFen), signed: signed(line.fen) },
            },
          ]
        : [];
    }
    case 'stock':
      return stockSteps(books, part, line);
    default:
      return stageSteps(books, part, line);
  }
}

function usageSteps(books: Books, unit: Unit, day: Day, part: Part, line: Line): Saying[] {
  const input = inputOf(part, line) as InputResult;
  const { stream } = input;
  const out: Saying[] = [];
  const standard = inForce(stream.standards, day);
  if (standard) {
    const plan = planOf(unit, stream, standard);
    for (const slice of input.slices) {
      for (const term of plan.terms) {
        const driver = unit.streams.find((s) => s.id === term.driver) as Stream;
        const steps = slice.drivers.get(term.driver) ?? 0;
        if (steps === 0) continue;
        const coefficient = coefficientOf(term, slice);
        if (term.formula)
          for (const step of term.formula
            .explain((i) => variableOf(term.formula?.reads[i] as string, slice))
            .filter((s) => s.kind === 'curve'))
            out.push({
              code: 'step-formula',
              args: {
                print: step.print,
                of: ofText(step.operands[0]?.value),
                value:
                  typeof step.value === 'boolean'
                    ? ''
                    : exact(step.value, `${stream.measure.text}/${driver.measure.text}`),
              },
            });
        out.push({
          code: 'step-term',
          args: {
            coefficient: exact(coefficient, `${stream.measure.text}/${driver.measure.text}`),
            name: driver.name,
            quantity: figure(steps, driver.step, driver.measure),
          },
        });
      }
      if (plan.fixed.n !== 0n)
        out.push({
          code: 'step-fixed',
          args: { fixed: exact(plan.fixed, `${stream.measure.text}/h`), hours: exact(slice.hours, 'h') },
        });
    }
  }
  out.push({
    code: 'step-allowed',
    args: { name: stream.name, quantity: figure(input.allowed.actual, stream.step, stream.measure) },
  });
  out.push({
    code: 'step-used',
    args: { name: stream.name, quantity: figure(input.used, stream.step, stream.measure) },
  });
  const band = input.bands.find((b) => b.band === line.band);
  const [allowed, used] = band ? [band.allowed.actual, band.used] : [input.allowed.actual, input.used];
  const price = part.prices.get(line.band === undefined ? stream.id : `${stream.id}.${line.band}`);
  if (price !== undefined)
    out.push({
      code: 'step-difference',
      args: {
        allowed: figure(allowed, stream.step, stream.measure),
        used: figure(used, stream.step, stream.measure),
        quantity: figure(allowed - used, stream.step, stream.measure),
        price: figure(price, books.plant.priceStep, { ...stream.measure, text: `yuan/${stream.measure.text}` }),
        signed: signed(line.fen),
      },
    });
  return out;
}

const ofText = (value: Ratio | boolean | undefined): Argument =>
  value === undefined || typeof value === 'boolean' ? '' : exact(value, '');

function qualitySteps(part: Part, line: Line): Saying[] {
  const quality = part.qualities.find((q) => q.stream.id === line.stream);
  const output = part.outputs.find((o) => o.stream.id === quality?.stream.of) as OutputResult;
  return (quality?.lots ?? []).map((lot) => ({
    code: 'step-lot' as const,
    args: {
      samples: lot.samples.join('、'),
      shown: lot.n === undefined ? (lot.mean ? exact(lot.mean, '').text : '') : `${lot.k}/${lot.n}`,
      premium: figure(
        lot.premiumSteps,
        (quality as NonNullable<typeof quality>).stream.step,
        (quality as NonNullable<typeof quality>).stream.measure,
      ),
      quantity: figure(lot.tonnesSteps, output.stream.step, output.stream.measure),
      signed: signed(lot.fen),
    },
  }));
}

function stockSteps(books: Books, part: Part, line: Line): Saying[] {
  const out: Saying[] = [];
  for (const { stream, steps, price, margin } of part.stocks) {
    out.push({
      code: 'step-stock',
      args: {
        name: stream.name,
        quantity: figure(steps, stream.step, stream.measure),
        price: figure(price, books.plant.priceStep, { ...stream.measure, text: `yuan/${stream.measure.text}` }),
        signed: signed(amountOf(books, part, stream, { steps, step: stream.step })),
      },
    });
    out.push({
      code: 'step-margin',
      args: { name: stream.name, margin: exact(margin, `yuan/${stream.measure.text}`) },
    });
  }
  out.push(...allowedChanges(books, part, 'outputs', 'actual'));
  out.push({ code: 'step-sum', args: { signed: signed(line.fen) } });
  return out;
}

/** Lines between two stages of the chain: what each output and each allowed input was before and after. */
function stageSteps(books: Books, part: Part, line: Line): Saying[] {
  const out: Saying[] = [];
  const [before, after] = STAGES_OF[line.kind] ?? [];
  if (!before || !after) return out;
  for (const acted of part.windows) {
    if (line.kind !== 'limit' && line.kind !== 'unordered') break;
    const output = part.outputs.find((o) => o.stream.id === acted.output) as OutputResult;
    out.push({
      code: 'step-window',
      args: {
        id: acted.id,
        from: formatLocal(acted.intervals[0]?.from ?? 0, books.plant.zone),
        to: formatLocal(acted.intervals.at(-1)?.to ?? 0, books.plant.zone),
        rate: exact(acted.rate, `${output.stream.measure.text}/h`),
        lost: exact(acted.lost, output.stream.measure.text),
        excess: figure(acted.excessSteps, output.stream.step, output.stream.measure),
      },
    });
  }
  for (const output of part.outputs) {
    const [from, to] = [outputAt(output, before), outputAt(output, after)];
    const fen = amountOf(books, part, output.stream, to) - amountOf(books, part, output.stream, from);
    if (compare(fromSteps(from.steps, from.step), fromSteps(to.steps, to.step)) !== 0)
      out.push(changeOf(books, part, 'step-output', output.stream, from, to, fen));
  }
  out.push(...allowedChanges(books, part, before, after));
  out.push({ code: 'step-sum', args: { signed: signed(line.fen) } });
  return out;
}

/** A number of steps of a quantity, and what a step is. */
interface Counted {
  readonly steps: number;
  readonly step: Step;
}

/** An output as a stage of the chain counts it. */
function outputAt(output: OutputResult, stage: StageName): Counted {
  const { step } = output.stream;
  switch (stage) {
    case 'budgetGiven':
    case 'budget':
      return { steps: output.budgetSteps, step };
    case 'limited':
      return { steps: output.limitedSteps, step };
    case 'mixed':
      return { steps: output.mixedSteps, step: output.mixedStep };
    case 'ordered':
      return { steps: output.orderedSteps, step };
    case 'outputs':
      return { steps: output.quantity.steps ?? 0, step };
  }
}

/** What a quantity is worth at its plan price, in fen, as the sheet counts it. */
function amountOf(books: Books, part: Part, stream: Stream, { steps, step }: Counted, band?: string): number {
  const price = part.prices.get(band === undefined ? stream.id : `${stream.id}.${band}`) ?? 0;
  return amountFen(steps, price, amountScale(step, books.plant.priceStep));
}

/** What an allowed quantity at a stage is worth: with bands, the sum over them. */
function allowedFen(books: Books, part: Part, input: InputResult, stage: keyof InputResult['allowed']): number {
  const { stream, bands, allowed } = input;
  const { step } = stream;
  if (bands.length === 0) return amountOf(books, part, stream, { steps: allowed[stage], step });
  return sumExact(bands.map((b) => amountOf(books, part, stream, { steps: b.allowed[stage], step }, b.band)));
}

/** A quantity that changed between two stages, its price and what the change is worth. */
function changeOf(
  books: Books,
  part: Part,
  code: 'step-output' | 'step-input',
  stream: Stream,
  from: Counted,
  to: Counted,
  fen: number,
): Saying {
  const price = part.prices.get(stream.id);
  const measure = { ...stream.measure, text: `yuan/${stream.measure.text}` };
  return {
    code,
    args: {
      name: stream.name,
      from: figure(from.steps, from.step, stream.measure),
      to: figure(to.steps, to.step, stream.measure),
      price: price === undefined ? '' : figure(price, books.plant.priceStep, measure),
      signed: signed(fen),
    },
  };
}

/** The inputs whose allowed quantity differs between two stages, each with what that is worth. */
function allowedChanges(
  books: Books,
  part: Part,
  before: keyof InputResult['allowed'],
  after: keyof InputResult['allowed'],
): Saying[] {
  return part.inputs
    .filter(({ allowed }) => allowed[before] !== allowed[after])
    .map((input) => {
      const sign = input.stream.role === 'by-product' ? 1 : -1;
      const fen = sign * (allowedFen(books, part, input, after) - allowedFen(books, part, input, before));
      const at = (stage: keyof InputResult['allowed']): Counted => ({
        steps: input.allowed[stage],
        step: input.stream.step,
      });
      return changeOf(books, part, 'step-input', input.stream, at(before), at(after), fen);
    });
}

type StageName = 'budgetGiven' | 'budget' | 'limited' | 'mixed' | 'ordered' | 'outputs';
const STAGES_OF: Partial<Record<Line['kind'], readonly [StageName, StageName]>> = {
  conditions: ['budgetGiven', 'budget'],
  limit: ['budget', 'limited'],
  volume: ['limited', 'mixed'],
  'output-mix': ['mixed', 'ordered'],
  unordered: ['ordered', 'outputs'],
};

// ── the readings under it ──────────────────────────────────────────────────────────────────────────────────────────

function sourcesOf(books: Books, part: Part, point: Point): Saying[] {
  const time = (at: Instant): string => formatLocal(at, books.plant.zone);
  const out: Saying[] = [];
  if (point.kind === 'counter') {
    const counter = books.counterOf(point);
    for (const edge of part.intervals.flatMap((p) => [p.from, p.to])) {
      const boundary = boundaryOf(counter, edge);
      const i = lastAtOrBefore(counter.times, edge);
      if (boundary.kind !== 'measured' || i < 0) continue;
      const face = (node: number): Figure => figure(counter.faces[node] as number, point.step, point.measure);
      if (counter.times[i] === edge)
        out.push({
          code: 'source-boundary',
          args: { point: point.id, name: point.name, at: time(edge), value: face(i) },
        });
      else
        out.push({
          code: 'source-between',
          args: {
            point: point.id,
            name: point.name,
            at: time(edge),
            from: time(counter.times[i] as number),
            value: face(i),
            to: time(counter.times[i + 1] as number),
            next: face(i + 1),
          },
        });
    }
    for (const event of counter.events)
      if (part.intervals.some((p) => event.from < p.to && event.to > p.from))
        out.push({ code: 'source-event', args: { point: point.id, event: event.kind, at: time(event.to) } });
    return out;
  }
  if (point.kind === 'sample') {
    for (const lot of books.lotsOf(point))
      if (
        part.intervals.some((p) =>
          lot.over ? lot.over.from < p.to && lot.over.to > p.from : p.from <= lot.at && lot.at < p.to,
        )
      )
        out.push({
          code: 'source-sample',
          args: {
            point: point.id,
            id: lot.id,
            at: time(lot.at),
            value: lot.value === undefined ? `${lot.k}/${lot.n}` : figure(lot.value, point.step, point.measure),
            by: lot.replacedBy ?? '',
          },
        });
    return out;
  }
  const count = readingsUnder(books, part, point).length;
  return count > 0
    ? [{ code: 'source-readings', args: { point: point.id, name: point.name, count: String(count) } }]
    : [];
}

/** The readings of a point from the last before each interval to the first after it. */
function readingsUnder(books: Books, part: Part, point: Point): ReadingShown[] {
  const series = books.series[point.index];
  if (!series || series.times.length === 0) return [];
  const rows = new Set<number>();
  for (const { from, to } of part.intervals) {
    const first = Math.max(0, lastAtOrBefore(series.times, from));
    for (let i = first; i < series.times.length; i += 1) {
      rows.add(i);
      if ((series.times[i] as number) >= to) break;
    }
  }
  return [...rows].map((i) => ({
    point: point.id,
    time: formatLocal(series.times[i] as number, books.plant.zone),
    value: formatSteps(series.values[i] as number, point.step),
    quality: series.quality[i] === BAD ? 'bad' : series.quality[i] === UNCERTAIN ? 'uncertain' : 'good',
  }));
}
