import { describe, expect, test } from 'vitest';
import { chanceOf } from './chance.ts';
import { DAY, dayNumber, drawRoster, formatDay, formatStamp, HOUR, monthOf, zoneOf } from './clockwork.ts';
import { CHOICES, drawWishes, type FeatureName } from './features.ts';

const berlin = zoneOf('Europe/Berlin', dayNumber('2022-03-20'), dayNumber('2022-04-02'));

describe('zones', () => {
  test.each`
    day             | minutes | expected
    ${'2022-03-26'} | ${480}  | ${'2022-03-26T08:00:00+01:00'}
    ${'2022-03-27'} | ${150}  | ${'2022-03-27T03:30:00+02:00'}
    ${'2022-03-27'} | ${480}  | ${'2022-03-27T08:00:00+02:00'}
  `('$day + $minutes min is $expected', ({ day, minutes, expected }) =>
    expect(formatStamp(berlin.at(dayNumber(day), minutes), berlin, 'offset')).toBe(expected),
  );

  test('in a fold the earlier of the two; a local text only where it is not ambiguous', () => {
    const zone = zoneOf('Europe/Berlin', dayNumber('2022-10-25'), dayNumber('2022-11-02'));
    const at = zone.at(dayNumber('2022-10-30'), 150);
    expect(formatStamp(at, zone, 'offset')).toBe('2022-10-30T02:30:00+02:00');
    expect(formatStamp(at, zone, 'local')).toBe('2022-10-30T02:30:00+02:00');
    expect(formatStamp(at - DAY, zone, 'local')).toBe('2022-10-29 02:30');
    expect(formatStamp(at + 1, zone, 'utc')).toBe('2022-10-30T00:30:00.001Z');
  });

  test('days and months', () => {
    for (const text of ['1970-01-01', '2022-12-31', '2024-02-29']) expect(formatDay(dayNumber(text))).toBe(text);
    expect(monthOf(dayNumber('2022-02-26'), 26)).toBe('2022-03');
    expect(monthOf(dayNumber('2022-12-27'), 27)).toBe('2023-01');
    expect(monthOf(dayNumber('2022-03-31'), 1)).toBe('2022-03');
  });
});

describe('every clock with every number of crews', () => {
  const rows = Object.keys(CHOICES.clock).flatMap((clock) =>
    Object.keys(CHOICES.day).flatMap((day) => Object.keys(CHOICES.crews).map((crews) => [clock, day, crews] as const)),
  );
  test.each(rows)('%s, %s, %s: shifts do not overlap, each has a crew, each crew its share', (...names) => {
    for (let seed = 0; seed < 6; seed += 1) {
      const wishes = drawWishes(seed, { only: names as readonly FeatureName[] });
      const roster = drawRoster('main', wishes, berlin, chanceOf(seed), 0);
      const first = dayNumber('2022-03-20');
      const shifts = Array.from({ length: 12 }, (_, i) => roster.shiftsOf(first + i)).flat();
      const count = new Map<string, number>();
      for (const [index, { from, to, crew }] of shifts.entries()) {
        expect(roster.crews).toContain(crew);
        count.set(crew, (count.get(crew) ?? 0) + 1);
        const next = shifts[index + 1];
        if (next && names[0] !== 'clock-holes') expect(to).toBe(next.from);
        else if (next) expect(to).toBeLessThanOrEqual(next.from);
        expect(to - from).toBeLessThanOrEqual(13 * HOUR);
      }
      expect(count.size).toBe(roster.crews.length);
    }
  });
});
