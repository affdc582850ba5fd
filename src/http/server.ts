// The frame around the routes: identifies, limits, permits, logs, protects, and closes gracefully. It knows no route by name;
// what a route does stands in its own file, what it promises in contract/.
import { randomUUID } from 'node:crypto';
import type { Server as TlsServer } from 'node:tls';
import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import { Registry } from 'prom-client';
import type { Plant } from '../plant.ts';
import { codeOf, type Database } from '../store/database.ts';
import { accessOf } from './access.ts';
import { deflate, inflate } from './body.ts';
import { CONTRACTS } from './contract/all.ts';
import { BASE, BODY_BYTES_MAX, type Contract, CSRF_HEADER } from './contract.ts';
import { callerName, identify, NOBODY } from './identify.ts';
import { type LogOptions, loggerOf } from './log.ts';
import { measure } from './metrics.ts';
import { openApi } from './openapi.ts';
import { languageOf, problemOf, refusalOf, refuse, retryAfter, statusOf } from './problem.ts';
import type { Route } from './route.ts';
import { routes as ownRoutes } from './routes.ts';
import { permitAtAll, runnerOf } from './run.ts';
import { type Health, LOCK_OUT, RATES, SESSIONS, type Service } from './service.ts';

export interface ServerOptions {
  readonly db: Database;
  readonly plantId: number;
  readonly currentPlant: () => Plant;
  readonly version: string;
  /** Further routes: those of the domain. */
  readonly routes?: readonly Route[];
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Behind a proxy that ends TLS: then the client is whom it names, and cookies are for https. */
  readonly proxy?: { readonly trust: string | readonly string[]; readonly secure: boolean };
  readonly example?: boolean;
  readonly log?: LogOptions;
  readonly registry?: Registry;
  readonly health?: () => Promise<Health>;
  /** More routes that are no part of the interface: pages, the web's files. */
  readonly pages?: (app: FastifyInstance, service: Service) => void | Promise<void>;
  /** What is not there, outside the interface: the web's own paths. Gives nothing to leave it not found. */
  readonly fallback?: (request: FastifyRequest, reply: FastifyReply) => FastifyReply | undefined;
  /** Tests: an answer that breaks its schema fails. */
  readonly strict?: boolean;
  readonly settings?: Partial<Pick<Service, 'now' | 'sessions' | 'rates' | 'lockOut' | 'signOn'>>;
  /** Called first when closing, to end what would not end by itself: event streams. */
  readonly onClosing?: () => void;
}

export interface Server {
  /** Gives the address it listens on, `https://127.0.0.1:8443`. */
  readonly listen: (at: { readonly host: string; readonly port: number }) => Promise<string>;
  /** Lets running requests end, for `graceMs` at most. */
  readonly close: (graceMs?: number) => Promise<void>;
  readonly inject: FastifyInstance['inject'];
  /** Connections from now on meet this certificate: a renewed one, without a restart. */
  readonly useCertificate: (tls: { readonly key: string; readonly cert: string }) => void;
  readonly service: Service;
}

/** `script-src 'self'` and no inline anything: whatever is put into a page cannot run. */
const POLICY = {
  defaultSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
  imgSrc: ["'self'", 'data:', 'blob:'],
  objectSrc: ["'none'"],
  scriptSrc: ["'self'"],
  scriptSrcAttr: ["'none'"],
  styleSrc: ["'self'"],
  workerSrc: ["'self'"],
};

