import type { Duplex } from "node:stream";
import {
  Client,
  type Algorithms as Ssh2Algorithms,
  type AuthenticationType,
  type CipherAlgorithm,
  type KexAlgorithm,
  type MacAlgorithm,
  type ServerHostKeyAlgorithm,
} from "ssh2";

import { Authentication } from "./authentication.ts";
import type { Credentials } from "./credentials.ts";
import { ForwardedAgent } from "./forwarded-agent.ts";
import type { HostKeyCheck } from "./host-key-check.ts";
import { inOneGo } from "./in-one-go.ts";
import { loginFailure, loginTimeout, type LoginPhase } from "./ssh2-failure.ts";
import type { SshError } from "./ssh-error.ts";
import type { SshTarget } from "./ssh-target.ts";
import { takeAsAnswers } from "./take-as-answers.ts";
import { limitUnread } from "./unread-limit.ts";

/** Makes the stream to a server; `signal` says that nobody waits for it any longer. */
export type Dial = (signal: AbortSignal) => Promise<Duplex>;

export interface LoginOptions {
  readonly credentials: Credentials;
  readonly hostKeyCheck: HostKeyCheck;
  readonly signal: AbortSignal;
  readonly onPhase: (phase: LoginPhase) => void;
  readonly dial: Dial;
}

/** What a login leaves. */
export interface LoggedIn {
  readonly client: Client;
  readonly socket: Duplex;
  /** What the server accepted. */
  readonly proof: string;
  readonly roundTrips: number;
}

/**
 * Connects, exchanges keys and authenticates; if that fails, nothing stays open.
 *
 * @param open Takes over the authenticated client and the socket below it, before they meet anything else
 */
export async function login<T>(
  target: SshTarget,
  options: LoginOptions,
  open: (loggedIn: LoggedIn) => T,
): Promise<T> {
  const { hostKeyCheck, credentials, signal, onPhase, dial } = options;
  const client = new Client();
  const over = new AbortController();
  // Our own socket: the client forgets to close it when it is destroyed.
  let socket: Duplex | undefined;
  const authentication = new Authentication(target, credentials);
  let phase: LoginPhase = "connect";
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;

  try {
    return await new Promise<T>((resolve, reject) => {
      const enter = (next: LoginPhase, deadlineMs: number): void => {
        phase = next;
        onPhase(next);
        clearTimeout(timer);
        timer = setTimeout(() => reject(loginTimeout(target, phase)), deadlineMs);
      };
      onAbort = () => reject(signal.reason as Error);
      signal.addEventListener("abort", onAbort);
      enter("connect", target.timeouts.connectMs);

      const fail = (cause: unknown): void => reject(explain(cause, phase, target, authentication));
      client.on("handshake", () => {
        // A server may exchange keys anew at any time.
        if (phase === "connect") enter("authenticate", target.timeouts.authenticateMs);
      });
      const authenticated = (opened: Duplex): void => {
        client.removeAllListeners();
        limitUnread(client, opened);
        const { keepaliveMs } = target.timeouts;
        if (keepaliveMs > 0) takeAsAnswers(client, opened, keepaliveMs);
        const { proof, roundTrips } = authentication;
        resolve(open({ client, socket: opened, proof, roundTrips }));
      };
      // A key that the agent does not sign with is passed over; the client goes on with the next one.
      client.on("error", (error) => {
        if (error.level !== "agent") fail(error);
      });
      client.on("close", () => fail(undefined));
      client.on("change password", () => reject(authentication.failure("the password has expired")));
      dial(over.signal).then((opened) => {
        if (over.signal.aborted) return void opened.destroy();
        socket = opened;
        client.on("ready", () => authenticated(opened));
        startClient(client, { target, socket: opened, hostKeyCheck, authentication, reject });
      }, reject);
    });
  } catch (error) {
    over.abort(error);
    socket?.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    if (onAbort !== undefined) signal.removeEventListener("abort", onAbort);
  }
}

interface ClientParts {
  readonly target: SshTarget;
  readonly socket: Duplex;
  readonly hostKeyCheck: HostKeyCheck;
  readonly authentication: Authentication;
  readonly reject: (error: SshError) => void;
}

function startClient(client: Client, parts: ClientParts): void {
  const { target, socket, hostKeyCheck, authentication, reject } = parts;
  let hostKey: Uint8Array | undefined;
  let remembered: Promise<void> | undefined;
  client.connect({
    sock: inOneGo(socket),
    host: target.address,
    port: target.port,
    username: target.user,
    readyTimeout: 0, // the phases have deadlines of their own
    keepaliveInterval: target.timeouts.keepaliveMs,
    keepaliveCountMax: 3,
    ...(target.forwardedAgent === undefined ? {} : { agent: new ForwardedAgent(target.forwardedAgent) }),
    algorithms: algorithmsOf(target, hostKeyCheck),
    hostVerifier: (key: Buffer): boolean => {
      // Whoever takes over in the middle of a session, it must be with the key of the beginning.
      if (hostKey !== undefined) return key.equals(hostKey);
      const error = hostKeyCheck.judge(key);
      if (error !== undefined) reject(error);
      else hostKey = Uint8Array.from(key); // no part of a larger buffer, which it would keep in memory
      return error === undefined;
    },
    authHandler: (accepted, partialSuccess, next) => {
      // By now the server has proved that the key is its own.
      remembered ??= hostKey === undefined ? Promise.resolve() : hostKeyCheck.remember(Buffer.from(hostKey));
      // At the first call the client passes null for both, whatever its types say.
      const methods = (accepted as AuthenticationType[] | null) ?? undefined;
      remembered.then(() => {
        const method = authentication.next(methods, Boolean(partialSuccess), reject);
        if (method === undefined) reject(authentication.failure());
        else next(method);
      }, reject);
    },
  });
}

/** Of the host key algorithms, those of known keys stay first: with another key, the host would look changed. */
function algorithmsOf({ algorithms = {} }: SshTarget, { algorithms: ofKeys }: HostKeyCheck): Ssh2Algorithms {
  const { KexAlgorithms, Ciphers, MACs, HostKeyAlgorithms } = algorithms;
  const allowed = ofKeys.filter((name) => HostKeyAlgorithms?.includes(name) ?? true);
  const serverHostKey = [...new Set([...allowed, ...(HostKeyAlgorithms ?? [])])];
  return {
    // Whatever a server sends could be a thousand times as large otherwise, before it has proved who it is as well.
    compress: ["none"],
    serverHostKey: serverHostKey as ServerHostKeyAlgorithm[],
    ...(KexAlgorithms === undefined ? {} : { kex: [...KexAlgorithms] as KexAlgorithm[] }),
    ...(Ciphers === undefined ? {} : { cipher: [...Ciphers] as CipherAlgorithm[] }),
    ...(MACs === undefined ? {} : { hmac: [...MACs] as MacAlgorithm[] }),
  };
}

function explain(
  cause: unknown,
  phase: LoginPhase,
  target: SshTarget,
  authentication: Authentication,
): SshError {
  const { message } = (cause ?? {}) as Error;
  if (phase === "authenticate" && message !== undefined && /authentication|password/i.test(message)) {
    return authentication.failure(`the server says "${message}"`);
  }
  return loginFailure(target, phase, cause);
}
