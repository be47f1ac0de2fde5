import type { Argument, Command, Option } from "commander";

/** A place in a command line that is being typed: what is expected there, and what was given before. */
export interface Place {
  readonly command: Command;
  /** Values of the options before it, by their long flags. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** Arguments of the command before it. */
  readonly given: readonly string[];
  readonly expected: Expected;
}

export type Expected =
  | { readonly type: "flag"; readonly typed: string }
  /** `fixed` is what stands before the value in the same word, such as `--output=`. */
  | { readonly type: "value"; readonly option: Option; readonly fixed: string; readonly typed: string }
  | { readonly type: "command_or_argument"; readonly argument: Argument | undefined; readonly typed: string };

/** The command that is meant where none is named. */
const DEFAULT_COMMAND = "run";

/**
 * Finds out what is expected in the place of the last word.
 *
 * @param words what stands behind the name of the program, up to the word that is being typed
 */
export function findPlace(program: Command, words: readonly string[]): Place {
  const before = new WordsBefore(program);
  for (const word of words.slice(0, -1)) before.take(word);
  return before.place(words.at(-1) ?? "");
}

/** Reads words as the command line does, but takes any for right. */
class WordsBefore {
  readonly #program: Command;
  readonly #values = new Map<string, string[]>();
  readonly #given: string[] = [];
  #command: Command;
  /** The option whose value the next word is. */
  #open: Option | undefined;
  #onlyArguments = false;

  constructor(program: Command) {
    this.#program = program;
    this.#command = program;
  }

  take(word: string): void {
    if (this.#open !== undefined) {
      this.#keep(this.#open, word);
      this.#open = undefined;
    } else if (this.#onlyArguments) this.#takeArgument(word);
    else if (word === "--") this.#onlyArguments = true;
    else if (/^-./.test(word)) this.#takeOption(word);
    else this.#takeArgument(word);
  }

  place(typed: string): Place {
    return {
      command: this.#command,
      values: this.#values,
      given: this.#given,
      expected: this.#expected(typed),
    };
  }

  #expected(typed: string): Expected {
    if (this.#open !== undefined) return { type: "value", option: this.#open, fixed: "", typed };
    const [, flag = "", value] = /^(--[^=]+)=(.*)$/s.exec(typed) ?? [];
    const option = this.#option(flag);
    if (!this.#onlyArguments && value !== undefined && option !== undefined) {
      return { type: "value", option, fixed: `${flag}=`, typed: value };
    }
    if (!this.#onlyArguments && typed.startsWith("-")) return { type: "flag", typed };
    // Without a command it is one that may come, or an argument of the default command.
    const { registeredArguments } = this.#command === this.#program ? this.#default() : this.#command;
    const last = registeredArguments.at(-1);
    const argument = registeredArguments[this.#given.length] ?? (last?.variadic === true ? last : undefined);
    return { type: "command_or_argument", argument, typed };
  }

  #takeOption(word: string): void {
    const [flag = "", value] = word.startsWith("--") ? word.split(/=(.*)/s) : [word.slice(0, 2)];
    const option = this.#option(flag);
    if (option === undefined) return;
    // An option of the default command says that it is meant.
    if (!this.#command.options.includes(option)) this.#command = this.#default();
    if (option.isBoolean() || !(option.required || option.optional)) return;
    const attached = value ?? (word.startsWith("--") ? "" : word.slice(2));
    if (attached !== "") this.#keep(option, attached);
    else if (option.required) this.#open = option;
  }

  #takeArgument(word: string): void {
    const command =
      this.#given.length > 0 || this.#onlyArguments
        ? undefined
        : this.#command.commands.find((each) => each.name() === word);
    if (command !== undefined) {
      this.#command = command;
      return;
    }
    if (this.#command === this.#program) this.#command = this.#default();
    this.#given.push(word);
  }

  #keep(option: Option, value: string): void {
    const name = option.long ?? option.flags;
    this.#values.set(name, [...(this.#values.get(name) ?? []), value]);
  }

  #option(flag: string): Option | undefined {
    const commands = this.#command === this.#program ? [this.#program, this.#default()] : [this.#command];
    return commands.flatMap(({ options }) => options).find(({ short, long }) => [short, long].includes(flag));
  }

  #default(): Command {
    return this.#program.commands.find((each) => each.name() === DEFAULT_COMMAND) ?? this.#program;
  }
}
