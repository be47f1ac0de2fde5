import type { WindowedStream } from "../bytes/windowed-stream.ts";
import { ServedStream } from "./served-stream.ts";
import type { CommandExit, RemoteCommand } from "./ssh-connection.ts";

/** What is not taken of standard error beyond this is dropped: it cannot be held back. */
const MAX_STDERR_BYTES = 4 * 1024 * 1024;

/** A command that is used by one side of a carrier, and perhaps by one after another. */
export class ServedCommand {
  readonly exited: Promise<CommandExit>;
  readonly #stdio: ServedStream;
  /** When nothing is printed any more: what a command has started may print for longer than it runs itself. */
  readonly #printed: Promise<void>;
  readonly #onStderr: RemoteCommand["onStderr"];
  #isHeard = false;
  #stderr: WindowedStream | undefined;

  constructor({ stdio, onStderr, exited }: RemoteCommand) {
    let tellPrinted = (): void => {};
    this.#printed = new Promise((resolve) => {
      tellPrinted = resolve;
    });
    this.#stdio = new ServedStream(stdio, () => tellPrinted());
    this.exited = exited;
    this.#onStderr = onStderr;
  }

  write(chunk: Uint8Array): void {
    this.#stdio.write(chunk);
  }

  /** Ends its standard input. */
  close(): void {
    this.#stdio.close();
  }

  join(stdio: WindowedStream, stderr: WindowedStream): void {
    this.#stdio.join(stdio);
    this.#stderr = stderr;
    stderr.listen({ onBytes: () => {}, onEnd: () => {} });
    this.#hear();
    void this.#printed.then(() => {
      if (this.#stderr === stderr) stderr.close();
    });
  }

  /** Gets what it says on standard error, from its start on: there is nobody to tell before. */
  #hear(): void {
    if (this.#isHeard) return;
    this.#isHeard = true;
    this.#onStderr((chunk) => {
      const stderr = this.#stderr;
      if (stderr !== undefined && stderr.queuedBytes < MAX_STDERR_BYTES) stderr.write(chunk);
    });
  }

  /** From now on nobody gets what it prints. */
  cut(): void {
    this.#stdio.cut();
    this.#stderr = undefined;
  }
}
