// Spreadsheets over a real socket: every kind out and back whole, in both formats and languages; what is refused and why; who may.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { csvText, readWorkbook, writeWorkbook } from '../../src/connect/workbook.ts';
import { type FileScene, fetchFile, serveFiles, textsOf, XLSX } from './files-scene.ts';
import { type Browser, enrol, signIn, type Told } from './served.ts';

let scene: FileScene;
const who: Record<string, Browser> = {};
beforeAll(async () => {
  scene = await serveFiles();
  const people: Record<string, Parameters<typeof enrol>[2]> = {
    crew: { team: 'east-a', name: '张三' },
    lab: { grants: ['laboratory at plant'] },
    finance: { grants: ['finance at plant'] },
    office: { grants: ['programme-office at plant'] },
    east: { grants: ['workshop-accountant at administrative:east'] },
    admin: { grants: ['administrator at plant'] },
    auditor: { grants: ['auditor at plant'] },
  };
  for (const [name, one] of Object.entries(people)) {
    await enrol(scene, name, one);
    who[name] = await signIn(scene, name);
  }
});
afterAll(() => scene.close());

const sheet = (rows: readonly (readonly string[])[]): Promise<Buffer> =>
  writeWorkbook({
    sheets: [
      {
        name: 'Sheet1',
        columns: rows[0]!.map((heading) => ({ heading, width: 12, form: 'text' })),
        rows: rows.slice(1),
      },
    ],
    listSheet: '选项',
    refusalTitle: '',
    language: 'zh',
  });
const csv = (rows: readonly (readonly string[])[]): Buffer => Buffer.from(csvText(rows));
const bring = (name: string, path: string, bytes: Buffer, headers: Record<string, string> = {}): Promise<Told> =>
  who[name]!.ask(`/files/${path}`, { body: bytes, headers: { 'content-type': XLSX, ...headers } });
const take = async (name: string, path: string): Promise<Buffer> => {
  const { status, bytes } = await fetchFile(who[name]!, scene.url, `/files/${path}`);
  if (status !== 200) throw new Error(bytes.toString());
  return bytes;
};
type Problem = {
  sheet: string;
  row: number;
  column: string;
  heading: string;
  severity: string;
  code: string;
  happened: string;
  cure: string;
};
const wrong = ({ body }: Told): Problem[] => body.problems.filter(({ severity }: Problem) => severity === 'error');

/** What each kind is filled with, who brings it, and what is asked for to see it again. */
const FILLED: readonly { kind: string; by: string; rows: string[][]; query: string; more?: string; out?: string }[] = [
  {
    kind: 'readings',
    by: 'east',
    rows: [
      ['位号', '时间', '读数', '质量'],
      ['W1', '2022-03-01 08:00', '84265.600', ''],
      ['S1', '2022/3/1 8:00', '１，024.5', '可疑'],
      ['W1', '2022-03-01 16:00:30', '84345.6', '正常'],
    ],
    query: 'from=2022-03-01&to=2022-03-02',
  },
  {
    kind: 'samples',
    by: 'lab',
    out: 'auditor',
    rows: [
      ['样品编号', '测点', '取样时间', '结果', '类别', '复检对象'],
      ['007', 'L1', '2022-03-01 08:30', '1.295', '常规', ''],
      ['', 'L1', '2022-03-01 09:30', '1.3', '', ''],
      ['008', 'L1', '2022-03-01 10:30', '1.30', '复检', '007'],
    ],
    query: 'from=2022-03-01&to=2022-03-02',
  },
  {
    kind: 'prices',
    by: 'finance',
    rows: [
      ['项目', '种类', '起始日', '单价', '计量单位'],
      ['蒸汽', '计划价', '2022-04-01', '130.5000', 'yuan/t'],
      ['steam', 'plan', '2022-01-01', '128', ''],
    ],
    query: '',
  },
  {
    kind: 'standards',
    by: 'office',
    rows: [
      ['工序', '核算项目', '按什么算', '系数', '自变量', '数值'],
      ['蒸发', '蒸汽', '蒸水量', '曲线点', '12', '0.2710'],
    ],
    query: '',
    more: '&from=2022-04-01',
  },
  {
    kind: 'budgets',
    by: 'finance',
    rows: [
      ['工序', '核算项目', '月份', '预算数'],
      ['蒸发', '耗材', '2022年4月', '21600'],
    ],
    query: '',
  },
  {
    kind: 'attendance',
    by: 'east',
    rows: [
      ['工号', '姓名', '日期', '班次', '班组', '类别', '工时', '替谁（工号）'],
      ['crew', '张三', '2022-03-01', '白班', '东甲', '出勤', '8', ''],
      ['CREW', '', '2022-03-02', '早', 'east-a', '代班', '4.5', 'lab'],
    ],
    query: 'from=2022-03-01&to=2022-03-31',
  },
];

