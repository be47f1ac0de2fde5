import { quote } from "../documents/quote.ts";
import { FusionPlayError } from "../errors.ts";
import { parseAddress } from "./address.ts";

/**
 * Splits a pattern into its parts. Where there is a comma only commas separate, so that IPv6 addresses can be
 * named; a lone address or range, or a pattern that starts as an IPv6 address, is one part in spite of its colons.
 *
 * @returns at least one part
 * @throws {FusionPlayError} `USAGE` if there is none, or a bracket has no counterpart
 */
export function splitPattern(pattern: string): string[] {
  const split = pattern.includes(",")
    ? pattern.split(",")
    : parseAddress(pattern) !== undefined || IPV6_START.test(pattern)
      ? [pattern]
      : splitAtColons(pattern);
  const parts = split.map((part) => part.trim()).filter((part) => part !== "");
  if (parts.length === 0) throw emptyPattern(pattern);
  return parts;
}

/** An empty variable of the shell must not choose every host. */
export function emptyPattern(pattern: string): FusionPlayError {
  return new FusionPlayError(`Cannot read the host pattern ${quote(pattern)}: it is empty`, {
    code: "USAGE",
    hint: "Name hosts or groups; all stands for every host",
  });
}

/** So that `fe80::*` and `fe80::1[0]` are not taken for two parts. */
const IPV6_START = /^(?:::|(?:[0-9a-f]{1,4}:){1,6}:|(?:[0-9a-f]{1,4}:){7}[0-9a-f])/iu;

const IN_BRACKETS = /\[[^\]]*\]/gu;

function splitAtColons(pattern: string): string[] {
  if (/[[\]]/u.test(pattern.replaceAll(IN_BRACKETS, ""))) {
    throw new FusionPlayError(
      `Cannot read the host pattern ${quote(pattern)}: a bracket has no counterpart`,
      {
        code: "USAGE",
        hint: "Close the bracket, as in web[0] or web[1-3]*",
      },
    );
  }
  return pattern.match(/(?:[^\s:[\]]|\[[^\]]*\])+/gu) ?? [];
}

/** Parts in the order in which they take effect: what selects hosts, then what keeps, then what takes out. */
export function inOrderOfEffect(parts: readonly string[]): string[] {
  const plain = parts.filter((part) => !/^[&!]/u.test(part));
  const kept = parts.filter((part) => part.startsWith("&"));
  const excluded = parts.filter((part) => part.startsWith("!"));
  return [...(plain.length > 0 ? plain : ["all"]), ...kept, ...excluded];
}
