import { segmentBits } from "./bit-segment.ts";
import { bitsToTerm, joinBits } from "./bit-sequence.ts";
import type { BitSegment, TermSyntax, VariableSyntax } from "./syntax.ts";
import type { TokenStream } from "./token-stream.ts";

/** What is written about a segment of `<<…>>`, before the kind's own rules fill the gaps. */
export interface SegmentSpec {
  readonly kind?: BitSegment["kind"];
  readonly size?: number | VariableSyntax;
  readonly unit?: number;
  readonly isSigned?: boolean;
  readonly isLittleEndian?: boolean;
}

const WORDS: ReadonlyMap<string, SegmentSpec> = new Map<string, SegmentSpec>([
  ["integer", { kind: "integer" }],
  ["float", { kind: "float" }],
  ["binary", { kind: "binary" }],
  ["bytes", { kind: "binary" }],
  ["bitstring", { kind: "binary", unit: 1 }],
  ["bits", { kind: "binary", unit: 1 }],
  ["utf8", { kind: "utf8" }],
  ["utf16", { kind: "utf16" }],
  ["utf32", { kind: "utf32" }],
  ["signed", { isSigned: true }],
  ["unsigned", { isSigned: false }],
  ["big", { isLittleEndian: false }],
  ["little", { isLittleEndian: true }],
]);

/** What a word such as `utf8` or `little` says about a segment. */
export function segmentWord(word: string): SegmentSpec | undefined {
  return WORDS.get(word);
}

/** Completes a segment; `defaultKind` is that of a value of which nothing is said. */
export function completeSegment(
  value: TermSyntax,
  spec: SegmentSpec,
  defaultKind: BitSegment["kind"],
): BitSegment {
  const kind = spec.kind ?? defaultKind;
  return {
    value,
    kind,
    size: spec.size ?? (kind === "integer" ? 8 : kind === "float" ? 64 : undefined),
    unit: spec.unit ?? (kind === "binary" ? 8 : 1),
    isSigned: spec.isSigned ?? false,
    isLittleEndian: spec.isLittleEndian ?? false,
  };
}

/** Makes `<<…>>` of its segments: a literal, unless a part of it is not known yet. */
export function bitsSyntax(stream: TokenStream, segments: readonly BitSegment[], offset: number): TermSyntax {
  const parts = segments.map(({ value, size, ...layout }) => {
    if (value.type !== "literal" || typeof size === "object") return undefined;
    return segmentBits(value.term, { ...layout, size }, (state) => stream.error(state, value));
  });
  if (parts.every((part) => part !== undefined)) {
    return { type: "literal", term: bitsToTerm(joinBits(parts)), offset };
  }
  if (stream.isPattern) checkPattern(stream, segments);
  return { type: "bits", segments, offset };
}

/** What would be an error of the compiler: it depends on what the segments before have bound. */
function checkPattern(stream: TokenStream, segments: readonly BitSegment[]): void {
  const bound = new Set<string>();
  for (const [index, { value, kind, size }] of segments.entries()) {
    if (value.type === "variable") {
      if (kind === "binary" && size === undefined && index < segments.length - 1) {
        throw stream.error("only the last segment may be a binary without size", value);
      }
      bound.add(value.name);
    } else if (value.type !== "literal") {
      throw stream.error("a segment of a pattern is a literal or a variable", value);
    }
    if (typeof size === "object" && !bound.has(size.name)) {
      throw stream.error(`the size ${size.name} is not bound by a segment before`, size);
    }
  }
}
