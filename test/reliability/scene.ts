// A plant that is served by real processes: a data folder with an imported plant, `crewledger serve` on it, `crewledger work`
// beside it, a token for whoever posts. Everything is ended and removed by `close`.
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database } from '../../src/store/database.ts';
import { freePort } from '../../src/store/embedded/endpoint.ts';
import { serverProcesses, signal } from '../../src/store/embedded/processes.ts';
import { findEmbedded, startEmbedded } from '../../src/store/embedded.ts';
import { migrate, serviceUrlOf } from '../../src/store/migrate.ts';
import { setClock } from '../../src/store/plants.ts';
import { makeToken } from '../../src/store/tokens.ts';
import { bringHistory } from '../../src/work/seed.ts';
import { spawnReaper } from '../database/reaper.ts';
import { eventually, Program } from './program.ts';
import type { Story } from './story.ts';

/** What the posting program may do. */
const ACTIONS = [
  'readings.write',
  'readings.read',
  'laboratory.write',
  'facts.read',
  'facts.order.write',
  'facts.fee.write',
  'facts.swap.write',
  'facts.exclusion.write',
  'sheets.read',
  'boards.read',
  'drafts.read',
];

export class ServedPlant {
  readonly home: string;
  readonly data: string;
  readonly base: string;
  readonly plantId: number;
  readonly plantName: string;
  readonly token: string;
  service: Program | undefined;
  worker: Program | undefined;
  /** What ended processes said, for whoever looks for a fault. */
  readonly logs: string[] = [];
  private readonly url: string | undefined;
  private readonly port: number;
  private readonly closeHome: () => void;

  /**
   * The story's folder brought in by its clock, and a token; nothing runs yet. On an embedded database in a folder of its own
   * (below `home` if one is given), or on the one of a URL.
   */
  static async open(story: Story, on: { readonly url?: string; readonly home?: string } = {}): Promise<ServedPlant> {
    const home = mkdtempSync(join(on.home ?? tmpdir(), 'crewledger-reliable-'));
    // Under root the server runs as another account, which must reach its folder.
    chmodSync(home, 0o755);
    const reaper = spawnReaper(home);
    const closeHome = (): void => {
      rmSync(home, { recursive: true, force: true, maxRetries: 5 });
      reaper.stdin?.end();
    };
    try {
      const data = join(home, 'data');
      const prepared = on.url === undefined ? await prepareEmbedded(data, story) : await prepare(on.url, story);
      return new ServedPlant(home, data, on.url, await freePort(), prepared, closeHome);
    } catch (error) {
      closeHome();
      throw error;
    }
  }

  private constructor(
    home: string,
    data: string,
    url: string | undefined,
    port: number,
    { plantId, plantName, token }: Prepared,
    closeHome: () => void,
  ) {
    this.home = home;
    this.data = data;
    this.url = url;
    this.port = port;
    this.base = `http://127.0.0.1:${port}`;
    this.plantId = plantId;
    this.plantName = plantName;
    this.token = token;
    this.closeHome = closeHome;
  }

  startService(): Program {
    this.keep(this.service);
    this.service = this.program('serve', '--port', String(this.port), '--log', 'error');
    return this.service;
  }

  /** Service and worker run, and what is past is settled. */
  async start(): Promise<void> {
    await this.startService().line(/Serving at/);
    await this.startWorker().line(/Sharing/);
    const { service } = this;
    await service!.line(/All past shifts are settled/, 120_000);
  }

  startWorker(): Program {
    this.keep(this.worker);
    this.worker = this.program('work');
    return this.worker;
  }

  /** Another command about this plant. */
  program(command: string, ...args: readonly string[]): Program {
    return this.url === undefined
      ? new Program([command, '--data', this.data, ...args])
      : new Program([command, ...args], { DATABASE_URL: this.url });
  }

  private keep(program: Program | undefined): void {
    if (program) this.logs.push(`${JSON.stringify(program.end)}\n${program.said}`);
  }

