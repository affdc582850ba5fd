// The account PostgreSQL runs as. It refuses to run as root, and as an account without an entry in passwd.
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { refuse } from './refusal.ts';

export interface Account {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
  /** We are root and must become this account for the server. */
  readonly dropped: boolean;
}

/** What root becomes, the first that exists. */
const SERVANTS = ['crewledger', 'postgres', 'nobody'];

interface Entry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

function passwd(): readonly Entry[] {
  let text = '';
  try {
    text = readFileSync('/etc/passwd', 'utf8');
  } catch {}
  return text.split('\n').flatMap((line) => {
    const [name = '', , uid = '', gid = ''] = line.split(':');
    return /^\d+$/.test(uid) && /^\d+$/.test(gid) ? [{ name, uid: Number(uid), gid: Number(gid) }] : [];
  });
}

export const accountName = (uid: number): string => passwd().find((one) => one.uid === uid)?.name ?? String(uid);

/** Who runs the server: ourselves; under root the owner of what is there already, else the first servant account. */
export function chooseAccount(ownerUid?: number): Account {
  const self = process.getuid?.() ?? 0;
  if (self !== 0) {
    try {
      const { uid, gid, username } = userInfo();
      return { uid, gid, name: username, dropped: false };
    } catch {
      refuse('account-unknown', { uid: String(self) });
    }
  }
  const entries = passwd().filter(({ uid }) => uid !== 0);
  const chosen =
    entries.find(({ uid }) => uid === ownerUid) ??
    SERVANTS.map((name) => entries.find((one) => one.name === name)).find((one) => one !== undefined);
  return chosen === undefined
    ? refuse('no-account', { tried: SERVANTS.join(', ') })
    : { uid: chosen.uid, gid: chosen.gid, name: chosen.name, dropped: true };
}

/** Whether an account can enter a folder or read a file, by the permission bits on the whole way; access lists are not seen. */
export function accountReaches(path: string, account: Account, bits = 0o1): boolean {
  const allows = (place: string, wanted: number): boolean => {
    const { uid, gid, mode } = statSync(place);
    const shift = uid === account.uid ? 6 : gid === account.gid ? 3 : 0;
    return ((mode >> shift) & wanted) === wanted;
  };
  try {
    const real = realpathSync(path);
    if (!allows(real, bits)) return false;
    for (let place = dirname(real); ; place = dirname(place)) {
      if (!allows(place, 0o1)) return false;
      if (place === dirname(place)) return true;
    }
  } catch {
    return false;
  }
}
