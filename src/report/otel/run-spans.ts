import type { HostStatus } from "../../engine/report.ts";
import type { RunEvent } from "../../engine/run-event.ts";
import { hostSpans, type SpanPlace } from "./host-spans.ts";
import type { Attributes, Span } from "./span.ts";

interface PlayUnderWay {
  readonly spanId: string;
  readonly name: string;
  readonly startMs: number;
  readonly hosts: number;
  /** When hosts began that have not ended. */
  readonly begun: Map<string, number>;
  readonly ends: Map<HostStatus, number>;
  isFailed: boolean;
}

type Event<Type extends RunEvent["type"]> = Extract<RunEvent, { type: Type }>;

/** Makes spans of the events of a run: run > play > host > what was done there. Each is given when it has ended. */
export class RunSpans {
  readonly #place: SpanPlace;
  readonly #runId: string;
  #run: { readonly playbooks: readonly string[]; readonly startMs: number } | undefined;
  #play: PlayUnderWay | undefined;
  /** Time of the last event. Clocks may be set back. */
  #latestMs = 0;

  /** @param place with what began the trace as parent, if anything did */
  constructor(place: SpanPlace) {
    this.#place = place;
    this.#runId = place.newSpanId();
  }

  /** Gives the spans that ended with an event, those above after those below. */
  after(event: RunEvent): Span[] {
    const atMs = Math.max(this.#latestMs, Date.parse(event.at));
    this.#latestMs = atMs;
    switch (event.type) {
      case "run_started":
        this.#run = { playbooks: event.playbooks, startMs: atMs };
        return [];
      case "play_started":
        return this.#startPlay(event, atMs);
      case "host_finished":
        return this.#endHost(event, atMs);
      case "run_finished":
        return [...this.#endPlay(atMs), ...this.#endRun(event, atMs)];
      case "host_connecting":
      case "host_connected":
      case "step_started":
        this.#begin(event.host, atMs);
        return [];
      default:
        return [];
    }
  }

  #startPlay({ play, hosts }: Event<"play_started">, atMs: number): Span[] {
    const before = this.#endPlay(atMs);
    this.#play = {
      spanId: this.#place.newSpanId(),
      name: play,
      startMs: atMs,
      hosts: hosts.length,
      begun: new Map(),
      ends: new Map(),
      isFailed: false,
    };
    return before;
  }

  #begin(host: string, atMs: number): void {
    const play = this.#play;
    if (play !== undefined && !play.begun.has(host)) play.begun.set(host, atMs);
  }

  #endHost({ host, report }: Event<"host_finished">, endMs: number): Span[] {
    const play = this.#play;
    if (play === undefined) return [];
    const startMs = play.begun.get(host) ?? endMs;
    play.begun.delete(host);
    play.ends.set(report.status, (play.ends.get(report.status) ?? 0) + 1);
    play.isFailed ||= !["ok", "skipped"].includes(report.status) && report.ignored !== true;
    const place = { ...this.#place, parentSpanId: play.spanId };
    return hostSpans({ play: play.name, host, report, startMs, endMs }, place);
  }

  #endPlay(endMs: number): Span[] {
    const play = this.#play;
    if (play === undefined) return [];
    this.#play = undefined;
    const counts: Attributes = Object.fromEntries(
      Array.from(play.ends, ([status, count]) => [`fusion_play.hosts.${status}`, count]),
    );
    return [
      {
        traceId: this.#place.traceId,
        spanId: play.spanId,
        parentSpanId: this.#runId,
        name: `play ${play.name}`,
        kind: "internal",
        startMs: play.startMs,
        endMs,
        attributes: { "fusion_play.play.name": play.name, "fusion_play.hosts": play.hosts, ...counts },
        events: [],
        error: play.isFailed ? "not every host ended ok" : undefined,
      },
    ];
  }

  #endRun({ status, exit_code, report }: Event<"run_finished">, endMs: number): Span[] {
    const { playbooks, startMs } = this.#run ?? { playbooks: [], startMs: endMs };
    return [
      {
        traceId: this.#place.traceId,
        spanId: this.#runId,
        parentSpanId: this.#place.parentSpanId,
        name: "run",
        kind: "internal",
        startMs,
        endMs,
        attributes: {
          "fusion_play.playbooks": playbooks,
          "fusion_play.run.status": status,
          "fusion_play.shard.index": report.shard?.index,
          "fusion_play.shard.count": report.shard?.count,
          "process.exit.code": exit_code,
          "error.type": status === "ok" ? undefined : status,
        },
        events: [],
        error: status === "ok" ? undefined : `the run ended ${status}`,
      },
    ];
  }
}
