// The database a command works on: DATABASE_URL, or the embedded one in a data folder, started or found. Migrated, with the
// URL under which the service itself connects; or the refusal that everybody can read.
import pg from 'pg';
import { primaryOf } from '../store/addresses.ts';
import { codeOf, type Database, patiently } from '../store/database.ts';
import { type Embedded, findEmbedded, placeOfEmbedded, startEmbedded } from '../store/embedded.ts';
import { migrate, serviceUrlOf } from '../store/migrate.ts';
import { listPlants, type PlantRow } from '../store/plants.ts';
import { fill, type Language, WORDS } from '../words/say.ts';
import type { ServiceRefusal } from '../words/service.ts';
import { sayStoreEvent, sayStoreRefusal } from '../words/store.ts';
import { EXIT } from './exit-codes.ts';
import { revive } from './revive.ts';

export interface OpenedStore {
  readonly ownerUrl: string;
  readonly serviceUrl: string;
  /** Where the embedded database's data is: on a disk of this machine. */
  readonly folder: string | undefined;
  readonly close: () => Promise<void>;
}

export type StoreOutcome =
  | { readonly ok: true; readonly store: OpenedStore }
  | { readonly ok: false; readonly text: string; readonly exitCode: number };

export const refuseService = (
  code: ServiceRefusal,
  args: Record<string, string>,
  language: Language,
): { readonly ok: false; readonly text: string; readonly exitCode: number } => {
  const words = WORDS[language];
  const [happened, cure] = words.service.refused[code].map((part) => fill(part, args, words)) as [string, string];
  const [stop, colon] = language === 'zh' ? ['。', '改法：'] : ['. ', 'Cure: '];
  return {
    ok: false,
    text: `crewledger: ${happened}${stop}${colon}${cure}${language === 'zh' ? '。' : '.'}\n`,
    exitCode: EXIT.unavailable,
  };
};

/** Opens the database of a service that is about to run here: the embedded one is started unless DATABASE_URL is set. */
export async function openStore(folder: string, language: Language, upTo?: number): Promise<StoreOutcome> {
  const given = process.env.DATABASE_URL;
  let embedded: Embedded | undefined;
  const revival = revive(
    () => embedded,
    (refusal) => process.stderr.write(`crewledger: ${sayStoreRefusal(refusal, language)}\n`),
  );
  if (given === undefined) {
    let quiet = true;
    const outcome = await startEmbedded({
      folder,
      onEvent: (event) => {
        if (event.code === 'died') {
          quiet = false;
          revival.died();
        }
        if (!quiet || (event.code !== 'starting' && event.code !== 'started'))
          process.stderr.write(`${sayStoreEvent(event, language)}\n`);
      },
    });
    if (!outcome.ok) {
      const text = `crewledger: ${sayStoreRefusal(outcome.refusal, language)}\n`;
      return { ok: false, text, exitCode: EXIT.unavailable };
    }
    embedded = outcome.server;
  }
  const ownerUrl = given ?? embedded!.url;
  const close = (): Promise<void> => revival.stop();
  try {
    const migrating = (): ReturnType<typeof migrate> => migrate(ownerUrl, upTo);
    // Our own server comes back by itself.
    const migration = await (embedded ? patiently(migrating) : migrating());
    if (!migration.ok) {
      await close();
      return refuseService(migration.refusal.code, { ...migration.refusal.args }, language);
    }
    return { ok: true, store: { ownerUrl, serviceUrl: migration.serviceUrl, folder: embedded?.folder, close } };
  } catch (error) {
    await close();
    if (codeOf(error) === '') throw error;
    return refuseService('database-refused', { reason: error instanceof Error ? error.message : '' }, language);
  }
}

/** The database of a service that runs already, or that DATABASE_URL names; nothing is started. */
export async function findStore(folder: string, language: Language): Promise<StoreOutcome> {
  const ownerUrl = process.env.DATABASE_URL ?? findEmbedded({ folder });
  if (ownerUrl === undefined) return refuseService('no-service', { folder }, language);
  try {
    const probe = new pg.Client({ connectionString: await primaryOf(serviceUrlOf(ownerUrl)) });
    probe.on('error', () => {});
    await probe.connect();
    await probe.end();
  } catch (error) {
    return refuseService('database-refused', { reason: error instanceof Error ? error.message : '' }, language);
  }
  const place = process.env.DATABASE_URL === undefined ? placeOfEmbedded(folder) : undefined;
  return {
    ok: true,
    store: { ownerUrl, serviceUrl: serviceUrlOf(ownerUrl), folder: place, close: async () => {} },
  };
}

/** Opens it either way: found running, else started for as long as the command takes. Only `make` makes one. */
export async function reachStore(folder: string, language: Language, make?: 'make'): Promise<StoreOutcome> {
  if (!make && process.env.DATABASE_URL === undefined && placeOfEmbedded(folder) === undefined)
    return refuseService('no-data', { folder }, language);
  const found = await findStore(folder, language);
  return found.ok || process.env.DATABASE_URL !== undefined ? found : openStore(folder, language);
}

/** The plant a command is about: the one named, or the only one. */
export async function choosePlant(
  db: Database,
  named: string | undefined,
  language: Language,
): Promise<{ ok: true; plant: PlantRow | undefined } | { ok: false; text: string; exitCode: number }> {
  const plants = await listPlants(db);
  const names = plants.map(({ id }) => id).join(', ');
  if (named !== undefined) {
    const plant = plants.find(({ id }) => id === named);
    return plant ? { ok: true, plant } : refuseService('no-such-plant', { found: named, plants: names }, language);
  }
  return plants.length > 1 ? refuseService('two-plants', { plants: names }, language) : { ok: true, plant: plants[0] };
}
