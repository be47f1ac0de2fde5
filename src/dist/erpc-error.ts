import { FusionPlayError } from "../errors.ts";
import type { Term } from "../etf/term.ts";

/** The called function ended with an exception on the other node. */
export class ErpcError extends FusionPlayError {
  override readonly name = "ErpcError";
  readonly class: "throw" | "exit" | "error";
  readonly reason: Term;
  /** `[{Module, Function, ArityOrArguments, Location}]`; only the class `error` has one. */
  readonly stacktrace: Term;

  constructor(kind: "throw" | "exit" | "error", reason: Term, stacktrace: Term = []) {
    super(`Cannot use the result of the call: it ended with an exception of class ${kind}`, {
      code: "REMOTE_EXCEPTION",
    });
    this.class = kind;
    this.reason = reason;
    this.stacktrace = stacktrace;
  }
}
