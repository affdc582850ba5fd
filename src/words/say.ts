// Typed codes as sentences. It decides no words (zh.ts, en.ts) and knows no reason why a code was given.
import type { Problem } from '../plant.ts';
import { en } from './en.ts';
import { padTo } from './width.ts';
import type { Language, Refusal, Saying, Words } from './words.ts';
import { zh } from './zh.ts';

export type { Language, Refusal, Saying, Words } from './words.ts';

export const WORDS: Readonly<Record<Language, Words>> = { zh, en };

type Arguments = Readonly<Record<string, string>>;

const SLOT = /\{(\w+)\}/g;
const PART = /\[\[(.*?)\]\]/g;

/** A template with its slots filled; parts in double brackets fall away when one of their slots is empty. */
export function fill(template: string, args: Arguments, words: Words): string {
  const value = (slot: string): string => spoken(slot, args[slot] ?? '', words);
  return template
    .replace(PART, (_, part: string) => ([...part.matchAll(SLOT)].every(([, slot = '']) => value(slot)) ? part : ''))
    .replace(SLOT, (_, slot: string) => value(slot))
    .trim();
}

/** Slots that hold a word of the plant format, not something a person typed. */
const SPOKEN = new Set(['kind', 'why', 'role', 'reason']);

function spoken(slot: string, value: string, words: Words): string {
  if (!SPOKEN.has(slot)) return oneLine(value);
  return Object.hasOwn(words.noun, value) ? words.noun[value as keyof Words['noun']] : oneLine(value);
}

/** What was typed, fit for one line of a terminal: no line breaks, no control characters, not endless. */
function oneLine(typed: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
  const clean = typed.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ');
  return clean.length > 200 ? `${[...clean].slice(0, 200).join('')}…` : clean;
}

/** What happened and what to do about it, each a sentence without its full stop. */
export function explainProblem(problem: Problem, language: Language): { happened: string; cure: string } {
  const words = WORDS[language];
  const saying: Saying = words.problem[problem.code];
  const args = { ...problem.args, kindSaid: kindSaid(problem, words) };
  const formula = formulaSaying(problem, words);
  const happened = fill(saying[0], args, words);
  if (!formula) return { happened, cure: fill(saying[1], args, words) };
  const [line = '', column = ''] = (problem.args.at ?? '').split(':');
  const colon = language === 'zh' ? '：' : ': ';
  const where = line === '' ? '' : fill(words.frame.inFormula, { line, column }, words);
  return {
    happened: `${happened}${colon}${where}${language === 'zh' || where === '' ? '' : ' '}${fill(formula[0], args, words)}`,
    cure: fill(formula[1], args, words),
  };
}

function formulaSaying(problem: Problem, words: Words): Saying | undefined {
  const code = problem.args.formulaCode ?? '';
  return problem.code === 'bad-formula' && Object.hasOwn(words.formula, code)
    ? words.formula[code as keyof Words['formula']]
    : undefined;
}

/** Of problems that were only counted, what one of them would have said, without its own figures. */
function kindSaid(problem: Problem, words: Words): string {
  const code = problem.args.of ?? '';
  if (!Object.hasOwn(words.problem, code)) return '';
  return fill(words.problem[code as keyof Words['problem']][0].replace(SLOT, '…'), {}, words).replace(
    /\[\[.*?\]\]/g,
    '',
  );
}

/** Where a problem stands: `plant.yaml:12:5`, `readings.csv:7`, or the file alone. */
export function placeOf({ file, line, column }: Problem): string {
  if (line === 0) return file;
  return /\.ya?ml$/.test(file) ? `${file}:${line}:${column}` : `${file}:${line}`;
}

/** Why a command line was refused, in one line. */
export function sayRefusal(refusal: Refusal, args: Arguments, language: Language): string {
  const words = WORDS[language];
  const [happened, cure] = words.refusal[refusal].map((part) => fill(part, args, words)) as [string, string];
  return joined(happened, cure, language);
}

/** A problem as one line: `plant.yaml:12:5 错误：没有测点“FQ-301”。改法：是不是 FQ-3001？` */
export function sayProblem(problem: Problem, language: Language, placeWidth = 0): string {
  const { frame } = WORDS[language];
  const { happened, cure } = explainProblem(problem, language);
  const colon = language === 'zh' ? '：' : ': ';
  return `${padTo(placeOf(problem), placeWidth)} ${frame[problem.severity]}${colon}${joined(happened, cure, language)}`;
}

/** What happened and its cure, ended and joined as the language does it. */
export function joined(happened: string, cure: string, language: Language): string {
  const { frame } = WORDS[language];
  const [colon, gap] = language === 'zh' ? ['：', ''] : [': ', ' '];
  return ended(happened, language) + (cure === '' ? '' : `${gap}${frame.cure}${colon}${ended(cure, language)}`);
}

const ended = (sentence: string, language: Language): string =>
  /[。？.?…]$/.test(sentence) ? sentence : `${sentence}${language === 'zh' ? '。' : '.'}`;
