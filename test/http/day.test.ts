// A day of a plant followed over HTTP: readings come in and the draft moves, the shift ends, the laboratory comes late, the month
// is closed and a later truth waits for a word. Every view of the past stays, and a changed posting is found.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Database } from '../../src/store/database.ts';
import { filesOf } from '../small-plant.ts';
import { type Caller, LiveService } from '../work/live-service.ts';

const FILES = filesOf({
  streams: [
    'water: {role: output, unit: t, point: W, budget: 10 t/h}',
    'steam: {role: input, unit: t, point: S, standard: {water: 0.3}}',
    'density: {role: quality, of: water, point: D, window: [1.28, 1.32], premium: (k/n - 0.5) * 2 yuan/t, step: 0.0001}',
    'wash: {role: fee, budget: 5 yuan/h}',
  ],
  points: [
    'W: {kind: counter, unit: t, step: 0.1, gap: 9 h}',
    'S: {kind: counter, unit: t, step: 0.01, gap: 9 h}',
    'D: {kind: sample, unit: "1", step: 0.001}',
  ],
  prices: ['water 10', 'steam 100'],
  readings: 'W 00:00 0',
});

const at = (text: string): number => Date.parse(`${text}Z`);
let service: LiveService;
let meters: Caller;
let laboratory: Caller;
let manager: Caller;
let finance: Caller;
let auditor: Caller;

beforeAll(async () => {
  service = await LiveService.open(FILES, at('2022-03-02T00:05'));
  meters = await service.person('M1', 'workshop-accountant at plant');
  laboratory = await service.person('L1', 'laboratory at plant');
  manager = await service.person('G1', 'manager at plant');
  finance = await service.person('F1', 'finance at plant');
  auditor = await service.person('A1', 'auditor at plant');
});
afterAll(() => service?.close());

const SHIFT = '/sheets/u/2022-03-02/夜';
const read = (rows: string): { rows: { point: string; time: string; value: string }[] } => ({
  rows: rows.split(';').map((row) => {
    const [point = '', time = '', value = ''] = row.trim().split(' ');
    return { point, time: `2022-03-02T${time}:00Z`, value };
  }),
});

