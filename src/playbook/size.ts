const UNITS: Readonly<Record<string, number>> = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

/**
 * Reads a size: `256MB`, `1.5 GB`, `512kB`, or a number of bytes. A unit is 1024 times the one before it.
 *
 * @returns bytes; undefined for anything else
 */
export function parseSize(text: string | number): number | undefined {
  const [, count, unit = "b"] = /^(\d+(?:\.\d+)?)\s*([kmg]?i?b)?$/i.exec(String(text).trim()) ?? [];
  if (count === undefined) return undefined;
  const bytes = Math.round(Number(count) * (UNITS[unit.toLowerCase().replace("i", "")] ?? 1));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
