// `crewledger serve`, `start` and `work`: opens the database, takes part in the settle loop, and serves, until it is told to stop.
// It wires; rules of the domain and of access are elsewhere.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { openDemo } from '../http/demo.ts';
import { domainRoutes } from '../http/domain-routes.ts';
import { mountInstall } from '../http/install.ts';
import { eventsOf } from '../http/ledger.ts';
import { openServer, type Server } from '../http/server.ts';
import { openHub } from '../http/stream.ts';
import { formatLocal, type Plant, parseDay } from '../plant.ts';
import { makeFirstCode } from '../store/credentials.ts';
import { Database, isUnavailable, patiently } from '../store/database.ts';
import { countJobs } from '../store/jobs.ts';
import { listPlants, type PlantRow, readClock } from '../store/plants.ts';
import { watchRoom } from '../store/room.ts';
import { fill, type Language, sayRefusal, WORDS } from '../words/say.ts';
import type { ServiceWord } from '../words/service.ts';
import { startLoop } from '../work/loop.ts';
import { Plants } from '../work/plants.ts';
import type { Working } from '../work/queue.ts';
import { endFilling, fillHistory, fillingLeft } from '../work/seed.ts';
import { View } from '../work/view.ts';
import { answerOf, folderOf, said } from './answer.ts';
import type { Answer } from './commands.ts';
import { bringExample, EXAMPLE_ID, LAST_DAY } from './example.ts';
import { EXIT } from './exit-codes.ts';
import { type Front, listenRefusal, nameFor, openFront, renewDaily, trustedProxies } from './front.ts';
import type { Request } from './options.ts';
import { choosePlant, findStore, type OpenedStore, openStore, refuseService } from './store.ts';

const say = (word: ServiceWord, args: Record<string, string>, language: Language): void =>
  void process.stdout.write(said(word, args, language));

/** Progress on one line of a terminal; elsewhere only now and then. */
class Ticker {
  private last = 0;
  private shown = '';

  tell(text: string): void {
    const now = performance.now();
    if (now - this.last < (process.stderr.isTTY ? 250 : 5000) || text === this.shown) return;
    this.last = now;
    this.shown = text;
    process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${text}` : `${text}\n`);
  }

  end(): void {
    if (process.stderr.isTTY && this.shown !== '') process.stderr.write('\r\x1b[K');
  }
}

/** Resolves when the process is asked to stop. A second time it does not wait. */
function stopAsked(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.on(signal, () => {
        if (asked) process.exit(130);
        asked = true;
        resolve();
      });
    // Started by another CrewLedger, it does not outlive it.
    if (process.connected) process.once('disconnect', resolve);
  });
}

const troubleTo = (log: (line: string) => void) => (what: string, error: unknown) =>
  log(
    JSON.stringify({
      level: 'error',
      at: new Date().toISOString(),
      what,
      error: error instanceof Error ? error.message : String(error ?? ''),
    }),
  );

interface Serving {
  readonly server: Server;
  readonly working: Working | undefined;
  readonly url: string;
  readonly close: () => Promise<void>;
}

interface ServeOptions {
  readonly db: Database;
  readonly row: PlantRow;
  readonly front: Front;
  readonly example: boolean;
  readonly loop: boolean;
  readonly level: string;
}

/** The HTTP server over a plant, and unless it is left out the settle loop beside it. */
export async function serve({ db, row, front, example, loop, level }: ServeOptions): Promise<Serving> {
  const { plantId } = row;
  const { host, port, tls, proxy, signOn } = front;
  const plants = new Plants(plantId);
  await patiently(() => plants.refresh(db));
  const hub = await patiently(() => openHub(eventsOf(db, plantId)));
  const view = new View(db, plantId);
  // Another process may save a model: the plant shown follows within a second.
  const follow = setInterval(() => void plants.refresh(db).catch(() => {}), 1000);
  follow.unref();
  const server = await openServer({
    db,
    plantId,
    currentPlant: () => plants.newest?.plant as Plant,
    version: packageJson.version,
    example,
    ...(tls ? { tls } : {}),
    ...(proxy ? { proxy } : {}),
    ...(signOn ? { settings: { signOn } } : {}),
    log: { level: level as 'info' },
    routes: domainRoutes({ plants, view, hub }),
    health: async () => {
      const jobs = await countJobs(db);
      const oldest = Math.max(0, ...jobs.map(({ oldestMs }) => oldestMs));
      const filling = jobs.filter(({ task }) => task.startsWith('fill')).reduce((sum, { waiting }) => sum + waiting, 0);
      return {
        faults: [...(db.full ? ['disk-full'] : []), ...(filling === 0 && oldest > 120_000 ? ['jobs-late'] : [])],
        details: { listeners: hub.count(), filling, oldestJobMs: oldest },
      };
    },
    onClosing: () => hub.close(),
    pages: (app) => {
      // Until there are screens, the address that is printed leads to what there is.
      app.get('/', (_request, reply) => reply.redirect('/api/docs'));
      mountInstall(app, {
        certificate: () => tls,
        address: () => `${tls ? 'https' : 'http'}://${nameFor(host)}:${port}`,
      });
    },
  });
  // First the address: who cannot have it does not begin to work either.
  let url: string;
  let working: Working | undefined;
  try {
    url = await server.listen({ host, port });
    if (loop) working = await startLoop({ db, onTrouble: troubleTo((line) => process.stderr.write(`${line}\n`)) });
  } catch (error) {
    clearInterval(follow);
    await server.close(0);
    throw error;
  }
  return {
    server,
    working,
    url,
    close: async () => {
      clearInterval(follow);
      await server.close(5000);
      await working?.stop();
    },
  };
}

