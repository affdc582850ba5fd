// The tests that `npm run mutation` asks of each mutant: those in memory and in milliseconds. The comparison with the auditor
// stays out: it runs in threads of its own, which see no mutant.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/quantity.test.ts', 'src/readings.test.ts', 'src/statement.test.ts', 'src/statement/*.test.ts'],
    exclude: ['src/statement/properties.test.ts'],
    allowOnly: false,
  },
});
