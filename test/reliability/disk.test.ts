// The disk of the embedded database fills up: writing is refused with a word that everybody understands, reading goes on, and once
// there is room again the service goes on by itself with all it had acknowledged. Even when the disk was full at one blow.
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOM_BYTES_MIN } from '../../src/store/room.ts';
import { mountSmall } from '../store/embedded-scene.ts';
import { compareKept, findWrong, settleCold, workLeft } from './checks.ts';
import { Poster } from './poster.ts';
import { eventually } from './program.ts';
import { ServedPlant } from './scene.ts';
import { Story } from './story.ts';

const HOUR = 3_600_000;
const disk = mkdtempSync(join(tmpdir(), 'crewledger-disk-'));
const unmount = mountSmall(disk, 'size=700m,mode=755');
const story = new Story(6, 4);
const at = story.begins + 8 * HOUR;
let plant: ServedPlant;
let poster: Poster;
let posting: Promise<void>;

beforeAll(async () => {
  if (!unmount) return;
  plant = await ServedPlant.open(story, { home: disk });
  await plant.start();
  await plant.turnTo(at);
  poster = new Poster(() => plant.base, plant.token, 'disk');
  posting = poster.run(2);
}, 180_000);
afterAll(async () => {
  poster?.stop();
  await posting;
  await plant?.close();
  unmount?.();
  rmSync(disk, { recursive: true, force: true });
}, 60_000);

/** Writes a file until so many bytes are left; gives its path. */
function fill(leave: number): string {
  const path = join(disk, 'ballast');
  const file = openSync(path, 'a');
  const piece = Buffer.alloc(1 << 20);
  try {
    for (let { bavail, bsize } = statfsSync(disk); bavail * bsize > leave; { bavail, bsize } = statfsSync(disk))
      writeSync(file, piece, 0, Math.min(piece.length, bavail * bsize - leave));
  } catch (error) {
    // Full to the last byte is what was asked for.
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  } finally {
    closeSync(file);
  }
  return path;
}

const get = async (path: string): Promise<number> => {
  const response = await fetch(`${plant.base}/api/v1${path}`, { headers: { authorization: `Bearer ${plant.token}` } });
  await response.arrayBuffer();
  return response.status;
};
const post = async (): Promise<{ status: number; text: string }> => {
  const { path, rows } = story.more(at);
  const response = await fetch(`${plant.base}/api/v1${path}`, {
    method: 'POST',
    body: JSON.stringify({ rows }),
    headers: { authorization: `Bearer ${plant.token}`, 'content-type': 'application/json', 'accept-language': 'en' },
  });
  return { status: response.status, text: await response.text() };
};
const drained = (): Promise<true> =>
  eventually(
    async () => (poster.left === 0 ? true : undefined),
    90_000,
    () => `${poster.left} left\n${plant.service!.said}`,
  );

async function expectWhole(): Promise<void> {
  await drained();
  let left = '';
  await eventually(
    async () => {
      left = await plant.withDatabase((db) => workLeft(db, plant.plantId));
      return left === '' ? true : undefined;
    },
    60_000,
    () => `${left}\n${plant.service!.said}`,
  );
  expect(poster.wrong).toEqual([]);
  await plant.withDatabase(async (db) => {
    expect(await compareKept(db, plant.plantId, poster.acknowledged)).toMatchObject({
      lost: [],
      doubled: [],
    });
    expect(await settleCold(db, plant.plantId)).toEqual([]);
    expect(await findWrong(db, plant.plantId, plant.plantName)).toEqual([]);
  });
}

// skip: a small disk is mounted for this, which only root may do
test.skipIf(!unmount)(
  'nearly full: writing is refused, reading goes on, and both go on once there is room',
  { timeout: 120_000 },
  async () => {
    poster.add(story.until(at));
    await drained();
    const ballast = fill(ROOM_BYTES_MIN / 2);
    const refused = await eventually(
      async () => {
        const told = await post();
        return told.status === 503 ? told : undefined;
      },
      10_000,
      () => 'writing goes on',
    );
    expect(JSON.parse(refused.text)).toMatchObject({ code: 'disk-full', status: 503 });
    expect(JSON.parse(refused.text).detail).toMatch(/disk/i);
    expect(await get('/boards?period=month')).toBe(200);
    expect(await get('/facts')).toBe(200);
    expect(await plant.health()).toContain('disk-full');
    poster.add([story.more(at)]);
    rmSync(ballast);
    await drained();
    await eventually(
      async () => ((await plant.ready()) ? true : undefined),
      30_000,
      () => plant.service!.said,
    );
    expect((await post()).status).toBe(201);
  },
);

// skip: a small disk is mounted for this, which only root may do
test.skipIf(!unmount)(
  'full at one blow, under load: the database may fall; it is there again once there is room',
  { timeout: 240_000 },
  async () => {
    const busy = setInterval(() => {
      if (poster.left < 4) poster.add([story.more(at)]);
    }, 5);
    const before = poster.acknowledged.length;
    await eventually(
      async () => (poster.acknowledged.length > before + 10 ? true : undefined),
      30_000,
      () => plant.service!.said,
    );
    const ballast = fill(0);
    await eventually(
      async () => ((poster.statuses.get(503) ?? 0) > 10 ? true : undefined),
      60_000,
      () => plant.service!.said,
    );
    await new Promise((resolve) => setTimeout(resolve, 3000));
    rmSync(ballast);
    const freed = poster.acknowledged.length;
    await eventually(
      async () => (poster.acknowledged.length > freed + 10 ? true : undefined),
      60_000,
      () => plant.service!.said,
    );
    clearInterval(busy);
    await drained();
    expect([...poster.statuses.keys()].filter((status) => ![201, 429, 503].includes(status))).toEqual([]);
  },
);

// skip: a small disk is mounted for this, which only root may do
test.skipIf(!unmount)('nothing that was acknowledged is lost', { timeout: 120_000 }, async () => {
  await drained();
  await expectWhole();
  expect(await plant.service!.stop()).toMatchObject({ code: 0 });
});
