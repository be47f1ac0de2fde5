import { validateHeaderName, validateHeaderValue } from "node:http";
import { parseKeyValueList } from "./key-value-list.ts";
import type { Attributes } from "./span.ts";
import { parseTraceParent, type TraceParent } from "./trace-parent.ts";

/** Where the trace of a run is sent, and how. */
export interface TraceSettings {
  readonly url: URL;
  /** May be secret, as the URL may. */
  readonly headers: Readonly<Record<string, string>>;
  /** Limit of a request. */
  readonly timeoutMs: number;
  /** Who sends the trace. */
  readonly resource: Attributes;
  readonly parent: TraceParent | undefined;
  /** Of what began the trace; passed on as it is. */
  readonly traceState: string | undefined;
}

/** What the environment says about traces. */
export interface TraceChoice {
  /** Undefined where no trace is sent. */
  readonly settings: TraceSettings | undefined;
  /** What is wrong with it, as sentences that hold no value of a variable. */
  readonly problems: readonly string[];
}

const DEFAULT_TIMEOUT_MS = 10_000;
const LONGEST_TIMEOUT_MS = 60_000;

/** The W3C asks for so many characters to be passed on. */
const TRACE_STATE_LIMIT = 512;

/** What requests have of their own. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "content-type",
  "host",
  "transfer-encoding",
]);

const OFF: TraceChoice = { settings: undefined, problems: [] };

/**
 * Reads the environment variables of OpenTelemetry that are about traces, as its specification has them; those of
 * traces win over those of all signals. A trace is sent where an endpoint is given.
 *
 * @param version of fusion-play
 * @see https://opentelemetry.io/docs/specs/otel/protocol/exporter/
 */
export function readTraceSettings(env: NodeJS.ProcessEnv, version: string): TraceChoice {
  // Empty means unset.
  const read: Read = (name) => env[name]?.trim() || undefined;
  const whole = read("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
  const base = read("OTEL_EXPORTER_OTLP_ENDPOINT");
  if (whole === undefined && base === undefined) return OFF;
  if (read("OTEL_SDK_DISABLED")?.toLowerCase() === "true") return OFF;
  const exporter = read("OTEL_TRACES_EXPORTER") ?? "otlp";
  if (exporter === "none") return OFF;
  if (!exporter.split(",").some((name) => name.trim() === "otlp")) {
    return refused('OTEL_TRACES_EXPORTER names no exporter that is there: write "otlp" or "none"');
  }
  const parent = parseTraceParent(read("TRACEPARENT") ?? "");
  if (parent?.isSampled === false) return OFF;

  const protocol = read("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") ?? read("OTEL_EXPORTER_OTLP_PROTOCOL");
  // Who takes the one over HTTP takes the other at the same address.
  if (protocol !== undefined && protocol !== "http/json" && protocol !== "http/protobuf") {
    const name = protocol === "grpc" ? "grpc" : "an unknown protocol";
    return refused(
      `OTEL_EXPORTER_OTLP_PROTOCOL asks for ${name}, and only http/json is spoken: set it to http/json, and the endpoint to the port for HTTP, most often 4318`,
    );
  }
  const url = whole === undefined ? below(base ?? "") : parseUrl(whole);
  if (url === undefined) {
    const name = `OTEL_EXPORTER_OTLP_${whole === undefined ? "" : "TRACES_"}ENDPOINT`;
    return refused(`${name} is no URL that begins with http:// or https://`);
  }
  const headers = readHeaders(read);
  if (headers === undefined) return refused("OTEL_EXPORTER_OTLP_HEADERS has what is no name=value to send");

  const problems: string[] = [];
  const settings: TraceSettings = {
    url,
    headers,
    timeoutMs: readTimeout(read, problems),
    resource: readResource(read, version, problems),
    parent,
    traceState: parent === undefined ? undefined : read("TRACESTATE")?.slice(0, TRACE_STATE_LIMIT),
  };
  return { settings, problems };
}

/** Reads a variable of the environment, where it is set. */
type Read = (name: string) => string | undefined;

function readTimeout(read: Read, problems: string[]): number {
  const timeout = read("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT") ?? read("OTEL_EXPORTER_OTLP_TIMEOUT");
  const ms = timeout === undefined ? DEFAULT_TIMEOUT_MS : Number(timeout);
  if (Number.isInteger(ms) && ms > 0) return Math.min(ms, LONGEST_TIMEOUT_MS);
  problems.push("OTEL_EXPORTER_OTLP_TIMEOUT is no number of milliseconds: 10000 is used");
  return DEFAULT_TIMEOUT_MS;
}

function readResource(read: Read, version: string, problems: string[]): Attributes {
  const attributes = parseKeyValueList(read("OTEL_RESOURCE_ATTRIBUTES") ?? "");
  if (attributes === undefined) {
    problems.push("OTEL_RESOURCE_ATTRIBUTES is left out: it is no name=value list");
  }
  return {
    "service.name": "fusion-play",
    "service.version": version,
    "telemetry.sdk.name": "fusion-play",
    "telemetry.sdk.language": "nodejs",
    "telemetry.sdk.version": version,
    ...attributes,
    ...named(read("OTEL_SERVICE_NAME")),
  };
}

function refused(why: string): TraceChoice {
  return { settings: undefined, problems: [`Cannot send a trace: ${why}`] };
}

function named(service: string | undefined): Attributes {
  return service === undefined ? {} : { "service.name": service };
}

function parseUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === "http:" || url.protocol === "https:" ? url : undefined;
}

/** The address of traces below that of all signals. */
function below(base: string): URL | undefined {
  const url = parseUrl(base);
  if (url !== undefined) url.pathname = `${url.pathname.replace(/\/$/, "")}/v1/traces`;
  return url;
}

function readHeaders(read: Read): Record<string, string> | undefined {
  const all = parseKeyValueList(read("OTEL_EXPORTER_OTLP_HEADERS") ?? "");
  const own = parseKeyValueList(read("OTEL_EXPORTER_OTLP_TRACES_HEADERS") ?? "");
  if (all === undefined || own === undefined) return undefined;
  const headers: Record<string, string> = {};
  for (const [name, value] of [...Object.entries(all), ...Object.entries(own)]) {
    const key = name.toLowerCase();
    if (OWN_HEADERS.has(key) || !isHeader(key, value)) return undefined;
    headers[key] = value;
  }
  return headers;
}

function isHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}