/** Options that are numbers within bounds, addresses, and the levels of the log. */
function wrongOption(request: Request): { option: string; found: string; value: string } | undefined {
  const bounds = [
    ['--port', 0, 65_535],
    ['--teams', 8, 190],
    ['--jobs', 1, 32],
  ] as const;
  for (const [option, least, most] of bounds) {
    const found = request.values(option)[0];
    if (found === undefined) continue;
    if (!/^\d+$/.test(found) || Number(found) < least || Number(found) > most)
      return { option, found, value: `${least} … ${most}` };
  }
  const proxy = request.values('--proxy')[0];
  if (proxy !== undefined && !trustedProxies(proxy))
    return { option: '--proxy', found: proxy, value: '127.0.0.1, 10.0.0.0/8, …' };
  const level = request.values('--log')[0];
  const levels = ['fatal', 'error', 'warn', 'info', 'debug'];
  if (level !== undefined && !levels.includes(level))
    return { option: '--log', found: level, value: levels.join(', ') };
  return undefined;
}

const refuseOption = (wrong: { option: string; found: string; value: string }, language: Language): Answer => ({
  text: '',
  refused: `crewledger: ${sayRefusal('bad-value', wrong, language)}\n`,
  exitCode: EXIT.usage,
});

/** `crewledger serve`: until it is stopped. */
export function runServe(request: Request, language: Language): Promise<Answer> {
  return serveUntilStopped(request, language, false);
}

/** `crewledger start`: the example refinery on the embedded database. */
export function runStart(request: Request, language: Language): Promise<Answer> {
  return serveUntilStopped(request, language, true);
}

async function serveUntilStopped(request: Request, language: Language, example: boolean): Promise<Answer> {
  const wrong = wrongOption(request);
  if (wrong) return refuseOption(wrong, language);
  const folder = folderOf(request);
  const stop = stopAsked();
  say('opening', {}, language);
  const found = await openStore(folder, language);
  if (!found.ok) return answerOf(found);
  const { store } = found;
  const db = new Database({ url: store.serviceUrl, connectionsMax: 16 });
  const stopWatching = await watchDisk(store, db);
  try {
    if (example) await bring(db, Number(request.values('--teams')[0] ?? 190), language);
    const chosen = await patiently(() => choosePlant(db, request.values('--plant')[0], language));
    if (!chosen.ok) return answerOf(chosen);
    if (!chosen.plant) {
      say('noPlant', {}, language);
      return { text: '', exitCode: EXIT.ok };
    }
    const row = chosen.plant;
    const opened = await openFront(request, store.folder ?? folder, language);
    if (!opened.ok) return answerOf(opened);
    const { front } = opened;
    let serving: Serving;
    try {
      serving = await serve({
        db,
        row,
        front,
        example,
        loop: true,
        level: request.values('--log')[0] ?? 'warn',
      });
    } catch (error) {
      const refused = listenRefusal(error, front, language);
      if (!refused) throw error;
      return answerOf(refused);
    }
    renewDaily(front, serving.server);
    await patiently(() => greet(db, row, { url: serving.url, example, folder }, language));
    if (front.tls?.root) say('install', { url: `${serving.url}/install` }, language);
    if (row.seededAt === undefined) await patiently(() => fillBehind(db, row.plantId, store, language));
    await stop;
    say('stopping', {}, language);
    await serving.close();
    say('stopped', {}, language);
    return { text: '', exitCode: EXIT.ok };
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    return answerOf(refuseService('database-refused', { reason: (error as Error).message }, language));
  } finally {
    stopWatching();
    await db.close();
    await store.close();
  }
}

