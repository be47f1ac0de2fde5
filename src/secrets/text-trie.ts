/** Of longer texts the beginning is looked for, and as much as follows of it. */
export const LONG_CHARACTERS = 200;

/** As long as they are this few, a regular expression finds where they may begin: that is faster, and soon compiled. */
const FEW_BEGINNINGS = 64;

const BEGINNING_CHARACTERS = 16;

/** Of no text: most hosts have none. */
const NONE: Uint8Array = new Uint8Array(256);

/** Where the texts go apart: what they have in common up to it is written once. */
interface Branch {
  /** What leads from the branch above to this one. */
  label: string;
  /** Whether a text ends here. */
  isEnd: boolean;
  /** By their first code unit. */
  branches: Map<number, Branch> | undefined;
}

/**
 * Texts that are looked for in others. To add one takes as long as it is, however many there are, and so does to find
 * the longest that begins at a place.
 */
export class TextTrie {
  readonly #root: Branch = { label: "", isEnd: false, branches: undefined };
  /** Whether a text may begin with a code unit of this low byte. */
  #firsts: Uint8Array = NONE;
  /** The beginnings of the texts; undefined where there are many. */
  #beginnings: Set<string> | undefined = new Set();
  /** Finds one of them; undefined until it is asked for. */
  #pattern: RegExp | undefined;

  get isEmpty(): boolean {
    return this.#root.branches === undefined;
  }

  /** Adds a text that is not empty; gives whether it is new. */
  add(text: string): boolean {
    if (this.isEmpty) this.#firsts = new Uint8Array(NONE.length);
    this.#firsts[text.charCodeAt(0) & 255] = 1;
    this.#addBeginning(text.slice(0, BEGINNING_CHARACTERS));
    let above = this.#root;
    for (let at = 0; at < text.length;) {
      const first = text.charCodeAt(at);
      above.branches ??= new Map();
      const branch = above.branches.get(first);
      if (branch === undefined) {
        above.branches.set(first, { label: text.slice(at), isEnd: true, branches: undefined });
        return true;
      }
      const length = commonLength(branch.label, text, at);
      if (length === branch.label.length) above = branch;
      else above.branches.set(first, (above = splitAt(branch, length)));
      at += length;
    }
    const isNew = !above.isEnd;
    above.isEnd = true;
    return isNew;
  }

  has(text: string): boolean {
    let branch: Branch | undefined = this.#root;
    for (let at = 0; at < text.length; at += branch.label.length) {
      branch = branch.branches?.get(text.charCodeAt(at));
      if (branch === undefined || !text.startsWith(branch.label, at)) return false;
    }
    return branch.isEnd;
  }

  /** Gives the first place from `start` on where one of the texts may begin; the end if there is none. */
  nextStart(text: string, start: number): number {
    // What stands at the end may be less than a beginning.
    let at = start;
    if (this.#beginnings !== undefined && text.length - start > BEGINNING_CHARACTERS) {
      this.#pattern ??= anyOf(this.#beginnings);
      this.#pattern.lastIndex = start;
      at = this.#pattern.exec(text)?.index ?? text.length;
      at = Math.min(at, text.length - BEGINNING_CHARACTERS);
    }
    while (at < text.length && this.#firsts[text.charCodeAt(at) & 255] === 0) at++;
    return at;
  }

  /**
   * Gives the length of the longest text that stands at `start` of another one, or of as much as there is of a long one;
   * 0 if none does. It is given as `~length` where the other text ends before it is known.
   */
  lengthAt(text: string, start: number): number {
    let branch: Branch | undefined = this.#root;
    let longest = 0;
    let at = start;
    let isOpen = false;
    while (branch !== undefined) {
      if (branch.isEnd) longest = at - start;
      isOpen = at === text.length && branch.branches !== undefined;
      const next: Branch | undefined = branch.branches?.get(text.charCodeAt(at));
      if (next === undefined) break;
      const length = commonLength(next.label, text, at);
      at += length;
      isOpen = at === text.length && length < next.label.length;
      branch = length === next.label.length ? next : undefined;
    }
    if (at - start >= LONG_CHARACTERS) longest = at - start;
    return isOpen ? ~longest : longest;
  }

  #addBeginning(beginning: string): void {
    const size = this.#beginnings?.size;
    if (this.#beginnings?.add(beginning).size === size) return;
    this.#pattern = undefined;
    if (size === FEW_BEGINNINGS) this.#beginnings = undefined;
  }
}

function anyOf(texts: ReadonlySet<string>): RegExp {
  const patterns = Array.from(texts, (text) => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`));
  return new RegExp(patterns.join("|"), "g");
}

/** Gives a branch with the beginning of another one's label, which becomes the branch below it. */
function splitAt(branch: Branch, length: number): Branch {
  const label = branch.label.slice(0, length);
  branch.label = branch.label.slice(length);
  return { label, isEnd: false, branches: new Map([[branch.label.charCodeAt(0), branch]]) };
}

/** How much of the beginning of `label` stands at `start` of a text. */
function commonLength(label: string, text: string, start: number): number {
  const most = Math.min(label.length, text.length - start);
  let length = 0;
  while (length < most && label.charCodeAt(length) === text.charCodeAt(start + length)) length++;
  return length;
}
