// The engine on small plants worked by hand: the auditor's own cases, told by the engine.
import { describe, test } from 'vitest';
import { casesFor } from '../test/auditor/audit-cases.ts';
import { engineTeller } from '../test/plant-months/teller.ts';

describe('worked by hand', () => {
  test.each(Object.entries(casesFor(engineTeller, new URL('../examples/worked/', import.meta.url))))(
    '%s',
    (_name, run) => run(),
  );
});