export async function openServer(options: ServerOptions): Promise<Server> {
  const service = serviceOf(options);
  const { secure } = service;
  const app = fastify({
    ...(options.tls === undefined ? {} : { https: { ...options.tls, minVersion: 'TLSv1.2' } as never }),
    logger: loggerOf(options.log ?? {}) as never,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    trustProxy: options.proxy === undefined ? false : ([options.proxy.trust].flat() as string[]),
    bodyLimit: BODY_BYTES_MAX,
    return503OnClosing: false,
    requestTimeout: 120_000,
    routerOptions: { maxParamLength: 300 },
  }) as unknown as FastifyInstance;
  let closing = false;

  await app.register(cookie);
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: POLICY },
    strictTransportSecurity: secure ? { maxAge: 31_536_000, includeSubDomains: false } : false,
    referrerPolicy: { policy: 'same-origin' },
  });
  await app.register(rateLimit, { global: false });
  app.decorateRequest('caller', null as never);
  app.decorateRequest('began', 0);
  const limited = limitsOf(app, service);

  app.addHook('onRequest', async (request, reply) => {
    request.began = performance.now();
    request.caller = NOBODY;
    reply.header('x-request-id', request.id).header('cache-control', 'no-store').header('vary', VARY);
    if (closing) throw refuse('closing');
    const contract = contractOf(request);
    if (contract === undefined) return;
    await meet(request, contract, service, limited);
  });
  app.addHook('preParsing', async (request, _reply, payload) => inflate(request, payload as never) as never);
  app.addHook('onSend', (request, reply, payload) => {
    // A connection kept alive would keep the server from closing.
    if (closing) reply.header('connection', 'close');
    return deflate(request, reply, payload);
  });
  app.addHook('onResponse', async (request, reply) => tell(request, reply));
  app.setErrorHandler((error, request, reply) => answerProblem(error, request, reply));
  app.setNotFoundHandler(
    (request, reply) =>
      (request.url.startsWith('/api/') ? undefined : options.fallback?.(request, reply)) ??
      answerProblem(
        refuse('no-such-path', { found: `${request.method} ${request.url.split('?')[0]}` }),
        request,
        reply,
      ),
  );
  app.removeContentTypeParser('text/plain');
  // Clients name JSON on every POST; where no body is wanted, none is as good as an empty one.
  const strictJson = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else strictJson(request, body as string, done);
  });
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => {
    const { takes } = contractOf(request) ?? {};
    const type = (request.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
    if (takes?.includes(type)) done(null, body);
    else done(refuse('bad-media-type', { found: type, choices: (takes ?? ['application/json']).join(', ') }));
  });

  measure(app, service.registry);
  for (const route of [...ownRoutes(service), ...(options.routes ?? [])])
    mount(app, route, service, options.strict ?? false);
  await mountDocuments(app, options.version);
  await options.pages?.(app, service);

  return {
    listen: async ({ host, port }) => {
      await app.listen({ host, port });
      const {
        address,
        family,
        port: bound,
      } = app.server.address() as { address: string; family: string; port: number };
      return `${options.tls === undefined ? 'http' : 'https'}://${family === 'IPv6' ? `[${address}]` : address}:${bound}`;
    },
    close: async (graceMs = 10_000) => {
      closing = true;
      options.onClosing?.();
      const hurry = setTimeout(() => app.server.closeAllConnections(), graceMs);
      await app.close().finally(() => clearTimeout(hurry));
    },
    inject: app.inject.bind(app),
    useCertificate: ({ key, cert }) => {
      if ('setSecureContext' in app.server) (app.server as unknown as TlsServer).setSecureContext({ key, cert });
    },
    service,
  };
}

const VARY = 'accept-encoding, accept-language, authorization, cookie';

function serviceOf(options: ServerOptions): Service {
  return {
    db: options.db,
    plantId: options.plantId,
    currentPlant: options.currentPlant,
    now: Date.now,
    version: options.version,
    example: options.example ?? false,
    secure: options.tls !== undefined || (options.proxy?.secure ?? false),
    sessions: SESSIONS,
    rates: RATES,
    lockOut: LOCK_OUT,
    signOn: undefined,
    registry: options.registry ?? new Registry(),
    health: options.health ?? (async () => ({ faults: [] })),
    ...options.settings,
  };
}

const contractOf = (request: FastifyRequest): Contract | undefined =>
  (request.routeOptions.config as { contract?: Contract }).contract;

type Limits = (kind: NonNullable<Contract['rate']>, request: FastifyRequest) => Promise<void>;

/** Before a body is read: who calls, how often, from where, and whether they may do such a thing at all. */
async function meet(request: FastifyRequest, contract: Contract, service: Service, limited: Limits): Promise<void> {
  try {
    request.caller = await identify(request, service);
  } catch (error) {
    // What is open to everybody is open too while the database is away.
    if (contract.action !== 'public' || contract.method !== 'GET') throw error;
  }
  await limited(contract.rate ?? (contract.method === 'GET' ? 'read' : 'write'), request);
  refuseForeign(request, contract);
  permitAtAll(contract, request.caller, accessOf(request.caller, service.currentPlant()));
}

