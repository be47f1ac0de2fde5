import { FusionPlayError } from "../errors.ts";
import type { JournalEntry, PlanDigest } from "../engine/journal-entry.ts";
import type { Shard } from "../engine/shard.ts";
import { isJournalLine } from "./line-shape.ts";
import { fromLosslessJson, toLosslessJson } from "./lossless-json.ts";

/** Begins what one process wrote: the first part of a run, or one that resumed it. */
export interface JournalStart {
  readonly type: "journal";
  /** Version of the format. */
  readonly version: 1;
  readonly digest: PlanDigest;
  readonly shard?: Shard;
}

/** A step that has ended, and whether something that it left was secret, so that it does not stand here. */
interface Hidden {
  readonly hidden?: true;
}

/** A line of a journal, with its time in UTC as ISO 8601 has it. */
export type JournalLine = { readonly at: string } & (JournalStart | (JournalEntry & Hidden));

/** A line as it stands in the file, with its end. */
export function writeJournalLine(line: JournalLine): string {
  return `${JSON.stringify(toLosslessJson(line))}\n`;
}

/**
 * Reads the lines of a journal.
 *
 * @param text whole lines
 * @param name what messages call the file
 * @throws {FusionPlayError} `FILE_UNREADABLE` if it is no journal, or of a later version
 */
export function readJournalLines(text: string, name: string): JournalLine[] {
  const values = text
    .split("\n")
    .slice(0, -1)
    .map((line, index) => readJson(line, () => broken(name, `line ${index + 1} is no JSON`)));
  const [first] = values as [Partial<JournalStart>?];
  if (first?.type !== "journal") throw broken(name, "it is no journal");
  if (first.version !== 1) throw broken(name, `it has version ${String(first.version)}, and 1 is known`);
  let plays = 0;
  return values.map((value, index) => {
    const refuse = (): FusionPlayError => broken(name, `line ${index + 1} is none that a run writes`);
    const line = readLine(value, refuse);
    // Plays begin in order, and again in each part of the run.
    if ("play" in line && line.play >= plays && (line.type !== "play_begun" || line.play > plays++)) {
      throw refuse();
    }
    return line;
  });
}

function readJson(line: string, refuse: () => FusionPlayError): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    throw refuse();
  }
}

function readLine(json: unknown, refuse: () => FusionPlayError): JournalLine {
  try {
    const line = fromLosslessJson(json);
    if (isJournalLine(line)) return line as JournalLine;
  } catch {
    // A term that is none, or nesting that is too deep to be read.
  }
  throw refuse();
}

function broken(name: string, why: string): FusionPlayError {
  return new FusionPlayError(`Cannot read the journal "${name}": ${why}`, {
    code: "FILE_UNREADABLE",
    hint: "Name a file that a run wrote with --journal",
  });
}
