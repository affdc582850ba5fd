// What a request is about, found in its path, query and body: permission is asked for every place it names.
import { Type } from 'typebox';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contract, record, type Scope } from '../../src/http/contract.ts';
import { type Route, route } from '../../src/http/route.ts';
import { type Browser, enrol, type Served, serve, signIn } from './served.ts';

const summary = { zh: '试', en: 'probe' };
const Text = Type.Optional(Type.String());
const about = (id: string, scope: Scope): Route =>
  route(
    contract({
      id: `probe.${id}`,
      method: 'POST',
      path: `/probe/${id}`,
      summary,
      action: 'readings.write',
      scope,
      body: record({
        unit: Text,
        at: Text,
        rows: Type.Optional(Type.Array(record({ point: Type.String() }))),
        order: Type.Optional(record({ team: Type.String() })),
      }),
    }),
  ).write(async () => ({ body: {} }));

const routes: Route[] = [
  about('unit', { about: 'unit', in: 'body', name: 'unit' }),
  about('rows', { about: 'point', in: 'body', name: 'rows[].point' }),
  about('nested', { about: 'team', in: 'body', name: 'order.team' }),
  about('place', { about: 'place', in: 'body', name: 'at' }),
  route(
    contract({
      id: 'probe.optional',
      method: 'GET',
      path: '/probe/optional',
      summary,
      action: 'sheets.read',
      scope: { about: 'team', in: 'query', name: 'team' },
      query: record({ team: Text }),
      response: record({
        teams: Type.Union([Type.Literal('all'), Type.Array(Type.String())]),
        units: Type.Array(Type.String()),
      }),
    }),
  ).read(async ({ access }) => {
    const [teams, units] = [access.teams('sheets.read'), access.units('sheets.read')];
    return {
      body: { teams: teams === 'all' ? 'all' : [...teams].sort(), units: units === 'all' ? [] : [...units].sort() },
    };
  }),
];

let served: Served;
const browsers = new Map<string, Browser>();
beforeAll(async () => {
  served = await serve({ routes });
  const people = {
    member: { team: 'east-a' },
    workshop: { grants: ['workshop-accountant at administrative:east'] },
    unit: { grants: ['team-accountant at unit:u1'] },
    branch: { grants: ['team-accountant at party:red'] },
    committee: { grants: ['team-accountant at party:committee'] },
    plant: { grants: ['team-accountant at plant'] },
    gone: { grants: ['team-accountant at unit:u99', 'auditor at administrative:closed'] },
  };
  for (const [name, one] of Object.entries(people)) {
    await enrol(served, name, one);
    browsers.set(name, await signIn(served, name));
  }
});
afterAll(() => served.close());

const ask = async (who: string, id: string, body: object): Promise<number> =>
  (await browsers.get(who)!.ask(`/probe/${id}`, { body })).status;

describe('places', () => {
  test.each([
    ['member', 'unit', { unit: 'u1' }, 200],
    ['member', 'unit', { unit: 'u3' }, 403],
    ['member', 'unit', { unit: 'u99' }, 403],
    ['workshop', 'unit', { unit: 'u3' }, 200],
    ['workshop', 'unit', { unit: 'u2' }, 403],
    ['unit', 'unit', { unit: 'u1' }, 200],
    ['unit', 'nested', { order: { team: 'east-b' } }, 200],
    ['unit', 'nested', { order: { team: 'east-c' } }, 403],
    // The branch has teams of both workshops; the committee all teams.
    ['branch', 'nested', { order: { team: 'west-a' } }, 200],
    ['branch', 'nested', { order: { team: 'east-b' } }, 403],
    ['committee', 'nested', { order: { team: 'east-b' } }, 200],
    ['committee', 'place', { at: 'party:blue' }, 200],
    ['branch', 'place', { at: 'party:blue' }, 403],
    ['branch', 'place', { at: 'administrative:east' }, 403],
    ['workshop', 'place', { at: 'administrative:east' }, 200],
    ['workshop', 'place', { at: 'administrative:works' }, 403],
    ['workshop', 'place', { at: 'plant' }, 403],
    ['plant', 'place', { at: 'plant' }, 200],
    ['plant', 'place', { at: 'unit:none' }, 422],
    ['gone', 'unit', { unit: 'u1' }, 403],
  ])('%s about %s %j: %i', async (who, id, body, status) => expect(await ask(who, id, body)).toBe(status));

  test('of many rows each is asked for, and one beyond reach refuses them all', async () => {
    const rows = (...points: string[]) => ({ rows: points.map((point) => ({ point })) });
    expect(await ask('member', 'rows', rows('W1', 'W1'))).toBe(200);
    expect(await ask('member', 'rows', rows('W1', 'W3'))).toBe(403);
    expect(await ask('workshop', 'rows', rows('W1', 'W3'))).toBe(200);
    expect(await ask('workshop', 'rows', rows('W1', 'W3', 'W2'))).toBe(403);
    expect(await ask('member', 'rows', rows('no such point'))).toBe(403);
    expect(await ask('plant', 'rows', rows('no such point'))).toBe(200);
  });

  test('a change that names no place is about the whole plant', async () => {
    expect(await ask('member', 'unit', {})).toBe(403);
    expect(await ask('workshop', 'rows', { rows: [] })).toBe(403);
    expect(await ask('plant', 'unit', {})).toBe(200);
  });

  test('a look without its filter shows what is within reach', async () => {
    const look = (who: string, query = '') => browsers.get(who)!.ask(`/probe/optional${query}`);
    expect((await look('member')).body).toEqual({ teams: ['east-a'], units: ['u1'] });
    expect((await look('workshop')).body).toEqual({ teams: ['east-a', 'east-b', 'east-c'], units: ['u1', 'u3'] });
    expect((await look('plant')).body.teams).toBe('all');
    expect((await look('gone')).body.teams).toEqual([]);
    expect((await look('member', '?team=east-b')).status).toBe(403);
    expect((await look('member', '?team=east-a')).status).toBe(200);
  });
});

test('the refusal names the permission in words, and the place', async () => {
  const zh = await browsers.get('member')!.ask('/probe/unit', { body: { unit: 'u3' } });
  expect(zh.body.detail).toBe('您的岗位没有这项权限（录入读数）：unit:u3。');
  const en = await browsers
    .get('member')!
    .ask('/probe/unit', { body: { unit: 'u3' }, headers: { 'accept-language': 'en' } });
  expect(en.body.detail).toBe('Your roles do not permit this (enter readings): unit:u3.');
});