const watchDisk = async ({ folder }: OpenedStore, db: Database): Promise<() => void> =>
  folder === undefined ? () => {} : watchRoom(folder, db);

async function bring(db: Database, teams: number, language: Language): Promise<void> {
  const [there] = await listPlants(db);
  const known = there && new Plants(there.plantId);
  await known?.refresh(db);
  if (there && there.id !== EXAMPLE_ID) return;
  // A start that was cut short may have left the example without its model.
  if (there && known?.newest) return;
  const words = WORDS[language];
  const ticker = new Ticker();
  const seeded = await bringExample(db, teams, ({ stage, rows }) => {
    if (stage === 'readings') ticker.tell(fill(words.service.said.bringing, { rows: String(rows) }, words));
  });
  ticker.end();
  if (!seeded.ok) throw new Error(`the example is no plant: ${JSON.stringify(seeded.problems[0])}`);
}

/** Address and sign-ins, or the code of the first administrator. */
async function greet(
  db: Database,
  { plantId }: PlantRow,
  { url, example, folder }: { readonly url: string; readonly example: boolean; readonly folder: string },
  language: Language,
): Promise<void> {
  say('address', { url }, language);
  say('documentation', { url: `${url}/api/docs` }, language);
  const plants = new Plants(plantId);
  await plants.refresh(db);
  const plant = plants.newest?.plant;
  if (example && plant) {
    const { now } = await readClock(db, plantId);
    say('synthetic', { teams: String(plant.teams.size), now: formatLocal(now, plant.zone) }, language);
    if (plant.zone.dayAt(now) > parseDay(LAST_DAY)!) say('exampleOver', { last: LAST_DAY, folder }, language);
    say('signIns', {}, language);
    const { signIns, password } = await openDemo(db, { plantId, plant, language, now: Date.now() });
    for (const { staffNumber, roleName, place } of signIns)
      process.stdout.write(`  ${staffNumber.padEnd(28)} ${roleName}  (${place})\n`);
    say('password', { password }, language);
  } else {
    const code = await db.transaction((tx) => makeFirstCode(tx, plantId, Date.now()));
    if (code !== undefined) say('firstCode', { code }, language);
  }
  say('stopHint', {}, language);
}

/** History is settled behind the service, by this process and one more, the newest month first. */
async function fillBehind(db: Database, plantId: number, { folder }: OpenedStore, language: Language): Promise<void> {
  const words = WORDS[language];
  const began = performance.now();
  await fillHistory(db, plantId);
  const of = await fillingLeft(db);
  const main = join(import.meta.dirname, '../main.ts');
  const where = folder === undefined ? [] : ['--data', folder];
  const helper = spawn(process.execPath, [...process.execArgv, main, 'work', ...where], {
    // By this channel it learns that we are gone, however we went.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  helper.unref();
  helper.channel?.unref();
  const ticker = new Ticker();
  const watch = setInterval(async () => {
    const left = await fillingLeft(db).catch(() => undefined);
    if (left === undefined) return;
    ticker.tell(fill(words.service.said.filling, { left: String(left), of: String(of) }, words));
    if (left > 0) return;
    clearInterval(watch);
    ticker.end();
    helper.kill('SIGTERM');
    await endFilling(db, plantId).catch(() => {});
    say('filled', { seconds: String(Math.round((performance.now() - began) / 1000)) }, language);
  }, 500);
  watch.unref();
  process.on('exit', () => helper.kill('SIGTERM'));
}

/** `crewledger work`: shares the background work of a service that runs. */
export async function runWork(request: Request, language: Language): Promise<Answer> {
  const wrong = wrongOption(request);
  if (wrong) return refuseOption(wrong, language);
  const stop = stopAsked();
  const found = await findStore(folderOf(request), language);
  if (!found.ok) return answerOf(found);
  const db = new Database({ url: found.store.serviceUrl, connectionsMax: 8, name: 'crewledger work' });
  const stopWatching = await watchDisk(found.store, db);
  try {
    const concurrency = Number(request.values('--jobs')[0] ?? 2);
    const working = await startLoop({
      db,
      concurrency,
      onTrouble: troubleTo((line) => process.stderr.write(`${line}\n`)),
    });
    say('working', {}, language);
    await stop;
    await working.stop();
    say('stopped', {}, language);
    return { text: '', exitCode: EXIT.ok };
  } finally {
    stopWatching();
    await db.close();
  }
}
