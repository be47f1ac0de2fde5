import type { TermLanguage } from "./language.ts";
import { elixirStream, parseElixirFunction, parseElixirModule, parseElixirSequence } from "./parse-elixir.ts";
import { erlangStream, parseErlangAtom, parseErlangSequence } from "./parse-erlang.ts";
import { SourceText } from "./source-text.ts";
import type { CallSyntax } from "./syntax.ts";
import type { TokenStream } from "./token-stream.ts";

/**
 * Reads a call in Elixir's or Erlang's notation: `RemoteHealth.check()`, `:rpc.call(:a@b, …)`,
 * `os:cmd("hostname")`. Its arguments are literals and placeholders.
 *
 * @throws {TermSyntaxError}
 */
export function parseCall(text: string): CallSyntax {
  const source = new SourceText(text, "call");
  return languageOf(source) === "elixir"
    ? parseElixirCall(elixirStream(source))
    : parseErlangCall(erlangStream(source));
}

/** What comes before a call: blanks and comments. */
const LEADING = /(?:\s+|[#%][^\n]*)*/y;

/** Tells the language by what the call begins with. */
function languageOf(source: SourceText): TermLanguage {
  const start = source.match(LEADING, 0)?.length ?? 0;
  const fail = (state: string, hint: string): Error => source.error(state, { offset: start, hint });
  const [, module = "", name = ""] = /^([\w.]+|'[^']*')\s*:\s*(\w*)/.exec(source.text.slice(start)) ?? [];
  if (/^[A-Z]/.test(module)) {
    throw fail(
      `"${module}:" is neither Elixir nor Erlang`,
      `Write ${module}.${name}(…) or 'Elixir.${module}':${name}(…)`,
    );
  }
  if (source.match(/[:A-Z]/y, start) !== undefined) return "elixir";
  if (source.match(/'/y, start) !== undefined || module !== "") return "erlang";
  const word = source.match(/[a-z]\w*/y, start);
  const dotted = /^\w+\.(\w+)/.exec(source.text.slice(start))?.[1];
  if (word !== undefined && dotted !== undefined) {
    throw fail(
      `"${word}." is neither Elixir nor Erlang`,
      `Write :${word}.${dotted}(…) or ${word}:${dotted}(…)`,
    );
  }
  if (word !== undefined) {
    const isCommand = /^[\w-]+\s+[^(\s]/.test(source.text.slice(start));
    const command = source.text.trim().replaceAll(/["\\]/g, "\\$&");
    throw isCommand
      ? fail("it is no call of a function", `To run a program, write os:cmd("${command}")`)
      : fail("the module is missing", `Write Module.${word}(…) or module:${word}(…)`);
  }
  throw fail("it starts with no module", "Write Module.function(…) or module:function(…)");
}

function parseElixirCall(stream: TokenStream): CallSyntax {
  const first = stream.peek();
  const module = parseElixirModule(stream);
  if (module === undefined) throw stream.unexpected("a module");
  if (!stream.takeSymbol(".")) {
    const written = stream.source.text.slice(first.offset, stream.peek().offset).trim();
    throw stream.error("the function is missing", stream.peek(), `Write ${written}.function(…)`);
  }
  const name = parseElixirFunction(stream);
  const open = stream.peek();
  if (!stream.takeSymbol("(")) {
    if (open.type !== "end") throw notEnded(stream, `Put the arguments in parentheses: ${name}(…)`);
    return { language: "elixir", module, function: name, args: [] };
  }
  const args = parseElixirSequence(stream, { close: ")", offset: open.offset, commaMayEnd: false });
  if (stream.peek().type !== "end") throw notEnded(stream, stream.codeHint);
  return { language: "elixir", module, function: name, args };
}

function parseErlangCall(stream: TokenStream): CallSyntax {
  const module = parseErlangAtom(stream, "a module");
  stream.expectSymbol(":");
  const name = parseErlangAtom(stream, "a function");
  const open = stream.peek();
  if (!stream.takeSymbol("(")) {
    throw stream.error("the arguments are missing", open, `Write ${module}:${name}()`);
  }
  const args = parseErlangSequence(stream, ")", open.offset);
  stream.takeSymbol(".");
  if (stream.peek().type !== "end") throw notEnded(stream, stream.codeHint);
  return { language: "erlang", module, function: name, args };
}

/** Something follows the call: a pipe, an operator, another call. */
function notEnded(stream: TokenStream, hint: string): Error {
  const token = stream.peek();
  return stream.error(`"${stream.textOf(token)}" follows the call`, token, hint);
}
