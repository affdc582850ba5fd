// `npm run freeze`: writes a small plant's database, as this version's migrations leave it, to test/store/frozen/NNNN.sql.gz (NNNN: the
// newest migration). Once released it stays as it is for ever: frozen.test.ts restores each, migrates it to now and verifies it.
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import pg from 'pg';
import { LogBuilder } from '../../src/readings.ts';
import { simulatePlant } from '../../src/simulate/plant.ts';
import { setPassword } from '../../src/store/credentials.ts';
import { startEmbedded } from '../../src/store/embedded.ts';
import { addGrant } from '../../src/store/grants.ts';
import { migrate, newestMigration } from '../../src/store/migrate.ts';
import { addPerson } from '../../src/store/people.ts';
import { sealVouchers } from '../../src/store/vouchers.ts';
import { verifyLedger } from '../../src/work/verify.ts';
import { ENGINE } from '../plant-months/compare.ts';
import { loadPlant } from '../plant-months/engine.ts';
import { factRows, LivePlant } from '../work/live-plant.ts';

const SEED = 4;
const HOUR = 3_600_000;
export const FROZEN = join(import.meta.dirname, 'frozen');
const MIGRATIONS = join(import.meta.dirname, '../../src/store/migrations');

/** File and hash of every migration up to a number, as the first lines of a frozen database tell them. */
export const migrationLines = (upTo: number): string[] =>
  readdirSync(MIGRATIONS)
    .filter((name) => /^\d{4}-.*\.sql$/.test(name) && Number(name.slice(0, 4)) <= upTo)
    .sort()
    .map(
      (name) =>
        `-- ${name} ${createHash('sha256')
          .update(readFileSync(join(MIGRATIONS, name)))
          .digest('hex')}`,
    );

/** A plant that learnt its readings and facts piece by piece, settled and sealed on the way, with somebody who may sign in. */
async function fillPlant(url: string): Promise<void> {
  const { files } = simulatePlant(SEED);
  const { facts, log } = loadPlant(ENGINE, files);
  const rows = Array.from({ length: log.length }, (_, i) => i).sort((a, b) => log.learnt[a]! - log.learnt[b]!);
  const said = factRows(files, facts).sort((a, b) => a.recordedAt - b.recordedAt);
  const first = log.learnt[rows[0]!]!;
  const last = Math.max(log.learnt[rows.at(-1)!]!, said.at(-1)?.recordedAt ?? 0) + 5 * 24 * HOUR;
  const live = await LivePlant.open(files, first - HOUR, { url, drop: () => {} });
  try {
    let [row, fact] = [0, 0];
    for (let at = first; at < last; at += 13 * HOUR) {
      await live.turnTo(at);
      const piece = new LogBuilder();
      for (; row < rows.length && log.learnt[rows[row]!]! <= at; row += 1) {
        const i = rows[row]!;
        piece.add(log.point[i]!, log.time[i]!, log.value[i]!, log.quality[i]!, 0);
      }
      if (piece.length > 0) await live.teach(piece.take());
      for (; fact < said.length && said[fact]!.recordedAt <= at; fact += 1)
        await live.say(said[fact]!.kind, [said[fact]!.cells]);
      await live.settle();
      await live.db.transaction((tx) => sealVouchers(tx, live.plantId));
    }
    const person = (await addPerson(live.db, live.plantId, { staffNumber: 'F1', name: 'Frozen One' }))!;
    await live.db.transaction(async (tx) => {
      await setPassword(tx, live.plantId, person, { password: 'three blue pumps', mustChange: false, now: Date.now() });
      const grant = { person, role: 'finance', place: 'plant', fromDay: '2020-01-01', grantedBy: undefined };
      await addGrant(tx, live.plantId, grant);
    });
    const { findings } = await verifyLedger(live.db, live.plantId, live.plant.id);
    if (findings.length > 0) throw new Error(JSON.stringify(findings[0]));
  } finally {
    await live.close();
  }
}

/** All rows as SQL that puts them into an empty database of the same migrations. */
async function dump(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url, options: '-c timezone=UTC' });
  await client.connect();
  try {
    const out: string[] = [];
    const { rows: tables } = await client.query<{ name: string }>(
      `select c.relname as name from pg_class c where c.relnamespace = 'crewledger'::regnamespace and c.relkind in ('r', 'p')
         and c.relpersistence = 'p' and not c.relispartition and c.relname <> 'migrations' order by 1`,
    );
    const { rows: months } = await client.query<{ month: string }>(
      `select to_date(substr(c.relname, 10), 'YYYY_MM')::text as month from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'crewledger.readings'::regclass order by 1`,
    );
    for (const { month } of months) out.push(`select open_month('${month}');`);
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: string }>(`select to_jsonb(t)::text as row from crewledger.${name} t`);
      for (let i = 0; i < rows.length; i += 500) {
        const some = rows.slice(i, i + 500).map(({ row }) => row);
        const json = pg.escapeLiteral(`[${some.sort().join(',\n')}]`);
        out.push(
          `insert into ${name} overriding system value select * from jsonb_populate_recordset(null::${name}, ${json});`,
        );
      }
    }
    // Transactions of one cluster mean nothing in another.
    out.push(`update arrivals set tx = '3';`);
    const { rows: columns } = await client.query<{ table: string; column: string }>(
      `select table_name as table, column_name as column from information_schema.columns
        where table_schema = 'crewledger' and is_identity = 'YES' order by 1`,
    );
    for (const { table, column } of columns)
      out.push(
        `select setval(pg_get_serial_sequence('crewledger.${table}', '${column}'), coalesce((select max(${column}) from ${table}), 0) + 1, false);`,
      );
    return out.join('\n');
  } finally {
    await client.end();
  }
}

if (process.argv[1] === import.meta.filename) {
  const folder = mkdtempSync(join(tmpdir(), 'crewledger-freeze-'));
  try {
    const outcome = await startEmbedded({ folder: join(folder, 'data'), settings: { fsync: 'off' } });
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.refusal));
    try {
      const { url } = outcome.server;
      const migration = await migrate(url);
      if (!migration.ok) throw new Error(JSON.stringify(migration.refusal));
      await fillPlant(url);
      const newest = await newestMigration();
      const name = `${String(newest).padStart(4, '0')}.sql.gz`;
      const text = `${migrationLines(newest).join('\n')}\n${await dump(url)}\n`;
      writeFileSync(join(FROZEN, name), gzipSync(text, { level: 9 }));
      process.stdout.write(`test/store/frozen/${name}: ${text.length} characters of SQL\n`);
    } finally {
      await outcome.server.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
