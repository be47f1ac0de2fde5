import { closeSync, fdatasyncSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import type { JournalEntry, PlanDigest, RunJournal } from "../engine/journal-entry.ts";
import type { Shard } from "../engine/shard.ts";
import { FusionPlayError } from "../errors.ts";
import { writeJournalLine } from "./journal-line.ts";
import { SECRET_KEY, toLosslessJson } from "./lossless-json.ts";

export interface JournalOptions {
  /** Where to write. */
  readonly file: string;
  /** Whether to go on with what stands there; otherwise nothing may. */
  readonly isResumed: boolean;
  /** Hides what is secret. */
  mask<Entry extends JournalEntry>(entry: Entry): Entry;
}

/**
 * A journal under way. Each line is with the operating system before the run goes on, so that it is there
 * whatever becomes of this process; a machine that loses its power may lose the last ones.
 */
export class JournalFile implements RunJournal {
  readonly #options: JournalOptions;
  readonly #descriptor: number;
  #failure: FusionPlayError | undefined;

  /** @throws {FusionPlayError} `FILE_EXISTS`, `FILE_UNREADABLE` */
  constructor(options: JournalOptions) {
    this.#options = options;
    const { file, isResumed } = options;
    try {
      // What is resumed is read, too: its last line may have been cut off.
      this.#descriptor = openSync(file, isResumed ? "a+" : "a");
      if (isResumed) endLastLine(this.#descriptor);
    } catch (error) {
      throw this.#unwritable(error as Error);
    }
    if (isResumed || fstatSync(this.#descriptor).size === 0) return;
    closeSync(this.#descriptor);
    throw new FusionPlayError(`Cannot begin the journal "${file}": the file exists`, {
      code: "FILE_EXISTS",
      hint: "Go on with it by --resume, or name another file",
    });
  }

  begin(digest: PlanDigest, shard?: Shard): void {
    const part = shard === undefined ? {} : { shard };
    this.#write(() => writeJournalLine({ at: now(), type: "journal", version: 1, digest, ...part }));
    if (this.#failure !== undefined) throw this.#failure;
  }

  add(entry: JournalEntry): void {
    this.#write(() => this.#lineOf(entry));
  }

  #lineOf(entry: JournalEntry): string {
    const masked = this.#options.mask(entry);
    const isMasked = masked !== entry && leftBy(entry) !== leftBy(masked);
    const line = { at: now(), ...masked };
    const text = writeJournalLine(isMasked ? { ...line, hidden: true } : line);
    return !isMasked && text.includes(SECRET_KEY) ? writeJournalLine({ ...line, hidden: true }) : text;
  }

  /** Ends the file; gives why not all of it could be written, if so. */
  end(): FusionPlayError[] {
    if (this.#failure === undefined) {
      try {
        fdatasyncSync(this.#descriptor);
      } catch {
        // A pipe or a device has no disk behind it.
      }
    }
    closeSync(this.#descriptor);
    return this.#failure === undefined ? [] : [this.#failure];
  }

  /** After an error nothing more is written: a line in between would be missing. One may be too long for a text. */
  #write(line: () => string): void {
    if (this.#failure !== undefined) return;
    try {
      const bytes = Buffer.from(line());
      for (let at = 0; at < bytes.length;) at += writeSync(this.#descriptor, bytes, at);
    } catch (error) {
      this.#failure = this.#unwritable(error as Error);
    }
  }

  #unwritable(cause: Error): FusionPlayError {
    return new FusionPlayError(`Cannot write the journal "${this.#options.file}": ${cause.message}`, {
      code: "FILE_UNREADABLE",
      hint: "Check the folder, its permissions and the disk",
      cause,
    });
  }
}

function now(): string {
  return new Date().toISOString();
}

/** What an entry holds of what later steps or plays may use, as a text that can be compared. */
function leftBy(entry: JournalEntry): string | undefined {
  if (entry.type === "step_ended") return JSON.stringify(toLosslessJson([entry.data, entry.vars]));
  return entry.type === "host_ended" ? JSON.stringify(toLosslessJson(entry.memory)) : undefined;
}

const NEWLINE = 0x0a;
const PIECE_BYTES = 64 * 1024;

/** Cuts off a line that was not written to its end, and goes on behind the last one that was. */
function endLastLine(descriptor: number): void {
  const { size } = fstatSync(descriptor);
  const piece = Buffer.alloc(PIECE_BYTES);
  let end = size;
  while (end > 0) {
    const start = Math.max(0, end - PIECE_BYTES);
    const length = readSync(descriptor, piece, 0, end - start, start);
    const newline = piece.subarray(0, length).lastIndexOf(NEWLINE);
    if (newline >= 0) {
      end = start + newline + 1;
      break;
    }
    end = start;
  }
  ftruncateSync(descriptor, end);
}
