import { FusionPlayError } from "../errors.ts";

/** Text that is not the call, term or pattern it should be, and where it went wrong. */
export class TermSyntaxError extends FusionPlayError {
  override readonly name = "TermSyntaxError";
  /** Offset in the text, in UTF-16 code units. */
  readonly offset: number;

  constructor(message: string, { offset, hint }: { offset: number; hint?: string | undefined }) {
    super(message, { code: "TERM_INVALID", hint });
    this.offset = offset;
  }
}
