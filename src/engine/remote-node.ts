import { FusionPlayError, type ErrorDetails } from "../errors.ts";
import type { Term } from "../etf/term.ts";
import type { Host, TransportChoice } from "../inventory/inventory.ts";
import type { Purge } from "../playbook/play-host.ts";
import type { Presence } from "./applications-to-ship.ts";
import type { CodeQuestion } from "./code-question.ts";
import type { HostCode } from "./host-code.ts";
import type { ModuleSource, ShippedModule } from "./module-source.ts";
import type { ShippedApplication } from "./shipped-application.ts";

/** A live BEAM on a host, as the engine sees it. Disposing of it ends the BEAM. */
export interface RemoteNode extends AsyncDisposable {
  readonly runtime: Runtime;
  /** How it is connected. */
  readonly transport: Transport;
  /** What has gone there and come back until now. */
  readonly traffic: Traffic;
  /** Whether an earlier run has left it. @default false */
  readonly isReused?: boolean;
  /** Resolves when the node was lost, with the reason; never rejects. */
  readonly lost: Promise<FusionPlayError>;
  /**
   * Tells of connections that are lost and come back. What was under way goes on then as if nothing had
   * happened.
   *
   * @returns what ends it
   */
  listen(listener: (event: ConnectionEvent) => void): () => void;
  /**
   * Loads what the host does not have yet, all or nothing.
   *
   * @throws {FusionPlayError} `MODULE_PROTECTED`, `MODULE_TOO_NEW`, `MODULE_LOAD_FAILED`, `TIMEOUT`,
   *   `NODE_LOST`
   */
  push(modules: readonly ShippedModule[], options: PushOptions): Promise<PushResult>;
  /**
   * Sends what the host does not have yet and makes it ready, so that it can be loaded all at once.
   * Nothing is loaded before the result is told to finish.
   *
   * @throws {FusionPlayError} as `push`; `MODULE_LOAD_FAILED` also for modules with an on_load function,
   *   which cannot be prepared
   */
  prepare(modules: readonly ShippedModule[], options: PushOptions): Promise<PreparedPush>;
  /**
   * How the host has applications by itself, or from an earlier push. Those that it does not have are
   * not in the map.
   */
  applications(names: readonly string[], options: WaitOptions): Promise<ReadonlyMap<string, Presence>>;
  /**
   * Ships applications: first their files, then resources and environment, then the modules. What the
   * host has in this version is not sent again.
   *
   * @throws {FusionPlayError} `ARCHITECTURE_MISMATCH` before anything is sent; `SSH_SFTP_REFUSED`,
   *   `UPLOAD_FAILED`, `FILE_UNREADABLE`, `APPLICATION_START_FAILED` if one cannot be loaded, and what
   *   `push` throws
   */
  pushApplications(push: ApplicationPush, options: PushOptions): Promise<ApplicationPushResult>;
  /**
   * Lets the host fetch the modules of `source` as code on it calls them, and none of any other source
   * from then on; null: no modules at all. A node that was connected without `onDemand` never fetches.
   *
   * @throws {FusionPlayError} `TIMEOUT`, `NODE_LOST`
   */
  serve(source: ModuleSource | null, options: ServeOptions): Promise<void>;
  /** The modules of `source` that the host got in another version from another source. */
  outdated(source: ModuleSource): readonly ShippedModule[];
  /**
   * Asks what the host has of modules and functions, without loading any.
   *
   * @throws {FusionPlayError} `PROTOCOL_VIOLATION`, `TIMEOUT`, `NODE_LOST`
   */
  inspect(question: CodeQuestion, options: WaitOptions): Promise<HostCode>;
  /**
   * What the host tells about itself: a map of facts by name.
   *
   * @throws {FusionPlayError} `PROTOCOL_VIOLATION`, `TIMEOUT`, `NODE_LOST`
   */
  facts(options: WaitOptions): Promise<Term>;
  /**
   * Calls a function and waits for its result.
   *
   * @throws {RemoteCallError} `REMOTE_EXCEPTION`, or `FUNCTION_NOT_FOUND` where the host lacks it
   * @throws {FusionPlayError} `TIMEOUT` (the process on the host is killed), `NODE_LOST` if it was not made,
   *   `OUTCOME_UNKNOWN` if the node was lost and it may have been, or the signal's reason
   */
  call(call: RemoteCall, options: CallOptions): Promise<Term>;
  /**
   * Calls one function with each of several lists of arguments, all with one message there and one back.
   * Each call is a process of its own, and has the time of one.
   *
   * @throws {FusionPlayError} `TIMEOUT` where the host does not answer at all, `NODE_LOST`,
   *   `OUTCOME_UNKNOWN`, or the signal's reason
   */
  callEach(calls: RemoteCalls, options: CallEachOptions): Promise<readonly CallOutcome[]>;
}

