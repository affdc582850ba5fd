// A process that runs an embedded PostgreSQL until its input ends, for tests that kill it, or run it as another account.
// Argument: EmbeddedOptions as JSON. Output: a line of JSON an event, then one for the outcome.
import { type EmbeddedOptions, startEmbedded } from '../../src/store/embedded.ts';

const print = (line: unknown): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

process.on('SIGINT', () => print({ interrupted: true }));
const options = JSON.parse(process.argv[2] ?? '{}') as EmbeddedOptions;
const outcome = await startEmbedded({ ...options, onEvent: (event) => print({ event }) });
if (outcome.ok) {
  const { server } = outcome;
  print({ url: server.url, version: server.version, folder: server.folder, pid: server.pid() });
  process.stdin.resume().once('end', async () => {
    await server.stop();
    process.exit(0);
  });
} else {
  print({ refusal: outcome.refusal });
  process.exit(1);
}
