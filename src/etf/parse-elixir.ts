import { parseElixirBits, prefixSyntax } from "./parse-elixir-bits.ts";
import { lexElixir } from "./lex-elixir.ts";
import { negated } from "./number-syntax.ts";
import type { SourceText } from "./source-text.ts";
import type { ListSyntax, LiteralSyntax, MapSyntax, TermSyntax, VariableSyntax } from "./syntax.ts";
import { atom, Atom, Export, isAtom, type Term } from "./term.ts";
import { utf8Text } from "./utf8-text.ts";
import { TokenStream } from "./token-stream.ts";
import type { Token } from "./token.ts";

/** Splits text in Elixir's notation for {@linkcode parseElixir}. */
export function elixirStream(source: SourceText): TokenStream {
  return new TokenStream(source, lexElixir(source));
}

/** Words that are no variables. */
const RESERVED: ReadonlySet<string> = new Set(
  "after and catch do else end fn in not or rescue when __MODULE__ __ENV__ __DIR__ __CALLER__".split(" "),
);

/** Reads one term or pattern in Elixir's notation. */
export function parseElixir(stream: TokenStream): TermSyntax {
  const left = parsePrimary(stream);
  if (!stream.isPattern) return stream.takeSymbol("..") ? parseRange(stream, left) : left;
  const token = stream.peek();
  if (stream.takeSymbol("=")) {
    return { type: "alias", left, right: parseElixir(stream), offset: token.offset };
  }
  if (stream.takeSymbol("<>")) return prefixSyntax(stream, left, parseElixir(stream));
  if (!stream.takeSymbol("++")) return left;
  const elements = elementsOf(left);
  if (elements === undefined) throw stream.error("only a list may stand before ++", left);
  return { type: "list", elements, tail: parseElixir(stream), offset: left.offset };
}

/** What follows the dots of `1..10` and `1..10//2`, as the struct that Elixir makes of a range. */
function parseRange(stream: TokenStream, first: TermSyntax): MapSyntax {
  const { offset } = first;
  const literal = (term: Term): LiteralSyntax => ({ type: "literal", term, offset });
  const last = parsePrimary(stream);
  const step = parseStep(stream) ?? literal(isDescending(first, last) ? -1 : 1);
  for (const part of [first, last, step]) {
    if (!isWholeNumber(part)) throw stream.error("a range is made of whole numbers", part);
  }
  if (step.type === "literal" && step.term === 0) throw stream.error("the step of a range is 0", step);
  const fields = Object.entries({ first, last, step });
  return {
    type: "map",
    entries: [
      [structKey(offset), literal(atom("Elixir.Range"))],
      ...fields.map(([name, value]) => [literal(atom(name)), value] as const),
    ],
    offset,
  };
}

function parseStep(stream: TokenStream): TermSyntax | undefined {
  if (!stream.isSymbol("/") || !stream.isSymbol("/", 1)) return undefined;
  stream.next();
  stream.next();
  return parsePrimary(stream);
}

/** Ranges without a step go down where their ends do. */
function isDescending(first: TermSyntax, last: TermSyntax): boolean {
  return first.type === "literal" && last.type === "literal" && last.term < first.term;
}

/** Also what is known only later, as it is filled in. */
function isWholeNumber(syntax: TermSyntax): boolean {
  if (syntax.type !== "literal") return syntax.type === "placeholder";
  return typeof syntax.term === "number" || typeof syntax.term === "bigint";
}

function elementsOf(syntax: TermSyntax): readonly TermSyntax[] | undefined {
  if (syntax.type === "list" && syntax.tail === undefined) return syntax.elements;
  if (syntax.type !== "literal" || !Array.isArray(syntax.term)) return undefined;
  return syntax.term.map((term) => ({ type: "literal" as const, term, offset: syntax.offset }));
}

/**
 * Reads terms up to `close`, which is taken. Keywords at the end are one element, a keyword list.
 */
export function parseElixirSequence(
  stream: TokenStream,
  { close, offset, commaMayEnd }: { close: string; offset: number; commaMayEnd: boolean },
): TermSyntax[] {
  const { elements, keywords } = parseElements(stream, { close, commaMayEnd });
  stream.expectClosing(close, offset);
  return keywords === undefined ? elements : [...elements, keywords];
}

