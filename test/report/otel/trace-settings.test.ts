import { expect, test } from "vitest";
import { readTraceSettings } from "../../../src/report/otel/trace-settings.ts";

const ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";
const TRACES = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
const ON = { [ENDPOINT]: "http://c:4318" };
const read = (env: Record<string, string>): ReturnType<typeof readTraceSettings> =>
  readTraceSettings(env, "1.2.3");

test.each([
  [{ [ENDPOINT]: "http://c:4318" }, "http://c:4318/v1/traces"],
  [{ [ENDPOINT]: "http://c:4318/" }, "http://c:4318/v1/traces"],
  [{ [ENDPOINT]: " https://c/otlp/ " }, "https://c/otlp/v1/traces"],
  [{ [ENDPOINT]: "http://c/otlp?token=1" }, "http://c/otlp/v1/traces?token=1"],
  [{ [TRACES]: "http://c:4318" }, "http://c:4318/"],
  [{ [TRACES]: "http://t/x/", [ENDPOINT]: "http://c" }, "http://t/x/"],
])("readTraceSettings() sends to the endpoint of %j", (env, url) => {
  const { settings, problems } = read(env as unknown as Record<string, string>);
  expect([settings?.url.href, problems]).toEqual([url, []]);
});

test.each([
  {},
  { [ENDPOINT]: " " },
  { ...ON, OTEL_SDK_DISABLED: "TRUE" },
  { ...ON, OTEL_TRACES_EXPORTER: "none" },
  { ...ON, TRACEPARENT: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00" },
])("readTraceSettings() sends nothing and says nothing, with %j", (env) => {
  expect(read(env as Record<string, string>)).toEqual({ settings: undefined, problems: [] });
});

test.each([
  [{ OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }, "asks for grpc, and only http/json is spoken"],
  [{ ...ON, OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "s3cret" }, "an unknown protocol"],
  [{ ...ON, OTEL_TRACES_EXPORTER: "s3cret" }, 'write "otlp" or "none"'],
  [{ [ENDPOINT]: "s3cret:4317" }, "OTEL_EXPORTER_OTLP_ENDPOINT is no URL"],
  [{ [TRACES]: "unix:///s3cret" }, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is no URL"],
  [{ OTEL_EXPORTER_OTLP_HEADERS: "s3cret" }, "no name=value to send"],
  [{ OTEL_EXPORTER_OTLP_HEADERS: "a=s3cret%0d%0aevil:1" }, "no name=value to send"],
  [{ OTEL_EXPORTER_OTLP_TRACES_HEADERS: "a b=s3cret" }, "no name=value to send"],
  [{ OTEL_EXPORTER_OTLP_HEADERS: "Content-Length=3" }, "no name=value to send"],
  [{ OTEL_EXPORTER_OTLP_HEADERS: "a=%s3cret" }, "no name=value to send"],
])("readTraceSettings() refuses %j, and repeats no value of it", (env, problem) => {
  const { settings, problems } = read({ ...ON, ...env } as unknown as Record<string, string>);
  expect(settings).toBeUndefined();
  expect(problems).toEqual([expect.stringContaining(problem)]);
  expect(problems.join("")).not.toContain("s3cret");
});

test("readTraceSettings() reads headers, resource, limits and what began the trace", () => {
  const { settings, problems } = read({
    ...ON,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
    OTEL_EXPORTER_OTLP_HEADERS: "Authorization=Basic%20YQ==, x-one=1 ,",
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: "x-one=2",
    OTEL_EXPORTER_OTLP_TIMEOUT: "1500",
    OTEL_RESOURCE_ATTRIBUTES: "team=a%2Cb,service.name=no",
    OTEL_SERVICE_NAME: "fleet",
    TRACEPARENT: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    TRACESTATE: "ci=1",
  });
  expect(problems).toEqual([]);
  expect(settings).toMatchObject({
    headers: { authorization: "Basic YQ==", "x-one": "2" },
    timeoutMs: 1500,
    resource: { "service.name": "fleet", "service.version": "1.2.3", team: "a,b" },
    parent: { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", isSampled: true },
    traceState: "ci=1",
  });
});

test("readTraceSettings() says which values it cannot use, and goes on without them", () => {
  const { settings, problems } = read({
    ...ON,
    OTEL_EXPORTER_OTLP_TIMEOUT: "10s",
    OTEL_RESOURCE_ATTRIBUTES: "no list",
    TRACEPARENT: "nonsense",
    TRACESTATE: "of=nobody",
  });
  expect(settings).toMatchObject({ timeoutMs: 10_000, parent: undefined, traceState: undefined });
  expect(settings?.resource["service.name"]).toBe("fusion-play");
  expect(problems).toEqual([
    expect.stringContaining("OTEL_EXPORTER_OTLP_TIMEOUT"),
    expect.stringContaining("OTEL_RESOURCE_ATTRIBUTES"),
  ]);
  expect(read({ ...ON, OTEL_EXPORTER_OTLP_TIMEOUT: "1e12" }).settings?.timeoutMs).toBe(60_000);
});
