import type { CodeProblem } from "../engine/module-source.ts";
import type { FunctionArity } from "./function-tables.ts";
import { displayFunction, displayModule } from "../etf/module-name.ts";
import { nearestModule, nearestName } from "./module-name.ts";

export interface Call {
  readonly module: string;
  readonly function: string;
  readonly arity: number;
}

/** A module with this function answers calls of functions that it does not have. */
const UNDEFINED_FUNCTION_HANDLER = "$handle_undefined_function";

/** The problem of a call to a module that is nowhere. `known` are names that may have been meant. */
export function missingModule(call: Call, known: Iterable<string>): CodeProblem {
  const nearest = nearestModule(call.module, known);
  return {
    code: "MODULE_NOT_FOUND",
    message:
      `Cannot call ${display(call)}: neither the code paths nor Erlang and Elixir ` +
      `have a module ${displayModule(call.module)}${didYouMean(nearest)}`,
  };
}

/** The functions of a module. */
export interface ModuleFunctions {
  readonly exports: readonly FunctionArity[];
  readonly locals: readonly FunctionArity[];
}

/** The problem of a call to a module that is there, if it has one. */
export function missingFunction(call: Call, functions: ModuleFunctions): CodeProblem | undefined {
  const { exports } = functions;
  const isExported = exports.some((candidate) => isCalled(candidate, call));
  const isHandled = exports.some(({ name }) => name === UNDEFINED_FUNCTION_HANDLER);
  if (isExported || isHandled) return undefined;
  return {
    code: "FUNCTION_NOT_FOUND",
    message: `Cannot call ${display(call)}: ${reason(call, functions)}`,
  };
}

function isCalled({ name, arity }: FunctionArity, call: Call): boolean {
  return name === call.function && arity === call.arity;
}

function reason(call: Call, { exports, locals }: ModuleFunctions): string {
  const module = displayModule(call.module);
  if (locals.some((candidate) => isCalled(candidate, call))) return `the function is private to ${module}`;
  const arities = exports.filter(({ name }) => name === call.function).map(({ arity }) => arity);
  if (arities.length > 0) {
    const others = arities.sort((a, b) => a - b).map((arity) => `${call.function}/${arity}`);
    return `${module} has ${others.join(", ")}`;
  }
  // Elixir exports a macro as a function with a prefix and the caller as one more argument.
  if (exports.some(({ name }) => name === `MACRO-${call.function}`)) {
    return `${call.function} is a macro of ${module}, which only code can use; write the call as an eval step`;
  }
  const nearest = nearestName(
    call.function,
    exports.map(({ name }) => name),
  );
  const arity = exports.find(({ name }) => name === nearest)?.arity;
  return `${module} exports no such function${didYouMean(nearest === undefined ? undefined : `${nearest}/${arity}`)}`;
}

function display(call: Call): string {
  return displayFunction(call.module, call.function, call.arity);
}

function didYouMean(name: string | undefined): string {
  return name === undefined ? "" : `; did you mean ${name}?`;
}
