// What the tests of the embedded database share: folders with a ready cluster, servers that are always stopped, supervisors in
// processes of their own, and a judge of every refusal's and event's sentence.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { expect } from 'vitest';
import { type Account, accountReaches, chooseAccount } from '../../src/store/embedded/account.ts';
import { bootId, markOf, pidNamespace, serverProcesses } from '../../src/store/embedded/processes.ts';
import {
  type Embedded,
  type EmbeddedEvent,
  type EmbeddedOptions,
  type EmbeddedRefusal,
  startEmbedded,
} from '../../src/store/embedded.ts';
import { type Language, WORDS } from '../../src/words/say.ts';
import { sayStoreEvent, sayStoreRefusal } from '../../src/words/store.ts';
import { spawnReaper } from '../database/reaper.ts';

export const isRoot = process.getuid?.() === 0;

/** Who runs servers here: ourselves, or under root the account it drops to. */
export const servant: Account = chooseAccount();
/** Whether an account that is not ours can run what lies in this clone. */
export const cloneIsReachable = accountReaches(
  join(dirname(dirname(import.meta.dirname)), 'package.json'),
  { uid: 65534, gid: 65534, name: 'nobody', dropped: true },
  0o4,
);

export interface Supervisor {
  readonly child: ChildProcess;
  readonly events: readonly EmbeddedEvent[];
  /** The first line that is like this, now or later; undefined when the process ends without it. */
  readonly line: (wanted: (line: Line) => boolean) => Promise<Line | undefined>;
  readonly outcome: () => Promise<Line | undefined>;
  readonly kill: () => Promise<void>;
  /** Stops the server in order. */
  readonly end: () => Promise<void>;
}

export interface Line {
  readonly event?: EmbeddedEvent;
  readonly refusal?: EmbeddedRefusal;
  readonly url?: string;
  readonly folder?: string;
  readonly pid?: number;
  readonly interrupted?: boolean;
}

/** How a supervisor's process differs from ours; `through` is a command that it is run by. */
export interface As {
  readonly uid?: number;
  readonly gid?: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly detached?: boolean;
  readonly through?: readonly string[];
}

export interface Scene {
  /** A folder of this test file, not yet there. */
  readonly path: (name: string) => string;
  /** A data folder with a ready cluster in it. */
  readonly ready: (name: string) => Promise<string>;
  readonly start: (options: EmbeddedOptions) => Promise<{ server: Embedded; events: EmbeddedEvent[] }>;
  readonly refused: (options: EmbeddedOptions) => Promise<EmbeddedRefusal>;
  readonly supervise: (options: EmbeddedOptions, as?: As) => Supervisor;
  readonly close: () => Promise<void>;
}

/** Tests do without fsync where nothing is killed; the folder is that of one test file. */
export const QUICK: Readonly<Record<string, string>> = { fsync: 'off' };

export function openScene(): Scene {
  const home = mkdtempSync(join(tmpdir(), 'crewledger-scene-'));
  chmodSync(home, 0o755);
  const reaper = spawnReaper(home);
  const open: { stop: () => Promise<void> }[] = [];
  const folders = new Set<string>();
  let base: Promise<string> | undefined;

  const makeBase = async (): Promise<string> => {
    const folder = join(home, 'base');
    const outcome = await startEmbedded({ folder, settings: QUICK });
    if (!outcome.ok) throw new Error(`no base: ${JSON.stringify(outcome.refusal)}`);
    await ask(outcome.server.url, 'create table kept (n int); insert into kept values (1)');
    await outcome.server.stop();
    return folder;
  };

  const scene: Scene = {
    path: (name) => join(home, name),
    ready: async (name) => {
      base ??= makeBase();
      const folder = join(home, name);
      execFileSync('cp', ['-a', await base, folder]);
      folders.add(folder);
      return folder;
    },
    start: async (options) => {
      const events: EmbeddedEvent[] = [];
      folders.add(options.folder);
      const outcome = await startEmbedded({ ...options, onEvent: (event) => events.push(event) });
      if (!outcome.ok) throw new Error(`refused: ${JSON.stringify(outcome.refusal, undefined, 1)}`);
      open.push(outcome.server);
      for (const event of events) expectSaid('event', event);
      return { server: outcome.server, events };
    },
    refused: async (options) => {
      folders.add(options.folder);
      const outcome = await startEmbedded(options);
      if (outcome.ok) {
        await outcome.server.stop();
        throw new Error('not refused');
      }
      expectSaid('refusal', outcome.refusal);
      return outcome.refusal;
    },
    supervise: (options, as = {}) => {
      folders.add(options.folder);
      const supervisor = supervise(options, as);
      open.push({ stop: supervisor.end });
      return supervisor;
    },
    close: async () => {
      await Promise.all(open.map((one) => one.stop()));
      for (const folder of folders) {
        const cluster = join(folder, 'cluster');
        if (existsSync(cluster)) for (const pid of serverProcesses(cluster)) process.kill(pid, 'SIGKILL');
      }
      rmSync(home, { recursive: true, force: true });
      reaper.stdin?.end();
    },
  };
  return scene;
}

