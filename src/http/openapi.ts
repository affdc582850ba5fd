// The contracts as an OpenAPI 3.1 document. docs/openapi.json is what it gives, written by `npm run openapi`; schemas are JSON
// Schema already, so they go in as they are.
import { BASE, type Contract, CSRF_HEADER, Problem } from './contract.ts';

type Json = Readonly<Record<string, unknown>>;

/** @param version of the package */
export function openApi(contracts: readonly Contract[], version: string): Json {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const contract of contracts) {
    const path = BASE + contract.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [contract.method.toLowerCase()]: operation(contract) };
  }
  return plain({
    openapi: '3.1.0',
    info: {
      title: 'CrewLedger 班组价值核算系统',
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description: DESCRIPTION,
    },
    servers: [{ url: '/' }],
    tags: [...new Set(contracts.map(tagOf))].map((name) => ({ name })),
    paths,
    components: {
      schemas: { Problem },
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: 'crewledger-session' },
        token: { type: 'http', scheme: 'bearer' },
      },
    },
  });
}

const DESCRIPTION = [
  '出错时一律返回 application/problem+json，含 code、detail 和 cure；语言按用户设置，其次 Accept-Language，默认中文。',
  'Errors are application/problem+json with code, detail and cure, in the language of the user, else Accept-Language, else Chinese.',
  `写操作可带 Idempotency-Key，同一键重发得到同一结果；用 cookie 登录时另带 ${CSRF_HEADER}: 1。`,
  `Writes take an Idempotency-Key: sent again, they answer the same. With a cookie, send ${CSRF_HEADER}: 1 as well.`,
].join('\n\n');

const tagOf = ({ id }: Contract): string => id.split('.')[0]!;

function operation(contract: Contract): Json {
  const { id, summary, action, scope, body, takes, params, query } = contract;
  const write = contract.method !== 'GET';
  return {
    operationId: id,
    tags: [tagOf(contract)],
    summary: `${summary.zh} ${summary.en}`,
    description: `权限 permission: \`${action}\` · 范围 scope: \`${scopeText(scope)}\``,
    security: action === 'public' ? [] : [{ session: [] }, { token: [] }],
    parameters: [
      ...parameters('path', params),
      ...parameters('query', query),
      ...(write && contract.idempotent !== 'no' ? [header('Idempotency-Key', false)] : []),
      ...(contract.ifMatch ? [header('If-Match', true)] : []),
      ...(contract.cacheable ? [header('If-None-Match', false)] : []),
    ],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    ...(takes === undefined ? {} : { requestBody: { required: true, content: ofTypes(takes) } }),
    responses: {
      [contract.status ?? 200]: {
        description: 'OK',
        ...(contract.response === undefined ? {} : { content: { 'application/json': { schema: contract.response } } }),
        ...(contract.gives === undefined ? {} : { content: ofTypes(contract.gives) }),
      },
      ...(contract.cacheable ? { 304: { description: 'not changed' } } : {}),
      default: {
        description: contract.refusals === undefined ? 'problem' : `problem: ${contract.refusals.join(', ')}`,
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

const ofTypes = (types: readonly string[]): Json =>
  Object.fromEntries(types.map((type) => [type, { schema: { type: 'string', format: 'binary' } }]));

const scopeText = (scope: Contract['scope']): string =>
  'in' in scope ? `${scope.about} (${scope.in}.${scope.name})` : scope.about;

const header = (name: string, required: boolean): Json => ({
  name,
  in: 'header',
  required,
  schema: { type: 'string' },
});

function parameters(place: 'path' | 'query', schema: unknown): Json[] {
  const { properties = {}, required = [] } = (schema ?? {}) as {
    properties?: Record<string, Json>;
    required?: readonly string[];
  };
  return Object.entries(properties).map(([name, one]) => ({
    name,
    in: place,
    required: required.includes(name),
    schema: one,
  }));
}

/** As JSON has it: typebox marks its schemas with keys that are not part of them. */
const plain = (document: object): Json => JSON.parse(JSON.stringify(document)) as Json;
