// Watches the disk of the embedded database. A server that cannot write its log goes down and takes reading with it; so we stop
// writing while there is still room for what is under way, and go on by ourselves once there is more.
import { statfs } from 'node:fs/promises';
import type { Database } from './database.ts';

/** Left free for what is under way and for PostgreSQL's own log and checkpoints, in bytes. */
export const ROOM_BYTES_MIN = 256 << 20;
const LOOK_MS = 1_000;

/** Sets `db.full` by what the disk of the folder has left; gives the way to stop. */
export async function watchRoom(folder: string, db: Database): Promise<() => void> {
  const look = async (): Promise<void> => {
    try {
      const { bavail, bsize } = await statfs(folder);
      db.full = bavail * bsize < ROOM_BYTES_MIN;
    } catch {
      // A folder that cannot be asked: the database itself will say what is wrong.
    }
  };
  await look();
  const timer = setInterval(() => void look(), LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
