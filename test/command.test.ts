// The command as people and programs meet it: real processes of ./crewledger on the worked example and a simulated folder.
// What the figures should be is the engine's matter (and of examples/worked/expected.json); here: what is printed, how it
// stands, what is refused in which words and with which exit code.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { widthOf } from '../src/words/width.ts';

const home = dirname(import.meta.dirname);
const worked = join(home, 'examples', 'worked');
// A process starts in a third of a second, on a busy machine in a second and more.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let own = '';
let simulated = '';

interface BoardRow {
  readonly rank: number | null;
  readonly team: string;
  readonly gainFen: number;
  readonly gap: { readonly fen: number; readonly streams: readonly { readonly fen: number }[] } | null;
}

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const runs = new Map<string, Promise<Ended>>();

/** Runs the command in the test's own folder; a command line that only reads is run once, however many tests ask. */
function crewledger(...args: string[]): Promise<Ended> {
  if (args[0] === 'simulate') return runCommand(args);
  const key = args.join('\0');
  const run = runs.get(key) ?? runCommand(args);
  runs.set(key, run);
  return run;
}

function runCommand(args: readonly string[]): Promise<Ended> {
  const env = { PATH: process.env.PATH, LANG: 'zh_CN.UTF-8', NODE_COMPILE_CACHE: join(own, 'compiled') };
  const child = spawn(join(home, 'crewledger'), args, { cwd: own, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (code) => resolve({ code, out, err }));
  });
}

const json = async (...args: string[]): Promise<ReturnType<typeof JSON.parse>> =>
  JSON.parse((await crewledger(...args, '--format', 'json')).out);

/** Rows of CSV without quoted cells, by heading. */
const rowsOf = (csv: string): Record<string, string>[] => {
  const [headings = [], ...rows] = csv
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
  return rows.map((cells) => Object.fromEntries(headings.map((heading, i) => [heading, cells[i] ?? ''])));
};

/** Whether no cell of a table crosses from one column of its rule (`────  ──`) into the gap before the next. */
function standsStraight(table: readonly string[]): boolean {
  const rule = table.find((line) => /^[─ ]+$/.test(line)) ?? '';
  const gaps = [...rule.matchAll(/ {2}/g)].map(({ index }) => index);
  return gaps.length > 0 && table.every((line) => gaps.every((gap) => [gap, gap + 1].every((at) => isBlank(line, at))));
}

/** Whether a line shows nothing at a column of the terminal. */
function isBlank(line: string, column: number): boolean {
  let at = 0;
  for (const character of line) {
    const wide = widthOf(character);
    if (column >= at && column < at + wide) return character === ' ';
    at += wide;
  }
  return true;
}

beforeAll(async () => {
  own = mkdtempSync(join(tmpdir(), 'crewledger-'));
  simulated = join(own, '模拟 厂');
  expect((await crewledger('simulate', simulated, '--days', '3')).code).toBe(0);
});
afterAll(() => rmSync(own, { recursive: true, force: true }));

