import { createHash } from "node:crypto";
import type { Chunks } from "./iff.ts";

/**
 * The chunks that count, in the order in which they count. `Meta` is there since OTP 25 and `Recs`
 * since OTP 29, and no older release reads a file that has them differently. OTP 29 counts `DbgB`
 * as well and the releases before do not; {@linkcode stripBeam} drops it, so that all agree.
 */
const SIGNIFICANT_CHUNKS = ["Atom", "AtU8", "Code", "StrT", "ImpT", "ExpT", "FunT", "LitT", "Meta", "Recs"];

/** Size of the count that chunk `FunT` starts with. */
const FUN_COUNT_BYTES = 4;
/** A row of chunk `FunT`: five fields, then `OldUniq`. */
const FUN_ROW_BYTES = 24;
const OLD_UNIQ_OFFSET = 20;

/**
 * The md5 of a module in hexadecimal digits, as `beam_lib:md5/1` computes it for the file and
 * `erlang:get_module_info(Module, md5)` gives it once the module is loaded.
 *
 * @see https://www.erlang.org/doc/apps/stdlib/beam_lib.html#md5/1
 */
export function moduleMd5(chunks: Chunks): string {
  const hash = createHash("md5");
  for (const name of SIGNIFICANT_CHUNKS) {
    const chunk = chunks.get(name);
    if (chunk !== undefined) hash.update(name === "FunT" ? withoutOldUniq(chunk) : chunk);
  }
  return hash.digest("hex");
}

/** `OldUniq` is itself made from the md5, and counts as zero. */
function withoutOldUniq(chunk: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(chunk);
  for (let row = FUN_COUNT_BYTES; row + FUN_ROW_BYTES <= copy.length; row += FUN_ROW_BYTES) {
    copy.fill(0, row + OLD_UNIQ_OFFSET, row + FUN_ROW_BYTES);
  }
  return copy;
}