describe.each(FILLED)('$kind', ({ kind, by, rows, query, more = '', out = by }) => {
  test('what is filled in is taken, told first on request', async () => {
    const bytes = await sheet(rows);
    const dry = await bring(by, `${kind}?dryRun=true${more}`, bytes);
    expect(dry.text).toContain('"dryRun":true');
    expect([dry.status, wrong(dry)]).toEqual([200, []]);
    const told = await bring(by, `${kind}?name=${encodeURIComponent('三月.xlsx')}${more}`, bytes);
    expect([told.status, wrong(told), told.body.taken]).toEqual([201, [], dry.body.taken]);
    expect(told.body).toMatchObject({
      refused: 0,
      file: { name: '三月.xlsx', hash: createHash('sha256').update(bytes).digest('hex') },
    });
    const again = await bring(by, `${kind}?${more}`, bytes);
    expect(again.body).toMatchObject({ taken: 0, same: rows.length - 1 });
  });

  for (const format of ['xlsx', 'csv'])
    for (const lang of ['zh', 'en'])
      test(`comes out as ${format} in ${lang} and back whole, with nothing to take`, async () => {
        const before = await scene.model();
        const bytes = await take(out, `${kind}/template?filled=true&format=${format}&lang=${lang}&${query}`);
        const texts = textsOf(bytes).length - 1;
        expect(texts).toBeGreaterThan(0);
        const told = await bring(by, `${kind}?${more}`, bytes, format === 'csv' ? { 'content-type': 'text/csv' } : {});
        expect([told.status, wrong(told)]).toEqual([201, []]);
        expect(told.body).toMatchObject({ taken: 0, same: texts, refused: 0 });
        expect(await scene.model()).toEqual(before);
      });

  test('an empty template has its headings, a guide, and nothing to take', async () => {
    for (const lang of ['zh', 'en']) {
      const bytes = await take(by, `${kind}/template?lang=${lang}`);
      const read = readWorkbook(bytes);
      if (!read.ok) throw new Error(read.fault);
      expect(read.sheets.map(({ hidden }) => hidden).slice(0, 2)).toEqual([false, false]);
      expect(read.sheets[1]!.rows.length).toBeGreaterThan(5);
      if (kind === 'standards') continue;
      const told = await bring(by, kind, bytes);
      expect([told.status, told.body.code]).toEqual([422, 'bad-file']);
    }
  });
});

