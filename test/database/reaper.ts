// Ends the servers below a temporary folder and removes it when its parent is gone, however it went: Ctrl-C, a time limit, a
// kill. Argument: the folder. Its input is a pipe of the parent's, which the system closes with it.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { serverProcesses, signal, waitFor } from '../../src/store/embedded/processes.ts';

/** Starts the reaper of a folder. */
export function spawnReaper(folder: string): ChildProcess {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', import.meta.filename, folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.unref();
  if ('unref' in child.stdin) (child.stdin as { unref(): void }).unref();
  return child;
}

async function reap(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  const clusters = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('PG_VERSION') && !/\bbase\//.test(path))
    .map((path) => dirname(join(folder, path)));
  const left = (): number[] => clusters.flatMap((cluster) => (existsSync(cluster) ? serverProcesses(cluster) : []));
  for (const [name, msMax] of [
    ['SIGQUIT', 7_000],
    ['SIGKILL', 1_000],
  ] as const) {
    for (const pid of left()) signal(pid, name);
    await waitFor(() => left().length === 0, msMax);
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

if (process.argv[1] === import.meta.filename) {
  process.stdin.resume().once('end', () => reap(process.argv[2] ?? ''));
}
