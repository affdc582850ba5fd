// The service as a plant meets it: real processes of ./crewledger. The example comes up and prints who may sign in; a backup taken
// while it runs is restored elsewhere and verifies; a second service on the same data is told; a bundle starts without a network.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

const home = dirname(import.meta.dirname);
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

let own = '';
const running = new Set<ChildProcess>();
beforeAll(() => {
  own = mkdtempSync(join(tmpdir(), 'crewledger-service-'));
  // As root the database runs under another account, which must reach it.
  chmodSync(own, 0o755);
});
afterAll(async () => {
  await Promise.all([...running].map((child) => stop(child)));
  rmSync(own, { recursive: true, force: true });
});

interface Started {
  readonly child: ChildProcess;
  readonly url: string;
  readonly out: () => string;
}

function launch(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): { child: ChildProcess; out: () => string } {
  const child = spawn(command, args, {
    cwd: own,
    env: { PATH: process.env.PATH, LANG: 'en_US.UTF-8', HOME: own, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let out = '';
  for (const stream of [child.stdout, child.stderr])
    stream!.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
  child.on('close', () => running.delete(child));
  return { child, out: () => out };
}

/** Starts a service and waits for its address. */
function start(
  args: readonly string[],
  script = join(home, 'crewledger'),
  before: readonly string[] = [],
): Promise<Started> {
  const [command = '', ...rest] = [...before, script, ...args, '--port', '0'];
  const { child, out } = launch(command, rest);
  return new Promise((resolve, reject) => {
    const look = setInterval(() => {
      const url = /Serving at (\S+)/.exec(out())?.[1];
      if (url !== undefined && out().includes('Ctrl-C')) {
        clearInterval(look);
        resolve({ child, url, out });
      }
    }, 50);
    child.on('close', (code) => {
      clearInterval(look);
      reject(new Error(`ended with ${code}: ${out()}`));
    });
  });
}

function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => {
    child.on('close', resolve);
    child.kill('SIGTERM');
  });
}

function run(...args: readonly string[]): Promise<{ code: number | null; out: string }> {
  const { child, out } = launch(join(home, 'crewledger'), args);
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out: out() })));
}

