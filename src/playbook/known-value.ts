import { FusionPlayError } from "../errors.ts";
import { dataToTerm } from "../etf/data.ts";
import { UNKNOWN } from "../etf/known-part.ts";
import type { Term } from "../etf/term.ts";
import type { Template } from "./playbook.ts";

/** The term of a value that does not depend on a run; {@linkcode UNKNOWN} stands for any other. */
export function knownValue(template: Template): Term {
  try {
    return dataToTerm(template.evaluate({}));
  } catch (error) {
    if (error instanceof FusionPlayError && error.code === "EXPRESSION_FAILED") return UNKNOWN;
    throw error;
  }
}
