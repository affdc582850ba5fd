// Meters as they really are: they see the true process, on a step, at irregular times, and things go wrong with them.
// What goes wrong is drawn first (`drawTroubles`), then each gauge is read (`readGauges`).
import type { Chance } from './chance.ts';
import { HOUR, MINUTE } from './clockwork.ts';
import { fixed, formatBetween, formatSteps, stepsIn } from './decimal.ts';
import type { Feature } from './features.ts';
import { addRow, type Gauge, type Site, TICK } from './model.ts';

export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Reading {
  readonly point: string;
  readonly at: number;
  /** In steps; `off` thousandths of a step are written besides. */
  steps: number;
  off: number;
  quality: '' | 'uncertain' | 'bad';
  learnt: number;
}

export interface Troubles {
  readonly outages: Span[];
  readonly bad: Span[];
  readonly uncertain: Span[];
  readonly late: Span[];
  readonly marks: Set<Feature>;
  firstAt: number;
  lastAt: number;
  /** A counter's face jumps: down by an unknown drop, up by an implausible rise. */
  readonly jumps: { readonly at: number; readonly down: boolean; readonly restart: boolean }[];
  readonly replacements: { readonly at: number; readonly multiplier: string | undefined }[];
}

const isCounter = (gauge: Gauge): boolean => gauge.kind === 'counter' || gauge.kind === 'typed counter';
const isSeries = (gauge: Gauge): boolean => isCounter(gauge) || gauge.kind === 'rate' || gauge.kind === 'level';
const isRead = (gauge: Gauge): boolean => gauge.kind !== 'sample';

/** Gives each feature of meters to one gauge it fits, at one time of the plant's days. */
export function drawTroubles(site: Site): Map<Gauge, Troubles> {
  const { wishes } = site;
  const gauges = site.units.flatMap((unit) => unit.gauges).filter(isRead);
  const troubles = new Map(
    gauges.map((gauge): [Gauge, Troubles] => [
      gauge,
      {
        outages: [],
        bad: [],
        uncertain: [],
        late: [],
        marks: new Set(),
        firstAt: site.from,
        lastAt: site.from + (site.ticks - 1) * TICK,
        jumps: [],
        replacements: [],
      },
    ]),
  );
  const give = (
    feature: Feature,
    fits: (gauge: Gauge) => boolean,
    work: (one: Troubles, at: number, chance: Chance, gauge: Gauge) => void,
    times = 1,
  ): void => {
    if (!wishes.has(feature)) return;
    const chance = site.chance.fork(feature);
    const fitting = gauges.filter(fits);
    if (fitting.length === 0) return;
    wishes.plant(feature);
    for (let n = 0; n < times; n += 1) {
      const gauge = chance.pick(fitting);
      const shifts = gauge.unit.shifts.filter(({ day }) => day >= site.firstDay && day <= site.lastDay);
      const shift = chance.pick(shifts);
      const at = shift.from + Math.floor(chance.real(0, shift.to - shift.from) / MINUTE) * MINUTE;
      const one = troubles.get(gauge)!;
      one.marks.add(feature);
      work(one, at, chance, gauge);
    }
  };
  // At least one reading falls into each span.
  const span = (at: number, hours: number): Span => ({
    from: at,
    to: at + Math.round(Math.max(hours * 60, site.periodMinutes * 1.3)) * MINUTE,
  });
  const some = gauges.length > 4 ? 2 : 1;

  const wide = ({ unit, most, kind }: Gauge): boolean => unit.shifts.length > 0 && most > 1 && kind !== 'level';
  give(
    'rollover',
    (gauge) => isCounter(gauge) && wide(gauge),
    () => {},
    some,
  );
  give(
    'multiplier',
    (gauge) => isCounter(gauge) && wide(gauge),
    (_, __, chance, gauge) => {
      gauge.keys.multiplier = chance.pick(['0.5', '1.5', '10', '40', '0.25', '2', '1.25']);
    },
  );
  give(
    'replacement',
    isCounter,
    (one, at, chance, gauge) => {
      const boundary = chance.pick(gauge.unit.shifts).from;
      const when = chance.yes(0.3) && boundary > site.from + HOUR ? boundary : at;
      const change = wishes.has('replacement-multiplier') && wide(gauge);
      if (change) wishes.plant('replacement-multiplier');
      one.replacements.push({
        at: when,
        multiplier: change ? chance.pick(['0.5', '1.5', '2', '1', '0.75']) : undefined,
      });
      if (chance.yes(0.2)) one.replacements.push({ at: when + chance.int(5, 25) * MINUTE, multiplier: undefined });
    },
    some,
  );
  give('drop', isCounter, (one, at, chance, gauge) => {
    if (wishes.take('drop-restart')) gauge.keys['on a drop'] = 'restart';
    else if (wishes.take('drop-hold')) gauge.keys['on a drop'] = 'hold';
    else if (chance.yes(0.3)) gauge.keys['on a drop'] = 'missing';
    one.jumps.push({ at, down: true, restart: chance.yes(0.6) });
  });
  give(
    'implausible-rise',
    (gauge) => isCounter(gauge) && wide(gauge),
    (one, at) => {
      one.jumps.push({ at, down: false, restart: false });
    },
  );
  give('bad', isRead, (one, at, chance) => one.bad.push(span(at, chance.real(0.6, 6))), some);
  give('uncertain', isRead, (one, at, chance) => one.uncertain.push(span(at, chance.real(1, 12))));
  give('outage', isRead, (one, at, chance) => one.outages.push(span(at, chance.real(2, 9))), some);
  give('long-outage', isSeries, (one, at, chance) => one.outages.push(span(at, chance.real(10, 30))));
  give('late', isRead, (one, at, chance) => one.late.push(span(at, chance.real(1, 20))), some);
  const rare = site.lastDay > site.firstDay;
  if (rare)
    give('never-returns', isRead, (one, at) => {
      one.lastAt = at;
    });
  if (rare)
    give('starts-late', isSeries, (one, at) => {
      one.firstAt = Math.min(at, one.lastAt);
    });
  give('tight-gap', isSeries, () => {});
  give('ties', isSeries, () => {}, 3);
  give('on-the-boundary', isSeries, () => {}, 4);
  give(
    'extra-decimals',
    (gauge) => gauge.kind !== 'batch',
    () => {},
    3,
  );
  for (const feature of ['twice', 'corrected', 'conflict'] as const) give(feature, isRead, () => {}, some);
  return troubles;
}

