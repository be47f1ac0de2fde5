import { FusionPlayError } from "../errors.ts";
import type { InlineCode } from "../playbook/playbook.ts";

/** What the code calls its own file: a place in it does not say where the code stands. */
export const INLINE_FILE = { elixir: "fusion_play_inline.ex", erlang: "fusion_play_inline.erl" } as const;

/** In lines of Elixir code, how many of them stand for one line of the source: see {@linkcode elixirInlineScript}. */
export const ELIXIR_LINE = 10_000;

/** Name of the module that inline code becomes, as the BEAM has it: the same code makes the same module. */
export function inlineModuleName({ language }: InlineCode, digest: string): string {
  const hash = digest.slice(0, 20);
  return language === "elixir" ? `Elixir.FusionPlay.Inline.H${hash}` : `fusion_play_inline_${hash}`;
}

/** What stands before the source, in the line in which it begins. */
export function erlangInlineHead({ variables, location }: InlineCode): string {
  return `run(${variables.map((name) => erlangVariable(name, location)).join(", ")}) -> `;
}

/** The text of an Erlang module with one function, `run`, whose body is the inline code. */
export function erlangInlineModule(module: string, code: InlineCode): string {
  return [
    `-module(${module}).`,
    `-export([run/${code.variables.length}]).`,
    // The line after this one counts as one more.
    `-file(${JSON.stringify(INLINE_FILE.erlang)}, 0).`,
    erlangInlineHead(code) + withoutFinalDot(code.source),
    // On a line of its own, as the source may end in a comment.
    ".",
    "",
  ].join("\n");
}

/**
 * The text of an Elixir script that makes a module with one function, `run`, whose body is the
 * inline code. The code is parsed apart from the script, so that no text of it can close the
 * function.
 *
 * Elixir tells mistakes and stack traces by lines. Its lines are given the columns as well: line 2,
 * column 5 becomes line 20005. So places are exact, also where the source is one line and the playbook
 * has it in several.
 */
export function elixirInlineScript(
  module: string,
  { source, variables, isTemplate, location }: InlineCode,
): string {
  for (const name of variables) elixirVariable(name, location);
  const names = variables.map((name) => `:${name}`).join(", ");
  return `
file = ${elixirBinary(INLINE_FILE.elixir)}

place = fn meta ->
  case meta[:line] do
    nil -> meta
    line -> Keyword.put(meta, :line, line * ${ELIXIR_LINE} + min(meta[:column] || 0, ${ELIXIR_LINE - 1}))
  end
end

body =
  ${elixirBinary(source)}
  |> Code.string_to_quoted!(file: file, line: 1, columns: true)
  |> Macro.prewalk(fn
    {name, meta, arguments} when is_list(meta) -> {name, place.(meta), arguments}
    other -> other
  end)

parameters = for name <- [${names}], do: {name, [line: 1], nil}
# The values of a template must be used, all others may be.
used = for parameter <- parameters, not ${isTemplate}, do: quote(do: _ = unquote(parameter))

code =
  quote do
    @moduledoc false
    def run(unquote_splicing(parameters)) do
      unquote_splicing(used)
      unquote(body)
    end
  end

Module.create(:${JSON.stringify(module)}, code, file: file, line: 1)
`;
}

/** How Elixir 1.15 and newer end what they have said of mistakes. */
const SUMMARY = /^\*\* \(CompileError\) \S+: cannot compile module \S+ \(errors have been logged\)$/;

/**
 * Takes the lines about the wrapper out of what a compiler says about inline code, with the stack
 * and the excerpts of it that follow them.
 */
export function withoutWrapper(text: string, wrapper: string): string {
  let isAboutWrapper = false;
  const kept = text.split("\n").filter((line) => {
    const isDetail = /^(%|\s+\(|\s+\S+:\d+: )/.test(line);
    if (line.includes(wrapper) || SUMMARY.test(line)) isAboutWrapper = true;
    else if (!isDetail) isAboutWrapper = false;
    return !isAboutWrapper;
  });
  return kept.join("\n");
}

/** Any text as an Elixir expression, whatever characters it holds. */
function elixirBinary(text: string): string {
  return `Base.decode64!("${Buffer.from(text, "utf8").toString("base64")}")`;
}

/** Erlang's variables start with a capital: the code says `Host` for `host`. */
function erlangVariable(name: string, location: InlineCode["location"]): string {
  const variable = name.charAt(0).toUpperCase() + name.slice(1);
  if (/^[A-Z_][A-Za-z0-9_@]*$/.test(variable)) return variable;
  throw unusableName(name, "Erlang", location);
}

function elixirVariable(name: string, location: InlineCode["location"]): void {
  if (!/^[a-z_][A-Za-z0-9_]*[?!]?$/.test(name)) throw unusableName(name, "Elixir", location);
}

function unusableName(
  name: string,
  language: string,
  { file, line }: InlineCode["location"],
): FusionPlayError {
  return new FusionPlayError(
    `Cannot compile the ${language} code at ${file}:${line}: "${name}" is no name of a variable`,
    { code: "COMPILE_FAILED", hint: "Use lower-case letters, digits and underscores" },
  );
}

/** Cuts the `.` that may end the last expression; what comments follow it goes as well. */
function withoutFinalDot(source: string): string {
  // Comments, strings, quoted atoms and characters are skipped whole; what is left is code.
  const token = /%[^\n]*|"(?:\\[\s\S]|[^"\\])*"|'(?:\\[\s\S]|[^'\\])*'|\$(?:\\[\s\S]|[^\\])|\s+|[\s\S]/g;
  const last = Array.from(source.matchAll(token)).findLast(([text]) => !/^(%|\s)/.test(text));
  return last?.[0] === "." ? source.slice(0, last.index) : source;
}
