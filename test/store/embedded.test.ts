// The embedded PostgreSQL with real servers: what it is like when all is well, and after a kill at every place.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { serverLog } from '../../src/store/embedded/log.ts';
import { markOf, serverProcesses } from '../../src/store/embedded/processes.ts';
import { findEmbedded } from '../../src/store/embedded.ts';
import { ask, codes, connected, openScene, QUICK, servant } from './embedded-scene.ts';

const scene = openScene();
afterAll(() => scene.close(), 60_000);

/** The folder of those tests that leave it as they found it. */
const shared = scene.ready('shared');

describe('when all is well', () => {
  test('the first start makes a database that is safe and apart; the second finds it', async () => {
    const folder = scene.path('first');
    const { server, events } = await scene.start({ folder });
    expect(codes(events)).toEqual(['initialising', 'starting', 'started']);
    expect(server.version).toMatch(/^18\./);
    const [settings] = await ask(
      server.url,
      `select current_setting('fsync') fsync, current_setting('synchronous_commit') sync,
        current_setting('full_page_writes') pages, current_setting('data_checksums') checksums,
        current_setting('listen_addresses') addresses, current_setting('max_connections')::int connections,
        current_setting('lc_messages') messages, current_setting('timezone') zone,
        current_setting('password_encryption') passwords, pg_encoding_to_char(encoding) encoding, datlocale, datlocprovider
        from pg_database where datname = current_database()`,
    );
    expect(settings).toEqual({
      fsync: 'on',
      sync: 'on',
      pages: 'on',
      checksums: 'on',
      addresses: '',
      connections: 60,
      messages: 'C',
      zone: 'UTC',
      passwords: 'scram-sha-256',
      encoding: 'UTF8',
      datlocale: 'C.UTF-8',
      datlocprovider: 'b',
    });
    expect(await ask(server.url, `select upper('ä班') up, 'B' < 'a' points`)).toEqual([{ up: 'Ä班', points: true }]);
    for (const one of ['password', 'server.log']) expect(statSync(join(folder, one)).mode & 0o777, one).toBe(0o600);
    for (const one of ['cluster', 'run']) expect(statSync(join(folder, one)).mode & 0o777, one).toBe(0o700);
    await expect(ask(server.url.replace(/:[^:@]+@/, ':guessed@'), 'select 1')).rejects.toThrow('password');
    await ask(server.url, 'create table kept (n int); insert into kept values (7)');
    await server.stop();
    expect(readdirSync(folder)).not.toContain('lock');
    expect(serverProcesses(join(folder, 'cluster'))).toEqual([]);

    const again = await scene.start({ folder });
    expect(codes(again.events)).toEqual(['starting', 'started']);
    expect(await ask(again.server.url, 'select n from kept')).toEqual([{ n: 7 }]);
    await again.server.stop();
  });

  test('stopping twice is stopping once, and open connections do not hold it up', async () => {
    const { server } = await scene.start({ folder: await shared, settings: QUICK });
    await connected(server.url);
    await Promise.all([server.stop(), server.stop()]);
    await expect(ask(server.url, 'select 1')).rejects.toThrow();
  });

  test('another process finds the running server, and none before or after', async () => {
    const folder = await shared;
    expect(findEmbedded({ folder })).toBeUndefined();
    const supervisor = scene.supervise({ folder, settings: QUICK });
    const { url } = (await supervisor.outcome()) ?? {};
    expect(findEmbedded({ folder })).toBe(url);
    expect(findEmbedded({ folder: `${folder}-not` })).toBeUndefined();
    await supervisor.end();
    expect(findEmbedded({ folder })).toBeUndefined();
    expect(existsSync(`${folder}-not`)).toBe(false);
  });

  test('a database by another name, beside the first', async () => {
    const folder = await shared;
    const { server } = await scene.start({ folder, database: 'Werk "2"', settings: QUICK });
    expect(await ask(server.url, 'select current_database() name')).toEqual([{ name: 'Werk "2"' }]);
    await server.stop();
  });

  test('a port of this machine, when one is asked for; and what is said when it is taken', async () => {
    const folder = await shared;
    const taken = createServer();
    const port = await new Promise<number>((resolve) =>
      taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port)),
    );
    const refusal = await scene.refused({ folder, port, settings: QUICK });
    expect(refusal).toMatchObject({ code: 'port-in-use', args: { port: String(port) } });
    expect(refusal.serverLog).toContain('Address already in use');
    await new Promise((resolve) => taken.close(resolve));
    const { server } = await scene.start({ folder, port, settings: QUICK });
    expect(new URL(server.url).host).toBe(`127.0.0.1:${port}`);
    expect(await ask(server.url, 'show unix_socket_directories')).toEqual([{ unix_socket_directories: '' }]);
    await server.stop();
  });

  test('the log is bounded: once too long, it begins anew and the old one is kept once', () => {
    const log = serverLog(scene.path('bounded.log'), undefined, 100);
    writeFileSync(log.path, `old\n${'x'.repeat(100)}\n`);
    const mark = log.mark();
    log.bound();
    expect(statSync(log.path).size).toBe(0);
    expect(readFileSync(`${log.path}.1`, 'utf8')).toMatch(/^old\n/);
    writeFileSync(log.path, 'new\n');
    expect(log.tail(mark)).toBe('new');
  });
});

