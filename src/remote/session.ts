import { setTimeout as sleep } from "node:timers/promises";
import { FusionPlayError } from "../errors.ts";
import type { RemoteCalls } from "../dist/remote-calls.ts";
import { atom, isAtom, tuple, type Term } from "../etf/term.ts";
import { formatTerm } from "../etf/format.ts";
import { isElixirModule } from "../etf/module-name.ts";
import type { ShippedModule } from "../engine/module-source.ts";
import type { Presence } from "../engine/applications-to-ship.ts";
import type {
  ApplicationPush,
  ApplicationPushResult,
  CallOptions,
  ConnectNode,
  ConnectOptions,
  PreparedPush,
  PushOptions,
  PushResult,
  RemoteCall,
  RemoteNode,
  Runtime,
  SentFile,
  WaitOptions,
} from "../engine/remote-node.ts";
import type { Host } from "../inventory/inventory.ts";
import type { SshConnection } from "../ssh/ssh-connection.ts";
import { ApplicationInstaller } from "./application-installer.ts";
import { bringUp, type BringUpTimeouts, type LiveBeam } from "./bring-up.ts";
import { callError } from "./call-error.ts";
import { CodePush } from "./code-push.ts";
import { withDeadline } from "./deadline.ts";
import { disposeAll } from "./dispose-all.ts";

export interface SessionOptions {
  /** Makes the SSH connection; its deadlines are its own. */
  connectSsh: (host: Host, options: ConnectOptions) => Promise<SshConnection>;
  /** @default 10000 */
  tunnelTimeoutMs?: number;
  /** From the start of `erl` until it has registered. @default 30000 */
  bootTimeoutMs?: number;
  /** @default 10000 */
  handshakeTimeoutMs?: number;
  /** One question and one load; each question about applications. @default 120000 */
  pushTimeoutMs?: number;
}

interface Timeouts extends BringUpTimeouts {
  readonly pushTimeoutMs: number;
}

const DEFAULT_TIMEOUTS: Timeouts = {
  tunnelTimeoutMs: 10_000,
  bootTimeoutMs: 30_000,
  handshakeTimeoutMs: 10_000,
  pushTimeoutMs: 120_000,
};

/** How long the end of a connection may take to be known as the loss of the node. */
const LOSS_MS = 500;
const AGENT = atom("fusion_play");
const INFINITY = atom("infinity");

/** Makes what brings up a BEAM on a host and keeps it until it is disposed of. */
export function sessionConnector({ connectSsh, ...given }: SessionOptions): ConnectNode {
  const timeouts = { ...DEFAULT_TIMEOUTS, ...given };
  return async (host, options) => {
    options.onPhase?.("connect");
    const ssh = await connectSsh(host, options);
    const resources: (AsyncDisposable | Disposable)[] = [ssh];
    try {
      const beam = await bringUp({ host, ssh, timeouts, ...options }, resources);
      return new Session({ host, timeouts, ssh, beam, resources });
    } catch (error) {
      await disposeAll(resources).catch(() => {}); // the first failure is the one to report
      throw error;
    }
  };
}

interface SessionParts {
  host: Host;
  timeouts: Timeouts;
  ssh: SshConnection;
  beam: LiveBeam;
  /** In the order of opening. */
  resources: readonly (AsyncDisposable | Disposable)[];
}

/** A live BEAM on a host: one SSH connection, its tunnels, the process, and the link to it. */
class Session implements RemoteNode {
  readonly runtime: Runtime;
  readonly lost: Promise<FusionPlayError>;
  readonly #host: Host;
  readonly #timeouts: Timeouts;
  readonly #calls: RemoteCalls;
  readonly #code: CodePush;
  readonly #installer: ApplicationInstaller;
  readonly #resources: readonly (AsyncDisposable | Disposable)[];
  #elixirStarted: Promise<void> | undefined;