describe('a shift', () => {
  let firstAsOf = '';

  test('its readings come in, and the draft moves', async () => {
    const stop = new AbortController();
    const told: { kind: string; body: Record<string, unknown> }[] = [];
    const listening = (async () => {
      for await (const event of manager.events(stop.signal, '?kinds=draft')) told.push(event);
    })().catch(() => {});
    const taken = await meters.post('/readings', read('W 00:00 0; S 00:00 0; W 00:04 1; S 00:04 0.20'));
    expect(taken.status).toBe(201);
    expect(taken.body).toMatchObject({ rows: 4, refused: [] });
    const draft = await service.until(
      () => manager.get('/drafts'),
      ({ body }) => body.drafts[0]?.gainFen !== undefined && body.drafts[0]?.through === '2022-03-02T00:04:00.000Z',
    );
    // 0.30 t allowed, 0.20 used, at 100 yuan: +10 yuan; the budget of fees adds 5 yuan/h for four minutes.
    expect(draft.body.drafts[0]).toMatchObject({ unit: 'u', shift: '夜', gainFen: 1000 + 33 });
    await service.turnTo(at('2022-03-02T04:00'));
    await meters.post('/readings', read('W 04:00 44; S 04:00 12.00'));
    const moved = await service.until(
      () => manager.get('/drafts?unit=u'),
      ({ body }) => body.drafts[0]?.through === '2022-03-02T04:00:00.000Z',
    );
    expect(moved.body.drafts[0].gainFen).toBe(12_000 + 2000);
    await service.until(
      async () => told,
      (list) => list.filter(({ kind }) => kind === 'draft').length >= 2,
    );
    expect(told.at(-1)?.body).toMatchObject({ unit: 'u', gainFen: 14_000 });
    stop.abort();
    await listening;
    expect((await manager.get(SHIFT)).status).toBe(404);
  });

  test('a row that cannot be taken is told with its cure, and the others are kept', async () => {
    const taken = await meters.post('/readings', {
      rows: [
        { point: 'W', time: '2022-03-02T06:00:00Z', value: '66' },
        { point: 'W', time: '2022-03-02T06:10:00Z', value: 'many' },
        { point: 'S', time: 'six', value: 18 },
      ],
    });
    expect(taken.body).toMatchObject({ rows: 1 });
    expect(taken.body.refused.map(({ line, code }: { line: number; code: string }) => [line, code])).toEqual([
      [2, 'bad-decimal'],
      [3, 'bad-instant'],
    ]);
    const unknown = await meters.post('/readings', { rows: [{ point: 'X', time: '2022-03-02T06:00:00Z', value: 1 }] });
    expect(unknown.body).toMatchObject({ rows: 0, refused: [{ line: 1, code: 'unknown-reference' }] });
  });

  test('the same request twice is done once', async () => {
    const key = { 'idempotency-key': 'the-meter-box-0007' };
    const one = await meters.post('/readings', read('S 06:00 18.00'), key);
    const two = await meters.post('/readings', read('S 06:00 18.00'), key);
    expect(two.body).toEqual(one.body);
    const kept = await meters.get('/points/S/readings?from=2022-03-02T06:00:00Z');
    expect(kept.body).toMatchObject({ items: [{ value: '18.00' }] });
  });

  test('it ends: provisional, since the laboratory has not come', async () => {
    await meters.post('/readings', read('W 07:59 87; S 07:59 23.5'));
    await service.turnTo(at('2022-03-02T08:01'));
    await meters.post('/readings', read('W 08:00 88; S 08:00 24.00'));
    const posted = await service.until(
      () => manager.get(SHIFT),
      ({ status, body }) => status === 200 && body.sheet.counted.quantities.water === '88.0',
    );
    // Whether the end or the last reading came first, the sheet says the same.
    expect(posted.body).toMatchObject({ state: 'provisional', bookedDay: '2022-03-02' });
    // 26.4 t allowed, 24.00 used: +240 yuan; fees +40.
    expect(posted.body.gainFen).toBe(24_000 + 4000);
    firstAsOf = posted.body.asOf;
    const same = await manager.get(SHIFT, { 'if-none-match': posted.headers.get('etag') ?? '' });
    expect(same.status).toBe(304);
  });

  test('the late laboratory makes a second version with its difference and its reason', async () => {
    await service.turnTo(at('2022-03-02T10:00'));
    const before = (await manager.get(`${SHIFT}/versions`)).body.versions.length;
    const sampled = await laboratory.post('/samples', {
      rows: [{ id: 's1', point: 'D', time: '2022-03-02T05:00:00Z', value: '1.300' }],
    });
    expect(sampled.status).toBe(201);
    const { body } = await service.until(
      () => manager.get(`${SHIFT}/versions`, { 'accept-language': 'en' }),
      (told) => told.body.versions.length > before,
    );
    const last = body.versions.at(-1);
    // k/n = 1: +1 yuan a tonne, 88 t.
    expect(last).toMatchObject({ state: 'final', gainFen: 36_800, differenceFen: 8800 });
    expect(last.postings).toEqual([{ part: 'counted', key: 'quality.density', fen: 8800, crewFen: 8800 }]);
    expect(last.said.at(-1)).toBe('Sample "s1" was recorded');
    const explained = await manager.get(`${SHIFT}/explanation?line=usage.steam`, { 'accept-language': 'zh' });
    expect(explained.body.headline[0]).toContain('+368.00');
    expect(JSON.stringify(explained.body.parts)).toContain('26.40');
  });

  test('as of then, the old view; and the board goes with it', async () => {
    const old = await manager.get(`${SHIFT}?asOf=${firstAsOf}`);
    expect(old.body).toMatchObject({ state: 'provisional', gainFen: 28_000 });
    const then = await manager.get(`${SHIFT}/explanation?asOf=${firstAsOf}&line=quality`);
    expect(then.body.state).toBe('provisional');
    const board = await manager.get('/boards?period=day&day=2022-03-02');
    const [row] = board.body.boards[0].rows;
    expect(row).toMatchObject({ rank: 1, gainFen: 36_800, hours: '8' });
    const past = await manager.get(`/boards?period=day&day=2022-03-02&asOf=${firstAsOf}`);
    expect(past.body.boards[0].rows[0].gainFen).toBe(28_000);
    const month = await manager.get('/boards?period=month&day=2022-03-02');
    expect(month.body.boards[0].rows[0].gainFen).toBe(36_800);
  });

  test('a swap moves the whole sheet to the crew that ran it', async () => {
    const supervisor = await service.person('V1', 'shift-supervisor at plant');
    const before = (await manager.get(SHIFT)).body;
    await supervisor.post('/swaps', { rows: [{ id: 'w1', unit: 'u', day: '2022-03-02', shift: '夜', crew: 'C' }] });
    const after = await service.until(
      () => manager.get(SHIFT),
      ({ body }) => body.sheet.crew === 'C',
    );
    expect(after.body.gainFen).toBe(before.gainFen);
    const { versions } = (await manager.get(`${SHIFT}/versions`)).body;
    const moved = versions.at(-1).postings;
    expect(moved.reduce((sum: number, { crewFen }: { crewFen: number }) => sum + crewFen, 0)).toBe(0);
    const board = await manager.get('/boards?period=month&day=2022-03-02');
    const gains = board.body.boards[0].rows.map(({ team, gainFen }: { team: string; gainFen: number }) => [
      team,
      gainFen,
    ]);
    expect(gains[0]).toEqual(['u/C', 36_800]);
    await supervisor.post('/swaps', {
      rows: [{ id: 'w1', unit: 'u', day: '2022-03-02', shift: '夜', crew: 'C', withdrawn: 'yes' }],
    });
    await service.until(
      () => manager.get(SHIFT),
      ({ body }) => body.sheet.crew === before.sheet.crew,
    );
  });
});

