// One CrewLedger a data folder: a lock file that says who holds it and since when. Node has no flock, so the file carries the
// holder's pid with its start, by which a dead holder is known from a pid used again; and it is touched every few seconds, which
// tells the living from the dead where their pids cannot be seen (another container, another machine on a shared folder).
import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bootId, markOf, pidNamespace } from './processes.ts';
import { errnoOf, refuse, refuseFile, type Tell } from './refusal.ts';

export interface Lock {
  readonly release: () => void;
}

interface Holder {
  readonly pid: number;
  readonly startTicks: string;
  readonly boot: string;
  readonly namespace: string;
  readonly host: string;
  readonly since: string;
}

const BEAT_MS = 2_000;
/** Three beats missed: dead. */
const SILENCE_MS = 3 * BEAT_MS;

/** Takes the folder's lock, or refuses with its holder's pid and since when. Takes over what a dead holder left. */
export async function takeLock(folder: string, tell: Tell): Promise<Lock> {
  const path = join(folder, 'lock');
  const self = markOf(process.pid);
  const holder: Holder = {
    pid: process.pid,
    startTicks: self?.startTicks ?? '',
    boot: bootId(),
    namespace: pidNamespace(),
    host: hostname(),
    since: new Date().toISOString(),
  };
  const text = `${JSON.stringify(holder)}\n`;
  try {
    await alone(folder, async () => {
      const found = readHolder(path);
      if (found !== undefined) {
        if (await lives(found, path, tell)) refuseHolder(found, folder);
        tell('lock-taken-over', { pid: String(found.pid), since: found.since });
      }
      try {
        // Another account's file in a folder of ours can be removed, but not written.
        rmSync(path, { force: true });
        writeFileSync(path, text, { mode: 0o644 });
      } catch (error) {
        // A full disk makes the file and has no room for its text.
        rmSync(path, { force: true });
        throw error;
      }
    });
  } catch (error) {
    refuseFile(error, folder);
  }
  const isOurs = (): boolean => {
    try {
      return readFileSync(path, 'utf8') === text;
    } catch {
      return false;
    }
  };
  const beat = setInterval(() => {
    if (!isOurs()) return;
    try {
      utimesSync(path, new Date(), new Date());
    } catch {
      // A full or failing disk: the server will say so.
    }
  }, BEAT_MS);
  beat.unref();
  return {
    release: () => {
      clearInterval(beat);
      if (isOurs()) rmSync(path, { force: true });
    },
  };
}

function readHolder(path: string): Holder | undefined {
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  const empty = { pid: 0, startTicks: '', boot: '', namespace: '', host: '', since: '' };
  try {
    return { ...empty, ...(JSON.parse(text) as Partial<Holder>) };
  } catch {
    // Cut short by a full disk or a crash of the machine: it names nobody, and nobody lives by it.
    return { ...empty, boot: 'unreadable', host: hostname(), since: statSync(path).mtime.toISOString() };
  }
}

async function lives(holder: Holder, path: string, tell: Tell): Promise<boolean> {
  const sameBoot = holder.boot === bootId();
  if (sameBoot && holder.namespace === pidNamespace()) return markOf(holder.pid)?.startTicks === holder.startTicks;
  if (!sameBoot && holder.host === hostname()) return false;
  const touchedMs = (): number => statSync(path).mtimeMs;
  const before = touchedMs();
  // One kernel, one clock; clocks of two machines are not compared, so there we watch for a beat.
  if (sameBoot) return Date.now() - before < SILENCE_MS;
  tell('waiting-for-lock', { host: holder.host });
  const end = performance.now() + SILENCE_MS;
  while (performance.now() < end) {
    await sleep(200);
    if (touchedMs() !== before) return true;
  }
  return false;
}

function refuseHolder(holder: Holder, folder: string): never {
  const { pid, since, host } = holder;
  if (holder.boot === bootId() && holder.namespace === pidNamespace()) {
    refuse('in-use', { pid: String(pid), since, folder });
  }
  return refuse('in-use-elsewhere', { host, since, folder });
}

/**
 * Does something that only one process of this machine may do at a time. An abstract socket is the kernel's own lock: it is gone
 * with its process. Should another program sit on the name, we go on after ten seconds: the lock file still decides.
 */
async function alone<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const { dev, ino } = statSync(folder);
  const server = createServer();
  const end = performance.now() + 10_000;
  const listens = (): Promise<boolean> =>
    new Promise((resolve) => {
      server.once('error', () => resolve(false));
      server.listen({ path: `\0crewledger-lock-${dev}-${ino}` }, () => resolve(true));
    });
  while (!(await listens()) && performance.now() < end) await sleep(20);
  try {
    return await work();
  } finally {
    server.close();
  }
}
