import { SshError } from "./ssh-error.ts";

/** A line of an ssh config. */
export interface ConfigLine {
  /** In lower case. */
  readonly keyword: string;
  readonly args: readonly string[];
}

/**
 * Reads `Keyword argument…`, with `=` or blanks between, arguments quoted where they hold blanks; undefined where
 * the line says nothing.
 *
 * @param place for messages
 * @throws {SshError} `SSH_CONFIG_INVALID`
 * @see https://man.openbsd.org/ssh_config
 */
export function parseConfigLine(line: string, place: string): ConfigLine | undefined {
  const source = line.trim();
  if (source === "" || source.startsWith("#")) return undefined;
  const [, keyword = "", rest = ""] = /^([^\s=]+)(?:\s*=\s*|\s+)?(.*)$/.exec(source) ?? [];
  // A command is for a shell, with all its quotes.
  if (keyword.toLowerCase() === "proxycommand") return { keyword: "proxycommand", args: [rest] };
  return { keyword: keyword.toLowerCase(), args: splitArguments(rest, place) };
}

function splitArguments(text: string, place: string): string[] {
  const args: string[] = [];
  const token = /\s*(?:"((?:[^"\\]|\\.)*)"|(#.*)|([^\s"]+))/gy;
  while (token.lastIndex < text.trimEnd().length) {
    const [, quoted, comment, plain] = token.exec(text) ?? [];
    if (comment !== undefined) break;
    const arg = quoted?.replaceAll(/\\(["\\])/g, "$1") ?? plain;
    if (arg === undefined) throw invalidLine(place, "a quote is not closed");
    args.push(arg);
  }
  return args;
}

/** What is wrong with a line that cannot be followed. */
export function invalidLine(place: string, problem: string): SshError {
  return new SshError(`Cannot use the ssh config: ${place}: ${problem}`, {
    code: "SSH_CONFIG_INVALID",
    hint: "Correct the line, or install OpenSSH's ssh program, which then reads the file",
  });
}
