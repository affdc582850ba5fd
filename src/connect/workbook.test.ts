// Workbooks come back as they went out, are read as Excel, WPS and LibreOffice write them, and hostile ones are refused.
import { crc32 as crcOf, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asDate, asNumber, dateText, digitsOf, shownAs } from './workbook/numbers.ts';
import { csvText, type Form, readWorkbook, type Sheet, writeWorkbook } from './workbook.ts';

const spec = (forms: readonly Form[], rows: readonly (readonly string[])[]) => ({
  sheets: [{ name: '数据', columns: forms.map((form, i) => ({ heading: `列${i}`, width: 12, form })), rows }],
  listSheet: '选项',
  refusalTitle: '不能接受',
  language: 'zh' as const,
});

const sheetsOf = (bytes: Uint8Array, limits?: Parameters<typeof readWorkbook>[1]): readonly Sheet[] => {
  const read = limits ? readWorkbook(bytes, limits) : readWorkbook(bytes);
  if (!read.ok) throw new Error(read.fault);
  return read.sheets;
};
const textsOf = ({ rows }: Sheet): string[][] =>
  rows.map(({ cells }) => Array.from({ length: Math.max(...cells.keys()) + 1 }, (_, i) => cells.get(i)?.text ?? ''));

describe('what goes out comes back', () => {
  test('digits, leading zeros, days, times and texts that look like something else', async () => {
    const row = [
      '0.2900',
      '007',
      '2022-03-01',
      '2022-03-01 08:00',
      '=1+1',
      '0.1',
      '123456789012345678',
      'a\r\nb _x0041_',
    ];
    const forms: Form[] = ['decimal', 'text', 'day', 'instant', 'text', 'decimal', 'decimal', 'text'];
    const [sheet] = sheetsOf(await writeWorkbook(spec(forms, [row])));
    expect(textsOf(sheet!)[1]).toEqual(row);
    expect([...sheet!.rows[1]!.cells.values()].map(({ kind }) => kind)).toEqual([
      'number',
      'text',
      'date',
      'date',
      'text',
      'number',
      'text',
      'text',
    ]);
  });

  test('any texts, in any form of column, as .xlsx', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
      fc.constantFrom('0', '-0', '1e5', '0.30', '-12.050', '.5', '1,234', '１２', '2022-02-30', '2022-3-1', '24:00'),
      fc.integer().map(String),
      fc.tuple(fc.bigInt(-(10n ** 18n), 10n ** 18n), fc.nat(20)).map(([n, p]) => `${n}.${'1'.repeat(p)}`),
      fc
        .date({ min: new Date('1900-03-01'), max: new Date('9999-12-31'), noInvalidDate: true })
        .map((d) => d.toISOString().slice(0, 10)),
      fc
        .date({ min: new Date('1990-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
        .map((d) => d.toISOString().slice(0, 19).replace('T', ' ')),
    );
    const form = fc.constantFrom<Form>('text', 'decimal', 'day', 'instant', 'choice');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(form, text), { minLength: 1, maxLength: 8 }), async (cells) => {
        const row = cells.map(([, one]) => one);
        const [sheet] = sheetsOf(
          await writeWorkbook(
            spec(
              cells.map(([one]) => one),
              [row],
            ),
          ),
        );
        expect(textsOf(sheet!)[1]).toEqual(row);
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  test('any texts as CSV, formulas disarmed', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('=1+1', "'=x", '@a', '-5', '-x', 'a"b', 'a\nb,c'),
    );
    fc.assert(
      fc.property(fc.array(fc.array(text, { minLength: 2, maxLength: 5 }), { minLength: 1 }), (rows) => {
        const trimmed = rows.map((row) => ['x', ...row.map((one) => one.trim().replaceAll('\0', ''))]);
        const out = csvText(trimmed);
        expect(out).not.toMatch(/(^\uFEFF|[\n,])"?[=@]/);
        const [sheet] = sheetsOf(Buffer.from(out));
        const back = textsOf(sheet!).map((row, i) => [...row, ...Array(trimmed[i]!.length - row.length).fill('')]);
        expect(back).toEqual(trimmed);
      }),
    );
  });

  test('the same rows make the same bytes', async () => {
    const one = () => writeWorkbook(spec(['text'], [['a']]));
    expect((await one()).equals(await one())).toBe(true);
  });
});

describe('numbers and dates', () => {
  test.each([
    [0.1 + 0.2, undefined, '0.3'],
    [1.2949999999999999, undefined, '1.295'],
    [0.29, 4, '0.2900'],
    [1e-10, undefined, '0.0000000001'],
    [1e21, undefined, '1000000000000000000000'],
    [-0, undefined, '0'],
    [-12.5, 2, '-12.50'],
    [84265.6, 3, '84265.600'],
  ])('%d as %s', (value, places, text) => expect(digitsOf(value, places)).toBe(text));

  test('a double holds every decimal of 15 digits', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 9), max: 10 ** 9 }), fc.nat(6), (n, places) => {
        const text = (n / 10 ** places).toFixed(places);
        expect(/^-0(\.0*)?$/.test(text) || digitsOf(asNumber(text)!.value, places) === text).toBe(true);
      }),
    );
  });

  test.each([
    ['yyyy-mm-dd', 44621, '2022-03-01'],
    ['yyyy/m/d h:mm', 44621 + 1 / 3, '2022-03-01 08:00'],
    ['yyyy"年"m"月"d"日"', 44621, '2022-03-01'],
    ['[$-804]yyyy-mm-dd hh:mm:ss', 44621.33334490741, '2022-03-01 08:00:01'],
    ['h:mm', 0.5, '12:00'],
    ['yyyy-mm-dd', 1, '1900-01-01'],
    ['yyyy-mm-dd', 61, '1900-03-01'],
    ['yyyy-mm-dd', 44621.5, '2022-03-01 12:00'],
  ])('%s of %d is %s', (format, serial, text) => {
    const shown = shownAs(200, format);
    expect(shown.as === 'date' && dateText(serial, shown, false)).toBe(text);
  });

  test.each(['0.00', '#,##0.00_ ', '0.00E+00', 'General', '[Red]0', '0"m3/h"', '0.0%', '@'])(
    '%s is no date',
    (format) => {
      expect(shownAs(200, format).as).not.toBe('date');
    },
  );

  test('days that are none, or that two programs count differently, stay texts', () => {
    for (const text of ['2022-02-30', '1900-02-28', '2022-03-01 24:00']) expect(asDate(text), text).toBeUndefined();
  });
});

