// Bytes as text: UTF-8 with or without mark, else GB18030, else the place of the first byte that is neither.
// Guesses nothing more: text in another encoding would be read as other text, and nobody would be told.
import { isUtf8 } from 'node:buffer';

export type Encoding = 'utf-8' | 'gb18030';

export type Decoded =
  | { readonly ok: true; readonly text: string }
  /** Offset of the first byte at which both encodings had failed. */
  | { readonly ok: false; readonly byte: number };

export function decode(bytes: Uint8Array): Decoded {
  for (const encoding of ['utf-8', 'gb18030'] as const) {
    const text = decodeAs(bytes, encoding);
    if (text !== undefined) return { ok: true, text };
  }
  return { ok: false, byte: Math.max(firstBadByte(bytes, 'utf-8'), firstBadByte(bytes, 'gb18030')) };
}

/** The text of bytes in one encoding, undefined when they are not in it. Zero bytes are in none: they are UTF-16. */
export function decodeAs(bytes: Uint8Array, encoding: Encoding): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The offset of the first byte at which bytes stop being in an encoding; their length when they only end too early. */
export function firstBadByte(bytes: Uint8Array, encoding: Encoding): number {
  const zero = bytes.indexOf(0);
  // The longest prefix that may still go on: a sequence cut short is no fault of the prefix.
  let good = 0;
  let bad = zero < 0 ? bytes.length : zero;
  while (good < bad) {
    const middle = (good + bad + 1) >>> 1;
    try {
      new TextDecoder(encoding, { fatal: true }).decode(bytes.subarray(0, middle), { stream: true });
      good = middle;
    } catch {
      bad = middle - 1;
    }
  }
  return good;
}

/**
 * The encoding of a long file, which is read once, or twice when it is not UTF-8. One that is in neither is taken for UTF-8,
 * so that its sound rows can be read and the others told.
 */
export async function detectEncoding(open: () => AsyncIterable<Uint8Array>): Promise<Encoding> {
  return (await isAllUtf8(open())) || !(await isAllGb18030(open())) ? 'utf-8' : 'gb18030';
}

async function isAllUtf8(chunks: AsyncIterable<Uint8Array>): Promise<boolean> {
  let carry: Uint8Array = new Uint8Array(0);
  for await (const chunk of chunks) {
    const bytes = carry.length === 0 ? chunk : Buffer.concat([carry, chunk]);
    const end = lastBoundary(bytes);
    if (!isUtf8(bytes.subarray(0, end))) return false;
    carry = bytes.slice(end);
  }
  return isUtf8(carry);
}

async function isAllGb18030(chunks: AsyncIterable<Uint8Array>): Promise<boolean> {
  const decoder = new TextDecoder('gb18030', { fatal: true });
  try {
    for await (const chunk of chunks) decoder.decode(chunk, { stream: true });
    decoder.decode();
    return true;
  } catch (error) {
    // A file that cannot be read is no matter of its encoding.
    if (error instanceof TypeError) return false;
    throw error;
  }
}

/** Where the last sequence of bytes that may be cut short begins; the end when none is. */
function lastBoundary(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back += 1) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return bytes.length;
    if (byte >= 0xc0) return bytes.length - back;
  }
  return bytes.length;
}
