import type { CallCheck } from "../engine/code-examination.ts";
import type { HostCode } from "../engine/host-code.ts";
import { displayModule } from "../etf/module-name.ts";
import { cannotCall } from "./call-problems.ts";
import type { FunctionName } from "./function-tables.ts";
import type { FunctionLookup } from "./known-functions.ts";

/** The functions that code finds on a host: what the host was asked for, by its answer, and what is shipped. */
export class FunctionsOnHost implements FunctionLookup {
  readonly #host: HostCode;
  readonly #shipped: FunctionLookup;

  /** @param shipped Knows the functions that the host was not asked for. */
  constructor(host: HostCode, shipped: FunctionLookup) {
    this.#host = host;
    this.#shipped = shipped;
  }

  has(called: FunctionName): boolean | undefined {
    return this.#isAsked(called) ? this.#lack(called) === undefined : this.#shipped.has(called);
  }

  check(called: FunctionName, from?: string): CallCheck {
    if (!this.#isAsked(called)) return this.#shipped.check(called, from);
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

  #isAsked({ module, name, arity }: FunctionName): boolean {
    return this.#host.asked.get(module)?.has(`${name}/${arity}`) === true;
  }

  #lack({ module, name, arity }: FunctionName): "module" | "function" | undefined {
    const lacking = this.#host.lacking.get(module);
    if (lacking === "module") return "module";
    return lacking?.has(`${name}/${arity}`) === true ? "function" : undefined;
  }
}
