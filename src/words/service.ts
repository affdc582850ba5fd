// What the service says while it starts, runs and stops, and what its commands for keeping it answer.
import type { Saying } from './words.ts';

export type ServiceWord =
  | 'opening'
  | 'bringing'
  | 'filling'
  | 'filled'
  | 'address'
  | 'install'
  | 'documentation'
  | 'synthetic'
  | 'signIns'
  | 'password'
  | 'firstCode'
  | 'noPlant'
  | 'stopHint'
  | 'stopping'
  | 'stopped'
  | 'working'
  | 'verified'
  | 'verifiedOnly'
  | 'verifiedUnsealed'
  | 'findings'
  | 'imported'
  | 'retired'
  | 'retireOpen'
  | 'retireNothing'
  | 'exported'
  | 'backedUp'
  | 'restored'
  | 'bundled'
  | 'exampleOver';

export type ServiceRefusal =
  | 'no-service'
  | 'two-plants'
  | 'no-data'
  | 'no-plant'
  | 'backup-there'
  | 'no-backup'
  | 'plant-there'
  | 'no-such-plant'
  | 'port-taken'
  | 'port-denied'
  | 'address-unknown'
  | 'bad-certificate'
  | 'bad-sign-on'
  | 'database-refused'
  | 'database-newer'
  | 'migration-changed'
  | 'database-too-old'
  | 'cannot-create-role'
  | 'restore-not-empty'
  | 'bad-backup'
  | 'backup-newer';

export interface ServiceWords {
  readonly said: Readonly<Record<ServiceWord, string>>;
  readonly refused: Readonly<Record<ServiceRefusal, Saying>>;
}
