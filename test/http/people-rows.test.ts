// People as rows: what an import takes, refuses and leaves alone; and demo users, who come in through the same tables.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessOf, type Caller, type Granted } from '../../src/http/access.ts';
import { ACTIONS, ROLES } from '../../src/http/contract.ts';
import { openDemo } from '../../src/http/demo.ts';
import { exportPeople, type ImportReport, importPeople, type PeopleRow } from '../../src/http/people-rows.ts';
import { WORDS } from '../../src/words/say.ts';
import { Browser, enrol, PASSWORD, PLANT, type Served, serve } from './served.ts';

let served: Served;
beforeAll(async () => {
  served = await serve({ example: true });
});
afterAll(() => served.close());

const accessFor = (...grants: Granted[]) => {
  const caller: Caller = {
    kind: 'person',
    person: 1,
    session: 1,
    teams: [],
    grants,
    device: undefined,
    language: undefined,
    mustChangePassword: false,
  };
  return accessOf(caller, PLANT);
};
const whole = accessFor({ role: 'administrator', place: { kind: 'plant' } });

const take = (rows: readonly PeopleRow[], access = whole): Promise<ImportReport> =>
  served.db.transaction((tx) =>
    importPeople(
      tx,
      { plantId: served.plantId, plant: PLANT, access, by: 1, request: 'import', today: '2026-05-01', now: Date.now() },
      rows,
    ),
  );
const counts = ({ added, changed, same, refused }: ImportReport) => [
  added.length,
  changed.length,
  same,
  refused.length,
];

