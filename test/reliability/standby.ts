// A PostgreSQL 15 of the machine's own with a synchronous standby, over TCP of this machine, for tests of fail-over.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { chooseAccount } from '../../src/store/embedded/account.ts';
import { freePort } from '../../src/store/embedded/endpoint.ts';
import { spawnReaper } from '../database/reaper.ts';
import { eventually } from './program.ts';

const BIN = '/usr/lib/postgresql/15/bin';
export const MISSING = existsSync(join(BIN, 'pg_basebackup')) ? undefined : `${BIN} is not on this machine`;

interface Server {
  readonly port: number;
  readonly child: ChildProcess;
  readonly gone: Promise<void>;
}

export class Pair {
  /** Of the owner, naming both servers. */
  readonly url: string;
  private readonly folder: string;
  private readonly primary: Server;
  private readonly standby: Server;
  private readonly reaper: ChildProcess;

  static async open(): Promise<Pair> {
    const folder = mkdtempSync(join(tmpdir(), 'crewledger-pair-'));
    chmodSync(folder, 0o711);
    const reaper = spawnReaper(folder);
    try {
      const data = join(folder, 'data');
      mkdirSync(data);
      const account = chooseAccount();
      if (account.dropped) chownSync(data, account.uid, account.gid);
      run(
        'initdb',
        '-D',
        join(data, 'first'),
        '--username=crewledger',
        '--auth=trust',
        '--encoding=UTF8',
        '--locale=C.UTF-8',
        '--no-sync',
      );
      const first = await serve(join(data, 'first'), data);
      await tell(first.port, 'create database plant');
      run(
        'pg_basebackup',
        '-D',
        join(data, 'second'),
        '-h',
        '127.0.0.1',
        '-p',
        String(first.port),
        '-U',
        'crewledger',
        '-R',
        '--checkpoint=fast',
        '--no-sync',
      );
      const second = await serve(join(data, 'second'), data, [
        `primary_conninfo=host=127.0.0.1 port=${first.port} user=crewledger application_name=second`,
      ]);
      await tell(first.port, `alter system set synchronous_standby_names = 'second'`);
      await tell(first.port, 'select pg_reload_conf()');
      await eventually(
        async () =>
          (await tell(first.port, `select 1 from pg_stat_replication where sync_state = 'sync'`)) > 0
            ? true
            : undefined,
        30_000,
        () => 'no synchronous standby',
      );
      return new Pair(folder, first, second, reaper);
    } catch (error) {
      reaper.stdin?.end();
      throw error;
    }
  }

  private constructor(folder: string, primary: Server, standby: Server, reaper: ChildProcess) {
    this.folder = folder;
    this.primary = primary;
    this.standby = standby;
    this.reaper = reaper;
    // The standby stands first: it must be passed over.
    this.url = `postgres://crewledger:no-matter@127.0.0.1:${standby.port},127.0.0.1:${primary.port}/plant`;
  }

  /** The machine of the primary is gone. */
  async killPrimary(): Promise<void> {
    this.primary.child.kill('SIGKILL');
    await this.primary.gone;
  }

  promote(): Promise<number> {
    return tell(this.standby.port, 'select pg_promote()');
  }

  async close(): Promise<void> {
    for (const { child, gone } of [this.standby, this.primary]) {
      child.kill('SIGQUIT');
      await gone;
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
    this.reaper.stdin?.end();
  }
}

const account = chooseAccount();
const asAccount = {
  ...(account.dropped ? { uid: account.uid, gid: account.gid } : {}),
  cwd: '/',
  env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
};

const run = (program: string, ...args: string[]): Buffer =>
  execFileSync(join(BIN, program), args, { ...asAccount, stdio: ['ignore', 'pipe', 'inherit'] });

async function serve(cluster: string, sockets: string, more: readonly string[] = []): Promise<Server> {
  const port = await freePort();
  const settings = [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    `unix_socket_directories=${sockets}`,
    'wal_level=replica',
    'hot_standby=on',
    'synchronous_commit=on',
    'max_connections=60',
    // Only processes are killed here, never the machine.
    'fsync=off',
    ...more,
  ];
  const args = ['-D', cluster, ...settings.flatMap((setting) => ['-c', setting])];
  const child = spawn(join(BIN, 'postgres'), args, { ...asAccount, detached: true, stdio: 'ignore' });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const pidFile = join(cluster, 'postmaster.pid');
  await eventually(
    async () => {
      if (child.exitCode !== null) throw new Error(`PostgreSQL ended with ${child.exitCode} instead of starting`);
      const state = existsSync(pidFile) ? readFileSync(pidFile, 'utf8').split('\n')[7]?.trim() : undefined;
      return state === 'ready' || state === 'standby' ? true : undefined;
    },
    30_000,
    () => `PostgreSQL in ${cluster}`,
  );
  return { port, child, gone };
}

/** Runs a statement as the owner; how many rows it gave. */
async function tell(port: number, sql: string): Promise<number> {
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'crewledger', database: 'postgres' });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rowCount ?? 0;
  } finally {
    await client.end().catch(() => {});
  }
}