function parseElements(
  stream: TokenStream,
  { close, commaMayEnd }: { close: string; commaMayEnd: boolean },
): { elements: TermSyntax[]; keywords: ListSyntax | undefined } {
  const elements: TermSyntax[] = [];
  if (stream.isSymbol(close)) return { elements, keywords: undefined };
  do {
    if (elements.length > 0 && commaMayEnd && stream.isSymbol(close)) break;
    if (stream.peek().type === "key") return { elements, keywords: parseKeywords(stream, close) };
    elements.push(stream.nest(() => parseElixir(stream)));
  } while (stream.takeSymbol(","));
  return { elements, keywords: undefined };
}

function parseKeywords(stream: TokenStream, close: string): ListSyntax {
  const { offset } = stream.peek();
  const elements = parseKeyValues(stream, close).map(([key, value]) => ({
    type: "tuple" as const,
    elements: [key, value],
    offset: key.offset,
  }));
  return { type: "list", elements, tail: undefined, offset };
}

function parseKeyValues(stream: TokenStream, close: string): [TermSyntax, TermSyntax][] {
  const pairs: [TermSyntax, TermSyntax][] = [];
  do {
    const token = stream.peek();
    if (pairs.length > 0 && stream.isSymbol(close)) break;
    if (token.type !== "key") {
      throw stream.error("keywords are followed by something else", token, "Write keywords last");
    }
    stream.next();
    pairs.push([token.atom, stream.nest(() => parseElixir(stream))]);
  } while (stream.takeSymbol(","));
  return pairs;
}

function parsePrimary(stream: TokenStream): TermSyntax {
  const token = stream.peek();
  switch (token.type) {
    case "value":
      stream.next();
      if (stream.isSymbol(".")) throw callError(stream, token);
      return token.syntax;
    case "name":
      return parseVariable(stream, token);
    case "capital": {
      const alias = parseAlias(stream);
      if (stream.isSymbol(".")) throw callError(stream, token);
      return alias;
    }
    case "symbol":
      return parseSymbol(stream, token);
    case "key":
      throw stream.error(
        `the keyword "${stream.textOf(token)}" stands outside of a list`,
        token,
        "Put keywords in [ ]",
      );
    default:
      throw stream.unexpected("a value");
  }
}

function callError(stream: TokenStream, token: Token): Error {
  return stream.error(`"${stream.textOf(token)}" is called inside`, token, stream.codeHint);
}

function parseVariable(stream: TokenStream, token: Token & { type: "name" }): VariableSyntax {
  const { text, offset } = token;
  if (text === "fn") throw stream.error("an anonymous function is code", token, stream.codeHint);
  if (stream.isSymbol("(", 1)) throw callError(stream, token);
  if (RESERVED.has(text)) throw stream.unexpected("a value");
  if (!stream.isPattern) throw stream.variableError(token);
  stream.next();
  return { type: "variable", name: text, offset };
}

/** `Foo.Bar`, as an atom. */
export function parseAlias(stream: TokenStream): LiteralSyntax & { readonly term: Atom } {
  const first = stream.next() as Token & { type: "capital" };
  const names = [first.text];
  for (let name = stream.peek(1); stream.isSymbol(".") && name.type === "capital"; name = stream.peek(1)) {
    names.push(name.text);
    stream.next();
    stream.next();
  }
  const name = names[0] === "Elixir" ? names.join(".") : `Elixir.${names.join(".")}`;
  return { type: "literal", term: stream.atom(name, first), offset: first.offset };
}

function parseSymbol(stream: TokenStream, token: Token & { type: "symbol" }): TermSyntax {
  const { offset, text } = token;
  switch (text) {
    case "{":
      stream.next();
      return {
        type: "tuple",
        elements: parseElixirSequence(stream, { close: "}", offset, commaMayEnd: true }),
        offset,
      };
    case "[":
      return parseList(stream);
    case "%":
      return parseMap(stream);
    case "<<":
      return parseElixirBits(stream, parseElixir);
    case "&":
      return parseCapture(stream);
    case "-":
    case "+":
      return parseSigned(stream);
    case "(": {
      stream.next();
      const inner = stream.nest(() => parseElixir(stream));
      stream.expectClosing(")", offset);
      return inner;
    }
    case "^":
      throw stream.error("a pin has no value here", token, "Bind a new variable and compare it in that:");
    case "#":
      throw stream.error(
        '"#" starts no literal',
        token,
        "Pids, references and functions are passed on as ${{ … }}",
      );
    default:
      throw stream.unexpected("a value");
  }
}

