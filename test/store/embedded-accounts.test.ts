// Under which account the embedded database runs, and where its data and programs are then: started by root and by an ordinary
// account. The tests of root's part need root; what they make outside the temporary folder they make in a folder of their own.

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chooseAccount } from '../../src/store/embedded/account.ts';
import { findPackage, prepareBinaries } from '../../src/store/embedded/binaries.ts';
import { asAccount, serverEnvironment } from '../../src/store/embedded/cluster.ts';
import { markOf } from '../../src/store/embedded/processes.ts';
import { ask, cloneIsReachable, codes, isRoot, openScene, QUICK, servant } from './embedded-scene.ts';

const scene = openScene();
afterAll(() => scene.close(), 60_000);

const NOBODY = { uid: 65534, gid: 65534 };

// skip: only root becomes another account
describe.skipIf(!isRoot)('root', () => {
  test('runs the server as another account, which owns its files and no others', async () => {
    const folder = scene.path('roots');
    const { server } = await scene.start({ folder, settings: QUICK });
    expect(servant.uid).not.toBe(0);
    expect(statSync(`/proc/${server.pid()}`).uid).toBe(servant.uid);
    for (const one of ['cluster', 'run', 'password', 'libraries', 'server.log']) {
      expect(statSync(join(folder, one)).uid, one).toBe(servant.uid);
    }
    for (const one of ['.', 'lock']) expect(statSync(join(folder, one)).uid, one).toBe(0);
    await server.stop();
  });

  test('runs it as the account that owns the cluster already', async () => {
    const folder = await scene.ready('nobodys');
    execFileSync('chown', ['-R', 'nobody', join(folder, 'cluster')]);
    const { server } = await scene.start({ folder, settings: QUICK });
    expect(statSync(`/proc/${server.pid()}`).uid).toBe(NOBODY.uid);
    await server.stop();
  });

  test('a cluster that root itself put there, as out of a backup, is given to the account', async () => {
    const folder = await scene.ready('restored');
    execFileSync('chown', ['-R', 'root:root', folder]);
    chmodSync(join(folder, 'cluster'), 0o755);
    const { server, events } = await scene.start({ folder, settings: QUICK });
    expect(codes(events)).toContain('owner-changed');
    expect(await ask(server.url, 'select n from kept')).toEqual([{ n: 1 }]);
    expect(statSync(join(folder, 'cluster')).mode & 0o777).toBe(0o700);
    await server.stop();
  });

  test('whatever the umask, the account reaches what was made', async () => {
    const before = process.umask(0o077);
    try {
      const { server } = await scene.start({ folder: scene.path('masked/deep/data'), settings: QUICK });
      expect(server.folder).toBe(scene.path('masked/deep/data'));
      await server.stop();
    } finally {
      process.umask(before);
    }
  });

  test('a clone in a private folder: its data is in the system folder, and follows when the clone is moved', async () => {
    const systemFolder = scene.path('system');
    const home = scene.path('private');
    mkdirSync(home, { mode: 0o700 });
    const folder = join(home, 'clone', 'data');
    const first = await scene.start({ folder, systemFolder, settings: QUICK });
    const real = first.server.folder;
    expect(dirname(real)).toBe(systemFolder);
    expect(real).toMatch(/clone-[0-9a-f]{12}$/);
    expect(first.events.find(({ code }) => code === 'relocated')?.args).toEqual({ from: folder, to: real });
    await ask(first.server.url, 'create table here (n int)');
    await first.server.stop();
    expect(readdirSync(folder)).toEqual(['moved-to']);

    const moved = join(home, 'moved', 'data');
    renameSync(join(home, 'clone'), join(home, 'moved'));
    const second = await scene.start({ folder: moved, systemFolder, settings: QUICK });
    expect(second.server.folder).toBe(real);
    expect(await ask(second.server.url, 'select * from here')).toEqual([]);
    await second.server.stop();

    const copy = join(home, 'copy', 'data');
    cpSync(moved, copy, { recursive: true });
    expect(await scene.refused({ folder: copy, systemFolder })).toEqual({
      code: 'folder-copied',
      args: { folder: copy, to: real },
    });
    rmSync(join(copy, 'moved-to'));
    const third = await scene.start({ folder: copy, systemFolder, settings: QUICK });
    expect(third.server.folder).not.toBe(real);
    await third.server.stop();
  });

  test('programs in a private folder are copied once, and the copy runs', () => {
    const home = scene.path('private-programs');
    mkdirSync(home, { mode: 0o700 });
    const { native, version } = findPackage();
    cpSync(native, join(home, 'native'), { recursive: true });
    const system = scene.path('programs');
    const folder = scene.path('programs-data');
    mkdirSync(folder);
    const told: string[] = [];
    const prepare = () =>
      prepareBinaries({ native: join(home, 'native'), version }, servant, folder, system, (code) => told.push(code));
    const binaries = prepare();
    expect(binaries).toEqual(prepare());
    expect(told).toEqual(['binaries-copied']);
    expect(readdirSync(system)).toEqual([`postgresql-${version}`]);
    for (const program of [binaries.initdb, binaries.postgres]) {
      expect(program.startsWith(system)).toBe(true);
      const options = { ...asAccount(servant), env: serverEnvironment(binaries), encoding: 'utf8' } as const;
      expect(execFileSync(program, ['--version'], options)).toContain('(PostgreSQL) 18');
    }
  });

  // skip: no setpriv to take rights from a root
  describe.skipIf(!existsSync('/usr/bin/setpriv'))('with less rights, as in a container', () => {
    let ready = '';
    beforeAll(async () => {
      ready = await scene.ready('container');
    });
    const container = ['chown', 'dac_override', 'fowner', 'fsetid', 'kill', 'setgid', 'setuid', 'setpcap'];
    const withRights = (rights: readonly string[]): string[] => [
      'setpriv',
      `--bounding-set=-all${rights.map((right) => `,+${right}`).join('')}`,
    ];

    test('finds and stops what an earlier one left, though it may not look at its processes', async () => {
      const folder = ready;
      const through = withRights(container);
      const first = scene.supervise({ folder, settings: QUICK }, { through });
      const { pid = 0 } = (await first.outcome()) ?? {};
      await first.kill();
      expect(markOf(pid)).toBeDefined();
      const second = scene.supervise({ folder, settings: QUICK }, { through });
      expect((await second.outcome())?.url).toBeDefined();
      expect(codes(second.events)).toEqual(['lock-taken-over', 'stopped-orphan', 'starting', 'started']);
      expect(markOf(pid)).toBeUndefined();
      await second.end();
    });

    test('is told when it may not become the account', async () => {
      const through = withRights(container.filter((right) => right !== 'setuid' && right !== 'setgid'));
      for (const folder of [ready, scene.path('no-setuid-new')]) {
        const supervisor = scene.supervise({ folder }, { through });
        expect((await supervisor.outcome())?.refusal).toMatchObject({
          code: 'cannot-change-account',
          args: { account: servant.name },
        });
      }
    });
  });

  // skip: the clone lies where no other account may enter
  test.skipIf(!cloneIsReachable)('an orphan of another account is stopped all the same', async () => {
    const folder = await scene.ready('orphan');
    execFileSync('chown', ['-R', 'nobody:nogroup', folder]);
    const supervisor = scene.supervise({ folder, settings: QUICK }, NOBODY);
    const { pid = 0 } = (await supervisor.outcome()) ?? {};
    await supervisor.kill();
    const { server, events } = await scene.start({ folder, settings: QUICK });
    expect(codes(events)).toContain('stopped-orphan');
    expect(markOf(pid)).toBeUndefined();
    await server.stop();
  });
});

