// Refusals as RFC 9457 problems in the caller's language. A handler returns or throws `refuse(code, args)`; what was written in
// its transaction is undone. It knows codes and their status, and hides everything about a failure that is our own.

import { codeOf, isUnavailable } from '../store/database.ts';
import { type FieldFault, REFUSALS, type RefusalCode, type RefusalStatus } from '../words/http.ts';
import { fill, type Language, WORDS } from '../words/say.ts';
import type { Problem } from './contract.ts';

export type { RefusalCode } from '../words/http.ts';

export interface FieldProblem {
  /** `body/rows/0/point`. */
  readonly field: string;
  readonly fault: FieldFault;
  readonly args: Readonly<Record<string, string>>;
}

export class Refused extends Error {
  readonly code: RefusalCode;
  readonly args: Readonly<Record<string, string>>;
  readonly fields: readonly FieldProblem[];

  constructor(code: RefusalCode, args: Readonly<Record<string, string>>, fields: readonly FieldProblem[]) {
    super(code);
    this.code = code;
    this.args = args;
    this.fields = fields;
  }
}

/** `seconds` in the arguments is also told as Retry-After. */
export const refuse = (
  code: RefusalCode,
  args: Readonly<Record<string, string | number>> = {},
  fields: readonly FieldProblem[] = [],
): Refused =>
  new Refused(code, Object.fromEntries(Object.entries(args).map(([key, value]) => [key, String(value)])), fields);

const STATUS = new Map<RefusalCode, RefusalStatus>(
  Object.entries(REFUSALS).flatMap(([status, codes]) =>
    codes.map((code): [RefusalCode, RefusalStatus] => [code, Number(status) as RefusalStatus]),
  ),
);

export const statusOf = (code: RefusalCode): RefusalStatus => STATUS.get(code) ?? 500;

/** Seconds after which it is worth trying again, of refusals that pass by themselves. */
const RETRY_SECONDS: Partial<Record<RefusalCode, number>> = {
  'database-away': 5,
  'database-read-only': 30,
  'disk-full': 60,
  closing: 10,
  'oidc-away': 30,
  'key-busy': 1,
};

export const retryAfter = ({ code, args }: Refused): number | undefined =>
  args.seconds === undefined ? RETRY_SECONDS[code] : Number(args.seconds);

/** Any error as a refusal; `bug` when it is ours, and then `instance` finds it in the log. */
export function refusalOf(error: unknown): Refused {
  if (error instanceof Refused) return error;
  const code = codeOf(error);
  if (code === '53100' || code === 'ENOSPC') return refuse('disk-full');
  if (code === '25006') return refuse('database-read-only');
  // 28…: the database does not let us in; waiting for whoever runs it is all a caller can do.
  if (isUnavailable(error) || /^28/.test(code)) return refuse('database-away');
  // Texts and numbers PostgreSQL cannot hold: a NUL, an id beyond 64 bits, half a surrogate pair.
  if (/^(22003|22021|22P02|22P05|22008|22007)$/.test(code)) return refuse('bad-request');
  return ofServer(code, error) ?? refuse('bug');
}

/** What Fastify itself refuses: bodies that cannot be read. */
function ofServer(code: string, error: unknown): Refused | undefined {
  if (!(error instanceof Error)) return undefined;
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return refuse('too-large', { limit: '' });
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return refuse('bad-media-type');
  if (code === 'FST_ERR_CTP_INVALID_JSON_BODY' || code === 'FST_ERR_CTP_EMPTY_JSON_BODY') return refuse('bad-json');
  if (error instanceof SyntaxError && status === 400) return refuse('bad-json');
  if (/^Z_|^ERR_BUFFER|^ERR_ZLIB/.test(code)) return refuse('bad-gzip');
  if (code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET') return refuse('bad-request');
  return status >= 400 && status < 500 ? refuse('bad-request') : undefined;
}

export function problemOf(refused: Refused, language: Language, instance: string): Problem {
  const words = WORDS[language];
  const status = statusOf(refused.code);
  const args = {
    ...refused.args,
    ...(refused.args.action === undefined
      ? {}
      : { action: words.http.action[refused.args.action] ?? refused.args.action }),
    id: instance,
    ...(refused.fields.length === 0
      ? {}
      : {
          count: String(refused.fields.length),
          fields: refused.fields
            .map(({ field }) => field.replace(/^[a-z]+\//, ''))
            .join(language === 'zh' ? '、' : ', '),
        }),
  };
  const [detail, cure] = words.http.refused[refused.code].map((text) => fill(text, args, words)) as [string, string];
  return {
    type: `urn:crewledger:problem:${refused.code}`,
    title: words.http.title[status],
    status,
    detail: sentence(detail, language),
    cure: sentence(cure, language),
    code: refused.code,
    instance: `urn:uuid:${instance}`,
    ...(refused.fields.length === 0
      ? {}
      : {
          errors: refused.fields.map(({ field, fault, args: its }) => {
            const [happened, what] = words.http.field[fault].map((text) => fill(text, its, words)) as [string, string];
            return { field, code: fault, detail: sentence(happened, language), cure: sentence(what, language) };
          }),
        }),
  };
}

const sentence = (text: string, language: Language): string =>
  text === '' || /[。？.?…]$/.test(text) ? text : `${text}${language === 'zh' ? '。' : '.'}`;

/** The user's own choice, else what the browser prefers of Chinese and English, else Chinese. */
export function languageOf(choice: Language | undefined, accepted: string | undefined): Language {
  if (choice !== undefined) return choice;
  const wanted = (accepted ?? '')
    .split(',')
    .map((part) => {
      const [tag = '', ...rest] = part.trim().split(';');
      const quality = rest.map((one) => /^\s*q=([\d.]+)\s*$/.exec(one)?.[1]).find((one) => one !== undefined);
      return { tag: tag.toLowerCase(), quality: quality === undefined ? 1 : Number(quality) };
    })
    .filter(({ tag, quality }) => /^(zh|en)\b/.test(tag) && quality > 0)
    .sort((a, b) => b.quality - a.quality);
  return wanted[0]?.tag.startsWith('en') ? 'en' : 'zh';
}
