// Problems of a long file: the first hundred of a kind are told one by one, the others counted. None is lost.
import type { Problem, ProblemCode } from '../plant.ts';

const TOLD = 100;

export class Tally {
  readonly problems: Problem[] = [];
  private readonly file: string;
  private readonly counts = new Map<ProblemCode, { count: number; severity: Problem['severity'] }>();

  constructor(file: string) {
    this.file = file;
  }

  error(code: ProblemCode, line: number, args: Record<string, string> = {}): undefined {
    this.tell(code, 'error', line, args);
  }

  warn(code: ProblemCode, line: number, args: Record<string, string> = {}): undefined {
    this.tell(code, 'warning', line, args);
  }

  private tell(code: ProblemCode, severity: Problem['severity'], line: number, args: Record<string, string>): void {
    const known = this.counts.get(code);
    if (known) known.count += 1;
    else this.counts.set(code, { count: 1, severity });
    if ((known?.count ?? 1) <= TOLD) this.problems.push({ code, severity, file: this.file, line, column: 1, args });
  }

  /** How many more of each kind there were than were told. */
  close(): void {
    for (const [code, { count, severity }] of this.counts)
      if (count > TOLD)
        this.problems.push({
          code: 'more-of-a-kind',
          severity,
          file: this.file,
          line: 0,
          column: 0,
          args: { of: code, count: String(count - TOLD), total: String(count) },
        });
  }
}
