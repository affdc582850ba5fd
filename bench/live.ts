// `npm run bench:live`: the service as a plant runs it, real processes of ./crewledger with 190 teams and a settled year. How long
// until it is ready; boards beside plain scans of the postings; boards read by a hundred at once while readings come in; the
// time from a reading posted to its event with 200 listeners; the memory of each process.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { formatDay, type Plant, parseDay } from '../src/plant.ts';
import { formatSteps } from '../src/quantity.ts';
import { type Board, type PeriodKind, periodHolding } from '../src/ranking.ts';
import { unitPoints } from '../src/statement.ts';
import { Database } from '../src/store/database.ts';
import { findEmbedded, placeOfEmbedded } from '../src/store/embedded.ts';
import { serviceUrlOf } from '../src/store/migrate.ts';
import { listPlants, readClock } from '../src/store/plants.ts';
import { makeToken } from '../src/store/tokens.ts';
import { readBoards } from '../src/work/boards.ts';
import { Plants, readStep } from '../src/work/plants.ts';
import { median, percentile, say, Targets, time } from './postgres.ts';

const READERS = 100;
const LISTENERS = 200;
const HOUR = 3_600_000;
/** The same sums by hand: every posting of the period, added up by team. */
const SCAN = `select team, sum(crew_fen) filter (where part = 'counted') as fen from postings
  where plant_id = $1 and day between $2 and $3 and team is not null group by team`;
const TEAMS = process.argv[2] ?? '190';
const home = dirname(import.meta.dirname);
const targets = new Targets();

say(
  `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}; ${TEAMS} teams; clients on the same machine`,
);
const folder = mkdtempSync(join(tmpdir(), 'crewledger-bench-'));
let child: ChildProcess | undefined;
let db: Database | undefined;
try {
  const url = await start();
  db = new Database({ url: serviceUrlOf(findEmbedded({ folder }) ?? ''), connectionsMax: 8 });
  const [row] = await listPlants(db);
  const plants = new Plants(row!.plantId);
  await plants.refresh(db);
  const plant = plants.newest!.plant;
  await boards(db, row!.plantId, plant);
  const metered = await gaugesOf(db, row!.plantId, plants);
  await events(db, row!.plantId, url, metered);
  await readers(db, row!.plantId, url, metered);
  memory();
} finally {
  await db?.close();
  if (child?.exitCode === null) {
    child.kill('SIGTERM');
    await new Promise((resolve) => child!.on('close', resolve));
  }
  // As root the data may lie elsewhere.
  for (const place of [placeOfEmbedded(folder) ?? folder, folder]) rmSync(place, { recursive: true, force: true });
}
process.exitCode = targets.missed > 0 ? 1 : 0;

