// Answers that many ask for at once: made once, whoever asks meanwhile waits for the same.

/** The latest `max` answers by name; one that failed is made again. */
export class Kept<T> {
  private readonly max: number;
  private readonly answers = new Map<string, Promise<T>>();

  constructor(max: number) {
    this.max = max;
  }

  get(name: string, make: () => Promise<T>): Promise<T> {
    const known = this.answers.get(name);
    if (known) return known;
    const answer = make();
    this.answers.set(name, answer);
    answer.catch(() => this.answers.delete(name));
    for (const oldest of this.answers.keys()) {
      if (this.answers.size <= this.max) break;
      this.answers.delete(oldest);
    }
    return answer;
  }
}
