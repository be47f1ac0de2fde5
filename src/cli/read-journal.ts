import { resolve } from "node:path";
import { decodeText, readSourceBytes } from "../documents/read-source-file.ts";
import { readJournalLines } from "../journal/journal-line.ts";
import { toldRun, type ToldRun } from "../journal/told-run.ts";

/** More is no text of JavaScript. */
const MAX_BYTES = 480 * 1024 * 1024;

/**
 * Reads what a run wrote with `--journal`, also one that was killed.
 *
 * @throws {FusionPlayError} `FILE_UNREADABLE`
 */
export async function readJournal(name: string): Promise<ToldRun> {
  const bytes = await readSourceBytes(resolve(name), name, { maxBytes: MAX_BYTES });
  // The last line may have been cut off, within a character.
  const whole = bytes.subarray(0, bytes.lastIndexOf(NEWLINE) + 1);
  return toldRun(readJournalLines(decodeText(whole, name), name));
}

const NEWLINE = 0x0a;
