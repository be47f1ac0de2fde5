import { nodesOfPlay, rescueSteps, stepsOfPlay } from "../playbook/all-steps.ts";
import type { Play, Step } from "../playbook/playbook.ts";
import { codeQuestion, type CodeQuestion } from "./code-question.ts";
import type { DryRunHost, DryRunStep } from "./dry-run-report.ts";
import type { HostFacts } from "./host-facts.ts";
import type { ModuleSource } from "./module-source.ts";
import { plannedSteps } from "./planned-steps.ts";
import type { Runtime } from "./remote-node.ts";
import { NOTHING_SHIPPED, StepPlanner, type Shipped, type StepPlace } from "./step-planner.ts";
import { delegateOf } from "./step-target.ts";

const FUNCTION_STEPS = "what its function of steps ships and calls";

/** What would happen in a play on hosts that come with the same modules. */
export interface PlayPlan {
  readonly host: DryRunHost;
  /** What the host has after the play. */
  readonly shipped: Shipped;
}

/** A play before the one that is planned, with its code paths. */
export interface EarlierPlay {
  readonly play: Play;
  readonly source: ModuleSource;
}

export interface PlayPlannerOptions extends EarlierPlay {
  readonly earlier: readonly EarlierPlay[];
  readonly signal: AbortSignal;
}

/** Plans one play, once for each set of modules that hosts come with, and for hosts that say the same. */
export class PlayPlanner {
  readonly #play: Play;
  readonly #source: ModuleSource;
  readonly #earlier: readonly EarlierPlay[];
  readonly #signal: AbortSignal;
  readonly #plans: Map<HostFacts | undefined, Map<Shipped, Promise<PlayPlan>>> = new Map();
  readonly #questions: Map<boolean, Promise<CodeQuestion>> = new Map();

  constructor({ play, source, earlier, signal }: PlayPlannerOptions) {
    this.#play = play;
    this.#source = source;
    this.#earlier = earlier;
    this.#signal = signal;
  }

  /**
   * Plans the play on a host.
   *
   * @param before What earlier plays shipped.
   * @param facts What the host says of itself; without it, it is taken to have what is installed here.
   */
  planAfter(before: Shipped, facts?: HostFacts): Promise<PlayPlan> {
    const plans = this.#plans.get(facts) ?? new Map<Shipped, Promise<PlayPlan>>();
    this.#plans.set(facts, plans);
    const plan = plans.get(before) ?? this.#plan(before, facts);
    plans.set(before, plan);
    return plan;
  }

  /** What a host has to be asked before the play can be planned on it. */
  question({ elixir }: Pick<Runtime, "elixir">): Promise<CodeQuestion> {
    const hasElixir = elixir !== null;
    const question = this.#questions.get(hasElixir) ?? this.#ask(hasElixir);
    this.#questions.set(hasElixir, question);
    return question;
  }

  async #ask(hasElixir: boolean): Promise<CodeQuestion> {
    const source = hasElixir ? this.#source : await this.#source.withElixir();
    return codeQuestion(stepsOfPlay(this.#play), source, this.#signal);
  }

  async #plan(before: Shipped, facts: HostFacts | undefined): Promise<PlayPlan> {
    const { steps, handlers } = this.#play;
    const totals = { modules: 0, bytes: 0, files: 0, file_bytes: 0 };
    const host: DryRunHost = { steps: [], problems: [], totals };
    if (facts !== undefined) {
      const { otp, elixir } = facts.runtime;
      host.runtime = { otp, elixir };
      host.error = null;
    }
    if (typeof steps === "function") return { host: { ...host, unknown: FUNCTION_STEPS }, shipped: before };
    const own = new StepPlanner({
      play: this.#play,
      source: facts?.runtime.elixir === null ? await this.#source.withElixir() : this.#source,
      facts,
      before,
      perhaps: this.#earlier.filter(({ play }) => mayShipAnywhere(play)).map(({ source }) => source),
      signal: this.#signal,
    });
    const delegates = new Map<string, StepPlanner>();
    const rescuing = rescueSteps(nodesOfPlay(this.#play));
    for (const { step, isHandler } of plannedSteps(steps, handlers)) {
      const place = { isRescue: rescuing.has(step), isHandler };
      const delegate = delegateOf(step)?.source;
      if (delegate !== undefined) {
        addStep(host, await this.#planElsewhere(step, place, { delegate, delegates }));
        continue;
      }
      const planned = await own.plan(step, place);
      if (facts === undefined) await own.addElixir(step, host);
      addStep(host, planned);
      totals.modules += planned.would_push.length;
      totals.bytes += sizeOf(planned.would_push);
      totals.files += planned.would_push_files.length;
      totals.file_bytes += sizeOf(planned.would_push_files);
    }
    return { host, shipped: own.shipped };
  }

  /** Plans a step that is delegated: on a host of which nothing is known, but for what steps before sent to it. */
  async #planElsewhere(
    step: Step,
    place: StepPlace,
    { delegate, delegates }: { delegate: string; delegates: Map<string, StepPlanner> },
  ): Promise<DryRunStep> {
    const planner =
      delegates.get(delegate) ??
      new StepPlanner({
        play: this.#play,
        source: this.#source,
        facts: undefined,
        before: NOTHING_SHIPPED,
        perhaps: this.#earlier.map(({ source }) => source),
        signal: this.#signal,
      });
    delegates.set(delegate, planner);
    const planned = await planner.plan(step, place);
    const unknown =
      planned.would_push.length + planned.would_push_files.length === 0
        ? []
        : [`what of it ${delegate} has by then`];
    return {
      ...planned,
      delegated_to: delegate,
      ...(unknown.length === 0 ? {} : { unknown: [planned.unknown ?? [], unknown].flat().join("; ") }),
    };
  }
}

/** Whether a host may have got modules of a play that no plan of the play shows: by a function, or from others. */
function mayShipAnywhere(play: Play): boolean {
  return typeof play.steps === "function" || stepsOfPlay(play).some((step) => delegateOf(step) !== undefined);
}

function addStep(host: DryRunHost, step: DryRunStep): void {
  host.steps.push(step);
  host.problems.push(...step.problems);
}

function sizeOf(things: readonly { readonly bytes: number }[]): number {
  return things.reduce((sum, { bytes }) => sum + bytes, 0);
}
