import type { CodeProblem } from "../engine/code-examination.ts";
import type { FunctionArity, FunctionName } from "./function-tables.ts";
import { displayFunction, displayModule } from "../etf/module-name.ts";
import { nearestName } from "./module-name.ts";

/**
 * The problem of a call to a module that is nowhere.
 *
 * @param nearest The module that was probably meant, as its language writes it.
 * @param from The functions that call, where it is no step that does.
 */
export function missingModule(call: FunctionName, nearest: string | undefined, from?: string): CodeProblem {
  return {
    code: "MODULE_NOT_FOUND",
    message:
      `${cannotCall(call, from)}: neither the code paths nor Erlang and Elixir ` +
      `have a module ${displayModule(call.module)}${didYouMean(nearest)}`,
  };
}

/** The functions of a module. */
export interface ModuleFunctions {
  readonly exports: readonly FunctionArity[];
  readonly locals: readonly FunctionArity[];
}

/**
 * The problem of a call to a function that a module does not export.
 *
 * @param from The functions that call, where it is no step that does.
 */
export function missingFunction(call: FunctionName, functions: ModuleFunctions, from?: string): CodeProblem {
  return {
    code: "FUNCTION_NOT_FOUND",
    message: `${cannotCall(call, from)}: ${reason(call, functions)}`,
  };
}

function isCalled({ name, arity }: FunctionArity, call: FunctionName): boolean {
  return name === call.name && arity === call.arity;
}

function reason(call: FunctionName, { exports, locals }: ModuleFunctions): string {
  const module = displayModule(call.module);
  if (locals.some((candidate) => isCalled(candidate, call))) return `the function is private to ${module}`;
  const arities = exports.filter(({ name }) => name === call.name).map(({ arity }) => arity);
  if (arities.length > 0) {
    const others = arities.sort((a, b) => a - b).map((arity) => `${call.name}/${arity}`);
    return `${module} has ${others.join(", ")}`;
  }
  // Elixir exports a macro as a function with a prefix and the caller as one more argument.
  if (exports.some(({ name }) => name === `MACRO-${call.name}`)) {
    return `${call.name} is a macro of ${module}, which only code can use; write the call as an eval step`;
  }
  const nearest = nearestName(
    call.name,
    exports.map(({ name }) => name),
  );
  const arity = exports.find(({ name }) => name === nearest)?.arity;
  return `${module} exports no such function${didYouMean(nearest === undefined ? undefined : `${nearest}/${arity}`)}`;
}

/** Begins a message about a call. */
export function cannotCall({ module, name, arity }: FunctionName, from: string | undefined): string {
  return `Cannot call ${displayFunction(module, name, arity)}${from === undefined ? "" : ` from ${from}`}`;
}

function didYouMean(name: string | undefined): string {
  return name === undefined ? "" : `; did you mean ${name}?`;
}
