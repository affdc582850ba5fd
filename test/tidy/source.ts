// Reads TypeScript as far as the tidy rules need: code without its comments and strings, and who imports whom.
// Deliberately no parser: TypeScript 7 has no stable one to import.
import { posix } from 'node:path';

export type SourceFile = { readonly path: string; readonly text: string };

export type Import = { readonly specifier: string; readonly target: string | undefined; readonly line: number };

/** The same text, same length, with comments, string contents and regular expressions blanked. Lines are kept. */
export function blankNonCode(text: string): string {
  let out = '';
  let at = 0;
  const templateDepths: number[] = [];
  let braces = 0;
  const blank = (to: number): void => {
    out += text.slice(at, to).replace(/[^\n]/g, ' ');
    at = to;
  };
  const template = (): void => {
    let end = at;
    while (end < text.length && text[end] !== '`' && !text.startsWith('${', end)) end += text[end] === '\\' ? 2 : 1;
    blank(Math.min(end, text.length));
    if (text[at] === '`') {
      out += '`';
      at += 1;
    } else if (at < text.length) {
      out += '${';
      at += 2;
      templateDepths.push(braces);
    }
  };
  while (at < text.length) {
    const char = text[at]!;
    if (text.startsWith('//', at) || (at === 0 && text.startsWith('#!'))) {
      const end = text.indexOf('\n', at);
      blank(end < 0 ? text.length : end);
    } else if (text.startsWith('/*', at)) {
      const end = text.indexOf('*/', at + 2);
      blank(end < 0 ? text.length : end + 2);
    } else if (char === "'" || char === '"') {
      let end = at + 1;
      while (end < text.length && text[end] !== char && text[end] !== '\n') end += text[end] === '\\' ? 2 : 1;
      out += char;
      at += 1;
      blank(Math.min(end, text.length));
      if (text[at] === char) {
        out += char;
        at += 1;
      }
    } else if (char === '`') {
      out += char;
      at += 1;
      template();
    } else if (char === '}' && templateDepths.at(-1) === braces) {
      templateDepths.pop();
      out += char;
      at += 1;
      template();
    } else if (char === '/' && /(^|[=(,:[!&|?{};+\-*%<>~^]|=>|\breturn|\bcase|\btypeof)\s*$/.test(out.slice(-40))) {
      let end = at + 1;
      for (let inClass = false; end < text.length && text[end] !== '\n' && (inClass || text[end] !== '/'); end += 1) {
        if (text[end] === '\\') end += 1;
        else if (text[end] === '[') inClass = true;
        else if (text[end] === ']') inClass = false;
      }
      blank(Math.min(end + 1, text.length));
    } else {
      if (char === '{') braces += 1;
      if (char === '}') braces -= 1;
      out += char;
      at += 1;
    }
  }
  return out;
}

export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

const importForms = [
  /\b(?:import|export)\b[^'"`;()=]*?\bfrom\s*(['"])/g,
  /\bimport\s*(['"])/g,
  /\bimport\s*\(\s*(['"`])/g,
  /\bimport\s*\.\s*meta\s*\.\s*resolve\s*\(\s*(['"`])/g,
  /\bnew\s+URL\s*\(\s*(['"`])/g,
];

/** Every import, re-export, dynamic import and file URL of a file; `target` is the path when it is relative. */
export function importsOf(file: SourceFile): Import[] {
  const code = blankNonCode(file.text);
  const found: Import[] = [];
  for (const form of importForms) {
    for (const match of code.matchAll(form)) {
      const start = match.index + match[0].length;
      const specifier = file.text.slice(start, code.indexOf(match[1]!, start));
      const relative = specifier.startsWith('./') || specifier.startsWith('../');
      const target = relative ? posix.join(posix.dirname(file.path), specifier) : undefined;
      found.push({ specifier, target, line: lineOf(file.text, match.index) });
    }
  }
  return found;
}
