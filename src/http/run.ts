// One request through one route: validated, permitted, done once for its key, answered. The order is the point: nothing is
// looked up for a caller who may not ask, and nothing is done before the whole request is known to be right.
import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { pointsOf } from '../statement.ts';
import { audit } from '../store/audit.ts';
import type { Transaction } from '../store/database.ts';
import { keepAnswer, takeKey } from '../store/idempotency.ts';
import { placesOfPerson } from '../store/people.ts';
import { type Access, accessOf, type Caller, keptPlace, type Place, placeText, readPlace } from './access.ts';
import { etagOf, etagsIn } from './body.ts';
import type { Action, Contract, Scope } from './contract.ts';
import { callerName, isLoopback } from './identify.ts';
import { languageOf, Refused, refuse } from './problem.ts';
import type { Answer, Call, Route } from './route.ts';
import { type Service, todayOf } from './service.ts';
import { type Checks, checksOf } from './validate.ts';

/** What the frame keeps with a request. */
declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller;
    began: number;
  }
}

export type Runner = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

/** `strict`: an answer that breaks its schema is a bug, not a line in the log. */
export function runnerOf(route: Route, service: Service, strict: boolean): Runner {
  const { contract } = route;
  const checks = checksOf(contract);
  return async (request, reply) => {
    const after: (() => unknown)[] = [];
    const call = callOf(contract, checks, service, request, reply, after);
    await permit(contract, call);
    const answer = await perform(route, call, checks, strict, after);
    if (answer.taken) return reply;
    const sent = send(contract, call, answer);
    for (const work of after)
      await Promise.resolve()
        .then(work)
        .catch((error: unknown) => request.log.error(error));
    return sent;
  };
}

function callOf(
  contract: Contract,
  checks: Checks,
  service: Service,
  request: FastifyRequest,
  reply: FastifyReply,
  after: (() => unknown)[],
): Call {
  const { caller } = request;
  const plant = service.currentPlant();
  const has = etagsIn(request.headers['if-none-match']);
  const [baseVersion = ''] = etagsIn(request.headers['if-match']);
  if (contract.ifMatch && baseVersion === '') throw refuse('base-version-needed');
  const person = caller.kind === 'person' ? caller.person : undefined;
  const token = caller.kind === 'token' ? caller.token : undefined;
  const device = caller.kind === 'person' ? caller.device : undefined;
  return {
    params: checks.params(request.params) as Call['params'],
    query: checks.query(request.query) as Call['query'],
    body: (contract.takes === undefined
      ? checks.body(request.body)
      : (request.body ?? Buffer.alloc(0))) as Call['body'],
    mediaType: (request.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase(),
    plantId: service.plantId,
    plant,
    caller,
    access: accessOf(caller, plant),
    person,
    language: languageOf(person === undefined ? undefined : languageChoice(caller), request.headers['accept-language']),
    id: request.id,
    address: request.ip,
    loopback: isLoopback(request),
    secure: service.secure,
    baseVersion,
    service,
    audit: (tx, entry) => audit(tx, service.plantId, { person, token, device, request: request.id }, entry),
    has: (etag) => has.includes(etag),
    after: (work) => void after.push(work),
    request,
    reply,
  };
}

const languageChoice = (caller: Caller) => (caller.kind === 'person' ? caller.language : undefined);

/** Whatever can be refused without reading the body; the frame asks before the body is read. */
export function permitAtAll(contract: Contract, caller: Caller, access: Access): void {
  const { action, scope, id } = contract;
  if (action === 'public') return;
  if (caller.kind === 'nobody') throw refuse('sign-in-needed');
  if (caller.kind === 'person' && caller.mustChangePassword && !id.startsWith('session.'))
    throw refuse('password-change-needed');
  if (action === 'signed-in') {
    if (scope.about === 'own' && caller.kind !== 'person') throw refuse('people-only');
  } else if (!access.somewhere(action)) throw refuse('not-allowed', { action });
}

async function permit(contract: Contract, call: Call): Promise<void> {
  const { action, scope } = contract;
  if (action === 'public' || action === 'signed-in') return;
  const places = await placesAsked(scope, call);
  // A change that does not say what it is about is about everything.
  const about = places.length === 0 && 'in' in scope && contract.method !== 'GET' ? [[EVERYWHERE]] : places;
  for (const place of about) {
    if (!place.some((one) => call.access.may(action as Action, one)))
      throw refuse('not-allowed', { action, place: place[0] === undefined ? '' : placeText(place[0]) });
  }
}

const EVERYWHERE: Place = { kind: 'plant' };

/** Each is a place the request is about; of its alternatives (the units that share a point), one must be permitted. */
async function placesAsked(scope: Scope, call: Call): Promise<(readonly Place[])[]> {
  if (scope.about === 'plant') return [[EVERYWHERE]];
  if (!('in' in scope)) return [];
  const ids = new Set(valuesAt(call[scope.in], scope.name.split('.')).map(String));
  const places: (readonly Place[])[] = [];
  for (const id of ids) places.push(await placeAsked(scope.about, id, call));
  return places;
}

async function placeAsked(
  about: Exclude<Scope['about'], 'plant' | 'own' | 'filtered'>,
  id: string,
  { plant, plantId, service }: Call,
): Promise<readonly Place[]> {
  switch (about) {
    case 'place': {
      const place = readPlace(id, plant);
      if (place === undefined) throw refuse('no-such-place', { found: id });
      return [place];
    }
    case 'point': {
      const readers = unitsOfPoint(plant, id);
      return readers.length === 0 ? [EVERYWHERE] : readers.map((unit) => ({ kind: 'unit', id: unit }));
    }
    case 'person': {
      const at = (await placesOfPerson(service.db, plantId, Number(id), todayOf(service))).map(keptPlace);
      return [{ kind: 'person', id: Number(id), at }];
    }
    default:
      return [{ kind: about, id }];
  }
}

const units = new WeakMap<Call['plant'], Map<string, string[]>>();

/** The units that read a point. None: then it takes the whole plant to touch it. */
function unitsOfPoint(plant: Call['plant'], point: string): string[] {
  let known = units.get(plant);
  if (known === undefined) {
    known = new Map();
    for (const unit of plant.units.values()) {
      for (const { id } of pointsOf(plant, unit)) known.set(id, [...(known.get(id) ?? []), unit.id]);
    }
    units.set(plant, known);
  }
  return known.get(point) ?? [];
}

/** `rows[].point` leads to the point of each row. */
function valuesAt(value: unknown, [name, ...rest]: readonly string[]): unknown[] {
  if (value === undefined || value === null) return [];
  if (name === undefined) return [value];
  const key = name.replace(/\[\]$/, '');
  const inner = (value as Readonly<Record<string, unknown>>)[key];
  if (!name.endsWith('[]')) return valuesAt(inner, rest);
  return Array.isArray(inner) ? inner.flatMap((one) => valuesAt(one, rest)) : [];
}

async function perform(
  route: Route,
  call: Call,
  checks: Checks,
  strict: boolean,
  after: (() => unknown)[],
): Promise<Answer> {
  const right = (outcome: Answer | Refused): Answer => {
    if (outcome instanceof Refused) throw outcome;
    const wrong =
      outcome.body === undefined || written.has(outcome.body as object) ? '' : checks.response(outcome.body);
    if (wrong !== '' && strict) throw new Error(`${route.contract.id} answers against its schema: ${wrong}`);
    if (wrong !== '') call.request.log.error({ route: route.contract.id, wrong }, 'answer against its schema');
    return outcome;
  };
  const { db } = call.service;
  if (route.kind === 'read') return right(await route.handle(call, db));
  if (route.kind === 'own') return right(await route.handle(call, db));
  if (db.full) throw refuse('disk-full');
  const key = keyOf(route.contract, call);
  return db.transaction(async (tx) => {
    // A transaction that crossed another is done again, and what is to follow it only once.
    after.length = 0;
    return key === undefined
      ? right(await route.handle(call, tx))
      : once(tx, key, route.contract, call, async () => right(await route.handle(call, tx)));
  });
}

function keyOf({ idempotent }: Contract, { request }: Call): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined || idempotent === 'no') return undefined;
  if (typeof key !== 'string' || !/^[\x21-\x7e]{8,200}$/.test(key)) throw refuse('bad-key');
  return key;
}

