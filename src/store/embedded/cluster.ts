// The cluster: what PostgreSQL keeps its data in. Made beside its place and then renamed, so that `cluster/` is whole or not there.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  lchownSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import { PART, type Place, removeHalfClusters } from './folder.ts';
import { refuse, refuseFile, type Tell } from './refusal.ts';
import { refuseServer } from './said.ts';

export const OWNER = 'crewledger';

/** The environment of PostgreSQL's programs: nothing of ours, no PG* variable of the machine's. */
export const serverEnvironment = ({ libraryPath }: Binaries): NodeJS.ProcessEnv => ({
  PATH: '/usr/bin:/bin',
  LC_ALL: 'C',
  LD_LIBRARY_PATH: libraryPath,
});

/** How a child becomes the account; the working directory must be one that every account can enter. */
export const asAccount = ({ uid, gid, dropped }: Account): { uid?: number; gid?: number; cwd: string } =>
  dropped ? { uid, gid, cwd: '/' } : { cwd: '/' };

/** A cluster of our version that the account owns, made now if there is none; and the owner role's password. */
export async function openCluster(
  place: Place,
  binaries: Binaries,
  synced: boolean,
  tell: Tell,
): Promise<{ password: string }> {
  const { folder, cluster, account } = place;
  try {
    await removeHalfClusters(folder, tell);
    if (existsSync(cluster) && readdirSync(cluster).length === 0) rmdirSync(cluster);
    if (!existsSync(cluster)) {
      const password = openPassword(place, true);
      await makeCluster(place, binaries, synced, tell);
      return { password };
    }
    checkCluster(place, binaries);
    const { uid, mode } = statSync(cluster);
    if (account.dropped && uid !== account.uid) {
      // A copy that root put here, say out of a backup.
      giveTree(cluster, account);
      tell('owner-changed', { folder: cluster, account: account.name });
    }
    if ((mode & 0o777) !== 0o700) chmodSync(cluster, 0o700);
    return { password: openPassword(place, false) };
  } catch (error) {
    return refuseFile(error, folder);
  }
}

function checkCluster({ cluster }: Place, { major }: Binaries): void {
  const version = join(cluster, 'PG_VERSION');
  if (!existsSync(version) || !existsSync(join(cluster, 'global', 'pg_control'))) {
    refuse('cluster-damaged', { folder: cluster });
  }
  const found = readFileSync(version, 'utf8').trim();
  if (found !== major) refuse('other-version', { folder: cluster, found, needed: major });
}

function giveTree(path: string, account: Account): void {
  lchownSync(path, account.uid, account.gid);
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const one = join(path, entry.name);
    if (entry.isDirectory()) giveTree(one, account);
    else lchownSync(one, account.uid, account.gid);
  }
}

/** The password of the owner role, where there is one that we may read. */
export function readPassword(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, 'password'), 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

/** The password, random and made once; the account reads it for initdb, nobody else does. */
function openPassword({ folder, account }: Place, make: boolean): string {
  const path = join(folder, 'password');
  const kept = readPassword(folder);
  if (kept !== undefined) {
    chmodSync(path, 0o600);
    if (account.dropped) chownSync(path, account.uid, account.gid);
    return kept;
  }
  if (!make) refuse('password-lost', { file: path });
  const password = randomBytes(24).toString('base64url');
  writeFileSync(path, `${password}\n`, { mode: 0o600, flush: true });
  if (account.dropped) chownSync(path, account.uid, account.gid);
  return password;
}

async function makeCluster(
  { folder, cluster, account }: Place,
  binaries: Binaries,
  synced: boolean,
  tell: Tell,
): Promise<void> {
  tell('initialising', { folder: cluster });
  // A name of its own: an initdb that outlived a killed supervisor must not write into ours.
  const part = join(folder, `${PART}${randomBytes(4).toString('hex')}`);
  mkdirSync(part, { mode: 0o700 });
  if (account.dropped) chownSync(part, account.uid, account.gid);
  const { said, ok } = await runInitdb(part, join(folder, 'password'), account, binaries, synced).catch(
    // Node throws some errors of the start at once (no right to become the account) and emits the others.
    (error: unknown) => ({ said: String(error), ok: false }),
  );
  if (!ok) {
    rmSync(part, { recursive: true, force: true });
    refuseServer(said, { folder, program: binaries.initdb, account: account.name }, 'initdb-failed');
  }
  renameSync(part, cluster);
  const descriptor = openSync(folder, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

async function runInitdb(
  part: string,
  passwordFile: string,
  account: Account,
  binaries: Binaries,
  synced: boolean,
): Promise<{ said: string; ok: boolean }> {
  const settings = Object.entries(memorySettings()).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  // The collation is PostgreSQL's own: an index never goes wrong because the machine's C library was replaced.
  const child = spawn(
    binaries.initdb,
    [
      ...['-D', part, `--username=${OWNER}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8'],
      ...['--locale=C.UTF-8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--lc-messages=C'],
      ...['--data-checksums', '--no-instructions', ...(synced ? [] : ['--no-sync']), ...settings],
    ],
    { ...asAccount(account), env: serverEnvironment(binaries), stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ said: `${said}${String(error)}`, ok: false }));
    child.once('close', (code) => resolve({ said, ok: code === 0 }));
  });
}

/** Written into postgresql.conf once, where whoever knows the machine may change them. Megabytes of this machine or container. */
function memorySettings(): Readonly<Record<string, string>> {
  const limit = process.constrainedMemory() || Number.POSITIVE_INFINITY;
  const megabytes = Math.min(totalmem(), limit) / 2 ** 20;
  const between = (low: number, value: number, high: number): number =>
    Math.round(Math.min(high, Math.max(low, value)));
  return {
    max_connections: '60',
    shared_buffers: `${between(64, megabytes / 8, 1_024)}MB`,
    effective_cache_size: `${between(128, megabytes / 2, 65_536)}MB`,
    work_mem: `${between(4, megabytes / 512, 16)}MB`,
    maintenance_work_mem: `${between(32, megabytes / 64, 256)}MB`,
    max_wal_size: '2GB',
    random_page_cost: '1.1',
    timezone: 'UTC',
    log_timezone: 'UTC',
  };
}
