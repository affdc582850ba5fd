// What can be typed after `crewledger`: one table, from which arguments are read and the help is printed.
// A new command is a row of COMMANDS, and a page in docs/command.md.
import { nearest } from '../plant.ts';
import type { Refusal } from '../words/say.ts';
import { padTo, widthOf } from '../words/width.ts';

interface Said {
  readonly zh: string;
  readonly en: string;
}

export interface Option {
  readonly name: `--${string}`;
  /** How its value is called in the help; an option without one is a switch. */
  readonly value?: string;
  readonly choices?: readonly string[];
  /** It may be given several times. */
  readonly several?: boolean;
  readonly said: Said;
}

export interface Command {
  readonly name: string;
  /** What must be named after the command, in order. */
  readonly operands: readonly string[];
  readonly options: readonly Option[];
  readonly said: Said;
}

const FORMAT: Option = {
  name: '--format',
  value: 'text|json|csv',
  choices: ['text', 'json', 'csv'],
  said: { en: 'how the answer is written; default text', zh: '输出格式，默认 text' },
};
const LANGUAGE: Option = {
  name: '--lang',
  value: 'zh|en',
  choices: ['zh', 'en'],
  said: { en: 'language of the answer; default that of the system', zh: '语言，默认随系统' },
};
const READINGS: Option = {
  name: '--readings',
  value: 'FILE',
  several: true,
  said: { en: 'readings besides those of the folder; may be repeated', zh: '另加的读数文件，可写多次' },
};

export const COMMANDS = [
  {
    name: 'check',
    operands: ['FOLDER'],
    options: [READINGS, FORMAT, LANGUAGE],
    said: { en: 'finds every mistake in a plant and its readings', zh: '检查企业文件夹和读数' },
  },
] as const satisfies readonly Command[];

export type CommandName = (typeof COMMANDS)[number]['name'];

/** A command line that can be run: operands in order, options with all their values. */
export interface Request {
  readonly command: CommandName;
  readonly operands: readonly string[];
  readonly values: (option: `--${string}`) => readonly string[];
}

export type Parsed =
  | { readonly ok: true; readonly request: Request }
  | { readonly ok: false; readonly refusal: Refusal; readonly args: Readonly<Record<string, string>> };

const refuse = (refusal: Refusal, args: Record<string, string>): Parsed => ({ ok: false, refusal, args });

/** Reads a command line; `--option value` and `--option=value` are the same, and after `--` everything is an operand. */
export function parseArguments(args: readonly string[]): Parsed {
  const [found = '', ...rest] = args;
  const command: (Command & { readonly name: CommandName }) | undefined = COMMANDS.find(({ name }) => name === found);
  if (!command)
    return refuse('no-such-command', {
      found,
      nearest:
        nearest(
          found,
          COMMANDS.map(({ name }) => name),
        ) ?? '',
    });
  const operands: string[] = [];
  const values = new Map<string, string[]>();
  let literal = false;
  for (let i = 0; i < rest.length; i += 1) {
    const word = rest[i]!;
    if (literal || !word.startsWith('--')) {
      operands.push(word);
      continue;
    }
    if (word === '--') {
      literal = true;
      continue;
    }
    const equals = word.indexOf('=');
    const name = equals < 0 ? word : word.slice(0, equals);
    const option = command.options.find((one) => one.name === name);
    if (!option)
      return refuse('no-such-option', {
        command: command.name,
        found: name,
        nearest:
          nearest(
            name,
            command.options.map((one) => one.name),
          ) ?? '',
      });
    if (option.value === undefined) {
      if (equals >= 0) return refuse('option-with-value', { option: name });
      values.set(name, ['yes']);
      continue;
    }
    if (equals < 0) i += 1;
    const value = equals < 0 ? rest[i] : word.slice(equals + 1);
    if (value === undefined || value === '' || (equals < 0 && value.startsWith('--')))
      return refuse('option-without-value', { option: name, value: option.value });
    if (option.choices && !option.choices.includes(value))
      return refuse('option-choice', { option: name, found: value, choices: option.choices.join(', ') });
    values.set(name, option.several ? [...(values.get(name) ?? []), value] : [value]);
  }
  const lacking = command.operands[operands.length];
  if (lacking !== undefined) return refuse('missing-operand', { command: command.name, operand: lacking });
  const extra = operands[command.operands.length];
  if (extra !== undefined) return refuse('extra-operand', { found: extra });
  return { ok: true, request: { command: command.name, operands, values: (option) => values.get(option) ?? [] } };
}

/** The whole help, in both languages, since whoever asks for it may not have said which. */
export function helpText(version: string): string {
  const rows: [string, Said][] = COMMANDS.flatMap((command: Command): [string, Said][] => [
    [`  crewledger ${[command.name, ...command.operands].join(' ')}`, command.said],
    ...command.options.map(({ name, value, said }): [string, Said] => [
      `      ${name}${value === undefined ? '' : ` ${value}`}`,
      said,
    ]),
  ]);
  rows.push(['  crewledger --help', { en: 'this text', zh: '显示本说明' }]);
  rows.push(['  crewledger --version', { en: 'the version', zh: '显示版本号' }]);
  const typed = Math.max(...rows.map(([left]) => widthOf(left))) + 2;
  const english = Math.max(...rows.map(([, said]) => widthOf(said.en))) + 2;
  const lines = rows.map(([left, said]) => `${padTo(left, typed)}${padTo(said.en, english)}${said.zh}`);
  return `CrewLedger 班组价值核算系统 ${version}\n\nUsage 用法:\n${lines.join('\n')}\n`;
}
