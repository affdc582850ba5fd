// Brings a database to the shape this version needs: numbered files in order, each once, each in the transaction that notes
// it. Two processes that start at once wait for each other. Then the roles: what the service may do, and what not.
import { createHash, createHmac } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runMigrations } from 'graphile-worker';
import pg from 'pg';
import { passwordIn, primaryOf, urlFor } from './addresses.ts';

const FOLDER = join(import.meta.dirname, 'migrations');

/** Tables of which the service may change or remove rows; to all others it can only add. */
// biome-ignore format: one line a family
const CHANGING = [
  'plants', 'touches', 'standings', 'team_entries', 'team_months', 'drafts', 'restatements', 'events',
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
  const outcome = await migrateOne(await primaryOf(url), upTo);
  return outcome.ok ? { ...outcome, serviceUrl: serviceUrlOf(url) } : outcome;
}

async function migrateOne(url: string, upTo: number): Promise<Migration> {
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

/** The number of the newest migration this version knows. */
export const newestMigration = async (): Promise<number> =>
  Math.max(
    ...(await readdir(FOLDER)).filter((name) => /^\d{4}-.*\.sql$/.test(name)).map((name) => Number(name.slice(0, 4))),
  );

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

/** The service's role, one a server: its password is derived from the owner's, so that every process knows it. */
const SERVICE = 'crewledger_service';

/** The URL under which the service connects, from the owner's. */
export function serviceUrlOf(ownerUrl: string): string {
  const password = createHmac('sha256', passwordIn(ownerUrl)).update(SERVICE).digest('hex');
  return urlFor(ownerUrl, SERVICE, password);
}

async function grantService(
  client: pg.Client,
  ownerUrl: string,
): Promise<{ url: string; role: string } | MigrationRefusal> {
  const { current_database: database } = (await client.query('select current_database()')).rows[0];
  const url = serviceUrlOf(ownerUrl);
  try {
    await makeRole(client, url);
    // An owner that is no superuser hands a schema only to a role it may become.
    await client.query(`grant ${SERVICE} to current_user`);
    await client.query(`create schema if not exists graphile_worker authorization ${SERVICE}`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : '';
    return { code: 'cannot-create-role', args: { role: SERVICE, reason } };
  }
  const wanted = `select t from unnest($1::text[]) t where to_regclass('crewledger.' || t) is not null`;
  const changing = (await client.query(wanted, [[...CHANGING]])).rows.map(({ t }) => `crewledger.${t}`);
  await client.query(`
    grant connect on database ${pg.escapeIdentifier(database)} to ${SERVICE};
    grant usage on schema crewledger to ${SERVICE};
    revoke all on all tables in schema crewledger from ${SERVICE};
    grant select, insert on all tables in schema crewledger to ${SERVICE};
    grant usage, select on all sequences in schema crewledger to ${SERVICE};
    grant execute on all functions in schema crewledger to ${SERVICE};
    ${changing.length > 0 ? `grant update, delete on ${changing.join(', ')} to ${SERVICE};` : ''}
  `);
  return { url, role: SERVICE };
}

/** Makes the role, or gives it its password again when it does not let the service in (the owner's has changed). */
async function makeRole(client: pg.Client, url: string): Promise<void> {
  // Roles belong to the whole server, so databases that migrate at once wait for each other here.
  await client.query('begin');
  try {
    await client.query(`lock table pg_catalog.pg_authid in share row exclusive mode`).catch(async () => {
      // Only a superuser may lock it; others are alone with their database as a rule.
      await client.query('rollback');
      await client.query('begin');
    });
    const known = await client.query('select from pg_roles where rolname = $1', [SERVICE]);
    const password = pg.escapeLiteral(passwordIn(url));
    if (known.rowCount === 0) await client.query(`create role ${SERVICE} login noinherit password ${password}`);
    else if (!(await letsIn(url))) await client.query(`alter role ${SERVICE} login noinherit password ${password}`);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

/** False only when the password is refused; another database, or none yet, is no matter here. */
async function letsIn(url: string): Promise<boolean> {
  const one = new pg.Client({ connectionString: url });
  one.on('error', () => {});
  try {
    await one.connect();
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && String(error.code).startsWith('28'));
  } finally {
    await one.end().catch(() => {});
  }
}
