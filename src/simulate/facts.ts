// What people say and do: swaps, stops, dispatch orders, limits, exclusions. Those that steer the process are drawn before
// it runs, exclusions after the meters' troubles, so that some fall into an outage.
import type { Chance } from './chance.ts';
import { formatDay, HOUR, MINUTE, type Shift } from './clockwork.ts';
import { fixed } from './decimal.ts';
import type { Span } from './meters.ts';
import { addRow, type Site, type Unit } from './model.ts';
import type { Row } from './write.ts';

/** A row, and now and then a later one of the same id that changes it or takes it back. */
function tell(site: Site, table: string, row: Row, recorded: number, change: Row, chance: Chance): void {
  addRow(site, table, { ...row, recorded_at: site.stamp(recorded) });
  const { wishes } = site;
  if (wishes.has('facts-replaced') && chance.yes(0.35)) {
    wishes.plant('facts-replaced');
    addRow(site, table, { ...row, ...change, recorded_at: site.stamp(recorded + chance.int(1, 30 * 60) * MINUTE) });
  }
  if (wishes.has('facts-withdrawn') && chance.yes(0.3)) {
    wishes.plant('facts-withdrawn');
    addRow(site, table, {
      ...row,
      recorded_at: site.stamp(recorded + chance.int(31 * 60, 60 * 60) * MINUTE),
      withdrawn: 'yes',
    });
  }
}

const counted = (site: Site, unit: Unit): Shift[] =>
  unit.shifts.filter(({ day }) => day >= site.firstDay && day <= site.lastDay);

const inShift = (shift: Shift, chance: Chance): number =>
  shift.from + Math.floor(chance.real(0, shift.to - shift.from - 10 * MINUTE) / MINUTE) * MINUTE;

/** About one of something for so many days. */
const times = (site: Site, days: number, chance: Chance): number =>
  1 + chance.int(0, Math.floor((site.lastDay - site.firstDay + 1) / days));

export function drawSwaps(site: Site, unit: Unit): void {
  if (!site.wishes.has('swaps')) return;
  const chance = site.chance.fork(`swaps ${unit.id}`);
  site.wishes.plant('swaps');
  const shifts = counted(site, unit);
  for (let n = times(site, 4, chance); n > 0; n -= 1) {
    const shift = chance.pick(shifts);
    const crew = chance.pick(unit.roster.crews.filter((other) => other !== shift.crew));
    const row = { id: `swap-${unit.number}-${n}`, unit: unit.id, day: formatDay(shift.day), shift: shift.code, crew };
    const recorded = shift.from - chance.pick([20 * HOUR, 2 * HOUR, -3 * HOUR, -20 * HOUR]);
    tell(site, 'swaps', row, recorded, { crew: chance.pick(unit.roster.crews) }, chance);
    unit.shifts[unit.shifts.indexOf(shift)] = { ...shift, crew };
    shifts.splice(shifts.indexOf(shift), 1);
    if (shifts.length === 0) return;
  }
}

export function drawStops(site: Site, unit: Unit): void {
  if (!site.wishes.has('stops')) return;
  const chance = site.chance.fork(`stops ${unit.id}`);
  site.wishes.plant('stops');
  for (let n = times(site, 5, chance); n > 0; n -= 1) {
    const from = inShift(chance.pick(counted(site, unit)), chance);
    unit.stops.push({ from, to: from + chance.pick([20, 45, 95, 240, 600]) * MINUTE });
  }
}

