// A server that listens, over a small plant in a database of its own, and requests against it as a browser or a program
// would make them.

import { domainRoutes } from '../../src/http/domain-routes.ts';
import { eventsOf } from '../../src/http/ledger.ts';
import { openServer, type Server, type ServerOptions } from '../../src/http/server.ts';
import { openHub } from '../../src/http/stream.ts';
import { type Plant, readPlant } from '../../src/plant.ts';
import { Database } from '../../src/store/database.ts';
import { addGrant } from '../../src/store/grants.ts';
import { migrate } from '../../src/store/migrate.ts';
import { addPerson, moveMembership } from '../../src/store/people.ts';
import { hashChosen } from '../../src/store/secrets.ts';
import { Plants } from '../../src/work/plants.ts';
import { View } from '../../src/work/view.ts';
import { filesOf } from '../small-plant.ts';
import { freshDatabase } from './database.ts';

/** Two workshops: east with u1 (east-a, east-b) and u3 (east-c), west with u2 (west-a). Two Party branches cut across them. */
export const PLANT: Plant = plantOf(`
organisations:
  administrative:
    works: {name: 厂, kind: plant}
    east: {name: 东, kind: workshop, parent: works}
    west: {name: 西, kind: workshop, parent: works}
  party:
    committee: {name: 党委, kind: committee}
    red: {name: 一支部, kind: branch, parent: committee}
    blue: {name: 二支部, kind: branch, parent: committee}
teams:
  east-a: {name: 东甲, crew: A, units: [u1], organisation: east, party: red}
  east-b: {name: 东乙, crew: B, units: [u1], organisation: east, party: blue}
  east-c: {name: 东三, crew: A, units: [u3], organisation: east, party: blue}
  west-a: {name: 西甲, crew: A, units: [u2], organisation: west, party: red}
`);

function plantOf(more: string): Plant {
  const files = filesOf({
    streams: {
      u1: ['water: {role: output, unit: t, point: W1, budget: 10 t/h}'],
      u2: ['water: {role: output, unit: t, point: W2, budget: 10 t/h}'],
      u3: ['water: {role: output, unit: t, point: W3, budget: 10 t/h}'],
    },
    points: [
      'W1: {kind: counter, unit: t, step: 1}',
      'W2: {kind: counter, unit: t, step: 1}',
      'W3: {kind: counter, unit: t, step: 1}',
    ],
    prices: ['water 10'],
    readings: 'W1 08:00 100',
    more,
  });
  const { plant, problems } = readPlant(files);
  if (plant === undefined) throw new Error(JSON.stringify(problems));
  return plant;
}

const MANY = 1_000_000;

export interface Served {
  readonly url: string;
  readonly db: Database;
  readonly owner: Database;
  readonly server: Server;
  readonly plantId: number;
  /** Lines of the log so far. */
  readonly log: string[];
  readonly close: () => Promise<void>;
}

export async function serve(options: Partial<ServerOptions> = {}, host = '127.0.0.1', port = 0): Promise<Served> {
  const database = await freshDatabase();
  const migrated = await migrate(database.url);
  if (!migrated.ok) throw new Error(JSON.stringify(migrated.refusal));
  const db = new Database({ url: migrated.serviceUrl });
  const owner = new Database({ url: database.url, connectionsMax: 2 });
  const [row] = await owner.rows<{ plant_id: number }>(`insert into plants (id) values ('p') returning plant_id`);
  const plantId = row!.plant_id;
  const log: string[] = [];
  const plants = new Plants(plantId);
  const hub = await openHub(eventsOf(db, plantId));
  const server = await openServer({
    db,
    plantId,
    currentPlant: () => PLANT,
    version: '0.0.0',
    strict: true,
    log: { level: 'debug', stream: { write: (line) => void log.push(line) } },
    routes: domainRoutes({ plants, view: new View(db, plantId), hub }),
    onClosing: () => hub.close(),
    ...options,
    settings: { rates: { read: MANY, write: MANY, heavy: MANY, signIn: MANY }, ...options.settings },
  });
  const url = await server.listen({ host, port });
  const close = async (): Promise<void> => {
    await server.close(1000);
    await db.close();
    await owner.close();
    await database.drop();
  };
  return { url, db, owner, server, plantId, log, close };
}

export interface Asked {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Told {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into answers of every shape
  readonly body: any;
}

/** A browser of one person: keeps cookies, sends our header. */
export class Browser {
  readonly cookies = new Map<string, string>();
  private readonly url: string;
  private readonly always: Readonly<Record<string, string>>;

  constructor(url: string, always: Readonly<Record<string, string>> = { 'x-crewledger': '1' }) {
    this.url = url;
    this.always = always;
  }

  /** A path of the interface, or of a page when it begins with `/api` or `/install`. */
  async ask(path: string, { method, body, headers }: Asked = {}): Promise<Told> {
    const raw = body instanceof Uint8Array || typeof body === 'string';
    return this.fetch(this.url + (/^\/(api|install)\b/.test(path) ? path : `/api/v1${path}`), {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        ...this.always,
        ...(body === undefined || raw ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: raw ? (body as string) : JSON.stringify(body) }),
    });
  }

  /** Any address, as a link or a form leads there. */
  visit(url: string, form?: Readonly<Record<string, string>>): Promise<Told> {
    return this.fetch(url, form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) });
  }

  private async fetch(url: string, init: RequestInit & { headers?: Record<string, string> }): Promise<Told> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...(cookie === '' ? {} : { cookie }), ...init.headers };
    const response = await fetch(url, { ...init, redirect: 'manual', headers });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '' || /max-age=0\b/i.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    const text = await response.text();
    const json = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: json && text !== '' ? JSON.parse(text) : text,
    };
  }
}

export const PASSWORD = 'three blue pumps';
let passwordHash: Promise<string> | undefined;

export interface Enrolment {
  readonly team?: string;
  readonly administrative?: string;
  readonly party?: string;
  /** `finance at plant`, `crew-leader at team:east-a`. */
  readonly grants?: readonly string[];
  readonly demo?: boolean;
  readonly name?: string;
  readonly phone?: string;
}

/** A person with the password above, there since long ago. */
export async function enrol({ db, plantId }: Served, staffNumber: string, one: Enrolment = {}): Promise<number> {
  passwordHash ??= hashChosen(PASSWORD);
  const { name = `name of ${staffNumber}`, phone, demo = false } = one;
  const person = (await addPerson(db, plantId, { staffNumber, name, phone, demo }))!;
  await db.rows(
    'insert into credentials (plant_id, person, password) values ($1, $2, $3)',
    plantId,
    person,
    await passwordHash,
  );
  const fromDay = '2020-01-01';
  for (const kind of ['team', 'administrative', 'party'] as const) {
    const place = one[kind];
    if (place !== undefined) await moveMembership(db, plantId, person, { kind, place, fromDay });
  }
  for (const grant of one.grants ?? []) {
    const [role = '', place = ''] = grant.split(' at ');
    await addGrant(db, plantId, { person, role, place, fromDay, grantedBy: undefined });
  }
  return person;
}

export async function signIn({ url }: Served, staffNumber: string, password = PASSWORD): Promise<Browser> {
  const browser = new Browser(url);
  const told = await browser.ask('/session', { body: { staffNumber, password } });
  if (told.status !== 201) throw new Error(told.text);
  return browser;
}
