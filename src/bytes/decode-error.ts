import { FusionPlayError } from "../errors.ts";

/** Bytes that are not what the specification says, and where they went wrong. */
export class DecodeError extends FusionPlayError {
  override readonly name = "DecodeError";
  /** Offset in the decoded bytes. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(`${message} at byte ${offset}`, { code: "DECODE_FAILED" });
    this.offset = offset;
  }
}
