import { MASK } from "../secret.ts";
import { LONG_CHARACTERS, type TextTrie } from "./text-trie.ts";

/** Hides texts in another one: of those that begin at one place, the longest. */
export function maskAll(text: string, tries: readonly TextTrie[]): string {
  let masked = "";
  let rest = 0;
  const next = new NextStart(text, tries);
  for (let at = next.from(0); at < text.length;) {
    const found = endAt(text, at, tries);
    const end = found < 0 ? ~found : found;
    if (end > at) {
      masked += text.slice(rest, at) + MASK;
      rest = end;
    }
    at = next.from(Math.max(end, at + 1));
  }
  return rest === 0 ? text : masked + text.slice(rest);
}

/** How much of a text stays as it is, whatever follows: the rest may be the beginning of one that is hidden. */
export function certainLength(text: string, tries: readonly TextTrie[]): number {
  const next = new NextStart(text, tries);
  for (let at = next.from(0); at < text.length;) {
    const end = endAt(text, at, tries);
    if (end < 0) return at;
    at = next.from(Math.max(end, at + 1));
  }
  return text.length;
}

/** Finds where secrets may begin in a text: each place that was found is kept until it is passed. */
class NextStart {
  readonly #text: string;
  readonly #tries: readonly TextTrie[];
  readonly #starts: number[];

  constructor(text: string, tries: readonly TextTrie[]) {
    this.#text = text;
    this.#tries = tries;
    this.#starts = tries.map(() => -1);
  }

  from(at: number): number {
    let first = this.#text.length;
    for (const [index, trie] of this.#tries.entries()) {
      let start = this.#starts[index] ?? -1;
      if (start < at) this.#starts[index] = start = trie.nextStart(this.#text, at);
      first = Math.min(first, start);
    }
    return first;
  }
}

/**
 * Gives where the secret ends that begins at a place: at the place itself if none does, and before a long one that begins
 * inside of it. Given as `~end` where the text ends before it is known.
 */
function endAt(text: string, start: number, tries: readonly TextTrie[]): number {
  const length = lengthAt(text, start, tries);
  if (length === 0) return start;
  let isOpen = length < 0;
  let end = start + (isOpen ? ~length : length);
  if (end - start < LONG_CHARACTERS) {
    for (let inner = start + 1; inner < end; inner++) {
      const inside = lengthAt(text, inner, tries);
      isOpen ||= inside < 0;
      if ((inside < 0 ? ~inside : inside) >= LONG_CHARACTERS) end = inner;
    }
  }
  return isOpen ? ~end : end;
}

/** As {@linkcode TextTrie.lengthAt} of all of them. */
function lengthAt(text: string, start: number, tries: readonly TextTrie[]): number {
  let longest = 0;
  let isOpen = false;
  for (const trie of tries) {
    const length = trie.lengthAt(text, start);
    isOpen ||= length < 0;
    longest = Math.max(longest, length < 0 ? ~length : length);
  }
  return isOpen ? ~longest : longest;
}
