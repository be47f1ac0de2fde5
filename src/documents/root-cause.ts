import type { ErrorObject } from "ajv";
import { closest } from "./suggestion.ts";

/**
 * Reduces what a validator says to one error for each mistake. A union reports an error for each of its
 * branches: kept are those of the branch that was most likely meant, or the union's own.
 */
export function rootCauses(errors: readonly ErrorObject[]): ErrorObject[] {
  return withoutMisspelt(unionCauses(errors));
}

function unionCauses(errors: readonly ErrorObject[]): ErrorObject[] {
  // The outermost union first: it claims the errors of all that is within.
  const union = errors
    .filter(isUnion)
    .toSorted(
      (a, b) => a.instancePath.length - b.instancePath.length || a.schemaPath.length - b.schemaPath.length,
    )[0];
  if (union === undefined)
    return errors.filter(({ keyword }) => keyword !== "if" && keyword !== "propertyNames");
  const within = (error: ErrorObject): boolean =>
    error !== union &&
    error.instancePath.startsWith(union.instancePath) &&
    error.schemaPath.startsWith(`${union.schemaPath}/`);
  const rest = errors.filter((error) => error !== union && !within(error));
  return [...unionCauses(rest), ...branchCauses(union, errors.filter(within))];
}

function isUnion({ keyword, params }: ErrorObject): boolean {
  // A oneOf that more than one branch satisfies has no errors of branches to choose from.
  return (
    keyword === "anyOf" ||
    (keyword === "oneOf" && (params as { passingSchemas?: unknown }).passingSchemas === null)
  );
}

/** The errors of the one branch whose type is right, or else the error of the union. */
function branchCauses(union: ErrorObject, errors: readonly ErrorObject[]): ErrorObject[] {
  const branches = new Map<string, ErrorObject[]>();
  for (const error of errors) {
    const branch = error.schemaPath.slice(union.schemaPath.length + 1).split("/", 1)[0] ?? "";
    branches.set(branch, [...(branches.get(branch) ?? []), error]);
  }
  const candidates = [...branches.values()].filter(
    (branch) =>
      !branch.some((error) => error.instancePath === union.instancePath && IS_OTHER_KIND.has(error.keyword)),
  );
  const causes = candidates.map(unionCauses).toSorted((a, b) => a.length - b.length);
  const [best, next] = causes;
  // Without a branch that stands out, to name one would be a guess.
  if (best === undefined || best.length === next?.length) return [union];
  return isAboutValue(union, best) ? [union] : best;
}

/** Whether the union says with its title what the value should be, and nothing in the value is wrong. */
function isAboutValue(union: ErrorObject, causes: readonly ErrorObject[]): boolean {
  const { title } = union.parentSchema as { title?: string };
  return (
    title !== undefined &&
    causes.every(
      (error) =>
        error.instancePath === union.instancePath &&
        error.keyword !== "required" &&
        unknownKeyOf(error) === undefined,
    )
  );
}

/** What fails when a value was meant for another branch. */
const IS_OTHER_KIND = new Set(["type", "const", "enum"]);

/** A misspelt key is also a missing one: kept is the key that is there. */
function withoutMisspelt(errors: readonly ErrorObject[]): ErrorObject[] {
  return errors.filter((error) => {
    if (error.keyword !== "required") return true;
    const { missingProperty } = error.params as { missingProperty: string };
    return !errors.some((other) => {
      const key = unknownKeyOf(other);
      return (
        key !== undefined &&
        other.instancePath === error.instancePath &&
        closest(key, [missingProperty]) !== undefined
      );
    });
  });
}

/** The key that an error calls unknown. */
export function unknownKeyOf({ keyword, params }: ErrorObject): string | undefined {
  const named = params as { additionalProperty?: string; unevaluatedProperty?: string };
  if (keyword === "additionalProperties") return named.additionalProperty;
  if (keyword === "unevaluatedProperties") return named.unevaluatedProperty;
  return undefined;
}
