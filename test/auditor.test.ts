// The auditor is itself checked: against plants worked by hand, and on months from its own seeds.
import { describe, expect, test } from 'vitest';
import { AUDITOR, casesFor } from './auditor/audit-cases.ts';
import { checkInvariants } from './auditor/synthetic-month.ts';

describe('worked by hand', () => {
  test.each(Object.entries(casesFor(AUDITOR, new URL('../examples/worked/', import.meta.url))))('%s', (_name, run) =>
    run(),
  );
});

test('parts sum, order and doubled rows change nothing, both sides of a flow agree', () => {
  expect(checkInvariants(1).length).toBeGreaterThan(100);
});
