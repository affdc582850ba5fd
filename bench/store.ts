// `npm run bench:store`: (c) readings acknowledged durable through HTTP beside raw COPY into the same partitioned, keyed table;
// (d) a company-day settled and posted beside the same lines as hand-written SQL in the same server. One run, lines equal.
import { cpus, totalmem } from 'node:os';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import { domainRoutes } from '../src/http/domain-routes.ts';
import { eventsOf } from '../src/http/ledger.ts';
import { openServer as openHttp } from '../src/http/server.ts';
import { openHub } from '../src/http/stream.ts';
import { formatUtc } from '../src/plant.ts';
import { formatSteps } from '../src/quantity.ts';
import type { Log } from '../src/readings.ts';
import { createPlant, markSeeded, setClock } from '../src/store/plants.ts';
import { hashSecret } from '../src/store/secrets.ts';
import { Plants } from '../src/work/plants.ts';
import { settleGroup } from '../src/work/settle.ts';
import { teachModel, teachReadings } from '../src/work/teach.ts';
import { View } from '../src/work/view.ts';
import { Windows } from '../src/work/window.ts';
import { companyDay, companyText, MIDNIGHT } from './company-day.ts';
import { inTurn, median, openServer, say, Targets, time } from './postgres.ts';
import { SQL_LINES, sqlFunctions } from './settle-sql.ts';

const RUNS = Number(process.argv[2] ?? 3);
const CHUNKS = 10;
const HOUR = 3_600_000;
const targets = new Targets();

say(
  `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, PostgreSQL embedded; medians of ${RUNS} runs in turn`,
);
const server = await openServer();
const { db, owner } = server;
try {
  const day = companyDay();
  const { plantId } = await createPlant(db, 'bench', Math.round(MIDNIGHT - 2 * HOUR - Date.now()));
  const plants = new Plants(plantId);
  const teacher = { db, plants };
  const files = new Map([...companyText()].map(([name, text]) => [name, Buffer.from(text)]));
  const model = { files, fromDay: '2022-01-01', base: undefined, note: '' };
  const from = { author: undefined, source: 'bench' };
  await db.transaction((tx) => teachModel(teacher, tx, model, from, 'bench', 0));
  await compareIngest(plantId, plants, day.log);
  await compareSettling(plantId, plants, day.log);
  say(`peak memory of this process, both sides and the rows: ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`);
} finally {
  await server.close();
}
process.exitCode = targets.missed > 0 ? 1 : 0;

/** CSV of a slice of the log, as a gateway would send it. */
function csvOf({ point, time: at, value }: Log, plants: Plants, rows: readonly number[]): Buffer {
  const { points } = plants.newest!.plant;
  const parts: string[] = ['point,time,value\n'];
  for (const i of rows) {
    const one = points[point[i]!]!;
    parts.push(`${one.id},${formatUtc(at[i]!)},${formatSteps(value[i]!, one.step)}\n`);
  }
  return Buffer.from(parts.join(''));
}

async function compareIngest(plantId: number, plants: Plants, log: Log): Promise<void> {
  // COPY refuses a row that is there already, so both sides are spared those that come twice.
  const same = (i: number): boolean =>
    i > 0 && log.point[i] === log.point[i - 1] && log.time[i] === log.time[i - 1] && log.value[i] === log.value[i - 1];
  const distinct = Array.from({ length: log.length >> 1 }, (_, i) => i).filter((i) => !same(i));
  const size = Math.floor(distinct.length / CHUNKS);
  const slices = Array.from({ length: CHUNKS }, (_, i) => distinct.slice(i * size, (i + 1) * size));
  const chunks = slices.map((slice) => csvOf(log, plants, slice));
  const rows = size * CHUNKS;
  await owner.rows(`create table raw (like readings including all) partition by range (at)`);
  await owner.rows(`create table raw_2022 partition of raw for values from ('2022-01-01') to ('2023-01-01')`);
  const numbers = plants.numbersByIndex(plants.newest!.plant);
  const copies = slices.map((slice) =>
    Buffer.from(
      slice
        .map(
          (n) =>
            `${plantId}\t${numbers[log.point[n]!]}\t${formatUtc(log.time[n]!)}\t2022-03-03T00:00:00Z\t${log.value[n]}\t0\n`,
        )
        .join(''),
    ),
  );
  const hub = await openHub(eventsOf(db, plantId));
  const http = await openHttp({
    db,
    plantId,
    currentPlant: () => plants.newest!.plant,
    version: 'bench',
    log: { level: 'silent' },
    routes: domainRoutes({ plants, view: new View(db, plantId), hub }),
    settings: { rates: { read: 1e6, write: 1e6, heavy: 1e6, signIn: 1e6 } },
  });
  const url = await http.listen({ host: '127.0.0.1', port: 0 });
  const secret = `clt_${'b'.repeat(43)}`;
  await db.rows(
    `insert into tokens (plant_id, name, secret_hash, actions, place, until) values ($1, 'bench', $2, $3, 'plant', now() + interval '1 day')`,
    plantId,
    hashSecret(secret),
    ['readings.write'],
  );
  const post = async (body: Buffer): Promise<void> => {
    const response = await fetch(`${url}/api/v1/readings/bulk`, {
      method: 'POST',
      body: new Uint8Array(body),
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'text/csv' },
    });
    const told = (await response.json()) as { rows?: number; refused?: unknown[] };
    if (response.status !== 201 || told.rows !== size || told.refused?.length !== 0)
      throw new Error(`${response.status} ${JSON.stringify(told).slice(0, 300)}`);
  };
  const raw = async (body: Buffer): Promise<void> => {
    await owner.transaction(async (tx) => {
      const stream = tx.client.query(copyFrom('copy raw (plant_id, point, at, learnt, value, quality) from stdin'));
      await pipeline(Readable.from([body]), stream);
    });
  };
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let run = 0; run < RUNS; run += 1) {
    theirs.push(
      await time(async () => {
        for (const chunk of copies) await raw(chunk);
      }),
    );
    ours.push(
      await time(async () => {
        for (const chunk of chunks) await post(chunk);
      }),
    );
    await owner.rows('truncate raw');
    await owner.rows(
      'set session_replication_role = replica; truncate readings; truncate arrivals; truncate touches; reset session_replication_role',
    );
  }
  await http.close(0);
  hub.close();
  await owner.rows('drop table raw');
  targets.tell(
    `(c) ${rows} readings acknowledged through HTTP, speed by raw COPY`,
    median(theirs) / median(ours),
    '',
    0.7,
    'more',
    `${Math.round(rows / (median(ours) / 1000))} rows/s, COPY ${Math.round(rows / (median(theirs) / 1000))} rows/s`,
  );
}

