// The words of the database: why it could not be opened, and what it does while it opens. The codes stand here, where both
// languages and src/store see them.
import { fill, joined, WORDS } from './say.ts';
import type { Language, Saying } from './words.ts';

/** Why the embedded database was not started. */
export type StoreRefusal =
  | 'unsupported-platform'
  | 'package-missing'
  | 'not-runnable'
  | 'no-account'
  | 'account-unknown'
  | 'cannot-change-account'
  | 'folder-unreachable'
  | 'folder-read-only'
  | 'folder-not-allowed'
  | 'folder-copied'
  | 'foreign-cluster'
  | 'foreign-files'
  | 'wrong-owner'
  | 'in-use'
  | 'in-use-elsewhere'
  | 'other-version'
  | 'cluster-damaged'
  | 'password-lost'
  | 'wrong-password'
  | 'port-in-use'
  | 'disk-full'
  | 'out-of-memory'
  | 'path-too-long'
  | 'leftovers-stay'
  | 'initdb-failed'
  | 'server-failed'
  | 'no-answer';

/** What happened to the embedded database on its way. */
export type StoreEvent =
  | 'initialising'
  | 'starting'
  | 'still-starting'
  | 'started'
  | 'relocated'
  | 'binaries-copied'
  | 'owner-changed'
  | 'half-cluster-removed'
  | 'waiting-for-lock'
  | 'lock-taken-over'
  | 'stale-pid'
  | 'waiting-for-dying'
  | 'stopped-orphan'
  | 'ended-leftovers'
  | 'socket-elsewhere'
  | 'loopback'
  | 'died'
  | 'stop-escalated'
  | 'stopped';

export interface StoreWords {
  readonly refusal: Readonly<Record<StoreRefusal, Saying>>;
  readonly event: Readonly<Record<StoreEvent, string>>;
  /** Above the lines that PostgreSQL itself wrote. */
  readonly serverLog: string;
}

interface Said<Code> {
  readonly code: Code;
  readonly args: Readonly<Record<string, string>>;
  readonly serverLog?: string;
}

/** What happened and what to do, in one line; below it what the server itself said, as it said it. */
export function sayStoreRefusal({ code, args, serverLog }: Said<StoreRefusal>, language: Language): string {
  const words = WORDS[language];
  const [happened, cure] = words.store.refusal[code].map((part) => fill(part, args, words)) as [string, string];
  return withLog(joined(happened, cure, language), serverLog, language);
}

/** What happened, in one line; below it what the server itself said, if it did. */
export function sayStoreEvent({ code, args, serverLog }: Said<StoreEvent>, language: Language): string {
  const words = WORDS[language];
  return withLog(fill(words.store.event[code], args, words), serverLog, language);
}

/** The server's lines, indented; of control characters only line breaks and tabs reach a terminal. */
function withLog(line: string, serverLog: string | undefined, language: Language): string {
  if (serverLog === undefined || serverLog.trim() === '') return line;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
  const clean = serverLog.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]+/g, ' ').trim();
  return `${line}\n${WORDS[language].store.serverLog}\n  ${clean.split('\n').join('\n  ')}`;
}
