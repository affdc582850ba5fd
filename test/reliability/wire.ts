// A line to a PostgreSQL of this machine that can be cut, or that swallows everything as the line to a machine without power does.
import { connect, createServer, type Server, type Socket } from 'node:net';

export type Mood = 'passes' | 'cuts' | 'swallows';

export class Wire {
  readonly port: number;
  private readonly server: Server;
  private readonly pairs: Set<readonly [Socket, Socket]>;
  private mood: Mood = 'passes';

  /** To the server of a URL, which may be a socket. */
  static async open(url: string): Promise<Wire> {
    const { hostname, port } = new URL(url.replace(/^postgres:/, 'http:').replace(/@(%2F[^:/]*)/i, '@localhost'));
    const folder = /@(%2F[^:/]*)/i.exec(url)?.[1];
    const to =
      folder === undefined
        ? { host: hostname, port: Number(port) }
        : { path: `${decodeURIComponent(folder)}/.s.PGSQL.${port || 5432}` };
    const pairs = new Set<readonly [Socket, Socket]>();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const wire = new Wire(server, pairs);
    server.on('connection', (near) => {
      if (wire.mood === 'cuts') return void near.destroy();
      const far = connect(to);
      const pair = [near, far] as const;
      pairs.add(pair);
      for (const [one, other] of [pair, [far, near] as const]) {
        one.on('data', (chunk) => {
          if (wire.mood !== 'swallows') other.write(chunk);
        });
        one.on('error', () => {});
        one.on('close', () => {
          // Who is swallowed is not even told that the other is gone.
          if (wire.mood === 'swallows') return;
          pairs.delete(pair);
          other.destroy();
        });
      }
    });
    return wire;
  }

  private constructor(server: Server, pairs: Set<readonly [Socket, Socket]>) {
    this.server = server;
    this.pairs = pairs;
    this.port = (server.address() as { port: number }).port;
  }

  /** The same URL through this line. */
  through(url: string): string {
    return url.replace(/@[^/]*\//, `@127.0.0.1:${this.port}/`);
  }

  be(mood: Mood): void {
    this.mood = mood;
    if (mood === 'cuts') this.drop();
  }

  private drop(): void {
    for (const [near, far] of this.pairs) {
      near.destroy();
      far.destroy();
    }
  }

  close(): void {
    this.be('cuts');
    this.server.close();
  }
}
