// Why the embedded database was not started, and what it did on the way: typed codes with arguments, said in src/words.
// Inside this folder a refusal travels as an exception; the door turns it into a value.

import type { StoreEvent, StoreRefusal } from '../../words/store.ts';

export type RefusalCode = StoreRefusal;
export type EventCode = StoreEvent;

/** `serverLog` is the tail of what PostgreSQL itself said, where it said anything. */
export interface EmbeddedRefusal {
  readonly code: RefusalCode;
  readonly args: Readonly<Record<string, string>>;
  readonly serverLog?: string;
}

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
