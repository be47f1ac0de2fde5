import { bitsSyntax, completeSegment, segmentWord, type SegmentSpec } from "./bit-syntax.ts";
import { isReservedInErlang } from "./erlang-atom.ts";
import { lexErlang } from "./lex-erlang.ts";
import { negated } from "./number-syntax.ts";
import type { SourceText } from "./source-text.ts";
import type { BitSegment, TermSyntax } from "./syntax.ts";
import { Export, isAtom } from "./term.ts";
import { TokenStream } from "./token-stream.ts";
import type { Token } from "./token.ts";

/** Splits text in Erlang's notation for {@linkcode parseErlang}. */
export function erlangStream(source: SourceText): TokenStream {
  return new TokenStream(source, lexErlang(source));
}

/** Reads one term or pattern in Erlang's notation. */
export function parseErlang(stream: TokenStream): TermSyntax {
  const left = parsePrimary(stream);
  if (!stream.isPattern) return left;
  const { offset } = stream.peek();
  if (stream.takeSymbol("=")) return { type: "alias", left, right: parseErlang(stream), offset };
  if (!stream.isSymbol("++")) return left;
  if (left.type !== "literal" || !Array.isArray(left.term)) {
    throw stream.error("only a string may stand before ++", left);
  }
  stream.next();
  const elements = left.term.map((term) => ({ type: "literal" as const, term, offset: left.offset }));
  return { type: "list", elements, tail: parseErlang(stream), offset: left.offset };
}

/** Reads terms up to `close`, which is taken. */
export function parseErlangSequence(stream: TokenStream, close: string, openOffset: number): TermSyntax[] {
  const elements: TermSyntax[] = [];
  if (stream.takeSymbol(close)) return elements;
  do elements.push(stream.nest(() => parseErlang(stream)));
  while (stream.takeSymbol(","));
  stream.expectClosing(close, openOffset);
  return elements;
}

function parsePrimary(stream: TokenStream): TermSyntax {
  const token = stream.peek();
  switch (token.type) {
    case "value":
      stream.next();
      refuseCall(stream, token);
      return token.syntax;
    case "name":
      return parseName(stream, token);
    case "capital":
      if (!stream.isPattern) throw stream.variableError(token);
      stream.next();
      return { type: "variable", name: token.text, offset: token.offset };
    case "symbol":
      return parseSymbol(stream, token);
    default:
      throw stream.unexpected("a value");
  }
}

function parseName(stream: TokenStream, token: Token & { type: "name" }): TermSyntax {
  const { text, offset } = token;
  if (text === "fun") return parseFun(stream);
  if (isReservedInErlang(text)) {
    throw stream.error(`"${text}" is a word of Erlang`, token, `Write '${text}' for the atom`);
  }
  stream.next();
  refuseCall(stream, token);
  return { type: "literal", term: stream.atom(text, token), offset };
}

function refuseCall(stream: TokenStream, token: Token): void {
  if (stream.isSymbol("(") || stream.isSymbol(":")) {
    throw stream.error(`"${stream.textOf(token)}" is called inside`, token, stream.codeHint);
  }
}

/** `fun lists:map/2` */
function parseFun(stream: TokenStream): TermSyntax {
  const token = stream.next();
  if (stream.isSymbol("(")) throw stream.error("a fun with a body is code", token, stream.codeHint);
  const module = parseErlangAtom(stream, "a module");
  stream.expectSymbol(":");
  const name = parseErlangAtom(stream, "a function");
  stream.expectSymbol("/");
  const arity = parseCount(stream, "an arity");
  return { type: "literal", term: new Export(module, name, arity), offset: token.offset };
}

/** Reads the name of a module or function. */
export function parseErlangAtom(stream: TokenStream, wanted: string): string {
  const token = stream.peek();
  if (token.type === "name") {
    stream.next();
    return stream.atom(token.text, token).name;
  }
  if (token.type === "value" && token.syntax.type === "literal" && isAtom(token.syntax.term)) {
    stream.next();
    return token.syntax.term.name;
  }
  throw stream.unexpected(wanted);
}

function parseCount(stream: TokenStream, wanted: string): number {
  const token = stream.peek();
  const term = token.type === "value" && token.syntax.type === "literal" ? token.syntax.term : undefined;
  if (typeof term !== "number" || term < 0) throw stream.unexpected(wanted);
  stream.next();
  return term;
}

