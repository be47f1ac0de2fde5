/** What one piece of work took, in milliseconds. */
export interface Sample {
  readonly wall: number;
  /** Of all threads of this process. */
  readonly cpu: number;
}

/** Does some work and tells what it took. */
export async function measured(work: () => unknown): Promise<Sample> {
  const cpuBefore = process.cpuUsage();
  const before = performance.now();
  await work();
  const wall = performance.now() - before;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { wall, cpu: (user + system) / 1000 };
}

/** The value below which a share of all values are: 0.5 gives the median. */
export function quantile(values: readonly number[], share = 0.5): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/**
 * Prints how long two kinds of work took, done in turns, and the ratio of each round's two: the median,
 * and between which values half of the rounds are. What else the machine does changes from round to
 * round, and meets both.
 */
export function printRatio(
  what: string,
  [base, baseMs]: readonly [string, readonly number[]],
  [other, otherMs]: readonly [string, readonly number[]],
): void {
  const ratios = otherMs.map((ms, round) => ms / (baseMs[round] ?? NaN));
  const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => quantile(ratios, share).toFixed(2));
  console.log(
    `${what}: ${base} ${quantile(baseMs).toFixed(1)} ms, ${other} ${quantile(otherMs).toFixed(1)} ms, ` +
      `${middle} x (${low} to ${high}; best of each ${(Math.min(...otherMs) / Math.min(...baseMs)).toFixed(2)} x)`,
  );
}
