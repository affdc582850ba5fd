// What a route promises, as data: path, words, schemas, who may ask, how it behaves. The server, the OpenAPI document and
// the web read the same contracts. It runs in a browser: no server, no database, nothing of `node:`; handlers stand elsewhere.
import { type Static, type TSchema, Type } from 'typebox';
import type { Action } from './contract/actions.ts';

export { ACTIONS, type Action, LINES, type Line, ROLES, type Role, TOKEN_ACTIONS } from './contract/actions.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type Part = 'params' | 'query' | 'body';

/**
 * What a request is about, so that permission can be asked before the handler runs. `name` leads to the id in its part:
 * `unit`, `order.unit`, or `rows[].point` for each of many (all must be permitted; at most one row of a place is asked twice).
 * `plant`: the whole plant. `own`: the caller alone. `filtered`: any place will do, and the handler shows only what
 * `call.access` covers. A scope whose id is absent (an optional filter) is `filtered`.
 */
export type Scope =
  | { readonly about: 'plant' | 'own' | 'filtered' }
  | {
      readonly about: 'unit' | 'team' | 'point' | 'person' | 'administrative' | 'party' | 'place';
      readonly in: Part;
      readonly name: string;
    };

/** Who may ask: everybody, whoever is signed in (or holds a token), or who holds a permission in the scope. */
export type Need = 'public' | 'signed-in' | Action;

export interface Contract {
  /** Unique, `word.verb`; the operationId of the OpenAPI document. */
  readonly id: string;
  readonly method: Method;
  /** Below `/api/v1`, with `:name` for parameters. */
  readonly path: string;
  readonly summary: { readonly zh: string; readonly en: string };
  readonly action: Need;
  readonly scope: Scope;
  readonly params?: TSchema;
  readonly query?: TSchema;
  readonly body?: TSchema;
  /** Media types of a body that is no JSON; the handler gets it as bytes, and `body` is not given. */
  readonly takes?: readonly string[];
  /** The body of success; `undefined` for no content, or for a media type of `gives`. */
  readonly response?: TSchema;
  readonly gives?: readonly string[];
  readonly status?: 200 | 201 | 202 | 204 | 302;
  /**
   * Of a write: `yes`, its answer is kept and told again under the same Idempotency-Key; `once`, the answer holds a secret
   * that is not kept, and the same key is told that it was done; `no`, the key is not read (signing in).
   */
  readonly idempotent?: 'yes' | 'once' | 'no';
  /** Of a GET: carries a strong ETag, answers If-None-Match with 304. */
  readonly cacheable?: boolean;
  /** Of a GET: `cursor` and `limit` in the query, `next` in the answer (`page()` makes the schema). */
  readonly paged?: boolean;
  /** Needs If-Match: the ETag of what the change is based on. */
  readonly ifMatch?: boolean;
  /** Largest body in bytes, inflated; 1 MiB unless told. */
  readonly bodyBytesMax?: number;
  /** Requests a minute of one caller; `sign-in` is counted by address. */
  readonly rate?: 'read' | 'write' | 'sign-in' | 'heavy';
  /** Typed codes of refusals beyond those every route can give. */
  readonly refusals?: readonly string[];
}

/** Lets TypeScript keep the types of this very contract, and says nothing more. */
export const contract = <const C extends Contract>(one: C): C => one;

export const BASE = '/api/v1';
export const CSRF_HEADER = 'x-crewledger';
export const BODY_BYTES_MAX = 1 << 20;
export const PAGE_LIMIT = 50;
export const PAGE_LIMIT_MAX = 500;

const closed = { additionalProperties: false } as const;

/** An object that refuses keys it does not know. */
export const record = <T extends Record<string, TSchema>>(properties: T) => Type.Object(properties, closed);

/** What a paged query takes besides its own keys. */
export const PAGING = {
  cursor: Type.Optional(Type.String({ maxLength: 500, description: 'next of the page before' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: PAGE_LIMIT_MAX, default: PAGE_LIMIT })),
};

export const page = <T extends TSchema>(item: T) =>
  record({ items: Type.Array(item), next: Type.Optional(Type.String({ description: 'absent on the last page' })) });

export const Instant = Type.String({ format: 'date-time', maxLength: 40 });
export const DayText = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' });
/** An id of the plant's text. */
export const PlantId = Type.String({ minLength: 1, maxLength: 100 });
export const Whole = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
export const Empty = record({});

/** A place of the plant in one word: `plant`, `unit:u1`, `team:t1`, `administrative:o1`, `party:b1`. */
export const PlaceText = Type.String({
  pattern: '^(plant|(unit|team|administrative|party):.{1,100})$',
  description: 'plant, unit:…, team:…, administrative:… or party:…',
});

/** Every error of this interface: RFC 9457, with what to do about it, in the caller's language. */
export const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  cure: Type.Optional(Type.String()),
  code: Type.String(),
  instance: Type.String({ description: 'the id of the request, as in the log' }),
  errors: Type.Optional(
    Type.Array(
      Type.Object({
        field: Type.String({ description: 'a JSON pointer into the part, after its name: body/rows/0/point' }),
        code: Type.String(),
        detail: Type.String(),
        cure: Type.Optional(Type.String()),
      }),
    ),
  ),
});
export type Problem = Static<typeof Problem>;
