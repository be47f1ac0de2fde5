import type { Step } from "../playbook/playbook.ts";
import { blankStep } from "./blank-step.ts";
import { elapsedMs } from "./elapsed-ms.ts";
import { errorReport } from "./error-report.ts";
import type { EndedStep, HostEntry } from "./journal-entry.ts";
import type { ShippedModule } from "./module-source.ts";
import { pushedModule } from "./pushed-module.ts";
import type { TrafficCount } from "./host-traffic.ts";
import type {
  ConnectionEvent,
  ConnectPhase,
  PushResult,
  RemoteNode,
  SentFile,
  Traffic,
} from "./remote-node.ts";
import type {
  HostPhase,
  HostReport,
  HostStatus,
  PushedModule,
  SourcePlace,
  StepReport,
  WrittenName,
} from "./report.ts";
import type { RunEvent } from "./run-event.ts";
import type { HostMemory } from "./scope.ts";
import { sourcePlace } from "./source-place.ts";
import { timestamp } from "./timestamp.ts";

export interface HostRecordOptions {
  /** Name of the play. */
  readonly play: string;
  /** Name of the host. */
  readonly host: string;
  onEvent(event: RunEvent): void;
  /** Notes down what is needed to resume the run, if anybody does. */
  readonly note: ((entry: HostEntry) => void) | undefined;
  /** Counts what goes to the host and comes from it, if that is wanted. */
  readonly traffic: TrafficCount | undefined;
}

type ConnectedNode = Pick<RemoteNode, "runtime" | "transport" | "isReused" | "traffic">;

/** A step that has begun. */
export interface StepUnderWay {
  readonly name: string;
  /** How many steps of the host in the play began before it. */
  readonly index: number;
  /** As ISO 8601 has it. */
  readonly startedAt: string;
  readonly place: SourcePlace;
  /** Of a step whose name the host evaluates. */
  readonly written: WrittenName | undefined;
  /** Gets what is shipped meanwhile. */
  readonly pushed: PushedModule[];
  /** Tells what has gone to the host and come from it meanwhile, where that is counted. */
  readonly traffic: (() => Traffic) | undefined;
  /** The same until code was shipped. */
  pushTraffic?: Traffic;
}

/** What is to be told of a step that begins, besides what it is. */
interface About {
  /** Of a step whose name the host evaluates. */
  readonly written?: WrittenName | undefined;
  /** Whether it ended before the run was resumed, so that the journal has it. */
  readonly isNoted?: boolean;
}

/** Writes the report of a host in a play, and tells of what happens as it does. */
export class HostRecord {
  readonly report: HostReport = {
    status: "ok",
    error: null,
    runtime: null,
    transport: null,
    pushed: { modules: 0, bytes: 0, skipped: 0, files: 0, file_bytes: 0 },
    steps: [],
  };
  readonly #options: HostRecordOptions;
  /** In the order of their beginnings; the function of a play may have several. */
  readonly #underWay: Set<StepUnderWay> = new Set();
  /** How many steps have begun. */
  #begun = 0;
  /** What is done to get to the host. */
  #phase: { readonly report: HostPhase; readonly startedMs: number } | undefined;
  /** How terms are written after a step that says it, such as in an assertion about a call. */
  language: StepReport["language"] = "elixir";

  constructor(options: HostRecordOptions) {
    this.#options = options;
  }

  /** @param traffic what went to the host and came from it until now */
  connecting(phase: ConnectPhase, traffic: Traffic | undefined): void {
    this.#beginPhase(phase, traffic);
    this.#emit({ type: "host_connecting", phase });
  }

  connected(node: ConnectedNode): void {
    const {
      runtime: { otp, elixir },
      transport,
      isReused,
    } = node;
    this.#options.traffic?.connected(node, this.#phase !== undefined);
    this.#endPhase(node.traffic);
    this.report.runtime = { otp, elixir };
    this.report.transport = transport;
    this.#options.note?.({ type: "host_connected", runtime: { otp, elixir }, transport });
    const reused = isReused === true ? ({ reused: true } as const) : {};
    this.#emit({ type: "host_connected", otp, elixir, transport, ...reused });
  }

  /** Tells of a connection that was lost, or that is there again. */
  connection(event: ConnectionEvent): void {
    if (event.type === "reconnecting") return this.#emit({ type: "host_reconnecting", reason: event.reason });
    this.report.reconnected = (this.report.reconnected ?? 0) + 1;
    this.#emit({ type: "host_reconnected", away_ms: Math.round(event.awayMs) });
  }

  /** What the BEAM itself printed. */
  printed(text: string): void {
    this.#emit({ type: "step_output", step: null, text });
  }

  /** Makes what is told of what a step prints, also long after its end. */
  outputOf(step: string): (text: string) => void {
    return (text) => this.#emit({ type: "step_output", step, text });
  }

  retried(step: string, attempt: number): void {
    this.#emit({ type: "step_retried", step, attempt });
  }

  begin({ name, kind, location }: Pick<Step, "name" | "kind" | "location">, about: About = {}): StepUnderWay {
    const { written, isNoted = false } = about;
    const place = sourcePlace(location);
    const traffic = this.#options.traffic?.begin();
    const index = this.#begun++;
    const underWay: StepUnderWay = {
      name,
      index,
      startedAt: timestamp(),
      place,
      written,
      pushed: [],
      traffic,
    };
    this.#underWay.add(underWay);
    if (!isNoted) this.#options.note?.({ type: "step_begun", name, kind, ...place, ...written });
    if (written === undefined) this.#emit({ type: "step_started", step: name, index });
    else this.#emit({ type: "step_started", step: name, index, ...written });
    return underWay;
  }