function parseSymbol(stream: TokenStream, token: Token & { type: "symbol" }): TermSyntax {
  const { offset, text } = token;
  switch (text) {
    case "{":
      stream.next();
      return { type: "tuple", elements: parseErlangSequence(stream, "}", offset), offset };
    case "[":
      return parseList(stream);
    case "#":
      return parseMap(stream);
    case "<<":
      return parseBits(stream);
    case "-":
    case "+":
      return parseSigned(stream);
    case "(": {
      stream.next();
      const inner = stream.nest(() => parseErlang(stream));
      stream.expectClosing(")", offset);
      return inner;
    }
    case "<":
      throw stream.error("a pid cannot be written as text", token, "Pass a registered result as ${{ … }}");
    default:
      throw stream.unexpected("a value");
  }
}

function parseSigned(stream: TokenStream): TermSyntax {
  const sign = stream.next() as Token & { type: "symbol" };
  const { syntax } = stream.peek() as Token & { type: "value" };
  const term = syntax?.type === "literal" ? negated(syntax.term) : undefined;
  if (syntax?.type !== "literal" || term === undefined) throw stream.unexpected("a number");
  stream.next();
  return { type: "literal", term: sign.text === "-" ? term : syntax.term, offset: sign.offset };
}

function parseList(stream: TokenStream): TermSyntax {
  const { offset } = stream.next();
  const elements: TermSyntax[] = [];
  if (stream.takeSymbol("]")) return { type: "list", elements, tail: undefined, offset };
  do elements.push(stream.nest(() => parseErlang(stream)));
  while (stream.takeSymbol(","));
  if (stream.isSymbol("||")) throw stream.error("a comprehension is code", stream.peek(), stream.codeHint);
  const tail = stream.takeSymbol("|") ? stream.nest(() => parseErlang(stream)) : undefined;
  stream.expectClosing("]", offset);
  return { type: "list", elements, tail, offset };
}

function parseMap(stream: TokenStream): TermSyntax {
  const token = stream.next();
  const { offset } = token;
  if (!stream.takeSymbol("{")) {
    const hint = "Write a record as a tuple; pids, references and funs are passed on as ${{ … }}";
    throw stream.error('"#" starts no literal', token, hint);
  }
  const entries: [TermSyntax, TermSyntax][] = [];
  if (stream.takeSymbol("}")) return { type: "map", entries, offset };
  do entries.push(stream.nest(() => parseEntry(stream)));
  while (stream.takeSymbol(","));
  stream.expectClosing("}", offset);
  return { type: "map", entries, offset };
}

function parseEntry(stream: TokenStream): [TermSyntax, TermSyntax] {
  const key = parseErlang(stream);
  const [arrow, other] = stream.isPattern ? [":=", "=>"] : ["=>", ":="];
  if (stream.isSymbol(other)) {
    throw stream.error(`"${other}" stands here for "${arrow}"`, stream.peek(), `Write ${arrow}`);
  }
  stream.expectSymbol(arrow);
  return [key, parseErlang(stream)];
}

function parseBits(stream: TokenStream): TermSyntax {
  const { offset } = stream.next();
  const segments: BitSegment[] = [];
  if (!stream.takeSymbol(">>")) {
    do segments.push(stream.nest(() => parseSegment(stream)));
    while (stream.takeSymbol(","));
    stream.expectClosing(">>", offset);
  }
  return bitsSyntax(stream, segments, offset);
}

/** `Value:Size/type-specifiers` */
function parseSegment(stream: TokenStream): BitSegment {
  const value = parseSegmentValue(stream);
  let spec: SegmentSpec = stream.takeSymbol(":") ? { size: parseSize(stream) } : {};
  if (stream.takeSymbol("/")) {
    do spec = { ...spec, ...parseSpecifier(stream) };
    while (stream.takeSymbol("-"));
  }
  return completeSegment(value, spec, "integer");
}

/** A number may be followed by its size, which looks like a call otherwise. */
function parseSegmentValue(stream: TokenStream): TermSyntax {
  const token = stream.peek();
  if (token.type !== "value") return parsePrimary(stream);
  stream.next();
  return token.syntax;
}

function parseSize(stream: TokenStream): NonNullable<SegmentSpec["size"]> {
  const token = stream.peek();
  if (token.type !== "capital") return parseCount(stream, "a size");
  if (!stream.isPattern) throw stream.variableError(token);
  stream.next();
  return { type: "variable", name: token.text, offset: token.offset };
}

function parseSpecifier(stream: TokenStream): SegmentSpec {
  const token = stream.peek();
  if (token.type !== "name") throw stream.unexpected("the type of a segment");
  if (token.text === "unit" && stream.isSymbol(":", 1)) {
    stream.next();
    stream.next();
    return { unit: parseCount(stream, "a unit") };
  }
  const spec = segmentWord(token.text);
  if (spec === undefined) throw stream.error(`"${token.text}" is no type of a segment`, token);
  stream.next();
  return spec;
}
