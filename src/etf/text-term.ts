import { atom, charlist, type Term } from "./term.ts";
import type { TextForm } from "./syntax.ts";
import { utf8Text } from "./utf8-text.ts";

const MAX_ATOM_LENGTH = 255;

/**
 * Makes a binary, charlist or atom of pieces of text.
 *
 * @param fail makes the error to throw of what is wrong
 */
export function textTerm(
  form: TextForm,
  pieces: readonly (string | Uint8Array)[],
  fail: (state: string) => Error,
): Term {
  if (form === "binary") {
    const bytes = pieces.map((piece) => (typeof piece === "string" ? Buffer.from(piece) : piece));
    return bytes.length === 1 && bytes[0] !== undefined ? bytes[0] : Buffer.concat(bytes);
  }
  const text = joined(pieces);
  if (text === undefined) throw fail("its bytes are not UTF-8");
  if (form === "charlist") return charlist(text);
  if (Array.from(text).length > MAX_ATOM_LENGTH) {
    throw fail(`an atom has at most ${MAX_ATOM_LENGTH} characters`);
  }
  return atom(text);
}

function joined(pieces: readonly (string | Uint8Array)[]): string | undefined {
  if (pieces.every((piece) => typeof piece === "string")) return pieces.join("");
  return utf8Text(
    Buffer.concat(pieces.map((piece) => (typeof piece === "string" ? Buffer.from(piece) : piece))),
  );
}
