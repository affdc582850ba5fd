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

const AS_OF: Option = {
  name: '--as-of',
  value: 'INSTANT',
  said: { en: 'as known at that instant; default: everything learnt', zh: '按当时所知；默认按全部已知' },
};
const option = (name: `--${string}`, value: string, en: string, zh: string): Option => ({
  name,
  value,
  said: { en, zh },
});

const DATA = option(
  '--data',
  'FOLDER',
  'data folder of the embedded database; default ./data',
  '内置数据库的数据文件夹，默认 ./data',
);
const SERVING: readonly Option[] = [
  DATA,
  option('--host', 'ADDRESS', 'address to listen on; default 127.0.0.1', '监听地址，默认 127.0.0.1'),
  option('--port', 'PORT', 'port to listen on; default 8080, 0 any free one', '监听端口，默认 8080，0 为任意空闲端口'),
  {
    name: '--https',
    said: {
      en: 'https by an authority of this machine; /install tells how',
      zh: '用本机自建证书启用 https，安装方法见 /install',
    },
  },
  option('--tls-cert', 'FILE', 'certificate, PEM; then it serves https', '证书（PEM），有则用 https'),
  option('--tls-key', 'FILE', 'its private key, PEM', '私钥（PEM）'),
  option(
    '--proxy',
    'ADDRESSES',
    'proxies before it that end TLS, e.g. 127.0.0.1,10.0.0.0/8',
    '前面终止 TLS 的代理地址，如 127.0.0.1,10.0.0.0/8',
  ),
  option(
    '--sign-on',
    'FILE',
    'single sign-on (OpenID Connect), a JSON file',
    '单点登录（OpenID Connect）的 JSON 配置文件',
  ),
  option('--log', 'LEVEL', 'fatal, error, warn (default), info, debug', '日志级别，默认 warn'),
];

