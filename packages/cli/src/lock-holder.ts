/** In whose name this process holds Leases of releases, and whether other processes of this machine still run. */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { LockPort } from '@pack/release';

/**
 * What processes that see each other's numbers have in common: the start of the kernel and the namespace of process
 * numbers. Undefined where that cannot be told: two containers may have one name and the same numbers.
 */
function processSpace(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').replaceAll('-', '').slice(0, 12);
    const [numbers] = /\d+/.exec(readlinkSync('/proc/self/ns/pid')) ?? [];
    return numbers === undefined ? undefined : `${boot}-${numbers}`;
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (e) {
    return (e as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Holders are `HOST/PID`, and `HOST/PID/SPACE` where the space of process numbers is known. */
export function lockIn(namespace: string): LockPort {
  const space = processSpace();
  const holder = [hostname(), process.pid, ...(space === undefined ? [] : [space])].join('/');
  return {
    namespace,
    holder,
    isGone(other) {
      const [, pid, theirs] = /\/(\d+)\/([0-9a-f]{12}-\d+)$/.exec(other) ?? [];
      return theirs !== undefined && theirs === space && !isRunning(Number(pid));
    },
  };
}