  constructor({ host, timeouts, ssh, beam, resources }: SessionParts) {
    this.runtime = beam.runtime;
    this.lost = beam.lost;
    this.#host = host;
    this.#timeouts = timeouts;
    this.#calls = beam.calls;
    this.#resources = resources;
    this.#code = new CodePush({
      host: host.name,
      otp: beam.runtime.otp,
      ask: (request, signal) => this.#ask(request, signal),
    });
    this.#installer = new ApplicationInstaller({
      host: host.name,
      runtime: beam.runtime,
      ask: (request, signal) =>
        this.#phase("push", timeouts.pushTimeoutMs, signal, (phaseSignal) => this.#ask(request, phaseSignal)),
      // Files may take as long as they take, while they go on.
      upload: (files, signal) => ssh.upload(files, { signal }),
    });
  }

  async push(modules: readonly ShippedModule[], options: PushOptions): Promise<PushResult> {
    if (modules.some(({ name }) => isElixirModule(name))) await this.#startElixir(options.signal);
    const result = await this.#phase("push", this.#timeouts.pushTimeoutMs, options.signal, (signal) =>
      this.#code.push(modules, { ...options, signal }),
    );
    await this.#startShippedElixir(modules, options.signal);
    return result;
  }

  async prepare(modules: readonly ShippedModule[], options: PushOptions): Promise<PreparedPush> {
    if (modules.some(({ name }) => isElixirModule(name))) await this.#startElixir(options.signal);
    const { pushTimeoutMs } = this.#timeouts;
    const prepared = await this.#phase("push", pushTimeoutMs, options.signal, (signal) =>
      this.#code.prepare(modules, { ...options, signal }),
    );
    return {
      result: prepared.result,
      finish: async (outer) => {
        await this.#phase("push", pushTimeoutMs, outer, (signal) => prepared.finish(signal));
        await this.#startShippedElixir(modules, outer);
      },
      abandon: (outer) => this.#phase("push", pushTimeoutMs, outer, (signal) => prepared.abandon(signal)),
    };
  }

  async applications(
    names: readonly string[],
    { signal }: WaitOptions,
  ): Promise<ReadonlyMap<string, Presence>> {
    return this.#installer.presence(names, signal);
  }

  async pushApplications(push: ApplicationPush, options: PushOptions): Promise<ApplicationPushResult> {
    let files: readonly SentFile[];
    try {
      files = await this.#installer.install(push, options.signal);
    } catch (error) {
      throw await this.#explain(error);
    }
    return { ...(await this.push(push.modules, options)), files };
  }

  async call(call: RemoteCall, { signal, timeoutMs, onOutput }: CallOptions): Promise<Term> {
    if (isElixirModule(call.module)) await this.#startElixir(signal);
    const hint = "Raise the step's timeout, or find out what the function waits for";
    return withDeadline(
      { phase: "call", host: this.#host.name, ms: timeoutMs, signal, hint },
      async (phaseSignal) => {
        try {
          return await this.#calls.call(call.module, call.function, call.args, {
            signal: phaseSignal,
            onOutput: onOutput ?? (() => {}),
          });
        } catch (error) {
          throw await this.#explain(error, call);
        }
      },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await disposeAll(this.#resources);
  }

  /** Starts the host's own Elixir, if it has one. */
  async #startElixir(signal: AbortSignal): Promise<void> {
    if (this.runtime.elixir !== null) await this.#askForElixir(atom("start_elixir"), signal);
  }

  /** Starts the Elixir that was shipped to a host without one. */
  async #startShippedElixir(modules: readonly ShippedModule[], signal: AbortSignal): Promise<void> {
    const shipped = modules.find(({ application }) => application !== undefined)?.application;
    if (shipped !== undefined) await this.#askForElixir(tuple(atom("start_elixir"), shipped), signal);
  }

  /** Elixir's own processes are needed by its standard library; they start once, when Elixir is used. */
  async #askForElixir(request: Term, signal: AbortSignal): Promise<void> {
    const { bootTimeoutMs } = this.#timeouts;
    this.#elixirStarted ??= this.#phase("boot", bootTimeoutMs, signal, async (phaseSignal) => {
      const answer = await this.#ask(request, phaseSignal);
      if (isAtom(answer, "ok")) return;
      const why = formatTerm(answer, "erlang", { maxLength: 500 });
      throw new FusionPlayError(`Cannot start Elixir on ${this.#host.name}: ${why}`, { code: "BOOT_FAILED" });
    });
    await this.#elixirStarted;
  }

  async #ask(request: Term, signal: AbortSignal): Promise<Term> {
    return this.#calls.call("gen_server", "call", [AGENT, request, INFINITY], { signal, onOutput: () => {} });
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
      throw await this.#explain(error);
    }
  }

  /** A link that broke says little; why it broke says more. */
  async #explain(error: unknown, call?: RemoteCall): Promise<unknown> {
    if (error instanceof FusionPlayError && error.code === "NODE_LOST") return this.lost;
    // One request without an answer need not be the end of the connection.
    if (error instanceof FusionPlayError && error.code === "SSH_CONNECTION_LOST") {
      return Promise.race([this.lost, sleep(LOSS_MS, error)]);
    }
    return callError(error, call, { name: this.#host.name, elixir: this.runtime.elixir });
  }
}