// Killed processes lose nothing that the kernel has: these tests need no fsync, which would be most of their time.
describe('killed', () => {
  test('the server: told with its log, and started anew under the same URL with all it had acknowledged', async () => {
    const { server, events } = await scene.start({ folder: await scene.ready('killed-server'), settings: QUICK });
    await ask(server.url, 'insert into kept values (2)');
    const first = server.pid();
    process.kill(first, 'SIGKILL');
    await expect.poll(() => events.at(-1)).toMatchObject({ code: 'died', args: { how: 'SIGKILL' } });
    expect(events.at(-1)?.serverLog).toContain('ready to accept connections');
    expect(await server.restart()).toEqual({ ok: true });
    expect(server.pid()).not.toBe(first);
    expect(await ask(server.url, 'select n from kept order by n')).toEqual([{ n: 1 }, { n: 2 }]);
    await server.stop();
    expect(codes(events).filter((code) => code === 'died')).toHaveLength(1);
  });

  test('the supervisor: its server is stopped, the lock taken over, the data there', async () => {
    const folder = await scene.ready('killed-supervisor');
    const supervisor = scene.supervise({ folder, settings: QUICK });
    const { url = '', pid = 0 } = (await supervisor.outcome()) ?? {};
    await ask(url, 'insert into kept values (2)');
    await supervisor.kill();
    expect(markOf(pid)).toBeDefined();
    const { server, events } = await scene.start({ folder, settings: QUICK });
    expect(codes(events)).toEqual(['lock-taken-over', 'stopped-orphan', 'starting', 'started']);
    expect(events[0]?.args.pid).toBe(String(supervisor.child.pid));
    expect(events[1]?.args.pid).toBe(String(pid));
    expect(await ask(server.url, 'select count(*)::int n from kept')).toEqual([{ n: 2 }]);
    await server.stop();
  });

  test('the supervisor, and the folder moved meanwhile', async () => {
    const folder = await scene.ready('before-the-move');
    const supervisor = scene.supervise({ folder, settings: QUICK });
    const { pid = 0 } = (await supervisor.outcome()) ?? {};
    await supervisor.kill();
    const moved = scene.path('after-the-move');
    renameSync(folder, moved);
    const { server, events } = await scene.start({ folder: moved, settings: QUICK });
    expect(codes(events)).toContain('stopped-orphan');
    expect(markOf(pid)).toBeUndefined();
    await server.stop();
  });

  test('both at once: the stale pid file is cleared', async () => {
    const folder = await scene.ready('killed-both');
    const supervisor = scene.supervise({ folder, settings: QUICK });
    const { pid = 0 } = (await supervisor.outcome()) ?? {};
    await supervisor.kill();
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => markOf(pid)).toBeUndefined();
    const { server, events } = await scene.start({ folder, settings: QUICK });
    expect(codes(events)).toContain('stale-pid');
    await server.stop();
  });

  test('a backend that outlives its postmaster, deep in a query, is ended before a new server touches its memory', async () => {
    const folder = await scene.ready('deep');
    const supervisor = scene.supervise({ folder, settings: QUICK });
    const { url = '', pid = 0 } = (await supervisor.outcome()) ?? {};
    const { client, pid: backend } = await connected(url);
    const lost = client.query('do $$ begin loop null; end loop; end $$').catch((error: unknown) => error);
    await expect
      .poll(() => ask(url, `select state from pg_stat_activity where pid = ${backend}`))
      .toEqual([{ state: 'active' }]);
    await supervisor.kill();
    process.kill(pid, 'SIGKILL');
    // A killed process is still there for a moment: met then, it would be an orphan to be stopped in order.
    await expect.poll(() => markOf(pid)).toBeUndefined();
    const { server, events } = await scene.start({ folder, settings: QUICK });
    const ended = events.find(({ code }) => code === 'ended-leftovers');
    expect(ended?.args.pids?.split(', ')).toContain(String(backend));
    expect(markOf(backend)).toBeUndefined();
    expect(await lost).toBeInstanceOf(Error);
    expect(codes(events)).toContain('stale-pid');
    await server.stop();
  });

  test('a server that is still shutting down is waited for', async () => {
    const folder = await scene.ready('dying');
    const supervisor = scene.supervise({ folder, settings: QUICK });
    const { url = '', pid = 0 } = (await supervisor.outcome()) ?? {};
    const { pid: backend } = await connected(url);
    await supervisor.kill();
    // A backend that holds still keeps the shutdown going.
    process.kill(backend, 'SIGSTOP');
    process.kill(pid, 'SIGINT');
    const next = scene.supervise({ folder, settings: QUICK });
    expect(await next.line(({ event }) => event?.code === 'waiting-for-dying')).toBeDefined();
    process.kill(backend, 'SIGCONT');
    expect((await next.outcome())?.url).toBeDefined();
    expect(codes(next.events)).toContain('stopped-orphan');
    await next.end();
  });

  // The moments are files that initdb makes, early, in its middle and late.
  test.each(['PG_VERSION', 'pg_hba.conf', 'base/4/PG_VERSION'])(
    'while the cluster is being made, at %s: it is made again, and what is half is removed',
    async (moment) => {
      const folder = scene.path(`half-at-${moment.replaceAll('/', '-')}`);
      const supervisor = scene.supervise({ folder, settings: QUICK });
      await supervisor.line(({ event }) => event?.code === 'initialising');
      const half = (): string | undefined => readdirSync(folder).find((one) => one.startsWith('cluster.part-'));
      await expect
        .poll(() => existsSync(join(folder, half() ?? 'none', moment)), { interval: 5, timeout: 20_000 })
        .toBe(true);
      await supervisor.kill();
      const { server, events } = await scene.start({ folder, settings: QUICK });
      expect(codes(events)).toEqual(['lock-taken-over', 'half-cluster-removed', 'initialising', 'starting', 'started']);
      expect(half()).toBeUndefined();
      await server.stop();
    },
  );

  test('a Ctrl-C of the terminal reaches the supervisor and not the server', async () => {
    const supervisor = scene.supervise({ folder: await shared, settings: QUICK }, { detached: true });
    const { url = '' } = (await supervisor.outcome()) ?? {};
    process.kill(-(supervisor.child.pid ?? 0), 'SIGINT');
    expect(await supervisor.line(({ interrupted }) => interrupted === true)).toBeDefined();
    expect(await ask(url, 'select n from kept')).toEqual([{ n: 1 }]);
    await supervisor.end();
  });
});

