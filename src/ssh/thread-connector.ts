import { Worker } from "node:worker_threads";
import { unlessAborted } from "../waits/unless-aborted.ts";
import { CarriedConnection } from "./carried-connection.ts";
import { errorOf } from "./carried-failure.ts";
import { Carrier } from "./carrier.ts";
import type { ConnectOptions } from "./connector.ts";
import { PortStream } from "./port-stream.ts";
import { revealedJson } from "./secret-json.ts";
import type { SshConnection } from "./ssh-connection.ts";
import { SshError } from "./ssh-error.ts";
import { describeTarget, type SshTarget } from "./ssh-target.ts";
import type { ThreadAnswer, ThreadRequest } from "./thread-message.ts";

/** A thread that makes SSH connections, and has them; here they are used. One that hangs is ended after half a minute. */
export class ThreadConnector implements Disposable {
  /** Resolves when the thread has ended, whoever ended it. */
  readonly ended: Promise<unknown>;
  readonly #carrier: Carrier;
  #hasBegun = false;

  /**
   * @param program of the thread: `connection-thread.js`
   * @throws {Error} of the system, which gives no more threads
   */
  constructor(program: URL) {
    const worker = new Worker(program, { name: "ssh", execArgv: [] });
    worker.once("message", () => (this.#hasBegun = true));
    const stream = new PortStream(worker, () => void worker.terminate());
    stream.watch();
    this.#carrier = new Carrier(stream);
    this.ended = this.#carrier.ended;
  }

  /** Whether it runs, or has. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** @throws {SshError} what went wrong on the way or at the login, or that the thread has ended; or the signal's reason */
  async connect(target: SshTarget, { signal, onPhase }: ConnectOptions): Promise<SshConnection> {
    signal.throwIfAborted();
    const lane = this.#carrier.open();
    const connected = new Promise<CarriedConnection>((resolve, reject) => {
      const onMessage = (_: number, message: unknown): void => {
        const answer = message as ThreadAnswer;
        if (answer.type === "phase") onPhase?.(answer.phase);
        else if (answer.type === "failed") reject(errorOf(answer.failure));
        // It listens at once: what follows may be in the same piece.
        else resolve(CarriedConnection.open(lane, { signal }));
      };
      lane.listen({ onMessage, onEnd: (error) => reject(notMade(target, error)) });
    });
    connected.catch(() => {}); // nobody may be waiting any longer
    lane.send(0, { target: revealedJson(target) } satisfies ThreadRequest);
    try {
      return await unlessAborted(connected, signal);
    } catch (error) {
      lane.close();
      throw error;
    }
  }

  /** Ends the thread with all its connections. */
  [Symbol.dispose](): void {
    this.#carrier.close();
  }
}

function notMade(target: SshTarget, cause: Error | undefined): SshError {
  const why = cause === undefined ? "" : `: ${cause.message}`;
  return new SshError(`Cannot connect to ${describeTarget(target)}: the thread for it has ended${why}`, {
    code: "SSH_CONNECT_FAILED",
    cause,
  });
}
