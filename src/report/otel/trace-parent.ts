/** What began the trace that a run is a part of. */
export interface TraceParent {
  /** 16 bytes, hexadecimal. */
  readonly traceId: string;
  /** 8 bytes, hexadecimal. */
  readonly spanId: string;
  /** Whether the trace is recorded. */
  readonly isSampled: boolean;
}

const VERSION_0 = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/;

/** Later versions may have more parts. */
const LATER = /^(?!00|ff)[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})-/;

/**
 * Parses what the environment variable `TRACEPARENT` holds; gives undefined for what is none.
 *
 *     version "-" trace-id "-" parent-id "-" trace-flags
 *
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function parseTraceParent(text: string): TraceParent | undefined {
  if (text.startsWith("ff")) return undefined;
  const [, traceId = "", spanId = "", flags = ""] = VERSION_0.exec(text) ?? LATER.exec(text) ?? [];
  if (!/[1-9a-f]/.test(traceId) || !/[1-9a-f]/.test(spanId)) return undefined;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}
