// `crewledger bundle FILE`: one tarball with Node, PostgreSQL and the packages the service needs, that starts on a machine which
// reaches no registry. What is only for building and testing stays out.
import { createWriteStream } from 'node:fs';
import { lstat, readdir, readFile, readlink, rename, rm, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Pack, pack } from 'tar-stream';
import { fill, type Language, sayRefusal, WORDS } from '../words/say.ts';
import type { Answer } from './commands.ts';
import { EXIT } from './exit-codes.ts';
import { Progress } from './opened.ts';
import type { Request } from './options.ts';

const HOME = join(import.meta.dirname, '../..');
const OWN = [
  'crewledger',
  'package.json',
  'LICENSE',
  'README.md',
  'README.zh-CN.md',
  'src',
  'examples',
  'docs',
  'deploy',
];
const ROOT = 'crewledger';

interface LockEntry {
  readonly dev?: boolean;
}

export async function runBundle(request: Request, language: Language): Promise<Answer> {
  const file = request.operands[0] as string;
  const part = `${file}.part`;
  const progress = new Progress(language === 'zh' ? '打包' : 'bundling');
  try {
    const lock = JSON.parse(await readFile(join(HOME, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, LockEntry>;
    };
    const packages = Object.entries(lock.packages)
      .filter(([path, { dev }]) => path !== '' && !dev)
      .map(([path]) => path);
    const tar = pack();
    const written = pipeline(tar as unknown as Readable, createGzip({ level: 6 }), createWriteStream(part) as Writable);
    let files = 0;
    const add = async (path: string): Promise<void> => {
      files += await put(tar, path, (own) => packages.includes(own) || !isPackage(own));
      progress.tell(files);
    };
    for (const path of OWN) await add(path).catch(absent);
    for (const path of packages.filter(
      (one) => !packages.some((other) => one !== other && one.startsWith(`${other}/node_modules/`)),
    ))
      await add(path).catch(absent);
    await add('node_modules/.bin/node').catch(absent);
    tar.finalize();
    await written;
    await rename(part, file);
    progress.end();
    const { size } = await stat(file);
    const words = WORDS[language];
    const args = { file, size: `${Math.round(size / (1 << 20))} MiB` };
    return { text: `${fill(words.service.said.bundled, args, words)}\n`, exitCode: EXIT.ok };
  } catch (error) {
    await rm(part, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const text = `crewledger: ${sayRefusal('cannot-write', { found: file, reason: code }, language)}\n`;
    return { text: '', refused: text, exitCode: EXIT.cannotWrite };
  }
}

/** `node_modules/x` and `node_modules/@y/x`, however deep; not `node_modules/@y` alone. */
const isPackage = (path: string): boolean => /(^|\/)node_modules\/(@[^/]+\/)?[^@/][^/]*$/.test(path);

/** Packages of other platforms are in the lock file and not on the disk. */
function absent(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

/** Adds a file, a link or a whole folder; tests of ours stay out. Gives how many entries. */
async function put(tar: Pack, path: string, wanted: (path: string) => boolean): Promise<number> {
  if (/\.test\.tsx?$/.test(path) || !wanted(path)) return 0;
  const full = join(HOME, path);
  const found = await lstat(full);
  const name = posix.join(ROOT, path);
  const mtime = found.mtime;
  if (found.isSymbolicLink()) {
    await entry(tar, { name, type: 'symlink', linkname: await readlink(full), mtime });
    return 1;
  }
  if (found.isDirectory()) {
    let count = 0;
    for (const child of (await readdir(full)).sort()) count += await put(tar, posix.join(path, child), wanted);
    return count;
  }
  await entry(tar, { name, mode: found.mode & 0o777, mtime }, await readFile(full));
  return 1;
}

const entry = (tar: Pack, header: Parameters<Pack['entry']>[0], bytes: Buffer = Buffer.alloc(0)): Promise<void> =>
  new Promise((resolve, reject) => {
    tar.entry({ ...header, size: bytes.length }, bytes, (error) => (error ? reject(error) : resolve()));
  });
