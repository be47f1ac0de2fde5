import { FusionPlayError } from "../../src/errors.ts";
import { atom, binary, MapTerm, type Term } from "../../src/etf/term.ts";
import type { CodeQuestion } from "../../src/engine/code-question.ts";
import type { HostCode } from "../../src/engine/host-code.ts";
import type { ModuleSource, ShippedModule } from "../../src/engine/module-source.ts";
import type { Presence } from "../../src/engine/applications-to-ship.ts";
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
  RemoteCalls,
  RemoteNode,
  Runtime,
  ServeOptions,
  Traffic,
} from "../../src/engine/remote-node.ts";

/** Answers a call; what it throws is what the call rejects with. */
export type FakeCall = (call: RemoteCall, options: CallOptions) => Term | Promise<Term>;

/** What goes on when code is prepared and loaded; what it throws is what that rejects with. */
export interface FakeLoading {
  prepare?(node: FakeRemoteNode): void | Promise<void>;
  finish?(node: FakeRemoteNode): void | Promise<void>;
}

/** A host without SSH and Erlang, for what the engine decides. */
export class FakeRemoteNode implements RemoteNode {
  readonly runtime: Runtime;
  readonly transport = "tunnels";
  readonly traffic: Traffic = {
    round_trips: 0,
    messages_sent: 0,
    messages_received: 0,
    bytes_sent: 0,
    bytes_received: 0,
  };
  readonly lost: Promise<FusionPlayError>;
  readonly calls: RemoteCall[] = [];
  /** How many calls were made together, for each time that several were. */
  readonly batches: number[] = [];
  readonly pushes: string[][] = [];
  /** What it was asked about its code. */
  readonly questions: CodeQuestion[] = [];
  /** What it says of its code, besides that it has all functions that it is asked for; or why it says nothing. */
  code: Partial<HostCode> | FusionPlayError = {};
  readonly prepared: string[][] = [];
  readonly finished: string[][] = [];
  readonly abandoned: string[][] = [];
  readonly applicationPushes: ApplicationPush[] = [];
  /** What the plays let the host fetch, in order. */
  readonly served: (ModuleSource | null)[] = [];
  /** Modules that the host has from somewhere else in another version. */
  former: readonly string[] = [];
  /** Whether it was connected as one that fetches. */
  onDemand = false;
  /** How often it was asked for facts. */
  factsGathered = 0;
  isDisposed = false;
  readonly #answer: FakeCall;
  readonly #loading: FakeLoading;
  readonly #loaded: Set<string> = new Set();
  #fetched: (module: string) => void = () => {};
  #lose: (error: FusionPlayError) => void = () => {};

  /** @param elixir Version of its Elixir; null for a host with only Erlang. */
  constructor(answer: FakeCall, elixir: string | null = "1.14.0", loading: FakeLoading = {}) {
    this.#answer = answer;
    this.runtime = { otp: "25", elixir, architecture: "x86_64-pc-linux-gnu", bits: 64 };
    this.#loading = loading;
    this.lost = new Promise((resolve) => {
      this.#lose = resolve;
    });
  }

  /** Those who are told of its connection. */
  readonly listeners: Set<(event: ConnectionEvent) => void> = new Set();

  listen(listener: (event: ConnectionEvent) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  async push(modules: readonly ShippedModule[], { admit }: PushOptions): Promise<PushResult> {
    const sent = modules.filter(({ name }) => !this.#loaded.has(name));
    // Without a pause where nobody is asked: others push to the same host.
    if (admit !== undefined) await admit(sent);
    for (const { name } of sent) this.#loaded.add(name);
    this.pushes.push(sent.map(({ name }) => name));
    return { sent, skipped: modules.length - sent.length };
  }

  async prepare(modules: readonly ShippedModule[], { admit }: PushOptions): Promise<PreparedPush> {
    const names = modules.map(({ name }) => name);
    const sent = modules.filter(({ name }) => !this.#loaded.has(name));
    await admit?.(sent);
    await this.#loading.prepare?.(this);
    this.prepared.push(names);
    return {
      result: { sent, skipped: modules.length - sent.length },
      finish: async (signal) => {
        await this.#loading.finish?.(this);
        signal.throwIfAborted();
        for (const { name } of sent) this.#loaded.add(name);
        this.finished.push(names);
      },
      abandon: async () => void this.abandoned.push(names),
    };
  }

  async applications(names: readonly string[]): Promise<ReadonlyMap<string, Presence>> {
    return new Map(names.filter((name) => ["kernel", "stdlib"].includes(name)).map((name) => [name, "own"]));
  }

  async pushApplications(push: ApplicationPush, options: PushOptions): Promise<ApplicationPushResult> {
    this.applicationPushes.push(push);
    const files = push.applications.flatMap(({ name, files: all }) =>
      all.map(({ path, bytes, sha256 }) => ({ application: name, path, bytes, sha256 })),
    );
    return { ...(await this.push(push.modules, options)), files };
  }

  async serve(source: ModuleSource | null, { onFetch }: ServeOptions): Promise<void> {
    this.served.push(source);
    this.#fetched = (name) => {
      const module = source?.module(name);
      if (module !== undefined) onFetch(module);
    };
  }

  async facts(): Promise<Term> {
    this.factsGathered++;
    return new MapTerm([[atom("hostname"), binary("box")]]);
  }

  outdated(source: ModuleSource): readonly ShippedModule[] {
    return this.former.flatMap((name) => (this.#loaded.has(name) ? [] : (source.module(name) ?? [])));
  }

  /** Does what the host does when code on it calls a module for the first time. */
  fetch(module: string): void {
    this.#fetched(module);
  }

  async inspect(question: CodeQuestion): Promise<HostCode> {
    const { calls } = question;
    this.questions.push(question);
    if (this.code instanceof FusionPlayError) throw this.code;
    const asked = new Map<string, Set<string>>();
    for (const { module, name, arity } of calls) {
      asked.set(module, (asked.get(module) ?? new Set()).add(`${name}/${arity}`));
    }
    return {
      own: new Map(),
      current: new Set(),
      replaced: new Map(),
      lacking: new Map(),
      asked,
      applications: new Map(),
      unfit: new Map(),
      ...this.code,
    };
  }

  async call(call: RemoteCall, options: CallOptions): Promise<Term> {
    this.calls.push(call);
    options.signal.throwIfAborted();
    return await new Promise<Term>((resolve, reject) => {
      options.signal.addEventListener("abort", () => reject(options.signal.reason as Error), { once: true });
      Promise.resolve()
        .then(() => this.#answer(call, options))
        .then(resolve, reject);
    });
  }

  async callEach(calls: RemoteCalls, options: CallEachOptions): Promise<readonly CallOutcome[]> {
    this.batches.push(calls.args.length);
    return Promise.all(
      calls.args.map((args) =>
        this.call({ module: calls.module, function: calls.function, args }, options).then(
          (result) => ({ result }),
          (error: unknown) => {
            if (options.signal.aborted || !(error instanceof FusionPlayError)) throw error;
            return { error };
          },
        ),
      ),
    );
  }

  /** Ends the node as a broken connection does. */
  lose(message: string): void {
    this.#lose(new FusionPlayError(message, { code: "NODE_LOST" }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isDisposed = true;
  }
}
