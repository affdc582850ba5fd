// HTTPS without anybody's help: a root of our own, kept in the data folder for its owner alone, and a leaf for the names and
// addresses browsers use, renewed before it ends. Whoever has certificates of their own gives files instead.
import 'reflect-metadata';
import { createHash, webcrypto } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

cryptoProvider.set(webcrypto as never);

const EC = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
const ROOT_DAYS = 3650;
/** Browsers refuse leaves that hold much longer. */
const LEAF_DAYS = 397;
const RENEW_DAYS = 30;
/** Clocks of phones go wrong by hours. */
const SKEW_MS = DAY_MS;

export interface Certificate {
  /** PEM; `cert` is the leaf and, where it is ours, the root behind it. */
  readonly key: string;
  readonly cert: string;
  /** The root to be installed on devices; undefined where the certificate is of others. */
  readonly root: { readonly pem: string; readonly der: Buffer; readonly fingerprint: string } | undefined;
  readonly until: number;
}

/** Certificate and key of others, as PEM files. Throws when they cannot be read or are no certificate. */
export async function givenCertificate(certFile: string, keyFile: string): Promise<Certificate> {
  const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')]);
  return { key, cert, root: undefined, until: new X509Certificate(firstPem(cert)).notAfter.getTime() };
}

/**
 * The certificate of the local root in `folder` for these names and addresses: the one that is there while it holds for all of
 * them and for a month more, else a new one. Ask again daily; the root stays the same until it has to be renewed itself.
 */
export async function localCertificate(folder: string, names: readonly string[], now: number): Promise<Certificate> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const root = await keptPair(
    folder,
    'root',
    (one) => holds(one, now, LEAF_DAYS),
    () => makeRoot(now),
  );
  const good = (one: X509Certificate): boolean =>
    holds(one, now, RENEW_DAYS) &&
    one.issuer === root.certificate.subject &&
    covers(one, names) &&
    isSignedBy(one, root.certificate);
  const leaf = await keptPair(folder, 'leaf', good, () => makeLeaf(root, names, now));
  const der = Buffer.from(root.certificate.rawData);
  return {
    key: leaf.key,
    cert: `${leaf.pem}\n${root.pem}\n`,
    root: { pem: root.pem, der, fingerprint: fingerprintOf(der) },
    until: leaf.certificate.notAfter.getTime(),
  };
}

/** As browsers and phones show it: `AB:CD:…`. */
export const fingerprintOf = (der: Buffer): string =>
  (createHash('sha256').update(der).digest('hex').toUpperCase().match(/../g) ?? []).join(':');

interface Pair {
  readonly certificate: X509Certificate;
  readonly pem: string;
  /** PKCS 8, PEM. */
  readonly key: string;
}

const firstPem = (text: string): string =>
  /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/.exec(text)?.[0] ?? text;

/** What is kept in `name.pem`, certificate and key in one file so that they never part; made anew when it is no good. */
async function keptPair(
  folder: string,
  name: string,
  good: (one: X509Certificate) => boolean,
  make: () => Promise<Pair>,
): Promise<Pair> {
  const file = join(folder, `${name}.pem`);
  const text = await readFile(file, 'utf8').catch(() => '');
  const key = /-----BEGIN PRIVATE KEY-----[\s\S]*?-----END PRIVATE KEY-----/.exec(text)?.[0];
  if (key !== undefined && text.includes('BEGIN CERTIFICATE')) {
    const pem = firstPem(text);
    const certificate = new X509Certificate(pem);
    if (good(certificate)) return { certificate, pem, key };
  }
  const made = await make();
  const draft = `${file}.${process.pid}.new`;
  const handle = await open(draft, 'w', 0o600);
  try {
    await handle.writeFile(`${made.key}\n${made.pem}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
  return made;
}

const holds = (one: X509Certificate, now: number, days: number): boolean =>
  one.notBefore.getTime() <= now && one.notAfter.getTime() > now + days * DAY_MS;

function covers(one: X509Certificate, names: readonly string[]): boolean {
  const told = one.getExtension(SubjectAlternativeNameExtension)?.names.toJSON() ?? [];
  const there = new Set(told.map(({ value }) => String(value).toLowerCase()));
  return names.every((name) => there.has(name.toLowerCase()));
}

/** The key identifier of the root stands in each leaf: a leaf of a root that was replaced does not match. */
function isSignedBy(leaf: X509Certificate, root: X509Certificate): boolean {
  const [by, of] = [
    leaf.getExtension(AuthorityKeyIdentifierExtension),
    root.getExtension(SubjectKeyIdentifierExtension),
  ];
  return by?.keyId !== undefined && by.keyId === of?.keyId;
}

async function makeRoot(now: number): Promise<Pair> {
  const keys = await webcrypto.subtle.generateKey(EC, true, ['sign', 'verify']);
  const mark = createHash('sha256').update(new Uint8Array(await webcrypto.subtle.exportKey('spki', keys.publicKey)));
  const certificate = await X509CertificateGenerator.createSelfSigned({
    // Two installations have roots that can be told apart in a list.
    name: `CN=CrewLedger Local Root ${mark.digest('hex').slice(0, 8)}, O=CrewLedger`,
    notBefore: new Date(now - SKEW_MS),
    notAfter: new Date(now + ROOT_DAYS * DAY_MS),
    signingAlgorithm: SIGNING,
    keys: keys as never,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey as never),
    ],
  });
  return pairOf(certificate, keys.privateKey);
}

async function makeLeaf(root: Pair, names: readonly string[], now: number): Promise<Pair> {
  const der = Buffer.from(root.key.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  const signingKey = await webcrypto.subtle.importKey('pkcs8', der, EC, false, ['sign']);
  const keys = await webcrypto.subtle.generateKey(EC, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.create({
    subject: 'CN=CrewLedger',
    issuer: root.certificate.subject,
    notBefore: new Date(now - SKEW_MS),
    notAfter: new Date(now + LEAF_DAYS * DAY_MS - SKEW_MS),
    signingAlgorithm: SIGNING,
    publicKey: keys.publicKey as never,
    signingKey: signingKey as never,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.1']),
      new SubjectAlternativeNameExtension(
        names.map((name) => ({ type: isIP(name) === 0 ? ('dns' as const) : ('ip' as const), value: name })),
      ),
      await AuthorityKeyIdentifierExtension.create(root.certificate.publicKey),
      await SubjectKeyIdentifierExtension.create(keys.publicKey as never),
    ],
  });
  return pairOf(certificate, keys.privateKey);
}

async function pairOf(certificate: X509Certificate, privateKey: webcrypto.CryptoKey): Promise<Pair> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', privateKey));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    certificate,
    pem: certificate.toString('pem'),
    key: ['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----'].join('\n'),
  };
}
