import { FusionPlayError } from "../errors.ts";

/** The peer ended the distribution handshake, or broke its rules. */
export class HandshakeError extends FusionPlayError {
  override readonly name = "HandshakeError";
}
