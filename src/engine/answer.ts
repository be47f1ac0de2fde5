import { isAtom, isTuple, type Term } from "../etf/term.ts";

/** What a function says of its own work by the shape of what it gives. */
export type Answer =
  | { readonly type: "plain" }
  /** `{changed, Result}` */
  | { readonly type: "changed" }
  /** `{error, Reason}` */
  | { readonly type: "error"; readonly reason: Term };

/** Reads the answer of a function: pairs whose first element is the atom `changed` or `error` mean something. */
export function answerOf(result: Term | null): Answer {
  if (result === null || !isTuple(result, 2)) return { type: "plain" };
  const [word = 0, reason = 0] = result.elements;
  if (isAtom(word, "error")) return { type: "error", reason };
  return isAtom(word, "changed") ? { type: "changed" } : { type: "plain" };
}
