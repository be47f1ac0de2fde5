import type { RunOptions } from "../engine/run-options.ts";
import { JournalFile } from "../journal/journal-file.ts";
import { resumedRun } from "../journal/resumed-plays.ts";
import { maskReport } from "../report/mask-events.ts";
import type { Secrets } from "../secrets/secrets.ts";
import { readJournal } from "./read-journal.ts";

export interface JournalChoice {
  /** `--journal`: a file that is begun. */
  readonly journal?: string;
  /** `--resume`: one that is gone on with. */
  readonly resume?: string;
}

/** What a run needs of the journal that was asked for. */
export interface OpenJournal extends Pick<RunOptions, "resumed"> {
  readonly journal: JournalFile;
}

/**
 * Opens the journal of a run; gives undefined where none is wanted.
 *
 * @throws {FusionPlayError} `FILE_EXISTS`, `FILE_UNREADABLE`
 */
export async function openJournal(
  { journal, resume }: JournalChoice,
  secrets: Secrets,
): Promise<OpenJournal | undefined> {
  const file = resume ?? journal;
  if (file === undefined) return undefined;
  const resumed = resume === undefined ? undefined : resumedRun(await readJournal(resume));
  const isResumed = resumed !== undefined;
  const mask = <Entry extends object>(entry: Entry): Entry => maskReport(entry, secrets);
  return { journal: new JournalFile({ file, isResumed, mask }), resumed };
}
