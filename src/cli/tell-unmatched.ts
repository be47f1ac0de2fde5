import { quote } from "../documents/quote.ts";

/** Says of a part of a host pattern that it names nothing: it is misspelt, most likely. */
export function unmatchedText(part: string): string {
  return `Not in the inventory: ${quote(part)}`;
}

/** Tells that on standard error. */
export function tellUnmatched(part: string): void {
  process.stderr.write(`${unmatchedText(part)}\n`);
}