/** What becomes of the connection to a host. */
export type ConnectionEvent =
  /** It was lost, for this reason, and is made again. */
  | { readonly type: "reconnecting"; readonly reason: string }
  /** It is there again, after so many milliseconds. */
  | { readonly type: "reconnected"; readonly awayMs: number };

/** What has gone to a host and come from it. */
export interface Traffic {
  /**
   * How often an answer was waited for while nothing else was: what is waited for at the same time takes no longer than
   * one of it.
   */
  readonly round_trips: number;
  /** Requests, answers and other messages to the host, in whichever protocol. */
  readonly messages_sent: number;
  /** Those from the host. */
  readonly messages_received: number;
  /** What went to the host inside the channels of SSH, without its own packets. */
  readonly bytes_sent: number;
  /** What came from the host in the same way. */
  readonly bytes_received: number;
}

export interface Runtime {
  /** Release of OTP, such as `"25"`. */
  readonly otp: string;
  /** Version of Elixir, such as `"1.14.0"`; null on a host that has only Erlang. */
  readonly elixir: string | null;
  /** What the emulator was built for: `"x86_64-pc-linux-gnu"`. */
  readonly architecture: string;
  /** Size of its addresses: 64, seldom 32. */
  readonly bits: number;
}

export interface WaitOptions {
  readonly signal: AbortSignal;
}

export interface PushOptions extends WaitOptions {
  /**
   * What becomes of processes that still run the version before the one that is replaced: `soft` fails
   * and names them, `hard` kills them.
   */
  readonly purge: Purge;
  /**
   * Modules that a step asks for by name. One that the host keeps as it is, such as one of its own OTP,
   * is refused; any other of them is left to the host.
   */
  readonly named: readonly string[];
  /**
   * Asks the host also about modules that it had when it was asked or sent them last: code that runs
   * there may have replaced or deleted them since.
   */
  readonly recheck: boolean;
  /** Refuses modules that the host is about to be sent, by what it throws: none of them is sent. */
  readonly admit?: (modules: readonly ShippedModule[]) => Promise<void>;
}

export interface PushResult {
  readonly sent: readonly ShippedModule[];
  /** How many modules the host already had. */
  readonly skipped: number;
}

/** Code that is ready on a host. It stays so until one of the two is done. */
export interface PreparedPush {
  /** What is loaded by `finish`. */
  readonly result: PushResult;
  /**
   * Loads all of it, or nothing.
   *
   * @throws {FusionPlayError} `MODULE_LOAD_FAILED`, `TIMEOUT`, `NODE_LOST`
   */
  finish(signal: AbortSignal): Promise<void>;
  /** Forgets it. */
  abandon(signal: AbortSignal): Promise<void>;
}

/** Applications as a host gets them. */
export interface ApplicationPush {
  /** Dependencies before dependents. */
  readonly applications: readonly ShippedApplication[];
  /** Their modules, and all that these need. */
  readonly modules: readonly ShippedModule[];
  /** Values that are set in the environment of one application; a name stands in it once. */
  readonly environment: {
    readonly application: string;
    readonly entries: readonly (readonly [name: string, value: Term])[];
  };
}

export interface ApplicationPushResult extends PushResult {
  readonly files: readonly SentFile[];
}