/** ∫ of a track from the first tick, in unit × hours, linear inside a tick. */
function integralOf(site: Site, gauge: Gauge): (at: number) => number {
  const sums = new Float64Array(site.ticks + 1);
  for (let t = 0; t < site.ticks; t += 1) sums[t + 1] = sums[t]! + (gauge.track[t]! * TICK) / HOUR;
  return (at) => {
    const place = Math.min(Math.max((at - site.from) / TICK, 0), site.ticks);
    const t = Math.min(Math.floor(place), site.ticks - 1);
    return sums[t]! + (sums[t + 1]! - sums[t]!) * (place - t);
  };
}

const valueAt = (site: Site, gauge: Gauge, at: number): number =>
  gauge.track[Math.min(Math.max(Math.floor((at - site.from) / TICK), 0), site.ticks - 1)]!;

interface Times {
  readonly at: number[];
  /** Readings whose rise shall be odd, so that the boundary midway falls on half a step. */
  readonly odd: ReadonlySet<number>;
}

function drawTimes(site: Site, gauge: Gauge, marks: ReadonlySet<Feature>, chance: Chance): Times {
  const period = site.periodMinutes * MINUTE;
  const tight = marks.has('tight-gap');
  const jitter = tight && chance.yes(0.5) ? 0 : Math.min(8 * MINUTE, period / 6);
  const grain = chance.yes(0.3) ? 1000 : MINUTE;
  const end = site.from + (site.ticks - 1) * TICK;
  const phase = jitter === 0 ? 0 : chance.int(0, site.periodMinutes - 1) * MINUTE;
  let at: number[] = [];
  for (let t = site.from + phase; t < end; t += period)
    at.push(Math.max(site.from, t + Math.round(chance.real(-jitter, jitter) / grain) * grain));
  if (chance.yes(0.1)) at = at.map((t) => t + chance.int(0, 999));
  const odd = new Set<number>();
  for (const { from } of gauge.unit.shifts) {
    if (from <= site.from + period || from >= end - period) continue;
    if (marks.has('ties') && chance.yes(0.6)) {
      const away = chance.int(2, Math.max(2, Math.floor(site.periodMinutes * 0.4))) * MINUTE;
      at = at.filter((t) => Math.abs(t - from) > period * 0.6);
      at.push(from - away, from + away);
      odd.add(from + away);
    } else if (marks.has('on-the-boundary')) {
      at = at.filter((t) => Math.abs(t - from) > period / 2);
      at.push(from);
    }
  }
  return { at: [...new Set(at)].sort((a, b) => a - b), odd };
}

