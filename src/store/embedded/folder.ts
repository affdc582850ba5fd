// The data folder: made, judged, and under root put where the server's account can reach it. What stands in it:
//   cluster/           PostgreSQL's own files; cluster.part-* while they are being made
//   password           of the owner role, for its owner's eyes only
//   lock               who runs CrewLedger here
//   libraries/         links to the server's libraries
//   run/               the server's socket
//   server.log, .1     what the server said
//   moved-to           where all this is instead, when it is not here
// Anything else in the folder is not ours and is left alone.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { type Account, accountName, accountReaches, chooseAccount } from './account.ts';
import { programsWith, serverProcesses, signal, waitFor } from './processes.ts';
import { refuse, refuseFile, type Tell } from './refusal.ts';

export interface Place {
  readonly folder: string;
  readonly cluster: string;
  readonly account: Account;
}

/** PostgreSQL's paths end at 1,024 bytes; its longest names below the cluster need this much of it. */
const PATH_BYTES_MAX = 900;

/** Begins the name of a cluster that is being made. */
export const PART = 'cluster.part-';
const MOVED = 'moved-to';

/** The folder the database will be in: the one asked for, or below `system` where root's account cannot reach that one. */
export function openPlace(asked: string, system: string, tell: Tell): Place {
  const wanted = resolve(asked);
  if (Buffer.byteLength(wanted) > PATH_BYTES_MAX) refuse('path-too-long', { folder: wanted });
  makeFolder(wanted);
  if (existsSync(join(wanted, 'PG_VERSION'))) refuse('foreign-cluster', { folder: wanted });
  const moved = movedTo(wanted);
  const here = moved === undefined ? placeAt(wanted) : undefined;
  if (here !== undefined && (!here.account.dropped || accountReaches(here.folder, here.account))) return here;
  const there = moved ?? join(system, `${plainName(wanted)}-${shortHash(realpathSync(wanted))}`);
  makeFolder(there);
  const place = placeAt(there);
  if (place.account.dropped && !accountReaches(place.folder, place.account)) {
    refuse('folder-not-allowed', { folder: place.folder, account: place.account.name });
  }
  if (moved === undefined) {
    try {
      writeFileSync(join(wanted, MOVED), `${there}\n${inodeOf(wanted)}\n`);
    } catch {
      // A read-only folder is found by its path alone.
    }
  }
  tell('relocated', { from: wanted, to: there });
  return place;
}

/** Where the database of a folder is, without making anything. */
export function lookForPlace(asked: string): Pick<Place, 'folder' | 'cluster'> | undefined {
  try {
    const folder = realpathSync(movedTo(resolve(asked)) ?? resolve(asked));
    return { folder, cluster: join(folder, 'cluster') };
  } catch {
    return undefined;
  }
}

function placeAt(path: string): Place {
  const folder = realpathSync(path);
  const cluster = join(folder, 'cluster');
  const ownerUid = existsSync(cluster) ? statSync(cluster).uid : undefined;
  const account = chooseAccount(ownerUid);
  if (ownerUid !== undefined && !account.dropped && ownerUid !== account.uid) {
    refuse('wrong-owner', { folder, owner: accountName(ownerUid), account: account.name });
  }
  return { folder, cluster, account };
}

/** Makes a folder and those above it; whatever the umask, the server's account may pass through what we made. */
function makeFolder(folder: string): void {
  try {
    const missing: string[] = [];
    for (let place = folder; !existsSync(place); place = dirname(place)) missing.unshift(place);
    for (const place of missing) {
      mkdirSync(place, { recursive: true });
      chmodSync(place, 0o711);
    }
    if (!statSync(folder).isDirectory()) refuse('folder-unreachable', { folder, why: 'ENOTDIR' });
  } catch (error) {
    refuseFile(error, folder);
  }
}

/**
 * Where the data of this folder is, as a file in it says; so a moved clone finds its data again. A copied one must not: its
 * inode is another than the one noted.
 */
function movedTo(folder: string): string | undefined {
  let text = '';
  try {
    text = readFileSync(join(folder, MOVED), 'utf8');
  } catch {
    return undefined;
  }
  const [to = '', inode = ''] = text.split('\n');
  if (to === '') return undefined;
  if (inode !== inodeOf(folder)) refuse('folder-copied', { folder, to });
  return to;
}

const inodeOf = (folder: string): string => String(statSync(folder, { bigint: true }).ino);

const shortHash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);

/** The clone's name, for people who look into the system's folder. */
const plainName = (folder: string): string =>
  basename(dirname(folder))
    .replace(/[^\w-]+/g, '')
    .slice(0, 20) || 'data';

/**
 * Removes clusters that were never finished. They are known by their name; one with a file PostgreSQL would not make stays. An
 * initdb that outlived a killed supervisor is ended first; should it still write, its rest stays under its own name, harmless.
 */
export async function removeHalfClusters(folder: string, tell: Tell): Promise<void> {
  const known = /^(?:PG_VERSION|base|global|pg_\w+|\w+(?:\.auto)?\.conf|postmaster\.(?:pid|opts))$/;
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(PART)) continue;
    const half = join(folder, name);
    for (const pid of programsWith('initdb', half)) signal(pid, 'SIGKILL');
    await waitFor(() => programsWith('initdb', half).length === 0 && serverProcesses(half).length === 0, 5_000);
    const foreign = readdirSync(half).find((one) => !known.test(one));
    if (foreign !== undefined) refuse('foreign-files', { folder: half, file: foreign });
    rmSync(half, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    tell('half-cluster-removed', { folder: half });
  }
}
