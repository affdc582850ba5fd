// The rules of the house, each a pure function over files: `(files) → violations`. ARCHITECTURE.md says why.
import { posix } from 'node:path';
import { blankNonCode, importsOf, lineOf, type SourceFile } from './source.ts';

/** The domain, in its total order: a word may import only the words before it. */
export const domainWords = [
  'quantity',
  'statistics',
  'formula',
  'plant',
  'readings',
  'statement',
  'ledger',
  'indicator',
  'ranking',
  'assessment',
  'improvement',
  'programme',
] as const;

/** The rooms around the domain, and the rooms each may import besides the domain. */
const roomImports: Readonly<Record<string, readonly string[]>> = {
  words: [],
  simulate: [],
  store: ['words'],
  connect: [],
  report: ['words'],
  work: ['words', 'store', 'report', 'connect'],
  http: ['words', 'store', 'report', 'connect', 'work'],
  web: ['words', 'http'],
  main: ['words', 'simulate', 'store', 'connect', 'report', 'work', 'http', 'web'],
};

const domainPackages = ['yaml', 'typebox', 'temporal-polyfill', '@noble/hashes'];

const isCode = (path: string): boolean => /\.tsx?$/.test(path);
const isTest = (path: string): boolean => /\.test\.tsx?$/.test(path);
const rankOf = (word: string | undefined): number => (domainWords as readonly string[]).indexOf(word ?? '');

/** `src/plant.ts` and `src/plant/x.ts` belong to `plant`. */
function wordOf(path: string): string | undefined {
  return /^src\/([^/.]+)(?:\/|\.)/.exec(path)?.[1];
}

function isInside(path: string, word: string): boolean {
  return path.startsWith(`src/${word}/`);
}

export function findMisplacedFiles(files: readonly SourceFile[]): string[] {
  const paths = new Set(files.map((file) => file.path));
  return files.flatMap(({ path }) => {
    const word = wordOf(path);
    if (word === undefined) return [];
    if (rankOf(word) < 0) return word in roomImports ? [] : [`${path}: "${word}" is no word of the domain and no room`];
    if (isInside(path, word) && !paths.has(`src/${word}.ts`))
      return [`${path}: src/${word}/ has no door src/${word}.ts`];
    return [];
  });
}

export function findWrongImports(files: readonly SourceFile[]): string[] {
  return files
    .filter((file) => isCode(file.path))
    .flatMap((file) =>
      importsOf(file).flatMap(({ target, line }) => {
        const to = target === undefined ? undefined : wordOf(target);
        if (target === undefined || to === undefined) return [];
        const from = wordOf(file.path);
        const say = (why: string): string[] => [`${file.path}:${line}: imports ${target}: ${why}`];
        if (to === 'main' && from !== 'main') return say('nobody imports main');
        if (rankOf(to) >= 0 && isInside(target, to) && from !== to) return say(`the only door is src/${to}.ts`);
        if (from === undefined || isTest(file.path)) return [];
        if (from === to) {
          return rankOf(to) >= 0 && target === `src/${to}.ts` ? say('a folder does not import its own door') : [];
        }
        if (rankOf(from) >= 0) {
          if (rankOf(to) < 0) return say('the domain imports no room around it');
          return rankOf(to) > rankOf(from) ? say(`imports go leftwards, and ${to} is right of ${from}`) : [];
        }
        if (rankOf(to) >= 0 || roomImports[from]?.includes(to) !== false) {
          return from === 'web' && to === 'http' && !target.startsWith('src/http/contract')
            ? say('only the contract')
            : [];
        }
        return say(`${from} does not import ${to}`);
      }),
    );
}