async function once(
  tx: Transaction,
  key: string,
  contract: Contract,
  call: Call,
  work: () => Promise<Answer>,
): Promise<Answer> {
  const owner = callerName(call.caller, call.address);
  const requestHash = hashRequest(call);
  const taking = await takeKey(tx, call.plantId, owner, key, requestHash);
  if (taking.kind === 'busy') throw refuse('key-busy');
  if (taking.kind === 'kept') {
    const { kept } = taking;
    if (!requestHash.equals(kept.requestHash)) throw refuse('key-with-other-body');
    if (contract.idempotent === 'once') throw refuse('key-done');
    return {
      ...(kept.status === undefined ? {} : { status: kept.status }),
      ...(kept.answer === undefined ? {} : { body: JSON.parse(kept.answer) as unknown }),
      ...(kept.etag === undefined ? {} : { etag: kept.etag }),
      headers: { 'idempotent-replayed': 'true' },
    };
  }
  const answer = await work();
  const secret = contract.idempotent === 'once' || answer.body === undefined;
  await keepAnswer(tx, call.plantId, owner, key, {
    status: answer.status ?? contract.status ?? 200,
    answer: secret ? undefined : JSON.stringify(answer.body),
    etag: answer.etag,
  });
  return answer;
}

function hashRequest({ request, body }: Call): Buffer {
  const hash = createHash('sha256').update(`${request.method} ${request.url}\n`);
  return hash.update(Buffer.isBuffer(body) ? body : JSON.stringify(body ?? null)).digest();
}

/** The bytes of bodies that were checked and written before: a route that keeps its answer gives the same object again. */
const written = new WeakMap<object, Buffer>();

function textOf({ cacheable }: Contract, body: unknown): string | Buffer {
  if (!cacheable || typeof body !== 'object' || body === null) return JSON.stringify(body);
  const bytes = written.get(body) ?? Buffer.from(JSON.stringify(body));
  written.set(body, bytes);
  return bytes;
}

function send(contract: Contract, { reply, has }: Call, answer: Answer): FastifyReply {
  const { body, etag, headers = {} } = answer;
  for (const [name, value] of Object.entries(headers)) reply.header(name, value);
  const text = body === undefined || contract.gives !== undefined ? undefined : textOf(contract, body);
  const version = etag ?? (contract.cacheable && text !== undefined ? etagOf(text) : undefined);
  if (version !== undefined) reply.header('etag', `"${version}"`);
  if (contract.cacheable) {
    reply.header('cache-control', 'private, no-cache');
    if (version !== undefined && has(version)) return reply.code(304).send();
  }
  reply.code(answer.status ?? contract.status ?? 200);
  if (body === undefined) return reply.send();
  if (text === undefined) return reply.type(answer.mediaType ?? contract.gives![0]!).send(body);
  return reply.type('application/json; charset=utf-8').send(text);
}
