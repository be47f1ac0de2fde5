const RUNS = 3;
const FACTOR = 8;

/**
 * How many times as long work takes for what is eight times as large: some 8 where the time is linear, 64 where it is
 * quadratic. Of time that the processor works, and the best of some runs, as machines have other things to do.
 *
 * @param prepare makes something of a size, and gives the work on it
 */
export function growth(prepare: (size: number) => () => void, size: number): number {
  prepare(size)(); // what is compiled then
  return bestOf(prepare, size * FACTOR) / bestOf(prepare, size);
}

function bestOf(prepare: (size: number) => () => void, size: number): number {
  const times = Array.from({ length: RUNS }, () => {
    const work = prepare(size);
    const before = process.cpuUsage().user;
    work();
    return process.cpuUsage().user - before;
  });
  return Math.min(...times);
}
