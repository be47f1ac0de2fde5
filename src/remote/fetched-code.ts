import type { FileInfo } from "../boot-server/message.ts";
import type { BootFiles } from "../boot-server/server.ts";
import { ErpcError } from "../dist/erpc-error.ts";
import type { ModuleSource, ShippedModule } from "../engine/module-source.ts";
import type { ServeOptions } from "../engine/remote-node.ts";
import { FusionPlayError } from "../errors.ts";
import { Atom, isAtom, isTuple, type Term } from "../etf/term.ts";
import { checkRelease } from "./check-release.ts";
import { PLAYS_FOLDER } from "./relay-source.ts";

interface ServedPlay {
  readonly source: ModuleSource;
  /** Where the host finds its modules. Each play has another folder, so that nothing is taken from a former one. */
  readonly folder: string;
  /** Release of OTP on the host. */
  readonly otp: string;
}

/**
 * The files that one host may fetch: the modules of the play under way, as they are shipped, each as
 * `/fusion-play/<number of the play>/<module>.beam`.
 */
export class FetchedCode implements BootFiles {
  readonly #host: string;
  #play: ServedPlay | undefined;
  #plays = 0;
  #onFetch: ServeOptions["onFetch"] = () => {};
  #admit: ServeOptions["admit"];
  /** The md5 of each module that the host got, by whatever way. */
  readonly #onHost: Map<string, string> = new Map();
  /** Why modules were not given out. */
  readonly #refusals: Map<string, FusionPlayError> = new Map();

  constructor(host: string) {
    this.#host = host;
  }

  /** Gives out the modules of `source` from now on, and no others. */
  serve(
    source: ModuleSource | null,
    { otp, onFetch, admit }: Omit<ServeOptions, "signal"> & { otp: string },
  ): { folder: string | undefined; isNew: boolean } {
    this.#onFetch = onFetch;
    // The relay remembers what there was not, so what is admitted otherwise needs another folder.
    const isSame = (this.#play?.source ?? null) === source && this.#admit === admit;
    if (isSame) return { folder: this.#play?.folder, isNew: false };
    this.#admit = admit;
    this.#refusals.clear();
    this.#play = source === null ? undefined : { source, folder: `${PLAYS_FOLDER}/${++this.#plays}`, otp };
    return { folder: this.#play?.folder, isNew: true };
  }

  /** Resource of the application `elixir`, where it is among what the host may fetch. */
  get elixir(): Term | undefined {
    return this.#play?.source.module("elixir")?.application;
  }

  notePushed(modules: readonly ShippedModule[]): void {
    for (const { name, md5 } of modules) this.#onHost.set(name, md5);
  }

  /** The modules of `source` that the host got in another version. */
  outdated(source: ModuleSource): readonly ShippedModule[] {
    return Array.from(this.#onHost).flatMap(([name, md5]) => {
      const module = source.module(name);
      return module === undefined || module.md5 === md5 ? [] : [module];
    });
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    const module = this.#moduleAt(path);
    if (module === undefined || !(await this.#isAdmitted(module))) return undefined;
    // A file that is read again, such as for its object code, was reported.
    if (this.#onHost.get(module.name) !== module.md5) {
      this.#onHost.set(module.name, module.md5);
      this.#onFetch(module);
    }
    return module.binary;
  }

  list(path: string): readonly string[] | undefined {
    const play = this.#play;
    return play?.folder === path ? play.source.modules().map((name) => `${name}.beam`) : undefined;
  }

  info(path: string): FileInfo | undefined {
    if (path === this.#play?.folder) return { type: "directory" };
    const module = this.#moduleAt(path);
    return module && { type: "regular", size: module.binary.byteLength };
  }

  /** Why a call failed, where that is because a module was not given out. */
  refusalBehind(error: unknown): FusionPlayError | undefined {
    if (!(error instanceof ErpcError) || !isAtom(error.reason, "undef")) return undefined;
    const module = topModule(error.stacktrace);
    return module === undefined ? undefined : this.#refusals.get(module);
  }

  async #isAdmitted(module: ShippedModule): Promise<boolean> {
    try {
      await this.#admit?.(module);
      return true;
    } catch (error) {
      if (!(error instanceof FusionPlayError)) throw error;
      this.#refusals.set(module.name, error);
      return false;
    }
  }

  #moduleAt(path: string): ShippedModule | undefined {
    const play = this.#play;
    if (play === undefined || !path.startsWith(`${play.folder}/`) || !path.endsWith(".beam"))
      return undefined;
    const name = path.slice(play.folder.length + 1, -".beam".length);
    try {
      const module = play.source.module(name);
      if (module === undefined) return undefined;
      const tooNew = checkRelease([module], { host: this.#host, otp: play.otp });
      if (tooNew === undefined) return module;
      this.#refusals.set(name, tooNew);
    } catch (error) {
      if (!(error instanceof FusionPlayError)) throw error;
      this.#refusals.set(name, error);
    }
    return undefined;
  }
}

/** The module of the first entry of `[{Module, Function, ArityOrArguments, Location}]`. */
function topModule(stacktrace: Term): string | undefined {
  const [top] = Array.isArray(stacktrace) ? (stacktrace as readonly Term[]) : [];
  if (top === undefined || !isTuple(top, 4)) return undefined;
  const [module] = top.elements;
  return module instanceof Atom ? module.name : undefined;
}
