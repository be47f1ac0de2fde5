import { createHash } from "node:crypto";

import pLimit, { type LimitFunction } from "p-limit";

import { notReached } from "./not-reached.ts";
import type { SshConnection } from "./ssh-connection.ts";
import { retrying } from "./retrying.ts";
import { revealedJson } from "./secret-json.ts";
import { SshError } from "./ssh-error.ts";
import type { SshTarget } from "./ssh-target.ts";
import type { ConnectSsh2Options } from "./ssh2-connection.ts";
import { unlessAborted } from "../waits/unless-aborted.ts";

/** How many hosts behind one bastion may log in at the same time. */
const LOGINS_PER_BASTION = 16;

export type ConnectOptions = Pick<ConnectSsh2Options, "signal" | "onPhase">;

/**
 * Logs in to a host.
 *
 * @param way from where it is reached, if it is behind a bastion: disposed of after the connection
 * @throws {SshError} what went wrong, or the signal's reason
 */
export type Backend<Connection extends SshConnection> = (
  target: SshTarget,
  options: ConnectOptions,
  way: Way<Connection> | undefined,
) => Promise<Connection>;

/** The connection to the bastion before a host, as far as that host needs it. */
export interface Way<Connection extends SshConnection> extends AsyncDisposable {
  readonly connection: Connection;
}

/**
 * Connects to the hosts of a run, whatever the way to them is. Hosts behind one bastion share the connection
 * to it, which is closed when none of them needs it any more. A bastion that could not be logged in to is not
 * tried again: what it refused once could lock the account if every host behind it asked anew. One that was
 * lost is, for those who come back to their hosts.
 */
export class SshConnector<Connection extends SshConnection> {
  readonly #backend: Backend<Connection>;
  readonly #bastions: Map<string, Bastion<Connection>> = new Map();
  readonly #refused: Map<string, SshError> = new Map();
  /** Bastions that have let us in. */
  readonly #reached: Set<string> = new Set();

  constructor(backend: Backend<Connection>) {
    this.#backend = backend;
  }

  /**
   * Logs in to a host. Where the connection fails, it tries again; it does not where the login was refused.
   *
   * @throws {SshError} what went wrong on the way or at the login, or the signal's reason
   */
  async connect(target: SshTarget, options: ConnectOptions): Promise<Connection> {
    return await retrying(target, options.signal, async () => await this.#connectOnce(target, options));
  }

  async #connectOnce(target: SshTarget, options: ConnectOptions): Promise<Connection> {
    const { route } = target;
    if (route.type !== "jump") return await this.#backend(target, options, undefined);
    const { signal } = options;
    const bastion = this.#enter(route.through);
    const leave = leaveOnce(() => this.#leave(bastion));
    try {
      const connection = await unlessAborted(bastion.connection, signal).catch((error: unknown) => {
        throw notReached(target, error);
      });
      const way = { connection, [Symbol.asyncDispose]: leave };
      return await bastion.logins(async () => await this.#backend(target, options, way));
    } catch (error) {
      await leave();
      throw error;
    }
  }

  #enter(target: SshTarget): Bastion<Connection> {
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
        : Promise.reject<Connection>(refused);
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

  async #leave(bastion: Bastion<Connection>): Promise<void> {
    if (--bastion.users > 0) return;
    this.#forget(bastion);
    bastion.over.abort(new Error("Nobody is behind the bastion any more"));
    const connection = await bastion.connection.catch(() => undefined);
    await connection?.[Symbol.asyncDispose]();
  }

  #forget(bastion: Bastion<Connection>): void {
    if (this.#bastions.get(bastion.key) === bastion) this.#bastions.delete(bastion.key);
  }
}

/** Whether the bastion was not reached, which is for it no reason to shut anybody out. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof SshError)) return false;
  return error.code === "SSH_CONNECT_FAILED" || error.code === "SSH_CONNECTION_LOST";
}

/** The connection to a host that others are behind. */
interface Bastion<Connection> {
  readonly key: string;
  readonly connection: Promise<Connection>;
  readonly over: AbortController;
  readonly logins: LimitFunction;
  /** How many hosts need it, or are about to. */
  users: number;
}

/** What two hosts must have in common to share a bastion: all but what it is called, passwords included. */
function keyOf({ name: _name, route, ...target }: SshTarget): string {
  const way = route.type === "jump" ? keyOf(route.through) : route;
  return createHash("sha256")
    .update(revealedJson([target, way]))
    .digest("hex");
}

function leaveOnce(leave: () => Promise<void>): () => Promise<void> {
  let left: Promise<void> | undefined;
  return () => (left ??= leave());
}
