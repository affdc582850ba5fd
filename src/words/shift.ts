// The words of a shift's account in either language, and how a typed saying becomes a sentence.
import type { Name, Stream } from '../plant.ts';
import type { PeriodKind, RungKind, Standing } from '../ranking.ts';
import type {
  Argument,
  CounterEventKind,
  Figure,
  LineKind,
  NoticeCode,
  Saying,
  SayingCode,
  State,
} from '../statement.ts';
import { fill, WORDS } from './say.ts';
import type { Language } from './words.ts';

type Heading =
  | 'day'
  | 'shift'
  | 'unit'
  | 'team'
  | 'crew'
  | 'state'
  | 'hours'
  | 'gain'
  | 'company'
  | 'value'
  | 'budget'
  | 'rank'
  | 'score'
  | 'restored'
  | 'excluded'
  | 'excludedPart'
  | 'gap'
  | 'reasons'
  | 'line'
  | 'crewYuan'
  | 'yuan'
  | 'quantity'
  | 'allowed'
  | 'arithmetic'
  | 'readings'
  | 'notices'
  | 'board'
  | 'total'
  | 'lacking'
  | 'none'
  | 'marks'
  | 'namelessTeam'
  | 'lettered'
  | 'reading'
  | 'time'
  | 'point'
  | 'quality'
  | 'periodic'
  | 'ladder'
  | 'rate'
  | 'worth';

export interface ShiftWords {
  readonly saying: Readonly<Record<SayingCode, string>>;
  readonly notice: Readonly<Record<NoticeCode, string>>;
  /** What a sheet still waits for, and its range. */
  readonly pending: string;
  readonly line: Readonly<Record<LineKind, string>>;
  readonly state: Readonly<Record<State, string>>;
  /** The quality of a reading. */
  readonly mark: Readonly<Record<'good' | 'uncertain' | 'bad', string>>;
  readonly standing: Readonly<Record<Standing, string>>;
  readonly period: Readonly<Record<PeriodKind, string>>;
  readonly heading: Readonly<Record<Heading, string>>;
  readonly event: Readonly<Record<CounterEventKind, string>>;
  readonly rung: Readonly<Record<RungKind, string>>;
  /** Units of measure that are said in words. */
  readonly unit: Readonly<Record<'yuan', string>>;
}

/** A name in a language. */
export const nameIn = (name: Name, language: Language): string => name[language];

/** A unit of measure in a language: `yuan/t` is 元/t in Chinese. */
export const unitIn = (unit: string, language: Language): string =>
  unit.replace(/\byuan\b/g, WORDS[language].shift.unit.yuan);

const isFigure = (argument: Argument): argument is Figure => typeof argument === 'object' && 'unit' in argument;

function argumentIn(slot: string, argument: Argument, language: Language): string {
  if (typeof argument === 'string') {
    const events: Readonly<Record<string, string>> = WORDS[language].shift.event;
    if (slot === 'event') return events[argument] ?? argument;
    return language === 'zh' ? argument : argument.replaceAll('、', ', ');
  }
  if (!isFigure(argument)) return nameIn(argument, language);
  const unit = unitIn(argument.unit, language);
  return unit === '' || unit === '1' ? grouped(argument.text) : `${grouped(argument.text)} ${unit}`;
}

/** Thousands separators before the point; a minus as a minus. */
export function grouped(text: string): string {
  const [, sign = '', whole = '', rest = ''] = /^([+−-]?)(\d+)(.*)$/.exec(text) ?? [];
  if (whole === '') return text;
  return `${sign === '-' ? '−' : sign}${whole.replace(/\B(?=(\d{3})+$)/g, ',')}${rest}`;
}

/** A saying as a sentence. */
export function say(saying: Saying, language: Language): string {
  const words = WORDS[language];
  const args = Object.fromEntries(
    Object.entries(saying.args).map(([slot, argument]) => [slot, argumentIn(slot, argument, language)]),
  );
  if (args.name === args.point) args.name = '';
  return fill(words.shift.saying[saying.code], args, words);
}

/** A notice as a sentence; streams by their names, instants as `at` gives them. */
export function sayNotice(
  notice: {
    readonly code: NoticeCode;
    readonly point?: string;
    readonly stream?: string;
    readonly args?: Readonly<Record<string, string>>;
  },
  at: string,
  streams: ReadonlyMap<string, Pick<Stream, 'name'>>,
  language: Language,
): string {
  const words = WORDS[language];
  const stream = notice.stream === undefined ? '' : (streams.get(notice.stream)?.name[language] ?? notice.stream);
  return fill(words.shift.notice[notice.code], { ...notice.args, point: notice.point ?? '', stream, at }, words);
}
