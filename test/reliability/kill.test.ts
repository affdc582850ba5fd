// A few rounds of kill -9 under load; `npm run soak:kill` does as many as one likes.
import { expect, test } from 'vitest';
import { killRounds } from './kill-rounds.ts';

const ROUNDS = 8;

test(`${ROUNDS} rounds of kill -9: nothing acknowledged is lost or doubled, the ledger verifies, all is settled again`, {
  timeout: 400_000,
}, async () => {
  const report = await killRounds({ rounds: ROUNDS, seed: 3 });
  expect(
    report.rounds.flatMap(({ round, killed, wrong }) => wrong.map((one) => `${round} (${killed}) ${one}`)),
  ).toEqual([]);
  expect(report.rounds).toHaveLength(ROUNDS);
  expect(report.rounds.at(-1)?.acknowledged).toBeGreaterThan(200);
  expect(Math.max(...report.rounds.map(({ settledAfter }) => settledAfter))).toBeLessThan(60);
  // Whatever dies, a client hears of success, of "not just now", or nothing; never of a bug.
  expect([...report.statuses.keys()].filter((status) => ![0, 201, 429, 503].includes(status))).toEqual([]);
});
