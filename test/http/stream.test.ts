// Event streams over real sockets, with events of the real table and its notifications.
import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { contract } from '../../src/http/contract.ts';
import { route } from '../../src/http/route.ts';
import { type EventSource, type Hub, openHub, type StreamEvent } from '../../src/http/stream.ts';
import type { Database } from '../../src/store/database.ts';
import { type Served, serve } from './served.ts';

let served: Served;
let hub: Hub;
let alive = true;
let subscriptions: { onGap: () => void; stop: () => void }[] = [];

const sourceOf = (db: () => Database, plantId: () => number): EventSource => {
  const rows = (where: string, ...values: number[]): Promise<StreamEvent[]> =>
    db().rows<StreamEvent>(
      `select event as id, kind, unit, body from events where plant_id = ${plantId()} and ${where}`,
      ...values,
    );
  return {
    subscribe: async (onEvent, onGap) => {
      // One after the other, so that they stay in order.
      let reading = Promise.resolve();
      const stop = await db().listen(
        'test_events',
        (payload) => {
          reading = reading.then(async () => {
            const [event] = await rows('event = $1', Number(payload));
            if (event !== undefined) onEvent(event);
          });
        },
        onGap,
      );
      subscriptions.push({ onGap, stop });
      return stop;
    },
    latest: async () => (await db().rows<{ id: number | null }>('select max(event) as id from events'))[0]?.id ?? 0,
    since: async (id, limit) => (id < 0 ? undefined : rows('event > $1 order by event limit $2', id, limit)),
  };
};

beforeAll(async () => {
  let open: Hub | undefined;
  const stream = route(
    contract({
      id: 'probe.stream',
      method: 'GET',
      path: '/probe/stream',
      summary: { zh: '试', en: 'probe' },
      action: 'public',
      scope: { about: 'plant' },
      gives: ['text/event-stream'],
    }),
  ).own(async (call) => {
    const last = call.request.headers['last-event-id'];
    open!.attach(call, {
      lastEventId: last === undefined ? undefined : Number(last),
      sees: ({ unit }) => unit !== 'hidden' && (unit !== 'pad' || call.request.headers['x-pad'] !== undefined),
      alive: async () => alive,
    });
    return { taken: true };
  });
  served = await serve({ routes: [stream], onClosing: () => open?.close() });
  open = await openHub(
    sourceOf(
      () => served.db,
      () => served.plantId,
    ),
    { beatMs: 100, waitingBytesMax: 1 << 16 },
  );
  hub = open;
});
afterAll(() => served.close());
beforeEach(() => {
  alive = true;
});

async function tell(body: object, unit = 'u1', heard = true): Promise<number> {
  const [row] = await served.db.rows<{ event: number }>(
    `insert into events (plant_id, kind, unit, body) values ($1, 'sheet', $2, $3) returning event`,
    served.plantId,
    unit,
    JSON.stringify(body),
  );
  if (heard) await served.db.rows(`select pg_notify('test_events', $1)`, String(row!.event));
  return row!.event;
}

interface Reader {
  text: string;
  readonly response: IncomingMessage;
  ended: boolean;
  readonly close: () => void;
}

const listen = (lastEventId?: number): Promise<Reader> =>
  new Promise((resolve, reject) => {
    const headers = lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) };
    const request = get(`${served.url}/api/v1/probe/stream`, { headers, agent: false }, (response) => {
      const reader: Reader = { text: '', response, ended: false, close: () => request.destroy() };
      response.setEncoding('utf8').on('data', (chunk: string) => {
        reader.text += chunk;
      });
      response.on('close', () => {
        reader.ended = true;
      });
      response.on('error', () => {});
      resolve(reader);
    });
    request.on('error', reject);
  });
const idsOf = (reader: Reader): number[] => [...reader.text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));

test('an event reaches who may see it, in the form browsers read', async () => {
  const reader = await listen();
  expect(reader.response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
  expect(reader.response.headers['x-request-id']).toBeDefined();
  await tell({ hidden: true }, 'hidden');
  const id = await tell({ n: 1, text: '一行\n两行' });
  await expect.poll(() => reader.text).toContain(`id: ${id}\nevent: sheet\ndata: {"n":1,"text":"一行\\n两行"}\n\n`);
  expect(reader.text).not.toContain('hidden');
  await expect.poll(() => reader.text).toContain(': beat');
  reader.close();
  await expect.poll(() => hub.count()).toBe(0);
});

test('who comes back hears everything since, once and in order, also what happens meanwhile', async () => {
  const first = await tell({ n: 0 });
  const past: number[] = [];
  for (let n = 1; n <= 620; n += 1) past.push(await tell({ n }));
  const live: number[] = [];
  const telling = (async () => {
    for (let n = 1; n <= 50; n += 1) live.push(await tell({ live: n }));
  })();
  const reader = await listen(first);
  await telling;
  await expect.poll(() => idsOf(reader).length, { timeout: 10_000 }).toBe(670);
  expect(idsOf(reader)).toEqual([...past, ...live]);
  reader.close();
});

test('who was away for too long is told to read anew', async () => {
  const reader = await listen(-1);
  await expect.poll(() => reader.text).toContain('event: gap');
  reader.close();
});

test('what was missed while the line was down is told once it is up', async () => {
  const reader = await listen();
  const heard = await tell({ n: 'heard' });
  await expect.poll(() => idsOf(reader)).toEqual([heard]);
  const missed = [await tell({ n: 'missed' }, 'u1', false), await tell({ n: 'missed too' }, 'u1', false)];
  subscriptions.at(-1)!.onGap();
  await expect.poll(() => idsOf(reader)).toEqual([heard, ...missed]);
  reader.close();
});

test('a stream ends when its session does', async () => {
  const reader = await listen();
  alive = false;
  await expect.poll(() => reader.ended).toBe(true);
  expect(reader.text).toContain('event: end\ndata: {"why":"signed-out"}');
});

test('250 listeners hear each event within a second; one that does not read is let go and holds up nobody', async () => {
  const { hostname, port } = new URL(served.url);
  const slow = connect(Number(port), hostname);
  slow.write(`GET /api/v1/probe/stream HTTP/1.1\r\nhost: ${hostname}\r\nx-pad: 1\r\n\r\n`);
  slow.pause();
  const readers = await Promise.all(Array.from({ length: 250 }, () => listen()));
  await expect.poll(() => hub.count()).toBe(251);
  const began = performance.now();
  const id = await tell({ to: 'all' });
  await expect.poll(() => readers.every((reader) => idsOf(reader).includes(id)), { interval: 10 }).toBe(true);
  expect(performance.now() - began).toBeLessThan(1000);
  const pad = 'x'.repeat(50_000);
  for (let n = 0; n < 400 && hub.count() === 251; n += 1) await tell({ pad }, 'pad');
  await expect.poll(() => hub.count()).toBe(250);
  // Once it reads, it learns why.
  let text = '';
  slow.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  slow.on('error', () => {});
  slow.resume();
  await expect.poll(() => text.slice(-200), { timeout: 5000 }).toContain('{"why":"slow"}');
  const after = await tell({ still: 'here' });
  await expect.poll(() => readers.every((reader) => idsOf(reader).includes(after)), { timeout: 20_000 }).toBe(true);
  for (const reader of readers) reader.close();
}, 60_000);

test('closing ends every stream with a word, and does not wait for them', async () => {
  const going = await listen();
  const began = performance.now();
  await served.server.close(10_000);
  expect(performance.now() - began).toBeLessThan(5000);
  await expect.poll(() => going.ended).toBe(true);
  expect(going.text).toContain('{"why":"closing"}');
  subscriptions = [];
});