describe('what the tables did', () => {
  test('one figure of the standard and one price changed, every other byte of the model is as it was', async () => {
    const model = await scene.model();
    expect(model.get('plant.yaml')).toContain(
      'standard: # 2021 年核定\n          water: { curve: load, at: { 8: 0.2900, 12: 0.2710 }, step: 0.00001 } # 曲线\n',
    );
    expect(model.get('prices.csv')).toBe(
      'item,kind,from,price,unit\nwater,plan,2022-01-01,44.00,\nwater2,plan,2022-01-01,44.00,\nsteam,plan,2022-01-01,128.0000,\nsteam,plan,2022-04-01,130.5000,yuan/t\n',
    );
    expect(model.get('budgets.csv')).toBe('unit,stream,month,amount\nu1,water,2022-03,7440\nu1,tools,2022-04,21600\n');
    const versions = await scene.db.rows<{ version: number; from_day: string }>(
      'select version, from_day from model_versions order by 1',
    );
    expect(versions.map(({ from_day }) => from_day)).toEqual(['2022-01-01', '2022-04-01', '2022-04-01', '2022-04-01']);
  });

  test('readings stand with the digits of their step; a withdrawn sample is one no longer', async () => {
    const rows = await scene.db.rows<{ value: number }>('select value from readings order by point, at');
    expect(rows.map(({ value }) => value).sort()).toEqual([1024500, 84265600, 84345600]);
    const told = await bring(
      'lab',
      'samples',
      await sheet([
        ['样品编号', '测点', '取样时间', '撤回'],
        ['007', 'L1', '2022-03-01 08:30', '是'],
      ]),
    );
    expect(told.body).toMatchObject({ taken: 1, problems: [] });
    const left = textsOf(
      await take('auditor', 'samples/template?filled=true&format=csv&from=2022-03-01&to=2022-03-02'),
    );
    expect(left.slice(1).map(([id]) => id)).toEqual(['L1 2022-03-01 09:30', '008']);
  });

  test('attendance is listed with whom it is instead of, and the later row of one person, shift and kind stands', async () => {
    const head = ['工号', '日期', '班次', '班组', '类别', '工时', '撤回'];
    await bring(
      'east',
      'attendance',
      await sheet([
        head,
        ['crew', '2022-03-01', '早', 'east-a', '出勤', '7.5', ''],
        ['crew', '2022-03-02', '早', 'east-a', '代班', '4.5', '是'],
      ]),
    );
    const { body } = await who.east!.ask('/attendance?from=2022-03-01&to=2022-03-31');
    expect(body.items).toMatchObject([{ staffNumber: 'crew', team: 'east-a', kind: 'present', hours: '7.50' }]);
    expect(body.items[0].insteadOf).toBeUndefined();
    expect((await who.crew!.ask('/attendance?from=2022-03-01&to=2022-03-31')).status).toBe(403);
  });

  test('each file is in the audit log once, with its hash and counts', async () => {
    const { body } = await who.auditor!.ask('/audit?action=files.bring&limit=500');
    const kinds = body.items.map(({ after }: { after: { kind: string } }) => after.kind);
    expect(new Set(kinds)).toEqual(new Set(FILLED.map(({ kind }) => kind)));
    expect(body.items.every(({ object }: { object: string }) => /^[0-9a-f]{64}$/.test(object))).toBe(true);
  });
});