describe('settle', () => {
  test('prints one shift a row in Chinese, columns straight', async () => {
    const { code, out, err } = await crewledger('settle', worked);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('2022-03-01  白班  蒸发三组  蒸发三组甲班        7.5     +618.83       −1,068.81');
    expect(out).toContain('合计创效 +618.83 元\n2 个班缺产量或价格，没有计入\n');
    expect(standsStraight(out.split('\n').slice(0, 5))).toBe(true);
  });

  test('prints the same in English', async () => {
    const { code, out } = await crewledger('settle', worked, '--lang=en');
    expect(code).toBe(0);
    expect(out).toMatch(/^Day +Shift +Unit +Team +Hours +Gain \(yuan\) +Company \(yuan\)/);
    expect(out).toContain('Evaporation group 3 crew 甲    7.5      +618.83');
    expect(out).toContain('Total gain +618.83 yuan\nshifts without an output or a price, not in the total: 2\n');
    expect(standsStraight(out.split('\n').slice(0, 5))).toBe(true);
  });

  test('gives JSON whose worked shift is the expected one', async () => {
    const { plant, sheets, postings } = await json('settle', worked);
    const { counted, excluded } = JSON.parse(readFileSync(join(worked, 'expected.json'), 'utf8'));
    expect([plant, postings, sheets.length]).toEqual(['worked', [], 3]);
    const sheet = sheets.find(({ shift }: { shift: string }) => shift === '早');
    expect(Object.keys(sheet)).toEqual([
      ...['unit', 'crew', 'team', 'day', 'shift', 'from', 'to', 'state', 'counted', 'excluded', 'inputs'],
    ]);
    expect(sheet.inputs).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(sheet.counted).toMatchObject({
      complete: true,
      hours: counted.counted_hours,
      valueFen: counted.value_fen,
      budgetValueFen: counted.budget_value_fen,
      crewGainFen: counted.crew_gain_fen,
      companyFen: counted.company_fen,
    });
    expect(sheet.excluded.crewGainFen ?? 0).toBe(excluded.crew_gain_fen ?? 0);
  });

  test('gives CSV whose rows sum to the gains of the JSON, to the fen', async () => {
    for (const folder of [worked, simulated]) {
      const { sheets, postings } = await json('settle', folder);
      const rows = rowsOf((await crewledger('settle', folder, '--format', 'csv')).out);
      const gains = sheets.reduce(
        (sum: number, { counted }: { counted?: { crewGainFen?: number } }) => sum + (counted?.crewGainFen ?? 0),
        0,
      );
      const posted = postings.reduce((sum: number, { amountFen }: { amountFen: number }) => sum - amountFen, 0);
      const total = rows.reduce((sum, row) => sum + Number(row.crew_fen), 0);
      expect(Object.keys(rows[0] ?? {}).join()).toBe('day,shift,unit,crew,team,state,part,line,fen,crew_fen');
      expect(total).toBe(gains + posted);
    }
  });

  test('as of an instant: a draft while the shift runs, other figures before the last sample is known', async () => {
    expect((await crewledger('settle', worked, '--as-of', '2022-03-01 12:30')).out).toMatch(/白班 .* 实时\n/);
    expect((await crewledger('settle', worked, '--as-of', '2022-03-01 16:00')).out).toMatch(/白班 .* 暂估\n/);
    expect((await crewledger('settle', worked, '--as-of', '2022-03-01 16:10')).out).toContain('+608.03');
    expect((await crewledger('settle', worked, '--as-of', '2022-03-01T16:30:00+08:00')).out).toContain('+618.83');
  });

  test('takes days, a unit and readings besides', async () => {
    const { sheets } = await json('settle', simulated);
    const [{ unit, day }] = sheets;
    const one = await crewledger('settle', simulated, '--format', 'csv', '--unit', unit, '--from', day, '--to', day);
    expect(new Set(rowsOf(one.out).map((row) => `${row.unit} ${row.day}`))).toEqual(new Set([`${unit} ${day}`]));
    const more = join(own, '另加.csv');
    writeFileSync(more, '位号,时间,数值\nFQ-3101,2022/3/1 23:50,x\n');
    const { code, out, err } = await crewledger('settle', worked, '--readings', more);
    expect([code, err]).toEqual([65, expect.stringMatching(/另加\.csv:2 错误：“x”不是可用的数/)]);
    expect(out).toContain('+618.83');
  });
});

