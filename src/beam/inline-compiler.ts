import { availableParallelism } from "node:os";
import pLimit from "p-limit";
import type { ModuleSource } from "../engine/module-source.ts";
import type { InlineCode } from "../playbook/playbook.ts";
import { FusionPlayError } from "../errors.ts";
import type { CompileCodePath } from "./compile-code-path.ts";
import { compileInlineCode } from "./compile-inline.ts";
import type { ModuleStore } from "./module-store.ts";

export interface InlineCompilerOptions {
  /** Called once, when the first code is compiled. */
  readonly codePath: () => CompileCodePath;
  /** Gets the modules. */
  readonly store: ModuleStore;
  readonly warn: (text: string) => void;
  /** Ends the compilers: of the whole run, as hosts share what is compiled. */
  readonly signal: AbortSignal;
}

/**
 * Makes the function that compiles inline code. The same code is compiled once, also where many
 * hosts ask for it at the same time; one of them giving up does not stop the others. Code with
 * mistakes is compiled once for each place where it stands.
 */
export function inlineCompiler(options: InlineCompilerOptions): ModuleSource["compileInline"] {
  const modules = new Map<string, Promise<string>>();
  /** By code and place, as mistakes are told where the code stands. */
  const atPlaces = new Map<string, Promise<string>>();
  /** What has been compiled is given without a wait: each leaves something behind as long as its signal lives. */
  const compiled = new Map<string, string>();
  // A compiler keeps a processor busy: more of them at once only take longer.
  const limit = pLimit(availableParallelism());
  let codePath: CompileCodePath | undefined;
  const compile = async (code: InlineCode): Promise<string> => {
    codePath ??= options.codePath();
    const { module, file, warnings } = await compileInlineCode(code, { codePath, signal: options.signal });
    if (warnings !== "") options.warn(warnings);
    options.store.add(module, file, `${code.location.file}:${code.location.line}`);
    return module;
  };
  return (code, signal) => {
    const { language, source, variables, isTemplate, location } = code;
    const key = JSON.stringify([language, source, variables, isTemplate]);
    const known = compiled.get(key);
    if (known !== undefined) return Promise.resolve(known);
    const place = JSON.stringify([key, location]);
    const asked = atPlaces.get(place);
    if (asked !== undefined) return unlessAborted(asked, signal);
    // The same code elsewhere is the same module.
    const module = modules.get(key)?.catch(() => limit(compile, code)) ?? limit(compile, code);
    modules.set(key, module);
    atPlaces.set(place, module);
    module.then(
      (name) => compiled.set(key, name),
      (error: unknown) => {
        // Another attempt may end otherwise.
        if (!isMistake(error)) atPlaces.delete(place);
      },
    );
    return unlessAborted(module, signal);
  };
}

function isMistake(error: unknown): boolean {
  return error instanceof FusionPlayError && error.code === "COMPILE_FAILED";
}

/** What ends the wait of all hosts that share a signal: a listener for each would be too many. */
const aborts = new WeakMap<AbortSignal, Promise<never>>();

function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const aborted = aborts.get(signal) ?? rejectOnAbort(signal);
  aborts.set(signal, aborted);
  return Promise.race([aborted, promise]);
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const onAbort = (): void =>
      reject(
        new FusionPlayError("Cannot compile the inline code: the run was stopped", {
          code: "CANCELLED",
          cause: signal.reason,
        }),
      );
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}
