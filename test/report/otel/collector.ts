import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { Ajv2020 } from "ajv/dist/2020.js";

/** A span as the collector got it, with its attributes as plain data. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceState?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly { name: string; attributes: Readonly<Record<string, unknown>> }[];
  readonly status: { code?: number; message?: string };
}

export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly spans: readonly ReceivedSpan[];
  /** As it came. */
  readonly body: string;
}

/** What a collector answers. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A collector on the loopback interface, which takes OTLP over HTTP as JSON and nothing else. */
export interface Collector extends AsyncDisposable {
  readonly url: string;
  /** What it got, in order; also what it did not take. */
  readonly requests: ReceivedRequest[];
  /** The spans that it took. */
  readonly spans: ReceivedSpan[];
  /** What the next requests are answered with; "nothing" lets them wait. Default: 200. */
  answer: (request: ReceivedRequest) => Answer | "nothing";
  /** Resolves with the first request from now on. */
  asked(): Promise<void>;
}

const ATTRIBUTES = {
  type: "array",
  items: {
    type: "object",
    additionalProperties: false,
    required: ["key", "value"],
    properties: {
      key: { type: "string", pattern: "^[a-z][a-z0-9_.]+$" },
      value: {
        type: "object",
        additionalProperties: false,
        minProperties: 1,
        maxProperties: 1,
        properties: {
          stringValue: { type: "string" },
          boolValue: { type: "boolean" },
          intValue: { type: "string", pattern: "^-?\\d+$" },
          arrayValue: {
            type: "object",
            additionalProperties: false,
            required: ["values"],
            properties: {
              values: {
                type: "array",
                items: {
                  type: "object",
                  additionalProperties: false,
                  required: ["stringValue"],
                  properties: { stringValue: { type: "string" } },
                },
              },
            },
          },
        },
      },
    },
  },
} as const;

const TIME = { type: "string", pattern: "^1\\d{18}$" } as const;

/** `ExportTraceServiceRequest` of opentelemetry-proto, as far as it is used here. */
const SCHEMA = {
  type: "object",
  additionalProperties: false,
  required: ["resourceSpans"],
  properties: {
    resourceSpans: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["resource", "scopeSpans"],
        properties: {
          resource: {
            type: "object",
            additionalProperties: false,
            required: ["attributes"],
            properties: { attributes: ATTRIBUTES },
          },
          scopeSpans: {
            type: "array",
            items: {
              type: "object",
              additionalProperties: false,
              required: ["scope", "spans"],
              properties: {
                scope: {
                  type: "object",
                  additionalProperties: false,
                  required: ["name", "version"],
                  properties: { name: { const: "fusion-play" }, version: { type: "string" } },
                },
                spans: {
                  type: "array",
                  minItems: 1,
                  items: {
                    type: "object",
                    additionalProperties: false,
                    required: ["traceId", "spanId", "name", "kind", "startTimeUnixNano", "endTimeUnixNano"],
                    properties: {
                      traceId: { type: "string", pattern: "^(?!0{32})[0-9a-f]{32}$" },
                      spanId: { type: "string", pattern: "^(?!0{16})[0-9a-f]{16}$" },
                      parentSpanId: { type: "string", pattern: "^(?!0{16})[0-9a-f]{16}$" },
                      traceState: { type: "string" },
                      name: { type: "string", minLength: 1 },
                      kind: { enum: [1, 3] },
                      startTimeUnixNano: TIME,
                      endTimeUnixNano: TIME,
                      attributes: ATTRIBUTES,
                      events: {
                        type: "array",
                        items: {
                          type: "object",
                          additionalProperties: false,
                          required: ["timeUnixNano", "name"],
                          properties: {
                            timeUnixNano: TIME,
                            name: { type: "string" },
                            attributes: ATTRIBUTES,
                          },
                        },
                      },
                      status: {
                        type: "object",
                        additionalProperties: false,
                        properties: { code: { enum: [1, 2] }, message: { type: "string" } },
                      },
                    },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
};

const ajv = new Ajv2020({ strict: true, allErrors: true });
const isRequest = ajv.compile(SCHEMA);

type Attributes = readonly { key: string; value: Record<string, unknown> }[];

interface Wire {
  resourceSpans: {
    resource: { attributes: Attributes };
    scopeSpans: {
      spans: (Omit<ReceivedSpan, "attributes" | "events"> & {
        attributes: Attributes;
        events: { name: string; attributes: Attributes }[];
      })[];
    }[];
  }[];
}

/** Reads a request; what is no OTLP is an error. */
export function readRequest(body: string): Pick<ReceivedRequest, "resource" | "spans"> {
  const request = JSON.parse(body) as Wire;
  if (!isRequest(request)) throw new Error(`${ajv.errorsText(isRequest.errors)} in ${body.slice(0, 2000)}`);
  return {
    resource: plain(request.resourceSpans[0]?.resource.attributes ?? []),
    spans: request.resourceSpans.flatMap(({ scopeSpans }) =>
      scopeSpans.flatMap(({ spans }) =>
        spans.map((span) => ({
          ...span,
          attributes: plain(span.attributes),
          events: span.events.map(({ name, attributes }) => ({ name, attributes: plain(attributes) })),
        })),
      ),
    ),
  };
}

function plain(attributes: Attributes): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plainValue(value)]));
}

function plainValue({ stringValue, boolValue, intValue, arrayValue }: Record<string, unknown>): unknown {
  if (intValue !== undefined) return Number(intValue);
  if (arrayValue === undefined) return stringValue ?? boolValue;
  return (arrayValue as { values: Record<string, unknown>[] }).values.map(plainValue);
}

/** @param tls key and certificate of one that is asked over https */
export async function startCollector(tls?: { key: string; cert: string }): Promise<Collector> {
  const failures: Error[] = [];
  const waiting: (() => void)[] = [];
  const listener: RequestListener = (incoming, response) => {
    void text(incoming).then((body) => {
      let request: ReceivedRequest;
      try {
        request = { path: incoming.url ?? "", headers: incoming.headers, body, ...readRequest(body) };
      } catch (error) {
        failures.push(error as Error);
        response.writeHead(400).end();
        return;
      }
      collector.requests.push(request);
      waiting.splice(0).forEach((resolve) => resolve());
      const answer = collector.answer(request);
      if (answer === "nothing") return;
      if (answer.status === 200) collector.spans.push(...request.spans);
      response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers });
      response.end(answer.body ?? "{}");
    });
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const collector: Collector = {
    url: `http${tls === undefined ? "" : "s"}://127.0.0.1:${port}`,
    requests: [],
    spans: [],
    answer: () => ({ status: 200 }),
    asked: () => new Promise((resolve) => waiting.push(resolve)),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
      if (failures.length > 0) throw new AggregateError(failures, failures[0]?.message);
    },
  };
  return collector;
}
