// Spreadsheets in and out: bytes of an .xlsx or a CSV as sheets of plain cells with their places, and back. What a cell means is
// its reader's business. Reading is our own, bounded in memory, and does not calculate; writing goes through exceljs, which reads
// digits through doubles, expands every declared range and knows no limits, so it is not let near what comes from outside.
import { decode } from './encoding.ts';
import { csvRows } from './workbook/csv.ts';
import { LIMITS, type Limits, Unreadable, type WorkbookFault } from './workbook/fault.ts';
import { readSheets, type Sheet } from './workbook/sheets.ts';

export { csvText } from './workbook/csv.ts';
export type { WorkbookFault } from './workbook/fault.ts';
export { type Cell, letterOf, type Sheet, type SheetRow } from './workbook/sheets.ts';
export {
  type ColumnSpec,
  type Form,
  type SheetSpec,
  type WorkbookSpec,
  writeSheets as writeWorkbook,
} from './workbook/write.ts';

export type WorkbookReading =
  | { readonly ok: true; readonly format: 'xlsx' | 'csv'; readonly sheets: readonly Sheet[] }
  | { readonly ok: false; readonly fault: WorkbookFault; readonly args: Readonly<Record<string, string>> };

const ZIP = [0x50, 0x4b];
const OLE = [0xd0, 0xcf, 0x11, 0xe0];

/** The sheets of a file, told apart by its first bytes, whatever its name says. */
export function readWorkbook(bytes: Uint8Array, limits: Limits = LIMITS): WorkbookReading {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const begins = (mark: readonly number[]): boolean => mark.every((byte, i) => buffer[i] === byte);
  try {
    if (buffer.length === 0) throw new Unreadable('empty-file');
    if (begins(ZIP)) return { ok: true, format: 'xlsx', sheets: readSheets(buffer, limits) };
    // Old workbooks and encrypted new ones come in the same wrapping.
    if (begins(OLE))
      throw new Unreadable(buffer.includes(Buffer.from('EncryptedPackage', 'utf16le')) ? 'locked-workbook' : 'old-xls');
    const decoded = decode(buffer);
    if (!decoded.ok) throw new Unreadable('bad-text', { byte: String(decoded.byte) });
    // Web pages and XML that call themselves .xls.
    if (/^\s*</.test(decoded.text)) throw new Unreadable('not-a-workbook');
    return { ok: true, format: 'csv', sheets: [{ name: '', hidden: false, rows: csvRows(decoded.text, limits) }] };
  } catch (error) {
    if (error instanceof Unreadable) return { ok: false, fault: error.fault, args: error.args };
    throw error;
  }
}
