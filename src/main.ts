// The `crewledger` command: reads arguments, environment and clock, and wires the domain to the world.
// Nobody imports this file; it holds no rule of the domain.
import packageJson from '../package.json' with { type: 'json' };
import { RUN } from './main/commands.ts';
import { EXIT } from './main/exit-codes.ts';
import { helpText, parseArguments } from './main/options.ts';
import { type Language, sayRefusal } from './words/say.ts';

/** Chinese, unless the system speaks English. */
function systemLanguage(): Language {
  const { LC_ALL, LC_MESSAGES, LANG } = process.env;
  return /^en/i.test(LC_ALL || LC_MESSAGES || LANG || '') ? 'en' : 'zh';
}

/** The language asked for, even by a command line that is not understood otherwise. */
const askedLanguage = (args: readonly string[]): Language | undefined =>
  (['zh', 'en'] as const).find((one) => `${args.join(' ')} `.match(`--lang[= ]${one} `));

const HELP: readonly string[] = ['--help', '-h'];

async function run(args: readonly string[]): Promise<number> {
  if (args.length === 0 || args[0] === 'help' || args.some((arg) => HELP.includes(arg))) {
    await print(helpText(packageJson.version, args));
    return args.length === 0 ? EXIT.usage : EXIT.ok;
  }
  if (args[0] === '--version') {
    await print(`${packageJson.version}\n`);
    return EXIT.ok;
  }
  const parsed = parseArguments(args);
  if (!parsed.ok) {
    process.stderr.write(
      `crewledger: ${sayRefusal(parsed.refusal, parsed.args, askedLanguage(args) ?? systemLanguage())}\n`,
    );
    return EXIT.usage;
  }
  const { request } = parsed;
  const language = (request.values('--lang')[0] as Language | undefined) ?? systemLanguage();
  const { text, refused, exitCode } = await RUN[request.command](request, language);
  if (refused !== undefined) process.stderr.write(refused);
  await print(text);
  return exitCode;
}

/** Prints and waits, so that a pipe gets all of it; a reader who has left (`| head`) is no mistake. */
const print = (text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    process.stdout.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EPIPE' ? resolve() : reject(error),
    );
    process.stdout.write(text, () => resolve());
  });

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  process.stderr.write(
    `crewledger: 程序出错，数据没有改动 a mistake of ours, no data was changed\n${error instanceof Error ? error.stack : error}\n`,
  );
  process.exitCode = EXIT.software;
}
