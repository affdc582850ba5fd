// The laboratory's, the store's and the accountant's tables: samples, fees, prices.
import { formatDay, HOUR, MINUTE } from './clockwork.ts';
import { fixed, formatSteps, onStep, type Step, stepsIn } from './decimal.ts';
import { addRow, type Gauge, type Quality, type Site, tickAt, type Unit } from './model.ts';
import type { Row } from './write.ts';

// ── laboratory ─────────────────────────────────────────────────────────────────────────────────────────────────────

export function drawSamples(site: Site, unit: Unit): void {
  for (const quality of unit.qualities) drawLots(site, unit, quality);
  for (const gauge of unit.gauges)
    if (gauge.kind === 'sample' && unit.qualities.every((quality) => quality.gauge !== gauge))
      drawConditions(site, gauge);
}

const lastAt = (site: Site): number => site.from + (site.ticks - 1) * 5 * MINUTE;

/** A condition that the laboratory takes: plain values, a few a shift. */
function drawConditions(site: Site, gauge: Gauge): void {
  const chance = site.chance.fork(`samples ${gauge.id}`);
  let count = 0;
  for (let at = site.from; at < lastAt(site); at += chance.int(60, 300) * MINUTE) {
    count += 1;
    addRow(site, 'samples', {
      id: `${gauge.id}-${count}`,
      point: gauge.id,
      time: site.stamp(at),
      value: onStep(gauge.track[Math.max(0, tickAt(site, at))]!, gauge.step),
      recorded_at: site.stamp(at + chance.int(0, 120) * MINUTE),
    });
  }
}

function drawLots(site: Site, unit: Unit, quality: Quality): void {
  const { wishes } = site;
  const { gauge } = quality;
  const chance = site.chance.fork(`samples ${gauge.id}`);
  const composite = wishes.has('composite') && chance.yes(0.8);
  if (composite) wishes.plant('composite');
  const counts = quality.byShare && chance.yes(0.7);
  let drift = 0;
  let count = 0;
  const result = (at: number): Row => {
    const crew = unit.shifts.find(({ from, to }) => from <= at && at < to)?.crew;
    const effect = crew === undefined ? 0 : (unit.crews[crew]?.quality[quality.id] ?? 0);
    drift = 0.8 * drift + 0.6 * chance.noise();
    if (counts) {
      const n = wishes.has('empty-sample') && chance.yes(0.2) ? 0 : chance.pick([1, 4, 8, 10, 20]);
      if (n === 0) wishes.plant('empty-sample');
      let k = 0;
      for (let i = 0; i < n; i += 1) if (chance.yes(0.85 + effect + 0.03 * drift)) k += 1;
      return { k: String(k), n: String(n) };
    }
    const middle = quality.byShare ? 1.3 : 1.3 + effect;
    const spread = quality.byShare ? 0.014 - 0.1 * effect : 0.006;
    let steps = stepsIn(middle + spread * (0.5 * drift + chance.noise()), gauge.step);
    // Right on the ends of the window, which belong to it.
    if (quality.byShare && chance.yes(0.08)) steps = stepsIn(chance.pick([1.28, 1.32]), gauge.step);
    return { value: formatSteps(steps, gauge.step) };
  };
  const say = (at: number, row: Row, delay = chance.int(10, 400) * MINUTE): string => {
    count += 1;
    const id = `${gauge.id}-${count}`;
    addRow(site, 'samples', {
      id,
      point: gauge.id,
      time: site.stamp(at),
      ...row,
      ...result(at),
      recorded_at: site.stamp(at + delay),
    });
    return id;
  };
  const boundaries = unit.shifts.map(({ from }) => from);
  let at = site.from;
  while (at < lastAt(site)) {
    let row: Row = {};
    if (composite && chance.yes(0.6)) {
      const from = at - chance.pick([2, 4, 4, 7]) * HOUR;
      const to = chance.yes(0.8) ? at : at - 30 * MINUTE;
      row = { from: site.stamp(from), to: site.stamp(to) };
    }
    const first = say(at, { ...row, ...(chance.yes(0.3) && { kind: 'routine' }) });
    if (wishes.has('spot') && chance.yes(0.2)) {
      wishes.plant('spot');
      say(at + chance.int(5, 50) * MINUTE, { kind: 'spot' });
    }
    let repeated = first;
    if (wishes.has('re-test') && chance.yes(0.2)) {
      wishes.plant('re-test');
      repeated = say(at + chance.int(10, 90) * MINUTE, { kind: 're-test', of: first });
      if (chance.yes(0.3)) say(at + chance.int(10, 90) * MINUTE, { kind: 're-test', of: first });
    }
    if (wishes.has('arbitration') && chance.yes(0.15)) {
      wishes.plant('arbitration');
      const chain = repeated !== first && wishes.take('re-test-chain');
      say(at + chance.int(100, 300) * MINUTE, { kind: 'arbitration', of: chain ? repeated : first }, 30 * HOUR);
    }
    at += chance.pick([60, 120, 120, 240, 95]) * MINUTE;
    const near = boundaries.find((boundary) => Math.abs(boundary - at) < 40 * MINUTE);
    if (near !== undefined && chance.yes(0.4)) at = near;
  }
}

