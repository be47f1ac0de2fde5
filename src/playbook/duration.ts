const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * The longest time that a timer of Node.js can wait, about 24 days. A longer one would end at once.
 */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Reads a duration: `10s`, `500ms`, `2m`, `1h30m`, `1.5s`, or a number of seconds, as Ansible has it.
 *
 * @returns milliseconds; undefined for anything else, for a negative duration and for one above 24 days
 */
export function parseDuration(text: string | number): number | undefined {
  const number = typeof text === "number" ? text : /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
  if (number !== undefined) return inRange(number * 1000);
  if (typeof text !== "string" || !/^(\d+(\.\d+)?(ms|[smhd]))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)) {
    total += Number(count) * (UNITS[unit ?? ""] ?? 0);
  }
  return inRange(total);
}

function inRange(ms: number): number | undefined {
  const rounded = Math.round(ms);
  return rounded >= 0 && rounded <= LONGEST_MS ? rounded : undefined;
}
