// A live plant with everything around it: the settle loop, the HTTP server, people with roles; requests as programs make them.
import { domainRoutes } from '../../src/http/domain-routes.ts';
import { eventsOf } from '../../src/http/ledger.ts';
import { openServer, type Server } from '../../src/http/server.ts';
import { openHub } from '../../src/http/stream.ts';
import type { Plant } from '../../src/plant.ts';
import { setPassword } from '../../src/store/credentials.ts';
import { addGrant } from '../../src/store/grants.ts';
import { addPerson } from '../../src/store/people.ts';
import { startLoop } from '../../src/work/loop.ts';
import { askSettle, type Working } from '../../src/work/queue.ts';
import { View } from '../../src/work/view.ts';
import type { TestDatabase } from '../database.ts';
import { LivePlant } from './live-plant.ts';

const PASSWORD = 'three blue pumps';

export interface Reply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: what a program gets is looked into by the test, field by field
  readonly body: any;
  readonly headers: Headers;
}

/** Someone signed in. */
export class Caller {
  private readonly base: string;
  private readonly cookie: string;

  constructor(base: string, cookie: string) {
    this.base = base;
    this.cookie = cookie;
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<Reply> {
    return reply(await fetch(`${this.base}${path}`, { headers: { cookie: this.cookie, ...headers } }));
  }

  async post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Reply> {
    const text = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
    return reply(
      await fetch(`${this.base}${path}`, {
        method: 'POST',
        body: text as string,
        headers: {
          cookie: this.cookie,
          'x-crewledger': '1',
          'content-type': 'application/json',
          'accept-language': 'en',
          'idempotency-key': crypto.randomUUID(),
          ...headers,
        },
      }),
    );
  }

  /** Events as they come, until the signal. */
  async *events(signal: AbortSignal, query = ''): AsyncGenerator<{ kind: string; body: Record<string, unknown> }> {
    const response = await fetch(`${this.base}/events${query}`, { headers: { cookie: this.cookie }, signal });
    let text = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const frame = text.slice(0, end);
        text = text.slice(end + 2);
        const kind = /^event: (.*)$/m.exec(frame)?.[1];
        const data = /^data: (.*)$/m.exec(frame)?.[1];
        if (kind !== undefined && data !== undefined) yield { kind, body: JSON.parse(data) };
      }
    }
  }
}

const reply = async (response: Response): Promise<Reply> => {
  const text = await response.text();
  const json = (response.headers.get('content-type') ?? '').includes('json');
  return { status: response.status, headers: response.headers, body: json && text !== '' ? JSON.parse(text) : text };
};

export class LiveService {
  readonly live: LivePlant;
  readonly base: string;
  readonly troubles: string[];
  private readonly server: Server;
  private readonly working: Working;

  static async open(texts: ReadonlyMap<string, string>, at: number, on?: TestDatabase): Promise<LiveService> {
    const live = await LivePlant.open(texts, at, on);
    const { db, plants, plantId } = live;
    const hub = await openHub(eventsOf(db, plantId));
    const server = await openServer({
      db,
      plantId,
      currentPlant: () => plants.newest?.plant as Plant,
      version: '0.0.0',
      strict: true,
      log: { level: 'silent' },
      settings: { rates: { read: 1e6, write: 1e6, heavy: 1e6, signIn: 1e6 } },
      routes: domainRoutes({ plants, view: new View(db, plantId), hub }),
      onClosing: () => hub.close(),
    });
    const troubles: string[] = [];
    const working = await startLoop({
      db,
      onTrouble: (what, error) => troubles.push(`${what}: ${error instanceof Error ? error.stack : String(error)}`),
    });
    const url = await server.listen({ host: '127.0.0.1', port: 0 });
    return new LiveService(live, server, working, `${url}/api/v1`, troubles);
  }

  private constructor(live: LivePlant, server: Server, working: Working, base: string, troubles: string[]) {
    this.live = live;
    this.server = server;
    this.working = working;
    this.base = base;
    this.troubles = troubles;
  }

  /** Someone with some roles, `finance at plant`, signed in. */
  async person(staffNumber: string, ...grants: readonly string[]): Promise<Caller> {
    const { db, plantId } = this.live;
    const person = (await addPerson(db, plantId, { staffNumber, name: staffNumber }))!;
    await db.transaction(async (tx) => {
      await setPassword(tx, plantId, person, { password: PASSWORD, mustChange: false, now: Date.now() });
      for (const grant of grants) {
        const [role = '', place = ''] = grant.split(' at ');
        await addGrant(tx, plantId, { person, role, place, fromDay: '2020-01-01', grantedBy: undefined });
      }
    });
    const response = await fetch(`${this.base}/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-crewledger': '1' },
      body: JSON.stringify({ staffNumber, password: PASSWORD }),
    });
    if (response.status !== 201) throw new Error(await response.text());
    const cookie = response.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ');
    return new Caller(this.base, cookie);
  }

  /** Turns the plant's clock, and has the loop look at once instead of within the minute. */
  async turnTo(at: number): Promise<void> {
    await this.live.turnTo(at);
    await askSettle(this.live.db, this.live.plantId, [...new Set(this.live.plants.groups.values())]);
  }

  /** Asks again and again until it holds, for a quarter of a minute at most. */
  async until<T>(ask: () => Promise<T>, holds: (told: T) => boolean): Promise<T> {
    const ends = performance.now() + 15_000;
    for (;;) {
      const told = await ask();
      if (holds(told)) return told;
      if (performance.now() > ends)
        throw new Error(
          `it never came to pass; last: ${JSON.stringify(told)?.slice(0, 1500)}\n${this.troubles.join('\n')}`,
        );
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async close(): Promise<void> {
    await this.server.close(1000);
    await this.working.stop();
    await this.live.close();
  }
}