/** All readings of all gauges, in order of time within a gauge, before they are shuffled. */
export function readGauges(site: Site, troubles: ReadonlyMap<Gauge, Troubles>): Reading[] {
  return [...troubles].flatMap(([gauge, one]) => {
    const chance = site.chance.fork(`readings ${gauge.id}`);
    const { marks } = one;
    declareGap(site, gauge, marks, chance);
    const readings = {
      counter: readCounter,
      'typed counter': readCounter,
      rate: readValues,
      level: readValues,
      figure: readFigures,
      batch: readBatches,
    }[gauge.kind as 'counter'](site, gauge, one, chance);
    const inside = (spans: readonly Span[], at: number): boolean => spans.some(({ from, to }) => from <= at && at < to);
    const kept = readings.filter(({ at }) => at >= one.firstAt && at <= one.lastAt && !inside(one.outages, at));
    for (const [index, reading] of kept.entries()) {
      if (inside(one.uncertain, reading.at)) reading.quality = 'uncertain';
      if (inside(one.bad, reading.at)) {
        reading.quality = 'bad';
        if (chance.yes(0.3)) reading.steps = 0;
      }
      const away = one.late.find(({ from, to }) => from <= reading.at && reading.at < to);
      if (away) reading.learnt = away.to + chance.int(0, 40) * HOUR;
      if (marks.has('extra-decimals')) addDecimals(gauge, kept, index, chance);
    }
    return [...kept, ...again(kept, marks, chance)];
  });
}

function declareGap(site: Site, gauge: Gauge, marks: ReadonlySet<Feature>, chance: Chance): void {
  if (!isSeries(gauge)) return;
  const period = site.periodMinutes;
  const minutes = marks.has('tight-gap') ? period : period * chance.int(2, 3);
  gauge.keys.gap = minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;
}

interface Register {
  readonly from: number;
  /** Face value in steps at `from`. */
  readonly base: number;
  readonly multiplier: number;
}

function readCounter(site: Site, gauge: Gauge, one: Troubles, chance: Chance): Reading[] {
  const integral = integralOf(site, gauge);
  const { step } = gauge;
  const { at: times, odd } = drawTimes(site, gauge, one.marks, chance);
  const multiplier = Number((gauge.keys.multiplier as string | undefined) ?? '1');
  const end = site.from + (site.ticks - 1) * TICK;
  const risen = (from: number, to: number, by: number): number =>
    Math.floor((integral(to) - integral(from)) / (by * step.size));
  const total = risen(site.from, end, multiplier);
  let modulus = Number.POSITIVE_INFINITY;
  let base = Math.round(chance.int(1000, 90_000) / Math.max(step.size, 0.01));
  const hourly = gauge.most / multiplier;
  if (one.marks.has('rollover')) {
    const least = (hourly * Math.max(site.periodMinutes, 60) * 5) / 60;
    const face = chance.pick(
      [1000, 10_000, 100_000, 1_000_000]
        .filter((size) => size > least)
        .slice(0, 2)
        .concat(10_000_000),
    );
    modulus = Math.round(face / step.size);
    base = Math.max(0, modulus - Math.floor(Math.min(total, modulus) * chance.real(0.1, 0.9)));
    gauge.keys.rollover = String(face);
  }
  if (one.marks.has('rollover') || one.marks.has('implausible-rise') || chance.yes(0.2))
    gauge.keys['greatest rate'] = `${fixed(Math.max(hourly, 1), 0)} ${gauge.keys.unit as string}/h`;

  const registers: Register[] = [{ from: site.from, base, multiplier }];
  const faceAt = (at: number): number => {
    const register = registers.findLast(({ from }) => from <= at) ?? registers[0]!;
    return (register.base + risen(register.from, at, register.multiplier)) % modulus;
  };
  const events = [
    ...one.jumps.map((jump) => ({ ...jump, jump: true as const })),
    ...one.replacements.map((change) => ({ ...change, jump: false as const })),
  ].sort((a, b) => a.at - b.at);
  for (const event of events) {
    const now = faceAt(event.at);
    const current = registers[registers.length - 1]!;
    if (event.jump) {
      const low = event.restart ? 0 : Math.floor(now * chance.real(0.4, 0.97));
      const high = now + Math.round((gauge.most * 12) / step.size);
      registers.push({ ...current, from: event.at, base: event.down ? low : high });
      continue;
    }
    const first = chance.yes(0.3) ? 0 : chance.int(1, 400);
    const next = event.multiplier === undefined ? current.multiplier : Number(event.multiplier);
    registers.push({ from: event.at, base: first, multiplier: next });
    addRow(site, 'replacements', {
      id: `replaced-${gauge.id}-${registers.length}`,
      point: gauge.id,
      time: site.stamp(event.at),
      old_final: formatSteps(now, step),
      new_first: formatSteps(first, step),
      ...(event.multiplier !== undefined && { multiplier: event.multiplier }),
      ...(chance.yes(0.6) && {
        recorded_at: site.stamp(event.at + chance.pick([0, 10 * MINUTE, 5 * HOUR, 30 * HOUR])),
      }),
    });
  }
  let bump = 0;
  let before: number | undefined;
  let register: Register | undefined;
  return times.map((at) => {
    const now = registers.findLast(({ from }) => from <= at) ?? registers[0]!;
    if (now !== register && register !== undefined) bump = 0;
    register = now;
    let steps = (faceAt(at) + bump) % modulus;
    if (odd.has(at) && before !== undefined && (steps - before) % 2 === 0) {
      bump += 1;
      steps = (steps + 1) % modulus;
    }
    before = steps;
    return { point: gauge.id, at, steps, off: 0, quality: '', learnt: at };
  });
}

