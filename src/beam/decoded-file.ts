import { DecodeError } from "../bytes/decode-error.ts";
import { FusionPlayError } from "../errors.ts";

/**
 * Gives what `decode` makes of a `.beam` file.
 *
 * @throws {FusionPlayError} `MODULE_INVALID`
 */
export function decodedFile<Result>(file: string, decode: () => Result): Result {
  try {
    return decode();
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause;
    throw new FusionPlayError(`Cannot use "${file}": it is no valid .beam file`, {
      code: "MODULE_INVALID",
      hint: "Compile it again",
      cause,
    });
  }
}