describe('a stale pid file', () => {
  test('with the pid of somebody else, of the same account: they live on, and the server starts', async () => {
    const folder = await shared;
    const { uid, gid, dropped } = servant;
    const other = spawn('sleep', ['600'], { ...(dropped ? { uid, gid } : {}), cwd: '/', stdio: 'ignore' });
    const cluster = join(folder, 'cluster');
    const lines = [other.pid, cluster, 1_700_000_000, 5432, join(folder, 'run'), '', ' 123 456', 'ready   '];
    writeFileSync(join(cluster, 'postmaster.pid'), `${lines.join('\n')}\n`);
    try {
      const { server, events } = await scene.start({ folder, settings: QUICK });
      expect(events.find(({ code }) => code === 'stale-pid')?.args.pid).toBe(String(other.pid));
      expect(other.exitCode ?? other.signalCode).toBeNull();
      await server.stop();
    } finally {
      other.kill('SIGKILL');
    }
  });

  test.each(['', 'not a number\n', '4194305\n'])('with %j in it', async (text) => {
    const folder = await shared;
    writeFileSync(join(folder, 'cluster', 'postmaster.pid'), text);
    const { server, events } = await scene.start({ folder, settings: QUICK });
    expect(codes(events)).toEqual(['stale-pid', 'starting', 'started']);
    await server.stop();
  });

  test('of a server that we cannot see but whose socket answers is not touched', async () => {
    const folder = await shared;
    const { server } = await scene.start({ folder, settings: QUICK });
    await server.stop();
    const pidFile = join(folder, 'cluster', 'postmaster.pid');
    writeFileSync(pidFile, `4194305\n${folder}\n1700000000\n5432\n${join(folder, 'run')}\n`);
    const unseen = createServer();
    await new Promise<void>((resolve) => unseen.listen(join(folder, 'run', '.s.PGSQL.5432'), resolve));
    expect(await scene.refused({ folder, settings: QUICK })).toMatchObject({
      code: 'in-use-elsewhere',
      args: { since: '2023-11-14T22:13:20.000Z' },
    });
    expect(existsSync(pidFile)).toBe(true);
    await new Promise((resolve) => unseen.close(resolve));
    rmSync(pidFile);
  });

  test('a copy of a running folder is a folder of its own: its original runs on', async () => {
    const folder = await scene.ready('original');
    const { server } = await scene.start({ folder, settings: QUICK });
    await ask(server.url, 'checkpoint');
    const copy = join(dirname(folder), 'copy');
    execFileSync('cp', ['-a', folder, copy]);
    // The lock says that we, who run the original, hold it.
    rmSync(join(copy, 'lock'));
    const second = await scene.start({ folder: copy, settings: QUICK });
    expect(await ask(server.url, 'select n from kept')).toEqual([{ n: 1 }]);
    expect(second.server.pid()).not.toBe(server.pid());
    await Promise.all([server.stop(), second.server.stop()]);
  });
});