describe('rows that cannot be taken', () => {
  const readings = [
    ['三月抄表'],
    ['测点', '时间', '数值', '质量', '备用'],
    ['W1', '2022-03-02 08:00', '85000', '', 'x'],
    ['W9', '2022-03-02 08:00', '1', '', ''],
    ['W1', '三月二日', '85001', '', ''],
    ['W1', '2022-03-02 09:00', '八万', '', ''],
    ['', '2022-03-02 09:00', '1', '', ''],
    ['W2', '2022-03-02 09:00', '1', '', ''],
    ['L1', '2022-03-02 09:00', '1', '', ''],
    ['W1', '2022-03-02 10:00', '85002', '还行', ''],
  ];

  test('each is told with sheet, row, column, heading and cure, in both languages; the others are taken', async () => {
    const told = await bring('east', 'readings?name=a.csv', csv(readings), { 'content-type': 'text/csv' });
    expect(told.body).toMatchObject({ taken: 1, refused: 7 });
    expect(wrong(told).map(({ row, column, heading, code }) => [row, column, heading, code].join(' '))).toEqual([
      '4 A 测点 unknown-reference',
      '5 B 时间 bad-instant',
      '6 C 数值 bad-decimal',
      '7 A 测点 empty-cell',
      '8 A 测点 not-yours',
      '9 A 测点 sample-reading',
      '10 D 质量 bad-choice',
    ]);
    expect(told.body.problems.find(({ severity }: Problem) => severity === 'notice')).toMatchObject({
      column: 'E',
      code: 'unknown-heading',
    });
    const english = await bring('east', 'readings?dryRun=true', csv(readings), {
      'content-type': 'text/csv',
      'accept-language': 'en',
    });
    expect(english.body).toMatchObject({ taken: 0, same: 1 });
    for (const one of [...wrong(told), ...wrong(english)]) {
      expect(one.happened, one.code).not.toMatch(/[{}[\]]|undefined/);
      expect(one.cure, one.code).not.toMatch(/[{}]|undefined/);
    }
  });

  test('the report holds just these rows with reasons, and can be mended and sent again', async () => {
    const { status, bytes, headers } = await fetchFile(who.east!, scene.url, '/files/readings/report', {
      method: 'POST',
      body: new Uint8Array(csv(readings)),
      headers: { 'content-type': 'text/csv', 'accept-language': 'zh' },
    });
    expect([status, headers.get('content-type')]).toEqual([200, XLSX]);
    const [head, ...rows] = textsOf(bytes);
    expect(head).toEqual(['测点', '时间', '数值', '质量', '备用', '原行号', '未收下的原因', '改法']);
    expect(rows.map((row) => row[5])).toEqual(['4', '5', '6', '7', '8', '9', '10']);
    expect(rows[0]![6]).toMatch(/^A4：没有测点“W9”/);
    const mended = [
      head!,
      ...rows.map((row) => ['W1', `2022-03-03 0${row[5]!.at(-1)}:00`, '85003', '', ...row.slice(4)]),
    ];
    const told = await bring('east', 'readings', await sheet(mended));
    expect(told.body).toMatchObject({ taken: 7, refused: 0 });
  });

  test('more wrong rows than are told of a kind elsewhere are all told here', async () => {
    const rows = [
      ['测点', '时间', '数值'],
      ...Array.from({ length: 350 }, (_, i) => ['W1', '2022-03-02 08:00', `x${i}`]),
    ];
    const told = await bring('east', 'readings', csv(rows), { 'content-type': 'text/csv' });
    expect([told.body.refused, wrong(told).length]).toEqual([350, 350]);
  });

  test('samples, prices, budgets, standards, attendance: a wrong row stops only itself', async () => {
    const cases: [string, string, string[][], string[]][] = [
      [
        'lab',
        'samples',
        [
          ['测点', '取样时间', '结果'],
          ['L1', '2022-03-04 08:00', '1.1'],
          ['W1', '2022-03-04 08:00', '1'],
          ['L1', '2022-03-04 09:00', ''],
          ['L1', '2022-03-04 08:00', '1.2'],
        ],
        ['3 A share-kind', '4 C missing-key', '5 twice'],
      ],
      [
        'finance',
        'prices',
        [
          ['项目', '种类', '起始日', '单价'],
          ['steam', '计划价', '2022-05-01', '131'],
          ['steam', '市场价', '2022-05-01', '1'],
          ['steam', '实际价', '五月', '1'],
          ['steam', '实际价', '2022-05-01', '0.00001'],
          ['Stem', '实际价', '2022-05-01', '1'],
          // What a refused row said wrongly may be said rightly by the next one.
          ['steam', '内部结算价', '2022-05-01', 'abc'],
          ['steam', '内部结算价', '2022-05-01', '120'],
        ],
        ['3 B bad-choice', '4 C bad-day', '5 D too-fine', '6 A unknown-reference', '7 D bad-decimal'],
      ],
      [
        'finance',
        'budgets',
        [
          ['工序', '核算项目', '月份', '预算数'],
          ['蒸发', '蒸水量', '2022-05', '7000'],
          ['蒸馏', '蒸水量', '2022-05', '1'],
          ['蒸发', '蒸汽', '2022-05', '1'],
          ['蒸发', '蒸水量', '五月', '1'],
        ],
        ['3 A unknown-reference', '4 B unknown-reference', '5 C bad-month'],
      ],
      [
        'office',
        'standards?from=2022-05-01',
        [
          ['工序', '核算项目', '按什么算', '系数', '自变量', '数值'],
          ['蒸发', '蒸汽', '', '每运行小时', '', '0.6'],
          ['蒸发', '蒸汽', '蒸水量', '曲线点', '99', '0.3'],
          ['蒸发', '蒸汽', '蒸水量', '曲线点', '8', '很少'],
        ],
        ['3 D no-such-figure', '4 F bad-decimal'],
      ],
      [
        'east',
        'attendance',
        [
          ['工号', '姓名', '日期', '班次', '班组', '类别', '工时'],
          ['crew', '', '2022-03-05', '早', '东甲', '加班', '2'],
          ['nobody', '', '2022-03-05', '早', '东甲', '加班', '2'],
          ['crew', '李四', '2022-03-05', '中', '东甲', '加班', '2'],
          ['crew', '', '2022-03-05', '中', '西甲', '加班', '2'],
          ['crew', '', '2022-03-05', '中', '东甲', '旷工', '25'],
        ],
        ['3 A no-such-person', '4 B name-differs', '5 E not-yours', '6 F not-in-list', '6 G bad-hours'],
      ],
    ];
    for (const [name, path, rows, expected] of cases) {
      const told = await bring(name, path, await sheet(rows));
      expect(told.body.taken, path).toBe(path === 'prices' ? 2 : 1);
      expect(
        wrong(told).map(({ row, column, code }) => [row, column, code].filter((one) => one !== '').join(' ')),
        path,
      ).toEqual(expected);
    }
  });

  test('rows that are right by themselves but make no plant are refused, and nothing is kept', async () => {
    const before = await scene.model();
    const told = await bring(
      'office',
      'standards?from=2022-05-01',
      await sheet([
        ['工序', '核算项目', '按什么算', '系数', '自变量', '数值'],
        ['蒸发', '蒸汽', '蒸水量', '曲线点', '8', '1.2.3'],
      ]),
    );
    expect(told.body.refused).toBe(1);
    const late = await bring(
      'office',
      'standards',
      await sheet([
        ['工序', '核算项目', '按什么算', '系数', '自变量', '数值'],
        ['蒸发', '蒸汽', '蒸水量', '曲线点', '8', '0.31'],
      ]),
    );
    expect([late.status, late.body.detail]).toEqual([422, '没有说新数从哪天起用。']);
    expect(await scene.model()).toEqual(before);
  });
});

