// The line to the database is cut, swallows everything, or the database holds still for a while: requests are refused with 503,
// nothing hangs, and the service goes on by itself.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Database } from '../../src/store/database.ts';
import { createDatabase, type TestDatabase } from '../database.ts';
import { compareKept, findWrong, settleCold, workLeft } from './checks.ts';
import { Poster } from './poster.ts';
import { eventually } from './program.ts';
import { ServedPlant } from './scene.ts';
import { Story } from './story.ts';
import { Wire } from './wire.ts';

describe('a database through a line', () => {
  let database: TestDatabase;
  let wire: Wire;
  let db: Database;
  beforeAll(async () => {
    database = await createDatabase();
    wire = await Wire.open(database.url);
    db = new Database({ url: wire.through(database.url) });
  });
  afterAll(async () => {
    wire?.be('passes');
    await db?.close();
    wire?.close();
    database?.drop();
  });

  test('that is cut: who asks is told at once, whoever listens hears again', async () => {
    const heard: string[] = [];
    let gaps = 0;
    await db.listen(
      'line',
      (payload) => heard.push(payload),
      () => {
        gaps += 1;
      },
    );
    await db.rows(`select pg_notify('line', 'one')`);
    await expect.poll(() => heard).toEqual(['one']);
    const held = await db.hold();
    const asked = expect(db.rows('select pg_sleep(60)')).rejects.toThrow(/terminated|ECONNRESET/);
    wire.be('cuts');
    await asked;
    expect(held.alive()).toBe(false);
    held.release();
    await expect(db.rows('select 1')).rejects.toThrow();
    wire.be('passes');
    await expect.poll(() => db.rows('select 1 as one').catch(() => [])).toEqual([{ one: 1 }]);
    await expect.poll(() => gaps).toBe(1);
    await db.rows(`select pg_notify('line', 'two')`);
    await expect.poll(() => heard).toEqual(['one', 'two']);
  });

  test('that swallows everything is given up within a quarter of a minute', { timeout: 60_000 }, async () => {
    const began = performance.now();
    const asked = db.rows('select pg_sleep(120)').catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 100));
    wire.be('swallows');
    expect(await asked).toBeInstanceOf(Error);
    expect(performance.now() - began).toBeLessThan(25_000);
    wire.be('cuts');
    wire.be('passes');
    await expect.poll(() => db.rows('select 1 as one').catch(() => [])).toEqual([{ one: 1 }]);
  });

  test('that is slow but answers is left alone', { timeout: 60_000 }, async () => {
    expect(await db.rows('select pg_sleep(16) is null as slept')).toEqual([{ slept: false }]);
  });
});

test('a service whose line is cut and swallowed under load goes on by itself', { timeout: 240_000 }, async () => {
  const story = new Story(7, 4);
  const at = story.begins + 8 * 3_600_000;
  const database = await createDatabase();
  const wire = await Wire.open(database.url);
  let plant: ServedPlant | undefined;
  try {
    plant = await ServedPlant.open(story, { url: wire.through(database.url) });
    const served = plant;
    await served.start();
    await served.turnTo(at);
    const poster = new Poster(() => served.base, served.token, 'lines');
    const posting = poster.run(3);
    const busy = setInterval(() => {
      if (poster.left < 4) poster.add([story.more(at)]);
    }, 5);
    const more = async (count: number): Promise<void> => {
      const wanted = poster.acknowledged.length + count;
      await eventually(
        async () => (poster.acknowledged.length >= wanted ? true : undefined),
        60_000,
        () => served.service!.said,
      );
    };
    try {
      poster.add(story.until(at));
      await more(20);
      for (const mood of ['cuts', 'swallows'] as const) {
        const before = poster.statuses.get(503) ?? 0;
        wire.be(mood);
        await eventually(
          async () => ((poster.statuses.get(503) ?? 0) > before + 3 ? true : undefined),
          40_000,
          () => served.service!.said,
        );
        expect(await served.health()).toContain('503');
        wire.be('cuts');
        wire.be('passes');
        await more(20);
      }
      clearInterval(busy);
      await eventually(
        async () => (poster.left === 0 ? true : undefined),
        60_000,
        () => served.service!.said,
      );
    } finally {
      clearInterval(busy);
      poster.stop();
      await posting;
    }
    let left = '';
    await eventually(
      async () => {
        left = await served.withDatabase((db) => workLeft(db, served.plantId));
        return left === '' ? true : undefined;
      },
      60_000,
      () => `${left}\n${served.service!.said}`,
    );
    expect(poster.wrong).toEqual([]);
    expect([...poster.statuses.keys()].filter((status) => ![201, 429, 503].includes(status))).toEqual([]);
    await served.withDatabase(async (db) => {
      expect(await compareKept(db, served.plantId, poster.acknowledged)).toMatchObject({
        lost: [],
        doubled: [],
        unasked: [],
      });
      expect(await settleCold(db, served.plantId)).toEqual([]);
      expect(await findWrong(db, served.plantId, served.plantName)).toEqual([]);
    });
    expect(served.service!.end).toBeUndefined();
    expect(served.worker!.end).toBeUndefined();
  } finally {
    wire.be('passes');
    await plant?.close();
    wire.close();
    database.drop();
  }
});

test('a second service on the same data is told who has it; a postmaster that holds still for a while harms nobody', {
  timeout: 120_000,
}, async () => {
  const story = new Story(8, 4);
  const plant = await ServedPlant.open(story);
  try {
    await plant.start();
    const second = plant.program('serve', '--port', '0');
    expect(await second.ended).toEqual({ code: 69, signal: null });
    expect(second.said).toContain(`A CrewLedger uses this data already: process ${plant.service!.pid}`);
    const poster = new Poster(() => plant.base, plant.token, 'still');
    const posting = poster.run(2);
    const postmaster = plant.postmaster!;
    try {
      process.kill(postmaster, 'SIGSTOP');
      poster.add(Array.from({ length: 30 }, () => story.more(story.begins)));
      await new Promise((resolve) => setTimeout(resolve, 3000));
      process.kill(postmaster, 'SIGCONT');
      await eventually(
        async () => (poster.left === 0 ? true : undefined),
        30_000,
        () => plant.service!.said,
      );
      expect(poster.wrong).toEqual([]);
      expect([...poster.statuses.keys()].filter((status) => ![201, 503].includes(status))).toEqual([]);
    } finally {
      process.kill(postmaster, 'SIGCONT');
      poster.stop();
      await posting;
    }
    expect(await plant.service!.stop()).toMatchObject({ code: 0 });
  } finally {
    await plant.close();
  }
});
