// Files of readings, of any size, into a log: streamed, in bounded memory but for the log itself. A bad row never stops a
// file and never changes a number: it is a problem with its place, and all other rows are kept.
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Plant, type Problem, Problems, readHeader, type SampleFact, splitCells } from '../plant.ts';
import { type Log, LogBuilder } from '../readings.ts';
import { decodeAs, detectEncoding, type Encoding, firstBadByte } from './encoding.ts';
import { matchesName, reasonOf } from './folder.ts';
import { LineCutter, type LineSink } from './lines.ts';
import { headerOf, lackingColumns, SourceRows } from './source-rows.ts';
import { columnsOf, READINGS, StandardRows } from './standard-rows.ts';
import { Tally } from './tally.ts';

/** A file as bytes; `bytes` may be called more than once. */
export interface ReadingFile {
  /** As problems name it. */
  readonly name: string;
  readonly bytes: () => AsyncIterable<Uint8Array>;
}

export interface Progress {
  readonly file: string;
  readonly bytes: number;
  readonly rows: number;
}

export interface ReadReadings {
  readonly log: Log;
  /** Laboratory values that sources hold, to be added to the plant's facts. */
  readonly samples: readonly SampleFact[];
  readonly problems: readonly Problem[];
}

export interface ReadingOptions {
  readonly onProgress?: (progress: Progress) => void;
  /** False: every row goes the general way. For a test that holds the two ways to the same result. */
  readonly fast?: boolean;
}

const CHUNK = 1 << 20;

/** A file of the disk, named in problems as it was given. */
export function fileAt(path: string, name = path): ReadingFile {
  return {
    name,
    async *bytes() {
      const handle = await open(path);
      try {
        for (;;) {
          const buffer = Buffer.allocUnsafe(CHUNK);
          const { bytesRead } = await handle.read(buffer, 0, CHUNK);
          if (bytesRead === 0) return;
          yield buffer.subarray(0, bytesRead);
        }
      } finally {
        await handle.close();
      }
    },
  };
}

/** Reads files of readings in turn: tables with the standard header, and files that a source of the plant declares. */
export async function readReadings(
  plant: Plant,
  files: readonly ReadingFile[],
  { onProgress, fast = true }: ReadingOptions = {},
): Promise<ReadReadings> {
  const log = new LogBuilder();
  const samples: SampleFact[] = [];
  const problems: Problem[] = [];
  for (const file of files) {
    const tally = new Tally(file.name);
    try {
      const encoding = await detectEncoding(file.bytes);
      const table = new Table(plant, file.name, encoding, log, samples, tally, fast);
      const cutter = new LineCutter(table);
      let bytes = 0;
      for await (const chunk of file.bytes()) {
        cutter.feed(chunk);
        bytes += chunk.length;
        onProgress?.({ file: file.name, bytes, rows: log.length });
      }
      cutter.end();
      table.close();
    } catch (error) {
      // Only the file system may fail here; a bug of ours must not pass for a file that cannot be read.
      if (!(error instanceof Error && 'syscall' in error)) throw error;
      tally.error('no-such-file', 0, { found: file.name, reason: reasonOf(error) });
    }
    tally.close();
    for (const problem of tally.problems) problems.push(problem);
  }
  return { log: log.take(), samples, problems };
}

/** What takes the rows below a header. */
type Rows = Pick<LineSink, 'line'> & { close?: () => void };

/** A table whose first line decides what it is: readings, a declared source, or nothing we know (told once). */
class Table implements LineSink {
  private rows: Rows | 'unknown' | undefined;
  private readonly open: (bytes: Uint8Array, line: number) => Rows | 'unknown' | undefined;
  private readonly tally: Tally;

  constructor(
    plant: Plant,
    name: string,
    encoding: Encoding,
    log: LogBuilder,
    samples: SampleFact[],
    tally: Tally,
    fast: boolean,
  ) {
    this.tally = tally;
    this.open = (bytes, line) => {
      const refuse = (columns: string): 'unknown' => {
        tally.error('unknown-table', line, { columns });
        return 'unknown';
      };
      const text = decodeAs(bytes, encoding);
      if (text === undefined) {
        tally.error('bad-encoding', line, { byte: String(firstBadByte(bytes, encoding)) });
        return refuse('');
      }
      if (text.trim() === '') return undefined;
      const cells = splitCells(text);
      if (!cells) {
        tally.error('torn-row', line, { why: 'quote' });
        return refuse('');
      }
      const header = headerOf(cells);
      const sources = [...plant.sources.values()].filter((source) => matchesName(source.file, basename(name)));
      const source = sources.find((one) => lackingColumns(one, header).length === 0);
      if (source) return new SourceRows(plant, source, header, encoding, log, samples, tally);
      const named = columnsOf(cells);
      if (sources.length > 0 || !READINGS.required.some((column) => named.has(column))) {
        const [lacking = ''] = sources[0] ? lackingColumns(sources[0], header) : [];
        const columns = header.slice(0, 20).join(', ');
        if (lacking === '') return refuse(columns);
        tally.error('missing-column', line, {
          column: lacking,
          found: '',
          columns: [sources[0]?.time, ...(sources[0]?.columns.keys() ?? [])].join(', '),
        });
        return 'unknown';
      }
      const problems = new Problems();
      const at = readHeader(cells, READINGS, { file: name, line, column: 1 }, problems);
      for (const { code, args } of problems.list) tally.error(code, line, args);
      return at ? new StandardRows(plant, { at, width: cells.length }, encoding, log, tally, fast) : 'unknown';
    };
  }

  line(bytes: Uint8Array, from: number, to: number, number: number): void {
    if (this.rows === undefined) this.rows = this.open(bytes.subarray(from, to), number);
    else if (this.rows !== 'unknown') this.rows.line(bytes, from, to, number);
  }

  tooLong(number: number): void {
    if (this.rows === 'unknown') return;
    this.tally.error('torn-row', number, { why: 'long' });
    if (this.rows !== undefined) return;
    this.tally.error('unknown-table', number, { columns: '' });
    this.rows = 'unknown';
  }

  close(): void {
    if (this.rows === undefined) this.tally.error('no-rows', 0);
    else if (this.rows !== 'unknown') this.rows.close?.();
  }
}
