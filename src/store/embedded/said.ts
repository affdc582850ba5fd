// What PostgreSQL's programs say when they fail, as refusals. Their messages are in the C locale, so the texts are stable.
import { type RefusalCode, refuse } from './refusal.ts';

const CAUSES: readonly (readonly [RegExp, RefusalCode])[] = [
  [/No space left on device|Disk quota exceeded/, 'disk-full'],
  [
    /could not (?:bind|create).*Address already in use|is already in use by another|Is another postmaster already running on port/s,
    'port-in-use',
  ],
  [/database files are incompatible|was initialized by PostgreSQL version/, 'other-version'],
  [/Read-only file system/, 'folder-read-only'],
  [/could not look up effective user ID/, 'account-unknown'],
  [/Cannot allocate memory|could not create shared memory segment|out of memory/, 'out-of-memory'],
  [/pre-existing shared memory block|lock file "[^"]*" already exists/, 'leftovers-stay'],
  [/File name too long|path .* is too long/, 'path-too-long'],
  [/has wrong ownership/, 'wrong-owner'],
  [/error while loading shared libraries|spawn \S+ (?:ENOENT|EACCES|ENOEXEC)|cannot execute/, 'not-runnable'],
  [/spawn(?: \S+)? EPERM/, 'cannot-change-account'],
  [/Permission denied/, 'folder-not-allowed'],
];

/** Refuses with the cause a program named, or with `otherwise` when it named none we know; its words go along. */
export function refuseServer(said: string, args: Readonly<Record<string, string>>, otherwise: RefusalCode): never {
  const code = CAUSES.find(([pattern]) => pattern.test(said))?.[1] ?? otherwise;
  const why = said.split('\n').findLast((line) => /FATAL|PANIC|error|ERROR|could not/.test(line)) ?? '';
  return refuse(code, { ...args, why: why.trim() }, said.slice(-4_096).trim());
}
