import type { ModuleSource } from "../engine/module-source.ts";
import type { InlineCode, Location } from "../playbook/playbook.ts";
import { inlineCompiler, type InlineCompilerOptions } from "./inline-compiler.ts";
import { locateInline, sourcePlace } from "./inline-place.ts";

/** The modules that inline code becomes, and where their lines stand in playbooks. */
export interface CompiledInline {
  readonly compile: ModuleSource["compileInline"];
  readonly locate: ModuleSource["locateInline"];
  /** Tells of a module that was compiled where its lines stand; undefined of any other one. */
  placesOf(module: string): ((line: number) => Location | undefined) | undefined;
}

/** Makes what compiles inline code, and remembers what modules were compiled from. */
export function compiledInline(options: InlineCompilerOptions): CompiledInline {
  const compile = inlineCompiler(options);
  /** What they were compiled from. */
  const codes = new Map<string, InlineCode>();
  const locate = (code: InlineCode, line: number): Location | undefined =>
    locateInline(code, sourcePlace(code, { line }));
  return {
    compile: async (code, signal) => {
      const module = await compile(code, signal);
      if (!codes.has(module)) codes.set(module, code);
      return module;
    },
    locate,
    placesOf: (module) => {
      const code = codes.get(module);
      return code && ((line) => locate(code, line));
    },
  };
}
