import type { Data } from "../../etf/data.ts";
import type { Term } from "../../etf/term.ts";
import type { CodeLoading, Scope } from "../../playbook/playbook.ts";
import type { ModuleSource } from "../module-source.ts";
import type { PushResult, RemoteNode, SentFile } from "../remote-node.ts";
import type { ErrorReport } from "../report.ts";
import type { Slot } from "../slots.ts";
import type { TransactionPart } from "../transactions.ts";

/** What one attempt of a step may use. */
export interface StepContext {
  readonly scope: Scope;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** What the step itself says of it; undefined where it has the one of the run. */
  readonly ownTimeoutMs: number | undefined;
  /** Limit of the memory of a call, in bytes. */
  readonly maxHeapBytes: number | undefined;
  readonly source: ModuleSource;
  readonly codeLoading: CodeLoading;
  /** The host's node; the session is up before the first step. */
  readonly node: RemoteNode;
  /** Of a step that is one: where the host waits for the others. */
  readonly transaction: TransactionPart | undefined;
  /** What the host gives back while it waits for others. */
  readonly slot: Slot;
  onOutput(text: string): void;
  /** Told of every push, whether it sent something or not. */
  onPush(result: PushResult): void;
  /** Told of the files that were sent, if any. */
  onFiles(files: readonly SentFile[]): void;
}

/** How an attempt ended. Past the host boundary a failure is a value. */
export type StepOutcome =
  | { readonly status: "ok"; readonly result: Term | null; readonly data: Data }
  | { readonly status: "failed"; readonly error: ErrorReport };
