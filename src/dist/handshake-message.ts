import { ByteReader } from "../bytes/byte-reader.ts";
import { ByteWriter } from "../bytes/byte-writer.ts";
import { DecodeError } from "../bytes/decode-error.ts";

/**
 * Messages of the handshake of version 6, which every OTP from 23 on speaks.
 *
 * @see https://www.erlang.org/doc/apps/erts/erl_dist_protocol.html#distribution-handshake
 */
export type HandshakeMessage =
  | { type: "send_name"; flags: bigint; creation: number; name: string }
  | { type: "send_status"; status: string }
  | { type: "send_challenge"; flags: bigint; challenge: number; creation: number; name: string }
  | { type: "send_challenge_reply"; challenge: number; digest: Uint8Array }
  | { type: "send_challenge_ack"; digest: Uint8Array };

/** The messages whose tag alone does not tell them apart, by who may send them. */
export type Sender = "initiator" | "acceptor";

const TAG = { NAME: 0x4e, STATUS: 0x73, REPLY: 0x72, ACK: 0x61 } as const; // N s r a
const DIGEST_BYTES = 16;

/**
 * Encodes a message with its two bytes of length.
 *
 *     send_name             'N' | Flags 8 | Creation 4 | Nlen 2 | Name
 *     send_status           's' | Status
 *     send_challenge        'N' | Flags 8 | Challenge 4 | Creation 4 | Nlen 2 | Name
 *     send_challenge_reply  'r' | Challenge 4 | Digest 16
 *     send_challenge_ack    'a' | Digest 16
 */
export function encodeHandshakeMessage(message: HandshakeMessage): Uint8Array {
  const body = new ByteWriter();
  switch (message.type) {
    case "send_name": {
      const name = Buffer.from(message.name, "utf8");
      body.uint8(TAG.NAME).uint64(message.flags).uint32(message.creation).uint16(name.length).bytes(name);
      break;
    }
    case "send_status":
      body.uint8(TAG.STATUS).latin1(message.status);
      break;
    case "send_challenge": {
      const name = Buffer.from(message.name, "utf8");
      body.uint8(TAG.NAME).uint64(message.flags).uint32(message.challenge).uint32(message.creation);
      body.uint16(name.length).bytes(name);
      break;
    }
    case "send_challenge_reply":
      body.uint8(TAG.REPLY).uint32(message.challenge).bytes(message.digest);
      break;
    case "send_challenge_ack":
      body.uint8(TAG.ACK).bytes(message.digest);
      break;
  }
  const bytes = body.finish();
  return new ByteWriter(bytes.length + 2).uint16(bytes.length).bytes(bytes).finish();
}

/**
 * Decodes a message, without its two bytes of length, that came from `sender`.
 *
 * @throws {DecodeError} also for the handshake of version 5, which our node does not offer
 */
export function decodeHandshakeMessage(bytes: Uint8Array, sender: Sender): HandshakeMessage {
  const reader = new ByteReader(bytes);
  const tag = reader.uint8("tag of the handshake message");
  switch (tag) {
    case TAG.NAME: {
      const flags = reader.uint64("Flags");
      const challenge = sender === "acceptor" ? reader.uint32("Challenge") : 0;
      const creation = reader.uint32("Creation");
      const name = reader.utf8(reader.uint16("Nlen"), "Name");
      return sender === "acceptor"
        ? { type: "send_challenge", flags, challenge, creation, name }
        : { type: "send_name", flags, creation, name };
    }
    case TAG.STATUS:
      return { type: "send_status", status: reader.latin1(reader.remaining, "Status") };
    case TAG.REPLY: {
      const challenge = reader.uint32("Challenge");
      return { type: "send_challenge_reply", challenge, digest: reader.take(DIGEST_BYTES, "Digest") };
    }
    case TAG.ACK:
      return { type: "send_challenge_ack", digest: reader.take(DIGEST_BYTES, "Digest") };
    default:
      throw new DecodeError(`Cannot decode the handshake message: tag ${tag} is unknown`, 0);
  }
}
