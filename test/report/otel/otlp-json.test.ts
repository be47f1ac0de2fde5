import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeRequest, encodeSpan } from "../../../src/report/otel/otlp-json.ts";
import type { Span } from "../../../src/report/otel/span.ts";
import { readRequest } from "./collector.ts";

const SPAN: Span = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  parentSpanId: undefined,
  name: "run",
  kind: "internal",
  startMs: 1_767_323_045_678,
  endMs: 1_767_323_045_678.25,
  attributes: {},
  events: [],
  error: undefined,
};

const sent = (span: Span): ReturnType<typeof readRequest>["spans"][number] | undefined =>
  readRequest(encodeRequest({ resource: { "service.name": "x" }, version: "1" }, [encodeSpan(span)]))
    .spans[0];

test("encodeSpan() writes times as nanoseconds, and leaves out what is not there", () => {
  expect(JSON.parse(encodeSpan(SPAN))).toEqual({
    traceId: SPAN.traceId,
    spanId: SPAN.spanId,
    name: "run",
    kind: 1,
    startTimeUnixNano: "1767323045678000000",
    endTimeUnixNano: "1767323045678250000",
    attributes: [],
    events: [],
    status: {},
  });
});

test("encodeSpan() writes each type of value", () => {
  const attributes = { text: "a", whole: -7, yes: true, list: ["a", "b"], nothing: undefined };
  const events = [{ name: "exception", atMs: SPAN.endMs, attributes: { "exception.type": "error" } }];
  const span = sent({ ...SPAN, attributes, events, error: "it failed" });
  expect(span).toMatchObject({
    attributes: { text: "a", whole: -7, yes: true, list: ["a", "b"] },
    events: [{ name: "exception", attributes: { "exception.type": "error" } }],
    status: { code: 2, message: "it failed" },
  });
  expect(span?.attributes).not.toHaveProperty("nothing");
});

test("encodeSpan() has a bound for every text and list", () => {
  const long = "x".repeat(1_000_000);
  const list = Array.from({ length: 1000 }, () => long);
  const attributes = { "fusion_play.a": long, "fusion_play.list": list, "exception.stacktrace": long };
  const events = [{ name: "exception", atMs: 0, attributes }];
  const text = encodeSpan({ ...SPAN, name: long, attributes, events, error: long });
  expect(text.length).toBeLessThan(400_000);
});

test("encodeSpan() gives text that is well-formed in any encoding", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.constantFrom(0, 254, 255, 2046, 2047), (text, padding) => {
      const long = `${"x".repeat(padding)}${text}\ud83d\ude00`;
      const encoded = encodeSpan({ ...SPAN, name: long, attributes: { "fusion_play.a": long }, error: long });
      expect(encoded).not.toMatch(/\\ud[89a-f]/i);
      expect(Buffer.from(encoded).toString("utf8")).toBe(encoded);
    }),
  );
  expect(sent({ ...SPAN, name: "half \ud800 a pair" })?.name).toBe("half \ufffd a pair");
});
