import { FusionPlayError } from "../errors.ts";
import type { Term } from "../etf/term.ts";
import type { CallTemplate } from "../playbook/playbook.ts";

/** The arguments of a call, where no value of a run is in them. */
export function constantArguments(call: CallTemplate): readonly Term[] | undefined {
  try {
    return call.arguments({});
  } catch (error) {
    if (error instanceof FusionPlayError && error.code === "EXPRESSION_FAILED") return undefined;
    throw error;
  }
}
