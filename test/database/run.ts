// The database servers of one test run, in vitest's own process (its `globalSetup`): an embedded PostgreSQL in a temporary
// folder, started when the first test asks for a database, so that tests without one pay nothing. Tests ask over a socket
// (../database.ts); a database lives as long as the connection it was asked for on, so a crashed test leaves none behind.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestProject } from 'vitest/node';
import type { Embedded } from '../../src/store/embedded.ts';
import { type DebianServer, startDebianServer } from './debian-server.ts';
import { spawnReaper } from './reaper.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The socket on which tests ask for databases. */
    databases: string;
  }
}

export type Ask =
  | { readonly ask: 'database'; readonly template?: string; readonly on?: string }
  | { readonly ask: 'servers' };
export type Answer =
  | { readonly url: string }
  | { readonly servers: readonly ConformanceServer[] }
  | { readonly mistake: string };

/** `url` is of a superuser; there is none where this machine does not have the server, and `missing` says so. */
export interface ConformanceServer {
  readonly name: string;
  readonly url?: string;
  readonly missing?: string;
}

/** The migrated database that test databases are copies of. */
const TEMPLATE = 'crewledger_template';

const once = <T>(make: () => Promise<T>): (() => Promise<T>) & { readonly made: () => Promise<T> | undefined } => {
  let made: Promise<T> | undefined;
  const get = (): Promise<T> => {
    made ??= make();
    return made;
  };
  return Object.assign(get, { made: () => made });
};

let folder = '';
let door: Server | undefined;
const talks = new Set<Promise<void>>();

const reaper = once(async () => spawnReaper(folder));

const embedded = once(async (): Promise<Embedded> => {
  await reaper();
  const { startEmbedded } = await import('../../src/store/embedded.ts');
  const outcome = await startEmbedded({ folder: join(folder, 'embedded'), settings: { fsync: 'off' } });
  if (outcome.ok) return outcome.server;
  const { code, args, serverLog = '' } = outcome.refusal;
  throw new Error(`the embedded PostgreSQL did not start: ${code} ${JSON.stringify(args)}\n${serverLog}`);
});

const template = once(async (): Promise<string> => {
  const { prepareTemplate } = await import('./template.ts');
  const { url } = await embedded();
  await tell(url, `create database ${TEMPLATE}`);
  await prepareTemplate(databaseUrl(url, TEMPLATE));
  return TEMPLATE;
});

const debian = once((): Promise<DebianServer> => startDebianServer(join(folder, 'debian')));

export function setup(project: TestProject): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), 'crewledger-test-'));
  // Under root the server runs as another account, which must reach its folder.
  chmodSync(folder, 0o711);
  const path = join(folder, 'asks');
  project.provide('databases', path);
  return new Promise((resolve, reject) => {
    door = createServer((socket) => {
      const talk = serve(socket).finally(() => talks.delete(talk));
      talks.add(talk);
    });
    door.once('error', reject);
    door.listen(path, resolve);
    door.unref();
  });
}

export async function teardown(): Promise<void> {
  door?.close();
  await Promise.all(talks);
  await Promise.all([
    embedded.made()?.then(
      ({ stop }) => stop(),
      () => {},
    ),
    debian.made()?.then(
      ({ stop }) => stop(),
      () => {},
    ),
  ]);
  rmSync(folder, { recursive: true, force: true });
  (await reaper.made())?.stdin?.end();
}

/** Answers one test file until it hangs up, then drops the databases it was given. */
async function serve(socket: Socket): Promise<void> {
  const given: Given[] = [];
  socket.on('error', () => {});
  try {
    for await (const line of createInterface(socket)) {
      const answer = await answerTo(JSON.parse(line) as Ask, given).catch((error: unknown) => ({
        mistake: error instanceof Error ? error.message : String(error),
      }));
      socket.write(`${JSON.stringify(answer)}\n`);
    }
  } finally {
    socket.destroy();
    for (const { url, name } of given) await tell(url, `drop database if exists ${name} with (force)`);
  }
}

/** A database that somebody was given, by the URL of its server. */
interface Given {
  readonly url: string;
  readonly name: string;
}

let count = 0;

async function answerTo(ask: Ask, given: Given[]): Promise<Answer> {
  if (ask.ask === 'servers') return { servers: await servers() };
  const elsewhere = ask.on === undefined ? undefined : (await servers()).find(({ url }) => url === ask.on);
  const url = elsewhere?.url ?? (await embedded()).url;
  const from = ask.template ?? (elsewhere === undefined ? await template() : 'template0');
  count += 1;
  const name = `test_${count}`;
  await tell(url, `create database ${name} template ${from}`);
  given.push({ url, name });
  return { url: databaseUrl(url, name) };
}

/** The embedded one and the machine's own, both running. */
async function servers(): Promise<readonly ConformanceServer[]> {
  const [{ url, version }, { server }] = await Promise.all([embedded(), debian()]);
  return [{ name: `PostgreSQL ${version}, embedded`, url }, server];
}

const databaseUrl = (url: string, database: string): string => url.replace(/\/[^/]*$/, `/${database}`);

let last: Promise<void> = Promise.resolve();

/** One statement after the other: two copies of one template at a time would see each other as its users. */
function tell(url: string, sql: string): Promise<void> {
  const next = last.then(async () => {
    const { Client } = await import('pg');
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  });
  last = next.catch(() => {});
  return next;
}
