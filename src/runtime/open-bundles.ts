import { openBundle, type Bundle } from "./bundle.ts";

/** Bundles that were opened, each once for all hosts that get it. */
export class OpenBundles {
  readonly #opened: Map<string, Promise<Bundle>> = new Map();

  /** @throws {FusionPlayError} as {@linkcode openBundle} */
  async open(file: string): Promise<Bundle> {
    const known = this.#opened.get(file);
    if (known !== undefined) return known;
    const opened = openBundle(file);
    this.#opened.set(file, opened);
    return opened;
  }
}
