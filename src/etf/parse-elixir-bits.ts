import { bitsSyntax, completeSegment, segmentWord, type SegmentSpec } from "./bit-syntax.ts";
import type { BitSegment, TermSyntax } from "./syntax.ts";
import { BitString } from "./term.ts";
import type { TokenStream } from "./token-stream.ts";

/** Reads `<<…>>`; `parseValue` reads the value of a segment. */
export function parseElixirBits(
  stream: TokenStream,
  parseValue: (stream: TokenStream) => TermSyntax,
): TermSyntax {
  const { offset } = stream.next();
  const segments: BitSegment[] = [];
  while (!stream.isSymbol(">>")) {
    const value = stream.nest(() => parseValue(stream));
    segments.push(...segmentsOf(value, stream.takeSymbol("::") ? parseSpec(stream) : {}));
    if (!stream.takeSymbol(",")) break;
  }
  stream.expectClosing(">>", offset);
  return bitsSyntax(stream, segments, offset);
}

/** Makes `"prefix" <> rest` of a pattern: a binary that begins so. */
export function prefixSyntax(stream: TokenStream, left: TermSyntax, right: TermSyntax): TermSyntax {
  if (left.type !== "literal" || !(left.term instanceof Uint8Array)) {
    throw stream.error("only text in quotes may stand before <>", left);
  }
  const segments = [...segmentsOf(left, {}), ...segmentsOf(right, { kind: "binary" })];
  return bitsSyntax(stream, segments, left.offset);
}

/** A binary inside of a binary is what it holds. */
function segmentsOf(value: TermSyntax, spec: SegmentSpec): readonly BitSegment[] {
  const isPlain = spec.size === undefined && (spec.kind ?? "binary") === "binary";
  if (value.type === "bits" && isPlain) return value.segments;
  if (value.type === "literal" && value.term instanceof BitString && isPlain) {
    return [completeSegment(value, { unit: 1, ...spec }, "binary")];
  }
  return [completeSegment(value, spec, isBinary(value) ? "binary" : "integer")];
}

function isBinary(value: TermSyntax): boolean {
  if (value.type === "text") return value.form === "binary";
  return value.type === "bits" || (value.type === "literal" && value.term instanceof Uint8Array);
}

/** `8`, `size(8)-little`, `binary-size(n)` */
function parseSpec(stream: TokenStream): SegmentSpec {
  let spec: SegmentSpec = {};
  do spec = { ...spec, ...parseSpecifier(stream) };
  while (stream.takeSymbol("-"));
  return spec;
}

function parseSpecifier(stream: TokenStream): SegmentSpec {
  const token = stream.peek();
  if (token.type !== "name") return { size: parseSize(stream) };
  if ((token.text === "size" || token.text === "unit") && stream.isSymbol("(", 1)) {
    stream.next();
    const open = stream.next();
    const size = parseSize(stream);
    stream.expectClosing(")", open.offset);
    if (token.text === "size") return { size };
    if (typeof size !== "number") throw stream.error("a unit is a number", token);
    return { unit: size };
  }
  const spec = segmentWord(token.text);
  if (spec === undefined) throw stream.error(`"${token.text}" is no type of a segment`, token);
  stream.next();
  return spec;
}

function parseSize(stream: TokenStream): NonNullable<SegmentSpec["size"]> {
  const token = stream.peek();
  if (token.type === "name") {
    if (!stream.isPattern) throw stream.variableError(token);
    stream.next();
    return { type: "variable", name: token.text, offset: token.offset };
  }
  const term = token.type === "value" && token.syntax.type === "literal" ? token.syntax.term : undefined;
  if (typeof term !== "number") throw stream.unexpected("a size");
  stream.next();
  return term;
}
