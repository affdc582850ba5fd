// The frame over a real socket: problems, keys, bodies, versions, limits, logs; with probe routes of its own.
import { gzipSync } from 'node:zlib';
import { Type } from 'typebox';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contract, PAGING, record } from '../../src/http/contract.ts';
import { makeCursor, pageOf, readCursor } from '../../src/http/cursor.ts';
import { refuse } from '../../src/http/problem.ts';
import { type Route, route } from '../../src/http/route.ts';
import { Browser, type Served, serve, type Told } from './served.ts';

let runs = 0;
let gate: Promise<void> = Promise.resolve();
const open = { action: 'public', scope: { about: 'plant' }, summary: { zh: '试', en: 'probe' } } as const;
const Body = record({
  name: Type.String({ minLength: 2 }),
  size: Type.Optional(Type.Union([Type.Literal('large'), Type.Literal('small')])),
  rows: Type.Optional(Type.Array(record({ at: Type.Integer({ minimum: 1 }) }), { maxItems: 3 })),
});

const probes: Route[] = [
  route(contract({ ...open, id: 'probe.write', method: 'POST', path: '/probe', body: Body, status: 201 })).write(
    async (call, tx) => {
      runs += 1;
      const run = runs;
      await gate;
      await call.audit(tx, { action: 'probe', object: ['probe', call.body.name] });
      if (call.body.name === 'refused') return refuse('already-ended');
      if (call.body.name === 'bug') throw new Error('the secret inside of a bug');
      return { body: { run } };
    },
  ),
  route(contract({ ...open, id: 'probe.once', method: 'POST', path: '/probe/once', idempotent: 'once' })).write(
    async () => ({
      body: { secret: 'shown' },
    }),
  ),
  route(
    contract({
      ...open,
      id: 'probe.read',
      method: 'GET',
      path: '/probe/:n',
      cacheable: true,
      params: record({ n: Type.Integer() }),
      query: record({ big: Type.Optional(Type.Boolean()) }),
      response: record({ n: Type.Integer(), pad: Type.String() }),
    }),
  ).read(async ({ params, query }) => ({ body: { n: params.n, pad: query.big ? '炼'.repeat(5000) : '' } })),
  route(
    contract({ ...open, id: 'probe.list', method: 'GET', path: '/probes', query: record(PAGING), paged: true }),
  ).read(async ({ query }) => {
    const [after = 0] = readCursor('probes', query.cursor, ['number']) ?? [];
    const rows = [1, 2, 3, 4, 5].filter((n) => n > Number(after)).slice(0, query.limit! + 1);
    return {
      body: pageOf(
        rows,
        query.limit!,
        (n) => n,
        (n) => makeCursor('probes', n),
      ),
    };
  }),
  route(
    contract({ ...open, id: 'probe.change', method: 'PUT', path: '/probe', ifMatch: true, body: record({}) }),
  ).write(async ({ baseVersion }) => (baseVersion === 'v1' ? { etag: 'v2' } : refuse('base-version-changed'))),
  route(
    contract({
      ...open,
      id: 'probe.bytes',
      method: 'POST',
      path: '/probe/bytes',
      takes: ['text/csv'],
      bodyBytesMax: 4096,
    }),
  ).own(async ({ body }) => ({ body: { bytes: body.length } })),
  route(
    contract({
      ...open,
      id: 'probe.sql',
      method: 'POST',
      path: '/probe/sql/:code',
      params: record({ code: Type.String() }),
    }),
  ).own(async ({ params }, db) => {
    await db.rows(`do $$ begin raise exception 'no' using errcode = '${params.code.replace(/\W/g, '')}'; end $$`);
    return {};
  }),
  route(contract({ ...open, id: 'probe.closed', method: 'GET', path: '/probe-closed', action: 'sheets.read' })).read(
    async () => ({}),
  ),
];

let served: Served;
let browser: Browser;
beforeAll(async () => {
  served = await serve({ routes: probes });
  browser = new Browser(served.url);
});
afterAll(() => served.close());

const auditRows = async (object: string): Promise<number> =>
  (await served.db.rows(`select 1 from audit where action = 'probe' and object = $1`, object)).length;

