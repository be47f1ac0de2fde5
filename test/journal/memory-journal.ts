import type { JournalEntry, PlanDigest, RunJournal } from "../../src/engine/journal-entry.ts";
import type { Shard } from "../../src/engine/shard.ts";
import { readJournalLines, writeJournalLine } from "../../src/journal/journal-line.ts";
import { resumedRun } from "../../src/journal/resumed-plays.ts";
import { toldRun, type ToldRun } from "../../src/journal/told-run.ts";

const AT = "2026-01-02T03:04:05.000Z";

/** A journal in memory, of which any number of lines may have been written when the run was killed. */
export class MemoryJournal implements RunJournal {
  readonly lines: string[];

  constructor(lines: readonly string[] = []) {
    this.lines = [...lines];
  }

  begin(digest: PlanDigest, shard?: Shard): void {
    const part = shard === undefined ? {} : { shard };
    this.lines.push(writeJournalLine({ at: AT, type: "journal", version: 1, digest, ...part }));
  }

  add(entry: JournalEntry): void {
    this.lines.push(writeJournalLine({ at: AT, ...entry }));
  }

  /** What was written before the run was killed. */
  killedAfter(lines: number): MemoryJournal {
    return new MemoryJournal(this.lines.slice(0, lines));
  }

  get told(): ToldRun {
    return toldRun(readJournalLines(this.lines.join(""), "run.journal"));
  }

  get resumed(): ReturnType<typeof resumedRun> {
    return resumedRun(this.told);
  }
}
