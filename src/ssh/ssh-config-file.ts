import { readdir, readFile } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";

import type { ConfigValues } from "./host-config.ts";
import { matchesPattern, matchesPatternList } from "./pattern-list.ts";
import { invalidLine, parseConfigLine } from "./ssh-config-line.ts";
import { SshError } from "./ssh-error.ts";

export interface ConfigFileOptions {
  /** Files in the order of precedence; those that do not exist say nothing. */
  readonly files: readonly string[];
  /** What a leading `~` stands for. */
  readonly home: string;
}

/** Nobody nests deeper on purpose; a file that includes itself does. */
const MAX_INCLUDE_DEPTH = 16;

/** Keywords that hold all their arguments, and those that gather those of all their lines. */
const LISTS = ["userknownhostsfile", "globalknownhostsfile"];
const GATHERED = ["identityfile", "certificatefile"];

/**
 * Looks a host up in ssh config files, for machines without the `ssh` program: `Host` with patterns and
 * negation, `Include`, `Match all`; the first value of a keyword wins.
 *
 * @throws {SshError} `SSH_CONFIG_INVALID` for what is not understood, other kinds of `Match` among it
 * @see https://man.openbsd.org/ssh_config
 */
export async function lookupInFiles(host: string, { files, home }: ConfigFileOptions): Promise<ConfigValues> {
  const values = new Map<string, string[]>();
  for (const file of files) await readConfigFile(file, { host, home, values, depth: 0, applies: true });
  return values;
}

interface Lookup {
  readonly host: string;
  readonly home: string;
  readonly values: Map<string, string[]>;
  readonly depth: number;
  /** Whether the lines before the first `Host` are about the host: an included file inherits that. */
  readonly applies: boolean;
}

async function readConfigFile(file: string, lookup: Lookup): Promise<void> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return;
    throw new SshError(`Cannot read the ssh config "${file}": ${code}`, {
      code: "SSH_CONFIG_INVALID",
      cause: error,
    });
  }

  let { applies } = lookup;
  for (const [index, line] of text.split("\n").entries()) {
    const place = `${file}:${index + 1}`;
    const parsed = parseConfigLine(line, place);
    if (parsed === undefined) continue;
    const { keyword, args } = parsed;
    switch (keyword) {
      case "host":
        applies = lookup.applies && matchesPatternList(lookup.host, args);
        break;
      case "match":
        if (args.length !== 1 || args[0]?.toLowerCase() !== "all") {
          throw invalidLine(place, `"Match ${args.join(" ")}" needs the ssh program, which is not installed`);
        }
        ({ applies } = lookup);
        break;
      case "include":
        if (applies) await include(args, file, place, lookup);
        break;
      default:
        if (applies) setValue(lookup.values, keyword, args);
    }
  }
}

async function include(args: readonly string[], file: string, place: string, lookup: Lookup): Promise<void> {
  if (lookup.depth >= MAX_INCLUDE_DEPTH) throw invalidLine(place, "files include each other without an end");
  for (const arg of args) {
    // Relative names are looked for in ~/.ssh, those of the system's config beside it.
    const folder = file.startsWith("/etc/ssh/") ? "/etc/ssh" : join(lookup.home, ".ssh");
    const pattern = arg.startsWith("~/") ? join(lookup.home, arg.slice(2)) : arg;
    for (const found of await expandGlob(isAbsolute(pattern) ? pattern : join(folder, pattern))) {
      await readConfigFile(found, { ...lookup, depth: lookup.depth + 1, applies: true });
    }
  }
}

/** Files that match a path whose segments may have `*` and `?`, sorted as the shell does. */
async function expandGlob(pattern: string): Promise<string[]> {
  if (!/[*?]/.test(pattern)) return [pattern];
  const folder = dirname(pattern);
  const name = pattern.slice(folder.length).replace(/^\//, "");
  const folders = await expandGlob(folder);
  const found = await Promise.all(
    folders.map(async (path) => {
      const entries = await readdir(path).catch(() => []);
      const matching = entries.filter(
        (entry) => matchesPattern(entry, name) && (name.startsWith(".") || !entry.startsWith(".")),
      );
      return matching.toSorted().map((entry) => join(path, entry));
    }),
  );
  return found.flat();
}

function setValue(values: Map<string, string[]>, keyword: string, args: readonly string[]): void {
  const [first] = args;
  if (first === undefined) return;
  if (GATHERED.includes(keyword)) values.set(keyword, [...new Set([...(values.get(keyword) ?? []), first])]);
  else if (!values.has(keyword)) values.set(keyword, LISTS.includes(keyword) ? [...args] : [first]);
}
