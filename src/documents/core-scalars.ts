import type { ResolvedScalar } from "./plain-yaml.ts";

/** What something else than text begins with. */
const NO_TEXT = /^[-+.~0-9nNtTfF]/;
const NULL = /^(?:~|[Nn]ull|NULL|)$/;
const BOOLEAN = /^(?:[Tt]rue|TRUE|[Ff]alse|FALSE)$/;
const INTEGER = /^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$/;
const INFINITE = /^[-+]?\.(?:inf|Inf|INF)$/;
const NOT_A_NUMBER = /^\.(?:nan|NaN|NAN)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

/**
 * Gives what a plain scalar stands for by the core schema of YAML 1.2.
 *
 * @see https://yaml.org/spec/1.2.2/#103-core-schema
 */
export function resolveCoreScalar(text: string): ResolvedScalar {
  if (!NO_TEXT.test(text)) return { value: text, isFloat: false };
  if (NULL.test(text)) return { value: null, isFloat: false };
  if (BOOLEAN.test(text)) return { value: /^t/i.test(text), isFloat: false };
  if (INTEGER.test(text)) return { value: integerOf(text), isFloat: false };
  if (FLOAT.test(text)) return { value: Number(text), isFloat: true };
  if (INFINITE.test(text)) return { value: text.startsWith("-") ? -Infinity : Infinity, isFloat: true };
  if (NOT_A_NUMBER.test(text)) return { value: NaN, isFloat: true };
  return { value: text, isFloat: false };
}

/** A bigint where a number would lose digits. */
function integerOf(text: string): number | bigint {
  const value = BigInt(text);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}