describe('problems', () => {
  test('each wrong field is named with its cure, in the language of the caller', async () => {
    const body = { name: 'x', size: 'huge', rows: [{ at: 0 }], extra: 1 };
    const en = await browser.ask('/probe', { body, headers: { 'accept-language': 'fr, en;q=0.5, zh;q=0.2' } });
    expect(en.status).toBe(400);
    expect(en.headers.get('content-type')).toContain('application/problem+json');
    expect(en.body).toMatchObject({
      type: 'urn:crewledger:problem:bad-fields',
      title: 'The request is not right',
      code: 'bad-fields',
    });
    expect(en.body.errors).toEqual(
      expect.arrayContaining([
        { field: 'body/name', code: 'minLength', detail: 'It is too short.', cure: 'At least 2 characters.' },
        { field: 'body/size', code: 'choice', detail: 'It is not one of the choices.', cure: 'Choices: large, small.' },
        { field: 'body/rows/0/at', code: 'minimum', detail: 'It is too small.', cure: 'At least 1.' },
        expect.objectContaining({ field: 'body/extra', code: 'additionalProperties' }),
      ]),
    );
    expect(en.body.errors).toHaveLength(4);
    const zh = await browser.ask('/probe', { body: {} });
    expect(zh.body.errors).toEqual([
      { field: 'body/name', code: 'required', detail: '缺少这一项。', cure: '请填写。' },
    ]);
    expect(zh.headers.get('content-language')).toBe('zh');
  });

  test.each([
    ['/probe', { body: '{"name":', headers: { 'content-type': 'application/json' } }, 400, 'bad-json'],
    ['/probe', { body: 'a', headers: { 'content-type': 'text/plain' } }, 415, 'bad-media-type'],
    [
      '/probe',
      { body: '{}', headers: { 'content-type': 'application/json', 'content-encoding': 'br' } },
      415,
      'bad-encoding',
    ],
    [
      '/probe',
      { body: 'no gzip', headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' } },
      400,
      'bad-gzip',
    ],
    ['/probe', { body: { name: 'refused' } }, 409, 'already-ended'],
    ['/probe/x', {}, 400, 'bad-fields'],
    ['/nowhere', {}, 404, 'no-such-path'],
    ['/probe/1', { method: 'DELETE' }, 404, 'no-such-path'],
    ['/probes?cursor=abc', {}, 400, 'bad-cursor'],
    ['/probe-closed', {}, 401, 'sign-in-needed'],
    ['/probe', { method: 'PUT', body: {} }, 428, 'base-version-needed'],
    ['/probe', { method: 'PUT', body: {}, headers: { 'if-match': '"v0"' } }, 412, 'base-version-changed'],
    ['/probe/1', { headers: { authorization: 'Bearer nonsense' } }, 200, undefined],
    ['/probe-closed', { headers: { authorization: 'Bearer clt_nonsense' } }, 401, 'token-unknown'],
  ])('%s %o: %i %s', async (path, asked, status, code) => {
    const told = await browser.ask(path, asked);
    expect([told.status, told.body.code]).toEqual([status, code]);
  });

  test('what a refused handler wrote is undone', async () => {
    await browser.ask('/probe', { body: { name: 'refused' } });
    expect(await auditRows('refused')).toBe(0);
  });

  test('a bug gives its number and nothing else; the log has it under that number', async () => {
    const told = await browser.ask('/probe', { body: { name: 'bug' } });
    expect(told.status).toBe(500);
    expect(told.text).not.toMatch(/secret inside|at .*\.ts/);
    const id = told.headers.get('x-request-id')!;
    expect(told.body.instance).toBe(`urn:uuid:${id}`);
    expect(told.body.cure).toContain(id);
    const line = served.log.map((text) => JSON.parse(text)).find((one) => one.id === id && one.err !== undefined);
    expect(line.err).toMatchObject({
      message: 'the secret inside of a bug',
      stack: expect.stringContaining('frame.test.ts'),
    });
    expect(line.level).toBe('error');
  });

  test.each([
    ['53100', 'disk-full'],
    ['25006', 'database-read-only'],
    ['57P01', 'database-away'],
    ['08006', 'database-away'],
    ['53300', 'database-away'],
  ])('SQLSTATE %s is 503 %s, with the time to come again', async (state, code) => {
    const told = await browser.ask(`/probe/sql/${state}`, { method: 'POST' });
    expect([told.status, told.body.code]).toEqual([503, code]);
    expect(Number(told.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(told.body.detail).toMatch(/[。]$/);
    const id = told.headers.get('x-request-id');
    const line = served.log.map((text) => JSON.parse(text)).find((one) => one.id === id && one.why !== undefined);
    expect([line.level, line.errorCode]).toEqual(['warn', state]);
  });
});

describe('idempotency keys', () => {
  const send = (key: string, name: string, path = '/probe') =>
    browser.ask(path, {
      body: path === '/probe' ? { name } : undefined,
      method: 'POST',
      headers: { 'idempotency-key': key },
    });

  test('the same key does the work once and is told the same', async () => {
    const [first, again] = [await send('key-0001', 'same'), await send('key-0001', 'same')];
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await auditRows('same')).toBe(1);
  });

  test('with another body it is refused', async () => {
    await send('key-0002', 'one');
    expect((await send('key-0002', 'two')).body.code).toBe('key-with-other-body');
    expect(await auditRows('two')).toBe(0);
  });

  test('a refused request leaves its key free', async () => {
    expect((await send('key-0003', 'refused')).status).toBe(409);
    expect((await send('key-0003', 'allowed')).status).toBe(201);
  });

  test('of several at once one is done, and all are told its answer', async () => {
    let release = (): void => {};
    gate = new Promise((resolve) => {
      release = resolve;
    });
    const before = runs;
    const sent = Array.from({ length: 8 }, () => send('key-0004', 'crowd'));
    await expect.poll(() => runs).toBe(before + 1);
    release();
    const told = await Promise.all(sent);
    gate = Promise.resolve();
    expect(new Set(told.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(runs).toBe(before + 1);
    expect(await auditRows('crowd')).toBe(1);
  });

  test('an answer with a secret is not kept', async () => {
    expect((await send('key-0005', '', '/probe/once')).body).toEqual({ secret: 'shown' });
    expect((await send('key-0005', '', '/probe/once')).body.code).toBe('key-done');
    const kept = await served.db.rows<{ all: string }>(`select idempotency_keys::text as all from idempotency_keys`);
    expect(kept.map((row) => row.all).join()).not.toContain('shown');
  });

  test('a key that is no key', async () => expect((await send('short', 'name')).body.code).toBe('bad-key'));
});

describe('bodies and versions', () => {
  test('gzip in, and what it inflates to is limited', async () => {
    const post = (text: string) =>
      browser.ask('/probe/bytes', {
        body: gzipSync(text),
        headers: { 'content-type': 'text/csv', 'content-encoding': 'gzip' },
      });
    expect((await post('x'.repeat(4000))).body).toEqual({ bytes: 4000 });
    expect((await post('x'.repeat(5_000_000))).status).toBe(413);
    expect(
      (await browser.ask('/probe/bytes', { body: 'x'.repeat(5000), headers: { 'content-type': 'text/csv' } })).status,
    ).toBe(413);
  });

  test('a large answer is compressed, and its ETag is another than that of the plain one', async () => {
    const raw = (encoding: string) =>
      fetch(`${served.url}/api/v1/probe/1?big=true`, { headers: { 'accept-encoding': encoding } });
    const [zipped, plain] = [await raw('gzip'), await raw('identity')];
    expect(zipped.headers.get('content-encoding')).toBe('gzip');
    expect(Number(zipped.headers.get('content-length'))).toBeLessThan(500);
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(await zipped.text()).toBe(await plain.text());
    expect(zipped.headers.get('etag')).not.toBe(plain.headers.get('etag'));
    for (const one of [zipped, plain]) {
      const etag = one.headers.get('etag')!;
      expect(etag).toMatch(/^"[\w-]+"$/);
      const again = await browser.ask('/probe/1?big=true', { headers: { 'if-none-match': `"other", ${etag}` } });
      expect([again.status, again.text]).toEqual([304, '']);
    }
    expect((await browser.ask('/probe/2', { headers: { 'if-none-match': plain.headers.get('etag')! } })).status).toBe(
      200,
    );
  });

  test('a change says what it is based on', async () => {
    const told = await browser.ask('/probe', { method: 'PUT', body: {}, headers: { 'if-match': '"v1"' } });
    expect([told.status, told.headers.get('etag')]).toEqual([200, '"v2"']);
  });

  test('pages follow each other and end', async () => {
    const seen: number[] = [];
    let next: string | undefined;
    do {
      const { body }: Told = await browser.ask(`/probes?limit=2${next === undefined ? '' : `&cursor=${next}`}`);
      seen.push(...body.items);
      next = body.next;
    } while (next !== undefined);
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });
});

describe('foreign requests', () => {
  const foreign = (headers: Record<string, string>) =>
    new Browser(served.url, {}).ask('/probe', { body: { name: 'foreign' }, headers });
  test('an unsafe request without our header and origin does nothing', async () => {
    expect((await foreign({})).body.code).toBe('origin-refused');
    expect((await foreign({ origin: 'https://evil.example' })).body.code).toBe('origin-refused');
    expect((await foreign({ origin: 'https://evil.example', 'x-crewledger': '1' })).body.code).toBe('origin-refused');
    expect((await foreign({ origin: 'null' })).body.code).toBe('origin-refused');
    expect(await auditRows('foreign')).toBe(0);
    expect((await foreign({ origin: served.url })).status).toBe(201);
    expect((await foreign({ 'x-crewledger': '1' })).status).toBe(201);
  });
});

describe('headers, documents, limits', () => {
  test('nothing inline may run, nothing is framed, no HSTS on http', async () => {
    const { headers } = await browser.ask('/probe/1');
    const policy = headers.get('content-security-policy')!;
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toMatch(/unsafe|https:|upgrade/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('strict-transport-security')).toBeNull();
    expect(headers.get('x-powered-by')).toBeNull();
  });

  test('the documentation is served from here, within the policy', async () => {
    const page = await browser.ask('/api/docs/');
    expect(page.status).toBe(200);
    const policy = page.headers.get('content-security-policy')!;
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("style-src 'self' 'unsafe-inline'");
    const links = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link!);
    expect(links.length).toBeGreaterThan(3);
    for (const link of links) {
      expect(link).toMatch(/^\.\/static\//);
      expect((await browser.ask(`/api/docs/${link.slice(2)}`)).status, link).toBe(200);
    }
    expect(page.text).not.toMatch(/<style|<script(?![^>]* src=)| style="| on\w+="/);
    expect((await browser.ask('/openapi.json')).body.openapi).toBe('3.1.0');
    expect((await browser.ask('/api/docs/json')).body.openapi).toBe('3.1.0');
  });

  test('too many requests of one caller are told when to come again', async () => {
    const few = await serve({ routes: probes, settings: { rates: { read: 3, write: 3, heavy: 3, signIn: 3 } } });
    try {
      const one = new Browser(few.url);
      const statuses: number[] = [];
      for (let n = 0; n < 5; n += 1) statuses.push((await one.ask('/probe/1')).status);
      expect(statuses).toEqual([200, 200, 200, 429, 429]);
      const told = await one.ask('/probe/1');
      expect(told.body.code).toBe('too-many-requests');
      expect(Number(told.headers.get('retry-after'))).toBeGreaterThan(0);
    } finally {
      await few.close();
    }
  });

  test('each request has a line in the log, without its query', async () => {
    const told = await browser.ask('/probe/1?big=true');
    const id = told.headers.get('x-request-id');
    const line = served.log.map((text) => JSON.parse(text)).find((one) => one.id === id);
    expect(line).toMatchObject({ method: 'GET', path: '/api/v1/probe/1', status: 200, level: 'info' });
    expect(served.log.join('')).not.toContain('big=true');
  });
});

test('while the database is away, all but what is open says so and comes back by itself', async () => {
  const away = await serve({ routes: probes });
  try {
    // No role of its own for each database: what is shut is the database, for all but whoever owns the server.
    const [name] = await away.owner.rows<{ name: string }>('select quote_ident(current_database()) as name');
    const doors = async (open: boolean): Promise<void> => {
      await away.owner.rows(`alter database ${name!.name} connection limit ${open ? -1 : 0}`);
      await away.owner.rows(
        `select pg_terminate_backend(pid) from pg_stat_activity where usename like '%_service' and datname = current_database()`,
      );
    };
    await doors(false);
    const one = new Browser(away.url);
    const told = await one.ask('/probe', { body: { name: 'away' } });
    expect(told.status).toBe(503);
    expect(told.headers.get('retry-after')).toBe('5');
    expect((await one.ask('/health')).status).toBe(503);
    expect((await one.ask('/health/live')).status).toBe(200);
    await doors(true);
    expect((await one.ask('/probe', { body: { name: 'away' } })).status).toBe(201);
    expect((await one.ask('/health')).body).toEqual({ status: 'ok', faults: [] });
  } finally {
    await away.close();
  }
});

test('closing lets a running request end', async () => {
  let release = (): void => {};
  gate = new Promise((resolve) => {
    release = resolve;
  });
  const going = await serve({ routes: probes });
  const one = new Browser(going.url);
  const before = runs;
  const running = one.ask('/probe', { body: { name: 'late' } });
  await expect.poll(() => runs).toBe(before + 1);
  const closed = going.server.close(5000);
  release();
  expect((await running).status).toBe(201);
  await closed;
  gate = Promise.resolve();
  await going.close();
});
