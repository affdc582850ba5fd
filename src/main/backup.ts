// `crewledger backup`, `restore` and `export`: everything into one file and back, and a plant into a folder of plain text. A
// backup is a gzipped tar of COPY text with a manifest of hashes; a restore reads it whole before it writes a row.
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { extract, pack } from 'tar-stream';
import packageJson from '../../package.json' with { type: 'json' };
import { formatUtc, TABLES } from '../plant.ts';
import { formatSteps } from '../quantity.ts';
import { isEmpty, readTables, type Shape, writeTables } from '../store/backup.ts';
import { Database } from '../store/database.ts';
import { factsOfKind } from '../store/facts.ts';
import { migrate, newestMigration } from '../store/migrate.ts';
import { listModels, listPoints, modelFiles } from '../store/plants.ts';
import { readStretch } from '../store/readings.ts';
import { type Language, sayRefusal } from '../words/say.ts';
import { readStep, tableText } from '../work/plants.ts';
import { answerOf, folderOf, said } from './answer.ts';
import type { Answer } from './commands.ts';
import { EXIT } from './exit-codes.ts';
import { Progress } from './opened.ts';
import type { Request } from './options.ts';
import { choosePlant, openStore, reachStore, refuseService } from './store.ts';

interface Manifest {
  readonly format: 1;
  readonly version: string;
  readonly shape: Shape;
  readonly pieces: readonly { readonly name: string; readonly sha256: string; readonly rows: number }[];
}

const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const sizeText = (bytes: number): string => `${(bytes / (1 << 20)).toFixed(1)} MiB`;

function cannotWrite(found: string, error: unknown, language: Language): Answer {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  return {
    text: '',
    refused: `crewledger: ${sayRefusal('cannot-write', { found, reason: code }, language)}\n`,
    exitCode: EXIT.cannotWrite,
  };
}

/** Everything into one file, while the service runs: one consistent view. The file is there whole, or not at all. */
export async function runBackup(request: Request, language: Language): Promise<Answer> {
  const file = request.operands[0] as string;
  if (existsSync(file))
    return answerOf({ ...refuseService('backup-there', { file }, language), exitCode: EXIT.cannotWrite });
  const opened = await reachStore(folderOf(request), language);
  if (!opened.ok) return answerOf(opened);
  const part = `${file}.part`;
  const progress = new Progress(language === 'zh' ? '备份' : 'backing up');
  try {
    const tar = pack();
    const written = pipeline(
      tar as unknown as Readable,
      createGzip({ level: 4 }),
      createWriteStream(part, { mode: 0o600 }) as Writable,
    );
    const pieces: { name: string; sha256: string; rows: number }[] = [];
    let shape: Shape | undefined;
    let total = 0;
    const put = (name: string, bytes: Buffer): Promise<void> =>
      new Promise((resolve, reject) => {
        tar.entry({ name, size: bytes.length, mode: 0o600 }, bytes, (error) => (error ? reject(error) : resolve()));
      });
    const read = readTables(
      opened.store.ownerUrl,
      async (told) => {
        shape = told;
      },
      async (table, piece, rows) => {
        const name = `${table}/${String(pieces.filter((one) => one.name.startsWith(`${table}/`)).length).padStart(6, '0')}`;
        pieces.push({ name, sha256: hashOf(piece), rows });
        total += rows;
        progress.tell(total);
        await put(name, piece);
      },
    ).then(async () => {
      const manifest: Manifest = { format: 1, version: packageJson.version, shape: shape!, pieces };
      await put('manifest.json', Buffer.from(JSON.stringify(manifest)));
      tar.finalize();
    });
    await Promise.all([read, written]);
    await rename(part, file);
    progress.end();
    const { size } = await stat(file);
    const args = { file, tables: String(shape!.tables.length), rows: String(total), size: sizeText(size) };
    return { text: said('backedUp', args, language), exitCode: EXIT.ok };
  } catch (error) {
    await rm(part, { force: true });
    return cannotWrite(file, error, language);
  } finally {
    await opened.store.close();
  }
}

/** The entries of a backup in their order. */
async function eachEntry(file: string, tell: (name: string, bytes: Buffer) => Promise<void>): Promise<void> {
  const untar = extract();
  untar.on('entry', (header, stream, next) => {
    const parts: Buffer[] = [];
    stream.on('data', (part) => parts.push(part as Buffer));
    stream.on('end', () => {
      tell(header.name, Buffer.concat(parts)).then(() => next(), next);
    });
    stream.on('error', next);
  });
  await pipeline(createReadStream(file), createGunzip(), untar);
}

/** Reads the whole file against its manifest; what is wrong with it, or the manifest. */
async function readManifest(file: string): Promise<Manifest | { readonly bad: string }> {
  const found = new Map<string, string>();
  let manifest: Manifest | undefined;
  try {
    await eachEntry(file, async (name, bytes) => {
      if (name === 'manifest.json') manifest = JSON.parse(bytes.toString('utf8')) as Manifest;
      else found.set(name, hashOf(bytes));
    });
  } catch {
    return { bad: file };
  }
  if (manifest?.format !== 1) return { bad: 'manifest.json' };
  const wrong = manifest.pieces.find(({ name, sha256 }) => found.get(name) !== sha256);
  return wrong ? { bad: wrong.name } : manifest;
}

