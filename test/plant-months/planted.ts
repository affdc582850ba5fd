// Bugs worth catching, each a textual change to a copy of the engine's source. A change that no longer applies is an error:
// the bug must follow the code.
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface PlantedBug {
  readonly name: string;
  /** File below src, what stands there, what the bug makes of it. */
  readonly changes: readonly (readonly [file: string, from: string, to: string])[];
  /** Seen only where what was known matters. */
  readonly asOf?: boolean;
}

export const BUGS: readonly PlantedBug[] = [
  {
    name: 'the end of a shift belongs to it',
    changes: [['statement/books.ts', '(times[i] as number) < to', '(times[i] as number) <= to']],
  },
  {
    name: 'a meter replacement is ignored',
    changes: [['statement/books.ts', 'replacements.filter((r) => r.point === point.id)', 'replacements.slice(0, 0)']],
  },
  {
    name: 'half is rounded up',
    changes: [
      ['quantity.ts', 'twice > d || (twice === d && (whole & 1n) === 1n)', 'twice >= d'],
      ['quantity.ts', 'rest > other || (rest === other && whole % 2 !== 0)', 'rest >= other'],
    ],
  },
  {
    name: 'the actual price is scored',
    changes: [
      [
        'statement/prices.ts',
        'scene.books.price(item, kind, scene.shift.day)',
        "scene.books.price(item, 'actual', scene.shift.day) ?? scene.books.price(item, kind, scene.shift.day)",
      ],
    ],
  },
  {
    name: 'an exclusion stays in the counted hours',
    changes: [
      ['statement/scene.ts', 'const hours = hoursOf(length);', 'const hours = hoursOf(shift.to - shift.from);'],
    ],
  },
  {
    name: 'a negative line is dropped',
    changes: [['ranking/tally.ts', 'tally.gainFen += fen;', 'tally.gainFen += Math.max(0, fen);']],
  },
  {
    name: 'a falling stock is dropped',
    changes: [['statement/stocks.ts', 'steps: change.steps ?? 0', 'steps: Math.max(0, change.steps ?? 0)']],
  },
  {
    name: 'the night shift is booked to the wrong day',
    changes: [
      ['plant/calendar.ts', 'zone.at(day, shift.startMs)', 'zone.at(shift.startMs < 0 ? day + 1 : day, shift.startMs)'],
      ['plant/calendar.ts', 'zone.at(day, shift.endMs)', 'zone.at(shift.startMs < 0 ? day + 1 : day, shift.endMs)'],
    ],
  },
  {
    name: 'no transport delay of samples',
    changes: [['readings/sample.ts', 'fact.time - point.delayMs', 'fact.time']],
  },
  {
    name: 'a missing input is zero',
    changes: [['statement/inputs.ts', 'quantity.steps ?? allowed.actual', 'quantity.steps ?? 0']],
  },
  {
    name: 'a correction acts before it was learnt',
    asOf: true,
    changes: [['readings/log.ts', 'const all = asOf === Number.POSITIVE_INFINITY;', 'const all = true;']],
  },
  {
    name: 'a correction does not replace what it corrects',
    changes: [
      ['readings/log.ts', 'learnt[rows[b]!]! - learnt[rows[a]!]! ||', 'learnt[rows[a]!]! - learnt[rows[b]!]! ||'],
    ],
  },
];

/** A copy of the engine in `folder` with the bug in it, able to import the real packages. */
export function plantBug(bug: PlantedBug, folder: string): string {
  const home = dirname(dirname(import.meta.dirname));
  const copy = join(folder, 'src');
  mkdirSync(copy, { recursive: true });
  for (const word of [
    'quantity',
    'statistics',
    'formula',
    'plant',
    'readings',
    'statement',
    'ledger',
    'indicator',
    'ranking',
  ])
    for (const path of [`${word}.ts`, word])
      try {
        cpSync(join(home, 'src', path), join(copy, path), { recursive: true });
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
      }
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  symlinkSync(join(home, 'node_modules'), join(folder, 'node_modules'), 'dir');
  for (const [file, from, to] of bug.changes) {
    const text = readFileSync(join(copy, file), 'utf8');
    if (!text.includes(from)) throw new Error(`${bug.name}: ${file} has no longer ${JSON.stringify(from)}`);
    writeFileSync(join(copy, file), text.replaceAll(from, to));
  }
  return copy;
}
