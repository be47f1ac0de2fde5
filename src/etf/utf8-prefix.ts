/** How many bytes a character takes at most. */
const MAX_BYTES = 4;

/**
 * Decodes the beginning of UTF-8 bytes, at least `characters` of them or all; a long binary is not
 * decoded in full to show its first line.
 *
 * @returns undefined if the bytes that were looked at are not UTF-8
 */
export function decodePrefix(bytes: Uint8Array, characters: number): string | undefined {
  const wanted = (characters + 1) * MAX_BYTES;
  const isPrefix = bytes.length > wanted;
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    return decoder.decode(isPrefix ? bytes.subarray(0, wanted) : bytes, { stream: isPrefix });
  } catch {
    return undefined;
  }
}
