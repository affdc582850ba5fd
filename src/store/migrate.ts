// Brings a database to the shape this version needs: numbered files in order, each once, each in the transaction that notes
// it. Two processes that start at once wait for each other. Then the roles: what the service may do, and what not.
import { createHash, createHmac } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runMigrations } from 'graphile-worker';
import pg from 'pg';

const FOLDER = join(import.meta.dirname, 'migrations');

/** Tables of which the service may change or remove rows; to all others it can only add. */
// biome-ignore format: one line a family
const CHANGING = [
  'plants', 'touches', 'tallies', 'team_months', 'drafts', 'restatements', 'events',
  'people', 'person_details', 'memberships', 'grants', 'credentials', 'devices', 'sessions', 'tokens', 'attempts',
  'sign_ons', 'first_codes', 'idempotency_keys',
] as const;

export type MigrationRefusal =
  | { readonly code: 'database-newer'; readonly args: { readonly found: string; readonly known: string } }
  | { readonly code: 'migration-changed'; readonly args: { readonly file: string } }
  | { readonly code: 'database-too-old'; readonly args: { readonly found: string; readonly needed: string } }
  | { readonly code: 'cannot-create-role'; readonly args: { readonly role: string; readonly reason: string } };

export type Migration =
  | { readonly ok: true; readonly applied: readonly string[]; readonly serviceUrl: string }
  | { readonly ok: false; readonly refusal: MigrationRefusal };

const OLDEST_SERVER = 150_000;

/**
 * Migrates the database of the owner's `url`, and gives the URL under which the service connects: a role of its own that can
 * add postings, facts and audit rows but not change one. `upTo` stops early, for tests of older shapes.
 */
export async function migrate(url: string, upTo = Number.POSITIVE_INFINITY): Promise<Migration> {
  const client = new pg.Client({ connectionString: url, application_name: 'crewledger migrate' });
  client.on('error', () => {});
  await client.connect();
  try {
    const version = Number((await client.query('show server_version_num')).rows[0].server_version_num);
    if (version < OLDEST_SERVER)
      return { ok: false, refusal: { code: 'database-too-old', args: { found: String(version), needed: '15' } } };
    // One migrator at a time, over all steps: waiting here is what the second of two starting services does.
    await client.query(`select pg_advisory_lock(hashtext('crewledger.migrate'))`);
    const applied = await applyFiles(client, upTo);
    if ('code' in applied) return { ok: false, refusal: applied };
    const role = await grantService(client, url);
    if ('code' in role) return { ok: false, refusal: role };
    await makeQueue(client, role);
    return { ok: true, applied, serviceUrl: role.url };
  } finally {
    await client.end();
  }
}

async function applyFiles(client: pg.Client, upTo: number): Promise<string[] | MigrationRefusal> {
  await client.query(`create schema if not exists crewledger`);
  await client.query(`create table if not exists crewledger.migrations (
    number int primary key, name text not null, hash text not null, applied_at timestamptz not null default clock_timestamp())`);
  await client.query(`set search_path = crewledger, public`);
  const done = new Map<number, string>(
    (await client.query('select number, hash from migrations')).rows.map((row) => [row.number, row.hash]),
  );
  const files = (await readdir(FOLDER)).filter((name) => /^\d{4}-.*\.sql$/.test(name)).sort();
  const known = Number(files.at(-1)?.slice(0, 4));
  const newest = Math.max(0, ...done.keys());
  if (newest > known) return { code: 'database-newer', args: { found: String(newest), known: String(known) } };
  const applied: string[] = [];
  for (const name of files) {
    const number = Number(name.slice(0, 4));
    if (number > upTo) break;
    const sql = await readFile(join(FOLDER, name), 'utf8');
    const hash = createHash('sha256').update(sql).digest('hex');
    const before = done.get(number);
    if (before !== undefined) {
      if (before !== hash) return { code: 'migration-changed', args: { file: name } };
      continue;
    }
    await client.query('begin');
    try {
      await client.query('insert into migrations (number, name, hash) values ($1, $2, $3)', [number, name, hash]);
      await client.query(sql);
      await client.query('commit');
    } catch (error) {
      await client.query('rollback');
      throw error;
    }
    applied.push(name);
  }
  return applied;
}

/** The job queue's tables (graphile-worker) belong to the service's role, which alone may make a schema while they are made. */
async function makeQueue(client: pg.Client, { url, role }: { url: string; role: string }): Promise<void> {
  const { current_database: database } = (await client.query('select current_database()')).rows[0];
  const [on, to] = [pg.escapeIdentifier(database), pg.escapeIdentifier(role)];
  const queue = new pg.Pool({ connectionString: url, max: 2 });
  queue.on('error', () => {});
  queue.on('connect', (one) => one.on('error', () => {}));
  await client.query(`grant create on database ${on} to ${to}`);
  try {
    await runMigrations({ pgPool: queue });
  } finally {
    await client.query(`revoke create on database ${on} from ${to}`);
    await queue.end();
  }
}

/** The service's own role of this database, with a password derived from the owner's, so that every process knows it. */
async function grantService(client: pg.Client, url: string): Promise<{ url: string; role: string } | MigrationRefusal> {
  const { current_database: database } = (await client.query('select current_database()')).rows[0];
  const role = `${database}_service`.slice(-63);
  const address = new URL(url);
  const password = createHmac('sha256', decodeURIComponent(address.password)).update(role).digest('hex');
  const name = pg.escapeIdentifier(role);
  try {
    const known = await client.query('select from pg_roles where rolname = $1', [role]);
    // Written each time: the owner's password may have changed, and then so has this one.
    await client.query(
      `${known.rowCount ? 'alter' : 'create'} role ${name} login noinherit password ${pg.escapeLiteral(password)}`,
    );
    // An owner that is no superuser hands a schema only to a role it may become.
    await client.query(`grant ${name} to current_user`);
    await client.query(`create schema if not exists graphile_worker authorization ${name}`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : '';
    return { code: 'cannot-create-role', args: { role, reason } };
  }
  const tables = (
    await client.query(`select to_regclass('crewledger.' || t) is not null as there, t from unnest($1::text[]) t`, [
      [...CHANGING],
    ])
  ).rows.filter((row) => row.there);
  await client.query(`
    grant connect on database ${pg.escapeIdentifier(database)} to ${name};
    grant usage on schema crewledger to ${name};
    revoke all on all tables in schema crewledger from ${name};
    grant select, insert on all tables in schema crewledger to ${name};
    grant usage, select on all sequences in schema crewledger to ${name};
    grant execute on all functions in schema crewledger to ${name};
    ${tables.map(({ t }) => `grant update, delete on crewledger.${t} to ${name};`).join('\n')}
  `);
  address.username = encodeURIComponent(role);
  address.password = password;
  return { url: address.href, role };
}
