// The whole check, as `npm test` runs it: types, lint with format, then every vitest test (tidy among them).
// Ends with the plain line `N passed, N failed`. With CREWLEDGER_REAL_DATA set, a skipped test is a failed one.
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

type VitestReport = {
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
};

const home = dirname(import.meta.dirname);
const reportFile = join(home, 'reports', 'vitest.json');
const skipsFail = process.env.CREWLEDGER_REAL_DATA !== undefined;

function runTool(script: string, ...args: string[]): SpawnSyncReturns<Buffer> {
  return spawnSync(process.execPath, [join(home, 'node_modules', script), ...args], { cwd: home, stdio: 'inherit' });
}

const passed: string[] = [];
const failed: string[] = [];
const skipped: string[] = [];

function runCheck(name: string, script: string, ...args: string[]): void {
  const ok = runTool(script, ...args).status === 0;
  process.stdout.write(`${ok ? 'ok' : 'FAILED'}  ${name}\n`);
  (ok ? passed : failed).push(name);
}

function runVitest(): void {
  rmSync(reportFile, { force: true });
  mkdirSync(dirname(reportFile), { recursive: true });
  const { status } = runTool(
    'vitest/vitest.mjs',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${reportFile}`,
  );
  const report: VitestReport = JSON.parse(readFileSync(reportFile, 'utf8'));
  const failedBefore = failed.length;
  for (const file of report.testResults) {
    for (const { fullName, status } of file.assertionResults) {
      (status === 'passed' ? passed : status === 'failed' ? failed : skipped).push(fullName);
    }
    const nothingRan = file.assertionResults.length === 0;
    if (file.status === 'failed' && (nothingRan || !file.assertionResults.some((one) => one.status === 'failed'))) {
      failed.push(`${file.name} (the file itself)`);
    }
  }
  if (status !== 0 && failed.length === failedBefore) failed.push('vitest (an error outside any test)');
}

runCheck('types', 'typescript/bin/tsc', '--noEmit');
runCheck('lint and format', '@biomejs/biome/bin/biome', 'check', '--error-on-warnings');
try {
  runVitest();
} catch (error) {
  failed.push(`vitest left no report: ${String(error)}`);
}

for (const name of skipped) process.stdout.write(`SKIPPED  ${name}\n`);
if (skipped.length > 0 && skipsFail) {
  process.stdout.write('CREWLEDGER_REAL_DATA is set, so every skipped test counts as failed\n');
  failed.push(...skipped);
}
for (const name of failed) process.stdout.write(`FAILED  ${name}\n`);
process.stdout.write(`${passed.length} passed, ${failed.length} failed\n`);
process.exitCode = failed.length > 0 ? 1 : 0;
