// The house keeps its own rules; and each rule catches a planted violation.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  findAuditorImports,
  findDeadFiles,
  findDeadLinks,
  findImpurity,
  findLockGaps,
  findLongFiles,
  findMachineTraces,
  findMisplacedFiles,
  findMissingScripts,
  findSilentTests,
  findUndocumentedCommands,
  findUnequalWords,
  findWrongImports,
} from './tidy/rules.ts';
import { blankNonCode, importsOf, type SourceFile } from './tidy/source.ts';

/** Source files that wait for their caller in `src/main.ts`. It only shrinks: a wired file must leave it. */
const unwired: readonly string[] = [];

const home = dirname(import.meta.dirname);

function readTree(): SourceFile[] {
  const ignored = new Set(['.git', ...readFileSync(join(home, '.gitignore'), 'utf8').split('\n').filter(Boolean)]);
  const walk = (folder: string): string[] =>
    readdirSync(join(home, folder), { withFileTypes: true }).flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (ignored.has(entry.name)) return [];
      if (entry.isDirectory()) return walk(path);
      return entry.isFile() ? [path] : [];
    });
  return walk('').map((path) => {
    const text = readFileSync(join(home, path), 'utf8');
    return { path, text: text.includes('\0') ? '' : text };
  });
}

const tree = readTree();
const file = (path: string, text = ''): SourceFile => ({ path, text });

describe('this house', () => {
  const manual = tree.find(({ path }) => path === 'docs/command.md')?.text;
  const registry = process.env.npm_config_registry;

  test('every source file belongs to a word or a room', () => expect(findMisplacedFiles(tree)).toEqual([]));
  test('imports go leftwards and through doors', () => expect(findWrongImports(tree)).toEqual([]));
  test('the domain is pure', () => expect(findImpurity(tree)).toEqual([]));
  test('no file is dead', () => expect(findDeadFiles(tree, unwired)).toEqual([]));
  test('every script runs a file that is there', () => expect(findMissingScripts(tree)).toEqual([]));
  test('the lock file is whole', () => expect(findLockGaps(tree)).toEqual([]));
  test('links in the documents are live', () => expect(findDeadLinks(tree)).toEqual([]));
  test('the auditor imports nothing it audits', () => expect(findAuditorImports(tree)).toEqual([]));
  test('no test is silent without a reason', () => expect(findSilentTests(tree)).toEqual([]));
  test('no source file is too long', () => expect(findLongFiles(tree)).toEqual([]));
  test('no file names one machine', () => expect(findMachineTraces(tree, registry)).toEqual([]));

  test('Chinese and English have the same words', async () => {
    const paths = ['zh', 'en'].map((language) => join(home, 'src', 'words', `${language}.ts`));
    const there = paths.filter((path) => existsSync(path));
    if (there.length === 0) return;
    expect(there).toEqual(paths);
    const [zh, en] = await Promise.all(paths.map((path) => import(path)));
    expect(findUnequalWords(zh, en)).toEqual([]);
  });

  test('every command and option is documented', () => {
    const help = execFileSync(join(home, 'crewledger'), ['--help'], { encoding: 'utf8' });
    expect(help).toContain('--version');
    expect(findUndocumentedCommands(help, manual)).toEqual([]);
  });
});

describe('reading source', () => {
  test('comments, strings, templates and regular expressions are no code', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the text is source code
    const text = "a('x // y') /* b */ + `c ${d({ e: `f` })} g` + 1 / 2 / 3; // h\nconst i = /['\"`]j[/]/g; k()";
    const code = blankNonCode(text);
    expect(code).toHaveLength(text.length);
    expect(code.match(/\w+/g)).toEqual(['a', 'd', 'e', '1', '2', '3', 'const', 'i', 'g', 'k']);
  });

  test('imports in every form are found, those in strings are not', () => {
    const text = `import a from './a.ts';
import {
  type B,
} from '../b.ts';
export * from "./c/d.ts";
import 'e';
const f = await import('./f.ts');
const g = "import h from './h.ts'"; // import i from './i.ts'
const j = new URL('../j.yaml', import.meta.url);`;
    expect(importsOf(file('src/x/y.ts', text)).map((one) => one.target ?? one.specifier)).toEqual(
      expect.arrayContaining(['src/x/a.ts', 'src/b.ts', 'src/x/c/d.ts', 'e', 'src/x/f.ts', 'src/j.yaml']),
    );
    expect(importsOf(file('src/x/y.ts', text))).toHaveLength(6);
  });
});

