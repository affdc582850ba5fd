// The embedded PostgreSQL: a server of our own in a data folder, from npm's binaries, started and stopped with CrewLedger, without
// installation or configuration. It does not look inside the database: what it hands out is a URL.
import { join } from 'node:path';
import { findPackage, prepareBinaries } from './embedded/binaries.ts';
import { openCluster, readPassword } from './embedded/cluster.ts';
import { chooseEndpoint, type Endpoint, freePort, openEndpoint, removeTemporary, urlOf } from './embedded/endpoint.ts';
import { lookForPlace, openPlace } from './embedded/folder.ts';
import { clearLeftovers, runningEndpoint } from './embedded/leftovers.ts';
import { takeLock } from './embedded/lock.ts';
import { serverLog } from './embedded/log.ts';
import { type EmbeddedEvent, type EmbeddedRefusal, Refused, type Tell } from './embedded/refusal.ts';
import { openDatabase, type Running, runServer } from './embedded/server.ts';

export type { EmbeddedEvent, EmbeddedRefusal } from './embedded/refusal.ts';

/** An immediate stop loses nothing either: it costs a recovery. */
const RESTART_STOP_MS_MAX = 10_000;

export interface EmbeddedOptions {
  /** The data folder, made when it is not there, such as `./data`. */
  readonly folder: string;
  readonly onEvent?: (event: EmbeddedEvent) => void;
  /** Made when it is not there. */
  readonly database?: string;
  /** Listen on this port of 127.0.0.1 instead of a socket. */
  readonly port?: number;
  /** Settings of the server, over all others. Tests do without `fsync`; a plant's data never does. */
  readonly settings?: Readonly<Record<string, string>>;
  /** How long the server may take to stop in order, in milliseconds; then it is ended harder. A minute unless said. */
  readonly stopMsMax?: number;
  /** Where root keeps what the server's account could not reach otherwise. */
  readonly systemFolder?: string;
}

export interface Embedded {
  /** `postgres://` of the owner role with its password, over a Unix socket or 127.0.0.1; the same after `restart`. */
  readonly url: string;
  /** PostgreSQL's own, such as `18.4`. */
  readonly version: string;
  /** The folder the data is in: under root it may be another than the one asked for. */
  readonly folder: string;
  /** The postmaster. */
  readonly pid: () => number;
  /** Ends the server (fast shutdown) and frees the folder; a second call waits for the first. */
  readonly stop: () => Promise<void>;
  /** After the event `died`, or to make changed settings count: the server anew, under the same URL. */
  readonly restart: () => Promise<{ readonly ok: true } | { readonly ok: false; readonly refusal: EmbeddedRefusal }>;
}

export type EmbeddedOutcome =
  | { readonly ok: true; readonly server: Embedded }
  | { readonly ok: false; readonly refusal: EmbeddedRefusal };

/**
 * Starts PostgreSQL in the folder and waits until it has answered a first question. Every fault of the surroundings comes back as
 * a refusal and, where PostgreSQL said something, the tail of its log; only a bug is thrown. The server does not keep this process
 * alive: one that ends without `stop` leaves a server that the next start stops.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedOutcome> {
  const tell: Tell = (code, args = {}, log) => {
    options.onEvent?.(log === undefined || log === '' ? { code, args } : { code, args, serverLog: log });
  };
  return asOutcome(async () => ({ ok: true, server: await start(options, tell) }));
}

/**
 * The URL of a server that runs in the folder already, started by another process, whose account may read its password. Nothing
 * is started or made; whether it still answers is seen when it is asked.
 */
export function findEmbedded({
  folder,
  database = 'crewledger',
}: Pick<EmbeddedOptions, 'folder' | 'database'>): string | undefined {
  const place = lookForPlace(folder);
  const endpoint = place === undefined ? undefined : runningEndpoint(place.cluster);
  const password = place === undefined ? undefined : readPassword(place.folder);
  return endpoint === undefined || password === undefined ? undefined : urlOf(endpoint, password, database);
}

/** Where the data of a folder is, which under root may be elsewhere; undefined before there is any. */
export const placeOfEmbedded = (folder: string): string | undefined => lookForPlace(folder)?.folder;

async function asOutcome<T>(
  work: () => Promise<T>,
): Promise<T | { readonly ok: false; readonly refusal: EmbeddedRefusal }> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refused) return { ok: false, refusal: error.refusal };
    throw error;
  }
}

async function start(options: EmbeddedOptions, tell: Tell): Promise<Embedded> {
  const { database = 'crewledger', port, settings = {}, stopMsMax = 60_000 } = options;
  const { systemFolder = '/var/lib/crewledger' } = options;
  const found = findPackage();
  const place = openPlace(options.folder, systemFolder, tell);
  const lock = await takeLock(place.folder, tell);
  const log = serverLog(join(place.folder, 'server.log'), place.account);
  let running: Running | undefined;
  let endpoint: Endpoint | undefined;
  try {
    const binaries = prepareBinaries(found, place.account, place.folder, systemFolder, tell);
    const { password } = await openCluster(place, binaries, settings.fsync !== 'off', tell);
    const launch = async (at: Endpoint): Promise<Running> => {
      await clearLeftovers(place, tell);
      openEndpoint(at, place.account);
      tell('starting', { folder: place.folder });
      return runServer({ place, binaries, endpoint: at, settings, stopMsMax, log, tell });
    };
    const begun = performance.now();
    endpoint = await chooseEndpoint(place, port, tell);
    running = await launchOnFreePort(endpoint, port === undefined, launch, (moved) => {
      endpoint = moved;
    });
    const at = endpoint;
    const version = await openDatabase(at, password, database, place.folder);
    tell('started', { ms: String(Math.round(performance.now() - begun)) });
    const stopBounding = log.keepBounded();
    let stopped: Promise<void> | undefined;
    const stop = async (): Promise<void> => {
      await running?.stop();
      stopBounding();
      if (at.kind === 'socket') removeTemporary(at.folder);
      lock.release();
      tell('stopped', { folder: place.folder });
    };
    return {
      url: urlOf(at, password, database),
      version,
      folder: place.folder,
      pid: () => running?.pid ?? 0,
      stop: () => {
        stopped ??= stop();
        return stopped;
      },
      restart: () =>
        asOutcome(async () => {
          const began = performance.now();
          // Whoever waits for it to be back is not made to wait for an orderly stop that hangs.
          await running?.stop(Math.min(stopMsMax, RESTART_STOP_MS_MAX));
          running = await launch(at);
          await openDatabase(at, password, database, place.folder);
          tell('started', { ms: String(Math.round(performance.now() - began)) });
          return { ok: true };
        }),
    };
  } catch (error) {
    await running?.stop();
    if (endpoint?.kind === 'socket') removeTemporary(endpoint.folder);
    lock.release();
    throw error;
  }
}

/** A free port may be taken between our look and the server's: then another is tried, unless it was asked for by number. */
async function launchOnFreePort(
  endpoint: Endpoint,
  anyPort: boolean,
  launch: (endpoint: Endpoint) => Promise<Running>,
  moved: (endpoint: Endpoint) => void,
): Promise<Running> {
  let at = endpoint;
  for (let triesLeft = at.kind === 'loopback' && anyPort ? 4 : 0; ; triesLeft--) {
    try {
      return await launch(at);
    } catch (error) {
      if (!(error instanceof Refused) || error.refusal.code !== 'port-in-use' || triesLeft === 0) throw error;
      at = { kind: 'loopback', port: await freePort() };
      moved(at);
    }
  }
}