// ── fees ───────────────────────────────────────────────────────────────────────────────────────────────────────────

export function drawFeeRows(site: Site, unit: Unit): void {
  const { wishes } = site;
  for (const fee of unit.fees) {
    const chance = site.chance.fork(`fees ${unit.id} ${fee.id}`);
    const fine = wishes.has('sub-fen-fee') && !site.clean;
    let count = 0;
    const say = (at: number, yuan: number, extra: Row = {}): void => {
      count += 1;
      if (fine) wishes.plant('sub-fen-fee');
      addRow(site, 'fees', {
        id: `${fee.id}-${unit.number}-${count}`,
        unit: unit.id,
        stream: fee.id,
        time: site.stamp(at),
        amount: fixed(yuan, fine ? 3 : 2),
        ...extra,
        ...(chance.yes(0.7) && { recorded_at: site.stamp(at + chance.int(0, 60) * HOUR) }),
      });
    };
    for (const shift of unit.shifts) {
      const yuan = (fee.perHour * (shift.to - shift.from)) / HOUR;
      if (fee.periodic) {
        if (chance.yes(0.2)) say(shift.from + chance.int(0, 400) * MINUTE, yuan * chance.real(2, 9), { kind: 'cycle' });
      } else if (site.clean) say(shift.from + 2 * HOUR, yuan * (1 + 0.1 * chance.noise()));
      else {
        const parts = chance.int(0, 2);
        for (let n = 0; n < parts; n += 1)
          say(
            chance.yes(0.1) ? shift.from : shift.from + chance.int(0, 400) * MINUTE,
            (yuan / parts) * chance.real(0.6, 1.4),
          );
      }
    }
  }
}

// ── prices ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Every item's price in force on all days, a change or a gap where wished, and actual prices of some. */
export function drawPrices(site: Site, step: Step): void {
  const { wishes } = site;
  const chance = site.chance.fork('prices');
  const book = [...site.prices.values()];
  const missing = wishes.has('price-missing') ? chance.pick(book) : undefined;
  const change = chance.int(site.firstDay, site.lastDay);
  for (const { item, kind, yuan } of book) {
    // A cheap item keeps at least one step of price, so that a coarse grid does not make it free.
    const text = (value: number): string =>
      formatSteps(Math.abs(value) < step.size ? Math.sign(value) : stepsIn(value, step), step);
    const row = { item, kind, from: '2022-01-01', price: text(yuan) };
    if (missing?.item === item && missing.kind === kind) {
      wishes.plant('price-missing');
      addRow(site, 'prices', { ...row, to: formatDay(change) });
      addRow(site, 'prices', { ...row, from: formatDay(change + 1) });
    } else addRow(site, 'prices', row);
    if (wishes.has('price-change') && chance.yes(0.5)) {
      wishes.plant('price-change');
      const to: Row = chance.yes(0.4) ? { to: formatDay(change + 2) } : {};
      addRow(site, 'prices', { ...row, ...to, from: formatDay(change), price: text(yuan * chance.real(0.9, 1.1)) });
    }
    if (kind === 'plan' && wishes.has('actual-prices') && chance.yes(0.6)) {
      wishes.plant('actual-prices');
      const from = chance.yes(0.5) ? '2022-01-01' : formatDay(change);
      addRow(site, 'prices', { item, kind: 'actual', from, price: text(yuan * chance.real(0.93, 1.08)) });
    }
  }
}