describe('a planted violation is caught', () => {
  test('a stray file and a folder without its door', () => {
    expect(findMisplacedFiles([file('src/utils.ts'), file('src/plant/calendar.ts'), file('src/store/sql.ts')])).toEqual(
      [
        'src/utils.ts: "utils" is no word of the domain and no room',
        'src/plant/calendar.ts: src/plant/ has no door src/plant.ts',
      ],
    );
  });

  test.each([
    ['src/plant.ts', './readings.ts', 'right of plant'],
    ['src/plant.ts', './store/pool.ts', 'no room'],
    ['src/plant.ts', './words/zh.ts', 'no room'],
    ['src/readings.ts', './plant/calendar.ts', 'only door'],
    ['test/golden.test.ts', '../src/plant/calendar.ts', 'only door'],
    ['src/plant/calendar.ts', '../plant.ts', 'own door'],
    ['src/work/settle.ts', '../main.ts', 'nobody imports main'],
    ['test/a.test.ts', '../src/main.ts', 'nobody imports main'],
    ['src/store/pool.ts', '../http/server.ts', 'store does not import http'],
    ['src/web/board.tsx', '../http/server.ts', 'only the contract'],
  ])('%s imports %s', (path, target, why) => {
    expect(findWrongImports([file(path, `import { x } from '${target}';`)])).toEqual([expect.stringContaining(why)]);
  });

  test.each([
    ['src/statement.ts', './plant.ts'],
    ['src/statement.ts', './statement/lines.ts'],
    ['src/statement/lines.ts', './causes.ts'],
    ['src/statement/lines.ts', '../plant.ts'],
    ['src/statement/lines.test.ts', '../readings.ts'],
    ['src/simulate/mill.ts', '../plant.ts'],
    ['src/main.ts', './simulate/mill.ts'],
    ['src/main.ts', './main/options.ts'],
    ['src/store/embedded/refusal.ts', '../../words/store.ts'],
    ['src/web/board.tsx', '../http/contract.ts'],
  ])('%s may import %s', (path, target) => {
    expect(findWrongImports([file(path, `import { x } from '${target}';`)])).toEqual([]);
  });

  test.each([
    'import { readFileSync } from "node:fs";',
    'import lodash from "lodash";',
    'export async function f() {}',
    'const x = Promise.resolve(1);',
    'const x = Date.now();',
    'const x = new Date();',
    'const x = Temporal.Now.instant();',
    'const x = Math.random();',
    'const x = process.env;',
    'const { env } = process;',
    'console.log(1);',
    'setTimeout(f, 1);',
    'const x = performance.now();',
    'const x = fetch(url);',
  ])('impure in the domain: %s', (text) => {
    expect(findImpurity([file('src/plant/calendar.ts', text)])).not.toEqual([]);
    expect(findImpurity([file('src/store/pool.ts', text), file('src/plant.test.ts', text)])).toEqual([]);
  });

  test('speaking of impure things is not impure', () => {
    const text = `// process.env, new Date()
import { sha256 } from '@noble/hashes/sha2.js';
const kinds = { process: 'process.step', console: \`await\` };
const date = (startDate: Instant): string => dayDate(startDate);`;
    expect(findImpurity([file('src/plant.ts', text)])).toEqual([]);
  });

  test('a dead file, and a list of unwired files that is stale', () => {
    const files = [
      file('package.json', '{"scripts":{"bench":"node bench/main.ts"}}'),
      file('src/main.ts', "import './plant.ts';"),
      file('src/plant.ts'),
      file('src/ranking.ts'),
      file('src/ledger.ts'),
      file('src/simulate/mill.ts'),
      file('src/simulate/forgotten.ts'),
      file('src/ranking.test.ts', "import './ranking.ts';"),
      file('test/a.test.ts', "import '../src/simulate/mill.ts';"),
      file('test/unused.ts'),
      file('bench/main.ts', "import './rows.ts';"),
      file('bench/rows.ts'),
    ];
    expect(findDeadFiles(files, ['src/ledger.ts', 'src/plant.ts'])).toEqual([
      'src/ranking.ts: dead: src/main.ts does not reach it',
      'src/simulate/forgotten.ts: dead: nothing reaches it',
      'test/unused.ts: dead: nothing reaches it',
      'src/plant.ts: need not stand on the list of unwired files',
    ]);
  });

  test('a script without its file', () => {
    expect(findMissingScripts([file('package.json', '{"scripts":{"bench":"node bench/main.ts"}}')])).toHaveLength(1);
  });

  test('a lock file without the package of another platform', () => {
    const tool = { version: '1.0.0', optionalDependencies: { 'tool-linux': '1.0.0', 'tool-darwin': '1.0.0' } };
    const packages = { '': {}, 'node_modules/tool': tool, 'node_modules/tool-linux': { version: '1.0.0' } };
    expect(findLockGaps([file('package-lock.json', JSON.stringify({ packages }))])).toEqual([
      expect.stringContaining('lacks tool-darwin'),
    ]);
  });

  test('a word said in one language only', () => {
    expect(findUnequalWords({ zh: { a: '甲', b: { c: '丙' } } }, { en: { a: 'A', b: { d: 'D' } } })).toEqual([
      'src/words/en.ts lacks b.c',
      'src/words/zh.ts lacks b.d',
    ]);
  });

  test('a dead link and a dead anchor', () => {
    const files = [
      file(
        'README.md',
        '# 用法 Use it!\n[a](docs/b.md#here) [b](#用法-use-it) [c](docs) `[d](e)` [f](https://example.com)',
      ),
      file('docs/b.md', '[up](../README.md) [gone](c.md)\n\n```\n# here\n```'),
    ];
    expect(findDeadLinks(files)).toEqual([
      'README.md:2: no such heading: docs/b.md#here',
      'docs/b.md:1: no such file: c.md',
    ]);
  });

  test('an undocumented command and option', () => {
    const help = '  crewledger --help\n  crewledger --version\n  crewledger settle <plant> --format text\n';
    expect(findUndocumentedCommands(help, undefined)).toContain('docs/command.md does not name crewledger settle');
    expect(findUndocumentedCommands(help, '`crewledger settle` --help --version --formats')).toEqual([
      'docs/command.md does not name --format',
    ]);
    expect(findUndocumentedCommands('  crewledger --help\n  crewledger --version\n', undefined)).toEqual([]);
  });

  test('an auditor that looks into src', () => {
    const text = "import { exact } from './exact.ts';\nimport { settle } from '../../src/statement.ts';";
    expect(findAuditorImports([file('test/auditor/audit.ts', text)])).toHaveLength(1);
    const detour = "import { settle } from '../golden.ts';";
    expect(findAuditorImports([file('test/auditor/audit.ts', detour)])).toHaveLength(1);
  });

  test('a silent test', () => {
    const text = "test.only('a');\ndescribe.each([]).skip('b');\n// skip: needs a meter\nit.skip('c');\nit.todo('d');";
    expect(findSilentTests([file('src/plant.test.ts', text)])).toEqual([
      'src/plant.test.ts:1: test.only silences all other tests',
      expect.stringContaining('src/plant.test.ts:5: it.todo without'),
    ]);
  });

  test('a file that is too long', () => {
    expect(findLongFiles([file('src/plant.ts', '\n'.repeat(10).replaceAll('\n', 'x\n'))], 9)).toHaveLength(1);
    expect(findLongFiles([file('src/plant.ts', 'x\n'.repeat(9))], 9)).toEqual([]);
  });

  test('a path of one machine and the name of a registry', () => {
    const [slash, dot] = ['/', '.'];
    const traces = [
      `see ${slash}work${slash}plan.txt`,
      `'${slash}root${slash}x'`,
      `${slash}tmp/bash_jobs${slash}7`,
      `file:${slash}${slash}${slash}work${slash}x`,
      `https:${slash}${slash}registry${dot}npmjs.org${slash}yaml`,
      `host registry${dot}npmmirror.com`,
      'packages.mine.test',
      ['"resolved"', ' "x"'].join(':'),
    ];
    for (const text of traces) {
      expect(findMachineTraces([file('a.md', text)], 'http://packages.mine.test/'), text).not.toEqual([]);
    }
    const innocent = 'src/work/settle.ts ./work/x ../work/y \'/tmp/x\' "url": "https://opencollective.com/npm/x"';
    expect(findMachineTraces([file('a.md', innocent)], undefined)).toEqual([]);
  });
});
