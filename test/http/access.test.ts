// Every cell of the access table is a request to a server that listens: each role, granted for a team, a workshop and the
// plant, asks each route about the own team, the own subtree, another place and none.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PERMISSIONS } from '../../src/http/access.ts';
import { CONTRACTS } from '../../src/http/contract/all.ts';
import { ACTIONS, ROLES, TOKEN_ACTIONS } from '../../src/http/contract.ts';
import { openSession } from '../../src/store/sessions.ts';
import { makeToken } from '../../src/store/tokens.ts';
import { ACCESS, type Row, type Target } from './access-table.ts';
import { Browser, enrol, type Served, serve } from './served.ts';

/** What a grant for a place covers, of the targets. */
const COVERS = {
  'team:east-a': ['own'],
  'administrative:east': ['own', 'subtree'],
  plant: ['own', 'subtree', 'elsewhere', 'plant'],
} as const;
type Place = keyof typeof COVERS;
type About = (typeof COVERS.plant)[number];

interface Persona {
  readonly role: string;
  readonly at: Place | undefined;
  readonly browser: Browser;
}

let served: Served;
const personas: Persona[] = [];
const targets = new Map<About, Target>();

beforeAll(async () => {
  const many = 1_000_000;
  served = await serve({
    log: { level: 'silent' },
    settings: { lockOut: { accountFailures: many, addressFailures: many, firstMs: 1, longestMs: 1 } },
  });
  const { db, plantId, url } = served;
  const enter = async (role: string, at: Place | undefined, person: number): Promise<void> => {
    const now = Date.now();
    const { secret } = await openSession(db, plantId, now, {
      person,
      way: 'oidc',
      idleMs: 3_600_000,
      lifeMs: 3_600_000,
      address: 'x',
      agent: 'x',
    });
    const browser = new Browser(url);
    browser.cookies.set('crewledger-session', secret);
    personas.push({ role, at, browser });
  };
  await enter('stranger', undefined, await enrol(served, 'stranger'));
  await enter('member', undefined, await enrol(served, 'member', { team: 'east-a' }));
  for (const at of Object.keys(COVERS) as Place[]) {
    for (const role of ROLES) {
      if (role !== 'member')
        await enter(role, at, await enrol(served, `${role} ${at}`, { grants: [`${role} at ${at}`] }));
    }
    const until = Date.now() + 3_600_000;
    const { secret } = await makeToken(db, plantId, {
      name: at,
      actions: TOKEN_ACTIONS,
      place: at,
      until,
      createdBy: undefined,
    });
    personas.push({ role: 'token', at, browser: new Browser(url, { authorization: `Bearer ${secret}` }) });
  }
  await enrol(served, 'taken');
  for (const [about, team, unit, point] of [
    ['own', 'east-a', 'u1', 'W1'],
    ['subtree', 'east-c', 'u3', 'W3'],
    ['elsewhere', 'west-a', 'u2', 'W2'],
  ] as const)
    targets.set(about, {
      team,
      unit,
      point,
      person: await enrol(served, `in ${team}`, { team }),
      place: `team:${team}`,
    });
  const nowhere = await enrol(served, 'in no team');
  targets.set('plant', { team: 'none', unit: 'none', point: 'none', person: nowhere, place: 'plant' });
});
afterAll(() => served.close());

const CLOSED = new Set([
  'sign-in-needed',
  'not-allowed',
  'people-only',
  'password-change-needed',
  'token-unknown',
  'origin-refused',
]);

const listed = (roles: string | undefined, role: string): boolean => (roles ?? '').split(/\s+/).includes(role);

function letIn(row: Row, { role, at }: Pick<Persona, 'role' | 'at'>, about: About): boolean {
  if (row.everybody) return true;
  if (row.holder) return true;
  if (row.person) return role !== 'token';
  const covered = at !== undefined && (COVERS[at] as readonly string[]).includes(about);
  return (
    listed(row.anywhere, role) ||
    (listed(row.own, role) && about === 'own') ||
    (listed(row.granted, role) && covered) ||
    (listed(row.plant, role) && at === 'plant')
  );
}

test('every route of the contract stands in the table, and no other', () => {
  expect(Object.keys(ACCESS).toSorted()).toEqual(CONTRACTS.map(({ id }) => id).toSorted());
});

describe('each cell is a request', () => {
  const rows = Object.entries(ACCESS);
  test.each(rows)('%s', async (id, row) => {
    const contract = CONTRACTS.find((one) => one.id === id)!;
    const cell = async (browser: Browser, about: About): Promise<string> => {
      const told = await browser.ask(row.ask(targets.get(about)!).path, {
        method: contract.method,
        ...row.ask(targets.get(about)!),
      });
      expect(told.status, `${id} ${about}: ${told.text}`).toBeLessThan(500);
      expect(told.status).not.toBe(429);
      return CLOSED.has(told.body.code) ? `${told.status} ${told.body.code}` : 'in';
    };
    const refusal = (role: string): string => {
      if (role === 'token') return row.person ? '403 people-only' : '403 not-allowed';
      return '403 not-allowed';
    };
    const found: Record<string, string> = {};
    const meant: Record<string, string> = {};
    // What is open to all, or about oneself, is about no place.
    const asked = row.everybody || row.person || row.holder ? (['own'] as const) : [...targets.keys()];
    for (const about of asked) {
      const nobody = `nobody, ${about}`;
      found[nobody] = await cell(new Browser(served.url), about);
      meant[nobody] = row.everybody ? 'in' : '401 sign-in-needed';
      await Promise.all(
        personas.map(async ({ role, at, browser }) => {
          const name = `${role} of ${at ?? 'own team'}, ${about}`;
          found[name] = await cell(browser, about);
          meant[name] = letIn(row, { role, at }, about) ? 'in' : refusal(role);
        }),
      );
    }
    expect(found).toEqual(meant);
    expect(Object.keys(found).length).toBeGreaterThanOrEqual(48);
  });
});

describe('the permissions themselves', () => {
  test('the auditor changes nothing and sees no amounts by name', () => {
    for (const [, actions] of PERMISSIONS.auditor) {
      for (const action of actions) expect(action).toMatch(/\.(read|read-anonymous|export)$/);
      expect(actions).not.toContain('amounts.read');
      expect(actions).not.toContain('people.details.read');
    }
  });

  test('amounts by name are for the own team alone', () => {
    for (const role of ROLES) {
      for (const [reach, actions] of PERMISSIONS[role])
        if (actions.includes('amounts.read')) expect([role, reach]).toEqual(['member', 'own']);
    }
  });

  test('the administrator sees no sheet and changes no figure', () => {
    const actions = PERMISSIONS.administrator.flatMap(([, list]) => list);
    for (const action of actions)
      expect(action).not.toMatch(/^(sheets|drafts|readings|facts|prices|budgets|month|restatement)/);
  });

  test('whoever writes an exclusion does not approve it', () => {
    for (const role of ROLES) {
      const actions = PERMISSIONS[role].flatMap(([, list]) => list);
      expect(actions.includes('facts.exclusion.write') && actions.includes('facts.exclusion.approve'), role).toBe(
        false,
      );
    }
  });

  test('every action can be done by somebody', () => {
    const given = new Set(ROLES.flatMap((role) => PERMISSIONS[role].flatMap(([, list]) => list)));
    expect(ACTIONS.filter((action) => !given.has(action))).toEqual([]);
  });
});
