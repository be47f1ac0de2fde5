import { expect, test } from "vitest";
import type { RunEvent } from "../../../src/engine/run-event.ts";
import type { HostReport } from "../../../src/engine/report.ts";
import { RunSpans } from "../../../src/report/otel/run-spans.ts";
import type { Span } from "../../../src/report/otel/span.ts";
import { hostReport, sampleEvents, sampleReport, stepReport, timed } from "../sample-run.ts";

function spansOf(events: readonly RunEvent[], parentSpanId?: string): Span[] {
  let ids = 0;
  const newSpanId = (): string => (++ids).toString(16).padStart(16, "0");
  const spans = new RunSpans({ traceId: "a".repeat(32), parentSpanId, newSpanId });
  return events.flatMap((event) => spans.after(event));
}

/** A run of one host with this report. */
function spansOfHost(report: HostReport): Span[] {
  const play = "Play";
  return spansOf(
    timed([
      { type: "run_started", playbooks: ["site.yml"] },
      { type: "play_started", play, hosts: ["web1"] },
      { type: "step_started", play, host: "web1", step: "Step", index: 0 },
      { type: "host_finished", play, host: "web1", status: report.status, report },
      { type: "run_finished", status: "ok", exit_code: 0, report: sampleReport },
    ]),
  );
}

/** As the second, third and fourth event of {@linkcode spansOfHost} have it. */
const BEGIN = Date.UTC(2026, 0, 2, 3, 4, 5, 200);
const END = BEGIN + 100;
const at = (ms: number): string => new Date(ms).toISOString();

test("after() gives a tree with one root, whose spans are within those above them", () => {
  const spans = spansOf(sampleEvents);
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  expect(byId.size).toBe(spans.length);
  const roots = spans.filter(({ parentSpanId }) => parentSpanId === undefined);
  expect(roots.map(({ name }) => name)).toEqual(["run"]);
  for (const span of spans) {
    expect(span.endMs).toBeGreaterThanOrEqual(span.startMs);
    if (span.parentSpanId === undefined) continue;
    const parent = byId.get(span.parentSpanId);
    expect(parent?.startMs).toBeLessThanOrEqual(span.startMs);
    expect(parent?.endMs).toBeGreaterThanOrEqual(span.endMs);
  }
});

test("after() has errors where something failed and counts", () => {
  const failed = spansOf(sampleEvents)
    .filter(({ error }) => error !== undefined)
    .map(({ name, attributes }) => [name, attributes["error.type"]]);
  expect(failed).toEqual([
    ["host web4", "SSH_CONNECT_FAILED"],
    ["host web2", "failed"],
    ["step Enough memory", "ASSERTION_FAILED"],
    ["host web3", "failed"],
    ["step Collect", "REMOTE_EXCEPTION"],
    ["host web6", "cancelled"],
    ["step Collect", "CANCELLED"],
    ["play Fleet health", undefined],
    ["run", "cancelled"],
  ]);
  const ignored = spansOf(sampleEvents).find(({ name }) => name === "step Flaky");
  expect([ignored?.error, ignored?.events[0]?.attributes["fusion_play.error.code"]]).toEqual([
    undefined,
    "TIMEOUT",
  ]);
});

test("after() puts the run below what began the trace", () => {
  expect(spansOf(sampleEvents, "b".repeat(16)).at(-1)).toMatchObject({
    name: "run",
    parentSpanId: "b".repeat(16),
  });
});

test("after() makes what is inside fit, where clocks or roundings say otherwise", () => {
  const step = (started: number, duration_ms: number, push_ms?: number): HostReport["steps"][number] =>
    stepReport({
      name: "Step",
      kind: "run",
      status: "ok",
      started_at: at(started),
      duration_ms,
      ...(push_ms === undefined ? {} : { push_ms }),
    });
  const steps = [step(BEGIN - 5000, 1), step(END + 5000, 9), step(BEGIN + 20, 1e9), step(BEGIN, 30.5, 10.25)];
  const spans = spansOfHost(hostReport({ status: "ok", steps })).filter(({ name }) =>
    /^(step|push)/.test(name),
  );
  expect(spans.map(({ startMs, endMs }) => [startMs - BEGIN, endMs - BEGIN])).toEqual([
    [0, 0],
    [100, 100],
    [20, 100],
    [0, 30.5],
    [0, 10.25],
  ]);
});

test("after() goes on where the clock is set back", () => {
  const events = sampleEvents.map((event, index) =>
    index === 12 ? { ...event, at: "2020-01-01T00:00:00.000Z" } : event,
  );
  for (const { startMs, endMs } of spansOf(events)) {
    expect(endMs).toBeGreaterThanOrEqual(startMs);
    expect(startMs).toBeGreaterThan(Date.UTC(2026, 0, 1));
  }
});

test("after() has no span for what was done before the run was resumed", () => {
  const done = stepReport({ name: "Done", kind: "run", status: "ok", resumed: true, started_at: at(0) });
  const now = stepReport({ name: "Now", kind: "run", status: "ok", started_at: at(BEGIN) });
  const spans = spansOfHost(hostReport({ status: "ok", steps: [done, now] }));
  expect(spans.map(({ name }) => name)).toEqual(["host web1", "step Now", "play Play", "run"]);
  expect(spans[0]?.attributes["fusion_play.resumed_steps"]).toBe(1);
});

test("after() counts no unreachable host that does not matter", () => {
  const error = { code: "SSH_CONNECT_FAILED", message: "no", hint: null } as const;
  const report = hostReport({ status: "unreachable", ignored: true, runtime: null, error });
  const spans = spansOfHost(report);
  expect(spans.map(({ error: why }) => why)).toEqual([undefined, undefined, undefined]);
  expect(spans[0]?.events[0]?.name).toBe("exception");
});

test("after() calls spans of a step the same on all hosts, and tells what the host calls it", () => {
  const written_name = "Deploy to ${{ vars.zone }}";
  const step = stepReport({ name: "Deploy to north", written_name, kind: "run", status: "ok" });
  const span = spansOfHost(hostReport({ status: "ok", steps: [step] })).find(({ name }) =>
    name.startsWith("step "),
  );
  expect(span?.name).toBe("step Deploy to ${{ vars.zone }}");
  expect(span?.attributes["fusion_play.step.name"]).toBe("Deploy to north");
});
