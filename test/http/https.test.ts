// HTTPS with a root of our own, over real TLS: trusted by who has the root, by nobody else; renewed; and the page to install it.
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Certificate, fingerprintOf, givenCertificate, localCertificate } from '../../src/http/certificate.ts';
import { mountInstall } from '../../src/http/install.ts';
import { Browser, enrol, PASSWORD, type Served, serve } from './served.ts';

const DAY = 86_400_000;
const NAMES = ['localhost', '127.0.0.1', '::1', 'crewledger.plant'];
let folder: string;
let certificate: Certificate;
let served: Served;

beforeAll(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'crewledger-tls-')), 'tls');
  certificate = await localCertificate(folder, NAMES, Date.now());
  const { key, cert } = certificate;
  served = await serve({
    tls: { key, cert },
    pages: (app) => mountInstall(app, { certificate: () => certificate, address: () => 'https://10.1.2.3:8443' }),
  });
});
afterAll(async () => {
  await served.close();
  await rm(join(folder, '..'), { recursive: true });
});

interface Met {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly peer: PeerCertificate;
  readonly text: string;
}

const meet = (
  path: string,
  { ca, host = '127.0.0.1', method = 'GET', body = '' }: { ca?: string; host?: string; method?: string; body?: string },
): Promise<Met> =>
  new Promise((resolve, reject) => {
    const { port } = new URL(served.url);
    const request = httpsRequest(
      {
        host,
        port,
        path,
        method,
        ...(ca === undefined ? {} : { ca }),
        agent: false,
        headers: { 'x-crewledger': '1', ...(body === '' ? {} : { 'content-type': 'application/json' }) },
      },
      (response) => {
        const peer = (response.socket as TLSSocket).getPeerCertificate();
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, peer, text }));
      },
    );
    request.on('error', reject);
    request.end(body);
  });

test('who has the root trusts the server; who has not, does not', async () => {
  expect(served.url).toMatch(/^https:/);
  const told = await meet('/api/v1/health/live', { ca: certificate.root!.pem });
  expect(told.status).toBe(200);
  expect(told.peer.subjectaltname).toBe(
    'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, DNS:crewledger.plant',
  );
  expect((await meet('/api/v1/health/live', { ca: certificate.root!.pem, host: 'localhost' })).status).toBe(200);
  await expect(meet('/api/v1/health/live', {})).rejects.toThrow(/self-signed|unable to (get|verify)/);
});

test('a renewed certificate is met without a restart', async () => {
  const names = [...NAMES, 'renewed.plant'];
  const renewed = await localCertificate(folder, names, Date.now());
  served.server.useCertificate(renewed);
  const told = await meet('/api/v1/health/live', { ca: certificate.root!.pem });
  expect(told.peer.subjectaltname).toContain('DNS:renewed.plant');
  certificate = renewed;
});

test('over https a browser is told to stay there, and cookies are bound to it', async () => {
  await enrol(served, 'T1');
  const body = JSON.stringify({ staffNumber: 'T1', password: PASSWORD });
  const { headers, status } = await meet('/api/v1/session', { ca: certificate.root!.pem, method: 'POST', body });
  expect(status).toBe(201);
  expect(headers['strict-transport-security']).toMatch(/max-age=31536000/);
  expect(String(headers['set-cookie'])).toMatch(
    /^__Host-crewledger-session=.*Path=\/.*HttpOnly.*Secure.*SameSite=Strict/,
  );
});

const openssl = (...words: string[]): string => execFileSync('openssl', words, { encoding: 'utf8', stdio: 'pipe' });
const hasOpenssl = ((): boolean => {
  try {
    return openssl('version') !== '';
  } catch {
    return false;
  }
})();

// skip: reason: a bare machine has no openssl; the other tests of certificates hold there too
test.skipIf(!hasOpenssl)(
  'openssl agrees: a P-256 root that signs, a leaf that serves, a chain that holds',
  async () => {
    const [rootFile, leafFile] = [join(folder, 'root-only.pem'), join(folder, 'chain.pem')];
    await writeFile(rootFile, certificate.root!.pem);
    await writeFile(leafFile, certificate.cert);
    const check = ['-purpose', 'sslserver', '-x509_strict', '-CAfile', rootFile];
    expect(openssl('verify', ...check, '-verify_ip', '127.0.0.1', leafFile)).toContain('OK');
    expect(openssl('verify', ...check, '-verify_hostname', 'crewledger.plant', leafFile)).toContain('OK');
    const root = openssl('x509', '-in', rootFile, '-noout', '-text');
    expect(root).toContain('prime256v1');
    expect(root).toMatch(/CA:TRUE, pathlen:0/);
    expect(openssl('x509', '-in', rootFile, '-noout', '-fingerprint', '-sha256')).toContain(
      certificate.root!.fingerprint,
    );
  },
);

