import { createHash } from "node:crypto";

import pLimit, { type LimitFunction } from "p-limit";

import { Secret } from "../secret.ts";
import { byteDuplex } from "./byte-duplex.ts";
import { startProxyCommand } from "./proxy-command.ts";
import type { SshConnection } from "./ssh-connection.ts";
import { retrying } from "./retrying.ts";
import { SshError, type RetryAdvice } from "./ssh-error.ts";
import { describeHops, describeTarget, type SshTarget } from "./ssh-target.ts";
import { connectSsh2, type ConnectSsh2Options } from "./ssh2-connection.ts";
import { unlessAborted } from "../waits/unless-aborted.ts";

/** How many hosts behind one bastion may log in at the same time. */
const LOGINS_PER_BASTION = 16;

export type ConnectOptions = Pick<ConnectSsh2Options, "signal" | "onPhase">;

/**
 * Connects to the hosts of a run, whatever the way to them is. Hosts behind one bastion share the connection
 * to it, which is closed when none of them needs it any more. A bastion that could not be logged in to is not
 * tried again: what it refused once could lock the account if every host behind it asked anew. One that was
 * lost is, for those who come back to their hosts.
 */
export class SshConnector {
  readonly #bastions: Map<string, Bastion> = new Map();
  readonly #refused: Map<string, SshError> = new Map();
  /** Bastions that have let us in. */
  readonly #reached: Set<string> = new Set();

  /**
   * Logs in to a host. Where the connection fails, it tries again; it does not where the login was refused.
   *
   * @throws {SshError} what went wrong on the way or at the login, or the signal's reason
   */
  async connect(target: SshTarget, options: ConnectOptions): Promise<SshConnection> {
    return await retrying(target, options.signal, async () => await this.#connectOnce(target, options));
  }

  async #connectOnce(target: SshTarget, options: ConnectOptions): Promise<SshConnection> {
    const { route } = target;
    switch (route.type) {
      case "direct":
        return await connectSsh2(target, options);
      case "command":
        return await connectSsh2(target, { ...options, dial: async () => startProxyCommand(route.command) });
      case "jump":
        return await this.#connectBehind(target, route.through, options);
    }
  }

  async #connectBehind(
    target: SshTarget,
    through: SshTarget,
    options: ConnectOptions,
  ): Promise<SshConnection> {
    const { signal } = options;
    const bastion = this.#enter(through);
    const below = { [Symbol.asyncDispose]: leaveOnce(() => this.#leave(bastion)) };
    try {
      const way = await unlessAborted(bastion.connection, signal).catch((error: unknown) => {
        throw notReached(target, error);
      });
      return await bastion.logins(async () => {
        const dial = async (over: AbortSignal) => {
          const stream = await way.forwardTo(target, { signal: over }).catch((error: unknown) => {
            throw notReached(target, error, error instanceof SshError ? error.retry : "never");
          });
          return byteDuplex(stream);
        };
        return await connectSsh2(target, { ...options, dial, below });
      });
    } catch (error) {
      await below[Symbol.asyncDispose]();
      throw error;
    }
  }

  #enter(target: SshTarget): Bastion {
    const key = keyOf(target);
    const known = this.#bastions.get(key);
    if (known !== undefined) {
      known.users++;
      return known;
    }
    const over = new AbortController();
    const refused = this.#refused.get(key);
    const connection =
      refused === undefined
        ? this.connect(target, { signal: over.signal })
        : Promise.reject<SshConnection>(refused);
    const bastion = { key, connection, over, logins: pLimit(LOGINS_PER_BASTION), users: 1 };
    this.#bastions.set(key, bastion);
    connection.then(
      async ({ closed }) => {
        this.#reached.add(key);
        // Who comes after its end gets a new one.
        await closed;
        this.#forget(bastion);
      },
      (error: unknown) => {
        // One that was lost may come back.
        const mayComeBack = this.#reached.has(key) && isPassing(error);
        if (error instanceof SshError && !mayComeBack) this.#refused.set(key, error);
        this.#forget(bastion);
      },
    );
    return bastion;
  }

  async #leave(bastion: Bastion): Promise<void> {
    if (--bastion.users > 0) return;
    this.#forget(bastion);
    bastion.over.abort(new Error("Nobody is behind the bastion any more"));
    const connection = await bastion.connection.catch(() => undefined);
    await connection?.[Symbol.asyncDispose]();
  }

  #forget(bastion: Bastion): void {
    if (this.#bastions.get(bastion.key) === bastion) this.#bastions.delete(bastion.key);
  }
}

/** Whether the bastion was not reached, which is for it no reason to shut anybody out. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof SshError)) return false;
  return error.code === "SSH_CONNECT_FAILED" || error.code === "SSH_CONNECTION_LOST";
}

/** The connection to a host that others are behind. */
interface Bastion {
  readonly key: string;
  readonly connection: Promise<SshConnection>;
  readonly over: AbortController;
  readonly logins: LimitFunction;
  /** How many hosts need it, or are about to. */
  users: number;
}

/** What two hosts must have in common to share a bastion: all but what it is called, passwords included. */
function keyOf({ name: _name, route, ...target }: SshTarget): string {
  const way = route.type === "jump" ? keyOf(route.through) : route;
  const plain = JSON.stringify(
    [target, way],
    function (this: Readonly<Record<string, unknown>>, name, value) {
      // What is handed over as the value is its text, which is the same for all.
      const given = this[name];
      return given instanceof Secret ? given.reveal() : (value as unknown);
    },
  );
  return createHash("sha256").update(plain).digest("hex");
}

/** Says which host was to be reached, and by what way; what went wrong there says which hop it was. */
function notReached(target: SshTarget, error: unknown, retry: RetryAdvice = "never"): unknown {
  if (!(error instanceof SshError)) return error;
  const reason = error.onTheWay ?? error;
  const { code, hint } = reason;
  return new SshError(
    `Cannot reach ${describeTarget(target)} through ${describeHops(target)}: ${reason.message}`,
    { code, hint, retry, cause: reason, onTheWay: reason },
  );
}

function leaveOnce(leave: () => Promise<void>): () => Promise<void> {
  let left: Promise<void> | undefined;
  return () => (left ??= leave());
}
