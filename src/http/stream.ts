// Server-sent events: one hub, many listeners. A listener that comes back goes on after the event it saw last; one that reads
// too slowly is let go with a word, so that it holds up nobody. Where events come from is not known here.
import type { ServerResponse } from 'node:http';
import type { Call } from './route.ts';

export interface StreamEvent {
  /** Grows; a listener that comes back names the last one it saw. */
  readonly id: number;
  readonly kind: string;
  readonly unit?: string | undefined;
  readonly body: object;
}

export interface EventSource {
  /** Each event once, in order. `onGap`: some may have been missed since the last one. Gives the way to stop. */
  readonly subscribe: (onEvent: (event: StreamEvent) => void, onGap: () => void) => Promise<() => void>;
  /** The id of the latest event, 0 before the first. */
  readonly latest: () => Promise<number>;
  /** What came after an event, oldest first, `limit` at most; `undefined` when that is no longer known. */
  readonly since: (id: number, limit: number) => Promise<readonly StreamEvent[] | undefined>;
}

export interface HubOptions {
  readonly beatMs?: number;
  /** What may wait for one listener before it is let go, in bytes. */
  readonly waitingBytesMax?: number;
  readonly listenersMax?: number;
}

export interface Listening {
  readonly lastEventId: number | undefined;
  /** Whether this listener is shown the event. */
  readonly sees: (event: StreamEvent) => boolean;
  /** Asked with every beat: whether the listener may still listen. */
  readonly alive: () => Promise<boolean>;
}

/** `slow`, `signed-out`, `full`: why a stream was ended, in its last event `end`. After `closing` come again at once. */
export type End = 'slow' | 'signed-out' | 'closing' | 'full';

export interface Hub {
  readonly attach: (call: Pick<Call, 'reply' | 'request'>, listening: Listening) => void;
  readonly count: () => number;
  readonly close: () => void;
}

const PAGE = 500;
const LINGER_MS = 5_000;

export async function openHub(source: EventSource, options: HubOptions = {}): Promise<Hub> {
  const { beatMs = 20_000, waitingBytesMax = 1 << 18, listenersMax = 2_000 } = options;
  const listeners = new Set<Listener>();
  let last = await source.latest();
  const recent = new Recent();
  let closed = false;
  let closing = false;

  const spread = (event: StreamEvent): void => {
    // What was read after a gap may be told once more by the line that is up again.
    if (!recent.add(event.id)) return;
    last = Math.max(last, event.id);
    const frame = frameOf(event);
    for (const listener of listeners) listener.take(event, frame);
  };
  const fill = async (): Promise<void> => {
    for (let missed = await source.since(last, PAGE); missed?.length; missed = await source.since(last, PAGE))
      for (const event of missed) spread(event);
  };
  const stop = await source.subscribe(spread, () => void fill().catch(() => {}));
  const beat = setInterval(() => {
    for (const listener of listeners) listener.beat();
  }, beatMs);
  beat.unref();

  return {
    attach: ({ reply, request }, listening) => {
      reply.hijack();
      const response = reply.raw;
      for (const [name, value] of Object.entries(reply.getHeaders()))
        if (value !== undefined) response.setHeader(name, value);
      response.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        // Proxies that gather a response before they pass it on would hold every event back.
        'x-accel-buffering': 'no',
      });
      response.flushHeaders();
      const listener = new Listener(response, listening, waitingBytesMax, () => listeners.delete(listener));
      if (closing || closed) return listener.end('closing');
      if (listeners.size >= listenersMax) return listener.end('full');
      listeners.add(listener);
      void listener.catchUp(source).catch((error: unknown) => {
        request.log.warn({ id: request.id, err: error }, 'a stream could not catch up');
        listener.end('closing');
      });
    },
    count: () => listeners.size,
    close: () => {
      closing = true;
      clearInterval(beat);
      for (const listener of listeners) listener.end('closing');
      if (!closed) stop();
      closed = true;
    },
  };
}

export const frameOf = ({ id, kind, body }: StreamEvent): string =>
  `id: ${id}\nevent: ${kind}\ndata: ${JSON.stringify(body)}\n\n`;

/** Ids told lately. */
class Recent {
  private readonly ids = new Set<number>();

  /** Whether the id is new. */
  add(id: number): boolean {
    if (this.ids.has(id)) return false;
    this.ids.add(id);
    if (this.ids.size > 4 * PAGE) for (const oldest of this.ids) return this.ids.delete(oldest);
    return true;
  }
}

class Listener {
  private readonly response: ServerResponse;
  private readonly listening: Listening;
  private readonly waitingBytesMax: number;
  private readonly onGone: () => void;
  /** Events that came while the past is still being told; undefined once it is told. */
  private waiting: Map<number, string> | undefined = new Map();
  private readonly told = new Recent();
  private waitingBytes = 0;
  private over = false;

  constructor(response: ServerResponse, listening: Listening, waitingBytesMax: number, onGone: () => void) {
    this.response = response;
    this.listening = listening;
    this.waitingBytesMax = waitingBytesMax;
    this.onGone = onGone;
    response.on('close', () => this.gone());
    response.on('error', () => this.gone());
    response.write('retry: 2000\n\n');
  }

  async catchUp(source: EventSource): Promise<void> {
    let from = this.listening.lastEventId;
    while (from !== undefined && !this.over) {
      const past: readonly StreamEvent[] | undefined = await source.since(from, PAGE);
      // Too long ago: whoever listens must read anew what it shows.
      if (past === undefined) this.write('event: gap\ndata: {}\n\n');
      for (const event of past ?? []) {
        this.waiting?.delete(event.id);
        this.told.add(event.id);
        if (this.listening.sees(event)) this.write(frameOf(event));
        await this.drained();
      }
      from = past !== undefined && past.length === PAGE ? past.at(-1)?.id : undefined;
    }
    const rest = this.waiting ?? [];
    this.waiting = undefined;
    for (const [, frame] of rest) this.write(frame);
  }

  take(event: StreamEvent, frame: string): void {
    if (this.over || !this.listening.sees(event) || !this.told.add(event.id)) return;
    if (this.waiting === undefined) this.write(frame);
    else {
      this.waiting.set(event.id, frame);
      this.waitingBytes += frame.length;
      if (this.waitingBytes > this.waitingBytesMax) this.end('slow');
    }
  }

  beat(): void {
    if (this.over) return;
    this.write(': beat\n\n');
    // A database that is away ends nobody's stream.
    this.listening.alive().then(
      (alive) => {
        if (!alive) this.end('signed-out');
      },
      () => {},
    );
  }

  /** The past is told as fast as it is read. */
  private async drained(): Promise<void> {
    if (this.over || !this.response.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      this.response.once('drain', resolve);
      this.response.once('close', resolve);
    });
  }

  private write(frame: string): void {
    if (this.over) return;
    this.response.write(frame);
    if (this.response.writableLength > this.waitingBytesMax) this.end('slow');
  }

  end(why: End): void {
    if (this.over) return;
    this.gone();
    this.response.end(`event: end\ndata: ${JSON.stringify({ why })}\n\n`);
    // Whoever does not read does not read the end either.
    const linger = setTimeout(() => this.response.destroy(), LINGER_MS);
    linger.unref();
    this.response.on('close', () => clearTimeout(linger));
  }

  private gone(): void {
    this.over = true;
    this.onGone();
  }
}
