import { printable } from "./printable.ts";
import { SshError, type RetryAdvice } from "./ssh-error.ts";
import { describeTarget, type SshTarget } from "./ssh-target.ts";

/** Where a login was when it failed. */
export type LoginPhase = "connect" | "authenticate";

/** What a login took too long for. */
export function loginTimeout(target: SshTarget, phase: LoginPhase): SshError {
  const { timeouts, user } = target;
  const host = describeTarget(target);
  return phase === "connect"
    ? new SshError(`Cannot connect to ${host}: no answer within ${seconds(timeouts.connectMs)}`, {
        code: "SSH_CONNECT_FAILED",
        hint: "Check the address, and that no firewall drops the packets",
        retry: "patient",
      })
    : new SshError(
        `Cannot log in to ${host} as "${user}": authentication had no result within ${seconds(timeouts.authenticateMs)}`,
        {
          code: "SSH_CONNECT_FAILED",
          hint: "Check whether the host is overloaded, or waits for a directory service or a DNS server",
        },
      );
}

/** Explains why the connection ended before the login was over. */
export function loginFailure(target: SshTarget, phase: LoginPhase, cause: unknown): SshError {
  const { state, hint, retry } = explain(target, cause);
  const action = phase === "connect" ? "connect to" : "log in to";
  return new SshError(`Cannot ${action} ${describeTarget(target)}: ${state}`, {
    code: "SSH_CONNECT_FAILED",
    hint,
    // What was offered at a login was offered: it must not be offered over and over.
    retry: phase === "connect" ? retry : "never",
    cause,
  });
}

/** Explains why an open connection ended. */
export function connectionLost(target: SshTarget, cause: unknown): SshError {
  const { state } = explain(target, cause);
  return new SshError(`Cannot keep the connection to ${describeTarget(target)}: ${state}`, {
    code: "SSH_CONNECTION_LOST",
    hint:
      (cause instanceof SshError ? cause.hint : undefined) ??
      "Check the network and whether the host or its sshd was stopped or started again",
    cause,
  });
}

interface Explanation {
  readonly state: string;
  readonly hint: string | undefined;
  readonly retry?: RetryAdvice;
}

function explain(target: SshTarget, cause: unknown): Explanation {
  const { port, address, timeouts } = target;
  // The way to the host says more than the end of the stream that it carried.
  if (cause instanceof SshError) return { state: cause.message, hint: cause.hint, retry: cause.retry };
  const { code, message = "" } = (cause ?? {}) as Partial<NodeJS.ErrnoException>;
  switch (code) {
    case "ECONNREFUSED":
      return {
        state: "connection refused",
        hint: `Check that sshd runs on the host and listens on port ${port}`,
        retry: "soon",
      };
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return {
        retry: code === "EAI_AGAIN" ? "soon" : "never",
        state: `the name "${address}" has no address (${code})`,
        hint: "Check the spelling, or set fusion_host to the address",
      };
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "EADDRNOTAVAIL":
      return {
        state: `there is no route to it (${code})`,
        hint: "Check the address and your network",
        retry: "patient",
      };
    case "ETIMEDOUT":
      return {
        state: "no answer",
        hint: "Check the address, and that no firewall drops the packets",
        retry: "patient",
      };
    case "ECONNRESET":
    case "EPIPE":
      return { state: "the server broke the connection", hint: STARTUPS_HINT, retry: "soon" };
  }
  if (cause === undefined || message === "Connection lost before handshake") {
    return { state: "the server closed the connection", hint: STARTUPS_HINT, retry: "soon" };
  }
  if (message === "Keepalive timeout") {
    return { state: `no answer for ${seconds(4 * timeouts.keepaliveMs)}`, hint: "Check the network" };
  }
  return { state: printable(message), hint: `Check that an SSH server listens on port ${port}` };
}

/** sshd drops connections at random when too many wait for their login; the others get in. */
const STARTUPS_HINT =
  "Connect to fewer hosts at once with --connect-concurrency, or raise MaxStartups in the host's sshd_config";

/** Such as `10 s` or `1.5 s`. */
export function seconds(milliseconds: number): string {
  return `${milliseconds / 1000} s`;
}