/** What domain files must not say, and what they say instead. */
const impure: readonly (readonly [RegExp, string])[] = [
  [/(?<![.\w$])(?:async|await)\b(?!\s*[?:])/g, 'no waiting: take the data as an argument'],
  [/(?<![.\w$])Promise\b/g, 'no waiting: take the data as an argument'],
  [/(?<![.\w$])Date\b\s*[.(]/g, 'no clock and no local time zone: take an instant, use Temporal'],
  [/(?<![.\w$])new\s+Date\b/g, 'no clock and no local time zone: take an instant, use Temporal'],
  [/\bTemporal\s*\.\s*Now\b/g, 'no clock: take an instant as an argument'],
  [/\bMath\s*\.\s*random\b/g, 'no randomness: take a seeded generator as an argument'],
  [/(?<![.\w$])(?:process|console)\s*[.[;)]/g, 'no environment and no printing: return values'],
  [/(?<![.\w$])(?:globalThis|window|document)\s*[.[]/g, 'no environment: take it as an argument'],
  [/(?<![.\w$])(?:setTimeout|setInterval|setImmediate|queueMicrotask|fetch)\s*\(/g, 'no timers and no network'],
  [/(?<![.\w$])(?:performance|crypto)\s*\./g, 'no clock and no randomness'],
];

export function findImpurity(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ path }) => isCode(path) && !isTest(path) && rankOf(wordOf(path)) >= 0)
    .flatMap((file) => {
      const code = blankNonCode(file.text);
      const said = impure.flatMap(([pattern, why]) =>
        [...code.matchAll(pattern)].map(
          (match) => `${file.path}:${lineOf(code, match.index)}: "${match[0].trim()}" in the domain: ${why}`,
        ),
      );
      const packages = importsOf(file).flatMap(({ specifier, target, line }) => {
        const known = domainPackages.some((name) => specifier === name || specifier.startsWith(`${name}/`));
        return target === undefined && !known ? [`${file.path}:${line}: imports ${specifier} in the domain`] : [];
      });
      return [...said, ...packages];
    });
}

/**
 * A source file lives when `src/main.ts` (or the page of `src/web`) reaches it; a simulated plant may live by a test or a bench;
 * a file of test/ or bench/ lives when a test, a script of package.json or a configuration file reaches it.
 * `unwired` are source files allowed to wait for their caller; one that no longer waits must leave the list.
 */
export function findDeadFiles(files: readonly SourceFile[], unwired: readonly string[] = []): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const reach = (entries: readonly string[]): Set<string> => {
    const seen = new Set<string>();
    const waiting = [...entries];
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      const file = byPath.get(path);
      if (file === undefined || seen.has(path)) continue;
      seen.add(path);
      if (isCode(path)) waiting.push(...importsOf(file).flatMap(({ target }) => target ?? []));
    }
    return seen;
  };
  const scripts = byPath.get('package.json')?.text.match(/[\w./-]+\.tsx?\b/g) ?? [];
  const code = files.map((file) => file.path).filter(isCode);
  const fromMain = reach(['src/main.ts', 'src/web/main.tsx']);
  const fromTests = reach([...code.filter((path) => isTest(path) || /^[^/]+\.config\.ts$/.test(path)), ...scripts]);
  const dead = code.flatMap((path) => {
    if (isTest(path) || fromMain.has(path)) return [];
    if (path.startsWith('src/') && !path.startsWith('src/simulate')) {
      return unwired.includes(path) ? [] : [`${path}: dead: src/main.ts does not reach it`];
    }
    return fromTests.has(path) || path.startsWith('examples/') ? [] : [`${path}: dead: nothing reaches it`];
  });
  const stale = unwired.filter((path) => fromMain.has(path) || !byPath.has(path));
  return [...dead, ...stale.map((path) => `${path}: need not stand on the list of unwired files`)];
}

/** Scripts of package.json that run a file which is not there. */
export function findMissingScripts(files: readonly SourceFile[]): string[] {
  const paths = new Set(files.map((file) => file.path));
  const scripts = files.find((file) => file.path === 'package.json')?.text.match(/[\w./-]+\.tsx?\b/g) ?? [];
  return scripts.filter((path) => !paths.has(path)).map((path) => `package.json: a script runs ${path}, not there`);
}

