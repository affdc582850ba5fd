// Where the server listens: a Unix socket that nobody else can open, or 127.0.0.1 where no socket fits or a port was asked for.
import { chmodSync, chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { type Account, accountReaches } from './account.ts';
import { OWNER } from './cluster.ts';
import type { Place } from './folder.ts';
import { refuseFile, type Tell } from './refusal.ts';

export type Endpoint =
  | { readonly kind: 'socket'; readonly folder: string; readonly port: number }
  | { readonly kind: 'loopback'; readonly port: number };

/** What Linux takes as the path of a Unix socket, in bytes, without its closing zero. */
const SOCKET_BYTES_MAX = 107;
/** A socket is not on the network; its port is only a part of its file's name. */
const SOCKET_PORT = 5432;
const TEMPORARY = 'crewledger-';

export const runFolder = (folder: string): string => join(folder, 'run');
export const socketPath = (folder: string, port: number): string => join(folder, `.s.PGSQL.${port}`);
const fits = (folder: string): boolean => Buffer.byteLength(socketPath(folder, SOCKET_PORT)) <= SOCKET_BYTES_MAX;

/** The socket in the data folder; when its path is too long, in a folder of its own under the system's temporary one. */
export async function chooseEndpoint(place: Place, port: number | undefined, tell: Tell): Promise<Endpoint> {
  if (port !== undefined) return { kind: 'loopback', port };
  const run = runFolder(place.folder);
  if (fits(run)) return { kind: 'socket', folder: run, port: SOCKET_PORT };
  const temporary = temporaryFolder(place.account);
  if (temporary !== undefined) {
    tell('socket-elsewhere', { folder: temporary });
    return { kind: 'socket', folder: temporary, port: SOCKET_PORT };
  }
  const free = await freePort();
  tell('loopback', { port: String(free) });
  return { kind: 'loopback', port: free };
}

function temporaryFolder(account: Account): string | undefined {
  try {
    const above = realpathSync(tmpdir());
    if (!fits(join(above, `${TEMPORARY}123456`)) || !accountReaches(above, account)) return undefined;
    return mkdtempSync(join(above, TEMPORARY));
  } catch {
    return undefined;
  }
}

/** Makes the socket's folder, empty and the account's alone; what a killed server left in it would stop the next. */
export function openEndpoint(endpoint: Endpoint, account: Account): void {
  if (endpoint.kind === 'loopback') return;
  try {
    rmSync(endpoint.folder, { recursive: true, force: true });
    mkdirSync(endpoint.folder, { mode: 0o700 });
    chmodSync(endpoint.folder, 0o700);
    if (account.dropped) chownSync(endpoint.folder, account.uid, account.gid);
  } catch (error) {
    refuseFile(error, endpoint.folder);
  }
}

/** Removes a socket's folder if it is one of ours under the temporary folder; the one in the data folder stays. */
export function removeTemporary(folder: string): void {
  try {
    if (basename(folder).startsWith(TEMPORARY) && dirname(folder) === realpathSync(tmpdir())) {
      rmSync(folder, { recursive: true, force: true });
    }
  } catch {
    // Left behind: an empty folder where such things are swept.
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

export function urlOf(endpoint: Endpoint, password: string, database: string): string {
  const host = endpoint.kind === 'socket' ? encodeURIComponent(endpoint.folder) : '127.0.0.1';
  return `postgres://${OWNER}:${password}@${host}:${endpoint.port}/${encodeURIComponent(database)}`;
}