function supervise(options: EmbeddedOptions, { env, through = [], ...as }: As): Supervisor {
  const script = fileURLToPath(new URL('./supervisor.ts', import.meta.url));
  const command = [
    ...through,
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    script,
    JSON.stringify(options),
  ];
  const child = spawn(command[0] ?? '', command.slice(1), {
    ...as,
    env: { ...process.env, ...env },
    cwd: '/',
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines: Line[] = [];
  const events: EmbeddedEvent[] = [];
  let wake: (() => void)[] = [];
  const woken = (): void => {
    for (const one of wake) one();
    wake = [];
  };
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => {
      over = true;
      woken();
      resolve();
    });
  });
  let over = false;
  createInterface(child.stdout).on('line', (text) => {
    const line = JSON.parse(text) as Line;
    lines.push(line);
    if (line.event !== undefined) {
      events.push(line.event);
      expectSaid('event', line.event);
    }
    if (line.refusal !== undefined) expectSaid('refusal', line.refusal);
    woken();
  });
  const line = async (wanted: (one: Line) => boolean): Promise<Line | undefined> => {
    for (;;) {
      const found = lines.find(wanted);
      if (found !== undefined || over) return found;
      await new Promise<void>((resolve) => wake.push(resolve));
    }
  };
  return {
    child,
    events,
    line,
    outcome: () => line((one) => one.url !== undefined || one.refusal !== undefined),
    kill: async () => {
      child.kill('SIGKILL');
      await closed;
    },
    end: async () => {
      child.stdin.end();
      await closed;
    },
  };
}

export async function ask(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end().catch(() => {});
  }
}

/** A connection that is left open, and its backend. */
export async function connected(url: string): Promise<{ client: Client; pid: number }> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() pid');
  return { client, pid: rows[0]?.pid ?? 0 };
}

export const codes = (events: readonly EmbeddedEvent[]): string[] => events.map(({ code }) => code);

/** Every file below a folder, by its path. */
export const filesIn = (folder: string): string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();

/** A lock as its holder would have written it: by default one of this process, which lives. */
export const lockOf = (holder: Readonly<Record<string, unknown>>): string =>
  `${JSON.stringify({
    pid: process.pid,
    startTicks: markOf(process.pid)?.startTicks,
    boot: bootId(),
    namespace: pidNamespace(),
    host: hostname(),
    since: '2026-03-01T00:00:00.000Z',
    ...holder,
  })}\n`;

/** Its sentence is whole in both languages: each slot that is always said has an argument. */
export function expectSaid(kind: 'refusal', said: EmbeddedRefusal): void;
export function expectSaid(kind: 'event', said: EmbeddedEvent): void;
export function expectSaid(kind: 'refusal' | 'event', said: EmbeddedRefusal | EmbeddedEvent): void {
  for (const language of ['zh', 'en'] as const satisfies Language[]) {
    const { refusal, event } = WORDS[language].store;
    const template =
      kind === 'refusal'
        ? refusal[said.code as EmbeddedRefusal['code']].join(' ')
        : event[said.code as EmbeddedEvent['code']];
    for (const [, slot = ''] of template.replace(/\[\[.*?\]\]/g, '').matchAll(/\{(\w+)\}/g)) {
      expect(said.args[slot], `${language} ${said.code} {${slot}}`).toBeTruthy();
    }
    const text =
      kind === 'refusal'
        ? sayStoreRefusal(said as EmbeddedRefusal, language)
        : sayStoreEvent(said as EmbeddedEvent, language);
    expect(text).not.toMatch(/[{}[\]]{2}|undefined/);
    if (said.serverLog !== undefined) expect(text).toContain('\n  ');
  }
}

/** A small file system of its own, where this machine lets us mount one; else undefined. */
export function mountSmall(folder: string, options: string): (() => void) | undefined {
  mkdirSync(folder, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  return () => execFileSync('umount', [folder]);
}