/** A lock file must hold every optional package of every platform, or `npm ci` refuses it; none with its origin. */
export function findLockGaps(files: readonly SourceFile[]): string[] {
  const text = files.find((file) => file.path === 'package-lock.json')?.text;
  if (text === undefined) return ['package-lock.json: not there'];
  type Entry = { readonly version?: string; readonly optionalDependencies?: Readonly<Record<string, string>> };
  const { packages }: { readonly packages: Readonly<Record<string, Entry>> } = JSON.parse(text);
  const locked = new Set(
    Object.entries(packages).flatMap(([path, { version }]) =>
      version === undefined ? [] : path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
    ),
  );
  return Object.values(packages)
    .flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
    .filter((name) => !locked.has(name))
    .map((name) => `package-lock.json: lacks ${name}: npm did not find it; add its entry by hand (version, cpu, os)`);
}

function flatKeys(value: unknown, prefix = ''): string[] {
  if (typeof value !== 'object' || value === null) return [prefix];
  return Object.entries(value).flatMap(([key, inner]) => flatKeys(inner, prefix === '' ? key : `${prefix}.${key}`));
}

/** Two dictionaries (module namespaces or objects) must have the same keys, to any depth. */
export function findUnequalWords(
  zh: Readonly<Record<string, unknown>>,
  en: Readonly<Record<string, unknown>>,
): string[] {
  const keys = (language: 'zh' | 'en', dictionary: Readonly<Record<string, unknown>>): Set<string> =>
    new Set(Object.entries(dictionary).flatMap(([name, value]) => flatKeys(value, name === language ? '' : name)));
  const [zhKeys, enKeys] = [keys('zh', zh), keys('en', en)];
  return [
    ...[...zhKeys].filter((key) => !enKeys.has(key)).map((key) => `src/words/en.ts lacks ${key}`),
    ...[...enKeys].filter((key) => !zhKeys.has(key)).map((key) => `src/words/zh.ts lacks ${key}`),
  ];
}

