import { stat } from "node:fs/promises";

interface Known<Made> {
  /** What a change of the file changes. */
  readonly stamp: string;
  readonly made: Promise<Made>;
}

/**
 * What is made of files, each of which is read again only when it has changed: all hosts of a run are connected to
 * with the same ones.
 */
export class UnchangedFiles<Made> {
  readonly #make: (file: string) => Promise<Made>;
  readonly #known: Map<string, Known<Made>> = new Map();

  /** @param make reads a file; what it throws is not kept */
  constructor(make: (file: string) => Promise<Made>) {
    this.#make = make;
  }

  /** @throws what `make` throws */
  async get(file: string): Promise<Made> {
    const stamp = await stampOf(file);
    const before = this.#known.get(file);
    if (before?.stamp === stamp) return before.made;
    const made = this.#make(file);
    this.#known.set(file, { stamp, made });
    try {
      return await made;
    } catch (error) {
      this.#known.delete(file);
      throw error;
    }
  }
}

/** Of a file that is not there, why. */
async function stampOf(file: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}
