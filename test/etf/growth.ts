const RUNS = 5;
const FACTOR = 64;

/** Far more than 64 on machines that have other things to do, and far less than its square. */
export const LINEAR = 1500;

/**
 * How many times as long work takes for what is 64 times as large, at best: some 64 where the time is linear, 4096
 * where it is quadratic.
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
    const started = performance.now();
    work();
    return performance.now() - started;
  });
  return Math.min(...times);
}
