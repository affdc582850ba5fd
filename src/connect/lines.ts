// Lines cut out of chunks of bytes, in bounded memory. A comma, a quote and a line end are the same bytes in UTF-8 and in
// GB18030, so nothing needs to be decoded to find them.

/** What is done with a line: its bytes are `bytes[from..to)` and only valid during the call. */
export interface LineSink {
  line(bytes: Uint8Array, from: number, to: number, number: number): void;
  /** A line longer than any row can be; it is not kept. */
  tooLong(number: number): void;
}

const LONGEST = 1 << 18;
const NEW_LINE = 10;
const RETURN = 13;

/** Cuts at LF, CR LF and CR; a UTF-8 mark at the beginning is not part of the first line. Lines count from 1. */
export class LineCutter {
  private readonly sink: LineSink;
  private carry: Uint8Array = new Uint8Array(0);
  private number = 0;
  private skipping = false;
  private begun = false;

  constructor(sink: LineSink) {
    this.sink = sink;
  }

  feed(chunk: Uint8Array): void {
    this.cut(this.carry.length === 0 ? chunk : Buffer.concat([this.carry, chunk]), false);
  }

  end(): void {
    this.cut(this.carry, true);
  }

  private cut(bytes: Uint8Array, last: boolean): void {
    let start = 0;
    if (!this.begun) {
      if (bytes.length < 3 && !last) {
        this.carry = bytes.slice();
        return;
      }
      this.begun = true;
      if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) start = 3;
    }
    const length = bytes.length;
    for (let i = start; i < length; i += 1) {
      const byte = bytes[i]!;
      if (byte !== NEW_LINE && byte !== RETURN) continue;
      // Whether a CR at the very end has its LF is known with the next chunk only.
      if (byte === RETURN && i + 1 === length && !last) break;
      this.emit(bytes, start, i);
      if (byte === RETURN && bytes[i + 1] === NEW_LINE) i += 1;
      start = i + 1;
    }
    if (last) {
      if (start < length || this.skipping) this.emit(bytes, start, length);
      start = length;
    } else if (length - start > LONGEST) {
      this.skipping = true;
      // A CR that waits for its LF stays.
      start = bytes[length - 1] === RETURN ? length - 1 : length;
    }
    this.carry = bytes.slice(start);
  }

  private emit(bytes: Uint8Array, from: number, to: number): void {
    this.number += 1;
    if (this.skipping || to - from > LONGEST) this.sink.tooLong(this.number);
    else this.sink.line(bytes, from, to, this.number);
    this.skipping = false;
  }
}
