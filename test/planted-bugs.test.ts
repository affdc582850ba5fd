// The comparison with the auditor can fail: each bug planted in a copy of the engine is caught by the seeds of
// plant-months.test.ts. A comparison that nothing can break proves nothing.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BUGS, plantBug } from './plant-months/planted.ts';
import { runTasks } from './plant-months/run.ts';

const SEEDS = 200;

test.each(BUGS)('$name: caught', { timeout: 300_000 }, async (bug) => {
  const folder = mkdtempSync(join(tmpdir(), 'planted-'));
  try {
    const source = plantBug(bug, folder);
    const step = bug.asOf ? 6 : 1;
    const tasks = Array.from({ length: SEEDS / step }, (_, i) => ({ seed: (i + 1) * step, asOf: bug.asOf === true }));
    const verdicts = await runTasks(tasks, 1, ({ differences }) => differences.length === 0, source);
    const caught = verdicts.at(-1);
    expect(caught?.differences.slice(0, 1)).toHaveLength(1);
    // It must differ in what it says, not fall over.
    expect(caught?.differences[0]).not.toContain('threw');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
