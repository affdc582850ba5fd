// The database that every test database is a copy of: as migrations leave it, empty.
import { migrate } from '../../src/store/migrate.ts';

export async function prepareTemplate(url: string): Promise<void> {
  const migration = await migrate(url);
  if (!migration.ok) throw new Error(`the template was not migrated: ${JSON.stringify(migration.refusal)}`);
}
