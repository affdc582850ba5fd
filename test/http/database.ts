// A database of a test's own, empty and unmigrated but for what the run's template holds.
import { createDatabase } from '../database.ts';

export async function freshDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const { url, drop } = await createDatabase();
  return { url, drop: async () => drop() };
}
