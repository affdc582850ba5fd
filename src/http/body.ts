// Bodies on the wire: gzip in (with a limit on what comes out), gzip out, strong ETags that tell the encodings apart.
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { createGunzip, gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { refuse } from './problem.ts';

const compress = promisify(gzip);
/** What was compressed before: bodies that are kept are sent many times. */
const compressed = new WeakMap<Buffer, Promise<Buffer>>();
const COMPRESS_BYTES_MIN = 1024;
const COMPRESSIBLE = /^(application\/(problem\+)?json|text\/|image\/svg|application\/(javascript|xml))/;

/** The body as it was before it was compressed; the parser's limit then counts the bytes that come out. */
export function inflate(request: FastifyRequest, payload: Readable): Readable {
  const encoding = request.headers['content-encoding']?.toLowerCase().trim();
  if (encoding === undefined || encoding === 'identity') return payload;
  if (encoding !== 'gzip' && encoding !== 'x-gzip') throw refuse('bad-encoding', { found: encoding });
  const inflated = Object.assign(createGunzip(), { receivedEncodedLength: 0 });
  payload.on('data', (chunk: Buffer) => {
    inflated.receivedEncodedLength += chunk.length;
  });
  payload.on('error', (error) => inflated.destroy(error));
  // Fastify stops listening once a body is too large; what breaks after that is no news.
  inflated.on('error', () => {});
  return payload.pipe(inflated);
}

export const etagOf = (text: string | Buffer): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, 27);

/** The ETags of a header, without quotes, weakness and our mark of the encoding. */
export const etagsIn = (header: string | undefined): string[] =>
  (header ?? '')
    .split(',')
    .map((one) =>
      one
        .trim()
        .replace(/^W\//, '')
        .replace(/^"(.*?)(-gzip)?"$/, '$1'),
    )
    .filter((one) => one !== '');

/** A whole body is compressed when the caller takes it; streams go as they are. */
export async function deflate(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> {
  if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return payload;
  const type = String(reply.getHeader('content-type') ?? '');
  if (Buffer.byteLength(payload) < COMPRESS_BYTES_MIN || !COMPRESSIBLE.test(type)) return payload;
  if (reply.getHeader('content-encoding') !== undefined || !takesGzip(request.headers['accept-encoding']))
    return payload;
  const etag = reply.getHeader('etag');
  if (typeof etag === 'string') reply.header('etag', etag.replace(/"$/, '-gzip"'));
  reply.header('content-encoding', 'gzip').removeHeader('content-length');
  if (typeof payload === 'string') return compress(payload);
  const known = compressed.get(payload) ?? compress(payload);
  compressed.set(payload, known);
  return known;
}

export function takesGzip(header: string | string[] | undefined): boolean {
  const wanted = new Map(
    String(header ?? '')
      .split(',')
      .map((part) => {
        const [name = '', ...rest] = part.trim().toLowerCase().split(';');
        const quality = /q=([\d.]+)/.exec(rest.join(';'))?.[1];
        return [name.trim(), quality === undefined ? 1 : Number(quality)];
      }),
  );
  return (wanted.get('gzip') ?? wanted.get('*') ?? 0) > 0;
}
