import { createHash, timingSafeEqual } from "node:crypto";
import { missingFlags, OFFERED_FLAGS } from "./flags.ts";
import { HandshakeError } from "./handshake-error.ts";
import type { HandshakeMessage } from "./handshake-message.ts";

/** The other node, as it named itself. */
export interface PeerNode {
  readonly name: string;
  readonly flags: bigint;
  readonly creation: number;
}

/** Our side of a handshake. */
export interface OwnNode {
  readonly name: string;
  readonly creation: number;
  readonly cookie: string;
  /** Random, fresh for each handshake. */
  readonly challenge: number;
}

/** A step of a handshake: the state after it, and what to send. */
export interface HandshakeStep {
  readonly state: InitiatorState;
  readonly replies: readonly HandshakeMessage[];
}

/**
 * What node A, the initiator, waits for. `send_name` goes out before the first state; after
 * `connected` the stream has packet headers of four bytes.
 *
 * @see https://www.erlang.org/doc/apps/erts/erl_dist_protocol.html#distribution-handshake
 */
export type InitiatorState =
  | { phase: "awaiting_status"; expectedName: string }
  | { phase: "awaiting_challenge"; expectedName: string }
  | { phase: "awaiting_challenge_ack"; peer: PeerNode }
  | { phase: "connected"; peer: PeerNode };

/** Starts the handshake as initiator. */
export function initiate(own: OwnNode, expectedName: string): HandshakeStep {
  const { name, creation } = own;
  return {
    state: { phase: "awaiting_status", expectedName },
    replies: [{ type: "send_name", flags: OFFERED_FLAGS, creation, name }],
  };
}

/**
 * Answers one message from node B. Pure: the caller owns the stream, the deadline and the random
 * challenge.
 *
 * @throws {HandshakeError}
 */
export function onMessageToInitiator(
  state: InitiatorState,
  message: HandshakeMessage,
  own: OwnNode,
): HandshakeStep {
  switch (state.phase) {
    case "awaiting_status":
      if (message.type !== "send_status") break;
      if (message.status === "ok" || message.status === "ok_simultaneous") {
        return { state: { phase: "awaiting_challenge", expectedName: state.expectedName }, replies: [] };
      }
      throw new HandshakeError(`Cannot join the node: it answered "${printable(message.status)}"`, {
        code: "HANDSHAKE_REFUSED",
      });

    case "awaiting_challenge": {
      if (message.type !== "send_challenge") break;
      const peer = checkedPeer(message, state.expectedName);
      return {
        state: { phase: "awaiting_challenge_ack", peer },
        replies: [
          {
            type: "send_challenge_reply",
            challenge: own.challenge,
            digest: genDigest(message.challenge, own.cookie),
          },
        ],
      };
    }

    case "awaiting_challenge_ack":
      if (message.type !== "send_challenge_ack") break;
      checkDigest(message.digest, own);
      return { state: { phase: "connected", peer: state.peer }, replies: [] };

    case "connected":
      break;
  }
  throw outOfPlace(message, state.phase);
}

/** `gen_digest/2` of the specification: MD5 of the cookie and the decimal challenge. */
export function genDigest(challenge: number, cookie: string): Uint8Array {
  return createHash("md5").update(`${cookie}${challenge}`, "latin1").digest();
}

function checkedPeer({ name, flags, creation }: PeerNode, expectedName: string): PeerNode {
  if (name !== expectedName) {
    throw new HandshakeError(
      `Cannot trust the node: it calls itself "${printable(name)}", not "${expectedName}"`,
      { code: "HANDSHAKE_REFUSED" },
    );
  }
  const missing = missingFlags(flags);
  if (missing.length > 0) {
    throw new HandshakeError(`Cannot talk to the node: it does not offer ${missing.join(", ")}`, {
      code: "ERL_TOO_OLD",
      hint: "Use OTP 23 or newer on the host",
    });
  }
  return { name, flags, creation };
}

function checkDigest(digest: Uint8Array, { challenge, cookie }: OwnNode): void {
  if (!timingSafeEqual(digest, genDigest(challenge, cookie))) {
    throw new HandshakeError("Cannot trust the node: its digest is wrong", {
      code: "HANDSHAKE_COOKIE_MISMATCH",
      hint: "Something other than the node that was started answered: check who else uses the host's loopback ports",
    });
  }
}

function outOfPlace({ type }: HandshakeMessage, phase: string): HandshakeError {
  return new HandshakeError(`Cannot accept ${type} in phase ${phase}`, { code: "PROTOCOL_VIOLATION" });
}

/** What a peer sent, fit for a message: short and without control characters. */
function printable(text: string): string {
  return text.slice(0, 80).replace(/[\u0000-\u001f\u007f-\u009f]/g, "?");
}
