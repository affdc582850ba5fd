// Who may use which route, written by hand and apart from src/http/access.ts; access.test.ts makes each cell a request.
//
// A row says how to ask the route about a target, and which roles are let in:
//   everybody  without signing in          person    whoever is signed in, and no token
//   own        about the own team          granted   about whatever lies below the place the role was granted for
//   anywhere   wherever the role was granted, about anything
//   plant      only where the role was granted for the whole plant
//   holder     whoever is signed in, or holds a token
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
  readonly holder?: true;
  readonly own?: string;
  readonly granted?: string;
  readonly anywhere?: string;
  /** The route is about the whole plant: for roles that were granted for all of it. */
  readonly plant?: string;
}

/** Roles that see who is who below them. */
const KNOWS =
  'crew-leader shift-supervisor team-accountant workshop-accountant labour-wages party-secretary programme-office manager auditor administrator';
/** Roles that look at sheets, readings and facts below them. */
const LOOKS =
  'crew-leader shift-supervisor team-accountant workshop-accountant finance safety programme-office manager auditor token';
/** Roles that see what hangs out in the canteen, wherever they were granted. */
const OPEN =
  'member crew-leader shift-supervisor team-accountant workshop-accountant labour-wages finance safety laboratory party-secretary programme-office manager workers-representative';
