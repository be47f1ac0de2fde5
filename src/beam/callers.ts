import type { Caller } from "../engine/code-examination.ts";
import type { Location } from "../playbook/playbook.ts";
import type { CallSite } from "./call-sites.ts";
import { decodeLines, type SourceLine } from "./line-table.ts";
import type { BeamFile } from "./parse-beam.ts";

/** Finds where a line of code stands whose file is none of the user's, such as inline code. */
export type LocateLine = (line: number) => Location | undefined;

/** A call, wherever it goes. */
type Call = Pick<CallSite, "caller" | "line">;

/** Tells of call sites in a module where they stand. Its table of lines is read when it is first needed. */
export class CallerReader {
  readonly #beam: BeamFile;
  readonly #locate: LocateLine | undefined;
  #lines: readonly SourceLine[] | undefined;

  constructor(beam: BeamFile, locate: LocateLine | undefined) {
    this.#beam = beam;
    this.#locate = locate;
  }

  /** The functions that hold calls, each once, with its first line. */
  of(calls: readonly Call[]): Caller[] {
    const callers = new Map<string, Caller>();
    for (const { caller, line } of calls) {
      const { name, arity } = writtenFunction(caller);
      const key = `${name}/${arity}`;
      if (!callers.has(key))
        callers.set(key, { module: this.#beam.module, name, arity, ...this.#lineAt(line) });
    }
    return Array.from(callers.values());
  }

  /** Sorts calls as the source has them: the compiler puts functions into another order. */
  inOrder<Site extends Call>(calls: readonly Site[]): Site[] {
    if (calls.length < 2) return [...calls];
    const lineOf = ({ line }: Site): number => this.#lineAt(line).line ?? Infinity;
    return calls.toSorted((one, other) => lineOf(one) - lineOf(other));
  }

  #lineAt(number: number): Pick<Caller, "file" | "line"> {
    const chunk = this.#beam.chunks.get("Line");
    this.#lines ??= chunk === undefined ? [] : decodeLines(chunk, this.#beam.module);
    const { file, line } = this.#lines[number - 1] ?? {};
    const located = line === undefined ? undefined : this.#locate?.(line);
    return { file: located?.file ?? file, line: located?.line ?? line };
  }
}

/** The function in whose source a fun or a comprehension stands: the compiler makes functions of those. */
function writtenFunction({ name, arity }: Call["caller"]): Pick<Caller, "name" | "arity"> {
  const made = /^-(?:inlined-)?(.+?)\/(\d+)-/.exec(name);
  return made === null ? { name, arity } : { name: made[1] ?? "", arity: Number(made[2]) };
}
