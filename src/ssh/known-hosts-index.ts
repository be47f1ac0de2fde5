import { linesAbout, type KnownHost } from "./known-hosts.ts";

/** Lines of a `known_hosts` file by the names in them, so that a host is found without a look at all others. */
export class KnownHostsIndex {
  readonly #byName: Map<string, KnownHost[]> = new Map();
  /** Those that have to be tried: hashed names, which each have a salt of their own, and patterns. */
  readonly #others: KnownHost[] = [];

  /** @param known in the order in which they stand in the file */
  constructor(known: readonly KnownHost[]) {
    this.add(known);
  }

  /** Adds lines that stand behind all others. */
  add(known: readonly KnownHost[]): void {
    for (const line of known) {
      const names = plainNames(line);
      if (names === undefined) this.#others.push(line);
      else for (const name of names) this.#addName(name, line);
    }
  }

  /** Gives what {@linkcode linesAbout} gives of all lines. */
  about(name: string): KnownHost[] {
    const named = linesAbout(this.#byName.get(name) ?? [], name);
    const others = linesAbout(this.#others, name);
    return others.length === 0 ? named : [...named, ...others].sort((a, b) => a.line - b.line);
  }

  #addName(name: string, line: KnownHost): void {
    const lines = this.#byName.get(name);
    if (lines === undefined) this.#byName.set(name, [line]);
    else lines.push(line);
  }
}

/** The names of a line, if none of them is a pattern. */
function plainNames({ hosts }: KnownHost): ReadonlySet<string> | undefined {
  if (hosts.type === "hashed" || hosts.patterns.some((pattern) => /[*?!]/.test(pattern))) return undefined;
  return new Set(hosts.patterns);
}
