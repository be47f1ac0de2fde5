import { shorten } from "../shorten.ts";
import type { Attributes, AttributeValue, Span } from "./span.ts";

/** So many characters of a text are sent. */
const TEXT_LIMIT = 2048;

/** The same of a stack trace. */
const STACKTRACE_LIMIT = 16_384;

/** The same of the name of a span. */
const NAME_LIMIT = 256;

/** So many texts of a list are sent. */
const LIST_LIMIT = 64;

const KINDS: Readonly<Record<Span["kind"], number>> = { internal: 1, client: 3 };

const STATUS_ERROR = 2;

/** Who sends spans, as {@linkcode encodeRequest} writes it. */
export interface Sender {
  readonly resource: Attributes;
  /** Version of fusion-play. */
  readonly version: string;
}

/**
 * Encodes a span as JSON: `Span` of OTLP. Texts are cut at a length.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
export function encodeSpan(span: Span, traceState?: string): string {
  const { traceId, spanId, parentSpanId, name, kind, startMs, endMs, attributes, events, error } = span;
  return JSON.stringify({
    traceId,
    spanId,
    ...(traceState === undefined ? {} : { traceState }),
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    name: wellFormed(shorten(name, NAME_LIMIT)),
    kind: KINDS[kind],
    startTimeUnixNano: nanoseconds(startMs),
    endTimeUnixNano: nanoseconds(endMs),
    attributes: keyValues(attributes),
    events: events.map((event) => ({
      timeUnixNano: nanoseconds(event.atMs),
      name: event.name,
      attributes: keyValues(event.attributes),
    })),
    status:
      error === undefined ? {} : { code: STATUS_ERROR, message: wellFormed(shorten(error, TEXT_LIMIT)) },
  });
}

/** Encodes a request with spans that {@linkcode encodeSpan} gave: `ExportTraceServiceRequest` of OTLP. */
export function encodeRequest({ resource, version }: Sender, spans: readonly string[]): string {
  const sender = JSON.stringify({ attributes: keyValues(resource) });
  const scope = JSON.stringify({ name: "fusion-play", version });
  const scopeSpans = `[{"scope":${scope},"spans":[${spans.join(",")}]}]`;
  return `{"resourceSpans":[{"resource":${sender},"scopeSpans":${scopeSpans}}]}`;
}

function keyValues(attributes: Attributes): object[] {
  return Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: anyValue(key, value) }],
  );
}

function anyValue(key: string, value: AttributeValue): object {
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number") return { intValue: String(value) };
  const limit = key === "exception.stacktrace" ? STACKTRACE_LIMIT : TEXT_LIMIT;
  const textValue = (text: string): object => ({ stringValue: wellFormed(shorten(text, limit)) });
  if (typeof value === "string") return textValue(value);
  return { arrayValue: { values: value.slice(0, LIST_LIMIT).map(textValue) } };
}

/** Halves of pairs of UTF-16 are no text to readers of JSON that decode it as UTF-8. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\ufffd");
}

/** A time in milliseconds since 1970 as the decimal nanoseconds that OTLP has. */
function nanoseconds(ms: number): string {
  const whole = Math.floor(ms);
  return String(BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1_000_000)));
}
