// The lines to PostgreSQL of one database: each new one leads to the server that takes writes, and all are cut when the server
// stops answering. A machine that lost its power or a network that swallows everything closes no connection: whoever waits
// would wait for a quarter of an hour. What is said over a line is not known here.
import pg from 'pg';
import { addressesOf, findPrimary, NoPrimary } from './addresses.ts';

/** Between two questions to the server, and how often it may leave one unanswered before its lines are cut. */
const BEAT_MS = 2_000;
const BEATS_SILENT = 6;

type Connected = (error: Error | undefined) => void;

export class Lines {
  /** A client whose lines are these; for a pool, or to be connected as it is. */
  readonly Client: typeof pg.Client;
  private readonly config: pg.ClientConfig;
  private readonly urls: readonly string[];
  private readonly open = new Set<pg.Client>();
  /** Of the server that takes writes, as far as we know; undefined: to be asked. */
  private primary: string | undefined;
  private place = 0;
  private finding: Promise<string> | undefined;
  private beat: NodeJS.Timeout | undefined;
  private asker: pg.Client | undefined;
  private silent = 0;

  constructor(url: string, config: pg.ClientConfig) {
    this.config = config;
    this.urls = addressesOf(url);
    if (this.urls.length === 1) this.primary = url;
    this.Client = clientOf(this);
  }

  /** How a client is configured that connects to a given server. */
  configOf(url: string): pg.ClientConfig {
    return { ...this.config, connectionString: url };
  }

  get first(): string {
    return this.urls[0]!;
  }

  get several(): boolean {
    return this.urls.length > 1;
  }

  /** The server to connect to now. */
  async lead(): Promise<string> {
    if (this.primary !== undefined) return this.primary;
    this.finding ??= findPrimary(this.urls, this.place)
      .then(({ url, place }) => {
        this.primary = url;
        this.place = place;
        return url;
      })
      .finally(() => {
        this.finding = undefined;
      });
    return this.finding;
  }

  /** Some line could not be made or led to a server that stands by: who takes writes is asked again. */
  doubt(): void {
    if (this.several) this.primary = undefined;
  }

  opened(client: pg.Client): void {
    this.open.add(client);
    client.once('end', () => this.open.delete(client));
    // Over a socket of this machine a server that is gone is known to be gone.
    if (!client.host.startsWith('/')) this.watch();
  }

  private watch(): void {
    if (this.beat !== undefined) return;
    // Beats are counted, not time: while this process itself was held up, the server had no chance to answer.
    this.beat = setInterval(() => this.ask(), BEAT_MS);
    this.beat.unref();
  }

  private ask(): void {
    if (this.open.size === 0) return;
    if (this.silent > 0) {
      this.silent += 1;
      if (this.silent > BEATS_SILENT) this.cut();
      return;
    }
    this.silent = 1;
    this.answer().then(
      () => {
        this.silent = 0;
      },
      (error: unknown) => {
        this.asker = undefined;
        // Refused is an answer too; no line within the time that one may take is none.
        if (error instanceof Error && 'code' in error) this.silent = 0;
        else this.cut();
      },
    );
  }

  private async answer(): Promise<void> {
    if (this.asker === undefined) {
      const asker = new pg.Client(this.configOf(await this.lead()));
      asker.on('error', () => {});
      asker.on('end', () => {
        if (this.asker === asker) this.asker = undefined;
      });
      this.asker = asker;
      await asker.connect();
    }
    await this.asker.query('select 1');
  }

  /** Ends every line at once: whoever waits on one fails with 08006. */
  cut(): void {
    this.silent = 0;
    this.doubt();
    for (const client of [...this.open, ...(this.asker ? [this.asker] : [])])
      client.connection.stream.destroy(new Unanswered());
    this.asker = undefined;
  }

  close(): void {
    clearInterval(this.beat);
    this.beat = undefined;
    void this.asker?.end().catch(() => {});
    this.asker = undefined;
  }
}

class Unanswered extends Error {
  readonly code = '08006';

  constructor() {
    super('the server does not answer');
  }
}

function clientOf(lines: Lines): typeof pg.Client {
  return class extends pg.Client {
    constructor(config?: string | pg.ClientConfig) {
      super(typeof config === 'string' ? lines.configOf(lines.first) : { ...config, ...lines.configOf(lines.first) });
    }

    override connect(): Promise<this>;
    override connect(connected: Connected): void;
    override connect(connected?: Connected): Promise<this> | undefined {
      if (connected === undefined)
        return new Promise((resolve, reject) => {
          this.connect((error: Error | undefined) => (error ? reject(error) : resolve(this)));
        });
      const fail = (error: Error): void => {
        lines.doubt();
        connected(error);
      };
      if (!lines.several) this.make(connected, connected);
      else
        lines.lead().then((url) => {
          // Of several servers only host and port differ.
          const { host, port } = new pg.Client({ connectionString: url });
          this.host = host;
          this.port = port;
          this.make(connected, fail);
        }, connected);
      return undefined;
    }

    private make(connected: Connected, fail: (error: Error) => void): void {
      super.connect((error: Error | null) => {
        if (error) return fail(error);
        if (!lines.several) {
          lines.opened(this);
          return connected(undefined);
        }
        this.query<{ standby: boolean }>('select pg_is_in_recovery() as standby').then(({ rows }) => {
          if (rows[0]!.standby) {
            void this.end().catch(() => {});
            return fail(new NoPrimary(['it stands by']));
          }
          lines.opened(this);
          return connected(undefined);
        }, fail);
      });
    }
  };
}
