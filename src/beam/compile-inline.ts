import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { InlineCode } from "../playbook/playbook.ts";
import { cacheKey, compileOnce } from "./compile-cache.ts";
import type { CompileCodePath } from "./compile-code-path.ts";
import { findCompiler, runCompiler } from "./compiler.ts";
import { checkTemplateValues, placedMessages, withoutUnusedVariables } from "./inline-messages.ts";
import { elixirInlineScript, erlangInlineModule, inlineModuleName, withoutWrapper } from "./inline-module.ts";

export interface InlineModule {
  readonly module: string;
  /** The `.beam` file. */
  readonly file: string;
  readonly warnings: string;
}

/**
 * Compiles inline code into a module whose only function is `run`, with one argument for each
 * variable. What was compiled before is taken from the cache folder.
 *
 * @throws {FusionPlayError} `COMPILE_FAILED`, `COMPILER_NOT_FOUND`
 */
export async function compileInlineCode(
  code: InlineCode,
  { codePath, signal }: { codePath: CompileCodePath; signal: AbortSignal },
): Promise<InlineModule> {
  const { language, source, variables, location, isTemplate } = code;
  const compiler = await findCompiler(language, signal);
  const module = inlineModuleName(code, cacheKey(["inline", language, source, variables]));
  const text = language === "elixir" ? elixirInlineScript(module, code) : erlangInlineModule(module, code);
  const key = cacheKey(["inline", compiler.version, text, isTemplate, codePath.digest]);
  const { folder, warnings } = await compileOnce(key, async (output) => {
    const workshop = `${output}.source`;
    mkdirSync(workshop, { mode: 0o700 });
    const file = join(workshop, language === "elixir" ? "inline.exs" : `${module}.erl`);
    writeFileSync(file, text, { mode: 0o600 });
    const said = await runCompiler(compiler, {
      args: [...OPTIONS[language], ...codePath.folders.flatMap((path) => ["-pa", path]), "-o", output, file],
      subject: `the ${language === "elixir" ? "Elixir" : "Erlang"} code at ${location.file}:${location.line}`,
      cwd: workshop,
      tidy: (said) => withoutWrapper(said, basename(file)),
      word: (said) => placedMessages(withoutUnusedVariables(said), code),
      signal,
    });
    rmSync(workshop, { recursive: true });
    return { warnings: said };
  });
  checkTemplateValues(warnings, code);
  return {
    module,
    file: join(folder, `${module}.beam`),
    warnings: placedMessages(withoutUnusedVariables(warnings), code),
  };
}

const OPTIONS = {
  elixir: ["--no-debug-info", "--no-docs"],
  erlang: ["+deterministic"],
} as const;
