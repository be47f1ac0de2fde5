import { displayModule } from "../etf/module-name.ts";
import type { ReportedReason } from "./modules-report.ts";

/** Functions of a module that are named; most modules call fewer of another one. */
const MAX_FUNCTIONS = 4;

/** The kind of a reason in words. */
export function reasonKind({ type }: ReportedReason): string {
  return type === "protocol_implementation" ? "protocol implementation" : type;
}

/** The whole of a reason in words: `imports start_link/1`, `atom in a literal`. */
export function reasonText(reason: ReportedReason): string {
  switch (reason.type) {
    case "imports":
      return `imports ${functionList(reason.functions)}`;
    case "behaviour":
      return "behaviour";
    case "protocol_implementation": {
      const { protocol, target } = reason;
      return `protocol implementation of ${displayModule(protocol)} for ${displayModule(target)}`;
    }
    case "application":
      return `application ${reason.application}`;
    case "atom":
      return `atom in ${{ code: "the code", literal: "a literal", attribute: "an attribute" }[reason.where]}`;
  }
}

function functionList(functions: readonly string[]): string {
  const named = functions.slice(0, MAX_FUNCTIONS).join(", ");
  const more = functions.length - MAX_FUNCTIONS;
  return more > 0 ? `${named} and ${more} more` : named;
}