function headingAnchors(text: string): Set<string> {
  const anchors = new Set<string>();
  const prose = text.replace(/^(```|~~~)[\s\S]*?^\1/gm, '');
  for (const [, heading] of prose.matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const plain = heading!.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = plain.replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '').replaceAll(' ', '-');
    let name = slug;
    for (let n = 1; anchors.has(name); n += 1) name = `${slug}-${n}`;
    anchors.add(name);
  }
  for (const [, id] of prose.matchAll(/<a\s+(?:id|name)="([^"]+)"/g)) anchors.add(id!);
  return anchors;
}

export function findDeadLinks(files: readonly SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const exists = (path: string): boolean =>
    path === '.' || byPath.has(path) || files.some((file) => file.path.startsWith(`${path}/`));
  return files
    .filter((file) => file.path.endsWith('.md'))
    .flatMap((file) => {
      const blank = (code: string): string => code.replace(/[^\n]/g, ' ');
      const prose = file.text.replace(/^(```|~~~)[\s\S]*?^\1/gm, blank).replace(/`[^`\n]*`/g, blank);
      const links = [...prose.matchAll(/\]\(\s*<?([^)\s>]+)/g), ...prose.matchAll(/^\[[^\]]+\]:\s*<?([^\s>]+)/gm)];
      return links.flatMap((match) => {
        const link = match[1]!;
        if (/^[a-z][a-z0-9+.-]*:/i.test(link)) return [];
        const [pathPart = '', anchor] = decodeURI(link).split('#');
        const target = pathPart === '' ? file.path : posix.join(posix.dirname(file.path), pathPart).replace(/\/$/, '');
        const where = `${file.path}:${lineOf(prose, match.index)}`;
        if (!exists(target)) return [`${where}: no such file: ${link}`];
        const page = byPath.get(target);
        if (anchor === undefined || page === undefined || !target.endsWith('.md')) return [];
        return headingAnchors(page.text).has(anchor) ? [] : [`${where}: no such heading: ${link}`];
      });
    });
}

/** Every command and option that `crewledger --help` names must stand in docs/command.md. */
export function findUndocumentedCommands(help: string, manual: string | undefined): string[] {
  const commands = [...help.matchAll(/^\s+crewledger ([a-z][a-z-]*)/gm)].map((match) => `crewledger ${match[1]}`);
  const options = help.match(/(?<![\w-])--[a-z][a-z-]*/g) ?? [];
  const named = [...new Set([...commands, ...options])];
  const missing = (name: string): boolean => !new RegExp(`${name}(?![\\w-])`).test(manual ?? '');
  if (manual === undefined && named.every((name) => name === '--help' || name === '--version')) return [];
  return named.filter(missing).map((name) => `docs/command.md does not name ${name}`);
}

/** The auditor must not share one line with what it audits. */
export function findAuditorImports(files: readonly SourceFile[]): string[] {
  const auditor = (path: string): boolean => path.startsWith('test/auditor/');
  return files
    .filter((file) => auditor(file.path) && isCode(file.path))
    .flatMap((file) =>
      importsOf(file)
        .filter(({ target }) => target !== undefined && !auditor(target))
        .map(({ specifier, line }) => `${file.path}:${line}: the auditor imports ${specifier}`),
    );
}

export function findSilentTests(files: readonly SourceFile[]): string[] {
  const silent =
    /\b(?:(?:test|it|describe|suite|bench)(?:\.\w+)*\.(only|skip|todo|skipIf|runIf|fails)\b|(?:context|ctx)\.(skip)\b|x(?:it|describe)\b)/g;
  return files
    .filter((file) => isTest(file.path) || (file.path.startsWith('test/') && isCode(file.path)))
    .flatMap((file) => {
      const code = blankNonCode(file.text);
      const lines = file.text.split('\n');
      return [...code.matchAll(silent)].flatMap((match) => {
        const line = lineOf(code, match.index);
        if (match[1] === 'only') return [`${file.path}:${line}: ${match[0]} silences all other tests`];
        const reason = /^\s*\/\/ skip: \S/.test(lines[line - 2] ?? '');
        return reason ? [] : [`${file.path}:${line}: ${match[0]} without "// skip: reason" on the line before`];
      });
    });
}

export function findLongFiles(files: readonly SourceFile[], linesMax = 700): string[] {
  return files
    .filter((file) => file.path.startsWith('src/') && isCode(file.path))
    .map((file) => ({ path: file.path, lines: file.text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > linesMax)
    .map(({ path, lines }) => `${path}: ${lines} lines, at most ${linesMax}`);
}

/** Paths of one machine and names of package registries; `ownRegistry` is the one this machine uses. */
export function findMachineTraces(files: readonly SourceFile[], ownRegistry: string | undefined): string[] {
  const roots = ['work', 'root', ['tmp', 'bash_jobs'].join('/')].join('|');
  const registries = ['registry', 'npm', 'artifactory', 'nexus', 'verdaccio', 'mirrors?'].join('|');
  const patterns = [
    new RegExp(`(?:(?<![\\w.\\-)}*/])|file://)/(?:${roots})/`, 'g'),
    new RegExp(`https?://(?:[\\w-]+\\.)*(?:${registries})\\.[\\w.-]+`, 'gi'),
    /\bregistry\.[a-z][\w-]*\.(?:org|com|cn|net|io|dev|example)\b/gi,
    /"resolved"\s*:/g,
  ];
  const host = ownRegistry === undefined ? '' : new URL(ownRegistry).host;
  if (host !== '') patterns.push(new RegExp(host.replace(/[.]/g, '\\.'), 'g'));
  return files.flatMap((file) =>
    patterns.flatMap((pattern) =>
      [...file.text.matchAll(pattern)].map(
        (match) => `${file.path}:${lineOf(file.text, match.index)}: ${match[0]} belongs to one machine`,
      ),
    ),
  );
}
