// Tests that need files which are not part of this repository: named by an environment variable, skipped with a
// clear word when it is not set, failing when it is set and the folder is not there.
import { statSync } from 'node:fs';
import { test } from 'vitest';

type Variable = 'CREWLEDGER_REAL_DATA' | 'CREWLEDGER_ORACLES';

function testWithFolder(variable: Variable, name: string, body: (folder: string) => void | Promise<void>): void {
  const folder = process.env[variable];
  if (folder === undefined) {
    // skip: the files are not in this repository; the name says which variable brings them
    test.skip(`${name} [needs ${variable}, which is not set]`, () => {});
    return;
  }
  test(name, () => {
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
      throw new Error(`${variable} names no folder: ${folder}`);
    }
    return body(folder);
  });
}

/** A test on recorded data of real plants: `body` gets the folder that holds the data files. */
export function testWithRealData(name: string, body: (folder: string) => void | Promise<void>): void {
  testWithFolder('CREWLEDGER_REAL_DATA', name, body);
}

/** A test against published figures: `body` gets the folder that holds them, one folder per source. */
export function testWithOracles(name: string, body: (folder: string) => void | Promise<void>): void {
  testWithFolder('CREWLEDGER_ORACLES', name, body);
}
