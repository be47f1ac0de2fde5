import type { SourceText, Subject } from "./source-text.ts";
import type { Atom } from "./term.ts";
import type { TermSyntaxError } from "./term-syntax-error.ts";
import { textTerm } from "./text-term.ts";
import type { Token } from "./token.ts";

const MAX_DEPTH = 200;

/** Words that only code has. */
const CODE_WORDS: ReadonlySet<string> = new Set(
  (
    "after and andalso begin case catch cond div do else end fn if in not of or orelse receive rem rescue " +
    "try when"
  ).split(" "),
);

/** What follows a value only in code. */
const OPERATOR = /^(?:[-+*/<>=!|&.^~@]+|::|:=|\|>)$/;

const CODE_HINTS: Readonly<Partial<Record<Subject, string>>> = {
  call: "Arguments are literals and ${{ … }}: write code in an eval step",
  pattern: "A pattern has literals and variables: write conditions in that:",
};

/** Tokens with a place in them, and the errors that both parsers have. */
export class TokenStream {
  readonly source: SourceText;
  readonly #tokens: readonly Token[];
  #position = 0;
  #depth = 0;

  /** @param tokens the last one is the end */
  constructor(source: SourceText, tokens: readonly Token[]) {
    this.source = source;
    this.#tokens = tokens;
  }

  get isPattern(): boolean {
    return this.source.subject === "pattern";
  }

  peek(ahead: number = 0): Token {
    const last = this.#tokens.length - 1;
    return this.#tokens[Math.min(this.#position + ahead, last)] as Token;
  }

  next(): Token {
    const token = this.peek();
    this.#position++;
    return token;
  }

  isSymbol(text: string, ahead: number = 0): boolean {
    const token = this.peek(ahead);
    return token.type === "symbol" && token.text === text;
  }

  /** Takes the symbol if it comes next. */
  takeSymbol(text: string): boolean {
    const isNext = this.isSymbol(text);
    if (isNext) this.#position++;
    return isNext;
  }

  expectSymbol(text: string): void {
    if (!this.takeSymbol(text)) throw this.unexpected(`"${text}"`);
  }

  /** Takes what closes the bracket that was opened at `offset`. */
  expectClosing(text: string, offset: number): void {
    if (this.takeSymbol(text)) return;
    if (this.peek().type !== "end") throw this.unexpected(`"," or "${text}"`);
    const open = /^(?:<<|[#%][\w.]*\{|.)/.exec(this.source.text.slice(offset))?.[0] ?? "";
    throw this.source.error(`"${open}" is not closed`, { offset, hint: `End it with ${text}` });
  }

  expectEnd(): void {
    if (this.peek().type !== "end") throw this.unexpected("the end");
  }

  /** Reads what stands inside brackets. */
  nest<Syntax>(read: () => Syntax): Syntax {
    if (this.#depth >= MAX_DEPTH) {
      throw this.source.error(`it nests deeper than ${MAX_DEPTH}`, { offset: this.peek().offset });
    }
    this.#depth++;
    const syntax = read();
    this.#depth--;
    return syntax;
  }

  error(state: string, token: { offset: number }, hint?: string): TermSyntaxError {
    return this.source.error(state, { offset: token.offset, hint });
  }

  /** @param wanted what should stand where the next token is */
  unexpected(wanted: string): TermSyntaxError {
    const token = this.peek();
    if (token.type === "end") return this.error(`it ends where ${wanted} should follow`, token);
    const text = this.textOf(token);
    const isCode = (token.type === "symbol" && OPERATOR.test(text)) || CODE_WORDS.has(text);
    return this.error(`${wanted} should stand where "${text}" is`, token, isCode ? this.codeHint : undefined);
  }

  /** What to do about code where only literals may stand. */
  get codeHint(): string {
    return CODE_HINTS[this.source.subject] ?? "Write a literal";
  }

  /** A variable where there is none. */
  variableError(token: Token): TermSyntaxError {
    const name = this.textOf(token);
    const hint =
      this.source.subject === "call"
        ? `Write a literal, or \${{ ${name.toLowerCase()} }} for a value of the playbook`
        : "Write a literal";
    return this.error(`the variable ${name} has no value here`, token, hint);
  }

  /** Makes an atom of a name. */
  atom(name: string, token: { offset: number }): Atom {
    return textTerm("atom", [name], (state) => this.error(state, token)) as Atom;
  }

  textOf(token: Token): string {
    return this.source.text.slice(token.offset, Math.min(token.end, token.offset + 40));
  }
}
