// Secrets: random ones (sessions, tokens, devices, one-time codes), of which only SHA-256 is kept, and chosen ones (passwords,
// PINs), kept as argon2id. It compares nothing by itself but chosen ones, and always takes the time of a comparison.
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';

/** 256 bits, as text for a cookie or a header. */
export const randomSecret = (): string => randomBytes(32).toString('base64url');

/** Random secrets are long enough that a plain hash cannot be turned back. */
export const hashSecret = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** Letters and digits that are not mistaken for one another, to be read from a screen and typed: 60 bits. */
const CODE_LETTERS = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789';
export const randomCode = (): string =>
  Array.from({ length: 3 }, () =>
    Array.from({ length: 4 }, () => CODE_LETTERS[randomInt(CODE_LETTERS.length)]).join(''),
  ).join('-');

/** A code as it was typed: case, spaces and dashes do not count. */
export const hashCode = (typed: string): Buffer => hashSecret(typed.toUpperCase().replace(/[^A-Z0-9]/g, ''));

/** OWASP's first choice of argon2id: 19 MiB, two passes, one lane. */
const COST = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

export const hashChosen = (chosen: string): Promise<string> => hash(chosen.normalize('NFKC'), COST);

let nobody: Promise<string> | undefined;

/** Whether the secret is the one that was kept. Where none was kept, a comparison is made all the same, and fails. */
export async function matchesChosen(chosen: string, kept: string | undefined): Promise<boolean> {
  nobody ??= hashChosen(randomSecret());
  const same = await verify(kept ?? (await nobody), chosen.normalize('NFKC')).catch(() => false);
  return same && kept !== undefined;
}

export const PASSWORD_LENGTH_MIN = 10;
const COMMON =
  /^(password|passw0rd|qwerty|asdf|admin|crewledger|iloveyou|welcome|letmein|woaini|changeme|baseball|dragon)/i;

/** Whether a password is too short, common, one run of characters, or the staff number with a tail. */
export function isWeakPassword(chosen: string, staffNumber: string): boolean {
  const text = chosen.normalize('NFKC');
  const bare = text.toLowerCase();
  return (
    [...text].length < PASSWORD_LENGTH_MIN ||
    text.length > 200 ||
    COMMON.test(bare) ||
    isRun(bare) ||
    new Set(bare).size < 4 ||
    (staffNumber.length >= 4 && bare.includes(staffNumber.toLowerCase()) && bare.length - staffNumber.length < 6)
  );
}

export const isWeakPin = (pin: string, staffNumber: string): boolean =>
  !/^\d{6,12}$/.test(pin) || isRun(pin) || new Set(pin).size < 3 || (staffNumber !== '' && pin.includes(staffNumber));

const ROWS = ['0123456789012', 'abcdefghijklmnopqrstuvwxyz', 'qwertyuiopasdfghjklzxcvbnm'];
const RUNS = [...ROWS, ...ROWS.map((row) => [...row].reverse().join(''))];

/** 1234567890, abcdef…, 987654…, aaaaaa. */
const isRun = (text: string): boolean => new Set(text).size === 1 || RUNS.some((run) => run.includes(text));