/** The example, from an empty folder until its last past shift is settled. */
function start(): Promise<string> {
  const began = performance.now();
  const since = (): string => ((performance.now() - began) / 1000).toFixed(0);
  const running = spawn(join(home, 'crewledger'), ['start', '--teams', TEAMS, '--data', folder, '--port', '0'], {
    env: { ...process.env, LANG: 'en_US.UTF-8' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  child = running;
  let out = '';
  let url = '';
  return new Promise((resolve, reject) => {
    running.on('close', (code) => reject(new Error(`ended with ${code}: ${out}`)));
    running.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      const address = /Serving at (\S+)/.exec(out)?.[1];
      if (url === '' && address !== undefined) say(`serves after ${since()} s`);
      url = address ?? url;
      if (!out.includes('All past shifts are settled')) return;
      targets.tell('ready from nothing, a year settled', Number(since()), ' s', 90, 'less');
      running.stdout.removeAllListeners('data').resume();
      resolve(url);
    });
  });
}

async function boards(base: Database, plantId: number, plant: Plant): Promise<void> {
  const day = parseDay('2022-11-15')!;
  const limits: [PeriodKind, number | undefined][] = [
    ['day', 20],
    ['month', 20],
    ['year', 50],
  ];
  for (const [kind, limit] of limits) {
    const period = periodHolding(plant, kind, day);
    const span = [formatDay(period.first), formatDay(period.last)] as const;
    const [ours, scans]: [number[], number[]] = [[], []];
    let read: Board[] = [];
    let scanned: { team: string; fen: number }[] = [];
    for (let run = 0; run < 40; run += 1) {
      ours.push(
        await time(async () => {
          read = await readBoards(base, plantId, plant, period);
        }),
      );
      if (run % 8 === 0)
        scans.push(
          await time(async () => {
            scanned = await base.rows(SCAN, plantId, ...span);
          }),
        );
    }
    const sums = new Map(scanned.map(({ team, fen }) => [team, Number(fen)]));
    const rows = read.flatMap((board) => board.rows);
    const same = rows.filter(({ team, gainFen }) => (sums.get(team) ?? 0) === (gainFen ?? 0)).length;
    const beside = `p95 ${percentile(ours, 0.95).toFixed(1)} ms; plain scan ${median(scans).toFixed(1)} ms, ratio ${(median(ours) / median(scans)).toFixed(2)}; ${rows.length} rows, ${same} as the scan`;
    targets.tell(`board of a ${kind}`, median(ours), ' ms', limit ?? 0, 'less', beside);
  }
}

/** A meter with the last figure known of it, to be read on. */
interface Gauge {
  readonly point: string;
  readonly step: ReturnType<typeof readStep>;
  readonly counts: boolean;
  steps: number;
}

interface Metered {
  readonly unit: string;
  readonly gauges: readonly Gauge[];
}

/** The meters of each unit. A draft goes as far as all of them have been read, so they are read together, as gateways do. */
async function gaugesOf(base: Database, plantId: number, known: Plants): Promise<Metered[]> {
  const { plant } = known.newest!;
  const { now } = await readClock(base, plantId);
  const lasts = await base.rows<{ id: string; value: number; step: string }>(
    `select distinct on (p.id) p.id, r.value, p.step from readings r join points p using (plant_id, point)
      where plant_id = $1 and r.at between $2::timestamptz - interval '3 hours' and $2 order by p.id, r.at desc, r.learnt desc`,
    plantId,
    new Date(now).toISOString(),
  );
  const last = new Map(lasts.map((row) => [row.id, row]));
  const gauges = new Map<string, Gauge>();
  for (const { id, kind } of plant.points) {
    const row = last.get(id);
    if (row && kind !== 'sample')
      gauges.set(id, { point: id, step: readStep(row.step), counts: kind === 'counter', steps: row.value });
  }
  return [...plant.units.values()]
    .map((unit) => ({ unit: unit.id, gauges: [...unitPoints(plant, unit)].flatMap((id) => gauges.get(id) ?? []) }))
    .filter((unit) => unit.gauges.length > 0);
}

async function token(base: Database, plantId: number, name: string, actions: readonly string[]): Promise<string> {
  const until = Date.now() + 24 * HOUR;
  const { secret } = await makeToken(base, plantId, { name, actions, place: 'plant', until, createdBy: undefined });
  return `Bearer ${secret}`;
}

/** Reads the meters of a unit at the plant's time of now: counters one step on, everything else as it was. */
async function poster(base: Database, plantId: number, url: string): Promise<(unit: Metered) => Promise<void>> {
  const authorization = await token(base, plantId, 'gateway', ['readings.write']);
  const { now } = await readClock(base, plantId);
  const offset = now - Date.now();
  return async ({ gauges }) => {
    const time = new Date(Date.now() + offset - 100).toISOString();
    const rows = gauges.map((gauge) => {
      if (gauge.counts) gauge.steps += 1;
      return { point: gauge.point, time, value: formatSteps(gauge.steps, gauge.step) };
    });
    const response = await fetch(`${url}/api/v1/readings`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
      body: JSON.stringify({ rows }),
    });
    const told = (await response.json()) as { rows?: number };
    if (told.rows !== rows.length) throw new Error(`${response.status} ${JSON.stringify(told)}`);
  };
}

