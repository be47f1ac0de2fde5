import type { ConnectOptions } from "../engine/remote-node.ts";
import type { Host } from "../inventory/inventory.ts";
import type { CarriedConnection } from "../ssh/carried-connection.ts";
import type { InstalledBefore } from "./application-installer.ts";
import type { BeamAccess } from "./connect-beam.ts";

/** What the next one has to know who uses a BEAM that is held. */
export interface HeldBeam extends BeamAccess {
  /** Its process on the host, and the command that runs it, as the connection calls it. */
  readonly pid: number;
  readonly command: number;
  /** The first id of requests that was not used yet on the connection. */
  readonly nextId: number;
  readonly installed: InstalledBefore;
}

/** A connection that another process has, so that it may stay when we end. */
export interface HeldConnection {
  readonly ssh: CarriedConnection;
  /** The BEAM that an earlier run has left there. */
  readonly beam: HeldBeam | undefined;
}

export interface HoldOptions extends Pick<ConnectOptions, "signal"> {
  readonly onPhase: ConnectOptions["onPhase"] | undefined;
  /** What decides how the BEAM boots, besides the settings of the host. */
  readonly boot: string;
  /** Whether one that is held may be taken; otherwise it did not work out. */
  readonly mayTake: boolean;
}

/** Finds connections that are held, with their BEAMs, and makes others that can be. */
export interface SessionKeeper {
  /**
   * Gives a connection that is held; one that is made to be held, where that is wanted; or undefined.
   *
   * @throws {SshError} it cannot be made; or the signal's reason
   */
  connect(host: Host, options: HoldOptions): Promise<HeldConnection | undefined>;
  /** Told of a session that cannot be kept, which counts where that was wanted. */
  notKept(host: Host, why: string): void;
}
