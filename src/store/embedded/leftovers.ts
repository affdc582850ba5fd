// What an earlier run left: a server whose supervisor was killed, one that is still shutting down, backends of a killed
// postmaster, a stale postmaster.pid. We stop what still runs and start afresh rather than adopt it: a server is then always our
// child, of our version, with our settings, and its death is told at once; the stop costs a fraction of a second.
import { readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type Endpoint, removeTemporary, runFolder, socketPath } from './endpoint.ts';
import type { Place } from './folder.ts';
import { isPostmaster, serverProcesses, signal, waitFor } from './processes.ts';
import { errnoOf, refuse, refuseFile, type Tell } from './refusal.ts';

/**
 * An orphan's orderly stop is a courtesy: an immediate one costs a recovery and loses nothing. PostgreSQL 18 was seen to hang in the
 * orderly one when it was asked for while it recovered from a killed backend.
 */
const FAST_MS_MAX = 15_000;
const IMMEDIATE_MS_MAX = 7_000;

/** Nothing runs in the cluster afterwards and no postmaster.pid stands in it; or it is refused. */
export async function clearLeftovers({ folder, cluster }: Place, tell: Tell): Promise<void> {
  const pidFile = readPidFile(cluster);
  await endProcesses(cluster, tell);
  if (pidFile === undefined) return;
  if (await someoneListens(socketPath(runFolder(folder), pidFile.port))) {
    // A server we cannot see, in another container: its socket is in this folder and answers.
    refuse('in-use-elsewhere', { since: pidFile.since, folder });
  }
  if (pidFile.socketFolder !== '') removeTemporary(pidFile.socketFolder);
  // The pid in it may be anybody's by now: then PostgreSQL would not start, seeing a living process.
  try {
    rmSync(join(cluster, 'postmaster.pid'));
    tell('stale-pid', { pid: String(pidFile.pid) });
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') refuseFile(error, cluster);
  }
}

async function endProcesses(cluster: string, tell: Tell): Promise<void> {
  const found = serverProcesses(cluster);
  if (found.length === 0) return;
  const gone = (msMax: number): Promise<boolean> => waitFor(() => serverProcesses(cluster).length === 0, msMax);
  const postmaster = found.find(isPostmaster);
  if (postmaster !== undefined) {
    signal(postmaster, 'SIGINT');
    if (!(await gone(1_000))) {
      tell('waiting-for-dying', { pid: String(postmaster) });
      if (!(await gone(FAST_MS_MAX))) signal(postmaster, 'SIGQUIT');
    }
  } else if (!(await gone(1_000))) {
    // Backends see by themselves that their postmaster is gone, unless they are deep in a query.
    for (const pid of serverProcesses(cluster)) signal(pid, 'SIGQUIT');
  }
  if (!(await gone(IMMEDIATE_MS_MAX))) {
    for (const pid of serverProcesses(cluster)) signal(pid, 'SIGKILL');
    if (!(await gone(IMMEDIATE_MS_MAX))) {
      refuse('leftovers-stay', { pids: serverProcesses(cluster).join(', '), folder: cluster });
    }
  }
  if (postmaster !== undefined) tell('stopped-orphan', { pid: String(postmaster) });
  else tell('ended-leftovers', { pids: found.join(', ') });
}

export interface PidFile {
  readonly pid: number;
  readonly since: string;
  readonly port: number;
  readonly socketFolder: string;
  readonly ready: boolean;
}

/** `postmaster.pid` by its lines: pid, data folder, start, port, socket folder, address, shared memory, state. */
export function readPidFile(cluster: string): PidFile | undefined {
  let text = '';
  try {
    text = readFileSync(join(cluster, 'postmaster.pid'), 'utf8');
  } catch {
    return undefined;
  }
  const lines = text.split('\n').map((line) => line.trim());
  const startSeconds = Number(lines[2]);
  return {
    pid: Number.parseInt(lines[0] ?? '', 10),
    since: Number.isFinite(startSeconds) && startSeconds > 0 ? new Date(startSeconds * 1_000).toISOString() : '',
    port: Number(lines[3] ?? 0),
    socketFolder: lines[4] ?? '',
    ready: lines[7] === 'ready',
  };
}

/** Where a ready server of this cluster listens; its postmaster must live. */
export function runningEndpoint(cluster: string): Endpoint | undefined {
  const pidFile = readPidFile(cluster);
  if (pidFile === undefined || !pidFile.ready || !serverProcesses(cluster).includes(pidFile.pid)) return undefined;
  const { socketFolder, port } = pidFile;
  return socketFolder === '' ? { kind: 'loopback', port } : { kind: 'socket', folder: socketFolder, port };
}

function someoneListens(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