  /** Whether the service answers that all is well. */
  async ready(): Promise<boolean> {
    return (await this.health()) === '';
  }

  /** What is amiss by the service's own word; '' when nothing is. */
  async health(): Promise<string> {
    try {
      const response = await fetch(`${this.base}/api/v1/health`, { signal: AbortSignal.timeout(15_000) });
      const text = await response.text();
      return response.status === 200 ? '' : `${response.status} ${text}`;
    } catch (error) {
      return String(error);
    }
  }

  /** The URL under which the service connects, while a database runs. */
  get serviceUrl(): string | undefined {
    const owner = this.url ?? findEmbedded({ folder: this.data });
    return owner === undefined ? undefined : serviceUrlOf(owner);
  }

  /** Does something with the database by a line of its own, again when it was not there. */
  async withDatabase<T>(work: (db: Database) => Promise<T>, msMax = 60_000): Promise<T> {
    let last: unknown;
    const [told] = await eventually(
      async (): Promise<[T] | undefined> => {
        const url = this.serviceUrl;
        if (url === undefined) return undefined;
        const db = new Database({ url, connectionsMax: 3, name: 'soak' });
        try {
          return [await work(db)];
        } catch (error) {
          last = error;
          if (error instanceof Error && /assert|expected/i.test(error.name)) throw error;
          return undefined;
        } finally {
          await db.close();
        }
      },
      msMax,
      () => `the database: ${last instanceof Error ? last.stack : String(last)}\n${this.service?.said}`,
    );
    return told;
  }

  /** The plant's clock from now on. */
  turnTo(at: number): Promise<unknown> {
    return this.withDatabase((db) => setClock(db, this.plantId, Math.round(at - Date.now())));
  }

  get postmaster(): number | undefined {
    try {
      return Number(readFileSync(join(this.data, 'cluster', 'postmaster.pid'), 'utf8').split('\n')[0]) || undefined;
    } catch {
      return undefined;
    }
  }

  /** Processes of the database other than its postmaster. */
  get backends(): number[] {
    const postmaster = this.postmaster;
    return serverProcesses(join(this.data, 'cluster')).filter((pid) => pid !== postmaster);
  }

  async close(): Promise<void> {
    await Promise.all([this.service?.stop(20_000), this.worker?.stop(20_000)]);
    try {
      for (const pid of serverProcesses(join(this.data, 'cluster'))) signal(pid, 'SIGKILL');
    } catch {
      // There is no cluster.
    }
    this.closeHome();
  }
}

interface Prepared {
  readonly plantId: number;
  readonly plantName: string;
  readonly token: string;
}

async function prepareEmbedded(folder: string, story: Story): Promise<Prepared> {
  const outcome = await startEmbedded({ folder });
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.refusal));
  try {
    return await prepare(outcome.server.url, story);
  } finally {
    await outcome.server.stop();
  }
}

/** The story's folder brought in by the plant's clock, and a token, before anything serves it. */
async function prepare(url: string, story: Story): Promise<Prepared> {
  const migration = await migrate(url);
  if (!migration.ok) throw new Error(JSON.stringify(migration.refusal));
  const db = new Database({ url: migration.serviceUrl, connectionsMax: 2 });
  try {
    const { folder: texts } = story;
    const rows = Buffer.from(texts.get('readings.csv') ?? '');
    const bytes = async function* (): AsyncGenerator<Uint8Array> {
      yield rows;
    };
    const clockOffsetMs = Math.round(story.begins - Date.now());
    const seeded = await bringHistory(db, { texts, readings: [{ name: 'readings.csv', bytes }], clockOffsetMs });
    if (!seeded.ok) throw new Error(JSON.stringify(seeded.problems));
    const { plantId, id } = seeded.plant;
    const until = Date.now() + 86_400_000;
    const asked = { name: 'soak', actions: ACTIONS, place: 'plant', until, createdBy: undefined };
    const { secret } = await makeToken(db, plantId, asked);
    return { plantId, plantName: id, token: secret };
  } finally {
    await db.close();
  }
}
