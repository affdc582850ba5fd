// The register of people over a real socket: who sees and changes whom, and what erasing leaves.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Browser, enrol, PASSWORD, type Served, serve, signIn } from './served.ts';

let served: Served;
let admin: Browser;
let adminId = 0;
beforeAll(async () => {
  served = await serve();
  adminId = await enrol(served, 'ADMIN', { grants: ['administrator at plant'] });
  admin = await signIn(served, 'ADMIN');
});
afterAll(() => served.close());

const audits = async (action: string) =>
  (await admin.ask(`/audit?action=${action}&limit=500`)).body.items as {
    object: string;
    after: object;
    before: object;
    why: string;
    person: number;
  }[];

describe('the register', () => {
  test('a person is entered, seen with their places, and listed page by page', async () => {
    const told = await admin.ask('/people', {
      body: {
        staffNumber: 'P1',
        name: '张三',
        phone: '+86 138 0000',
        team: 'east-a',
        administrative: 'east',
        party: 'red',
        from: '2026-01-01',
      },
    });
    expect(told.status).toBe(201);
    const { person } = told.body;
    const { body, headers } = await admin.ask(`/people/${person}`);
    expect(body).toMatchObject({
      staffNumber: 'P1',
      name: '张三',
      phone: '+86 138 0000',
      memberships: [
        { kind: 'team', place: 'east-a', from: '2026-01-01' },
        { kind: 'administrative', place: 'east', from: '2026-01-01' },
        { kind: 'party', place: 'red', from: '2026-01-01' },
      ],
    });
    expect(headers.get('etag')).toBe(`"${body.version}"`);
    expect((await admin.ask('/people', { body: { staffNumber: 'p1', name: 'x' } })).body.code).toBe(
      'staff-number-taken',
    );
    expect((await admin.ask('/people', { body: { staffNumber: 'P2', name: 'x', team: 'nowhere' } })).body.code).toBe(
      'no-such-place',
    );
    for (let n = 0; n < 5; n += 1) await admin.ask('/people', { body: { staffNumber: `PAGE${n}`, name: `页${n}` } });
    const names: string[] = [];
    let next = '';
    do {
      const page = await admin.ask(`/people?limit=2&search=PAGE${next === '' ? '' : `&cursor=${next}`}`);
      expect(page.body.items.length).toBeLessThanOrEqual(2);
      names.push(...page.body.items.map((one: { name: string }) => one.name));
      next = page.body.next ?? '';
    } while (next !== '');
    expect(names).toEqual(['页0', '页1', '页2', '页3', '页4']);
    expect((await admin.ask(`/people?search=${encodeURIComponent('张')}`)).body.items).toHaveLength(1);
  });

  test('a change is made on what was seen, and of details the audit log has only that they changed', async () => {
    const id = await enrol(served, 'C1', { team: 'east-a', name: '李四' });
    const change = (body: object, version: number) =>
      admin.ask(`/people/${id}`, { method: 'PATCH', body, headers: { 'if-match': `"${version}"` } });
    const { version } = (await admin.ask(`/people/${id}`)).body;
    expect((await admin.ask(`/people/${id}`, { method: 'PATCH', body: { name: 'x' } })).status).toBe(428);
    const told = await change(
      { name: '李五', phone: '12345', team: 'west-a', from: '2026-06-01', why: '调动' },
      version,
    );
    expect([told.status, told.headers.get('etag')]).toEqual([204, `"${version + 1}"`]);
    expect((await change({ name: '王六' }, version)).status).toBe(412);
    expect((await admin.ask(`/people/${id}`)).body).toMatchObject({
      name: '李五',
      memberships: [{ kind: 'team', place: 'west-a', from: '2026-06-01' }],
    });
    const [entry] = await audits('person.change');
    expect(entry).toMatchObject({ object: String(id), person: adminId, why: '调动' });
    expect(entry!.after).toEqual({ changed: ['name', 'phone'], fromDay: '2026-06-01', team: 'west-a' });
    expect(JSON.stringify(await audits('person.change'))).not.toMatch(/李|王|12345/);
    expect((await change({ phone: '', team: '', from: '2026-07-01' }, version + 1)).status).toBe(204);
    const { body } = await admin.ask(`/people/${id}`);
    expect(body.phone).toBeUndefined();
    expect(body.memberships).toEqual([]);
  });

  test('a member sees the own team without telephones; a secretary the branch of the Party line', async () => {
    await enrol(served, 'S-EA', { team: 'east-a', phone: '555-0001' });
    await enrol(served, 'S-EB', { team: 'east-b', party: 'blue' });
    await enrol(served, 'S-WA', { team: 'west-a', party: 'red' });
    await enrol(served, 'S-SEC', { grants: ['party-secretary at party:red'] });
    const seen = async (who: string) => {
      const { body } = await (await signIn(served, who)).ask('/people?search=S-&limit=100');
      return body.items as { staffNumber: string; phone?: string }[];
    };
    const member = await seen('S-EA');
    expect(member.map((one) => one.staffNumber)).toEqual(['S-EA']);
    expect(member[0]).not.toHaveProperty('phone');
    const browser = await signIn(served, 'S-EA');
    const everybody = (await admin.ask('/people?search=S-&limit=100')).body.items.map(
      (one: { person: number }) => one.person,
    );
    expect((await browser.ask(`/people?ids=${everybody.join(',')}`)).body.items).toHaveLength(1);
    // Teams east-a and west-a belong to the branch, and so does who is in it directly.
    expect((await seen('S-SEC')).map((one) => one.staffNumber)).toEqual(['S-EA', 'S-WA']);
  });
});

