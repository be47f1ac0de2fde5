import { quote } from "../documents/quote.ts";
import { isCelWord } from "./cel.ts";

/** Names that any expression of a play may use. */
export const PLAY_NAMES: readonly string[] = ["vars", "host", "groups", "hostvars", "run"];

/** Names that the expressions of a step may use besides: the result of the step before, or its own. */
export const STEP_NAMES: readonly string[] = ["result"];

/** Names that the steps below `rescue` may use besides: the step that failed, and why it did. */
export const RESCUE_NAMES: readonly string[] = ["failed_step", "failed_result"];

/** The name of the item in the expressions of a step with a loop. */
export const ITEM_NAME = "item";

/** Says why a result cannot be registered under a name; undefined if it can. */
export function nameProblem(name: string): { message: string; hint: string } | undefined {
  if (!/^[A-Za-z_]\w*$/.test(name)) {
    return {
      message: `${quote(name)} cannot be a name`,
      hint: "A name is made of letters, digits and underscores, and does not start with a digit",
    };
  }
  if ([...PLAY_NAMES, ...STEP_NAMES, ...RESCUE_NAMES, ITEM_NAME].includes(name)) {
    return { message: `${quote(name)} has a meaning of its own in expressions`, hint: "Choose another name" };
  }
  if (isCelWord(name)) {
    return { message: `${quote(name)} is a word of the expression language`, hint: "Choose another name" };
  }
  return undefined;
}
