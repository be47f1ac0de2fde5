/** A regular expression whose matching is bounded by the length of the text. */
export interface BoundedRegex {
  /** Matches as RE2 does, at the beginning of a text. */
  readonly regex: RegExp;
  /** In how many ways a text may have to be tried before it is known that none matches. */
  tries(text: string): number;
}

/** A part of an expression. */
interface Part {
  /** For `RegExp`, with the flag `u`. */
  readonly source: string;
  /** Ways to choose between alternatives and to leave out what is optional. */
  readonly ways: number;
  /** Repetitions (`*`, `+`) in it, each of which may have any length. */
  readonly repetitions: number;
}

/** Longer expressions are left to RE2, which limits how deep groups nest. */
const MAX_LENGTH = 500;

/**
 * Gives the regular expression of Node.js for an expression if it can be told how often it has to be tried: if no
 * group is repeated. It works at full speed at once, where RE2 takes long to warm up.
 *
 * @returns undefined for what else RE2 knows, and for what is wrong
 */
export function boundedRegex(expression: string): BoundedRegex | undefined {
  if (expression.length > MAX_LENGTH) return undefined;
  const part = new Reader(expression).read();
  if (part === undefined) return undefined;
  const { source, ways, repetitions } = part;
  try {
    return {
      regex: new RegExp(`^(?:${source})`, "u"),
      tries: (text) => ways * (text.length + 1) ** repetitions,
    };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const LITERAL = /[\w@:,;=%&~#"'<>! -]|\\[.*+?()[\]{}|^$/\\dDwW]/y;
const SET = /\[\^?(?:[\w.-]|\\[dw.-])+\]/y;

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): Part | undefined {
    this.#take("^");
    const part = this.#sequence();
    const end = this.#take("$") ? "$" : "";
    if (part === undefined || this.#at < this.#text.length) return undefined;
    return { ...part, source: part.source + end };
  }

  #sequence(): Part | undefined {
    let sequence: Part = { source: "", ways: 1, repetitions: 0 };
    while (this.#at < this.#text.length && !"|)$".includes(this.#text[this.#at] ?? "")) {
      const part = this.#take("(") ? this.#group() : this.#character();
      if (part === undefined) return undefined;
      sequence = {
        source: sequence.source + part.source,
        ways: sequence.ways * part.ways,
        repetitions: sequence.repetitions + part.repetitions,
      };
    }
    return sequence;
  }

  /** Behind its opening parenthesis. */
  #group(): Part | undefined {
    this.#take("?:");
    const alternatives: Part[] = [];
    do {
      const alternative = this.#sequence();
      if (alternative === undefined) return undefined;
      alternatives.push(alternative);
    } while (this.#take("|"));
    if (!this.#take(")")) return undefined;
    const isOptional = this.#take("?");
    return {
      source: `(?:${alternatives.map(({ source }) => source).join("|")})${isOptional ? "?" : ""}`,
      ways: alternatives.reduce((sum, { ways }) => sum + ways, isOptional ? 1 : 0),
      repetitions: alternatives.reduce((most, { repetitions }) => Math.max(most, repetitions), 0),
    };
  }

  #character(): Part | undefined {
    // In JavaScript a dot leaves out more than the ends of lines.
    const character = this.#take(".") ? "[^\\n]" : (this.#match(LITERAL) ?? this.#match(SET));
    if (character === undefined) return undefined;
    if (this.#take("?")) return { source: `${character}?`, ways: 2, repetitions: 0 };
    const quantifier = this.#take("*") ? "*" : this.#take("+") ? "+" : "";
    return { source: character + quantifier, ways: 1, repetitions: quantifier === "" ? 0 : 1 };
  }

  #take(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at = pattern.lastIndex;
    return found;
  }
}
