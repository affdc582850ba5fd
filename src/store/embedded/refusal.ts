// Why the embedded database was not started, and what it did on the way: typed codes with arguments, said in src/words.
// Inside this folder a refusal travels as an exception; the door turns it into a value.

export const REFUSAL_CODES = [
  'unsupported-platform',
  'package-missing',
  'not-runnable',
  'no-account',
  'account-unknown',
  'cannot-change-account',
  'folder-unreachable',
  'folder-read-only',
  'folder-not-allowed',
  'foreign-cluster',
  'foreign-files',
  'wrong-owner',
  'in-use',
  'in-use-elsewhere',
  'other-version',
  'cluster-damaged',
  'password-lost',
  'wrong-password',
  'port-in-use',
  'disk-full',
  'out-of-memory',
  'path-too-long',
  'leftovers-stay',
  'initdb-failed',
  'server-failed',
  'no-answer',
] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** `serverLog` is the tail of what PostgreSQL itself said, where it said anything. */
export interface EmbeddedRefusal {
  readonly code: RefusalCode;
  readonly args: Readonly<Record<string, string>>;
  readonly serverLog?: string;
}

export const EVENT_CODES = [
  'initialising',
  'starting',
  'still-starting',
  'started',
  'relocated',
  'binaries-copied',
  'owner-changed',
  'half-cluster-removed',
  'waiting-for-lock',
  'lock-taken-over',
  'stale-pid',
  'waiting-for-dying',
  'stopped-orphan',
  'ended-leftovers',
  'socket-elsewhere',
  'loopback',
  'died',
  'stop-escalated',
  'stopped',
] as const;
export type EventCode = (typeof EVENT_CODES)[number];

export interface EmbeddedEvent {
  readonly code: EventCode;
  readonly args: Readonly<Record<string, string>>;
  readonly serverLog?: string;
}

export type Tell = (code: EventCode, args?: Readonly<Record<string, string>>, serverLog?: string) => void;

export class Refused extends Error {
  readonly refusal: EmbeddedRefusal;

  constructor(refusal: EmbeddedRefusal) {
    super(`${refusal.code} ${JSON.stringify(refusal.args)}`);
    this.refusal = refusal;
  }
}

export function refuse(code: RefusalCode, args: Readonly<Record<string, string>>, serverLog?: string): never {
  throw new Refused(serverLog === undefined || serverLog === '' ? { code, args } : { code, args, serverLog });
}

export const errnoOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';

/** What the system says about a folder, as a refusal; an error it does not know is thrown on as it is. */
export function refuseFile(error: unknown, folder: string): never {
  const code = errnoOf(error);
  if (code === 'EROFS') refuse('folder-read-only', { folder });
  if (code === 'EACCES' || code === 'EPERM') refuse('folder-not-allowed', { folder });
  if (code === 'ENOSPC' || code === 'EDQUOT') refuse('disk-full', { folder });
  if (code === 'ENAMETOOLONG') refuse('path-too-long', { folder });
  if (['ENOENT', 'ENOTDIR', 'EEXIST', 'ELOOP', 'EIO', 'ESTALE', 'ENXIO'].includes(code)) {
    refuse('folder-unreachable', { folder, why: code });
  }
  throw error;
}