export const COMMANDS = [
  {
    name: 'check',
    operands: ['FOLDER'],
    options: [READINGS, FORMAT, LANGUAGE],
    said: { en: 'finds every mistake in a plant and its readings', zh: '检查企业文件夹和读数' },
  },
  {
    name: 'settle',
    operands: ['FOLDER'],
    options: [
      option('--from', 'DAY', 'first accounting day; default: the first with readings', '第一个核算日，默认从有读数起'),
      option('--to', 'DAY', 'last accounting day; default: the last with readings', '最后一个核算日，默认到有读数止'),
      option('--unit', 'UNIT', 'one unit only', '只算一个工序'),
      READINGS,
      AS_OF,
      FORMAT,
      LANGUAGE,
    ],
    said: { en: 'settles the shifts of some days', zh: '核算若干日的各班' },
  },
  {
    name: 'rank',
    operands: ['FOLDER'],
    options: [
      option('--day', 'DAY', 'the board of an accounting day', '某日的榜'),
      option('--week', 'DAY', 'of the week that holds a day', '某日所在周的榜'),
      option('--to-date', 'DAY', 'of the month up to a day', '本月至某日的榜'),
      option('--month', 'MONTH', 'of an accounting month, 2022-03', '某核算月的榜，如 2022-03'),
      option('--quarter', 'DAY', 'of the quarter that holds a day', '某日所在季的榜'),
      option('--year', 'DAY', 'of the year that holds a day', '某日所在年的榜'),
      READINGS,
      AS_OF,
      FORMAT,
      LANGUAGE,
    ],
    said: { en: 'ranks the teams of each league', zh: '各竞赛组排名' },
  },
  {
    name: 'explain',
    operands: ['FOLDER'],
    options: [
      option('--day', 'DAY', 'accounting day of the shift, e.g. 2022-03-01', '班次的核算日，如 2022-03-01'),
      option('--shift', 'CODE', 'shift code, e.g. 早', '班次代号，如 早'),
      option('--unit', 'UNIT', 'the unit; may be left out where there is one', '工序；只有一个时可不写'),
      option('--line', 'LINE', 'a line down to its readings, e.g. usage.steam', '展开一行到读数，如 usage.steam'),
      READINGS,
      AS_OF,
      FORMAT,
      LANGUAGE,
    ],
    said: { en: 'one sheet in sentences, to its readings', zh: '把一张核算单讲明白' },
  },
  {
    name: 'simulate',
    operands: ['FOLDER'],
    options: [
      {
        name: '--plant',
        value: 'refinery|small',
        choices: ['refinery', 'small'],
        said: {
          en: 'the example refinery, or a small one full of hazards; default refinery',
          zh: '示例氧化铝厂，或一个故障很多的小厂，默认前者',
        },
      },
      option('--teams', 'N', 'how many teams, 8 to 190; default 8', '班组数，8 到 190，默认 8'),
      option('--from', 'DAY', 'first day, in 2022; default 2022-03-01', '第一天，2022 年内，默认 2022-03-01'),
      option('--days', 'N', 'how many days, 1 to 365; default 31', '天数，1 到 365，默认 31'),
      option(
        '--minute-days',
        'N',
        'read every minute on the last so many days; default 0',
        '最后几天按分钟读数，默认 0',
      ),
      option('--seed', 'N', 'the same seed writes the same bytes; default 2022', '种子相同，结果相同，默认 2022'),
      LANGUAGE,
    ],
    said: { en: 'writes a synthetic plant with readings', zh: '写出一个模拟企业和读数' },
  },
  {
    name: 'start',
    operands: [],
    options: [
      option('--teams', 'N', 'teams of the refinery, 8 to 190; default 190', '班组数，8 到 190，默认 190'),
      ...SERVING,
      LANGUAGE,
    ],
    said: { en: 'serves the synthetic refinery on the embedded database', zh: '启动示例企业（模拟数据）' },
  },
  {
    name: 'serve',
    operands: [],
    options: [
      option('--plant', 'ID', 'which plant, where the database holds several', '库里有几家企业时指明一家'),
      ...SERVING,
      LANGUAGE,
    ],
    said: { en: 'serves a plant: interface and settle loop', zh: '启动服务：接口和核算循环' },
  },
  {
    name: 'work',
    operands: [],
    options: [DATA, option('--jobs', 'N', 'jobs at a time; default 2', '同时办理的任务数，默认 2'), LANGUAGE],
    said: { en: 'shares the background work of a running service', zh: '分担正在运行的服务的后台任务' },
  },
  {
    name: 'import',
    operands: ['FOLDER'],
    options: [DATA, READINGS, LANGUAGE],
    said: { en: 'brings a plant folder into the database', zh: '把企业文件夹导入数据库' },
  },
  {
    name: 'verify',
    operands: [],
    options: [
      DATA,
      option('--plant', 'ID', 'which plant, where the database holds several', '库里有几家企业时指明一家'),
      option('--from', 'DAY', 'settle again from this accounting day on', '从此核算日起重新核算'),
      option('--to', 'DAY', 'settle again up to this accounting day', '重新核算到此核算日'),
      {
        name: '--no-settle',
        said: { en: 'only hashes, chain and sums; quick', zh: '只核验凭证链和合计，不重新核算' },
      },
      FORMAT,
      LANGUAGE,
    ],
    said: { en: 'verifies the ledger: chain, postings, and settled again', zh: '核验账：凭证链、分录、重新核算' },
  },
  {
    name: 'retire',
    operands: [],
    options: [
      DATA,
      option('--plant', 'ID', 'which plant, where the database holds several', '库里有几家企业时指明一家'),
      option(
        '--before',
        'MONTH',
        'readings of the months before this one go; all closed',
        '此月以前、已关账的月份的读数清理',
      ),
      LANGUAGE,
    ],
    said: { en: 'lets old readings go; what sheets lean on stays', zh: '清理过保存期的读数，核算依据保留' },
  },
  {
    name: 'backup',
    operands: ['FILE'],
    options: [DATA, LANGUAGE],
    said: { en: 'everything into one file, while the service runs', zh: '在线备份到一个文件' },
  },
  {
    name: 'restore',
    operands: ['FILE'],
    options: [DATA, LANGUAGE],
    said: { en: 'a backup into an empty data folder or database', zh: '把备份恢复到空的数据文件夹或空库' },
  },
  {
    name: 'export',
    operands: ['FOLDER'],
    options: [
      DATA,
      option('--plant', 'ID', 'which plant, where the database holds several', '库里有几家企业时指明一家'),
      LANGUAGE,
    ],
    said: { en: 'a plant as a folder of text: model, facts, readings', zh: '把企业导出为文本文件夹' },
  },
  {
    name: 'bundle',
    operands: ['FILE'],
    options: [LANGUAGE],
    said: { en: 'one tarball that starts without a registry', zh: '打成一个离线可用的安装包' },
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

/** The help, of all commands or of the one among `args`; in both languages, since who asks may not have said which. */
export function helpText(version: string, args: readonly string[] = []): string {
  const asked = COMMANDS.find(({ name }) => args.includes(name));
  const shown: readonly Command[] = asked ? [asked] : COMMANDS;
  const rows: [string, Said][] = shown.flatMap((command): [string, Said][] => [
    [`  crewledger ${[command.name, ...command.operands].join(' ')}`, command.said],
    ...command.options.map(({ name, value, said }): [string, Said] => [
      `      ${name}${value === undefined ? '' : ` ${value}`}`,
      said,
    ]),
  ]);
  rows.push([
    '  crewledger --help',
    { en: 'this text; after a command: its options', zh: '显示本说明；写在命令后只看该命令' },
  ]);
  rows.push(['  crewledger --version', { en: 'the version', zh: '显示版本号' }]);
  const typed = Math.max(...rows.map(([left]) => widthOf(left))) + 2;
  const english = Math.max(...rows.map(([, said]) => widthOf(said.en))) + 2;
  const lines = rows.map(([left, said]) => `${padTo(left, typed)}${padTo(said.en, english)}${said.zh}`);
  return `CrewLedger 班组价值核算系统 ${version}\n\nUsage 用法:\n${lines.join('\n')}\n`;
}
