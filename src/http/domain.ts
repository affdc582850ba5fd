// What the routes of the domain share beside the frame: the models in force, sheets to look at, and the events' hub.

import type { Problem } from '../plant.ts';
import type { Language } from '../words/say.ts';
import { explainProblem } from '../words/say.ts';
import type { Plants } from '../work/plants.ts';
import type { View } from '../work/view.ts';
import { refuse } from './problem.ts';
import type { Hub } from './stream.ts';

export interface Domain {
  readonly plants: Plants;
  readonly view: View;
  readonly hub: Hub;
}

/** A problem of the plant's reader as an answer tells it: the row, counted from 1, and both sentences. */
export function told({ code, line, args, ...rest }: Problem, language: Language) {
  const problem = { code, line, args, ...rest };
  return { line, code, ...explainProblem(problem, language) };
}

/** Refuses a whole body for its problems, each under its row. */
export function refuseRows(problems: readonly Problem[], language: Language, code: 'bad-rows' | 'bad-model') {
  const wrong = problems.filter(({ severity }) => severity === 'error');
  return refuse(
    code,
    { count: wrong.length },
    wrong.slice(0, 100).map((problem) => ({
      field:
        code === 'bad-model'
          ? `body/files/${problem.file}:${problem.line}:${problem.column}`
          : `body/rows/${Math.max(0, problem.line - 2)}/${problem.args.column ?? ''}`,
      fault: 'told',
      args: { ...explainProblem(problem, language) },
    })),
  );
}
