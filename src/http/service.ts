// What the routes share: the plant of now, the database, settings. Values only; it starts nothing and knows no route.
import type { Registry } from 'prom-client';
import { formatDay, type Plant } from '../plant.ts';
import type { Database } from '../store/database.ts';
import type { SignOn } from './sign-on.ts';

export interface SessionTimes {
  /** Without a request for so long, a session ends. */
  readonly idleMs: number;
  readonly lifeMs: number;
}

/** Requests a minute: of one person, token or (where nobody is known) address; `signIn` always of one address. */
export interface Rates {
  readonly read: number;
  readonly write: number;
  readonly heavy: number;
  readonly signIn: number;
}

export interface LockOut {
  /** Wrong secrets of one account before it is paused, and of one address. */
  readonly accountFailures: number;
  readonly addressFailures: number;
  /** The first pause; each further failure doubles it up to the longest. */
  readonly firstMs: number;
  readonly longestMs: number;
}

export interface Health {
  /** What stands in the way of serving; empty when nothing does. */
  readonly faults: readonly string[];
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}

export interface Service {
  readonly db: Database;
  readonly plantId: number;
  readonly currentPlant: () => Plant;
  /** Instants in ms; sessions and locks go by it. */
  readonly now: () => number;
  readonly version: string;
  /** An example plant: demo users may sign in, from the same machine. */
  readonly example: boolean;
  readonly secure: boolean;
  readonly sessions: Readonly<Record<'password' | 'pin', SessionTimes>>;
  readonly rates: Rates;
  readonly lockOut: LockOut;
  readonly signOn: SignOn | undefined;
  readonly registry: Registry;
  readonly health: () => Promise<Health>;
}

export const SESSIONS: Service['sessions'] = {
  password: { idleMs: 12 * 3_600_000, lifeMs: 7 * 86_400_000 },
  pin: { idleMs: 15 * 60_000, lifeMs: 12 * 3_600_000 },
};

/** A whole shift may come in through one address at the change of shift. */
export const RATES: Rates = { read: 1200, write: 300, heavy: 30, signIn: 120 };

export const LOCK_OUT: LockOut = { accountFailures: 5, addressFailures: 100, firstMs: 30_000, longestMs: 900_000 };

/** The day of the calendar at the plant, on which memberships and grants hold or not. */
export const todayOf = ({ now, currentPlant }: Pick<Service, 'now' | 'currentPlant'>): string =>
  formatDay(currentPlant().zone.dayAt(now()));
