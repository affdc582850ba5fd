// The tests that `npm run mutation` asks of each mutant: those in memory and in milliseconds. The comparison with the auditor
// stays out: it runs in threads of its own, which see no mutant.
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Whole plants last: the first test that fails ends a mutant, and most end at a test of a millisecond. */
class QuickFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isSlow = ({ moduleId }: TestSpecification): number => Number(moduleId.endsWith('/plants.test.ts'));
    return (await super.sort(files)).sort((a, b) => isSlow(a) - isSlow(b));
  }
}

export default defineConfig({
  test: {
    include: ['src/quantity.test.ts', 'src/readings.test.ts', 'src/statement.test.ts', 'src/statement/*.test.ts'],
    exclude: ['src/statement/properties.test.ts'],
    allowOnly: false,
    // Loading the engine anew for every test file costs several times what the tests themselves do; they share no state.
    isolate: false,
    sequence: { sequencer: QuickFirst },
  },
});