/** A backup into an empty database: read and checked whole first, written in one transaction. */
export async function runRestore(request: Request, language: Language): Promise<Answer> {
  const file = request.operands[0] as string;
  if (!existsSync(file)) return answerOf({ ...refuseService('no-backup', { file }, language), exitCode: EXIT.noInput });
  const manifest = await readManifest(file);
  if ('bad' in manifest) return answerOf(refuseService('bad-backup', { found: manifest.bad }, language));
  if (manifest.shape.migration > (await newestMigration()))
    return answerOf(refuseService('backup-newer', {}, language));
  // The database first gets the shape that the rows had, then that of this version.
  const opened = await openStore(folderOf(request), language, manifest.shape.migration);
  if (!opened.ok) return answerOf(opened);
  const progress = new Progress(language === 'zh' ? '恢复' : 'restoring');
  try {
    const { ownerUrl } = opened.store;
    if (!(await isEmpty(ownerUrl))) return answerOf(refuseService('restore-not-empty', {}, language));
    let rows = 0;
    const queue = new Pieces(file);
    await writeTables(ownerUrl, manifest.shape, async function* (table) {
      for (const { name, rows: count } of manifest.pieces.filter((one) => one.name.startsWith(`${table}/`))) {
        yield await queue.take(name);
        rows += count;
        progress.tell(rows);
      }
    });
    await migrate(ownerUrl);
    progress.end();
    const args = { tables: String(manifest.shape.tables.length), rows: String(rows) };
    return { text: said('restored', args, language), exitCode: EXIT.ok };
  } finally {
    await opened.store.close();
  }
}

/** Pieces in the order in which they stand in the file, one held at a time. */
class Pieces {
  private waiting: ((bytes: Buffer) => void) | undefined;
  private wanted = '';
  private offered: { name: string; bytes: Buffer; taken: () => void } | undefined;
  private failed: unknown;

  constructor(file: string) {
    eachEntry(
      file,
      (name, bytes) =>
        new Promise((resolve) => {
          if (name === 'manifest.json') return resolve();
          this.offered = { name, bytes, taken: resolve };
          this.meet();
        }),
    ).catch((error) => {
      this.failed = error;
    });
  }

  take(name: string): Promise<Buffer> {
    if (this.failed) return Promise.reject(this.failed);
    this.wanted = name;
    return new Promise((resolve) => {
      this.waiting = resolve;
      this.meet();
    });
  }

  private meet(): void {
    if (!this.offered || !this.waiting || this.offered.name !== this.wanted) return;
    const { bytes, taken } = this.offered;
    const resolve = this.waiting;
    [this.offered, this.waiting] = [undefined, undefined];
    resolve(bytes);
    taken();
  }
}

/** A plant as a folder again: its newest model, its facts, and all readings with the instants at which they were learnt. */
export async function runExport(request: Request, language: Language): Promise<Answer> {
  const folder = request.operands[0] as string;
  const opened = await reachStore(folderOf(request), language);
  if (!opened.ok) return answerOf(opened);
  const db = new Database({ url: opened.store.serviceUrl });
  const progress = new Progress(language === 'zh' ? '导出' : 'exporting');
  try {
    const chosen = await choosePlant(db, request.values('--plant')[0], language);
    if (!chosen.ok) return answerOf(chosen);
    if (!chosen.plant) return answerOf(refuseService('no-plant', {}, language));
    const { plantId } = chosen.plant;
    await mkdir(folder, { recursive: true });
    if ((await readdir(folder)).length > 0)
      return {
        text: '',
        refused: `crewledger: ${sayRefusal('folder-not-empty', { found: folder }, language)}\n`,
        exitCode: EXIT.usage,
      };
    const newest = (await listModels(db, plantId)).at(-1);
    let files = 1;
    for (const [name, bytes] of newest ? await modelFiles(db, plantId, newest.version) : []) {
      await writeFile(join(folder, name), bytes);
      files += 1;
    }
    for (const kind of Object.keys(TABLES)) {
      const facts = await factsOfKind(db, plantId, kind);
      const cells = facts.map((fact) => ({ ...fact.cells, recorded_at: new Date(fact.recordedAt).toISOString() }));
      if (cells.length === 0) continue;
      await writeFile(join(folder, kind), tableText(kind, cells));
      files += 1;
    }
    const rows = await writeReadings(db, plantId, join(folder, 'readings.csv'), (count) => progress.tell(count));
    progress.end();
    return {
      text: said('exported', { folder, files: String(files), rows: String(rows) }, language),
      exitCode: EXIT.ok,
    };
  } catch (error) {
    return cannotWrite(folder, error, language);
  } finally {
    await db.close();
    await opened.store.close();
  }
}

const QUALITIES = ['good', 'uncertain', 'bad'];

async function writeReadings(
  db: Database,
  plantId: number,
  file: string,
  onRows: (count: number) => void,
): Promise<number> {
  const out = createWriteStream(file);
  out.write('point,time,value,quality,learnt_at\n');
  let rows = 0;
  for (const { point, id, step } of await listPoints(db, plantId)) {
    const read = readStep(step);
    let text = '';
    await db.transaction((tx) =>
      readStretch(
        tx,
        plantId,
        { points: [point], from: 0, to: Date.UTC(2199, 0, 1) },
        (_, at, learnt, value, quality) => {
          // What was bad keeps its quality; the figure beside it says nothing.
          const shown = formatSteps(value, read);
          text += `${id},${formatUtc(at)},${shown},${QUALITIES[quality]},${formatUtc(learnt)}\n`;
          rows += 1;
        },
      ),
    );
    if (!out.write(text)) await new Promise<void>((resolve) => out.once('drain', () => resolve()));
    onRows(rows);
  }
  await new Promise<void>((resolve, reject) => {
    out.on('error', reject);
    out.end(() => resolve());
  });
  return rows;
}
