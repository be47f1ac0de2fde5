import type { InstalledBefore } from "./application-installer.ts";
import type { LiveBeam } from "./connect-beam.ts";
import type { HeldBeam, HeldConnection } from "./session-keeper.ts";
import { within } from "../waits/within.ts";

/** How long connection and BEAM may take to be given back. */
const RETURN_MS = 5000;

export interface HeldSessionParts {
  readonly beam: LiveBeam;
  readonly connection: HeldConnection;
  /** Aborted when the run is stopped. */
  readonly cancelled: AbortSignal | undefined;
}

/** A BEAM whose connection another process has: it can be left to those who come later. */
export class HeldSession {
  readonly #parts: HeldSessionParts;
  readonly #command: number;
  #isLost = false;

  private constructor(parts: HeldSessionParts, command: number) {
    this.#parts = parts;
    this.#command = command;
    void parts.beam.lost.then(() => (this.#isLost = true));
  }

  /**
   * Says what runs over the connection, so that it can be ended should we be lost.
   *
   * @param installed what earlier runs have installed
   * @throws {SshError} it is not taken; or the signal's reason
   */
  static async begin(
    parts: HeldSessionParts,
    installed: InstalledBefore,
    signal: AbortSignal,
  ): Promise<HeldSession | undefined> {
    const { ssh, beam: former } = parts.connection;
    const command = former?.command ?? ssh.idOf(parts.beam.process.command);
    if (command === undefined) return undefined;
    const session = new HeldSession(parts, command);
    const note = session.#note(installed);
    if (note === undefined) return undefined;
    if (former === undefined) await ssh.tell(note, { signal });
    return session;
  }

  /** Leaves both to others. A run that is stopped does not, nor does one that lost the host meanwhile. */
  async leave(installed: InstalledBefore): Promise<void> {
    const { beam, connection, cancelled } = this.#parts;
    const note = this.#note(installed);
    if (note === undefined || this.#isLost || beam.link.wasLost || cancelled?.aborted === true) return;
    try {
      await within(RETURN_MS, cancelled === undefined ? [] : [cancelled], async (signal) => {
        await beam.link.release(signal);
        await connection.ssh.leave({ ...note, nextId: connection.ssh.nextId }, { signal });
      });
    } catch {
      // Then they are ended.
    }
  }

  #note(installed: InstalledBefore): HeldBeam | undefined {
    const { beam, connection } = this.#parts;
    const { pid } = beam.process;
    if (pid === undefined) return undefined;
    const { nextId } = connection.ssh;
    return { ...beam.access, pid, command: this.#command, nextId, installed };
  }
}