describe('rows of people', () => {
  const rows: PeopleRow[] = [
    {
      staff_number: '1001',
      name: '陈一',
      phone: '13800001111',
      team: 'east-a',
      administrative: 'east',
      party: 'red',
      from: '2024-01-01',
    },
    { staff_number: '1002', name: '陈二', team: '东乙', roles: 'crew-leader; safety@administrative:east' },
    { staff_number: '1003', name: '陈三', roles: 'auditor@plant' },
  ];

  test('are taken once; the second time they change nothing', async () => {
    expect(counts(await take(rows))).toEqual([3, 0, 0, 0]);
    expect(counts(await take(rows))).toEqual([0, 0, 3, 0]);
    const all = await exportPeople(served.db, served.plantId, whole, '2026-05-02');
    expect(all).toEqual([
      {
        staff_number: '1001',
        name: '陈一',
        phone: '13800001111',
        team: 'east-a',
        administrative: 'east',
        party: 'red',
        roles: '',
        from: '2024-01-01',
        left: '',
      },
      {
        staff_number: '1002',
        name: '陈二',
        phone: '',
        team: 'east-b',
        administrative: '',
        party: '',
        roles: 'crew-leader@team:east-b; safety@administrative:east',
        from: '2026-05-01',
        left: '',
      },
      {
        staff_number: '1003',
        name: '陈三',
        phone: '',
        team: '',
        administrative: '',
        party: '',
        roles: 'auditor@plant',
        from: '',
        left: '',
      },
    ]);
    expect(counts(await take(all))).toEqual([0, 0, 3, 0]);
  });

  test('bring a known person to what they say, and leave alone what they do not say', async () => {
    expect(counts(await take([{ staff_number: '1001', name: '陈一一', team: 'west-a', from: '2026-04-01' }]))).toEqual([
      0, 1, 0, 0,
    ]);
    const [first] = await exportPeople(served.db, served.plantId, whole, '2026-05-02');
    expect(first).toMatchObject({ name: '陈一一', phone: '13800001111', team: 'west-a', administrative: 'east' });
    const past = await served.db.rows<{ place: string; until_day: string }>(
      `select place, until_day from memberships where kind = 'team' and place = 'east-a'`,
    );
    expect(past).toEqual([{ place: 'east-a', until_day: '2026-04-01' }]);
  });

  test('who left is out of the team and cannot sign in', async () => {
    await enrol(served, '1009', { team: 'east-a', name: '陈九' });
    expect(counts(await take([{ staff_number: '1009', name: '陈九', left: '2026-04-30' }]))).toEqual([0, 1, 0, 0]);
    const told = await new Browser(served.url).ask('/session', { body: { staffNumber: '1009', password: PASSWORD } });
    expect(told.body.code).toBe('sign-in-failed');
  });

  test.each<[string, PeopleRow, string, Record<string, string>]>([
    ['no number', { name: 'x' }, 'no-staff-number', {}],
    ['no name', { staff_number: '2001' }, 'no-name', {}],
    [
      'a team that is not there',
      { staff_number: '2001', name: 'x', team: 'east-x' },
      'unknown-team',
      { found: 'east-x', nearest: 'east-a' },
    ],
    [
      'an organisation of the other line',
      { staff_number: '2001', name: 'x', party: 'east' },
      'unknown-party',
      { found: 'east' },
    ],
    [
      'a role that is none',
      { staff_number: '2001', name: 'x', roles: 'crew-leder@team:east-a' },
      'unknown-role',
      { nearest: 'crew-leader' },
    ],
    [
      'a role without a place',
      { staff_number: '2001', name: 'x', roles: 'crew-leader' },
      'unknown-place',
      { found: '' },
    ],
    ['a day that is none', { staff_number: '2001', name: 'x', from: '2026-02-30' }, 'bad-day', { found: '2026-02-30' }],
    [
      'leaving before coming',
      { staff_number: '2001', name: 'x', from: '2026-02-03', left: '2026-02-01' },
      'left-before',
      {},
    ],
    ['a telephone that is none', { staff_number: '2001', name: 'x', phone: '=HYPERLINK()' }, 'bad-phone', {}],
    ['a name without end', { staff_number: '2001', name: 'x'.repeat(101) }, 'long', { limit: '100' }],
  ])('%s is refused, and the row beside it is taken', async (what, row, code, args) => {
    const good = { staff_number: `ok-${what}`, name: 'y' };
    const report = await take([row, good]);
    expect(counts(report)).toEqual([1, 0, 0, 1]);
    expect(report.refused).toEqual([{ row: 1, code, args: expect.objectContaining(args) }]);
    for (const words of Object.values(WORDS)) expect(words.http.person[report.refused[0]!.code]).toHaveLength(2);
  });

  test('a number twice in one table is refused the second time', async () => {
    const report = await take([
      { staff_number: 'T-1', name: 'x' },
      { staff_number: 't-1', name: 'y' },
    ]);
    expect(counts(report)).toEqual([1, 0, 0, 1]);
    expect(report.refused[0]).toMatchObject({ row: 2, code: 'twice' });
  });

  test('an import reaches no further than who imports', async () => {
    const east = accessFor({ role: 'administrator', place: { kind: 'administrative', id: 'east' } });
    const report = await take(
      [
        { staff_number: '3001', name: 'x', team: 'east-a', roles: 'crew-leader' },
        { staff_number: '3002', name: 'x', team: 'west-a' },
        { staff_number: '3003', name: 'x', team: 'east-a', roles: 'administrator@plant' },
        { staff_number: '3004', name: 'x', team: 'east-a', roles: 'finance' },
        { staff_number: '1003', name: 'mine now', team: 'east-a' },
      ],
      east,
    );
    expect(report.added).toHaveLength(1);
    expect(report.refused.map(({ row, code }) => [row, code])).toEqual([
      [2, 'not-yours'],
      [3, 'role-not-granted'],
      [4, 'role-not-granted'],
      [5, 'not-yours'],
    ]);
  });

  test('what is taken stands in the audit log, without names and telephones', async () => {
    const rows = await served.db.rows<{ text: string }>(`select audit::text as text from audit where why = 'import'`);
    expect(rows.length).toBeGreaterThan(5);
    expect(rows.map(({ text }) => text).join()).not.toMatch(/陈|13800001111/);
  });
});

test('each role has a demo user, with a new password at each start', async () => {
  const { db, plantId } = served;
  const options = { plantId, plant: PLANT, language: 'zh', now: Date.now() } as const;
  const first = await openDemo(db, options);
  expect(first.signIns.map(({ role }) => role)).toEqual([...ROLES]);
  expect(first.signIns.find(({ role }) => role === 'crew-leader')).toMatchObject({
    roleName: '班长',
    place: 'team:east-a',
  });
  const second = await openDemo(db, options);
  expect(second.password).not.toBe(first.password);
  const open = async (password: string) => {
    const browser = new Browser(served.url);
    const { status } = await browser.ask('/session', { body: { staffNumber: 'demo-crew-leader', password } });
    return { status, browser };
  };
  expect((await open(first.password)).status).toBe(401);
  const { status, browser } = await open(second.password);
  expect(status).toBe(201);
  expect((await browser.ask('/session')).body.roles).toEqual([
    { role: 'member', place: 'team:east-a' },
    { role: 'crew-leader', place: 'team:east-a' },
  ]);
});

test.each(['zh', 'en'] as const)('%s has a word for every role and permission, and for no other', (language) => {
  expect(Object.keys(WORDS[language].http.role).toSorted()).toEqual([...ROLES].toSorted());
  expect(Object.keys(WORDS[language].http.action).toSorted()).toEqual([...ACTIONS].toSorted());
});
