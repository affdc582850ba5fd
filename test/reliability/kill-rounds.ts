// Rounds of kill -9 under load. In each, the plant's clock goes on by some hours, everything that becomes known is posted over
// HTTP, and meanwhile the service, the worker, the postmaster, one of its backends or several of them are killed; what a plant's
// machine would restart is restarted. Then every acknowledged row must be there once, and the ledger must hold.
import { type Chance, chanceOf } from '../../src/simulate/chance.ts';
import { compareKept, compareWithEngine, findWrong, settleCold, workLeft } from './checks.ts';
import { Poster } from './poster.ts';
import { eventually } from './program.ts';
import { ServedPlant } from './scene.ts';
import { Story } from './story.ts';

const HOUR = 3_600_000;
const STEP_MS = 8 * HOUR;

export const VICTIMS = {
  service: ['service'],
  worker: ['worker'],
  database: ['postmaster'],
  backend: ['backend'],
  'service and database': ['service', 'postmaster'],
  'worker and database': ['worker', 'postmaster'],
  'service and worker': ['service', 'worker'],
  all: ['service', 'worker', 'postmaster'],
} as const;
export type Victims = keyof typeof VICTIMS;

export interface Round {
  readonly round: number;
  readonly killed: readonly Victims[];
  /** Rows acknowledged so far, by all rounds. */
  readonly acknowledged: number;
  readonly lost: number;
  readonly doubled: number;
  /** Posts that were sent more than once, and those of them that had been taken at first. */
  readonly resent: number;
  readonly replayed: number;
  /** From the last kill to the next acknowledgement, and until all was settled and sealed, in seconds. */
  readonly answersAfter: number;
  readonly settledAfter: number;
  readonly wrong: readonly string[];
}

export interface KillOptions {
  readonly rounds: number;
  readonly seed: number;
  readonly onRound?: (round: Round) => void;
}

export interface KillReport {
  readonly rounds: readonly Round[];
  readonly vouchers: number;
  readonly statuses: ReadonlyMap<number, number>;
  /** What the processes said. */
  readonly said: string;
}

/** Runs the rounds; stops at the first in which something is wrong. */
export async function killRounds({ rounds, seed, onRound = () => {} }: KillOptions): Promise<KillReport> {
  const chance = chanceOf(seed).fork('kills');
  const story = new Story(seed, Math.ceil((rounds * STEP_MS) / (24 * HOUR)) + 3);
  const plant = await ServedPlant.open(story);
  const done: Round[] = [];
  try {
    await plant.start();
    const poster = new Poster(() => plant.base, plant.token, `s${seed}`);
    const posting = poster.run(3);
    try {
      for (let n = 1; n <= rounds; n += 1) {
        const round = await killRound(
          plant,
          story,
          poster,
          chance.fork(`round ${n}`),
          n,
          story.begins + n * STEP_MS,
          n === rounds,
        );
        done.push(round);
        onRound(round);
        if (round.wrong.length > 0) break;
      }
    } finally {
      poster.stop();
      await posting;
    }
    const [{ vouchers = 0 } = {}] = await plant.withDatabase((db) =>
      db.rows<{ vouchers: number }>('select count(*) as vouchers from vouchers'),
    );
    const ended = await plant.service!.stop();
    if (ended.code !== 0) throw new Error(`the service ended with ${JSON.stringify(ended)}: ${plant.service!.said}`);
    const said = [...plant.logs, plant.service!.said, plant.worker!.said].join('\n──────\n');
    return { rounds: done, vouchers, statuses: poster.statuses, said };
  } finally {
    await plant.close();
  }
}