export function drawOrders(site: Site, unit: Unit): void {
  const { wishes } = site;
  const chance = site.chance.fork(`orders ${unit.id}`);
  const outputs = unit.flows.filter(({ role }) => role === 'output');
  const shifts = counted(site, unit);
  const window = (length: number): Span => {
    const shift = chance.pick(shifts);
    if (wishes.has('order-at-edge') && chance.yes(0.5)) {
      wishes.plant('order-at-edge');
      return chance.pick([
        { from: shift.from, to: shift.from + length },
        { from: shift.to - length, to: shift.to },
        { from: shift.from, to: shift.to },
        { from: shift.to - length / 2, to: shift.to + length / 2 },
      ]);
    }
    const from = inShift(shift, chance);
    return { from, to: from + length };
  };
  const say = (table: 'orders' | 'limits', id: string, span: Span, extra: Row, late: number): void => {
    const output = outputs.length > 1 && chance.yes(0.3) ? outputs[1]! : outputs[0]!;
    const above = wishes.has('order-above-budget') && chance.yes(0.3);
    if (above) wishes.plant('order-above-budget');
    const rate = output.rate * (above ? chance.real(1.02, 1.15) : chance.real(0.6, 0.95));
    const text = (value: number): string => `${fixed(value, 1)} ${output.item.unit}/h`;
    const row = {
      id,
      unit: unit.id,
      from: site.stamp(span.from),
      to: site.stamp(span.to),
      rate: text(rate),
      ...((output !== outputs[0] || chance.yes(0.2)) && { output: output.id }),
      ...extra,
    };
    const recorded = late > 0 ? span.from + late : span.from - chance.int(0, 90) * MINUTE;
    const change: Row = chance.yes(0.5)
      ? { rate: text(rate * 1.05) }
      : { to: site.stamp(span.to - Math.floor((span.to - span.from) / 2 / MINUTE) * MINUTE) };
    tell(site, table, row, recorded, change, chance);
    if (output === outputs[0] && !chance.yes(0.25))
      unit.caps.push({ from: Math.max(span.from, recorded), to: span.to, rate: rate * chance.real(0.96, 1.03) });
  };
  const minutes = (from: number, to: number): number => chance.int(from / 10, to / 10) * 10 * MINUTE;
  if (wishes.has('orders')) {
    wishes.plant('orders');
    for (let n = times(site, 3, chance); n > 0; n -= 1) {
      const span = window(minutes(40, 400));
      const late = wishes.has('order-late') && chance.yes(0.5) ? minutes(10, 120) : 0;
      if (late > 0) wishes.plant('order-late');
      say('orders', `order-${unit.number}-${n}`, span, {}, late);
      if (!wishes.has('orders-overlap') || !chance.yes(0.7)) continue;
      wishes.plant('orders-overlap');
      const shift = Math.floor((span.to - span.from) / 2 / MINUTE) * MINUTE;
      const second = { from: span.from + shift, to: span.to + minutes(10, 180) };
      say('orders', `order-${unit.number}-${n}b`, chance.yes(0.3) ? span : second, {}, 0);
    }
  }
  if (wishes.has('limits')) {
    wishes.plant('limits');
    for (let n = times(site, 4, chance); n > 0; n -= 1) {
      const booked: Row = chance.yes(0.5) ? { booked_to: chance.pick(site.units).id } : {};
      const kind = chance.pick(['supplied', 'accepted']);
      say(
        'limits',
        `limit-${unit.number}-${n}`,
        window(minutes(40, 300)),
        { kind, ...booked },
        chance.pick([0, 0, 30 * MINUTE]),
      );
    }
  }
}

export function drawExclusions(site: Site, unit: Unit, outages: readonly Span[]): void {
  const { wishes } = site;
  const chance = site.chance.fork(`exclusions ${unit.id}`);
  const shifts = counted(site, unit);
  let count = 0;
  const say = (span: Span, reason: string): void => {
    count += 1;
    const row = {
      id: `exclusion-${unit.number}-${count}`,
      unit: unit.id,
      from: site.stamp(span.from),
      to: site.stamp(span.to),
      reason,
      approved_by: chance.pick(['值长', '车间主任', '调度, 王']),
    };
    const recorded = span.to + chance.int(5, 20 * 60) * MINUTE;
    tell(site, 'exclusions', row, recorded, { to: site.stamp(span.to + 15 * MINUTE), reason: '更正' }, chance);
  };
  const somewhere = (): Span => {
    const from = inShift(chance.pick(shifts), chance);
    return { from, to: from + chance.int(2, 24) * 10 * MINUTE };
  };
  if (wishes.has('exclusions')) {
    wishes.plant('exclusions');
    for (const stop of unit.stops) if (chance.yes(0.7)) say(stop, '停机');
    for (let n = times(site, 4, chance); n > 0; n -= 1) {
      const span = somewhere();
      say(span, '跳车');
      const half = Math.floor((span.to - span.from) / 2 / MINUTE) * MINUTE;
      if (wishes.has('exclusions-overlap') && chance.yes(0.6)) {
        wishes.plant('exclusions-overlap');
        say({ from: span.from + half, to: span.to + 40 * MINUTE }, '恢复');
      }
      if (wishes.has('exclusions-touch') && chance.yes(0.6)) {
        wishes.plant('exclusions-touch');
        say({ from: span.to, to: span.to + 30 * MINUTE }, '升温');
      }
    }
    if (wishes.take('exclusion-whole-shift')) {
      const shift = chance.pick(shifts);
      say(chance.yes(0.6) ? shift : { from: shift.from - HOUR, to: shift.to + HOUR }, '计划检修');
    }
  }
  const outage = outages.find(({ from }) => from > site.from);
  if (outage && wishes.take('exclusion-in-outage'))
    say({ from: outage.from + 40 * MINUTE, to: outage.from + 100 * MINUTE }, '断电');
  const order = unit.caps[0];
  if (order && wishes.take('exclusion-over-order'))
    say({ from: order.from - 20 * MINUTE, to: order.from + 30 * MINUTE }, '调度');
}
