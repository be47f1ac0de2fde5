import type { CallCheck } from "../engine/code-examination.ts";
import type { HostCode } from "../engine/host-code.ts";
import { displayModule } from "../etf/module-name.ts";
import { cannotCall } from "./call-problems.ts";
import type { FunctionName } from "./function-tables.ts";
import type { FunctionLookup } from "./known-functions.ts";

export interface FunctionsOnHostOptions {
  readonly host: HostCode;
  /** Knows the functions of what is shipped, and those that the host was not asked for. */
  readonly shipped: FunctionLookup;
  /** Whether a module is shipped to hosts that have none of their own. */
  readonly isShipped: (module: string) => boolean;
}

/** The functions that code finds on a host: what the host was asked for, by its answer, and what is shipped. */
export class FunctionsOnHost implements FunctionLookup {
  readonly #host: HostCode;
  readonly #shipped: FunctionLookup;
  readonly #isShipped: (module: string) => boolean;

  constructor({ host, shipped, isShipped }: FunctionsOnHostOptions) {
    this.#host = host;
    this.#shipped = shipped;
    this.#isShipped = isShipped;
  }

  has(called: FunctionName): boolean | undefined {
    return this.#isOfHost(called) ? this.#lack(called) === undefined : this.#shipped.has(called);
  }

  check(called: FunctionName, from?: string): CallCheck {
    if (!this.#isOfHost(called)) return this.#shipped.check(called, from);
    const module = displayModule(called.module);
    switch (this.#lack(called)) {
      case undefined:
        return "found";
      case "module":
        return {
          code: "MODULE_NOT_FOUND",
          message: `${cannotCall(called, from)}: neither the code paths nor the host have a module ${module}`,
        };
      case "function":
        return {
          code: "FUNCTION_NOT_FOUND",
          message: `${cannotCall(called, from)}: ${module} of the host has no such function`,
        };
    }
  }

  /** Whether the answer of the host counts: what it lacks, or has in another version, is shipped all the same. */
  #isOfHost({ module, name, arity }: FunctionName): boolean {
    if (this.#isShipped(module) && !this.#host.own.has(module)) return false;
    return this.#host.asked.get(module)?.has(`${name}/${arity}`) === true;
  }

  #lack({ module, name, arity }: FunctionName): "module" | "function" | undefined {
    const lacking = this.#host.lacking.get(module);
    if (lacking === "module") return "module";
    return lacking?.has(`${name}/${arity}`) === true ? "function" : undefined;
  }
}
