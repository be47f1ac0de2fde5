import type { BatchSize } from "../playbook/playbook.ts";

/**
 * Cuts the hosts of a play into batches as `serial` says: each size in turn, the last one repeated.
 * A percentage is of all hosts, rounded down, and at least one host.
 */
export function batchesOf<T>(hosts: readonly T[], serial: readonly BatchSize[]): T[][] {
  const last = serial.at(-1);
  if (last === undefined) return hosts.length === 0 ? [] : [[...hosts]];
  const batches: T[][] = [];
  for (let from = 0; from < hosts.length;) {
    const size = sizeOf(serial[batches.length] ?? last, hosts.length);
    batches.push(hosts.slice(from, from + size));
    from += size;
  }
  return batches;
}

function sizeOf(size: BatchSize, hosts: number): number {
  const count = "hosts" in size ? size.hosts : Math.floor((hosts * size.percent) / 100);
  return Math.max(1, count);
}

/**
 * Whether the play stops after a batch: all of its hosts are lost, or more of them than
 * `max_fail_percentage` allows.
 *
 * @param lost How many hosts of the batch failed or were unreachable.
 */
export function stopsAfter(lost: number, batch: number, maxFailPercentage: number | undefined): boolean {
  if (lost === 0) return false;
  return lost === batch || (maxFailPercentage !== undefined && (lost / batch) * 100 > maxFailPercentage);
}
