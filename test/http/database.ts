// A database of a test's own, on the server that CREWLEDGER_TEST_DATABASE names (an owner's URL).
import { randomBytes } from 'node:crypto';
import pg from 'pg';

export async function freshDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const server = process.env.CREWLEDGER_TEST_DATABASE;
  if (server === undefined) throw new Error('CREWLEDGER_TEST_DATABASE names no server');
  const name = `h3_${randomBytes(6).toString('hex')}`;
  const ask = async (...texts: string[]): Promise<void> => {
    const client = new pg.Client({ connectionString: server });
    await client.connect();
    try {
      for (const text of texts) await client.query(text);
    } finally {
      await client.end();
    }
  };
  await ask(`create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () => ask(`drop database ${name} with (force)`, `drop role if exists ${name}_service`),
  };
}