describe('roles', () => {
  test('a granted role works at once, and ends at once', async () => {
    const id = await enrol(served, 'G1');
    const browser = await signIn(served, 'G1');
    expect((await browser.ask('/audit')).status).toBe(403);
    const granted = await admin.ask(`/people/${id}/grants`, {
      body: { role: 'auditor', place: 'plant', why: '年度审计' },
    });
    expect(granted.status).toBe(201);
    expect((await browser.ask('/audit')).status).toBe(200);
    const end = () => admin.ask(`/people/${id}/grants/${granted.body.grant}/end`, { body: { why: '审计结束' } });
    expect((await end()).status).toBe(204);
    expect((await browser.ask('/audit')).status).toBe(403);
    expect((await end()).body.code).toBe('already-ended');
    expect((await audits('grant.end'))[0]).toMatchObject({ object: String(granted.body.grant), why: '审计结束' });
  });

  test('a grant holds from its first day and until its last', async () => {
    const id = await enrol(served, 'G2');
    const browser = await signIn(served, 'G2');
    const day = (shift: number) => new Date(Date.now() + shift * 86_400_000).toISOString().slice(0, 10);
    const grant = (from: string, until: string) =>
      admin.ask(`/people/${id}/grants`, { body: { role: 'auditor', place: 'plant', from, until, why: '测试' } });
    expect((await grant(day(5), day(1))).body.code).toBe('end-before-start');
    await grant(day(2), day(9));
    await grant(day(-9), day(-2));
    expect((await browser.ask('/audit')).status).toBe(403);
    await grant(day(-1), day(2));
    expect((await browser.ask('/audit')).status).toBe(200);
  });

  test('whoever administers a part grants there alone, and nothing that reaches the whole plant', async () => {
    await enrol(served, 'SUB', { grants: ['administrator at administrative:east'] });
    const sub = await signIn(served, 'SUB');
    const [inside, outside] = [
      await enrol(served, 'SUB-IN', { team: 'east-a' }),
      await enrol(served, 'SUB-OUT', { team: 'west-a' }),
    ];
    const grant = (id: number, role: string, place: string) =>
      sub.ask(`/people/${id}/grants`, { body: { role, place, why: '测试' } });
    expect((await grant(inside, 'crew-leader', 'team:east-a')).status).toBe(201);
    expect((await grant(inside, 'crew-leader', 'team:west-a')).status).toBe(403);
    expect((await grant(inside, 'administrator', 'plant')).status).toBe(403);
    expect((await grant(inside, 'finance', 'team:east-a')).status).toBe(403);
    expect((await sub.ask(`/people/${outside}/password`, { method: 'POST' })).status).toBe(403);
    const boss = await enrol(served, 'BOSS', { team: 'east-a', grants: ['administrator at plant'] });
    expect((await sub.ask(`/people/${inside}/password`, { method: 'POST' })).status).toBe(201);
    expect((await sub.ask(`/people/${boss}/password`, { method: 'POST' })).status).toBe(403);
    expect((await sub.ask(`/people/${boss}/erase`, { body: { why: '试试' } })).status).toBe(403);
    await served.db.rows('update grants set ended_at = clock_timestamp() where person = $1', boss);
  });

  test('the last administrator stays one', async () => {
    const { body } = await admin.ask(`/people/${adminId}`);
    const end = await admin.ask(`/people/${adminId}/grants/${body.grants[0].grant}/end`, { body: { why: '试试' } });
    expect(end.body.code).toBe('last-administrator');
    expect((await admin.ask(`/people/${adminId}/erase`, { body: { why: '试试' } })).body.code).toBe(
      'last-administrator',
    );
    const headers = { 'if-match': `"${body.version}"` };
    const block = await admin.ask(`/people/${adminId}`, { method: 'PATCH', body: { blocked: true }, headers });
    expect(block.body.code).toBe('last-administrator');
    expect((await admin.ask('/audit?limit=1')).status).toBe(200);
  });
});

