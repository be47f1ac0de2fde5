import type { Argument, Command, Option } from "commander";
import { REPORT_FORMAT_NAMES } from "../../report/report-option.ts";
import { namesInInventories, variablesInInventories } from "./names-in-inventories.ts";
import { findPlace, type Place } from "./place.ts";
import { wordsInPlaybooks } from "./words-in-playbooks.ts";

/** What may stand in the place of a word that is being typed. */
export interface Completion {
  /** Whole words, each with what it means, or `""`. */
  readonly words: readonly (readonly [word: string, meaning: string])[];
  /** Whether a path may stand there, besides. */
  readonly paths?: Paths | undefined;
}

export interface Paths {
  /** What of the word stands before the path, such as `@` or `--modules=`. */
  readonly fixed: string;
  /** Endings of files, such as `.yml`; empty if any will do. */
  readonly endings: readonly string[];
}

/** What stands for a value in a usage line, or the flag of an option, and what may stand in its place. */
const EXPECTED: Readonly<Record<string, Value>> = {
  "--explain": { type: "variables" },
  "--host": { type: "hosts" },
  "--limit": { type: "hosts_or_file_after_at" },
  "--start-at-step": { type: "steps" },
  call: { type: "nothing" },
  duration: { type: "nothing" },
  "format=file": { type: "reports" },
  group: { type: "hosts" },
  host: { type: "hosts" },
  n: { type: "nothing" },
  number: { type: "nothing" },
  pattern: { type: "hosts" },
  playbook: { type: "paths", endings: [".yml", ".yaml", ".ts", ".mts", ".js", ".mjs"] },
  tags: { type: "tags" },
  vars: { type: "file_after_at" },
};

type Value =
  | { readonly type: "nothing" | "steps" | "tags" | "variables" | "reports" }
  | { readonly type: "hosts" | "hosts_or_file_after_at" | "file_after_at" }
  | { readonly type: "paths"; readonly endings: readonly string[] };

/** What is not in the table is most likely a path. */
const ANY_PATH: Value = { type: "paths", endings: [] };

/**
 * Finds what may stand in the place of the last word of a command line.
 *
 * @param words what stands behind the name of the program, up to the word that is being typed
 */
export async function complete(program: Command, words: readonly string[]): Promise<Completion> {
  const place = findPlace(program, words);
  const { expected } = place;
  switch (expected.type) {
    case "flag":
      return { words: matching(flagsAt(program, place), expected.typed) };
    case "value":
      return values(place, expected.option, expected);
    case "command_or_argument": {
      const commands = matching(commandsAt(place), expected.typed);
      const more =
        expected.argument === undefined
          ? { words: [] }
          : await values(place, expected.argument, { fixed: "", typed: expected.typed });
      return { ...more, words: [...commands, ...more.words] };
    }
  }
}

function commandsAt({ command, given }: Place): [string, string][] {
  if (given.length > 0) return [];
  const commands = command.createHelp().visibleCommands(command);
  return commands.map((each) => [each.name(), each.description()]);
}

function flagsAt(program: Command, { command }: Place): [string, string][] {
  const run = program.commands.find((each) => each.name() === "run");
  const commands = command === program && run !== undefined ? [program, run] : [command];
  const options = commands.flatMap((each) => each.createHelp().visibleOptions(each));
  const flags = options.flatMap(({ long, short, description }): [string, string][] =>
    [long, short].flatMap((flag): [string, string][] => (flag === undefined ? [] : [[flag, description]])),
  );
  return [...new Map(flags)];
}

interface Word {
  readonly fixed: string;
  readonly typed: string;
}

async function values(place: Place, of: Option | Argument, word: Word): Promise<Completion> {
  if (of.argChoices !== undefined) return wordsAfter(of.argChoices, word);
  const value = valueOf(of);
  switch (value.type) {
    case "nothing":
      return { words: [] };
    case "paths":
      return { words: [], paths: { fixed: word.fixed, endings: value.endings } };
    case "file_after_at":
      return fileAfterAt(word);
    case "reports":
      return reports(word);
    case "hosts":
      return hosts(place, word);
    case "hosts_or_file_after_at":
      return word.typed.startsWith("@") ? fileAfterAt(word) : hosts(place, word);
    case "tags": {
      const { tags } = await wordsInPlaybooks(place.given);
      return wordsAfter(tags, splitAfter(word, /,/));
    }
    case "steps": {
      const { names } = await wordsInPlaybooks(place.given);
      return wordsAfter(names, word);
    }
    case "variables":
      return wordsAfter(await variables(place), word);
  }
}

function valueOf(of: Option | Argument): Value {
  if ("long" in of) {
    const [, placeholder = ""] = /[<[]([^>\]]+)[>\]]/.exec(of.flags) ?? [];
    return EXPECTED[of.long ?? ""] ?? EXPECTED[placeholder] ?? ANY_PATH;
  }
  return EXPECTED[of.name()] ?? ANY_PATH;
}

/** What `vars <host> [playbook...]` can explain. */
async function variables({ values: options, given: [host = "", ...playbooks] }: Place): Promise<string[]> {
  const sources = options.get("--inventory") ?? [];
  const ofHost = await variablesInInventories(sources, { host, playbooks });
  const ofPlays = await wordsInPlaybooks(playbooks);
  return [...new Set([...ofHost, ...ofPlays.variables])];
}

/** Names of groups and hosts, also as parts of a pattern. */
async function hosts(place: Place, word: Word): Promise<Completion> {
  const names = await namesInInventories(place.values.get("--inventory") ?? []);
  return wordsAfter(names, splitAfter(word, /[,:&!]/));
}

/** `@` and a file. */
function fileAfterAt({ fixed, typed }: Word): Completion {
  return typed.startsWith("@") ? { words: [], paths: { fixed: `${fixed}@`, endings: [] } } : { words: [] };
}

/** A format, `=` and a file. */
function reports({ fixed, typed }: Word): Completion {
  const end = typed.indexOf("=") + 1;
  if (end > 0) return { words: [], paths: { fixed: fixed + typed.slice(0, end), endings: [] } };
  return wordsAfter(
    REPORT_FORMAT_NAMES.map((format) => `${format}=`),
    { fixed, typed },
  );
}

/** The last part of a list is what is being typed. */
function splitAfter({ fixed, typed }: Word, separator: RegExp): Word {
  const last = typed.split(separator).at(-1) ?? "";
  return { fixed: fixed + typed.slice(0, typed.length - last.length), typed: last };
}

function wordsAfter(names: readonly string[], { fixed, typed }: Word): Completion {
  return {
    words: matching(
      names.map((name) => [name, ""]),
      typed,
    ).map(([name, meaning]) => [fixed + name, meaning]),
  };
}

/** Nobody looks through more. */
const MAX_WORDS = 1000;

/** Those that begin with what is typed and that a shell can show. */
function matching(
  words: readonly (readonly [string, string])[],
  typed: string,
): (readonly [string, string])[] {
  return words.filter(([word]) => word.startsWith(typed) && !/\p{Cc}/u.test(word)).slice(0, MAX_WORDS);
}
