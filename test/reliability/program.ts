// The real command in a process of its own, that can be killed as the system kills: `kill -9`, of exactly this process.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

const MAIN = join(import.meta.dirname, '../../src/main.ts');

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class Program {
  readonly ended: Promise<Ended>;
  private readonly child: ChildProcess;
  private text = '';
  private over: Ended | undefined;

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    // What the machine of whoever tests has set must not lead to another database.
    const { DATABASE_URL: _, ...own } = process.env;
    this.child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...args], {
      env: { ...own, LANG: 'en_US.UTF-8', LC_ALL: 'en_US.UTF-8', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        this.text = (this.text + chunk).slice(-100_000);
      });
    // Whoever tests may end before it comes to its `finally`.
    const end = (): void => void this.child.kill('SIGKILL');
    process.once('exit', end);
    this.ended = new Promise((resolve) =>
      this.child.once('close', (code, signal) => {
        process.off('exit', end);
        this.over = { code, signal };
        resolve(this.over);
      }),
    );
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** How it ended, if it did. */
  get end(): Ended | undefined {
    return this.over;
  }

  /** What it said last, on both streams. */
  get said(): string {
    return this.text;
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  /** Asks it to stop and waits; kills what has not stopped after `msMax`. */
  async stop(msMax = 60_000): Promise<Ended> {
    this.child.kill('SIGTERM');
    const late = setTimeout(() => this.child.kill('SIGKILL'), msMax);
    const ended = await this.ended;
    clearTimeout(late);
    return ended;
  }

  /** Waits for a line that is like this; an error with all it said when it ends before, or takes too long. */
  async line(pattern: RegExp, msMax = 60_000): Promise<RegExpExecArray> {
    const found = await eventually(
      async () => pattern.exec(this.text) ?? (this.over ? 'over' : undefined),
      msMax,
      () => `no line like ${pattern}: ${this.text}`,
    );
    if (found === 'over') throw new Error(`it ended (${JSON.stringify(this.over)}) before ${pattern}: ${this.text}`);
    return found;
  }
}

/** Asks again and again until there is an answer; an error with what `why` says when there is none in time. */
export async function eventually<T>(ask: () => Promise<T | undefined>, msMax: number, why: () => string): Promise<T> {
  const end = performance.now() + msMax;
  for (;;) {
    const told = await ask();
    if (told !== undefined) return told;
    if (performance.now() > end) throw new Error(`not within ${msMax} ms: ${why()}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