async function events(base: Database, plantId: number, url: string, metered: readonly Metered[]): Promise<void> {
  const post = await poster(base, plantId, url);
  /** When the reading that the next draft of a unit answers was sent. */
  const sent = new Map<string, number>();
  const latencies: number[] = [];
  const told = new Map<string, number>();
  const stop = new AbortController();
  const listening = await token(base, plantId, 'screens', ['events.read', 'drafts.read', 'sheets.read']);
  const listen = async (which: number): Promise<() => Promise<void>> => {
    const response = await fetch(`${url}/api/v1/events?kinds=draft`, {
      headers: { authorization: listening },
      signal: stop.signal,
    });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    const heard = (async () => {
      let text = '';
      for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
        text += chunk;
        for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
          const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1];
          text = text.slice(end + 2);
          if (data === undefined) continue;
          const { unit } = JSON.parse(data) as { unit?: string };
          const began = sent.get(unit ?? '');
          if (began === undefined || told.get(`${which} ${unit}`) === began) continue;
          told.set(`${which} ${unit}`, began);
          latencies.push(performance.now() - began);
        }
      }
    })().catch(() => {});
    return () => heard;
  };
  const lines = await Promise.all(Array.from({ length: LISTENERS }, (_, i) => listen(i)));
  let posted = 0;
  const acknowledged: number[] = [];
  for (let round = 0; round < 2; round += 1)
    for (const unit of metered) {
      const began = performance.now();
      sent.set(unit.unit, began);
      await post(unit);
      acknowledged.push(performance.now() - began);
      posted += 1;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  await new Promise((resolve) => setTimeout(resolve, 3000));
  stop.abort();
  await Promise.all(lines.map((ended) => ended()));
  const what = `${posted} readings, ${latencies.length} of ${posted * LISTENERS} heard; median ${median(latencies).toFixed(0)} ms; acknowledged in ${median(acknowledged).toFixed(0)} ms`;
  targets.tell(
    `reading posted → event, p95 of ${LISTENERS} listeners`,
    percentile(latencies, 0.95),
    ' ms',
    1000,
    'less',
    what,
  );
}

async function readers(base: Database, plantId: number, url: string, metered: readonly Metered[]): Promise<void> {
  const post = await poster(base, plantId, url);
  const names = await Promise.all(
    Array.from({ length: READERS }, (_, i) => token(base, plantId, `reader ${i}`, ['boards.read'])),
  );
  const kinds = ['day', 'month', 'year'] as const;
  const times: Record<string, number[]> = { day: [], month: [], year: [] };
  let going = true;
  const read = async (authorization: string, which: number): Promise<void> => {
    for (let n = which; going; n += 1) {
      const kind = kinds[n % 3]!;
      const began = performance.now();
      const response = await fetch(`${url}/api/v1/boards?period=${kind}&day=2022-12-27`, {
        headers: { authorization },
      });
      await response.arrayBuffer();
      if (response.status === 429) {
        await new Promise((resolve) => setTimeout(resolve, 1000));
        continue;
      }
      if (!response.ok) throw new Error(String(response.status));
      times[kind]!.push(performance.now() - began);
    }
  };
  const reading = names.map((name, i) => read(name, i));
  const ends = performance.now() + 20_000;
  let posted = 0;
  for (let n = 0; performance.now() < ends; n += 1) {
    await post(metered[n % metered.length]!);
    posted += 1;
  }
  going = false;
  await Promise.all(reading);
  const all = Object.values(times).flat();
  say(
    `board route, ${READERS} readers at once without pause for 20 s, ${posted} readings posted and settled meanwhile: ${all.length} answers, ${(all.length / 20).toFixed(0)} a second, median ${median(all).toFixed(0)} ms, p95 ${percentile(all, 0.95).toFixed(0)} ms (${kinds.map((kind) => `${kind} ${percentile(times[kind]!, 0.95).toFixed(0)}`).join(', ')})`,
  );
}

/** Of the service, its children and those of PostgreSQL: proportional set size, so that shared pages count once. */
function memory(): void {
  const cluster = join(placeOfEmbedded(folder) ?? folder, 'cluster');
  const postmaster = Number(readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')[0]);
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // Ended meanwhile.
    }
  }
  const under = (pid: number, top: number): boolean => {
    for (let at: number | undefined = pid; at; at = parents.get(at)) if (at === top) return true;
    return false;
  };
  const size = (pid: number): number => {
    try {
      return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1024;
    } catch {
      return 0;
    }
  };
  const sum = (pids: readonly number[]): number => pids.reduce((total, pid) => total + size(pid), 0);
  const all = [...parents.keys()];
  const database = all.filter((pid) => under(pid, postmaster));
  const service = all.filter((pid) => under(pid, child!.pid!) && !database.includes(pid) && size(pid) > 1);
  say(
    `memory: service ${service.map((pid) => `${size(pid).toFixed(0)} MiB`).join(' + ')}; PostgreSQL ${sum(database).toFixed(0)} MiB in ${database.length} processes; this bench ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`,
  );
}
