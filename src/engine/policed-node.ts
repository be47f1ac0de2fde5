import type { FusionPlayError } from "../errors.ts";
import type { Term } from "../etf/term.ts";
import type { Policy } from "../playbook/playbook.ts";
import type { Presence } from "./applications-to-ship.ts";
import type { CodeQuestion } from "./code-question.ts";
import type { HostCode } from "./host-code.ts";
import type { ModuleSource, ShippedModule } from "./module-source.ts";
import { deniedCall, policyError, refuseDenied, withoutProvided } from "./policy.ts";
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
  Traffic,
  Transport,
  ServeOptions,
  WaitOptions,
} from "./remote-node.ts";

/** A node that takes no code and no call that the policy of a play denies. Disposing of it does nothing. */
export class PolicedNode implements RemoteNode {
  readonly #node: RemoteNode;
  readonly #policy: Policy;
  readonly #source: ModuleSource;

  constructor(node: RemoteNode, policy: Policy, source: ModuleSource) {
    this.#node = node;
    this.#policy = policy;
    this.#source = source;
  }

  get runtime(): Runtime {
    return this.#node.runtime;
  }

  get transport(): Transport {
    return this.#node.transport;
  }

  get traffic(): Traffic {
    return this.#node.traffic;
  }

  get lost(): Promise<FusionPlayError> {
    return this.#node.lost;
  }

  listen(listener: (event: ConnectionEvent) => void): () => void {
    return this.#node.listen(listener);
  }

  /** @throws {FusionPlayError} `POLICY_VIOLATION`, and what the node itself throws */
  async push(modules: readonly ShippedModule[], options: PushOptions): Promise<PushResult> {
    return this.#node.push(modules, await this.#policed(modules, options));
  }

  /** @throws {FusionPlayError} `POLICY_VIOLATION`, and what the node itself throws */
  async prepare(modules: readonly ShippedModule[], options: PushOptions): Promise<PreparedPush> {
    return this.#node.prepare(modules, await this.#policed(modules, options));
  }

  applications(names: readonly string[], options: WaitOptions): Promise<ReadonlyMap<string, Presence>> {
    return this.#node.applications(names, options);
  }

  /** @throws {FusionPlayError} `POLICY_VIOLATION`, and what the node itself throws */
  async pushApplications(push: ApplicationPush, options: PushOptions): Promise<ApplicationPushResult> {
    return this.#node.pushApplications(push, await this.#policed(push.modules, options));
  }

  async serve(source: ModuleSource | null, options: ServeOptions): Promise<void> {
    const admit = async (module: ShippedModule): Promise<void> => {
      await options.admit?.(module);
      await this.#admit([module]);
    };
    return this.#node.serve(source, { ...options, admit });
  }

  outdated(source: ModuleSource): readonly ShippedModule[] {
    return this.#node.outdated(source);
  }

  facts(options: WaitOptions): Promise<Term> {
    return this.#node.facts(options);
  }

  /** @throws {FusionPlayError} `POLICY_VIOLATION`, and what the node itself throws */
  async call(call: RemoteCall, options: CallOptions): Promise<Term> {
    const called = { module: call.module, name: call.function, arity: call.args.length };
    const violation = await deniedCall(called, call.args, { policy: this.#policy, source: this.#source });
    if (violation !== undefined) throw policyError(violation);
    return this.#node.call(call, options);
  }

  inspect(question: CodeQuestion, options: WaitOptions): Promise<HostCode> {
    return this.#node.inspect(question, options);
  }

  /** @throws {FusionPlayError} `POLICY_VIOLATION`, and what the node itself throws */
  async callEach(calls: RemoteCalls, options: CallEachOptions): Promise<readonly CallOutcome[]> {
    const { module, function: name } = calls;
    for (const args of calls.args) {
      const called = { module, name, arity: args.length };
      const violation = await deniedCall(called, args, { policy: this.#policy, source: this.#source });
      if (violation !== undefined) throw policyError(violation);
    }
    return this.#node.callEach(calls, options);
  }

  /** Refuses what no host may be sent, whatever this one has, and then what it is sent as it lacks it. */
  async #policed(modules: readonly ShippedModule[], options: PushOptions): Promise<PushOptions> {
    await this.#admit(await withoutProvided(modules, this.#source));
    return { ...options, admit: (sent) => this.#admit(sent) };
  }

  async #admit(modules: readonly ShippedModule[]): Promise<void> {
    await refuseDenied(modules, this.#policy, this.#source);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
