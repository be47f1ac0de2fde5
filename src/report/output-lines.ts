import { textLines } from "./printable.ts";

/** A line longer than this is shown in parts, so that a host cannot fill the memory with one line. */
const LINE_LIMIT = 8192;

/**
 * Makes whole lines of what steps print, which comes in pieces of any size, so that lines of
 * different hosts never mix.
 */
export class OutputLines {
  readonly #unfinished = new Map<string, string>();

  /** Takes a piece of the output of `source`; gives the lines that it completes. */
  add(source: string, text: string): string[] {
    const pending = (this.#unfinished.get(source) ?? "") + text;
    const end = pending.lastIndexOf("\n") + 1;
    const rest = pending.slice(end);
    const lines = end === 0 ? [] : textLines(pending.slice(0, end));
    if (rest.length > LINE_LIMIT) {
      this.#unfinished.delete(source);
      return [...lines, ...textLines(rest)];
    }
    this.#unfinished.set(source, rest);
    return lines;
  }

  /** Gives what `source` printed after its last line end. */
  finish(source: string): string[] {
    const rest = this.#unfinished.get(source) ?? "";
    this.#unfinished.delete(source);
    return textLines(rest);
  }
}
