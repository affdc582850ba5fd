// Databases for tests. The server is started by the first that asks (database/run.ts) and stopped at the end of the run.
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { inject } from 'vitest';
import type { Answer, Ask, ConformanceServer } from './database/run.ts';

export interface TestDatabase {
  /** `postgres://` of the owner role, with its password. */
  readonly url: string;
  /** Drops it, connections and all. The end of the test file does so too. */
  readonly drop: () => void;
}

/**
 * A database of its own: a copy of the migrated template, or of another database of the server by name (`template0`: empty).
 * On a server of `conformanceServers` it is empty unless a template is named. To be called anywhere in a test file; it lives
 * until `drop` or until the file is done.
 */
export async function createDatabase(template?: string, server?: ConformanceServer): Promise<TestDatabase> {
  const { answer, hangUp } = await request({
    ask: 'database',
    ...(template === undefined ? {} : { template }),
    ...(server?.url === undefined ? {} : { on: server.url }),
  });
  if (!('url' in answer)) throw new Error('the test run gave no database');
  return { url: answer.url, drop: hangUp };
}

/**
 * The servers our SQL must work on, with URLs of a superuser; one that this machine lacks has no `url`, and is to be skipped by
 * name.
 */
export async function conformanceServers(): Promise<readonly ConformanceServer[]> {
  const { answer, hangUp } = await request({ ask: 'servers' });
  hangUp();
  if (!('servers' in answer)) throw new Error('the test run gave no servers');
  return answer.servers;
}

async function request(ask: Ask): Promise<{ answer: Answer; hangUp: () => void }> {
  const socket = connect(inject('databases'));
  const lines = createInterface(socket)[Symbol.asyncIterator]();
  socket.write(`${JSON.stringify(ask)}\n`);
  const { value, done } = await lines.next();
  if (done === true) throw new Error('the test run hung up');
  const answer = JSON.parse(value) as Answer;
  if ('mistake' in answer) throw new Error(answer.mistake);
  // The open connection keeps the database; it must not keep the test file.
  socket.unref();
  return { answer, hangUp: () => socket.destroy() };
}
