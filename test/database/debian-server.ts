// A PostgreSQL 15 of the machine's own, where Debian's package put one: the oldest server our SQL is checked against.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConformanceServer } from './run.ts';

export interface DebianServer {
  readonly server: ConformanceServer;
  readonly stop: () => Promise<void>;
}

const BIN = '/usr/lib/postgresql/15/bin';
const NAME = 'PostgreSQL 15';

/** Starts it in the folder without a network; without that package, a server that says it is missing. */
export async function startDebianServer(folder: string): Promise<DebianServer> {
  if (!existsSync(join(BIN, 'postgres'))) {
    return { server: { name: NAME, missing: `${BIN} is not on this machine` }, stop: async () => {} };
  }
  const account = process.getuid?.() === 0 ? nobody() : undefined;
  const options = { ...account, cwd: '/', env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } };
  mkdirSync(folder, { mode: 0o700 });
  if (account !== undefined) chownSync(folder, account.uid, account.gid);
  const cluster = join(folder, 'cluster');
  const made = [
    '-D',
    cluster,
    '--username=crewledger',
    '--auth=trust',
    '--encoding=UTF8',
    '--locale=C.UTF-8',
    '--no-sync',
  ];
  execFileSync(join(BIN, 'initdb'), made, { ...options, stdio: ['ignore', 'ignore', 'inherit'] });
  const settings = ['listen_addresses=', `unix_socket_directories=${folder}`, 'fsync=off', 'max_connections=60'];
  const arguments_ = ['-D', cluster, ...settings.flatMap((setting) => ['-c', setting])];
  const child = spawn(join(BIN, 'postgres'), arguments_, { ...options, detached: true, stdio: 'ignore' });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await ready(child, join(cluster, 'postmaster.pid'));
  return {
    server: { name: NAME, url: `postgres://crewledger@${encodeURIComponent(folder)}:5432/postgres` },
    stop: () => {
      child.kill('SIGINT');
      return gone;
    },
  };
}

function nobody(): { uid: number; gid: number } {
  const [, uid, gid] = /^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8')) ?? [];
  return { uid: Number(uid), gid: Number(gid) };
}

async function ready(child: ChildProcess, pidFile: string): Promise<void> {
  while (!existsSync(pidFile) || readFileSync(pidFile, 'utf8').split('\n')[7]?.trim() !== 'ready') {
    if (child.exitCode !== null) throw new Error(`${NAME} ended with ${child.exitCode} instead of starting`);
    await sleep(20);
  }
}