test('a reset password is shown once, must be changed, and ends what was open', async () => {
  const id = await enrol(served, 'R1');
  const browser = await signIn(served, 'R1');
  const reset = () =>
    admin.ask(`/people/${id}/password`, { method: 'POST', headers: { 'idempotency-key': 'reset-r1-0001' } });
  const { body, status } = await reset();
  expect(status).toBe(201);
  expect((await reset()).body.code).toBe('key-done');
  expect((await browser.ask('/session')).status).toBe(401);
  expect(
    (await new Browser(served.url).ask('/session', { body: { staffNumber: 'R1', password: PASSWORD } })).status,
  ).toBe(401);
  const again = new Browser(served.url);
  expect((await again.ask('/session', { body: { staffNumber: 'R1', password: body.password } })).body).toEqual({
    mustChangePassword: true,
  });
  expect(JSON.stringify(await audits('person.reset-password'))).not.toContain(body.password);
});

test('erased: nothing in the database tells who it was, the id and the log stay', async () => {
  const marks = ['ERASE-ME-77', '赵七不在了', '+86 199 4242'];
  const id = await enrol(served, marks[0]!, { team: 'east-a', name: marks[1]!, phone: marks[2]! });
  const browser = await signIn(served, marks[0]!);
  await browser.ask('/session/language', {
    method: 'PUT',
    body: { language: 'en' },
    headers: { 'idempotency-key': 'erase-me-0001' },
  });
  const granted = await admin.ask(`/people/${id}/grants`, { body: { role: 'safety', place: 'plant', why: '测试' } });
  expect((await admin.ask(`/people/${id}/erase`, { body: { why: '本人要求' } })).status).toBe(204);
  expect((await browser.ask('/session')).status).toBe(401);
  const tables = await served.owner.rows<{ name: string }>(
    `select relname as name from pg_class c join pg_namespace n on n.oid = relnamespace where nspname = 'crewledger' and relkind = 'r'`,
  );
  expect(tables.length).toBeGreaterThan(20);
  for (const { name } of tables) {
    const rows = await served.owner.rows<{ text: string }>(`select t::text as text from crewledger.${name} t`);
    for (const mark of marks) expect(rows.map(({ text }) => text).join('\n'), name).not.toContain(mark);
  }
  expect(served.log.join('')).not.toContain(marks[1]);
  const { body } = await admin.ask(`/people/${id}`);
  expect(body).toEqual({
    person: id,
    blocked: false,
    erased: true,
    demo: false,
    memberships: expect.any(Array),
    grants: [],
    version: expect.any(Number),
  });
  expect((await audits('person.erase'))[0]).toMatchObject({ object: String(id), person: adminId, why: '本人要求' });
  expect((await audits('grant.add')).some(({ object }) => object === String(granted.body.grant))).toBe(true);
  expect((await admin.ask(`/people/${id}/password`, { method: 'POST' })).body.code).toBe('person-erased');
});
