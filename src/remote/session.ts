import { FusionPlayError } from "../errors.ts";
import { unlessAborted } from "../waits/unless-aborted.ts";
import { outcomeOf, type RemoteCalls } from "../dist/remote-calls.ts";
import type { TrafficMeter } from "../bytes/traffic-meter.ts";
import { atom, charlist, isAtom, tuple, type Term } from "../etf/term.ts";
import { formatTerm } from "../etf/format.ts";
import { keptBytes } from "../etf/encode.ts";
import { isElixirModule } from "../etf/module-name.ts";
import type { CodeQuestion } from "../engine/code-question.ts";
import type { HostCode } from "../engine/host-code.ts";
import type { ModuleSource, ShippedModule } from "../engine/module-source.ts";
import type { Presence } from "../engine/applications-to-ship.ts";
import type {
  ApplicationPush,
  ApplicationPushResult,
  CallEachOptions,
  CallOptions,
  CallOutcome,
  ConnectionEvent,
  PreparedPush,
  PushOptions,
  PushResult,
  RemoteCall,
  RemoteCalls as CallsOfOneFunction,
  RemoteNode,
  Runtime,
  SentFile,
  ServeOptions,
  Traffic,
  Transport,
  WaitOptions,
} from "../engine/remote-node.ts";
import type { Host } from "../inventory/inventory.ts";
import { ApplicationInstaller, type InstalledBefore } from "./application-installer.ts";
import { becomeOf } from "./become-command.ts";
import type { BringUpTimeouts } from "./bring-up.ts";
import type { LiveBeam } from "./connect-beam.ts";
import { inspectRequest, readInspection } from "./code-inspection.ts";
import { CodePush } from "./code-push.ts";
import { deadlineError, withDeadline } from "./deadline.ts";
import { disposeAll } from "./dispose-all.ts";
import { ElixirStart } from "./elixir-start.ts";
import { explainFailure, unlessUnknown, type FailedHost } from "./explain-failure.ts";
import type { FetchedCode } from "./fetched-code.ts";
import { heapError, maxHeapOf } from "./heap-limit.ts";
import { gatherFacts } from "./gather-facts.ts";
import type { HeldSession } from "./held-session.ts";
import { slowestMs } from "./link-protocol.ts";
import type { LiveLink } from "./live-link.ts";
import { uploadOverLink } from "./link-upload.ts";

/** Limits in milliseconds. */
export interface SessionTimeouts extends BringUpTimeouts {
  /** Each question and each load, besides the time that its bytes take; each question about applications. */
  readonly pushTimeoutMs: number;
  /** All facts of a host. */
  readonly factsTimeoutMs: number;
}

/** How long the answer to several calls may be on its way. */
const ANSWER_MS = 10_000;
/** Timers cannot be set for longer. */
const LONGEST_MS = 2 ** 31 - 1;
const CALL_HINT = "Raise the step's timeout, or find out what the function waits for";
const AGENT = atom("fusion_play");
const INFINITY = atom("infinity");

export interface SessionParts {
  host: Host;
  timeouts: SessionTimeouts;
  beam: LiveBeam;
  transport: Transport;
  meter: TrafficMeter;
  /** Of a BEAM that fetches modules. */
  fetched: FetchedCode | undefined;
  /** In the order of opening. */
  resources: readonly (AsyncDisposable | Disposable)[];
  /** What earlier runs have installed. */
  former?: InstalledBefore | undefined;
  /** Where it may be left to those who come later. */
  kept?: HeldSession | undefined;
}

/** A live BEAM on a host: one SSH connection, its tunnels, the process, and the link to it. */
export class Session implements RemoteNode {
  readonly runtime: Runtime;
  readonly transport: Transport;
  readonly isReused: boolean;
  readonly lost: Promise<FusionPlayError>;
  readonly #host: Host;
  readonly #timeouts: SessionTimeouts;
  readonly #calls: RemoteCalls;
  readonly #link: LiveLink;
  readonly #code: CodePush;
  readonly #installer: ApplicationInstaller;
  readonly #fetched: FetchedCode | undefined;
  readonly #meter: TrafficMeter;
  readonly #resources: readonly (AsyncDisposable | Disposable)[];
  readonly #elixir: ElixirStart;
  readonly #kept: HeldSession | undefined;
  /** How many requests were given up that the agent has not answered yet: it does one after another. */
  #givenUp = 0;

