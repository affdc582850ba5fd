// Which processes there are, as Linux shows them under /proc. It sends no signal but to a server it was asked to end.
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process beyond doubt: a pid is used again, a pid with its start (in clock ticks since boot) is not. */
export interface ProcessMark {
  readonly pid: number;
  readonly startTicks: string;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Nothing when there is no such process, or only its zombie. */
export function markOf(pid: number): ProcessMark | undefined {
  const stat = read(`/proc/${pid}/stat`);
  // The name in brackets may hold blanks and brackets: the fields begin after the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTicks] = [fields[0], fields[19]];
  return state === undefined || startTicks === undefined || 'ZX'.includes(state) ? undefined : { pid, startTicks };
}

/** This boot of the kernel, and the set of pids we see: a container has its own. */
export const bootId = (): string => read('/proc/sys/kernel/random/boot_id').trim();

export function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

/**
 * The name a cluster's processes carry on their command lines (`cluster_name`). By device and inode: a moved folder keeps it, a
 * copied one has another. A container's root may not look at another account's working directory, but at its command line.
 */
export function clusterMark(cluster: string): string {
  const { dev, ino } = statSync(cluster, { bigint: true });
  return `crewledger-${dev.toString(16)}-${ino.toString(16)}`;
}

/** The pids of PostgreSQL processes that work in this cluster folder: its postmaster, and backends that outlive one. */
export function serverProcesses(cluster: string): number[] {
  const mark = clusterMark(cluster);
  const { dev, ino } = statSync(cluster, { bigint: true });
  const worksThere = (pid: number): boolean => {
    try {
      const there = statSync(`/proc/${pid}/cwd`, { bigint: true });
      return there.dev === dev && there.ino === ino;
    } catch {
      return false;
    }
  };
  return processes().flatMap(({ pid, command }) => {
    if (!/(?:^postgres:|(?:^|\/)(?:postgres|postmaster)$)/.test(command.split('\0')[0] ?? '')) return [];
    const ours = command.split(/[\0 :=]/).includes(mark) || worksThere(pid);
    return ours && markOf(pid) !== undefined ? [pid] : [];
  });
}

/** The pids of a program that has this argument. */
export function programsWith(program: string, argument: string): number[] {
  return processes().flatMap(({ pid, command }) => {
    const [path = '', ...rest] = command.split('\0');
    return path.endsWith(`/${program}`) && rest.includes(argument) && markOf(pid) !== undefined ? [pid] : [];
  });
}

/** All processes with their command lines, whose parts end in a zero. */
const processes = (): { pid: number; command: string }[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), command: read(`/proc/${name}/cmdline`) }));

/** Sends a signal; a process that is gone already is no mistake. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Asks again and again, seldom once it takes long. False when the time is up. */
export async function waitFor(done: () => boolean, msMax: number): Promise<boolean> {
  const end = performance.now() + msMax;
  for (let pauseMs = 5; !done(); pauseMs = Math.min(100, pauseMs * 1.3)) {
    if (performance.now() >= end) return false;
    await sleep(pauseMs);
  }
  return true;
}

/** Whether a PostgreSQL process is the postmaster itself; its children rename themselves. */
export const isPostmaster = (pid: number): boolean => !read(`/proc/${pid}/cmdline`).startsWith('postgres:');
