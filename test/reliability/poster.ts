// A meter box and a clerk: they post readings and facts over HTTP with idempotency keys, remember what was acknowledged, and send
// again under the same key what was not. They know nothing of the database.

/** Something to be posted. `rows` of readings carry point, time and value; rows of facts the columns of their table. */
export interface Post {
  readonly path: string;
  /** `readings`, or a table of facts such as `orders.csv`. */
  readonly kind: string;
  readonly rows: readonly Readonly<Record<string, string>>[];
}

export interface Acknowledged extends Post {
  readonly key: string;
  /** As the service says it was learnt. */
  readonly learnt: string;
  /** Lines that were not taken, from 1. */
  readonly refused: readonly number[];
  /** How often it was sent. */
  readonly tries: number;
  /** An earlier sending had been taken without our hearing of it. */
  readonly replayed: boolean;
}

export class Poster {
  readonly acknowledged: Acknowledged[] = [];
  /** Answers that no retry mends and no plant should see, with the post. */
  readonly wrong: string[] = [];
  /** Answers by status; 0 stands for no answer at all. */
  readonly statuses = new Map<number, number>();
  /** Of the latest sending that was acknowledged: when it was begun and when its answer came, of `performance.now()`. */
  last = { begun: 0, answered: 0 };
  private readonly base: () => string;
  private readonly token: string;
  private readonly prefix: string;
  private readonly waiting: Post[] = [];
  private running = 0;
  private keys = 0;
  private stopped = false;

  constructor(base: () => string, token: string, prefix: string) {
    this.base = base;
    this.token = token;
    this.prefix = prefix;
  }

  add(posts: readonly Post[]): void {
    this.waiting.push(...posts);
  }

  /** What is still to be acknowledged. */
  get left(): number {
    return this.waiting.length + this.running;
  }

  /** Posts what waits, this many at a time, until `stop`. */
  async run(atOnce: number): Promise<void> {
    await Promise.all(Array.from({ length: atOnce }, () => this.line()));
  }

  stop(): void {
    this.stopped = true;
  }

  private async line(): Promise<void> {
    while (!this.stopped) {
      const post = this.waiting.shift();
      if (!post) {
        await pause(10);
        continue;
      }
      this.running += 1;
      this.keys += 1;
      await this.send(post, `${this.prefix}-${String(this.keys).padStart(6, '0')}`).finally(() => {
        this.running -= 1;
      });
    }
  }

  private async send(post: Post, key: string): Promise<void> {
    for (let tries = 1; !this.stopped; tries += 1) {
      const begun = performance.now();
      const told = await this.once(post, key).catch(() => undefined);
      this.statuses.set(told?.status ?? 0, (this.statuses.get(told?.status ?? 0) ?? 0) + 1);
      if (told?.status === 201) {
        if (begun > this.last.begun) this.last = { begun, answered: performance.now() };
        const body = JSON.parse(told.text) as { learnt: string; refused?: { line: number }[] };
        const refused = (body.refused ?? []).map(({ line }) => line);
        this.acknowledged.push({ ...post, key, learnt: body.learnt, refused, tries, replayed: told.replayed });
        return;
      }
      if (told && told.status !== 503 && told.status !== 429 && !/key-busy/.test(told.text)) {
        if (told.status >= 500 || told.status < 400)
          this.wrong.push(`${told.status} ${post.path} ${key}: ${told.text.slice(0, 600)}`);
        // Refused for good: what it says is its own fault. A failure is tried again like any sender would.
        else return void this.wrongFact(post, told.text);
      }
      await pause(100 + 50 * Math.min(tries, 6));
    }
  }

  /** A fact that names another which is not known (any more) may be refused, a reading never. */
  private wrongFact(post: Post, text: string): void {
    if (post.kind === 'readings' || !/bad-rows/.test(text)) this.wrong.push(`${post.path}: ${text.slice(0, 600)}`);
  }

  private async once(post: Post, key: string): Promise<{ status: number; text: string; replayed: boolean }> {
    const response = await fetch(`${this.base()}/api/v1${post.path}`, {
      method: 'POST',
      body: JSON.stringify({ rows: post.rows }),
      headers: {
        authorization: `Bearer ${this.token}`,
        'content-type': 'application/json',
        'accept-language': 'en',
        'idempotency-key': key,
      },
      signal: AbortSignal.timeout(30_000),
    });
    const replayed = response.headers.get('idempotent-replayed') === 'true';
    return { status: response.status, text: await response.text(), replayed };
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
