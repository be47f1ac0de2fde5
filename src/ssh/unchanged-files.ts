import { statSync, type BigIntStats } from "node:fs";

interface Known<Made> {
  /** What a change of the file changes. */
  readonly stamp: string;
  readonly made: Made;
}

/** What is made of a file that we have changed. */
export interface Changed<Made> {
  readonly made: Made;
  /** Of the file, as it was after the change. */
  readonly stats: BigIntStats;
}

/**
 * What is made of files, each of which is read again only when others have changed it: all hosts of a run are
 * connected to with the same ones.
 */
export class UnchangedFiles<Made> {
  readonly #make: (file: string) => Promise<Made>;
  readonly #known: Map<string, Known<Made>> = new Map();
  /** Ends of what was begun last with each file. */
  readonly #last: Map<string, Promise<unknown>> = new Map();

  /** @param make reads a file; what it throws is not kept */
  constructor(make: (file: string) => Promise<Made>) {
    this.#make = make;
  }

  /** @throws what `make` throws */
  async get(file: string): Promise<Made> {
    return this.#inTurn(file, async () => this.#get(file));
  }

  /**
   * Changes a file; nobody gets it meanwhile.
   *
   * @param change is given what is made of the file, and gives what would be made of it now; `undefined` if that has to
   *   be found out by reading it
   * @throws what `make` and `change` throw
   */
  async change(file: string, change: (made: Made) => Promise<Changed<Made> | undefined>): Promise<void> {
    await this.#inTurn(file, async () => {
      const changed = await change(await this.#get(file));
      if (changed === undefined) this.#known.delete(file);
      else this.#known.set(file, { stamp: stampOfStats(changed.stats), made: changed.made });
    });
  }

  async #get(file: string): Promise<Made> {
    const stamp = stampOf(file);
    const before = this.#known.get(file);
    if (before?.stamp === stamp) return before.made;
    const made = await this.#make(file);
    this.#known.set(file, { stamp, made });
    return made;
  }

  async #inTurn<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
    const turn = (this.#last.get(file) ?? Promise.resolve()).then(work);
    this.#last.set(
      file,
      turn.catch(() => {}),
    );
    return turn;
  }
}

function stampOfStats({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
}

/**
 * Of a file that is not there, why. It is asked for each host and each file, and Node.js has threads to ask, whose
 * answer costs twenty times as much as the question.
 */
function stampOf(file: string): string {
  try {
    const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? "ENOENT" : stampOfStats(stats);
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}
