/** A part of a run that took time: the run, a play, a host in it, and what was done there. */
export interface Span {
  /** 16 bytes, hexadecimal. */
  readonly traceId: string;
  /** 8 bytes, hexadecimal. */
  readonly spanId: string;
  /** Undefined of the run, unless something else began the trace. */
  readonly parentSpanId: string | undefined;
  readonly name: string;
  /** `client` of what goes to a host, `internal` of all else. */
  readonly kind: "internal" | "client";
  /** In milliseconds since 1970, with fractions. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Attributes;
  readonly events: readonly SpanEvent[];
  /** Why it failed; undefined where it did not, or where that does not count. */
  readonly error: string | undefined;
}

/** Something that happened at a moment of a span. */
export interface SpanEvent {
  readonly name: string;
  readonly atMs: number;
  readonly attributes: Attributes;
}

/** What is known of a span, an event or who sends them; what is undefined is left out. */
export type Attributes = Readonly<Record<string, AttributeValue | undefined>>;

/** Numbers are integers. */
export type AttributeValue = string | number | boolean | readonly string[];