function parseSigned(stream: TokenStream): TermSyntax {
  const sign = stream.next() as Token & { type: "symbol" };
  const token = stream.peek();
  const literal = token.type === "value" && token.syntax.type === "literal" ? token.syntax : undefined;
  const term = literal === undefined ? undefined : negated(literal.term);
  if (literal === undefined || term === undefined) throw stream.unexpected("a number");
  stream.next();
  return { type: "literal", term: sign.text === "-" ? term : literal.term, offset: sign.offset };
}

function parseList(stream: TokenStream): ListSyntax {
  const { offset } = stream.next();
  const { elements, keywords } = parseElements(stream, { close: "]", commaMayEnd: true });
  if (keywords !== undefined) elements.push(...keywords.elements);
  const hasTail = keywords === undefined && elements.length > 0 && stream.takeSymbol("|");
  const tail = hasTail ? stream.nest(() => parseElixir(stream)) : undefined;
  stream.expectClosing("]", offset);
  return { type: "list", elements, tail, offset };
}

/** `%{…}` and `%Struct{…}` */
function parseMap(stream: TokenStream): MapSyntax {
  const { offset } = stream.next();
  const entries: [TermSyntax, TermSyntax][] = [];
  const name = stream.peek();
  if (name.type === "capital") entries.push([structKey(offset), parseAlias(stream)]);
  else if (name.type === "name") entries.push([structKey(offset), parseVariable(stream, name)]);
  stream.expectSymbol("{");
  if (stream.takeSymbol("}")) return { type: "map", entries, offset };
  do {
    if (stream.isSymbol("}")) break;
    if (stream.peek().type === "key") {
      entries.push(...parseKeyValues(stream, "}"));
      break;
    }
    const key = stream.nest(() => parseElixir(stream));
    if (stream.isSymbol("|"))
      throw stream.error("an update of a map is code", stream.peek(), stream.codeHint);
    stream.expectSymbol("=>");
    entries.push([key, stream.nest(() => parseElixir(stream))]);
  } while (stream.takeSymbol(","));
  stream.expectClosing("}", offset);
  return { type: "map", entries, offset };
}

function structKey(offset: number): LiteralSyntax {
  return { type: "literal", term: atom("__struct__"), offset };
}

/** `&Enum.map/2` */
function parseCapture(stream: TokenStream): LiteralSyntax {
  const token = stream.next();
  const module = parseElixirModule(stream);
  if (module === undefined || !stream.isSymbol(".")) {
    throw stream.error("an anonymous function is code", token, stream.codeHint);
  }
  stream.next();
  const name = parseElixirFunction(stream);
  stream.expectSymbol("/");
  const arity = stream.peek();
  const term = arity.type === "value" && arity.syntax.type === "literal" ? arity.syntax.term : undefined;
  if (typeof term !== "number") throw stream.unexpected("an arity");
  stream.next();
  return { type: "literal", term: new Export(module, name, term), offset: token.offset };
}

/** Reads `Foo.Bar` or `:foo` as the name of a module; undefined, and nothing read, where there is none. */
export function parseElixirModule(stream: TokenStream): string | undefined {
  const token = stream.peek();
  if (token.type === "capital") return parseAlias(stream).term.name;
  if (token.type !== "value" || token.syntax.type !== "literal") return undefined;
  if (!isAtom(token.syntax.term)) return undefined;
  stream.next();
  return token.syntax.term.name;
}

/** Reads what follows the dot of a call: `map`, `"any name"`, `+`. */
export function parseElixirFunction(stream: TokenStream): string {
  const token = stream.peek();
  const term = token.type === "value" && token.syntax.type === "literal" ? token.syntax.term : undefined;
  const name =
    token.type === "name"
      ? stream.atom(token.text, token).name
      : term instanceof Atom
        ? term.name
        : term instanceof Uint8Array
          ? utf8Text(term)
          : undefined;
  if (name === undefined) throw stream.unexpected("a function");
  stream.next();
  return name;
}
