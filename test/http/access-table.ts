// Who may use which route, written by hand and apart from src/http/access.ts; access.test.ts makes each cell a request.
//
// A row says how to ask the route about a target, and which roles are let in:
//   everybody  without signing in          person    whoever is signed in, and no token
//   own        about the own team          granted   about whatever lies below the place the role was granted for
//   anywhere   wherever the role was granted, about anything
//   plant      only where the role was granted for the whole plant
// `token` is a token with every permission a token can have.
// Targets: `own` is the team east-a and what belongs to it, `subtree` the team east-c of the same workshop, `elsewhere` the
// team west-a of another, `plant` no place in particular. Roles are granted for the team east-a, the workshop east, the plant.

export interface Target {
  readonly team: string;
  readonly unit: string;
  readonly point: string;
  /** A person of the team. */
  readonly person: number;
  readonly place: string;
}

export interface Row {
  /** The request about a target, after `/api/v1`. */
  readonly ask: (target: Target) => {
    readonly path: string;
    readonly body?: unknown;
    readonly headers?: Record<string, string>;
  };
  readonly everybody?: true;
  readonly person?: true;
  readonly own?: string;
  readonly granted?: string;
  readonly anywhere?: string;
  /** The route is about the whole plant: for roles that were granted for all of it. */
  readonly plant?: string;
}

/** Roles that see who is who below them. */
const KNOWS =
  'crew-leader shift-supervisor team-accountant workshop-accountant labour-wages party-secretary programme-office manager auditor administrator';
const why = '测试权限';

export const ACCESS: Readonly<Record<string, Row>> = {
  // ── signing in ──
  'session.open': {
    everybody: true,
    ask: () => ({ path: '/session', body: { staffNumber: 'nobody', password: 'x' } }),
  },
  'session.open-by-pin': {
    everybody: true,
    ask: () => ({ path: '/session/pin', body: { staffNumber: 'nobody', pin: '000000' } }),
  },
  'session.first': {
    everybody: true,
    ask: () => ({
      path: '/session/first',
      body: { code: 'AAAA-BBBB-CCCC', staffNumber: 'x', name: 'x', password: 'eight odd bolts' },
    }),
  },
  'session.ways': { everybody: true, ask: () => ({ path: '/session/ways' }) },
  'session.sign-on': { everybody: true, ask: () => ({ path: '/session/sign-on' }) },
  'session.sign-on-end': { everybody: true, ask: () => ({ path: '/session/sign-on/end' }) },

  // ── oneself ──
  'session.me': { person: true, ask: () => ({ path: '/session' }) },
  'session.password': {
    person: true,
    ask: () => ({ path: '/session/password', body: { oldPassword: 'x', newPassword: 'nine old belts' } }),
  },
  'session.pin': { person: true, ask: () => ({ path: '/session/pin', body: { password: 'x', pin: '284917' } }) },
  'session.language': { person: true, ask: () => ({ path: '/session/language', body: { language: 'zh' } }) },
  'session.list': { person: true, ask: () => ({ path: '/sessions' }) },
  'session.end': { person: true, ask: () => ({ path: '/sessions/999999' }) },
  'session.end-others': { person: true, ask: () => ({ path: '/sessions' }) },

  // ── people ──
  'people.list': { anywhere: `member ${KNOWS}`, ask: () => ({ path: '/people?limit=1' }) },
  'people.get': { own: 'member', granted: KNOWS, ask: ({ person }) => ({ path: `/people/${person}` }) },
  'people.add': {
    plant: 'administrator',
    ask: () => ({ path: '/people', body: { staffNumber: 'taken', name: 'x' } }),
  },
  'people.change': {
    granted: 'administrator',
    ask: ({ person }) => ({ path: `/people/${person}`, body: {}, headers: { 'if-match': '"0"' } }),
  },
  'people.erase': {
    granted: 'administrator',
    ask: ({ person }) => ({ path: `/people/${person}/erase`, body: { why } }),
  },
  'people.reset-password': { granted: 'administrator', ask: ({ person }) => ({ path: `/people/${person}/password` }) },
  'people.end-sessions': { granted: 'administrator', ask: ({ person }) => ({ path: `/people/${person}/sessions` }) },
  'grants.add': {
    granted: 'administrator',
    ask: ({ person, place }) => ({ path: `/people/${person}/grants`, body: { role: 'safety', place, why } }),
  },
  'grants.end': {
    anywhere: 'administrator',
    ask: ({ person }) => ({ path: `/people/${person}/grants/999999/end`, body: { why } }),
  },

  // ── machines ──
  'tokens.list': { anywhere: 'administrator auditor', ask: () => ({ path: '/tokens' }) },
  'tokens.make': {
    granted: 'administrator',
    ask: ({ place }) => ({ path: '/tokens', body: { name: 'x', actions: ['readings.read'], place, days: 1 } }),
  },
  'tokens.revoke': { anywhere: 'administrator', ask: () => ({ path: '/tokens/999999' }) },
  'device.list': { anywhere: 'administrator auditor', ask: () => ({ path: '/devices' }) },
  'device.announce': {
    granted: 'administrator',
    ask: ({ place }) => ({ path: '/devices', body: { name: 'x', place } }),
  },
  'device.bind': { everybody: true, ask: () => ({ path: '/devices/bind', body: { code: 'AAAA-BBBB-CCCC' } }) },
  'device.revoke': { anywhere: 'administrator', ask: () => ({ path: '/devices/999999' }) },

  // ── the whole plant ──
  'audit.list': { plant: 'administrator auditor token', ask: () => ({ path: '/audit?limit=1' }) },
  'health.live': { everybody: true, ask: () => ({ path: '/health/live' }) },
  'health.ready': { everybody: true, ask: () => ({ path: '/health' }) },
  'health.metrics': { plant: 'administrator auditor token', ask: () => ({ path: '/metrics' }) },

  // ── last, for it ends the session ──
  'session.close': { person: true, ask: () => ({ path: '/session' }) },
};