describe('rank', () => {
  test('puts teams that have no figures below, without a gain of nought', async () => {
    const { code, out } = await crewledger('rank', worked);
    expect(code).toBe(0);
    expect(out).toMatch(/^蒸发三组 · 日榜 · 2022-03-01\n/);
    expect(out).toMatch(/\n1 {13}蒸发三组甲班 +\+618\.83 +7\.5 +82\.51 +1 +6\.2 %\n/);
    expect(out).toMatch(/\n缺数，不排名 {2}蒸发三组丁班 +— +0 +—\n/);
    expect(standsStraight(out.split('\n').slice(1))).toBe(true);
  });

  test('of days without readings says so, and which days have some', async () => {
    const { code, out } = await crewledger('rank', worked, '--day', '2023-01-01');
    expect(code).toBe(0);
    expect(out).toContain('这几天没有班组有数；读数从 2022-03-01 到 2022-03-01');
  });

  test('shows one kind of minus, thousands, and rests', async () => {
    const { code, out } = await crewledger('rank', simulated, '--lang', 'en');
    expect(code).toBe(0);
    expect(out).toMatch(/^\S.* · day board · \d{4}-\d\d-\d\d\n/);
    expect(out).not.toMatch(/(^|\s)-\d/m);
    expect(out).not.toMatch(/\d{5}/);
    expect(out).toContain('resting');
    for (const board of out.trimEnd().split('\n\n')) expect(standsStraight(board.split('\n').slice(1))).toBe(true);
  });

  test('gives JSON and CSV of the same ranks', async () => {
    const boards: readonly { rows: readonly BoardRow[] }[] = await json('rank', simulated);
    const rows = rowsOf((await crewledger('rank', simulated, '--format', 'csv')).out);
    const ranked = boards.flatMap((board) => board.rows);
    expect(boards.map((board) => Object.keys(board).join())).toEqual(boards.map(() => 'league,kind,from,to,rows'));
    expect(rows.map(({ rank, team, gain_fen }) => [rank, team, gain_fen])).toEqual(
      ranked.map(({ rank, team, gainFen }) => [String(rank ?? ''), team, String(gainFen)]),
    );
    for (const { gap } of ranked) expect(gap?.streams.reduce((sum, { fen }) => sum + fen, 0) ?? 0).toBe(gap?.fen ?? 0);
  });
});

describe('explain', () => {
  const shift = ['explain', worked, '--day', '2022-03-01', '--shift', '早'];

  test('tells the crew’s lines, then the company’s, then the excluded part', async () => {
    const { code, out } = await crewledger(...shift);
    expect(code).toBe(0);
    expect(out).toMatch(/^蒸发三组 · 2022-03-01 白班 · 蒸发三组甲班 · 已结算\n本班创效 \+618\.83 元\n/);
    expect(out).toMatch(/▪ 蒸汽少用 3\.415 t，节 437\.12 元 {2}\[usage\.steam\]/);
    expect(out).toMatch(/· 限产（O-1）少产蒸水量 52\.000 t，影响 −671\.51 元，不计入本班 {2}\[limit\]/);
    expect(out.slice(out.indexOf('不计入部分'), out.indexOf('▪ 计入本班'))).not.toContain('▪');
  });

  test('opens a line, named by its key, its kind or its stream, to arithmetic and readings', async () => {
    const opened = await crewledger(...shift, '--line', 'usage.steam');
    expect(opened.code).toBe(0);
    expect((await crewledger(...shift, '--line', 'steam')).out).toBe(opened.out);
    expect(opened.out).toContain('（204.392 t − 200.977 t = 3.415 t）× 128.0000 元/t → +437.12 元');
    expect(opened.out).toContain('FQ-3001  2022-03-01 07:50  999,965.279');
    const english = (await crewledger(...shift, '--line', 'quality', '--lang', 'en')).out;
    expect(english).toContain('samples S-1, S-2, S-3, S-4');
    expect(english).not.toMatch(/[（）、。]/);
  });

  test('gives JSON with sentence, arithmetic, sources and readings', async () => {
    const { headline, parts, notices } = await json(...shift, '--line', 'usage.steam');
    expect(headline[0]).toBe('本班创效 +618.83 元');
    expect(parts.map(({ part }: { part: string }) => part)).toEqual(['counted', 'excluded']);
    expect(parts[0].lines[0]).toMatchObject({ key: 'usage.steam', fen: 43712, crewFen: 43712 });
    expect(Object.keys(parts[0].lines[0].readings[0])).toEqual(['point', 'time', 'value', 'quality']);
    expect(notices.map(({ code }: { code: string }) => code)).toContain('rollover');
  });
});

