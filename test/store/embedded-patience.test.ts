// What the embedded database waits for by the clock before it acts. These tests mostly wait, so they wait together.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ask, codes, lockOf, openScene, QUICK } from './embedded-scene.ts';

const scene = openScene();
afterAll(() => scene.close(), 60_000);

test.concurrent('the lock of another machine is watched: silent for three beats it is taken over', async () => {
  const folder = await scene.ready('silent-machine');
  writeFileSync(join(folder, 'lock'), lockOf({ boot: 'other', host: 'plant-server-2' }));
  const { server, events } = await scene.start({ folder, settings: QUICK });
  expect(codes(events).slice(0, 2)).toEqual(['waiting-for-lock', 'lock-taken-over']);
  await server.stop();
});

test.concurrent('a server that does not stop is ended harder, and the next start recovers', async () => {
  const folder = await scene.ready('stubborn');
  const { server, events } = await scene.start({ folder, settings: QUICK, stopMsMax: 100 });
  await ask(server.url, 'insert into kept values (2)');
  process.kill(server.pid(), 'SIGSTOP');
  await server.stop();
  expect(events.filter(({ code }) => code === 'stop-escalated').map(({ args }) => args.signal)).toEqual([
    'SIGQUIT',
    'SIGKILL',
  ]);
  const again = await scene.start({ folder, settings: QUICK });
  expect(await ask(again.server.url, 'select count(*)::int n from kept')).toEqual([{ n: 2 }]);
  await again.server.stop();
});

test.concurrent('a long recovery is waited for, and told as it goes on', async () => {
  const folder = await scene.ready('recovering');
  // A recovery that first asks an archive, and the archive is slow once.
  writeFileSync(join(folder, 'cluster', 'recovery.signal'), '');
  execFileSync('chown', ['--reference', join(folder, 'cluster'), join(folder, 'cluster', 'recovery.signal')]);
  const settings = { ...QUICK, restore_command: 'test -e asked || { touch asked; sleep 6; }; false' };
  const { server, events } = await scene.start({ folder, settings });
  expect(codes(events)).toEqual(['starting', 'still-starting', 'started']);
  expect(Number(events[1]?.args.seconds)).toBeGreaterThanOrEqual(5);
  expect(await ask(server.url, 'select pg_is_in_recovery() recovering')).toEqual([{ recovering: false }]);
  await server.stop();
});