async function signIn({ url, out }: Started, staffNumber: string): Promise<(path: string) => Promise<Response>> {
  const password = /password of all of them: (\S+)/.exec(out())?.[1];
  const response = await fetch(`${url}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-crewledger': '1' },
    body: JSON.stringify({ staffNumber, password }),
  });
  expect(response.status, await response.clone().text()).toBe(201);
  const cookie = response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  return (path) => fetch(`${url}/api/v1${path}`, { headers: { cookie } });
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const ends = performance.now() + 200_000;
  while (!(await holds())) {
    if (performance.now() > ends) throw new Error('it never came to pass');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

test('the example serves, is backed up while it runs, comes back elsewhere, and verifies', async () => {
  const data = join(own, 'data');
  const service = await start(['start', '--teams', '8', '--data', data]);
  expect(service.out()).toContain('synthetic alumina refinery (8 teams');
  const ask = await signIn(service, 'demo-manager');
  await until(async () => service.out().includes('All past shifts are settled'));
  const boards = (await (await ask('/boards?period=month&day=2022-11-15')).json()) as {
    boards: { league: string; rows: { rank: number | null; gainFen: number }[] }[];
  };
  expect(boards.boards.map(({ league }) => league)).toContain('evaporation-3');
  const ranks = boards.boards[0]!.rows.map(({ rank }) => rank).filter((rank) => rank !== null);
  expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
  expect(ranks[0]).toBe(1);

  const second = await run('serve', '--data', data, '--port', '0');
  expect([second.code, second.out]).toEqual([69, expect.stringMatching(/\b(uses|in use|held|runs)\b/i)]);

  const file = join(own, 'all.backup');
  expect(await run('backup', file, '--data', data)).toMatchObject({
    code: 0,
    out: expect.stringContaining('Backed up'),
  });
  expect(await run('verify', '--data', data, '--from', '2022-12-20')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/Verified: \d+ vouchers, \d+ seals; \d+ settled again/),
  });
  expect(await stop(service.child)).toBe(0);

  const elsewhere = join(own, 'elsewhere');
  expect(await run('restore', file, '--data', elsewhere)).toMatchObject({ code: 0 });
  const verified = await run('verify', '--data', elsewhere, '--from', '2022-12-20', '--format', 'json');
  expect(verified.code, verified.out).toBe(0);
  expect((await run('restore', file, '--data', elsewhere)).code).toBe(69);
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1]! ^= 1;
  const broken = join(own, 'broken.backup');
  writeFileSync(broken, bytes);
  const refused = await run('restore', broken, '--data', join(own, 'third'));
  expect([refused.code, refused.out]).toEqual([69, expect.stringContaining('incomplete or was changed')]);
});

test('commands that read make nothing, and say what is wrong with what was asked', async () => {
  const nothing = join(own, 'nothing');
  for (const command of [['verify'], ['backup', join(own, 'none.backup')], ['export', join(own, 'none')]])
    expect(await run(...command, '--data', nothing), command[0]).toMatchObject({
      code: 69,
      out: expect.stringContaining(`There is no data in ${nothing}`),
    });
  expect(existsSync(nothing)).toBe(false);
  expect(await run('verify', '--from', '2022-14-26')).toMatchObject({
    code: 64,
    out: expect.stringContaining('--from cannot be "2022-14-26"'),
  });
  expect(await run('restore', join(own, 'none.backup'))).toMatchObject({ code: 66 });
  expect(await run('backup', join(own, 'all.backup'))).toMatchObject({ code: 73 });
  expect(await run('import', nothing)).toMatchObject({ out: expect.not.stringContaining('plant.yaml') });
});

test('a plant goes out as text and comes in again, reading for reading', async () => {
  const [folder, data] = [join(own, 'small'), join(own, 'small-data')];
  expect((await run('simulate', folder, '--plant', 'small', '--seed', '11')).code).toBe(0);
  expect((await run('import', folder, '--data', data)).code).toBe(0);
  expect(await run('import', folder, '--data', data)).toMatchObject({
    code: 65,
    out: expect.stringContaining('is there already; nothing was brought in'),
  });
  const out = join(own, 'out');
  expect((await run('export', out, '--data', data)).code).toBe(0);
  const settled = async (path: string): Promise<string> => (await run('settle', path, '--format', 'csv')).out;
  expect(await settled(out)).toBe(await settled(folder));
});

test('behind a proxy, with single sign-on: set up from the command, or refused with what is wrong', async () => {
  const [folder, data, file] = [join(own, 'front'), join(own, 'front-data'), join(own, 'sign-on.json')];
  expect((await run('simulate', folder, '--plant', 'small', '--seed', '12')).code).toBe(0);
  expect((await run('import', folder, '--data', data)).code).toBe(0);
  const told = {
    issuer: 'http://127.0.0.1:9',
    clientId: 'c',
    clientSecret: 's',
    claim: 'no',
    publicUrl: 'https://c.example',
  };
  for (const [wrong, found] of [
    [{ ...told, issuer: 'here' }, 'issuer'],
    [{ ...told, claim: undefined }, 'claim'],
    [{ ...told, secret: 'x' }, 'secret'],
  ] as const) {
    writeFileSync(file, JSON.stringify(wrong));
    const refused = await run('serve', '--data', data, '--port', '0', '--sign-on', file);
    expect([refused.code, refused.out]).toEqual([69, expect.stringContaining(`${file}: ${found}`)]);
  }
  expect(await run('serve', '--data', data, '--proxy', 'my-proxy')).toMatchObject({
    code: 64,
    out: expect.stringContaining('my-proxy'),
  });
  writeFileSync(file, JSON.stringify(told));
  const service = await start(['serve', '--data', data, '--sign-on', file, '--proxy', '127.0.0.1,10.0.0.0/8']);
  const response = await fetch(`${service.url}/api/v1/session/sign-on`, { redirect: 'manual' });
  // Nobody is there at port 9; without single sign-on it would not be found.
  expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([503, 'oidc-away']);
  expect(response.headers.get('strict-transport-security')).toContain('max-age');
  expect(await stop(service.child)).toBe(0);
});

const there = (...files: readonly string[]): boolean => files.some((file) => existsSync(file));
const offline =
  process.getuid?.() === 0 && there('/usr/bin/unshare') && there('/sbin/ip', '/usr/sbin/ip', '/bin/ip', '/usr/bin/ip');

// skip: reason: only root may start a process in a network of its own, and it takes unshare and ip to do so
test.skipIf(!offline)('a bundle starts with no network at all', async () => {
  const file = join(own, 'crewledger.tar.gz');
  const bundled = await run('bundle', file);
  expect(bundled.code, bundled.out).toBe(0);
  const place = join(own, 'unpacked');
  mkdirSync(place);
  execFileSync('tar', ['xzf', file, '-C', place]);
  expect(existsSync(join(place, 'crewledger', 'node_modules', 'vitest'))).toBe(false);
  const script = `ip link set lo up; ${join(place, 'crewledger', 'crewledger')} start --teams 8 --data ${join(own, 'offline')} --lang en --port 8191 > ${own}/offline.log 2>&1 &
    for i in $(seq 1 600); do sleep 0.2; grep -q Ctrl-C ${own}/offline.log && break; done
    ${join(place, 'crewledger', 'node_modules/.bin/node')} -e "fetch('http://127.0.0.1:8191/api/v1/health').then(async (r) => console.log(await r.text()))"
    kill %1; wait`;
  const said = execFileSync('/usr/bin/unshare', ['-n', 'bash', '-c', `set -m; ${script}`], { encoding: 'utf8' });
  expect(said, readFileSync(join(own, 'offline.log'), 'utf8')).toContain('"status":"ok"');
});