function readValues(site: Site, gauge: Gauge, one: Troubles, chance: Chance): Reading[] {
  const { at: times, odd } = drawTimes(site, gauge, one.marks, chance);
  let before = 0;
  return times.map((at) => {
    let steps = stepsIn(valueAt(site, gauge, at), gauge.step);
    if (odd.has(at) && (steps - before) % 2 === 0) steps += 1;
    before = steps;
    return { point: gauge.id, at, steps, off: 0, quality: '', learnt: at };
  });
}

/** A figure a shift, typed shortly before its end; now and then in two halves, on the very boundary, or not at all. */
function readFigures(site: Site, gauge: Gauge, _: Troubles, chance: Chance): Reading[] {
  const integral = integralOf(site, gauge);
  return gauge.unit.shifts.flatMap(({ from, to }) => {
    const halves = chance.yes(0.1) ? [from, (from + to) / 2, to] : [from, to];
    return halves.slice(1).flatMap((end, index) => {
      if (chance.yes(0.02)) return [];
      const at = chance.yes(0.05) ? halves[index]! : end - chance.int(1, 25) * MINUTE;
      const steps = stepsIn(integral(end) - integral(halves[index]!), gauge.step);
      return [{ point: gauge.id, at, steps, off: 0, quality: '' as const, learnt: at + chance.int(0, 3) * MINUTE }];
    });
  });
}

function readBatches(site: Site, gauge: Gauge, one: Troubles, chance: Chance): Reading[] {
  const integral = integralOf(site, gauge);
  const boundaries = new Set(gauge.unit.shifts.map(({ from }) => from));
  const readings: Reading[] = [];
  let from = site.from;
  for (;;) {
    let at = from + chance.int(40, 240) * MINUTE;
    const near = [...boundaries].find((boundary) => Math.abs(boundary - at) < 30 * MINUTE && boundary > from);
    if (near !== undefined && chance.yes(0.3)) at = near;
    if (at > one.lastAt) return readings;
    const steps = stepsIn(integral(at) - integral(from), gauge.step);
    from = at;
    if (steps === 0) continue;
    readings.push({ point: gauge.id, at, steps, off: 0, quality: '', learnt: at });
    if (gauge.keys.confirmed === 'yes' && !chance.yes(0.08))
      addRow(site, 'confirmations', {
        id: `confirmed-${gauge.id}-${readings.length}`,
        point: gauge.id,
        time: site.stamp(at),
        recorded_at: site.stamp(at + chance.int(5, 600) * MINUTE),
      });
  }
}

/** More digits than the step has; an exact half only where rounding it up or down cannot make the counter fall. */
function addDecimals(gauge: Gauge, kept: readonly Reading[], index: number, chance: Chance): void {
  const reading = kept[index]!;
  const rise = (kept[index + 1]?.steps ?? 0) - reading.steps;
  const free = !isCounter(gauge) || (rise > 1 && reading.steps > 0);
  if (reading.steps <= 0 || (isCounter(gauge) && gauge.keys.rollover !== undefined && rise < 0)) return;
  reading.off = free && chance.yes(0.35) ? 500 : chance.int(-499, 499);
}

/** The same readings told a second time: as they were, corrected later, or otherwise at the same instant. */
function again(kept: readonly Reading[], marks: ReadonlySet<Feature>, chance: Chance): Reading[] {
  const more: Reading[] = [];
  for (const reading of kept) {
    if (marks.has('twice') && chance.yes(0.1))
      more.push({ ...reading, learnt: chance.yes(0.5) ? reading.learnt : reading.learnt + chance.int(1, 50) * HOUR });
    if (marks.has('corrected') && chance.yes(0.06)) {
      more.push({ ...reading, learnt: reading.learnt + chance.int(1, 90) * HOUR });
      reading.steps = Math.max(0, reading.steps + chance.int(-3, 30));
      if (chance.yes(0.3)) reading.quality = 'uncertain';
    }
    if (marks.has('conflict') && chance.yes(0.06)) {
      const quality = chance.pick(['', '', 'uncertain', 'bad'] as const);
      more.push({ ...reading, steps: Math.max(0, reading.steps + chance.pick([1, 2, 5, -1])), quality });
    }
  }
  return more;
}

/** A reading's value as text. */
export const formatReading = (reading: Reading, gauge: Gauge): string =>
  reading.off === 0 ? formatSteps(reading.steps, gauge.step) : formatBetween(reading.steps, gauge.step, reading.off);
