// The markup of a spreadsheet's parts, piece by piece. Only what SpreadsheetML uses: no document types, so no entities that grow and
// no references to anything outside; names without their prefix.
import { Unreadable } from './fault.ts';

export type Attributes = ReadonlyMap<string, string>;

export interface XmlSink {
  readonly open: (name: string, attributes: Attributes) => void;
  readonly close: (name: string) => void;
  readonly text: (text: string) => void;
}

const DEPTH_MAX = 100;
const ATTRIBUTE = /([^\s=/]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/** Throws `Unreadable` where the text is not well-formed. */
export function scanXml(xml: string, sink: XmlSink): void {
  const open: string[] = [];
  let at = 0;
  while (at < xml.length) {
    const next = xml.indexOf('<', at);
    const text = xml.slice(at, next < 0 ? xml.length : next);
    if (open.length > 0) {
      if (text !== '') sink.text(plainText(text));
    } else if (text.replace(/^\uFEFF/, '').trim() !== '') throw new Unreadable('damaged-workbook');
    if (next < 0) break;
    at = markup(xml, next, open, sink);
  }
  if (open.length > 0) throw new Unreadable('damaged-workbook');
}

/** Takes the piece that begins with `<` at a place; gives the place behind it. */
function markup(xml: string, at: number, open: string[], sink: XmlSink): number {
  if (xml.startsWith('<!--', at)) return behind(xml, '-->', at + 4);
  if (xml.startsWith('<![CDATA[', at)) {
    const end = behind(xml, ']]>', at + 9);
    sink.text(xml.slice(at + 9, end - 3));
    return end;
  }
  if (xml.startsWith('<?', at)) return behind(xml, '?>', at + 2);
  if (xml.startsWith('<!', at)) throw new Unreadable('damaged-workbook');
  const end = tagEnd(xml, at + 1);
  if (xml[at + 1] === '/') {
    const name = xml.slice(at + 2, end - 1).trim();
    if (open.pop() !== name) throw new Unreadable('damaged-workbook');
    sink.close(bare(name));
    return end;
  }
  const empty = xml[end - 2] === '/';
  const inside = xml.slice(at + 1, end - (empty ? 2 : 1));
  const gap = inside.search(/\s/);
  const name = gap < 0 ? inside : inside.slice(0, gap);
  if (name === '' || open.length >= DEPTH_MAX) throw new Unreadable('damaged-workbook');
  sink.open(bare(name), gap < 0 ? NONE : attributesOf(inside.slice(gap)));
  if (empty) sink.close(bare(name));
  else open.push(name);
  return end;
}

/** Behind the `>` that ends a tag: one inside quotes does not. */
function tagEnd(xml: string, from: number): number {
  let quote = 0;
  for (let i = from; i < xml.length; i += 1) {
    const c = xml.charCodeAt(i);
    if (quote !== 0) {
      if (c === quote) quote = 0;
    } else if (c === 34 || c === 39) quote = c;
    else if (c === 62) return i + 1;
  }
  throw new Unreadable('damaged-workbook');
}

function behind(xml: string, end: string, from: number): number {
  const at = xml.indexOf(end, from);
  if (at < 0) throw new Unreadable('damaged-workbook');
  return at + end.length;
}

const bare = (name: string): string => name.slice(name.indexOf(':') + 1);

const NONE: Attributes = new Map();

/** `r:id` keeps its prefix, since `id` is another attribute. */
function attributesOf(text: string): Attributes {
  const found = new Map<string, string>();
  for (const [, name = '', double, single = ''] of text.matchAll(ATTRIBUTE))
    found.set(name, plainText(double ?? single));
  return found;
}

const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function plainText(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|\w+)?;?/gi, (whole, entity: string | undefined) => {
    if (entity === undefined || !whole.endsWith(';')) throw new Unreadable('damaged-workbook');
    if (!entity.startsWith('#')) {
      if (!Object.hasOwn(NAMED, entity)) throw new Unreadable('damaged-workbook');
      return NAMED[entity]!;
    }
    const code = /^#x/i.test(entity) ? Number.parseInt(entity.slice(2), 16) : Number(entity.slice(1));
    if (code > 0x10ffff) throw new Unreadable('damaged-workbook');
    return String.fromCodePoint(code);
  });
}