async function killRound(
  plant: ServedPlant,
  story: Story,
  poster: Poster,
  chance: Chance,
  number: number,
  at: number,
  last: boolean,
): Promise<Round> {
  await plant.turnTo(at);
  const before = poster.acknowledged.length;
  poster.add(story.until(at));
  const names = Object.keys(VICTIMS) as Victims[];
  // Now and then a second blow hits what is just getting up.
  const killed = Array.from({ length: chance.yes(0.25) ? 2 : 1 }, () => chance.pick(names));
  let killedAt = 0;
  for (const victims of killed) {
    const blow = performance.now() + chance.int(50, 900);
    while (performance.now() < blow) {
      // There is always something under way.
      if (poster.left < 3) poster.add([story.more(at)]);
      await pause(5);
    }
    kill(plant, VICTIMS[victims], chance);
    killedAt = performance.now();
    await restart(plant, VICTIMS[victims]);
  }
  poster.add([story.more(at), story.more(at)]);
  const failed = (what: string): string =>
    `${what}; left to post: ${poster.left}\nservice: ${plant.service?.said.slice(-4000)}\nworker: ${plant.worker?.said.slice(-4000)}`;
  const wrong: string[] = [];
  let [answersAfter, settledAfter] = [Number.NaN, Number.NaN];
  try {
    await eventually(
      async () => (poster.last.begun > killedAt ? true : undefined),
      90_000,
      () => failed('the service does not answer'),
    );
    answersAfter = (poster.last.answered - killedAt) / 1000;
    await eventually(
      async () => (poster.left === 0 ? true : undefined),
      90_000,
      () => failed('posts are not taken'),
    );
    let unwell = '';
    await eventually(
      async () => {
        unwell = await plant.health();
        return unwell === '' ? true : undefined;
      },
      60_000,
      () => failed(`not ready: ${unwell}`),
    );
    let left = '';
    await eventually(
      async () => {
        left = await plant.withDatabase((db) => workLeft(db, plant.plantId));
        return left === '' ? true : undefined;
      },
      90_000,
      () => failed(`not settled: ${left}`),
    );
    settledAfter = (performance.now() - killedAt) / 1000;
    if (plant.worker!.end !== undefined) wrong.push(`the worker ended by itself: ${plant.worker!.said}`);
    if (plant.service!.end !== undefined) wrong.push(`the service ended by itself: ${plant.service!.said}`);
  } catch (error) {
    wrong.push(error instanceof Error ? error.message : String(error));
  }
  const own = poster.acknowledged.slice(before);
  const kept = await plant.withDatabase((db) => compareKept(db, plant.plantId, poster.acknowledged));
  wrong.push(
    ...poster.wrong,
    ...kept.lost.map((one) => `lost: ${one}`),
    ...kept.doubled.map((one) => `doubled: ${one}`),
  );
  wrong.push(...kept.unasked.map((one) => `nobody was told of: ${one}`));
  if (wrong.length === 0)
    wrong.push(
      ...(await plant.withDatabase(async (db) => [
        ...(await settleCold(db, plant.plantId)),
        ...(await findWrong(db, plant.plantId, plant.plantName)),
        ...(last || number % 5 === 0 ? await compareWithEngine(db, plant.plantId) : []),
      ])),
    );
  return {
    round: number,
    killed,
    acknowledged: kept.rows,
    lost: kept.lost.length,
    doubled: kept.doubled.length,
    resent: own.filter(({ tries }) => tries > 1).length,
    replayed: own.filter(({ replayed }) => replayed).length,
    answersAfter,
    settledAfter,
    wrong,
  };
}

function kill(plant: ServedPlant, victims: readonly string[], chance: Chance): void {
  const pids = victims.flatMap((victim) => {
    if (victim === 'service') return [plant.service!.pid];
    if (victim === 'worker') return [plant.worker!.pid];
    if (victim === 'postmaster') return [plant.postmaster ?? 0];
    const { backends } = plant;
    return backends.length > 0 ? [chance.pick(backends)] : [];
  });
  for (const pid of pids) {
    try {
      if (pid > 0) process.kill(pid, 'SIGKILL');
    } catch {
      // Just gone by itself, as backends go.
    }
  }
}

/** What the machine's own supervisor does: service and worker are started again when they are gone. */
async function restart(plant: ServedPlant, victims: readonly string[]): Promise<void> {
  if (victims.includes('service')) await plant.service!.ended;
  if (victims.includes('worker')) await plant.worker!.ended;
  if (plant.service!.end !== undefined) plant.startService();
  if (plant.worker!.end !== undefined) {
    // It may be started before there is a database to work on: then it says so and is started again.
    await eventually(
      async () => {
        const worker = plant.worker!.end === undefined ? plant.worker! : plant.startWorker();
        const told = await Promise.race([
          worker.line(/Sharing/).then(
            () => true,
            () => false,
          ),
          worker.ended.then(() => false),
        ]);
        return told ? true : undefined;
      },
      60_000,
      () => `no worker: ${plant.worker!.said}\n${plant.service!.said}`,
    );
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