describe('files of other programs', () => {
  const book =
    '<workbook xmlns:r="r"><sheets><sheet name="三月" sheetId="1" r:id="r1"/><sheet name="x" state="hidden" r:id="r2"/></sheets></workbook>';
  const rels =
    '<Relationships><Relationship Id="r1" Type="t/worksheet" Target="worksheets/a.xml"/><Relationship Id="r2" Type="t/worksheet" Target="/xl/worksheets/b.xml"/><Relationship Id="r3" Type="t/externalLink" TargetMode="External" Target="file:///etc/passwd"/></Relationships>';
  const sheet = (inside: string) => `<?xml version="1.0"?><worksheet><sheetData>${inside}</sheetData></worksheet>`;
  const read = (a: string, more: Record<string, string> = {}, limits?: Parameters<typeof readWorkbook>[1]) =>
    readWorkbook(
      zipOf({
        'xl/workbook.xml': book,
        'xl/_rels/workbook.xml.rels': rels,
        'xl/worksheets/a.xml': a,
        'xl/worksheets/b.xml': sheet(''),
        ...more,
      }),
      ...(limits ? [limits] : []),
    );
  const rowsOf = (a: string, more: Record<string, string> = {}) => {
    const got = read(a, more);
    if (!got.ok) throw new Error(got.fault);
    return got.sheets[0]!.rows;
  };

  test('prefixes, missing places, shared and inline texts, phonetics, CDATA and entities', () => {
    const rows = rowsOf(
      '<x:worksheet xmlns:x="m"><x:sheetData><x:row><x:c t="s"><x:v>0</x:v></x:c><x:c t="inlineStr"><x:is><x:t>a&amp;&#x4e01;</x:t></x:is></x:c></x:row></x:sheetData></x:worksheet>',
      {
        'xl/sharedStrings.xml':
          '<sst><si><r><t>甲</t></r><r><t><![CDATA[<班]]></t></r><rPh><t>jia</t></rPh></si></sst>',
      },
    );
    expect([...rows[0]!.cells.values()].map(({ text }) => text)).toEqual(['甲<班', 'a&丁']);
  });

  test('a formula gives what was last shown, and says so; one never calculated gives nothing', () => {
    const rows = rowsOf(
      sheet(
        '<row r="3"><c r="B3"><f>A1*2</f><v>0.30000000000000004</v></c><c r="C3"><f>[1]x!A1</f></c><c r="D3" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>',
      ),
    );
    expect([...rows[0]!.cells]).toEqual([
      [1, { text: '0.3', kind: 'number', formula: 'A1*2' }],
      [2, { text: '', kind: 'unknown', formula: '[1]x!A1' }],
      [3, { text: '#DIV/0!', kind: 'error', formula: '1/0' }],
    ]);
  });

  test('a day merged over its shifts stands in each; a title merged across is a title', () => {
    const rows = rowsOf(
      `<worksheet><sheetData><row r="1"><c r="A1" t="str"><v>三月台账</v></c></row><row r="2"><c r="A2" t="str"><v>1日</v></c><c r="B2"><v>1</v></c></row><row r="3"><c r="B3"><v>2</v></c></row></sheetData><mergeCells><mergeCell ref="A1:C1"/><mergeCell ref="A2:A1048576"/></mergeCells></worksheet>`,
    );
    expect(rows.map(({ title }) => title)).toEqual([true, false, false]);
    expect(rows[2]!.cells.get(0)!.text).toBe('1日');
  });

  test('dates of the Macintosh system', () => {
    const styles = '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>';
    const more = {
      'xl/styles.xml': styles,
      'xl/workbook.xml': book.replace('<sheets>', '<workbookPr date1904="1"/><sheets>'),
    };
    expect(rowsOf(sheet('<row r="1"><c r="A1" s="1"><v>43159</v></c></row>'), more)[0]!.cells.get(0)!.text).toBe(
      '2022-03-01',
    );
  });

  test.each([
    ['nothing', Buffer.alloc(0), 'empty-file'],
    ['an old .xls', Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ...Array(600).fill(0)]), 'old-xls'],
    [
      'one behind a password',
      Buffer.concat([Buffer.from([0xd0, 0xcf, 0x11, 0xe0]), Buffer.from('EncryptedPackage', 'utf16le')]),
      'locked-workbook',
    ],
    ['a web page', Buffer.from('  <html><table><tr><td>1'), 'not-a-workbook'],
    ['a document', zipOf({ 'word/document.xml': '<w/>' }), 'not-a-workbook'],
    ['half a zip', zipOf({ 'xl/workbook.xml': book }).subarray(0, 60), 'damaged-workbook'],
    ['bytes of no text', Buffer.from([0xff, 0xfe, 0x41, 0x00, 0x00]), 'bad-text'],
    [
      'an entity',
      zipOf({ 'xl/workbook.xml': '<!DOCTYPE x [<!ENTITY a "b">]><workbook>&a;</workbook>' }),
      'damaged-workbook',
    ],
    ['markup left open', zipOf({ 'xl/workbook.xml': '<workbook><sheets>' }), 'damaged-workbook'],
  ])('%s is refused as what it is', (_, bytes, fault) => {
    expect(readWorkbook(bytes)).toMatchObject({ ok: false, fault });
  });

  test('a zip cut anywhere is refused or read, never a failure of ours', () => {
    const whole = zipOf({
      'xl/workbook.xml': book,
      'xl/_rels/workbook.xml.rels': rels,
      'xl/worksheets/a.xml': sheet('<row r="1"><c r="A1"><v>1</v></c></row>'),
    });
    fc.assert(
      fc.property(fc.nat(whole.length), fc.nat(255), fc.boolean(), (at, byte, cut) => {
        const bytes = cut ? whole.subarray(0, at) : Buffer.from(whole);
        if (!cut && at < bytes.length) bytes[at] = byte;
        expect(typeof readWorkbook(bytes).ok).toBe('boolean');
      }),
      { numRuns: 500 },
    );
  });

  test('a bomb is stopped by what comes out, not by what it says', () => {
    const bomb = '<worksheet>'.padEnd(80 << 20, ' ');
    const before = process.memoryUsage().rss;
    expect(read(bomb)).toMatchObject({ ok: false, fault: 'workbook-too-large' });
    expect(process.memoryUsage().rss - before).toBeLessThan(600 << 20);
  });

  test('a million rows of nothing but formats are no rows; too many cells are refused', () => {
    const empty = `<dimension ref="A1:XFD1048576"/>${Array.from({ length: 1_000_000 }, (_, i) => `<row r="${i + 1}"/>`).join('')}`;
    expect(rowsOf(sheet(empty))).toEqual([]);
    const cells = `<row r="1">${'<c><v>1</v></c>'.repeat(101)}</row>`;
    expect(read(sheet(cells), {}, { bytesMax: 1 << 20, cellsMax: 100 })).toMatchObject({
      ok: false,
      fault: 'workbook-too-large',
    });
  });
});

/** A zip of texts, as any program writes it. */
function zipOf(parts: Readonly<Record<string, string>>): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let at = 0;
  for (const [name, text] of Object.entries(parts)) {
    const plain = Buffer.from(text);
    const packed = deflateRawSync(plain);
    const head = Buffer.alloc(46);
    head.writeUInt32LE(0x02014b50, 0);
    head.writeUInt16LE(8, 10);
    head.writeUInt32LE(crcOf(plain), 16);
    head.writeUInt32LE(packed.length, 20);
    // What it says of its size is not to be believed.
    head.writeUInt32LE(1, 24);
    head.writeUInt16LE(Buffer.byteLength(name), 28);
    head.writeUInt32LE(at, 42);
    central.push(head, Buffer.from(name));
    const own = Buffer.alloc(30);
    own.writeUInt32LE(0x04034b50, 0);
    own.writeUInt16LE(8, 8);
    own.writeUInt16LE(Buffer.byteLength(name), 26);
    local.push(own, Buffer.from(name), packed);
    at += 30 + Buffer.byteLength(name) + packed.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(parts).length, 10);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...local, ...central, end]);
}
