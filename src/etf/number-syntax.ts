import type { SourceText } from "./source-text.ts";
import { Float, type Term } from "./term.ts";

/** A number that was read, and where it ends. */
export interface NumberLiteral {
  readonly term: Term;
  readonly end: number;
}

/** Reads a number of Elixir: `1_000`, `0xff`, `0o17`, `0b1010`, `1.5e3`. */
export function readElixirNumber(source: SourceText, offset: number): NumberLiteral {
  const based = source.match(/0(?:x[\da-f]+(?:_[\da-f]+)*|o[0-7]+(?:_[0-7]+)*|b[01]+(?:_[01]+)*)/iy, offset);
  if (based === undefined) return readDecimal(source, offset);
  const radix = { x: 16, o: 8, b: 2 }[based[1]?.toLowerCase() as "x" | "o" | "b"];
  return finished(source, { term: integerOf(based.slice(2), radix), end: offset + based.length });
}

/** Reads a number of Erlang: `1_000`, `16#ff`, `2#1010`, `1.5e3`. */
export function readErlangNumber(source: SourceText, offset: number): NumberLiteral {
  const based = source.match(/\d{1,2}#[\da-z]+(?:_[\da-z]+)*/iy, offset);
  if (based === undefined) return readDecimal(source, offset);
  const [base = "", digits = ""] = based.split("#");
  const radix = Number(base);
  if (radix < 2 || radix > 36) throw source.error(`${base} is no base from 2 to 36`, { offset });
  if (Array.from(digits.replaceAll("_", "")).some((digit) => Number.isNaN(Number.parseInt(digit, radix)))) {
    throw source.error(`${based} has digits that base ${base} lacks`, { offset });
  }
  return finished(source, { term: integerOf(digits, radix), end: offset + based.length });
}

/** Turns a number round; undefined for any other term. */
export function negated(term: Term): Term | undefined {
  if (term instanceof Float) return new Float(-term.value);
  if (typeof term === "bigint") return -term;
  return typeof term === "number" ? 0 - term : undefined;
}

function readDecimal(source: SourceText, offset: number): NumberLiteral {
  const float = source.match(/\d+(?:_\d+)*\.\d+(?:_\d+)*(?:e[+-]?\d+)?/iy, offset);
  if (float !== undefined) {
    const value = Number(float.replaceAll("_", ""));
    if (!Number.isFinite(value)) throw source.error(`${float} is too large for a float`, { offset });
    return finished(source, { term: new Float(value), end: offset + float.length });
  }
  const digits = source.match(/\d+(?:_\d+)*/y, offset) ?? "";
  return finished(source, { term: integerOf(digits, 10), end: offset + digits.length });
}

function finished(source: SourceText, number: NumberLiteral): NumberLiteral {
  const rest = source.match(/[\p{L}\p{N}_]+/uy, number.end);
  if (rest === undefined) return number;
  throw source.error(`"${rest.slice(0, 20)}" follows a number`, { offset: number.end });
}

function integerOf(digits: string, radix: number): number | bigint {
  const value = bigintOf(digits.replaceAll("_", ""), radix);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** How many digits `parseInt` turns into an exact number in any base. */
const EXACT_DIGITS = 10;

/** By halves, which is faster than digit by digit for numbers of many digits. */
function bigintOf(digits: string, radix: number): bigint {
  if (radix === 10) return BigInt(digits);
  if (digits.length <= EXACT_DIGITS) return BigInt(Number.parseInt(digits, radix));
  const middle = digits.length >> 1;
  const weight = BigInt(radix) ** BigInt(digits.length - middle);
  return bigintOf(digits.slice(0, middle), radix) * weight + bigintOf(digits.slice(middle), radix);
}