describe('in the data folder', () => {
  test('keys are for the owner alone', async () => {
    for (const name of ['root.pem', 'leaf.pem']) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  });

  test('a certificate is kept, renewed in its last month, and made anew for another name; the root stays', async () => {
    const now = Date.now();
    const names = [...NAMES, 'renewed.plant'];
    const again = await localCertificate(folder, names, now + 300 * DAY);
    expect(again.cert).toBe(certificate.cert);
    expect(certificate.until).toBeGreaterThan(now + 390 * DAY);
    expect(certificate.until).toBeLessThan(now + 398 * DAY);
    const renewed = await localCertificate(folder, names, now + 370 * DAY);
    expect(renewed.cert).not.toBe(certificate.cert);
    expect(renewed.until).toBeGreaterThan(now + 760 * DAY);
    expect(renewed.root!.fingerprint).toBe(certificate.root!.fingerprint);
    const wider = await localCertificate(folder, [...names, '10.9.8.7'], now + 370 * DAY);
    expect(wider.cert).not.toBe(renewed.cert);
    expect(wider.root!.fingerprint).toBe(certificate.root!.fingerprint);
  });

  test('a root that is going to end is replaced, and its leaf with it', async () => {
    const other = join(folder, '..', 'other');
    const now = Date.now();
    const first = await localCertificate(other, NAMES, now);
    const late = await localCertificate(other, NAMES, now + 3400 * DAY);
    expect(late.root!.fingerprint).not.toBe(first.root!.fingerprint);
    const lost = await readFile(join(other, 'root.pem'), 'utf8');
    await rm(join(other, 'root.pem'));
    const made = await localCertificate(other, NAMES, now + 3400 * DAY);
    expect(made.cert).not.toContain(/-----BEGIN CERTIFICATE[\s\S]*/.exec(lost)![0].slice(30, 90));
    expect(made.root!.fingerprint).not.toBe(late.root!.fingerprint);
  });

  test('given files are taken as they are', async () => {
    const [cert, key] = [join(folder, 'given.crt'), join(folder, 'given.key')];
    await writeFile(cert, certificate.cert);
    await writeFile(key, certificate.key);
    const given = await givenCertificate(cert, key);
    expect(given).toEqual({ cert: certificate.cert, key: certificate.key, root: undefined, until: certificate.until });
    await expect(givenCertificate(join(folder, 'none.crt'), key)).rejects.toThrow('ENOENT');
  });
});

describe('the page to install the root', () => {
  const page = (language: string) => meet(`/install?lang=${language}`, { ca: certificate.root!.pem });

  test.each([
    ['zh', '安装安全证书', 'zh-CN'],
    ['en', 'Install the certificate', 'en'],
  ])('%s: download, fingerprint, address as text and as QR code, nothing inline', async (language, title, lang) => {
    const { text, headers } = await page(language);
    expect(text).toContain(`<html lang="${lang}">`);
    expect(text).toContain(title);
    expect(text).toContain(certificate.root!.fingerprint);
    expect(text).toMatch(/<svg role="img" aria-label="https:\/\/10\.1\.2\.3:8443"[\s\S]*<path/);
    expect(text).not.toMatch(/<script|<style| style=| on\w+=/);
    expect(headers['content-security-policy']).toContain("style-src 'self'");
  });

  test('the download is the root, byte for byte', async () => {
    const { port } = new URL(served.url);
    const der = await new Promise<Buffer>((resolve, reject) => {
      httpsRequest(
        { host: '127.0.0.1', port, path: '/install/root.crt', ca: certificate.root!.pem, agent: false },
        (response) => {
          const chunks: Buffer[] = [];
          expect(response.headers['content-type']).toBe('application/x-x509-ca-cert');
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => resolve(Buffer.concat(chunks)));
        },
      )
        .on('error', reject)
        .end();
    });
    expect(fingerprintOf(der)).toBe(certificate.root!.fingerprint);
  });

  test('without https, or with a certificate of others, it says so and offers no root', async () => {
    for (const [one, said] of [
      [undefined, '没有启用 HTTPS'],
      [{ ...certificate, root: undefined }, '不用另装'],
    ] as const) {
      const plain = await serve({
        pages: (app) => mountInstall(app, { certificate: () => one, address: () => 'http://a' }),
      });
      try {
        const browser = new Browser(plain.url);
        expect((await browser.ask('/install')).text).toContain(said);
        expect((await browser.ask('/install/root.crt')).status).toBe(404);
      } finally {
        await plain.close();
      }
    }
  });
});
