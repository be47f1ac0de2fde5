import type { Data } from "../etf/data.ts";
import type { Inventory } from "../inventory/inventory.ts";
import type { Play, Playbook, Prompt } from "../playbook/playbook.ts";
import type { ModuleSource } from "./module-source.ts";
import type { RunJournal } from "./journal-entry.ts";
import type { ConnectNode } from "./remote-node.ts";
import type { ResumedRun } from "./resumed-run.ts";
import type { Shard } from "./shard.ts";
import type { RunEvent } from "./run-event.ts";

/** What a run is made of, whether it is dry or not. */
export interface PlanOptions {
  playbooks: readonly Playbook[];
  inventory: Inventory;
  /** Host pattern that narrows the hosts of every play. */
  limit?: string | undefined;
  /** Told of the parts of patterns that name nothing in the inventory, where others match. @default nobody */
  onUnmatched?: (part: string) => void;
  /** Names of hosts that narrow those of every play as well. @default all */
  onlyHosts?: ReadonlySet<string> | undefined;
  /** The part of those hosts that this controller takes. @default all */
  shard?: Shard | undefined;
  /** Steps to take: those that have one of these tags. @default [] (all) */
  tags?: readonly string[];
  /** Steps to leave out. @default [] */
  skipTags?: readonly string[];
  /** Leaves out the steps before the one of this name. */
  startAtStep?: string | undefined;
  /** Variables above all others, those that say how to reach hosts among them. @default {} */
  extraVars?: Readonly<Record<string, Data>>;
  /** Opens the code paths of a play and compiles its sources. */
  openModules(play: Play, signal: AbortSignal): Promise<ModuleSource>;
  signal: AbortSignal;
}

export interface RunOptions extends PlanOptions {
  /**
   * Asks the user for the variable of a prompt; what is typed is never a template.
   *
   * @default nobody can be asked: prompts need a default, or a value in `extraVars`
   */
  ask?: ((prompt: Prompt) => Promise<string>) | undefined;
  connect: ConnectNode;
  /** Changes nothing: asks functions what they would do, and leaves out what cannot tell. @default false */
  check?: boolean;
  /** Counts for the report what goes to hosts and comes from them, and how often that is waited for. @default false */
  countTraffic?: boolean;
  /** How many hosts are worked on at the same time. @default 50 */
  concurrency?: number;
  /** How many hosts are connected to at the same time. @default 16 */
  connectConcurrency?: number;
  /** Time limit of an attempt of a step that has no `timeout` of its own, in milliseconds. @default 300000 */
  stepTimeoutMs?: number;
  /** How long the steps below `always` of blocks may take after the run was stopped, in milliseconds. @default 30000 */
  alwaysGraceMs?: number;
  onEvent(event: RunEvent): void;
  /**
   * Told what a step gave that has `no_log`, and what expressions make of secrets, so that nothing shows it later on;
   * with the host that gave it, or on which it was made.
   *
   * @default nobody
   */
  onHidden?: (data: Data, host: string) => void;
  /** Gets what is needed to explain the run, or to resume it, if it is killed. @default nobody */
  journal?: RunJournal | undefined;
  /** What was done before the run was resumed, with the shard that it goes on with. @default nothing */
  resumed?: ResumedRun | undefined;
  /** The exit code of a run that was stopped. @default 130 */
  cancelledExitCode?: () => number;
}

export const DEFAULT_CONCURRENCY = 50;
/** sshd refuses at random from ten connections on that have not authenticated yet (`MaxStartups`). */
export const DEFAULT_CONNECT_CONCURRENCY = 16;
export const DEFAULT_STEP_TIMEOUT_MS = 300_000;
export const DEFAULT_ALWAYS_GRACE_MS = 30_000;