  constructor({ host, timeouts, beam, transport, fetched, meter, resources, former, kept }: SessionParts) {
    this.isReused = former !== undefined;
    this.#kept = kept;
    this.runtime = beam.access.runtime;
    this.transport = transport;
    this.lost = beam.lost;
    this.#host = host;
    this.#timeouts = timeouts;
    this.#calls = beam.calls;
    this.#link = beam.link;
    this.#fetched = fetched;
    this.#meter = meter;
    this.#resources = resources;
    this.#elixir = new ElixirStart({
      host: host.name,
      own: beam.access.runtime.elixir,
      // For all steps that wait for it, so none of them ends it; a host that is lost does.
      ask: (request) =>
        this.#phase("boot", timeouts.bootTimeoutMs, new AbortController().signal, (phaseSignal) =>
          this.#ask(request, phaseSignal),
        ),
    });
    this.#code = new CodePush({
      host: host.name,
      otp: beam.access.runtime.otp,
      ask: (request, signal) =>
        this.#phase("push", timeouts.pushTimeoutMs + slowestMs(keptBytes(request)), signal, (phaseSignal) =>
          this.#ask(request, phaseSignal),
        ),
    });
    this.#installer = new ApplicationInstaller({
      host: host.name,
      runtime: beam.access.runtime,
      former,
      ask: (request, signal) =>
        this.#phase("push", timeouts.pushTimeoutMs, signal, (phaseSignal) => this.#ask(request, phaseSignal)),
      // Files may take as long as they take, while they go on.
      upload: (files, signal) =>
        becomeOf(host) === undefined
          ? beam.link.ssh.upload(files, { signal })
          : uploadOverLink(files, {
              host: host.name,
              ask: (request) => this.#askToWrite(request, signal),
              signal,
            }),
    });
  }

  get traffic(): Traffic {
    return this.#meter.counts;
  }

  listen(listener: (event: ConnectionEvent) => void): () => void {
    return this.#link.listen(listener);
  }

  async push(modules: readonly ShippedModule[], options: PushOptions): Promise<PushResult> {
    await this.#startElixirFor(modules, options.signal);
    const result = await this.#code.push(modules, options);
    this.#fetched?.notePushed(result.sent);
    await this.#elixir.startShipped(modules, options.signal);
    return result;
  }

  async prepare(modules: readonly ShippedModule[], options: PushOptions): Promise<PreparedPush> {
    await this.#startElixirFor(modules, options.signal);
    const prepared = await this.#code.prepare(modules, options);
    return {
      result: prepared.result,
      finish: async (outer) => {
        await prepared.finish(outer);
        this.#fetched?.notePushed(prepared.result.sent);
        await this.#elixir.startShipped(modules, outer);
      },
      abandon: (outer) => prepared.abandon(outer),
    };
  }

  async applications(
    names: readonly string[],
    { signal }: WaitOptions,
  ): Promise<ReadonlyMap<string, Presence>> {
    return this.#installer.presence(names, signal);
  }

  async pushApplications(push: ApplicationPush, options: PushOptions): Promise<ApplicationPushResult> {
    const { signal } = options;
    const [files] = await Promise.all([
      this.#install(push, signal),
      this.#startElixirFor(push.modules, signal),
    ]);
    const placed = new Set(files.map(({ application }) => application));
    const owned = new Set(
      push.applications.filter(({ name }) => placed.has(name)).flatMap(({ modules }) => modules),
    );
    const loaders = push.modules.filter(({ name, hasOnLoad }) => hasOnLoad && owned.has(name));
    this.#code.expire(loaders.map(({ name }) => name));
    return { ...(await this.push(push.modules, options)), files };
  }

  async #startElixirFor(modules: readonly ShippedModule[], signal: AbortSignal): Promise<void> {
    if (modules.some(({ name }) => isElixirModule(name))) await this.#elixir.start(signal);
  }

  /** Files that were on their way over a connection that is lost are sent again, into folders that are new. */
  async #install(push: ApplicationPush, signal: AbortSignal): Promise<readonly SentFile[]> {
    for (;;) {
      const { ssh } = this.#link;
      try {
        return await this.#installer.install(push, signal);
      } catch (error) {
        if (isCutOff(error)) await unlessAborted(this.#link.settled(), signal);
        if (this.#link.ssh === ssh) throw await explainFailure(error, this.#told);
      }
    }
  }

  async serve(source: ModuleSource | null, { signal, ...options }: ServeOptions): Promise<void> {
    const fetched = this.#fetched;
    if (fetched === undefined) return;
    const { folder, isNew } = fetched.serve(source, { ...options, otp: this.runtime.otp });
    if (!isNew) return;
    await this.#phase("push", this.#timeouts.pushTimeoutMs, signal, async (phaseSignal) => {
      const path = folder === undefined ? atom("none") : charlist(folder);
      const answer = await this.#ask(tuple(atom("code_path"), path), phaseSignal);
      if (isAtom(answer, "ok")) return;
      const why = formatTerm(answer, "erlang", { maxLength: 500 });
      throw new FusionPlayError(`Cannot change the code path on ${this.#host.name}: ${why}`, {
        code: "MODULE_LOAD_FAILED",
      });
    });
    // The loader waits for what it fetches, so nothing could be started when it first fetches such a module.
    if (source?.modules().some(isElixirModule) === true) {
      await this.#elixir.start(signal, fetched.elixir);
    }
  }

  outdated(source: ModuleSource): readonly ShippedModule[] {
    return this.#fetched?.outdated(source) ?? [];
  }

  async inspect(question: CodeQuestion, { signal }: WaitOptions): Promise<HostCode> {
    const { pushTimeoutMs } = this.#timeouts;
    const answer = await this.#phase("inspect", pushTimeoutMs, signal, (phaseSignal) =>
      this.#ask(inspectRequest(question), phaseSignal),
    );
    return readInspection(answer, question, { host: this.#host.name, runtime: this.runtime });
  }

  async facts({ signal }: WaitOptions): Promise<Term> {
    return this.#phase("facts", this.#timeouts.factsTimeoutMs, signal, (phaseSignal) =>
      gatherFacts(this.#calls, {
        host: this.#host.name,
        elixir: this.runtime.elixir,
        signal: phaseSignal,
      }),
    );
  }

  async call(call: RemoteCall, { signal, timeoutMs, maxHeapBytes, onOutput }: CallOptions): Promise<Term> {
    if (isElixirModule(call.module)) await this.#elixir.start(signal, this.#fetched?.elixir);
    try {
      return await this.#calls.call(call.module, call.function, call.args, {
        signal,
        // No signal of its own, as phases have: that would cost more than the rest of the call.
        limit: { ms: timeoutMs, error: () => this.#late(timeoutMs) },
        onOutput: onOutput ?? ignoreOutput,
        maxHeap: maxHeapBytes === undefined ? undefined : maxHeapOf(maxHeapBytes, this.runtime),
      });
    } catch (error) {
      throw await this.#errorOf(error, call, maxHeapBytes);
    }
  }

  async callEach(
    { module, function: name, args }: CallsOfOneFunction,
    { signal, timeoutMs, maxHeapBytes, parallel, onOutput }: CallEachOptions,
  ): Promise<readonly CallOutcome[]> {
    if (isElixirModule(module)) await this.#elixir.start(signal, this.#fetched?.elixir);
    const wanted = tuple(
      atom(module),
      atom(name),
      args.map((list) => [...list]),
    );
    const limits =
      maxHeapBytes === undefined ? [] : [tuple(atom("max_heap_size"), maxHeapOf(maxHeapBytes, this.runtime))];
    const request = tuple(atom("calls"), timeoutMs, parallel, limits, wanted);
    // The host keeps the time of each call. This is for one that does not keep it.
    const ms = Math.min(Math.ceil(args.length / parallel) * timeoutMs + ANSWER_MS, LONGEST_MS);
    const answer = await this.#phase("calls", ms, signal, async (phaseSignal) => {
      try {
        return await this.#callAgent(request, phaseSignal, onOutput);
      } catch (error) {
        throw await unlessUnknown(error, this.#told);
      }
    });
    if (!Array.isArray(answer) || answer.length !== args.length) {
      throw new FusionPlayError(
        `Cannot read what the calls gave on ${this.#host.name}: it is no list of theirs`,
        {
          code: "PROTOCOL_VIOLATION",
        },
      );
    }
    return Promise.all(
      (answer as Term[]).map(async (reason, index) => {
        const call = { module, function: name, args: args[index] ?? [] };
        return isAtom(reason, "late")
          ? { error: this.#late(timeoutMs) }
          : this.#outcomeOf(reason, call, maxHeapBytes);
      }),
    );
  }

  #late(ms: number): FusionPlayError {
    return deadlineError({ phase: "call", host: this.#host.name, ms, hint: CALL_HINT });
  }

  async #outcomeOf(reason: Term, call: RemoteCall, maxHeapBytes: number | undefined): Promise<CallOutcome> {
    const outcome = outcomeOf(reason);
    if (!(outcome instanceof Error)) return outcome;
    const error = await this.#errorOf(outcome, call, maxHeapBytes);
    if (error instanceof FusionPlayError) return { error };
    throw error;
  }

  /** The error of a call, as people are told it. */
  async #errorOf(error: unknown, call: RemoteCall, maxHeapBytes: number | undefined): Promise<unknown> {
    const heap = maxHeapBytes === undefined ? undefined : heapError(error, call, this.#host.name);
    return heap ?? this.#fetched?.refusalBehind(error) ?? explainFailure(error, this.#told, call);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // One that is stuck is of no use to others. Where it was left to them, nothing remains to be closed but what is
    // here.
    if (this.#givenUp === 0) await this.#kept?.leave(this.#installer.installed);
    await disposeAll(this.#resources);
  }

  /** What is known of the host where something fails. */
  get #told(): FailedHost {
    return { host: this.#host.name, elixir: this.runtime.elixir, lost: this.lost };
  }

  /** Asks for what the agent does itself. It cannot be ended there: nobody waits for it any longer, that is all. */
  async #ask(request: Term, signal: AbortSignal): Promise<Term> {
    signal.throwIfAborted();
    const answer = this.#callAgent(request, new AbortController().signal);
    try {
      return await unlessAborted(answer, signal);
    } catch (error) {
      if (signal.aborted) this.#giveUp(answer);
      throw error;
    }
  }

  #giveUp(answer: Promise<Term>): void {
    this.#givenUp++;
    const free = (): number => this.#givenUp--;
    answer.then(free, free);
  }

  async #callAgent(request: Term, signal: AbortSignal, onOutput = ignoreOutput): Promise<Term> {
    if (this.#givenUp > 0) throw stuckError(this.#host.name);
    return this.#calls.call("gen_server", "call", [AGENT, request, INFINITY], { signal, onOutput });
  }

  async #askToWrite(request: Term, signal: AbortSignal): Promise<Term> {
    const { pushTimeoutMs } = this.#timeouts;
    return this.#phase("push", pushTimeoutMs, signal, (phaseSignal) => this.#ask(request, phaseSignal));
  }

  async #phase<T>(
    phase: string,
    ms: number,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    try {
      return await withDeadline({ phase, host: this.#host.name, ms, signal }, work);
    } catch (error) {
      throw await explainFailure(error, this.#told);
    }
  }
}

function ignoreOutput(_text: string): void {}

function stuckError(host: string): FusionPlayError {
  return new FusionPlayError(
    `Cannot ask ${host} for anything: it is still busy with what was given up, such as a push that took too long`,
    {
      code: "TIMEOUT",
      hint: "An on_load function may wait for something that does not come; calls can be made all the same, but those of a loop",
    },
  );
}

/** Whether files were not sent for what may be the end of the connection. */
function isCutOff(error: unknown): boolean {
  return (
    error instanceof FusionPlayError &&
    (error.code === "SSH_CONNECTION_LOST" || error.code === "UPLOAD_FAILED")
  );
}
