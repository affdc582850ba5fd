// A route: a contract and what is done. `read` gets the database, `write` one transaction in which the answer kept for the
// Idempotency-Key is written too, `own` the database to open its own transactions (signing in: a failure is kept as well).
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Static, TSchema } from 'typebox';
import type { Plant } from '../plant.ts';
import type { AuditEntry } from '../store/audit.ts';
import type { Database, Queryable, Transaction } from '../store/database.ts';
import type { Language } from '../words/say.ts';
import type { Access, Caller } from './access.ts';
import type { Contract } from './contract.ts';
import type { Refused } from './problem.ts';
import type { Service } from './service.ts';

type PartOf<C, K extends string> = C extends { readonly [key in K]: infer S extends TSchema }
  ? Static<S>
  : Record<string, never>;
type BodyOf<C> = C extends { readonly takes: readonly string[] } ? Buffer : PartOf<C, 'body'>;
type AnswerOf<C> = C extends { readonly response: infer S extends TSchema } ? Static<S> : unknown;

export interface Call<C extends Contract = Contract> {
  readonly params: PartOf<C, 'params'>;
  readonly query: PartOf<C, 'query'>;
  readonly body: BodyOf<C>;
  /** Of a body that is no JSON. */
  readonly mediaType: string;
  readonly plantId: number;
  readonly plant: Plant;
  readonly caller: Caller;
  readonly access: Access;
  /** The person who is signed in; undefined for a token. Routes with `action: 'signed-in'` and scope `own` always have one. */
  readonly person: number | undefined;
  readonly language: Language;
  /** As in the log, in `x-request-id` and in problems. */
  readonly id: string;
  readonly address: string;
  readonly loopback: boolean;
  readonly secure: boolean;
  /** The ETag of If-Match without its quotes; '' where the contract does not ask for it. */
  readonly baseVersion: string;
  readonly service: Service;
  /** Writes to the audit log in the name of the caller. */
  readonly audit: (tx: Queryable, entry: AuditEntry) => Promise<void>;
  /** Whether the caller has this version already: then return `{ etag }` alone, and save the work. */
  readonly has: (etag: string) => boolean;
  /** Runs once the transaction is committed and the answer is certain; its failure is logged, not told. */
  readonly after: (work: () => unknown) => void;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

export interface Answer<B = unknown> {
  readonly status?: number;
  /** JSON, or bytes, text or a stream where the contract `gives` a media type. */
  readonly body?: B;
  readonly mediaType?: string;
  readonly etag?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The handler has taken over the response (event streams). */
  readonly taken?: boolean;
}

export type Outcome<C extends Contract = Contract> = Promise<Answer<AnswerOf<C>> | Refused>;

export type Route = { readonly contract: Contract } & (
  | { readonly kind: 'read'; readonly handle: (call: Call, db: Queryable) => Outcome }
  | { readonly kind: 'write'; readonly handle: (call: Call, tx: Transaction) => Outcome }
  | { readonly kind: 'own'; readonly handle: (call: Call, db: Database) => Outcome }
);

/** A contract and what is done for it: `route(contract).read(async (call, db) => …)`. */
export interface Routing<C extends Contract> {
  readonly read: (handle: (call: Call<C>, db: Queryable) => Outcome<C>) => Route;
  readonly write: (handle: (call: Call<C>, tx: Transaction) => Outcome<C>) => Route;
  readonly own: (handle: (call: Call<C>, db: Database) => Outcome<C>) => Route;
}

export function route<C extends Contract>(contract: C): Routing<C> {
  // Sound: the frame hands a handler only what its contract's schemas let through.
  const made = (kind: Route['kind']) => (handle: unknown) => ({ contract, kind, handle }) as unknown as Route;
  return { read: made('read'), write: made('write'), own: made('own') };
}
