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

/** One that an earlier run has left. */
export interface TakenConnection extends HeldConnection {
  readonly beam: HeldBeam;
}

export interface HoldOptions extends Pick<ConnectOptions, "signal"> {
  /** What decides how the BEAM boots, besides the settings of the host; null: whatever it was. */
  readonly boot: string | null;
}

export interface MakeOptions extends HoldOptions {
  readonly boot: string;
  readonly onPhase: ConnectOptions["onPhase"] | undefined;
}

/** Finds connections that are held, with their BEAMs, and makes others that can be. */
export interface SessionKeeper {
  /**
   * Takes a connection that is held; undefined where there is none that fits.
   *
   * @throws {SshError} it has ended; or the signal's reason
   */
  take(host: Host, options: HoldOptions): Promise<TakenConnection | undefined>;
  /**
   * Makes a connection that can be held, in place of one that fits; undefined where that is not wanted, or cannot be.
   *
   * @throws {SshError} it cannot be made; or the signal's reason
   */
  make(host: Host, options: MakeOptions): Promise<HeldConnection | undefined>;
  /** Told of a session that cannot be kept, which counts where that was wanted. */
  notKept(host: Host, why: string): void;
}
