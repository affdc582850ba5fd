// The front door of a service: where it listens, its certificate, the proxy before it, single sign-on.
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { type Certificate, givenCertificate, localCertificate } from '../http/certificate.ts';
import type { Server } from '../http/server.ts';
import { openSignOn, type SignOn, type SignOnOptions } from '../http/sign-on.ts';
import { codeOf } from '../store/database.ts';
import type { Language } from '../words/say.ts';
import type { Request } from './options.ts';
import { refuseService } from './store.ts';

export interface Front {
  readonly host: string;
  readonly port: number;
  readonly tls: Certificate | undefined;
  /** Makes or reads the certificate again. */
  readonly certify: (() => Promise<Certificate>) | undefined;
  readonly proxy: { readonly trust: readonly string[]; readonly secure: boolean } | undefined;
  readonly signOn: SignOn | undefined;
}

type Refusal = ReturnType<typeof refuseService>;

export async function openFront(
  request: Request,
  folder: string,
  language: Language,
): Promise<{ readonly ok: true; readonly front: Front } | Refusal> {
  const one = (option: `--${string}`): string | undefined => request.values(option)[0];
  const host = one('--host') ?? '127.0.0.1';
  const certify = certifying(request, folder, host);
  let tls: Certificate | undefined;
  try {
    tls = await certify?.();
  } catch (error) {
    const found = error instanceof Error ? error.message : '';
    return refuseService('bad-certificate', { found }, language);
  }
  const file = one('--sign-on');
  const read = file === undefined ? undefined : readSignOn(file);
  if (read !== undefined && 'found' in read)
    return refuseService('bad-sign-on', { file: file ?? '', found: read.found }, language);
  const trust = trustedProxies(one('--proxy') ?? '');
  const front: Front = {
    host,
    port: Number(one('--port') ?? 8080),
    tls,
    certify,
    // Who stands before us ends TLS: browsers are on https.
    proxy: trust && { trust, secure: true },
    signOn: read && openSignOn(read),
  };
  return { ok: true, front };
}

/** Names and addresses by which browsers may reach this machine. */
function namesOf(host: string): string[] {
  const own = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
  const addresses = own.filter((address) => isIP(address) !== 0 && !address.includes('%'));
  return [...new Set(['localhost', hostname(), ...(isIP(host) === 0 ? [host] : []), ...addresses])];
}

/** How others reach a service that listens on `host`: phones know no machine by its name, so an address of the network first. */
export function nameFor(host: string): string {
  if (host !== '0.0.0.0' && host !== '::' && !host.startsWith('127.')) return isIP(host) === 6 ? `[${host}]` : host;
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all.find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? hostname();
}

/** Where the certificate comes from: files, the local root, or nowhere (plain http). */
function certifying(request: Request, folder: string, host: string): Front['certify'] {
  const [cert, key] = [request.values('--tls-cert')[0], request.values('--tls-key')[0]];
  if (cert !== undefined || key !== undefined) return () => givenCertificate(cert ?? '', key ?? '');
  if (request.values('--https').length === 0) return undefined;
  return () => localCertificate(join(folder, 'certificates'), namesOf(host), Date.now());
}

/** Long before a certificate ends the next one is taken up, without a pause. */
export function renewDaily({ certify }: Front, server: Server): void {
  if (!certify) return;
  const day = setInterval(() => {
    certify().then(
      (next) => server.useCertificate(next),
      () => {},
    );
  }, 86_400_000);
  day.unref();
}

/** Addresses and networks, by commas; undefined when one of them is neither, or there is none. */
export function trustedProxies(text: string): readonly string[] | undefined {
  const list = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const known = (part: string): boolean => {
    const [address = '', bits, ...rest] = part.split('/');
    const most = isIP(address) === 6 ? 128 : 32;
    return (
      isIP(address) !== 0 && rest.length === 0 && (bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= most))
    );
  };
  return list.length > 0 && list.every(known) ? list : undefined;
}

const SIGN_ON = ['issuer', 'clientId', 'clientSecret', 'claim', 'publicUrl'] as const;

/** Single sign-on as a JSON file tells it, or what is wrong with the file. */
function readSignOn(file: string): SignOnOptions | { readonly found: string } {
  let told: unknown;
  try {
    told = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    return { found: error instanceof Error ? error.message : '' };
  }
  if (typeof told !== 'object' || told === null) return { found: 'JSON' };
  const { scope, ...rest } = told as Readonly<Record<string, unknown>>;
  const strange = Object.keys(rest).find((name) => !(SIGN_ON as readonly string[]).includes(name));
  if (strange !== undefined) return { found: strange };
  for (const name of SIGN_ON) if (typeof rest[name] !== 'string' || rest[name] === '') return { found: name };
  if (scope !== undefined && typeof scope !== 'string') return { found: 'scope' };
  const options = { ...(rest as unknown as SignOnOptions), ...(scope === undefined ? {} : { scope }) };
  for (const name of ['issuer', 'publicUrl'] as const)
    if (!/^https?:$/.test(URL.parse(options[name])?.protocol ?? '')) return { found: name };
  return options;
}

/** Why the address cannot be had, in words; undefined when the error is about something else. */
export function listenRefusal(error: unknown, { host, port }: Front, language: Language): Refusal | undefined {
  const args = { host, port: String(port) };
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return refuseService('port-taken', args, language);
    case 'EACCES':
      return refuseService('port-denied', args, language);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return refuseService('address-unknown', args, language);
    default:
      return undefined;
  }
}
