// The running server: started as our child in a session of its own (a Ctrl-C of the terminal is ours to handle, not its), watched,
// and stopped. It knows nothing of folders left behind or of clusters.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { Client, DatabaseError } from 'pg';
import type { Binaries } from './binaries.ts';
import { asAccount, serverEnvironment } from './cluster.ts';
import { type Endpoint, urlOf } from './endpoint.ts';
import type { Place } from './folder.ts';
import { readPidFile } from './leftovers.ts';
import type { ServerLog } from './log.ts';
import { clusterMark, serverProcesses, signal, waitFor } from './processes.ts';
import { refuse, type Tell } from './refusal.ts';
import { refuseServer } from './said.ts';

/** An immediate shutdown kills what does not go by itself after five seconds. */
const IMMEDIATE_MS_MAX = 7_000;

export interface Running {
  readonly pid: number;
  /** Fast shutdown; harder when that takes too long, in milliseconds. Settles when the process is gone. */
  readonly stop: (msMax?: number) => Promise<void>;
}

export interface Start {
  readonly place: Place;
  readonly binaries: Binaries;
  readonly endpoint: Endpoint;
  /** Over the settings of ours and of postgresql.conf. */
  readonly settings: Readonly<Record<string, string>>;
  readonly stopMsMax: number;
  readonly log: ServerLog;
  readonly tell: Tell;
}

/** Starts the server and waits until it takes connections: as long as its recovery lasts. */
export async function runServer({
  place,
  binaries,
  endpoint,
  settings,
  stopMsMax,
  log,
  tell,
}: Start): Promise<Running> {
  const { cluster, account } = place;
  log.bound();
  const mark = log.mark();
  const descriptor = log.open();
  let child: ChildProcess;
  try {
    child = spawn(
      binaries.postgres,
      ['-D', cluster, ...settingArguments({ ...required(cluster, endpoint), ...settings })],
      {
        ...asAccount(account),
        detached: true,
        env: serverEnvironment(binaries),
        stdio: ['ignore', descriptor, descriptor],
      },
    );
  } catch (error) {
    // Node throws some errors of the start at once (no right to become the account) and emits the others.
    return refuseServer(String(error), refusalArguments(place, binaries, endpoint), 'not-runnable');
  } finally {
    closeSync(descriptor);
  }
  child.unref();
  let ended: string | undefined;
  let phase: 'starting' | 'running' | 'stopping' = 'starting';
  const end = (how: string): void => {
    if (ended !== undefined) return;
    ended = how;
    if (phase === 'running') tell('died', { how }, log.tail(mark));
  };
  child.once('error', (error) => end(String(error)));
  child.once('exit', (code, by) => end(by ?? `exit ${code}`));

  const startMs = performance.now();
  let toldMs = startMs;
  await waitFor(() => {
    if (performance.now() - toldMs > 5_000) {
      toldMs = performance.now();
      tell('still-starting', { seconds: String(Math.round((toldMs - startMs) / 1_000)) });
    }
    const pidFile = readPidFile(cluster);
    return ended !== undefined || (pidFile?.ready === true && pidFile.pid === child.pid);
  }, Number.POSITIVE_INFINITY);
  if (ended !== undefined || child.pid === undefined) {
    return refuseServer(
      `${log.tail(mark)}\n${ended}`.trim(),
      refusalArguments(place, binaries, endpoint),
      'server-failed',
    );
  }
  phase = 'running';
  const { pid } = child;
  const isOver = (): boolean => ended !== undefined;
  return {
    pid,
    stop: async (msMax = stopMsMax) => {
      phase = 'stopping';
      if (isOver()) return;
      signal(pid, 'SIGINT');
      if (await waitFor(isOver, msMax)) return;
      tell('stop-escalated', { signal: 'SIGQUIT' });
      signal(pid, 'SIGQUIT');
      if (await waitFor(isOver, IMMEDIATE_MS_MAX)) return;
      tell('stop-escalated', { signal: 'SIGKILL' });
      for (const one of serverProcesses(cluster)) signal(one, 'SIGKILL');
      await waitFor(isOver, IMMEDIATE_MS_MAX);
    },
  };
}

const refusalArguments = (
  { folder, account }: Place,
  { postgres, major }: Binaries,
  endpoint: Endpoint,
): Readonly<Record<string, string>> => ({
  folder,
  account: account.name,
  program: postgres,
  needed: major,
  port: String(endpoint.port),
});

/** What must be so, whatever postgresql.conf says: safety of what was acknowledged, and where it listens and speaks. */
function required(cluster: string, endpoint: Endpoint): Readonly<Record<string, string>> {
  const socketFolder = endpoint.kind === 'socket' ? `"${endpoint.folder.replaceAll('"', '""')}"` : '';
  return {
    listen_addresses: endpoint.kind === 'loopback' ? '127.0.0.1' : '',
    unix_socket_directories: socketFolder,
    unix_socket_permissions: '0700',
    port: String(endpoint.port),
    cluster_name: clusterMark(cluster),
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    lc_messages: 'C',
    log_destination: 'stderr',
    logging_collector: 'off',
    log_line_prefix: '%m [%p] ',
  };
}

const settingArguments = (settings: Readonly<Record<string, string>>): string[] =>
  Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);

/** Asks the server a first question; makes the database when it is not there yet. Gives the server's version, such as `18.4`. */
export async function openDatabase(
  endpoint: Endpoint,
  password: string,
  database: string,
  folder: string,
): Promise<string> {
  const ask = async (where: string, sql: string): Promise<string> => {
    const client = new Client({ connectionString: urlOf(endpoint, password, where), connectionTimeoutMillis: 30_000 });
    // A server that dies while we ask is told by the question itself.
    client.on('error', () => {});
    try {
      await client.connect();
      const { rows } = await client.query<{ server_version: string }>(sql);
      return rows[0]?.server_version ?? '';
    } finally {
      await client.end().catch(() => {});
    }
  };
  try {
    try {
      return await ask(database, 'show server_version');
    } catch (error) {
      if (!(error instanceof DatabaseError && error.code === '3D000')) throw error;
      await ask('postgres', `create database "${database.replaceAll('"', '""')}"`);
      return await ask(database, 'show server_version');
    }
  } catch (error) {
    if (error instanceof DatabaseError && error.code === '28P01')
      refuse('wrong-password', { file: `${folder}/password` });
    return refuse('no-answer', { why: String(error) });
  }
}
