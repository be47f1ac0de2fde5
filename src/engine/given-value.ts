import { FusionPlayError } from "../errors.ts";
import { dataToTerm, type Data } from "../etf/data.ts";
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

/**
 * Refuses what the function of a play gives for a step.
 *
 * @throws {FusionPlayError} `USAGE`
 */
export function refuseValue(key: string, expected: string, value: unknown): never {
  throw new FusionPlayError(
    `Cannot run the step: "${key}" expects ${expected}, got ${describeValue(value)}`,
    { code: "USAGE" },
  );
}

/**
 * Checks the variables that the function of a play gives its host.
 *
 * @throws {FusionPlayError} `USAGE`; `TERM_INVALID` for a value that no argument of a call can have
 */
export function checkGivenVariables(vars: Readonly<Record<string, Data>>): void {
  if (!isMapping(vars)) {
    throw new FusionPlayError(
      `Cannot set variables: expected a mapping of names to values, got ${describeValue(vars)}`,
      { code: "USAGE" },
    );
  }
  for (const [name, data] of Object.entries(vars)) {
    if (!/^[A-Za-z_]\w*$/.test(name)) {
      throw new FusionPlayError(`Cannot set the variable "${name}": no variable can have this name`, {
        code: "USAGE",
        hint: "A name is made of letters, digits and underscores, and does not start with a digit",
      });
    }
    try {
      dataToTerm(data);
    } catch (error) {
      if (!(error instanceof FusionPlayError)) throw error;
      throw new FusionPlayError(`Cannot set the variable "${name}": ${error.message}`, { code: error.code });
    }
  }
}
