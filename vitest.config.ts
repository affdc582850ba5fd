import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // Opens a socket on which tests may ask for a database; a server is started when the first one asks.
    globalSetup: ['test/database/run.ts'],
    allowOnly: false,
    testTimeout: 30_000,
    // The first database of a run waits for a server to be made.
    hookTimeout: 60_000,
  },
});