describe('a month', () => {
  test('is not closed before it is over, nor while sheets are provisional', async () => {
    const early = await finance.post('/months/2022-03/close', { reason: 'month end' });
    expect([early.status, early.body.code]).toEqual([409, 'month-not-over']);
    await service.turnTo(at('2022-04-01T09:00'));
    const still = await service.until(
      () => finance.post('/months/2022-03/close', { reason: 'month end' }),
      ({ body }) => body.code === 'month-provisional',
    );
    expect(still.status).toBe(409);
    expect(still.body.detail).toContain('provisional');
  });

  test('closed, its ranks stand; a late truth waits, and is booked in the open month once approved', async () => {
    const closed = await finance.post('/months/2022-03/close', { reason: 'month end', evenProvisional: true });
    expect(closed.status).toBe(201);
    expect((await finance.post('/months/2022-03/close', { reason: 'again', evenProvisional: true })).body.code).toBe(
      'month-closed',
    );
    await meters.post('/readings', read('S 08:00 25.00'));
    const waiting = await service.until(
      () => manager.get('/restatements?state=waiting'),
      ({ body }) =>
        body.restatements.some(
          ({ shift, day }: { shift: string; day: string }) => shift === '夜' && day === '2022-03-02',
        ),
    );
    const one = waiting.body.restatements.find(
      ({ shift, day }: { shift: string; day: string }) => shift === '夜' && day === '2022-03-02',
    );
    expect(one).toMatchObject({ gainDifferenceFen: -10_000 });
    expect((await manager.get(SHIFT)).body.gainFen).toBe(36_800);
    const decided = await manager.post(`/restatements/${one.restatement}/decision`, {
      approve: true,
      reason: 'meter read again',
    });
    expect(decided.body).toEqual({ restatement: one.restatement, state: 'approved', bookedDay: '2022-04-01' });
    const restated = (await manager.get(SHIFT)).body;
    expect(restated).toMatchObject({ state: 'restated', gainFen: 26_800, bookedDay: '2022-04-01' });
    const board = await manager.get('/boards?period=month&day=2022-03-02');
    expect(board.body.boards[0].rows[0].gainFen).toBe(36_800);
    const day = await manager.get('/boards?period=day&day=2022-03-02');
    expect(day.body.boards[0].rows.find(({ team }: { team: string }) => team === 'u/A').gainFen).toBe(36_800);
    expect(
      (await manager.post(`/restatements/${one.restatement}/decision`, { approve: false, reason: 'no' })).body.code,
    ).toBe('already-decided');
  });

  test('reconciled to the invoice, the difference is the company’s', async () => {
    const counted = { rows: [{ item: 'steam', source: 'invoice', quantity: '30' }] };
    const done = await finance.post('/months/2022-03/reconciliation', counted);
    // The shifts of the month, as they stand, used 25.00 t.
    expect(done.body.rows).toEqual([
      {
        item: 'steam',
        source: 'invoice',
        shifts: '25.00',
        quantity: '30',
        differenceFen: -50_000,
        version: 1,
        bookedDay: '2022-04-01',
      },
    ]);
    const again = await finance.post('/months/2022-03/reconciliation', {
      rows: [{ item: 'steam', source: 'invoice', quantity: '26' }],
    });
    expect(again.body.rows[0]).toMatchObject({ differenceFen: -10_000, version: 2 });
    const { body } = await finance.post('/months/2022-03/reconciliation', {
      rows: [{ item: 'gas', source: 'invoice', quantity: '26' }],
    });
    expect(body.code).toBe('no-such-item');
  });
});

