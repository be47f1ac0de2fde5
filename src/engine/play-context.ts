import type { Data } from "../etf/data.ts";
import type { Host } from "../inventory/inventory.ts";
import type { Play, Step } from "../playbook/playbook.ts";
import type { HostBoot } from "./boot-of-hosts.ts";
import type { Delegates } from "./delegates.ts";
import type { HostEntry } from "./journal-entry.ts";
import type { ModuleSource } from "./module-source.ts";
import type { PlayProgress } from "./play-progress.ts";
import type { ResumedPlay } from "./resumed-run.ts";
import type { RunEvent } from "./run-event.ts";
import type { OnceSteps } from "./run-once.ts";
import type { WrittenName } from "./report.ts";
import type { HostMemory, RunNames } from "./scope.ts";
import type { Sessions } from "./sessions.ts";
import type { StepPositions } from "./step-positions.ts";
import type { Strategy } from "./strategies/strategy.ts";
import type { Throttles } from "./throttles.ts";
import type { Transactions } from "./transactions.ts";

/** What is the same for all hosts of a play. */
export interface PlayContext {
  readonly play: Play;
  readonly source: ModuleSource;
  readonly sessions: Sessions;
  readonly names: RunNames;
  readonly extraVars: Readonly<Record<string, Data>>;
  /** What was given to prompts, by name. */
  readonly answers: Readonly<Record<string, Data>>;
  /** What a host keeps from play to play. */
  memoryOf(host: string): HostMemory;
  readonly stepTimeoutMs: number;
  /** Whether nothing is to be changed. */
  readonly check: boolean;
  /** Whether what goes to hosts and comes from them is counted. */
  readonly countTraffic: boolean;
  /** How the play goes on, for all of its hosts. */
  readonly progress: PlayProgress;
  readonly throttles: Throttles;
  /** Hosts that steps are delegated to. */
  readonly delegates: Delegates;
  readonly positions: StepPositions;
  /** Of the steps whose names hosts evaluate. */
  readonly writtenNames: ReadonlyMap<Step, WrittenName>;
  /** Whether a play of the run lets the host fetch modules. */
  onDemand(host: Host): boolean;
  /** How the host boots, as far as plays say it. */
  bootOf(host: Host): HostBoot;
  readonly signal: AbortSignal;
  /** How long the steps below `always` may take after the run was stopped. */
  readonly alwaysGraceMs: number;
  /** What was done before the run was resumed. */
  readonly resumed: ResumedPlay | undefined;
  /** Notes down what happens on a host. */
  readonly note: ((host: string, entry: HostEntry) => void) | undefined;
  onEvent(event: RunEvent): void;
  /** Told what must not be shown from now on. */
  readonly onHidden: (data: Data, host: string) => void;
}

/** What is the same for the hosts of a batch as well. */
export interface BatchContext extends PlayContext {
  /** What one host does for all. */
  readonly once: OnceSteps;
  readonly transactions: Transactions;
  readonly strategy: Strategy;
}
