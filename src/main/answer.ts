// What commands that keep a service share: the data folder they are about, and their answers.
import { fill, type Language, WORDS } from '../words/say.ts';
import type { ServiceWord } from '../words/service.ts';
import type { Answer } from './commands.ts';
import type { Request } from './options.ts';

const DATA_FOLDER = './data';

export const folderOf = (request: Request): string => request.values('--data')[0] ?? DATA_FOLDER;

/** A line of what is said. */
export const said = (word: ServiceWord, args: Record<string, string>, language: Language): string =>
  `${fill(WORDS[language].service.said[word], args, WORDS[language])}\n`;

/** A refusal as the answer of a command. */
export const answerOf = ({ text, exitCode }: { readonly text: string; readonly exitCode: number }): Answer => ({
  text: '',
  refused: text,
  exitCode,
});
