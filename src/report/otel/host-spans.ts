import type { HostPhase, HostReport, StepReport } from "../../engine/report.ts";
import { exceptionEvent } from "./span-error.ts";
import type { Span } from "./span.ts";

/** A host that has ended in a play. */
export interface EndedHost {
  readonly play: string;
  readonly host: string;
  readonly report: HostReport;
  /** In milliseconds since 1970. */
  readonly startMs: number;
  /** Not before its start. */
  readonly endMs: number;
}

/** Where spans belong, and what they are called. */
export interface SpanPlace {
  readonly traceId: string;
  readonly parentSpanId: string | undefined;
  /** Makes the id of a span. */
  newSpanId(): string;
}

/**
 * Gives the spans of a host: its own, and below it what was done to connect and its steps, each with the time until
 * its code was shipped. No span is longer than the one above it. What was done before the run was resumed has none.
 */
export function hostSpans(ended: EndedHost, place: SpanPlace): Span[] {
  const own = hostSpan(ended, place);
  const below: SpanPlace = { ...place, parentSpanId: own.spanId };
  const { phases = [], steps, status, runtime } = ended.report;
  const isConnected = status !== "unreachable" || runtime !== null;
  const lastPhase = isConnected ? undefined : phases.at(-1);
  return [
    own,
    ...phases.map((phase) => phaseSpan(phase, { within: own, place: below, isFailed: phase === lastPhase })),
    ...steps.flatMap((step) => stepSpans(step, { within: own, place: below, ended })),
  ];
}

function hostSpan({ play, host, report, startMs, endMs }: EndedHost, place: SpanPlace): Span {
  const { status, ignored, error, runtime, transport, pushed, reconnected, steps } = report;
  const isWell = status === "ok" || status === "skipped" || ignored === true;
  const resumed = steps.filter((step) => step.resumed === true).length;
  return {
    ...identity(place),
    name: `host ${host}`,
    kind: "client",
    startMs,
    endMs,
    attributes: {
      "server.address": host,
      "fusion_play.host.status": status,
      "fusion_play.host.ignored": ignored,
      "fusion_play.host.reconnected": reconnected,
      "fusion_play.play.name": play,
      "fusion_play.transport": transport ?? undefined,
      "fusion_play.runtime.otp": runtime?.otp,
      "fusion_play.runtime.elixir": runtime?.elixir ?? undefined,
      "fusion_play.pushed.modules": pushed.modules,
      "fusion_play.pushed.bytes": pushed.bytes,
      "fusion_play.resumed_steps": resumed === 0 ? undefined : resumed,
      "error.type": isWell ? undefined : (error?.code ?? status),
    },
    events: error === null ? [] : [exceptionEvent(error, endMs)],
    error: isWell ? undefined : (error?.message ?? status),
  };
}

interface Nesting {
  readonly within: Pick<Span, "startMs" | "endMs">;
  readonly place: SpanPlace;
}

function phaseSpan(
  { phase, started_at, duration_ms }: HostPhase,
  { within, place, isFailed }: Nesting & { isFailed: boolean },
): Span {
  return {
    ...identity(place),
    name: phase,
    kind: "client",
    ...timesOf(started_at, duration_ms, within),
    attributes: { "fusion_play.phase": phase },
    events: [],
    error: isFailed ? "the host was not connected" : undefined,
  };
}

function stepSpans(
  step: StepReport,
  { within, place, ended }: Nesting & { ended: Pick<EndedHost, "report"> },
): Span[] {
  if (step.resumed === true) return [];
  const { name, kind, status, rescued, error, started_at, duration_ms, push_ms } = step;
  const isFailed = status === "failed" && !rescued && ended.report.ignored !== true;
  const times = timesOf(started_at, duration_ms, within);
  const own: Span = {
    ...identity(place),
    // Backends put spans of one name together.
    name: `step ${step.written_name ?? name}`,
    kind: "client",
    ...times,
    attributes: {
      "fusion_play.step.name": name,
      "fusion_play.step.kind": kind,
      "fusion_play.step.status": status,
      "fusion_play.step.rescued": rescued ? true : undefined,
      "fusion_play.step.handler": step.handler,
      "fusion_play.step.attempts": step.attempts,
      "fusion_play.step.items": step.items?.length,
      "fusion_play.step.ran_on": step.ran_on,
      "fusion_play.step.delegated_to": step.delegated_to,
      "fusion_play.step.would_run": step.would_run,
      "code.file.path": step.file,
      "code.line.number": step.line,
      "error.type": isFailed ? (error?.code ?? status) : undefined,
    },
    events: error === null ? [] : [exceptionEvent(error, times.endMs)],
    error: isFailed ? (error?.message ?? status) : undefined,
  };
  if (push_ms === undefined) return [own];
  return [own, pushSpan(step, { endMs: Math.min(times.startMs + push_ms, times.endMs), own, place })];
}

function pushSpan(
  { pushed }: StepReport,
  { endMs, own, place }: { endMs: number; own: Span; place: SpanPlace },
): Span {
  return {
    ...identity({ ...place, parentSpanId: own.spanId }),
    name: "push",
    kind: "client",
    startMs: own.startMs,
    endMs,
    attributes: {
      "fusion_play.phase": "push",
      "fusion_play.pushed.modules": pushed.length,
      "fusion_play.pushed.bytes": pushed.reduce((sum, { bytes }) => sum + bytes, 0),
    },
    events: [],
    error: undefined,
  };
}

function identity(place: SpanPlace): Pick<Span, "traceId" | "spanId" | "parentSpanId"> {
  return { traceId: place.traceId, spanId: place.newSpanId(), parentSpanId: place.parentSpanId };
}

/** Starts are told in whole milliseconds and clocks may be set, so what is inside is made to fit. */
function timesOf(
  startedAt: string | undefined,
  durationMs: number,
  within: Nesting["within"],
): Pick<Span, "startMs" | "endMs"> {
  const told = startedAt === undefined ? within.startMs : Date.parse(startedAt);
  const fit = (ms: number): number => Math.min(Math.max(ms, within.startMs), within.endMs);
  const startMs = fit(told);
  return { startMs, endMs: Math.max(startMs, fit(told + durationMs)) };
}
