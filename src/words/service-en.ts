// What the service says while it starts, runs and stops, and what its commands for keeping it answer.
import type { ServiceWords } from './service.ts';

export const serviceEn = {
  said: {
    opening: 'Opening the database …',
    bringing: 'Reading in {rows} rows of readings',
    filling: 'Settling past shifts: {left} of {of} left',
    filled: 'All past shifts are settled, after {seconds} s',
    address: 'Serving at {url}',
    install: 'Other devices install the certificate of this machine first: {url}',
    documentation: 'Documentation of the interface: {url}',
    synthetic: 'This is a synthetic alumina refinery ({teams} teams, made-up data). The plant clock shows {now}',
    signIns: 'Demo sign-ins (on this machine only):',
    password: 'The password of all of them: {password}',
    firstCode: 'There is no administrator yet. First code (shown only now): {code}',
    noPlant: 'There is no plant yet: bring one in with crewledger import FOLDER',
    stopHint: 'Ctrl-C stops it.',
    stopping: 'Stopping …',
    stopped: 'Stopped.',
    working: 'Sharing the background work. Ctrl-C stops it.',
    verified:
      'Verified: {vouchers} vouchers, {seals} seals; {settled} settled again, byte for byte the same[[; {fromQuantities} by their quantities only, since their readings are past retention]]',
    verifiedUnsealed: '{unsealed} of them are not sealed yet',
    findings: '{count} findings:',
    imported: '{plant} was brought in: {rows} rows of readings; the service settles its past shifts',
    exported: 'Exported to {folder}: {files} files, {rows} rows of readings',
    backedUp: 'Backed up to {file}: {tables} tables, {rows} rows, {size}',
    restored: 'Restored {tables} tables, {rows} rows',
    bundled: 'Bundled: {file}, {size}',
    exampleOver: 'The example ends on {last}; to begin anew, stop it and remove the data folder {folder}',
  },
  refused: {
    'no-service': ['No running database was found[[: {folder}]]', 'Start crewledger serve first, or set DATABASE_URL'],
    'two-plants': ['The database holds several plants: {plants}', 'Name one with --plant'],
    'no-such-plant': ['The database holds no plant "{found}"', '[[There are: {plants}]]'],
    'port-taken': ['Port {port} is taken', 'Use another: --port 8081'],
    'port-denied': ['Port {port} may not be used', 'Use one above 1024: --port 8080'],
    'address-unknown': ['This machine has no address "{host}"', 'Use --host 0.0.0.0 or an address of this machine'],
    'bad-certificate': [
      'Certificate or key cannot be used: {found}',
      'Check that the files belong together and are PEM',
    ],
    'database-refused': [
      'The database cannot be reached: {reason}',
      'Check host, account and password in DATABASE_URL',
    ],
    'database-newer': [
      'The database was made by a newer version (migration {found}, known here up to {known})',
      'Upgrade CrewLedger',
    ],
    'migration-changed': ['{file} differs from when the database was made', 'Use the version it came with'],
    'database-too-old': ['PostgreSQL is too old ({found})', 'At least {needed} is needed'],
    'cannot-create-role': ['The role {role} cannot be made: {reason}', 'Have the account given CREATEROLE'],
    'restore-not-empty': ['The database holds data already', 'Restore into an empty data folder or database'],
    'bad-backup': ['The backup is incomplete or was changed: {found}', 'Use another backup'],
    'backup-newer': ['The backup comes from a newer version', 'Upgrade CrewLedger, then restore'],
  },
} as const satisfies ServiceWords;
