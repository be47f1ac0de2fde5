import type { Slot } from "../slots.ts";

/** A host before it begins a step. */
export interface Turn {
  /** Name of the host. */
  readonly host: string;
  /** Place of the step in the order of the play; on one host, later steps have higher ones. */
  readonly position: number;
  readonly slot: Slot;
  readonly signal: AbortSignal;
}

/** How the hosts of a batch go through the steps of a play beside each other. */
export interface Strategy {
  /** Waits until the host may begin a step, or its signal is aborted; never rejects. Undefined where it may at once. */
  turn(turn: Turn): Promise<void> | undefined;
  /** Says that a host is done with the play. */
  leave(host: string): void;
}
