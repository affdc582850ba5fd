// The text of clocks, rotations and tariffs: who runs when, and what an hour costs.
import { ONE } from '../quantity.ts';
import type { Clock, Rotation, RotationPeriod, ShiftTimes } from './calendar.ts';
import type { Tariff } from './model.ts';
import { DAY_MS, list, map, type Path, type Reader, text, truth } from './reader.ts';

export function buildClock(read: Reader, id: string, path: Path): Clock {
  const shifts: ShiftTimes[] = [];
  for (const code of Object.keys(map(read.at([...path, 'shifts'])))) {
    const shift = [...path, 'shifts', code];
    if ([...code].length !== 1) read.error('rotation-letter', shift, { letter: code, letters: '' });
    const start = read.timeOfDay([...shift, 'start']);
    const end = read.timeOfDay([...shift, 'end']);
    if (start === undefined || end === undefined) continue;
    const on = text(read.at([...shift, 'on'])) ?? 'day';
    const base = on === 'day before' ? -DAY_MS : on === 'day after' ? DAY_MS : 0;
    shifts.push({ code, startMs: base + start, endMs: base + (end > start ? end : end + DAY_MS) });
  }
  if (Object.keys(map(read.at([...path, 'shifts']))).length === 0)
    read.error('missing-key', [...path, 'shifts'], { key: 'shifts' });
  const sorted = [...shifts].sort((a, b) => a.startMs - b.startMs);
  const roundTheClock = truth(read.at([...path, 'round the clock']), true);
  for (const [i, shift] of sorted.entries()) {
    const next = sorted[i + 1] ?? {
      ...(sorted[0] as ShiftTimes),
      startMs: (sorted[0] as ShiftTimes).startMs + DAY_MS,
    };
    const where = [...path, 'shifts', shift.code];
    if (next.startMs < shift.endMs) read.error('shift-overlap', where, { shift: shift.code, next: next.code });
    else if (roundTheClock && next.startMs > shift.endMs)
      read.error('shift-hole', where, { shift: shift.code, next: next.code });
  }
  return { id, shifts, rest: text(read.at([...path, 'rest'])) ?? '休', roundTheClock };
}

export function buildRotation(
  read: Reader,
  id: string,
  path: Path,
  clocks: ReadonlyMap<string, Clock>,
): Rotation | undefined {
  const clock = clocks.get(read.reference([...path, 'clock'], 'clock', clocks.keys()) ?? '');
  if (!clock) return undefined;
  const codes = clock.shifts.map((s) => s.code);
  const periods: RotationPeriod[] = [];
  if (list(read.at([...path, 'periods'])).length === 0)
    read.error('missing-key', [...path, 'periods'], { key: 'periods' });
  for (const [i] of list(read.at([...path, 'periods'])).entries()) {
    const where = [...path, 'periods', i];
    const from = read.day([...where, 'from']);
    const pattern = [...(text(read.at([...where, 'pattern'])) ?? '').replace(/\s/g, '')];
    const offset = Number(text(read.at([...where, 'offset'])));
    const crews = list(read.at([...where, 'crews'])).map((c) => text(c) ?? '');
    for (const letter of new Set(pattern))
      if (letter !== clock.rest && !codes.includes(letter))
        read.error('rotation-letter', [...where, 'pattern'], { letter, letters: [...codes, clock.rest].join(' ') });
    if (!Number.isInteger(offset))
      read.error('bad-decimal', [...where, 'offset'], { found: text(read.at([...where, 'offset'])) ?? '' });
    if (pattern.length === 0 || from === undefined || !Number.isInteger(offset)) continue;
    const period = { from, pattern, offset, crews };
    checkCover(read, period, clock, where);
    periods.push(period);
  }
  periods.sort((a, b) => a.from - b.from);
  return { id, clock, periods };
}

/** Every shift of every day of the cycle has exactly one crew. */
function checkCover(read: Reader, period: RotationPeriod, clock: Clock, where: Path): void {
  const n = period.pattern.length;
  for (let d = 0; d < n; d += 1)
    for (const { code } of clock.shifts) {
      const on = period.crews.filter((_, i) => period.pattern[(((d + i * period.offset) % n) + n) % n] === code);
      if (on.length === 0 && clock.roundTheClock) {
        read.error('rotation-hole', [...where, 'pattern'], { shift: code, day: String(d + 1) });
        return;
      }
      if (on.length > 1) {
        read.error('rotation-twice', [...where, 'pattern'], {
          shift: code,
          day: String(d + 1),
          crews: on.join(', '),
        });
        return;
      }
    }
}

export function buildTariff(read: Reader, id: string, path: Path): Tariff | undefined {
  const bands = Object.keys(map(read.at([...path, 'bands'])));
  const hours: { from: number; to: number; band: string }[] = [];
  let other: string | undefined;
  for (const band of bands) {
    const where = [...path, 'bands', band];
    if (read.at(where) === 'other') {
      if (other !== undefined) read.error('duplicate-id', where, { id: 'other', what: '' });
      other = band;
      continue;
    }
    for (const [i, span] of list(read.at(where)).entries()) {
      const [a = '', b = ''] = (text(span) ?? '').split(/[-–~]/);
      const from = read.timeOfDay([...where, i], a.trim());
      const to = read.timeOfDay([...where, i], b.trim());
      if (from === undefined || to === undefined) continue;
      if (from < to) hours.push({ from, to, band });
      else hours.push({ from, to: DAY_MS, band }, ...(to > 0 ? [{ from: 0, to, band }] : []));
    }
  }
  hours.sort((a, b) => a.from - b.from);
  const filled: { from: number; to: number; band: string }[] = [];
  let end = 0;
  for (const span of [...hours, { from: DAY_MS, to: DAY_MS, band: '' }]) {
    if (span.from < end) return read.error('shift-overlap', [...path, 'bands'], { shift: span.band, next: '' });
    if (span.from > end) {
      if (other === undefined)
        return read.error('shift-hole', [...path, 'bands'], { shift: filled.at(-1)?.band ?? '', next: span.band });
      filled.push({ from: end, to: span.from, band: other });
    }
    if (span.from < span.to) filled.push(span);
    end = span.to;
  }
  const profile = bands.map((band) => {
    const weight = read.decimal([...path, 'profile', band]) ?? ONE;
    if (weight.n < 0n)
      read.error('bad-decimal', [...path, 'profile', band], { found: text(read.at([...path, 'profile', band])) ?? '' });
    return weight;
  });
  for (const band of Object.keys(map(read.at([...path, 'profile']))))
    read.checkReference([...path, 'profile', band], band, 'band', bands);
  return { id, bands, hours: filled, profile };
}