/** A file that was sent to a host. */
export interface SentFile {
  readonly application: string;
  /** Below the folder of the application: `priv/my_nif.so`. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface ServeOptions {
  readonly signal: AbortSignal;
  /**
   * Refuses a module that the host is about to fetch, by what it throws. The host is told that there is
   * none; a call that fails for that reason fails with that error.
   */
  readonly admit?: (module: ShippedModule) => Promise<void>;
  /** Told of each module that the host has fetched, once. */
  readonly onFetch: (module: ShippedModule) => void;
}

export interface RemoteCall {
  readonly module: string;
  readonly function: string;
  readonly args: readonly Term[];
}

/** Calls of one function. */
export interface RemoteCalls {
  readonly module: string;
  readonly function: string;
  readonly args: readonly (readonly Term[])[];
}

/** The result of one of several calls, or why it has none. */
export type CallOutcome = { readonly result: Term } | { readonly error: FusionPlayError };

export interface CallEachOptions extends CallOptions {
  /** How many of them are made at the same time. */
  readonly parallel: number;
}

export interface CallOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Kills the process of the call when it needs more memory, in bytes. @default no limit */
  readonly maxHeapBytes?: number | undefined;
  /** Gets what the called function prints, as it prints it. */
  readonly onOutput?: (text: string) => void;
}

/** What a failed call says about the exception on the host. */
export interface RemoteException {
  readonly class: "throw" | "exit" | "error";
  readonly reason: Term;
  readonly stacktrace: readonly StackFrame[];
}

/** A call that ended with an exception on the host. */
export class RemoteCallError extends FusionPlayError {
  override readonly name = "RemoteCallError";
  readonly exception: RemoteException;

  constructor(message: string, details: ErrorDetails, exception: RemoteException) {
    super(message, details);
    this.exception = exception;
  }
}

export interface StackFrame {
  readonly module: string;
  readonly function: string;
  readonly arity: number;
  readonly file: string | undefined;
  readonly line: number | undefined;
}

/**
 * Brings up a BEAM on `host`.
 *
 * @throws {FusionPlayError} the host is unreachable: the message names the phase
 */
export interface ConnectNode {
  (host: Host, options: ConnectOptions): Promise<RemoteNode>;
  /**
   * Whether it waits for its turn by itself, where it needs one: with `inTurn` of its options.
   *
   * @default it is called when it is its turn
   */
  readonly takesTurns?: true;
}

export interface ConnectOptions {
  readonly signal: AbortSignal;
  /** Aborted when the run is stopped: then a host that was lost is not waited for. */
  readonly cancelled?: AbortSignal;
  /** Whether the host will fetch modules: it boots another way for that. */
  readonly onDemand: boolean;
  /** Path of a runtime to bring, where the inventory does not say what the host boots from. */
  readonly bundle?: string | undefined;
  /** How to connect it, where the inventory does not say. @default "auto" */
  readonly transport?: TransportChoice | undefined;
  /**
   * Does the work that makes a connection when it is its turn: also anew, for a host that has lost it. Nothing counts
   * as a turn but that work: whoever waits between two attempts leaves it to others.
   *
   * @throws {FusionPlayError} `TIMEOUT` if the signal is aborted while it waits
   * @default at once
   */
  readonly inTurn?: InTurn;
  readonly onPhase?: (phase: ConnectPhase, traffic?: Traffic) => void;
  /** Gets what the BEAM prints past every step, to its own standard output and error. */
  readonly onOutput?: (text: string) => void;
}

/** Does work when it is its turn. */
export type InTurn = <T>(work: () => Promise<T>, signal: AbortSignal) => Promise<T>;

/**
 * What carries everything between us and a BEAM: `tunnels` of the SSH connection, or the standard input and
 * output of a command, `stdio`, where the server forwards nothing.
 */
export type Transport = "tunnels" | "stdio";

/**
 * What is done until a host is connected, in this order; `runtime` only where one is brought. Some come again where
 * one is brought, and where there are no tunnels.
 */
export type ConnectPhase = "connect" | "authenticate" | "tunnel" | "runtime" | "boot" | "handshake";
