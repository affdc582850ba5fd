// The server's own log: its tail for people, and its bound. The server writes through an appending descriptor, so the file can be
// copied aside and emptied under it, and a server that outlives us still has somewhere to write.
import {
  chmodSync,
  chownSync,
  closeSync,
  copyFileSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import type { Account } from './account.ts';

const BYTES_MAX = 8 * 1024 * 1024;
const CHECK_MS = 30_000;
const TAIL_BYTES = 4_096;

export interface ServerLog {
  readonly path: string;
  /** An appending descriptor for a child; the caller closes it. */
  readonly open: () => number;
  /** What was said since `mark`, at most the last 4 kB, whole lines. */
  readonly tail: (mark: number) => string;
  readonly mark: () => number;
  /** Empties the file, its content kept once as `.1`, when it is too large. */
  readonly bound: () => void;
  readonly keepBounded: () => () => void;
}

/** `account` is who the file belongs to: started by root once and by that account later, it can be written each time. */
export function serverLog(path: string, account?: Account, bytesMax = BYTES_MAX): ServerLog {
  const size = (): number => {
    try {
      return statSync(path).size;
    } catch {
      return 0;
    }
  };
  const bound = (): void => {
    if (size() <= bytesMax) return;
    try {
      rmSync(`${path}.1`, { force: true });
      copyFileSync(path, `${path}.1`);
    } catch {
      // No room for the copy: then the bound is worth more than the old lines.
    }
    truncateSync(path);
  };
  return {
    path,
    open: () => {
      const descriptor = openSync(path, 'a', 0o600);
      chmodSync(path, 0o600);
      if (account?.dropped === true) chownSync(path, account.uid, account.gid);
      return descriptor;
    },
    mark: size,
    tail: (mark) => {
      const end = size();
      const start = Math.max(mark > end ? 0 : mark, end - TAIL_BYTES);
      const bytes = Buffer.alloc(Math.max(0, end - start));
      if (bytes.length === 0) return '';
      const file = openSync(path, 'r');
      try {
        const text = bytes.subarray(0, readSync(file, bytes, 0, bytes.length, start)).toString('utf8');
        return (start > mark ? text.slice(text.indexOf('\n') + 1) : text).trimEnd();
      } finally {
        closeSync(file);
      }
    },
    bound,
    keepBounded: () => {
      const timer = setInterval(() => {
        try {
          bound();
        } catch {
          // A failing disk is the server's to tell.
        }
      }, CHECK_MS);
      timer.unref();
      return () => clearInterval(timer);
    },
  };
}
