import { BitString, ImproperList, type Term } from "../etf/term.ts";

/** How the integers and binaries of chardata are meant. */
export type Encoding = "unicode" | "latin1";

/**
 * The text of `unicode:chardata()`: binaries and code points in lists of any nesting. Invalid bytes
 * and code points become U+FFFD; what is no chardata at all gives `undefined`.
 */
export function chardataToText(chardata: Term, encoding: Encoding): string | undefined {
  const parts: string[] = [];
  // A stack of our own: a host may nest as deeply as it likes.
  const pending: Term[] = [chardata];
  while (pending.length > 0) {
    const term = pending.pop() as Term;
    if (typeof term === "number") {
      parts.push(codePoint(term));
    } else if (term instanceof Uint8Array) {
      parts.push(
        Buffer.from(term.buffer, term.byteOffset, term.byteLength).toString(ENCODING_NAME[encoding]),
      );
    } else if (Array.isArray(term)) {
      pushReversed(pending, term as readonly Term[]);
    } else if (term instanceof ImproperList) {
      pending.push(term.tail);
      pushReversed(pending, term.elements);
    } else if (!(term instanceof BitString)) {
      return undefined;
    }
  }
  return parts.join("");
}

const ENCODING_NAME = { unicode: "utf8", latin1: "latin1" } as const;

function pushReversed(stack: Term[], terms: readonly Term[]): void {
  for (let index = terms.length - 1; index >= 0; index--) stack.push(terms[index] as Term);
}

function codePoint(value: number): string {
  const isValid = value >= 0 && value <= 0x10ffff && !(value >= 0xd800 && value <= 0xdfff);
  return isValid ? String.fromCodePoint(value) : "\ufffd";
}
