import { TermSyntaxError } from "./term-syntax-error.ts";

/** How long text may be, in UTF-16 code units: a literal is not the way to ship a file. */
const MAX_LENGTH = 1024 * 1024;

/** What text is read as. Only a pattern has variables; a term has neither those nor placeholders; a text has nothing else. */
export type Subject = "call" | "pattern" | "term" | "text";

/** Text that is read, with the means to say what is wrong with it. */
export class SourceText {
  readonly text: string;
  readonly subject: Subject;

  /** @throws {TermSyntaxError} if it is too long */
  constructor(text: string, subject: Subject) {
    this.text = text;
    this.subject = subject;
    if (text.length > MAX_LENGTH) {
      throw this.error(`it is longer than ${MAX_LENGTH} characters`, { offset: MAX_LENGTH });
    }
  }

  error(state: string, place: { offset: number; hint?: string | undefined }): TermSyntaxError {
    return new TermSyntaxError(`Cannot read the ${this.subject}: ${state}`, place);
  }

  /** Matches a sticky expression at `offset`. */
  match(syntax: RegExp, offset: number): string | undefined {
    syntax.lastIndex = offset;
    return syntax.exec(this.text)?.[0];
  }
}