function limitsOf(app: FastifyInstance, { rates }: Service): Limits {
  const limit = (name: string, max: number, key: (request: FastifyRequest) => string) =>
    app.createRateLimit({ max, timeWindow: 60_000, keyGenerator: (request) => `${name} ${key(request)}` });
  const byCaller = (request: FastifyRequest): string => callerName(request.caller, request.ip);
  const limits = {
    read: limit('read', rates.read, byCaller),
    write: limit('write', rates.write, byCaller),
    heavy: limit('heavy', rates.heavy, byCaller),
    'sign-in': limit('sign-in', rates.signIn, ({ ip }) => ip),
  };
  return async (kind, request) => {
    const state = await limits[kind](request);
    if (!state.isAllowed && state.isExceeded) throw refuse('too-many-requests', { seconds: state.ttlInSeconds });
  };
}

/**
 * A browser sends its cookie along with a request another site made it send. Such a request carries the other site's Origin,
 * and cannot carry a header of ours; a cookie is believed on an unsafe method only with our Origin or our header.
 */
function refuseForeign(request: FastifyRequest, contract: Contract): void {
  if (contract.method === 'GET' || request.headers.authorization !== undefined) return;
  const { origin } = request.headers;
  const ours = origin === `${request.protocol}://${request.host}`;
  if (origin !== undefined ? !ours : request.headers[CSRF_HEADER] === undefined) throw refuse('origin-refused');
}

function mount(app: FastifyInstance, route: Route, service: Service, strict: boolean): void {
  const { contract } = route;
  const run = runnerOf(route, service, strict);
  app.route({
    method: contract.method,
    url: BASE + contract.path,
    bodyLimit: contract.bodyBytesMax ?? BODY_BYTES_MAX,
    config: { contract } as never,
    handler: run as never,
  });
}

const LOGO =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path fill="#f2b632" d="M12 1l3 7 8 .6-6 5.2 1.8 7.7L12 17.4 5.2 21.5 7 13.8 1 8.6 9 8z"/></svg>';

async function mountDocuments(app: FastifyInstance, version: string): Promise<void> {
  const document = openApi(CONTRACTS, version);
  app.get(`${BASE}/openapi.json`, async (_request, reply) =>
    reply.type('application/json').send(JSON.stringify(document)),
  );
  await app.register(swagger, { mode: 'static', specification: { document: document as never } });
  await app.register(swaggerUi, {
    routePrefix: '/api/docs',
    uiConfig: { tryItOutEnabled: false },
    logo: { type: 'image/svg+xml', content: LOGO, href: '/api/docs' },
    theme: {
      title: 'CrewLedger API',
      favicon: [{ filename: 'icon.svg', rel: 'icon', type: 'image/svg+xml', sizes: 'any', content: LOGO }],
    },
    // The page styles itself inline; script stays as strict as everywhere.
    transformStaticCSP: (policy) => policy.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'"),
  });
}

function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const refused = refusalOf(error);
  const status = statusOf(refused.code);
  if (status === 500) request.log.error({ id: request.id, err: error }, 'a bug');
  else if (status === 503)
    request.log.warn(
      { id: request.id, errorCode: codeOf(error), why: error instanceof Error ? error.message : '' },
      refused.code,
    );
  const { caller } = request;
  const choice = caller?.kind === 'person' ? caller.language : undefined;
  const language = languageOf(choice, request.headers['accept-language']);
  const seconds = retryAfter(refused);
  if (seconds !== undefined) reply.header('retry-after', String(Math.max(1, Math.ceil(seconds))));
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  return reply
    .code(status)
    .header('content-language', language)
    .header('cache-control', 'no-store')
    .removeHeader('etag')
    .type('application/problem+json; charset=utf-8')
    .send(JSON.stringify(problemOf(refused, language, request.id)));
}

function tell(request: FastifyRequest, reply: FastifyReply): void {
  request.log.info(
    {
      id: request.id,
      method: request.method,
      path: request.url.split('?')[0],
      status: reply.statusCode,
      ms: Math.round(performance.now() - request.began),
      caller: callerName(request.caller ?? NOBODY, request.ip),
    },
    'request',
  );
}
