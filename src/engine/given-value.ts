import { FusionPlayError } from "../errors.ts";
import { describeValue } from "../playbook/describe-value.ts";
import { isMapping } from "../playbook/is-mapping.ts";
import type { Purge } from "../playbook/play-host.ts";

/**
 * Checks a text that the function of a play gives for a step. Modules are loaded without a type check, and a value of
 * another type would turn up in reports, or be taken for what it is not.
 *
 * @throws {FusionPlayError} `USAGE`
 */
export function givenText(key: string, value: string): string {
  return typeof value === "string" ? value : refuseValue(key, "text", value);
}

/**
 * Checks a flag that the function of a play gives for a step; one that is left out is false.
 *
 * @throws {FusionPlayError} `USAGE`
 */
export function givenFlag(key: string, value: boolean | undefined): boolean {
  if (value === undefined) return false;
  return typeof value === "boolean" ? value : refuseValue(key, "true or false", value);
}

/**
 * Checks the `purge` that the function of a play gives for a step.
 *
 * @throws {FusionPlayError} `USAGE`
 */
export function givenPurge(value: Purge | undefined): Purge {
  if (value === undefined || value === "soft") return "soft";
  return value === "hard" ? value : refuseValue("purge", 'one of "soft", "hard"', value);
}

/**
 * Checks values by their names that the function of a play gives for a step; left out, there are none.
 *
 * @throws {FusionPlayError} `USAGE`
 */
export function givenMapping<Member>(
  key: string,
  value: Readonly<Record<string, Member>> | undefined,
): Readonly<Record<string, Member>> {
  if (value === undefined) return {};
  return isMapping(value) ? value : refuseValue(key, "a mapping of names to values", value);
}

/** @throws {FusionPlayError} `USAGE` */
export function refuseValue(key: string, expected: string, value: unknown): never {
  throw new FusionPlayError(
    `Cannot run the step: "${key}" expects ${expected}, got ${describeValue(value)}`,
    { code: "USAGE" },
  );
}
