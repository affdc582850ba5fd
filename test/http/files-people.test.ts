// The register of people as a table over a real socket: out and back whole, judged without a trace, refused row by row.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { csvText } from '../../src/connect/workbook.ts';
import { type FileScene, fetchFile, serveFiles, textsOf } from './files-scene.ts';
import { type Browser, enrol, signIn } from './served.ts';

let scene: FileScene;
let admin: Browser;
beforeAll(async () => {
  scene = await serveFiles();
  await enrol(scene, 'admin', { grants: ['administrator at plant'], name: '管理员' });
  admin = await signIn(scene, 'admin');
});
afterAll(() => scene.close());

const HEAD = ['工号', '姓名', '电话', '班组', '组织', '党组织', '岗位', '到岗日'];
const bring = (rows: readonly (readonly string[])[], query = '') =>
  admin.ask(`/files/people?${query}`, {
    body: Buffer.from(csvText([HEAD, ...rows])),
    headers: { 'content-type': 'text/csv' },
  });
const count = async () => (await scene.db.rows<{ count: number }>('select count(*) as count from people'))[0]!.count;

test('people are entered by names of the plant as well as by ids; on request nothing stays', async () => {
  const rows = [
    ['0012', '张三', '138 0000 0001', '东甲', '东车间', '党委', '', '2022-03-01'],
    ['0013', '李四', '', 'west-a', 'works', '', 'crew-leader', '2022年3月1日'],
  ];
  const before = await count();
  expect((await bring(rows, 'dryRun=true')).body).toMatchObject({ taken: 2, same: 0, problems: [] });
  expect(await count()).toBe(before);
  expect((await bring(rows)).body).toMatchObject({ taken: 2, same: 0, problems: [] });
  expect((await bring(rows)).body).toMatchObject({ taken: 0, same: 2 });
  const { body } = await admin.ask('/people?search=0012');
  expect(body.items).toMatchObject([{ staffNumber: '0012', name: '张三', phone: '138 0000 0001' }]);
  const details = await scene.db.rows(`select from audit where after::text like '%张三%' or after::text like '%138%'`);
  expect(details).toEqual([]);
});

test.each([
  ['xlsx', 'zh'],
  ['xlsx', 'en'],
  ['csv', 'zh'],
  ['csv', 'en'],
])('the register comes out as %s in %s and back whole', async (format, lang) => {
  const { status, bytes } = await fetchFile(
    admin,
    scene.url,
    `/files/people/template?filled=true&format=${format}&lang=${lang}`,
  );
  expect(status).toBe(200);
  const texts = textsOf(bytes);
  expect(texts.flat()).toEqual(expect.arrayContaining(['0012', '张三']));
  const told = await fetchFile(admin, scene.url, '/files/people', {
    method: 'POST',
    body: new Uint8Array(bytes),
    headers: { 'content-type': 'application/octet-stream' },
  });
  const body = JSON.parse(told.bytes.toString());
  expect(body).toMatchObject({ taken: 0, refused: 0, problems: [] });
  expect(body.same).toBe(texts.length - 1);
});

test('a wrong row is told by its cells and stops only itself', async () => {
  const told = await bring([
    ['0020', '王五', 'abc', '东丁', '', '', '', ''],
    ['0021', '赵六', '', '东甲', '', '', 'emperor', '三月'],
    ['0022', '', '', '', '', '', '', ''],
    ['0023', '钱七', '', '东甲', '', '', '', ''],
    ['0023', '钱八', '', '', '', '', '', ''],
  ]);
  expect(told.body.taken).toBe(1);
  expect(
    told.body.problems
      .map(({ row, column, code }: { row: number; column: string; code: string }) => `${row}${column} ${code}`)
      .toSorted(),
  ).toEqual(['2C bad-phone', '2D unknown-team', '3G unknown-role', '3H bad-day', '4B empty-cell', '6A twice']);
  for (const one of told.body.problems) expect(one.cure.length, one.code).toBeGreaterThan(2);
});