describe('a team that a crew forms without a word', () => {
  test('has people like a declared one, who see their unit', async () => {
    const { body } = await manager.get('/plant');
    expect(body.teams.map(({ id }: { id: string }) => id)).toEqual(['u/A', 'u/B', 'u/C']);
    const leader = await service.person('K1', 'crew-leader at team:u/A');
    expect((await leader.get(`/handovers/u/2022-03-02/夜`)).status).toBe(200);
    expect((await leader.get(SHIFT)).body.sheet.team).toBe('u/A');
  });

  test('a day that is none, and a shift that is none, are told as such', async () => {
    expect((await manager.get('/boards?period=day&day=2022-13-45')).body.code).toBe('bad-day');
    expect((await manager.get('/sheets/u/2022-03-02/晚')).body.code).toBe('no-sheet');
  });
});

describe('an exclusion', () => {
  test('is approved by somebody other than who wrote it', async () => {
    const both = await service.person('B1', 'shift-supervisor at plant', 'manager at plant');
    const row = { id: 'x1', unit: 'u', from: '2022-04-01T01:00:00Z', to: '2022-04-01T02:00:00Z', reason: 'trip' };
    expect((await both.post('/exclusions', { rows: [row] })).status).toBe(201);
    const own = await both.post('/exclusions/x1/approval', { approve: true, reason: 'seen' });
    expect([own.status, own.body.code]).toEqual([403, 'own-words']);
    expect((await manager.post('/exclusions/x1/approval', { approve: true, reason: 'seen' })).status).toBe(201);
    // Taking one's own words back needs nobody else.
    expect((await both.post('/exclusions/x1/approval', { approve: false, reason: 'wrong unit' })).status).toBe(201);
  });
});

describe('the ledger', () => {
  test('verifies: hashes, chain, postings, and every voucher settled again', async () => {
    const verified = await service.until(
      () => auditor.post('/ledger/verification', {}),
      ({ body }) => body.unsealed === 0,
    );
    expect(verified.body.findings).toEqual([]);
    expect(verified.body.vouchers).toBeGreaterThan(90);
    expect(verified.body.settledAgain).toBeGreaterThan(90);
  });

  test('the service’s own role cannot change what was posted', async () => {
    for (const sql of [
      'update vouchers set gain_fen = 0',
      'delete from postings',
      'truncate seals',
      'update audit set why = $$$$',
      'delete from facts',
      'alter table vouchers disable trigger all',
      'drop table postings',
    ])
      await expect(service.live.db.rows(sql), sql).rejects.toThrow(/permission denied|must be owner/);
  });

  test('a posting changed by whoever owns the database is found', async () => {
    const owner = new Database({ url: service.live.url, connectionsMax: 1 });
    try {
      await expect(owner.rows('update postings set fen = fen + 1')).rejects.toThrow(/append-only/);
      await owner.rows('alter table postings disable trigger all');
      await owner.rows(`update postings set fen = fen + 100 where (voucher, line) =
        (select voucher, line from postings where key = 'usage.steam' order by voucher, line limit 1)`);
      const changed = await auditor.post('/ledger/verification', { settle: false });
      expect(changed.body.findings[0]).toMatchObject({ code: 'postings-differ' });
      expect(changed.body.findings[0].what).toContain('usage.steam');
      await owner.rows('alter table vouchers disable trigger all');
      await owner.rows(
        `update vouchers set record = replace(record, '"valueFen":', '"valueFen":1') where voucher = (select min(voucher) from vouchers)`,
      );
      const { body } = await auditor.post('/ledger/verification', {});
      const codes = body.findings.map(({ code }: { code: string }) => code);
      expect(codes).toEqual(expect.arrayContaining(['voucher-hash', 'postings-differ', 'record-differs']));
      await owner.rows(`delete from vouchers where voucher = (select max(voucher) from vouchers)`).catch(() => {});
    } finally {
      await owner.close();
    }
  });
});