describe('the wide form', () => {
  test('a column a point, a row an hour or a shift', async () => {
    const bytes = await take('east', 'readings/template?wide=true&unit=u1&from=2022-03-10&to=2022-03-10');
    const [head, ...hours] = textsOf(bytes);
    expect(head).toEqual(['时间', 'W1 蒸水流量 (t)', 'S1 蒸汽流量 (t)']);
    expect(hours.map(([time]) => time).at(-1)).toBe('2022-03-11 00:00');
    const filled = [
      head!,
      ...hours.slice(0, 3).map(([time], i) => [time!, String(86000 + i), i === 1 ? '—' : '2000.5']),
    ];
    expect((await bring('east', 'readings', await sheet(filled))).body).toMatchObject({ taken: 5, problems: [] });
    const shifts = [
      ['日期', '班次', '蒸水流量(t)', 'S1', '抄表人'],
      ['2022-03-12', '夜', '87000', '', '甲'],
      ['2022-03-12', '白班', '87080', 'x', '乙'],
    ];
    const told = await bring('east', 'readings', await sheet(shifts));
    expect(told.body.taken).toBe(2);
    expect(wrong(told)).toMatchObject([{ row: 3, column: 'D', heading: 'S1', code: 'bad-decimal' }]);
    const back = textsOf(
      await take('east', 'readings/template?filled=true&format=csv&unit=u1&from=2022-03-12&to=2022-03-12'),
    );
    expect(back.slice(1).map((row) => [row[0], row[2], row[3]])).toEqual([
      ['W1', '2022-03-12 08:00', '87000.000'],
      ['W1', '2022-03-12 16:00', '87080.000'],
    ]);
    const wide = textsOf(
      await take('east', 'readings/template?filled=true&wide=true&format=csv&unit=u1&from=2022-03-12&to=2022-03-12'),
    );
    expect(wide).toEqual([
      ['时间', 'W1', 'S1'],
      ['2022-03-12 08:00', '87000.000'],
      ['2022-03-12 16:00', '87080.000'],
    ]);
  });
});

