/** More hosts than this are a mistake in a range, and in all ranges of an inventory together. */
export const MAX_HOSTS = 100_000;

/** A range that cannot be expanded; the message says why. */
export class HostRangeError extends Error {
  override readonly name = "HostRangeError";
}

/**
 * Expands the ranges of a host name: `web[01:20]` (the zeros stay), `db-[a:f]`, `n[1:9:2]` (every second
 * one), `r[1:2]-n[1:3]` (each with each). A name without a range gives itself.
 *
 * @throws {HostRangeError}
 */
export function expandHostRange(name: string): string[] {
  const open = name.indexOf("[");
  if (open === -1) return [name];
  const close = name.indexOf("]", open);
  if (close === -1) throw new HostRangeError(`the range has no "]"`);
  const head = name.slice(0, open);
  if (head.includes("]")) throw new HostRangeError(`the first "]" has no "["`);
  const tails = expandHostRange(name.slice(close + 1));
  const values = rangeValues(name.slice(open + 1, close));
  if (values.length * tails.length > MAX_HOSTS) throw tooMany();
  return values.flatMap((value) => tails.map((tail) => `${head}${value}${tail}`));
}

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

function rangeValues(range: string): string[] {
  const [begin = "", end = "", step = "1", ...more] = range.split(":");
  if (!range.includes(":") || more.length > 0) {
    throw new HostRangeError(`a range is written [begin:end] or [begin:end:step], got [${range}]`);
  }
  if (end === "") throw new HostRangeError("the range has no end");
  if (!/^[0-9]+$/u.test(step) || Number(step) === 0) {
    throw new HostRangeError(`the step of a range is a number of at least 1, got "${step}"`);
  }
  if (begin.length === 1 && end.length === 1 && LETTERS.includes(begin) && LETTERS.includes(end)) {
    return sequence(LETTERS.indexOf(begin), LETTERS.indexOf(end), Number(step)).map((index) =>
      LETTERS.charAt(index),
    );
  }
  return numbers(begin === "" ? "0" : begin, end, Number(step));
}

function numbers(begin: string, end: string, step: number): string[] {
  if (!/^[0-9]+$/u.test(begin) || !/^[0-9]+$/u.test(end)) {
    throw new HostRangeError(
      `a range goes from number to number or from letter to letter, got [${begin}:${end}]`,
    );
  }
  const isPadded = begin.length > 1 && begin.startsWith("0");
  if (isPadded && begin.length !== end.length) {
    throw new HostRangeError(
      `begin and end of a range with leading zeros must have the same length, got [${begin}:${end}]`,
    );
  }
  return sequence(Number(begin), Number(end), step).map((value) =>
    isPadded ? String(value).padStart(begin.length, "0") : String(value),
  );
}

function sequence(begin: number, end: number, step: number): number[] {
  if (begin > end) throw new HostRangeError("the range ends before it begins");
  const length = Math.floor((end - begin) / step) + 1;
  if (length > MAX_HOSTS) throw tooMany();
  return Array.from({ length }, (_, index) => begin + index * step);
}

function tooMany(): HostRangeError {
  return new HostRangeError(`the range makes more than ${MAX_HOSTS} hosts`);
}