async function compareSettling(plantId: number, plants: Plants, log: Log): Promise<void> {
  const from = { author: undefined, source: 'bench' };
  await db.transaction((tx) => teachReadings({ db, plants }, tx, log, from, true));
  await markSeeded(db, plantId);
  await owner.rows('analyze');
  const groups = [...new Set(plants.groups.values())];
  const turn = (at: number): Promise<unknown> => setClock(db, plantId, Math.round(at - Date.now()));
  const clear = (): Promise<unknown> =>
    owner.rows(`set session_replication_role = replica;
      truncate vouchers, postings, standings, team_months, team_entries, seals, sealed_vouchers, drafts, touches, events;
      reset session_replication_role`);
  const settle = (windows: Windows): Promise<void> =>
    inTurn(groups, 4, (group) => settleGroup(db, plants, windows, group));
  await owner.rows(sqlFunctions);
  const plant = plants.newest!.plant;
  const numbers = plants.numbersByIndex(plant);
  await owner.rows('create table bench_points (point int primary key, unit int not null, input int not null)');
  await owner.rows(
    'insert into bench_points select * from unnest($1::int[], $2::int[], $3::int[])',
    [...numbers],
    plant.points.map(({ id }) => Number(id.split('-')[1])),
    plant.points.map(({ id }) => (id.startsWith('W') ? -1 : Number(id.split('-')[2]))),
  );
  await owner.rows('analyze bench_points');
  const [cold, warm, sql]: [number[], number[], number[]] = [[], [], []];
  for (let run = 0; run < RUNS; run += 1) {
    await clear();
    await turn(MIDNIGHT + 24.2 * HOUR);
    cold.push(await time(() => settle(new Windows())));
    await clear();
    const windows = new Windows();
    await turn(MIDNIGHT + HOUR);
    await settle(windows);
    await turn(MIDNIGHT + 24.2 * HOUR);
    warm.push(await time(() => settle(windows)));
    sql.push(
      await time(async () => {
        await owner.rows('drop table if exists sheet_lines');
        await owner.rows(`create table sheet_lines as ${SQL_LINES(plantId)}`);
      }),
    );
  }
  const [differ] = await owner.rows<{ ours: number; theirs: number; differ: number }>(
    `with ours as (
       select substr(unit, 6)::int as unit, array_position(array['夜', '早', '中'], shift) - 1 as shift,
         case when key = 'volume' then -1 else substr(key, 10)::int end as input, sum(fen)::bigint as fen
         from postings where plant_id = ${plantId} and day = '2022-03-01' and part = 'counted' and (key = 'volume' or key like 'usage.in-%')
        group by 1, 2, 3)
     select (select count(*) from ours) as ours, (select count(*) from sheet_lines) as theirs,
       (select count(*) from sheet_lines t full join ours o using (unit, shift, input)
         where coalesce(t.fen, 0) <> coalesce(o.fen, 0)) as differ`,
  );
  const [sheets] = await owner.rows<{ count: number }>(
    `select count(*) as count from vouchers where plant_id = ${plantId} and day = '2022-03-01'`,
  );
  say(`(d) ${sheets?.count} sheets posted, ${differ?.ours} lines, by SQL ${differ?.theirs}, ${differ?.differ} differ`);
  if (differ?.differ !== 0 || differ.ours < 5000) targets.missed += 1;
  say(
    `(d) settle and post a company-day cold ${Math.round(median(cold))} ms, warm ${Math.round(median(warm))} ms; SQL ${Math.round(median(sql))} ms; cold ratio ${(median(cold) / median(sql)).toFixed(2)}`,
  );
  targets.tell('(d) warm ratio', median(warm) / median(sql), '', 0.5, 'less');
}
