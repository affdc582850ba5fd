// Single sign-on against a real OpenID provider on this machine: there and back, and everything that must not work.
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
// @ts-expect-error: the package brings no types
import Provider from 'oidc-provider';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSignOn } from '../../src/http/sign-on.ts';
import { Browser, enrol, type Served, serve } from './served.ts';

let served: Served;
let identity: HttpServer;
let issuer: string;
const SECRET = 'a secret between the two servers, long enough';

/** A port that is free now: each server must know the other's address before it starts. */
async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

beforeAll(async () => {
  const [here, there] = [await freePort(), await freePort()];
  issuer = `http://127.0.0.1:${there}`;
  const publicUrl = `http://127.0.0.1:${here}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'crewledger',
        client_secret: SECRET,
        redirect_uris: [`${publicUrl}/api/v1/session/sign-on/end`],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    pkce: { required: () => true },
    claims: { openid: ['sub'], profile: ['staff_number'] },
    // Accounts are the logins typed into the provider's own form; the staff number is the login's tail.
    findAccount: (_context: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, staff_number: id.replace(/^login-/, '') }),
    }),
    features: { devInteractions: { enabled: true } },
    cookies: { keys: ['one key of the provider'] },
  });
  identity = createServer(provider.callback()).listen(there, '127.0.0.1');
  const signOn = openSignOn({ issuer, clientId: 'crewledger', clientSecret: SECRET, claim: 'staff_number', publicUrl });
  served = await serve({ settings: { signOn } }, '127.0.0.1', here);
  await enrol(served, 'O100', { team: 'east-a' });
  await enrol(served, 'O900', { demo: true });
});
afterAll(async () => {
  await served.close();
  identity.closeAllConnections();
  await new Promise((resolve) => identity.close(resolve));
});

/** Signs in at the provider as a person would, and gives the address the browser is sent back to. */
async function throughProvider(location: string, login: string): Promise<string> {
  const there = new Browser('', {});
  const visit = async (url: string, form?: Record<string, string>): Promise<string> => {
    const told = await there.visit(new URL(url, issuer).href, form);
    if (told.status >= 300 && told.status < 400) {
      const next = told.headers.get('location')!;
      return next.startsWith(served.url) ? next : visit(next);
    }
    const action = /action="([^"]+)"/.exec(told.text)?.[1];
    if (action === undefined) throw new Error(`${told.status} ${told.text}`);
    const prompt = /name="prompt" value="(\w+)"/.exec(told.text)?.[1] ?? '';
    return visit(action, prompt === 'login' ? { prompt, login, password: 'x' } : { prompt });
  };
  return visit(location);
}

const leave = async (browser: Browser, returnTo = '/boards?day=2026-01-01'): Promise<string> => {
  const told = await browser.ask(`/session/sign-on?returnTo=${encodeURIComponent(returnTo)}`);
  expect(told.status).toBe(302);
  return told.headers.get('location')!;
};
const comeBack = (browser: Browser, address: string) => browser.ask(address.slice(`${served.url}/api/v1`.length));

test('there and back: signed in as the staff number says, and where one wanted to go', async () => {
  const browser = new Browser(served.url, {});
  const out = await leave(browser);
  expect(new URL(out).searchParams.get('code_challenge_method')).toBe('S256');
  expect(new URL(out).searchParams.get('nonce')).toMatch(/.{20}/);
  const told = await comeBack(browser, await throughProvider(out, 'login-O100'));
  expect([told.status, told.headers.get('location')]).toEqual([302, '/boards?day=2026-01-01']);
  expect((await browser.ask('/session')).body).toMatchObject({ staffNumber: 'O100', teams: ['east-a'] });
  expect((await browser.ask('/sessions')).body.items[0].way).toBe('oidc');
});

test('the same answer does not open a second session', async () => {
  const browser = new Browser(served.url, {});
  const back = await throughProvider(await leave(browser), 'login-O100');
  const cookies = new Map(browser.cookies);
  expect((await comeBack(browser, back)).status).toBe(302);
  const again = new Browser(served.url, {});
  for (const [name, value] of cookies) again.cookies.set(name, value);
  expect((await comeBack(again, back)).body.code).toBe('oidc-failed');
});

test('the answer of one browser does not sign another in', async () => {
  const attacker = new Browser(served.url, {});
  const back = await throughProvider(await leave(attacker), 'login-O100');
  expect((await comeBack(new Browser(served.url, {}), back)).body.code).toBe('oidc-failed');
  const victim = new Browser(served.url, {});
  await leave(victim);
  expect((await comeBack(victim, back)).body.code).toBe('oidc-failed');
  expect((await victim.ask('/session')).status).toBe(401);
});

test.each([
  ['a made-up code', { code: 'made-up' }],
  ['a refusal of the provider', { code: undefined, error: 'access_denied' }],
  ['another issuer', { iss: 'https://evil.example' }],
])('%s signs nobody in', async (_what, spoilt) => {
  const browser = new Browser(served.url, {});
  const back = new URL(await throughProvider(await leave(browser), 'login-O100'));
  for (const [name, value] of Object.entries(spoilt)) {
    back.searchParams.delete(name);
    if (value !== undefined) back.searchParams.set(name, value);
  }
  const told = await comeBack(browser, back.href);
  expect([told.status, told.body.code]).toEqual([401, 'oidc-failed']);
  expect((await browser.ask('/session')).status).toBe(401);
});

test('who comes back in vain is sent to a page that can say why', async () => {
  const told = await new Browser(served.url, { accept: 'text/html' }).ask('/session/sign-on/end?code=x&state=y');
  expect([told.status, told.headers.get('location')]).toEqual([302, '/?refused=oidc-failed']);
});

test.each(['login-O777', 'login-O900'])('%s is known there and not here', async (login) => {
  const browser = new Browser(served.url, {});
  const told = await comeBack(browser, await throughProvider(await leave(browser), login));
  expect([told.status, told.body.code]).toEqual([403, 'oidc-person-unknown']);
});

test.each(['//evil.example', 'https://evil.example', '/\\evil.example', 'boards'])(
  'one is not sent on to %s',
  async (returnTo) => {
    const told = await new Browser(served.url).ask(`/session/sign-on?returnTo=${encodeURIComponent(returnTo)}`);
    expect(told.body.code).toBe('bad-fields');
  },
);

test('a provider that is away is said so, and found again', async () => {
  const port = await freePort();
  const signOn = openSignOn({
    issuer: `http://127.0.0.1:${port}`,
    clientId: 'c',
    clientSecret: 's',
    claim: 'sub',
    publicUrl: 'http://127.0.0.1',
  });
  await expect(signOn.leave()).rejects.toMatchObject({ code: 'oidc-away' });
  const late = createServer(new Provider(`http://127.0.0.1:${port}`, {}).callback()).listen(port, '127.0.0.1');
  try {
    expect((await signOn.leave()).url).toContain(`127.0.0.1:${port}/auth`);
  } finally {
    late.closeAllConnections();
    late.close();
  }
});

test('without a provider, the way is closed', async () => {
  const plain = await serve();
  try {
    expect((await new Browser(plain.url).ask('/session/sign-on')).body.code).toBe('oidc-off');
  } finally {
    await plain.close();
  }
});