const TYPES = 'crew-leader team-accountant workshop-accountant token';
const IMPORTS = 'workshop-accountant finance programme-office token';
const SHIFT = '2022-03-02/夜';
const at = '2022-03-02T00:00:00Z';
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

  // ── readings and facts ──
  'readings.add': {
    own: 'member',
    granted: TYPES,
    ask: ({ point }) => ({ path: '/readings', body: { rows: [{ point, time: at, value: '1' }] } }),
  },
  'readings.add-bulk': { plant: TYPES, ask: () => ({ path: '/readings/bulk', body: {} }) },
  'readings.list': {
    own: 'member',
    granted: `${LOOKS} laboratory`,
    ask: ({ point }) => ({ path: `/points/${point}/readings` }),
  },
  'facts.add-orders': {
    granted: 'shift-supervisor token',
    ask: ({ unit }) => ({ path: '/orders', body: { rows: [{ id: 'o', unit, from: at, to: at, rate: '1' }] } }),
  },
  'facts.add-limits': {
    granted: 'shift-supervisor token',
    ask: ({ unit }) => ({
      path: '/limits',
      body: { rows: [{ id: 'l', unit, kind: 'supplied', from: at, to: at, rate: '1' }] },
    }),
  },
  'facts.add-exclusions': {
    granted: 'shift-supervisor workshop-accountant',
    ask: ({ unit }) => ({ path: '/exclusions', body: { rows: [{ id: 'x', unit, from: at, to: at, reason: why }] } }),
  },
  'exclusions.approve': {
    anywhere: 'programme-office manager',
    ask: () => ({ path: '/exclusions/none/approval', body: { approve: true, reason: why } }),
  },
  'facts.add-fees': {
    granted: 'team-accountant workshop-accountant finance token',
    ask: ({ unit }) => ({ path: '/fees', body: { rows: [{ id: 'f', unit, stream: 's', time: at, amount: '1' }] } }),
  },
  'facts.add-swaps': {
    granted: 'crew-leader shift-supervisor',
    ask: ({ unit }) => ({
      path: '/swaps',
      body: { rows: [{ id: 'w', unit, day: '2022-03-02', shift: '夜', crew: 'A' }] },
    }),
  },
  'facts.add-samples': {
    granted: 'laboratory token',
    ask: ({ point }) => ({ path: '/samples', body: { rows: [{ id: 's', point, time: at, value: '1' }] } }),
  },
  'facts.add-replacements': {
    own: 'member',
    granted: TYPES,
    ask: ({ point }) => ({
      path: '/replacements',
      body: { rows: [{ id: 'r', point, time: at, old_final: '1', new_first: '0' }] },
    }),
  },
  'facts.add-confirmations': {
    own: 'member',
    granted: TYPES,
    ask: ({ point }) => ({ path: '/confirmations', body: { rows: [{ id: 'c', point, time: at }] } }),
  },
  'facts.list': {
    own: 'member',
    granted: `${LOOKS} laboratory`,
    ask: ({ unit }) => ({ path: `/facts?unit=${unit}` }),
  },

  // ── sheets and boards ──
  'sheets.list': {
    anywhere: `member ${LOOKS} labour-wages party-secretary`,
    ask: () => ({ path: '/sheets?limit=1' }),
  },
  'sheets.get': {
    own: 'member',
    granted: `${LOOKS} labour-wages party-secretary`,
    ask: ({ unit }) => ({ path: `/sheets/${unit}/${SHIFT}` }),
  },
  'sheets.versions': {
    own: 'member',
    granted: `${LOOKS} labour-wages party-secretary`,
    ask: ({ unit }) => ({ path: `/sheets/${unit}/${SHIFT}/versions` }),
  },
  'sheets.explain': {
    own: 'member',
    granted: `${LOOKS} party-secretary`,
    ask: ({ unit }) => ({ path: `/sheets/${unit}/${SHIFT}/explanation` }),
  },
  'drafts.list': { anywhere: `member ${LOOKS}`, ask: () => ({ path: '/drafts' }) },
  'boards.get': { anywhere: `${OPEN} administrator`, plant: 'auditor token', ask: () => ({ path: '/boards' }) },
  'events.stream': { anywhere: OPEN, plant: 'auditor token', ask: () => ({ path: '/events?once=true' }) },

  // ── months ──
  'months.list': { anywhere: OPEN, plant: 'auditor token', ask: () => ({ path: '/months' }) },
  'months.close': {
    anywhere: 'finance',
    ask: () => ({ path: '/months/2199-01/close', body: { reason: why } }),
  },
  'restatements.list': { anywhere: OPEN, plant: 'auditor token', ask: () => ({ path: '/restatements' }) },
  'restatements.decide': {
    anywhere: 'finance manager',
    ask: () => ({ path: '/restatements/999999/decision', body: { approve: false, reason: why } }),
  },
  'reconciliation.add': {
    plant: 'workshop-accountant finance',
    ask: () => ({
      path: '/months/2199-01/reconciliation',
      body: { rows: [{ item: 'x', source: 'invoice', quantity: '1' }] },
    }),
  },

  // ── handover ──
  'handovers.get': { own: 'member', granted: LOOKS, ask: ({ unit }) => ({ path: `/handovers/${unit}/${SHIFT}` }) },
  'handovers.offer': {
    granted: 'crew-leader',
    ask: ({ unit }) => ({ path: `/handovers/${unit}/${SHIFT}/offer`, body: { checklist: [], stocks: [] } }),
  },
  'handovers.answer': {
    granted: 'crew-leader',
    ask: ({ unit }) => ({ path: `/handovers/${unit}/${SHIFT}/answer`, body: { state: 'accepted' } }),
  },
  'handovers.rule': {
    granted: 'shift-supervisor manager',
    ask: ({ unit }) => ({ path: `/handovers/${unit}/${SHIFT}/ruling`, body: { note: why } }),
  },

  // ── files ──
  'files.template': {
    anywhere: `member ${TYPES} ${IMPORTS} labour-wages manager auditor`,
    ask: () => ({ path: '/files/readings/template?format=csv' }),
  },
  ...Object.fromEntries(
    Object.entries({
      readings: { anywhere: `member ${TYPES}` },
      samples: { anywhere: 'laboratory token' },
      prices: { anywhere: 'finance' },
      standards: { anywhere: 'programme-office' },
      budgets: { anywhere: 'finance programme-office' },
      attendance: { anywhere: IMPORTS },
      people: { anywhere: 'administrator' },
      history: { anywhere: IMPORTS },
    }).flatMap(([kind, row]): [string, Row][] => [
      [`files.bring-${kind}`, { ...row, ask: () => ({ path: `/files/${kind}`, body: {} }) }],
      [`files.report-${kind}`, { ...row, ask: () => ({ path: `/files/${kind}/report`, body: {} }) }],
    ]),
  ),
  'files.history': { anywhere: `${IMPORTS} labour-wages manager auditor`, ask: () => ({ path: '/history' }) },
  'files.attendance': {
    granted: `${IMPORTS} labour-wages manager auditor`,
    ask: ({ team }) => ({ path: `/attendance?team=${team}&from=2022-03-01&to=2022-03-02` }),
  },

  // ── the model ──
  'model.plant': { holder: true, ask: () => ({ path: '/plant' }) },
  'model.points': { holder: true, ask: () => ({ path: '/points' }) },
  'model.list': { anywhere: `${OPEN} administrator`, plant: 'auditor token', ask: () => ({ path: '/model' }) },
  'model.file': {
    anywhere: `${OPEN} administrator`,
    plant: 'auditor token',
    ask: () => ({ path: '/model/999999/files/plant.yaml' }),
  },
  'model.check': {
    anywhere: `${OPEN} administrator`,
    plant: 'auditor token',
    ask: () => ({ path: '/model/check', body: { files: {} } }),
  },
  'model.save': {
    anywhere: 'programme-office',
    ask: () => ({
      path: '/model',
      body: { fromDay: '2022-01-01', note: why, files: {} },
      headers: { 'if-match': '"0"' },
    }),
  },

  // ── the ledger ──
  'ledger.seals': { plant: 'administrator auditor token', ask: () => ({ path: '/ledger/seals' }) },
  'ledger.verify': { plant: 'administrator auditor token', ask: () => ({ path: '/ledger/verification', body: {} }) },
  'jobs.list': { plant: 'administrator auditor token', ask: () => ({ path: '/jobs' }) },

  // ── the whole plant ──
  'audit.list': { plant: 'administrator auditor token', ask: () => ({ path: '/audit?limit=1' }) },
  'health.live': { everybody: true, ask: () => ({ path: '/health/live' }) },
  'health.ready': { everybody: true, ask: () => ({ path: '/health' }) },
  'health.metrics': { plant: 'administrator auditor token', ask: () => ({ path: '/metrics' }) },

  // ── last, for it ends the session ──
  'session.close': { person: true, ask: () => ({ path: '/session' }) },
};
