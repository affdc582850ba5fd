// Runs one statement as the owner of an embedded database that is running: what whoever keeps the machine can do, and the
// service itself cannot. `node examples/day/sql.ts DATA_FOLDER STATEMENT`; rows come back as JSON, one a line.
import pg from 'pg';
import { findEmbedded } from '../../src/store/embedded.ts';

const [folder = '', statement = ''] = process.argv.slice(2);
const connectionString = findEmbedded({ folder });
if (connectionString === undefined) throw new Error(`no database is running in ${folder}`);
const client = new pg.Client({ connectionString, options: '-c search_path=crewledger' });
await client.connect();
try {
  const results = [await client.query(statement)].flat();
  for (const { rows } of results) for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
} finally {
  await client.end();
}
