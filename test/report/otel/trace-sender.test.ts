import { expect, test } from "vitest";
import { encodeSpan } from "../../../src/report/otel/otlp-json.ts";
import { TraceSender, type TraceSenderOptions } from "../../../src/report/otel/trace-sender.ts";
import { startCollector, type Collector } from "./collector.ts";

/** Longer than any test may take. */
const NO_LIMIT = 600_000;

function senderTo({ url }: Collector, options: Partial<TraceSenderOptions> = {}): TraceSender {
  return new TraceSender({
    url: new URL(url),
    headers: {},
    timeoutMs: NO_LIMIT,
    sender: { resource: {}, version: "1" },
    ...options,
  });
}

function spanOf(index: number): string {
  return encodeSpan({
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: (index + 1).toString(16).padStart(16, "0"),
    parentSpanId: undefined,
    name: `span ${index}`,
    kind: "internal",
    startMs: 1_767_323_045_678,
    endMs: 1_767_323_045_678,
    attributes: {},
    events: [],
    error: undefined,
  });
}

function addTo(sender: TraceSender, count: number): void {
  for (let index = 0; index < count; index++) sender.add(spanOf(index), { isNeeded: false });
}

test("end() sends all that is left, in order, over one connection", async () => {
  await using collector = await startCollector();
  const sender = senderTo(collector);
  addTo(sender, 1200);
  expect(await sender.end(NO_LIMIT)).toBeUndefined();
  expect(collector.requests.map(({ spans }) => spans.length)).toEqual([512, 512, 176]);
  expect(collector.spans.map(({ name }) => name)).toEqual(
    Array.from({ length: 1200 }, (_, index) => `span ${index}`),
  );
});

test("add() sends what fills a request while the run goes on", async () => {
  await using collector = await startCollector();
  const sender = senderTo(collector);
  const asked = collector.asked();
  addTo(sender, 512);
  await asked;
  expect(await sender.end(NO_LIMIT)).toBeUndefined();
  expect(collector.spans).toHaveLength(512);
});

test("end() waits no longer than it may for a collector that does not answer", async () => {
  await using collector = await startCollector();
  collector.answer = () => "nothing";
  const sender = senderTo(collector);
  addTo(sender, 3);
  const origin = new URL(collector.url).origin;
  expect(await sender.end(50)).toBe(
    `Cannot send the trace to ${origin}: no answer in time; lost: 3 of 3 spans`,
  );
});

test("end() gives up a request that was under way before, too", async () => {
  await using collector = await startCollector();
  collector.answer = () => "nothing";
  const sender = senderTo(collector);
  const asked = collector.asked();
  addTo(sender, 512);
  await asked;
  expect(await sender.end(50)).toMatch(/no answer in time; lost: 512 of 512 spans/);
});

test("end() tries a busy collector three times, and asks one that refuses once", async () => {
  await using busy = await startCollector();
  busy.answer = () => ({ status: 503, headers: { "retry-after": "0" } });
  const one = senderTo(busy);
  addTo(one, 2);
  expect(await one.end(NO_LIMIT)).toMatch(/it answers HTTP 503; lost: 2 of 2 spans$/);
  expect(busy.requests).toHaveLength(3);

  await using refusing = await startCollector();
  refusing.answer = () => ({ status: 401 });
  const other = senderTo(refusing);
  addTo(other, 600);
  expect(await other.end(NO_LIMIT)).toMatch(/it answers HTTP 401; lost: 600 of 600 spans$/);
  expect(refusing.requests).toHaveLength(2);
});

test("end() sends again what a busy collector did not take, and nothing twice that it took", async () => {
  await using collector = await startCollector();
  let asked = 0;
  collector.answer = () =>
    ++asked % 2 === 1 ? { status: 429, headers: { "retry-after": "0" } } : { status: 200 };
  const sender = senderTo(collector);
  addTo(sender, 1000);
  expect(await sender.end(NO_LIMIT)).toBeUndefined();
  expect(collector.spans.map(({ spanId }) => spanId)).toEqual([
    ...new Set(collector.spans.map(({ spanId }) => spanId)),
  ]);
  expect(collector.spans).toHaveLength(1000);
});

test("end() does not wait for a collector that asks for a longer pause than there is", async () => {
  await using collector = await startCollector();
  collector.answer = () => ({ status: 429, headers: { "retry-after": "700" } });
  const sender = senderTo(collector);
  addTo(sender, 1);
  expect(await sender.end(30_000)).toMatch(/HTTP 429; lost: 1 of 1 span$/);
  expect(collector.requests).toHaveLength(1);
});

test("end() tells of spans that the collector did not want, and of none where it says nonsense", async () => {
  await using picky = await startCollector();
  picky.answer = () => ({
    status: 200,
    body: JSON.stringify({ partialSuccess: { rejectedSpans: "2", errorMessage: "secret" } }),
  });
  const sender = senderTo(picky);
  addTo(sender, 5);
  expect(await sender.end(NO_LIMIT)).toMatch(/it did not want all of it; lost: 2 of 5 spans$/);

  await using strange = await startCollector();
  strange.answer = () => ({ status: 200, body: "x".repeat(10_000_000) });
  const other = senderTo(strange);
  addTo(other, 5);
  expect(await other.end(NO_LIMIT)).toBeUndefined();
});