  /**
   * @param report is added to, and kept as it is: a copy of each would be much of what a step allocates
   * @param left what the step left; undefined of one that the journal has
   */
  finish(underWay: StepUnderWay, report: StepReport, left: Omit<EndedStep, "report"> | undefined): void {
    Object.assign(report, underWay.place);
    if (underWay.written !== undefined) Object.assign(report, underWay.written);
    if (underWay.traffic !== undefined) report.traffic = underWay.traffic();
    if (underWay.pushTraffic !== undefined) report.push_traffic = underWay.pushTraffic;
    if (left !== undefined) this.#options.note?.({ type: "step_ended", report, ...left });
    this.#underWay.delete(underWay);
    this.report.steps.push(report);
    const { index } = underWay;
    this.#emit({ type: "step_finished", step: report.name, index, status: report.status, report });
  }

  /** Tells of a step that was decided without the host: an assertion, if nothing else is said. */
  decided({ name, location }: Pick<Step, "name" | "location">, report: Partial<StepReport>): void {
    const { language } = this;
    const { kind = "assert" } = report;
    const underWay = this.begin({ name, kind, location });
    const blank = blankStep({ name, kind });
    const step: StepReport = { started_at: underWay.startedAt, ...blank, language, ...report };
    this.finish(underWay, step, { data: null, vars: {} });
  }

  pushed(step: string, { sent, skipped }: PushResult): void {
    const { pushed } = this.report;
    if (sent.length > 0) this.#notePushTraffic(step);
    pushed.modules += sent.length;
    pushed.skipped += skipped;
    for (const module of sent.map(pushedModule)) {
      pushed.bytes += module.bytes;
      this.#emit({ type: "module_pushed", step, ...module });
    }
  }

  pushedFiles(step: string, files: readonly SentFile[]): void {
    const { pushed } = this.report;
    if (files.length > 0) this.#notePushTraffic(step);
    pushed.files += files.length;
    for (const file of files) {
      pushed.file_bytes += file.bytes;
      this.#emit({ type: "file_pushed", step, ...file });
    }
  }

  #notePushTraffic(step: string): void {
    const underWay = [...this.#underWay].find(({ name }) => name === step);
    const traffic = underWay?.traffic?.();
    if (underWay !== undefined && traffic !== undefined) underWay.pushTraffic = traffic;
  }

  /** Reports a module with the step that began last; who called it is not known. */
  fetched(shipped: ShippedModule): void {
    const module: PushedModule = { ...pushedModule(shipped), on_demand: true };
    const step = [...this.#underWay].at(-1);
    (step?.pushed ?? (this.report.fetched ??= [])).push(module);
    this.report.pushed.modules++;
    this.report.pushed.bytes += module.bytes;
    this.#emit({ type: "module_pushed", step: step?.name ?? null, ...module });
  }

  /** How the host ended; what is told first, counts. */
  end(status: HostStatus, error: unknown, { isIgnored = false }: { isIgnored?: boolean } = {}): void {
    this.#endPhase();
    if (this.report.status !== "ok") return;
    this.report.status = status;
    if (status === "unreachable" && isIgnored) this.report.ignored = true;
    if (error !== undefined) this.report.error = errorReport(error);
  }

  /** The host does not begin its next step, since the play is over; steps below `always` may follow. */
  stopped(): void {
    this.#options.note?.({ type: "host_stopped" });
  }

  /** The host has ended in its play, and leaves this to later ones. */
  finished(memory: HostMemory): void {
    const { traffic } = this.#options;
    if (traffic !== undefined) this.report.traffic = traffic.ofPlay;
    const { steps: _, ...report } = this.report;
    this.#options.note?.({ type: "host_ended", report, memory });
    this.#tellEnd();
  }

  /** The host had ended in its play before the run was resumed. */
  recalled(report: HostReport): void {
    Object.assign(this.report, report);
    this.#tellEnd();
  }

  #tellEnd(): void {
    this.#emit({ type: "host_finished", status: this.report.status, report: this.report });
  }

  #beginPhase(phase: ConnectPhase, traffic: Traffic | undefined): void {
    if (this.#phase?.report.phase === phase) return;
    this.#endPhase(traffic);
    const begun: HostPhase = { phase, started_at: timestamp(), duration_ms: 0 };
    (this.report.phases ??= []).push(begun);
    this.#phase = { report: begun, startedMs: performance.now() };
  }

  /** @param now what went to the host and came from it until now; undefined where nobody told */
  #endPhase(now?: Traffic): void {
    if (this.#phase === undefined) return;
    const { report, startedMs } = this.#phase;
    const { traffic } = this.#options;
    if (traffic !== undefined && now !== undefined) report.traffic = traffic.nextPhase(now);
    report.duration_ms = elapsedMs(startedMs);
    this.#phase = undefined;
  }

  #emit(event: HostEvent): void {
    const { play, host, onEvent } = this.#options;
    // Nobody else has it yet, and a copy of each would cost as much as all else that is told of it.
    const told = event as EventOfHost;
    told.at = timestamp();
    told.play = play;
    told.host = host;
    onEvent(told);
  }
}

type EventOfHost = Extract<RunEvent, { host: string }>;

/** An event of one host, before time, play and host are added. */
type HostEvent = EventOfHost extends infer Event
  ? Event extends EventOfHost
    ? Omit<Event, "at" | "play" | "host">
    : never
  : never;