// skip: only root can become an account that is not its own, and only where that account can enter the clone
describe.skipIf(!isRoot || !cloneIsReachable)('an ordinary account, from a clone that is not its own', () => {
  test('makes, stops and finds its database again, node_modules being read-only for it', async () => {
    const home = scene.path('ordinary');
    mkdirSync(home);
    chownSync(home, NOBODY.uid, NOBODY.gid);
    const folder = join(home, 'data');
    for (const expected of [
      ['initialising', 'starting', 'started'],
      ['starting', 'started'],
    ]) {
      const supervisor = scene.supervise({ folder, settings: QUICK }, NOBODY);
      const { url = '', pid = 0 } = (await supervisor.outcome()) ?? {};
      expect(codes(supervisor.events)).toEqual(expected);
      expect(statSync(`/proc/${pid}`).uid).toBe(NOBODY.uid);
      expect(await ask(url, 'select current_database() name')).toEqual([{ name: 'crewledger' }]);
      await supervisor.end();
      expect(existsSync(join(folder, 'lock'))).toBe(false);
    }
  });

  test('starts again what root started and was killed at in between', async () => {
    const home = scene.path('in-turn');
    mkdirSync(home);
    chownSync(home, NOBODY.uid, NOBODY.gid);
    const folder = join(home, 'data');
    const first = scene.supervise({ folder, settings: QUICK }, NOBODY);
    expect((await first.outcome())?.url).toBeDefined();
    await first.end();
    const roots = scene.supervise({ folder, settings: QUICK });
    expect((await roots.outcome())?.url).toBeDefined();
    await roots.kill();
    const second = scene.supervise({ folder, settings: QUICK }, NOBODY);
    expect((await second.outcome())?.url).toBeDefined();
    expect(codes(second.events)).toEqual(['lock-taken-over', 'stopped-orphan', 'starting', 'started']);
    await second.end();
  });

  test('is refused a folder it may not write to, and one it may not enter', async () => {
    const locked = scene.path('locked-up');
    mkdirSync(join(locked, 'inside'), { recursive: true });
    for (const folder of [join(locked, 'inside'), join(locked, 'new')]) {
      const supervisor = scene.supervise({ folder }, NOBODY);
      expect((await supervisor.outcome())?.refusal).toEqual({ code: 'folder-not-allowed', args: { folder } });
    }
    chmodSync(locked, 0o700);
    const supervisor = scene.supervise({ folder: join(locked, 'inside') }, NOBODY);
    expect((await supervisor.outcome())?.refusal?.code).toBe('folder-not-allowed');
  });

  test('without an entry in passwd is refused by its number', async () => {
    const home = scene.path('numbered');
    mkdirSync(home);
    chownSync(home, 54_321, 54_321);
    const supervisor = scene.supervise({ folder: join(home, 'data') }, { uid: 54_321, gid: 54_321 });
    expect((await supervisor.outcome())?.refusal).toEqual({ code: 'account-unknown', args: { uid: '54321' } });
  });

  test('is told where root moved the data of its folder, not given an empty database', async () => {
    const systemFolder = scene.path('system-of-root');
    const home = scene.path('root-was-here');
    mkdirSync(home, { mode: 0o700 });
    const folder = join(home, 'data');
    const { server } = await scene.start({ folder, systemFolder, settings: QUICK });
    await server.stop();
    execFileSync('chown', ['-R', 'nobody', home]);
    const supervisor = scene.supervise({ folder, systemFolder }, NOBODY);
    expect((await supervisor.outcome())?.refusal?.code).toBe('wrong-owner');
  });
});

// skip: an ordinary account has no choice
test.skipIf(!isRoot)('a servant account is chosen by name, the owner of what is there before it', () => {
  expect(chooseAccount(NOBODY.uid).name).toBe('nobody');
  expect(chooseAccount(0).uid).toBe(servant.uid);
  expect(['crewledger', 'postgres', 'nobody']).toContain(chooseAccount().name);
});
