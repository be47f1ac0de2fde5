import { FusionPlayError } from "../errors.ts";
import type { InlineCode } from "../playbook/playbook.ts";

/**
 * Name of the module that inline code becomes, as the BEAM has it. Lines in stack traces belong to
 * the place where the code stands, so the same source at two places makes two modules.
 */
export function inlineModuleName({ language }: InlineCode, digest: string): string {
  const hash = digest.slice(0, 20);
  return language === "elixir" ? `Elixir.FusionPlay.Inline.H${hash}` : `fusion_play_inline_${hash}`;
}

/**
 * The text of an Erlang module with one function, `run`, whose body is the inline code. The
 * compiler's messages name the file and the line where the code stands.
 */
export function erlangInlineModule(module: string, { source, variables, location }: InlineCode): string {
  const parameters = variables.map((name) => erlangVariable(name, location));
  return [
    `-module(${module}).`,
    `-export([run/${parameters.length}]).`,
    // The line after this one counts as one more, and the next is the first of the source.
    `-file(${JSON.stringify(location.file)}, ${Math.max(0, location.line - 2)}).`,
    `run(${parameters.join(", ")}) ->`,
    withoutFinalDot(source),
    // On a line of its own, as the source may end in a comment.
    ".",
    "",
  ].join("\n");
}

/**
 * The text of an Elixir script that makes a module with one function, `run`, whose body is the
 * inline code. The code is parsed apart from the script, so that no text of it can close the
 * function, and messages name the file and the line where it stands.
 */
export function elixirInlineScript(module: string, { source, variables, location }: InlineCode): string {
  for (const name of variables) elixirVariable(name, location);
  const names = variables.map((name) => `:${name}`).join(", ");
  return `
file = ${elixirBinary(location.file)}
line = ${location.line}
body = Code.string_to_quoted!(${elixirBinary(source)}, file: file, line: line)
parameters = for name <- [${names}], do: {name, [line: line], nil}
used = for parameter <- parameters, do: quote(do: _ = unquote(parameter))

code =
  quote do
    @moduledoc false
    def run(unquote_splicing(parameters)) do
      unquote_splicing(used)
      unquote(body)
    end
  end

Module.create(:${JSON.stringify(module)}, code, file: file, line: line)
`;
}

/**
 * Takes the lines about the wrapper out of what a compiler says about inline code, with the stack
 * and the excerpts of it that follow them.
 */
export function withoutWrapper(text: string, wrapper: string): string {
  let isAboutWrapper = false;
  const kept = text.split("\n").filter((line) => {
    const isDetail = /^(%|\s+\(|\s+\S+:\d+: )/.test(line);
    if (line.includes(wrapper)) isAboutWrapper = true;
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
  if (!/^[a-z_][A-Za-z0-9_]*$/.test(name)) throw unusableName(name, "Elixir", location);
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
