// Several servers behind one URL, as libpq writes them: `postgres://account:password@first:5432,second:5432/name`. One of them
// takes writes, the others stand by; which one it is is asked of the servers themselves, again whenever a line was lost. Who
// promotes a standby is no business of ours.
import pg from 'pg';

/** How long one server may take to say whether it stands by, in milliseconds. */
const PROBE_MS_MAX = 3_000;

const URL_PARTS = /^(postgres(?:ql)?:\/\/)(?:([^@/?#]*)@)?([^/?#]*)(.*)$/s;

/** The URL of each server that a URL names. One that is not written as we know it is one address: the driver will judge it. */
export function addressesOf(url: string): readonly string[] {
  const [, scheme, account, hosts = '', rest] = URL_PARTS.exec(url) ?? [];
  if (scheme === undefined || !hosts.includes(',')) return [url];
  const before = account === undefined ? scheme : `${scheme}${account}@`;
  return hosts.split(',').map((host) => `${before}${host}${rest}`);
}

/** The same servers and database for another account. */
export function urlFor(url: string, account: string, password: string): string {
  const [, scheme = 'postgres://', , hosts = '', rest = ''] = URL_PARTS.exec(url) ?? [];
  return `${scheme}${encodeURIComponent(account)}:${encodeURIComponent(password)}@${hosts}${rest}`;
}

/** The password that a URL holds, '' when it holds none. */
export const passwordIn = (url: string): string => {
  const [, , account = ''] = URL_PARTS.exec(url) ?? [];
  return decodeURIComponent(account.includes(':') ? account.slice(account.indexOf(':') + 1) : '');
};

/** None of the servers takes writes just now. `code` is one that PostgreSQL itself gives a line that cannot be made (08001). */
export class NoPrimary extends Error {
  readonly code = '08001';

  constructor(reasons: readonly string[]) {
    super(`no server takes writes: ${reasons.join('; ')}`);
  }
}

/** Asks the servers in turn, the one that was it last before the others: the URL of the first that does not stand by. */
export async function findPrimary(urls: readonly string[], first = 0): Promise<{ url: string; place: number }> {
  const reasons: string[] = [];
  for (let i = 0; i < urls.length; i += 1) {
    const place = (first + i) % urls.length;
    const url = urls[place]!;
    try {
      if (!(await standsBy(url))) return { url, place };
      reasons.push('one stands by');
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new NoPrimary(reasons);
}

/** The one address to use for a single piece of work: that of the primary where there are several. */
export async function primaryOf(url: string): Promise<string> {
  const urls = addressesOf(url);
  return urls.length === 1 ? url : (await findPrimary(urls)).url;
}

async function standsBy(url: string): Promise<boolean> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: PROBE_MS_MAX,
    query_timeout: PROBE_MS_MAX,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ standby: boolean }>('select pg_is_in_recovery() as standby');
    return rows[0]!.standby;
  } finally {
    // A server that does not answer does not say goodbye either.
    void client.end().catch(() => {});
  }
}