describe('past results', () => {
  test('are kept with file and row, marked unverified, once; further columns with them', async () => {
    const rows = [
      ['月份', '班组', '创效（元）', '蒸汽', '备注'],
      ['2021年3月', '东甲', '-1200.55', '-900', '试算'],
      ['2021-04', '老二班', '3000', '', ''],
      ['去年', '东甲', '1', '', ''],
      ['2021-05-01', '东甲', '很多', '', ''],
    ];
    const bytes = await sheet(rows);
    const told = await bring('finance', `history?name=${encodeURIComponent('2021台账.xlsx')}`, bytes);
    expect(told.body).toMatchObject({ taken: 2, refused: 2 });
    expect((await bring('finance', 'history', bytes)).body).toMatchObject({ taken: 0, same: 2 });
    const { body } = await who.finance!.ask('/history');
    expect(body.items).toMatchObject([
      { state: 'unverified', period: '2021-04', team: '老二班', gainFen: 300000, lines: {} },
      {
        state: 'unverified',
        period: '2021-03',
        team: '东甲',
        gainFen: -120055,
        lines: { 蒸汽: '-900', 备注: '试算' },
        file: '2021台账.xlsx',
        row: 2,
      },
    ]);
    // Of a team that is called so no longer only whoever sees all.
    expect((await who.east!.ask('/history?from=2021-01&to=2021-12')).body.items).toMatchObject([{ team: '东甲' }]);
    expect((await who.crew!.ask('/history')).status).toBe(403);
    const changed = scene.owner.rows('update history_rows set gain_fen = 0');
    await expect(changed).rejects.toThrow(/append-only/);
  });
});

describe('files and callers that are refused', () => {
  test.each([
    ['an old .xls', Buffer.concat([Buffer.from([0xd0, 0xcf, 0x11, 0xe0]), Buffer.alloc(600)]), /旧格式/],
    ['a torn zip', Buffer.from('PK\u0003\u0004 and no more'), /损坏/],
    ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0]), /编码/],
    ['nothing', Buffer.alloc(0), /空/],
    ['a table of something else', Buffer.from('a,b\n1,2\n'), /列名/],
    ['one without a column', Buffer.from('测点,时间\nW1,2022-03-01\n'), /缺少“数值”/],
  ])('%s', async (_, bytes, why) => {
    const told = await bring('east', 'readings', bytes);
    expect([told.status, told.body.code]).toEqual([422, 'bad-file']);
    expect(told.body.detail).toMatch(why);
    expect(told.body.cure.length).toBeGreaterThan(5);
  });

  test('only who may bring a kind brings it, and only who may bring or export it fetches it', async () => {
    const bytes = await sheet([
      ['测点', '时间', '数值'],
      ['W1', '2022-03-02 08:00', '1'],
    ]);
    for (const kind of ['prices', 'standards', 'budgets', 'attendance', 'samples', 'history', 'people'])
      expect((await bring('crew', kind, bytes)).status, kind).toBe(403);
    expect((await who.crew!.ask('/files/prices/template')).status).toBe(403);
    expect((await who.crew!.ask('/files/readings/template')).status).toBe(200);
    expect((await who.crew!.ask('/files/nothing/template')).status).toBe(400);
    expect((await bring('crew', 'readings', bytes, { 'content-type': 'text/html' })).status).toBe(415);
    // What a crew may see of readings is its own unit.
    const seen = textsOf(
      await take('crew', 'readings/template?filled=true&wide=true&format=csv&from=2022-03-01&to=2022-03-01'),
    );
    expect(seen[0]).toEqual(['时间', 'W1', 'S1']);
  });

  test('the same key answers the same once more', async () => {
    const bytes = await sheet([
      ['测点', '时间', '数值'],
      ['W1', '2022-03-20 08:00', '90000'],
    ]);
    const headers = { 'idempotency-key': 'file-once-1' };
    const first = await bring('east', 'readings', bytes, headers);
    const again = await bring('east', 'readings', bytes, headers);
    expect([again.status, again.body, again.headers.get('idempotent-replayed')]).toEqual([201, first.body, 'true']);
  });
});