describe('simulate and check', () => {
  test('what simulate writes has no mistakes', async () => {
    expect(await crewledger('check', simulated)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^0 个错误，0 个提醒；收下 \d+ 条读数。\n$/),
    });
  });

  test('the same seed writes the same bytes', async () => {
    const again = join(own, 'again');
    await crewledger('simulate', again, '--days=3', '--seed=2022');
    expect(readdirSync(again)).toEqual(readdirSync(simulated));
    for (const name of readdirSync(again))
      expect(readFileSync(join(again, name))).toEqual(readFileSync(join(simulated, name)));
  });

  test('a folder that holds anything is refused and left as it was', async () => {
    const full = join(own, 'full');
    mkdirSync(full);
    writeFileSync(join(full, 'mine.txt'), 'mine');
    expect(await crewledger('simulate', full)).toEqual({
      code: 64,
      out: '',
      err: `crewledger: “${full}”里已有文件，没有动它。改法：换一个空文件夹。\n`,
    });
    expect(readdirSync(full)).toEqual(['mine.txt']);
    expect(readFileSync(join(full, 'mine.txt'), 'utf8')).toBe('mine');
  });

  test('a place that cannot be written is told', async () => {
    expect(await crewledger('simulate', join(worked, 'plant.yaml'))).toMatchObject({
      code: 73,
      err: expect.stringMatching(/写不进“.*plant\.yaml”：已有同名文件。改法：换一个空文件夹/),
    });
  });
});

test('refusals: the sentence, and the exit code', async () => {
  const rows: readonly (readonly [code: number, said: string, ...args: string[]])[] = [
    [64, '没有命令“settel”。改法：是不是 settle？全部命令见 crewledger --help。', 'settel', worked],
    [64, 'There is no command "settel". Cure: Did you mean settle? All commands:', 'settel', '--lang', 'en'],
    [64, 'settle 没有选项“--form”。改法：是不是 --from？', 'settle', worked, '--form', '2022-03-01'],
    [64, 'settle 缺少 FOLDER。改法：写成 crewledger settle FOLDER。', 'settle'],
    [64, 'settle lacks FOLDER. Cure: Write crewledger settle FOLDER.', 'settle', '--lang=en'],
    [64, '--to 后面缺少值。改法：写成 --to DAY。', 'settle', worked, '--to'],
    [64, '--from 不能是“昨天”。改法：写成 2022-03-01。', 'settle', worked, '--from', '昨天'],
    [64, '没有可核算的日子。改法：起始日不能晚于结束日；读数从', 'settle', worked, '--from', '2022-03-05'],
    [64, '--unit 不能是“evap”。改法：可选：evaporation-3。', 'settle', worked, '--unit', 'evap'],
    [64, '--format 不能是“xml”。改法：可选：text, json, csv。', 'settle', worked, '--format', 'xml'],
    [64, '--day 和 --month 只能写一个。', 'rank', worked, '--day', '2022-03-01', '--month', '2022-03'],
    [64, 'explain 还要写 --day。改法：例如 --day 2022-03-01；可选：2022-03-01 …', 'explain', worked],
    [64, 'explain 还要写 --shift。改法：例如 --shift 夜；可选：夜, 早, 中。', 'explain', worked, '--day', '2022-03-01'],
    [64, '--teams 不能是“0”。改法：写成 8 … 190。', 'simulate', 'x', '--teams', '0'],
    [64, '--plant small 和 --teams 只能写一个。', 'simulate', 'x', '--plant', 'small', '--teams', '8'],
    [64, '多出一个参数“b”。', 'check', 'a', 'b'],
    [66, '读不到 nowhere：没有这个文件或文件夹。', 'settle', 'nowhere'],
    [66, '里没有 *.yaml 文件。', 'rank', '.'],
  ];
  const all = await Promise.all(rows.map(([, , ...args]) => crewledger(...args)));
  for (const [i, [code, said, ...args]] of rows.entries()) {
    const { code: ended, out, err } = all[i] as Ended;
    expect([ended, out, err], args.join(' ')).toEqual([code, '', expect.stringContaining(said)]);
  }
});

test('help of everything, and of one command', async () => {
  const all = await crewledger('--help');
  expect(all.code).toBe(0);
  for (const command of [
    'check',
    'settle',
    'rank',
    'explain',
    'simulate',
    'start',
    'serve',
    'work',
    'import',
    'verify',
    'backup',
  ])
    expect(all.out).toContain(`crewledger ${command}`);
  expect(await crewledger('-h')).toEqual(all);
  expect(await crewledger('help')).toEqual(all);
  expect(await crewledger()).toEqual({ ...all, code: 64 });
  const one = (await crewledger('explain', '--help')).out;
  expect(one).toContain('--line LINE');
  expect(one).not.toContain('crewledger rank');
});
