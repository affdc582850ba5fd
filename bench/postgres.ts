// What both sides of a bench with a database start from: an embedded server of its own in a folder that is gone afterwards.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database } from '../src/store/database.ts';
import { startEmbedded } from '../src/store/embedded.ts';
import { migrate } from '../src/store/migrate.ts';

export interface BenchServer {
  readonly folder: string;
  readonly ownerUrl: string;
  /** As the service connects. */
  readonly db: Database;
  /** As the owner: to clear tables between runs, and for the peer's own tables. */
  readonly owner: Database;
  readonly close: () => Promise<void>;
}

export async function openServer(): Promise<BenchServer> {
  const folder = mkdtempSync(join(tmpdir(), 'crewledger-bench-'));
  const started = await startEmbedded({ folder });
  if (!started.ok) throw new Error(JSON.stringify(started.refusal));
  const { server } = started;
  const migrated = await migrate(server.url);
  if (!migrated.ok) throw new Error(JSON.stringify(migrated.refusal));
  const db = new Database({ url: migrated.serviceUrl, connectionsMax: 12 });
  const owner = new Database({ url: server.url, connectionsMax: 2 });
  return {
    folder: server.folder,
    ownerUrl: server.url,
    db,
    owner,
    close: async () => {
      await db.close();
      await owner.close();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1]!;
export const percentile = (list: readonly number[], p: number): number =>
  [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * p))]!;

export async function time(work: () => unknown): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

export const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** Prints a ratio with its target, and remembers that one was missed. */
export class Targets {
  missed = 0;

  tell(name: string, value: number, unit: string, target: number, better: 'less' | 'more', beside = ''): void {
    const ok = better === 'less' ? value <= target : value >= target;
    if (!ok) this.missed += 1;
    const sign = better === 'less' ? '≤' : '≥';
    say(
      `${name}: ${value.toFixed(2)}${unit}${beside === '' ? '' : `  (${beside})`}, target ${sign} ${target}${unit}${ok ? '' : '  MISSED'}`,
    );
  }
}

/** Work over a list, some at a time. */
export async function inTurn<T>(
  list: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let i = next++; i < list.length; i = next++) await work(list[i]!);
    }),
  );
}
