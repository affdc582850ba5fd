// The parts of a zip file by name, inflated only when asked for and never beyond a limit. It writes nothing, follows no path and
// believes no size it was told: what comes out is counted.
import { crc32, inflateRawSync } from 'node:zlib';
import { Unreadable } from './fault.ts';

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
const COMMENT_BYTES_MAX = 0xffff;
const ENTRIES_MAX = 5000;

interface Entry {
  readonly method: number;
  readonly flags: number;
  readonly crc: number;
  readonly packed: number;
  readonly at: number;
}

export class Zip {
  private readonly bytes: Buffer;
  private readonly entries = new Map<string, Entry>();
  private left: number;

  /** Throws `Unreadable` when the directory is not whole. */
  constructor(bytes: Buffer, bytesMax: number) {
    this.bytes = bytes;
    this.left = bytesMax;
    const end = endOf(bytes);
    const count = bytes.readUInt16LE(end + 10);
    let at = bytes.readUInt32LE(end + 16);
    if (count > ENTRIES_MAX) throw new Unreadable('workbook-too-large');
    for (let i = 0; i < count; i += 1) {
      if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== ENTRY) throw new Unreadable('damaged-workbook');
      const [name, extra, comment] = [28, 30, 32].map((off) => bytes.readUInt16LE(at + off)) as [
        number,
        number,
        number,
      ];
      // Some programs write back slashes, some another case.
      const path = bytes.toString('utf8', at + 46, at + 46 + name).replaceAll('\\', '/');
      this.entries.set(path.toLowerCase(), {
        flags: bytes.readUInt16LE(at + 8),
        method: bytes.readUInt16LE(at + 10),
        crc: bytes.readUInt32LE(at + 16),
        packed: bytes.readUInt32LE(at + 20),
        at: bytes.readUInt32LE(at + 42),
      });
      at += 46 + name + extra + comment;
    }
  }

  has(path: string): boolean {
    return this.entries.has(path.toLowerCase());
  }

  /** The part as text (UTF-8); undefined when there is none. */
  text(path: string): string | undefined {
    const entry = this.entries.get(path.toLowerCase());
    if (!entry) return undefined;
    if ((entry.flags & 1) !== 0) throw new Unreadable('locked-workbook');
    const { bytes } = this;
    if (entry.at + 30 > bytes.length || bytes.readUInt32LE(entry.at) !== LOCAL)
      throw new Unreadable('damaged-workbook');
    const from = entry.at + 30 + bytes.readUInt16LE(entry.at + 26) + bytes.readUInt16LE(entry.at + 28);
    const packed = bytes.subarray(from, from + entry.packed);
    if (packed.length < entry.packed) throw new Unreadable('damaged-workbook');
    const plain = this.inflate(packed, entry.method);
    if (crc32(plain) !== entry.crc) throw new Unreadable('damaged-workbook');
    this.left -= plain.length;
    return decode(plain);
  }

  private inflate(packed: Buffer, method: number): Buffer {
    if (this.left <= 0) throw new Unreadable('workbook-too-large');
    if (method === 0) {
      if (packed.length > this.left) throw new Unreadable('workbook-too-large');
      return packed;
    }
    if (method !== 8) throw new Unreadable('damaged-workbook');
    try {
      return inflateRawSync(packed, { maxOutputLength: this.left });
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : '';
      throw new Unreadable(code === 'ERR_BUFFER_TOO_LARGE' ? 'workbook-too-large' : 'damaged-workbook');
    }
  }
}

/** The end record stands last, behind it at most a comment. */
function endOf(bytes: Buffer): number {
  const earliest = Math.max(0, bytes.length - END_BYTES - COMMENT_BYTES_MAX);
  for (let at = bytes.length - END_BYTES; at >= earliest; at -= 1) if (bytes.readUInt32LE(at) === END) return at;
  throw new Unreadable('damaged-workbook');
}

function decode(bytes: Buffer): string {
  const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  try {
    return new TextDecoder(utf16 ? 'utf-16le' : 'utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Unreadable('damaged-workbook');
  }
}
