import { FusionPlayError } from "../errors.ts";

/** The other side sent what it may not. */
export class FrameError extends FusionPlayError {
  override readonly name = "FrameError";

  constructor(message: string) {
    super(message, { code: "PROTOCOL_VIOLATION" });
  }
}
