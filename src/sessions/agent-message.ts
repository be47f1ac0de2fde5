import type { CarriedFailure } from "../ssh/carried-failure.ts";
import type { LoginPhase } from "../ssh/ssh2-failure.ts";
import type { SshTarget } from "../ssh/ssh-target.ts";
import type { Host, SshBackend } from "../inventory/inventory.ts";
import type { HeldBeam } from "../remote/session-keeper.ts";

/** Changes with whatever a run and an agent tell each other. `list` and `stop` stay as they are. */
export const PROTOCOL = 3;
/** How many sessions an agent holds at most. */
export const MAX_SESSIONS = 1000;
/** How long a session is held at least after the run that used it, in milliseconds. */
export const MIN_LEASE_MS = 1000;
/** How long a session is held at most after the run that used it, in milliseconds. */
export const MAX_LEASE_MS: number = 24 * 60 * 60 * 1000;
/** Where the agent listens, in its folder. */
export const SOCKET = "agent.sock";

/** What is asked of the agent: each on a connection of its own, as a line of JSON. */
export type AgentRequest =
  /**
   * A run begins; once that is answered, the connection carries lanes that the run opens. It ends in order with
   * {@linkcode RunEnd}, or is lost with the connection.
   */
  | { readonly type: "run"; readonly version: string; readonly protocol: number }
  | { readonly type: "list" }
  /** Ends sessions whose host the pattern matches: all without one. */
  | { readonly type: "stop"; readonly hosts: readonly string[] | null };

/** What the agent answers. */
export type AgentAnswer =
  | { readonly type: "run" }
  /** Of another version: it can only be stopped. */
  | { readonly type: "other"; readonly version: string }
  | { readonly type: "sessions"; readonly sessions: readonly SessionInfo[] }
  | { readonly type: "stopped"; readonly hosts: readonly string[] };

/** What a run asks first on a lane. */
export type LaneRequest = TakeRequest | MakeRequest | RunEnd;

/** Whom a session is with: digests of what decides that. */
export interface Wanted {
  readonly connection: string;
  /** How the BEAM was booted; null: in whatever way. */
  readonly boot: string | null;
}

/** Wants a session that is held; the lane carries its connection from then on. */
export interface TakeRequest extends Wanted {
  readonly type: "take";
}

/** Wants a connection to be made that can be held; the lane carries it from then on. */
export interface MakeRequest {
  readonly type: "make";
  /** {@linkcode MakeWish} as JSON that reveals what is secret. */
  readonly wish: string;
}

/** Of what kind the connection is that is to be made. */
export interface MakeWish {
  readonly connection: string;
  readonly boot: string;
  readonly backend: SshBackend;
  /** Secrets included. */
  readonly target: SshTarget;
  /** Name and settings of the host that say who the BEAM runs as, secrets included. */
  readonly host: Host;
}

/** The run has ended in order. */
export interface RunEnd {
  readonly type: "end";
  /** How long its sessions are held, in milliseconds; null: as long as was said before. */
  readonly leaseMs: number | null;
}

/** What the agent answers on a lane. */
export type LaneAnswer =
  /** The lane carries the connection from now on. */
  | { readonly type: "taken"; readonly beam: HeldBeam | null }
  /** Nothing that fits is held, or somebody uses it. */
  | { readonly type: "none" }
  /** No connection is made, for this reason. */
  | { readonly type: "refused"; readonly why: string }
  | { readonly type: "phase"; readonly phase: LoginPhase }
  | { readonly type: "failed"; readonly failure: CarriedFailure }
  | { readonly type: "ended" };

/** What is told of a session that is held. */
export interface SessionInfo {
  /** Name of the host in the inventory. */
  readonly host: string;
  readonly user: string;
  readonly address: string;
  readonly port: number;
  /** Release of OTP; null as long as there is no BEAM. */
  readonly otp: string | null;
  /** Process id of the BEAM on the host. */
  readonly pid: number | null;
  /** When the connection was made, in milliseconds since 1970. */
  readonly since: number;
  /** When the lease ends; null as long as a run uses it that has just made it. */
  readonly until: number | null;
  readonly inUse: boolean;
}
