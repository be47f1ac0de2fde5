import { FusionPlayError } from "../errors.ts";
import { atom, Atom, charlist, isAtom, isTuple, tuple, type Term } from "../etf/term.ts";
import { formatTerm } from "../etf/format.ts";
import type { Presence } from "../engine/applications-to-ship.ts";
import type { ApplicationPush, Runtime, SentFile } from "../engine/remote-node.ts";
import type { ShippedApplication, ShippedFile } from "../engine/shipped-application.ts";
import type { FileUpload } from "../ssh/ssh-connection.ts";
import { readUploadSource } from "../ssh/upload-source.ts";
import { readPresence } from "./application-presence.ts";
import { unfitLibrary } from "./host-platform.ts";

export interface ApplicationInstallerOptions {
  /** Name of the host, for messages. */
  readonly host: string;
  readonly runtime: Runtime;
  /** What earlier runs have installed there. @default nothing */
  readonly former?: InstalledBefore | undefined;
  /** Asks the agent on the host. */
  ask(request: Term, signal: AbortSignal): Promise<Term>;
  upload(files: readonly FileUpload[], signal: AbortSignal): Promise<void>;
}

/** What is known of the applications of a BEAM, for those who come to it later. */
export interface InstalledBefore {
  /** Names, and fingerprints of what was installed. */
  readonly applications: readonly (readonly [name: string, fingerprint: string])[];
  /** How many uploads had folders of their own. */
  readonly uploads: number;
}

/** Of a BEAM that has just been booted. */
export const NOTHING_INSTALLED: InstalledBefore = { applications: [], uploads: 0 };

/** An application whose files lie on the host. */
interface Placed {
  readonly application: ShippedApplication;
  /** Its folder below the run folder. */
  readonly path: string;
}

/**
 * Puts what applications have besides modules on one host, and each version of them once: the files
 * into the run folder, resource and environment into the BEAM.
 */
export class ApplicationInstaller {
  readonly #options: ApplicationInstallerOptions;
  readonly #presence: Map<string, Presence | undefined> = new Map();
  /** Fingerprints of what was installed, by the name of the application. */
  readonly #installed: Map<string, string>;
  /** Each upload has a folder of its own, so that nothing that is in use is ever written over. */
  #uploads: number;
  /** Installations wait for each other, so that no file is sent twice. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: ApplicationInstallerOptions) {
    this.#options = options;
    const { applications, uploads } = options.former ?? NOTHING_INSTALLED;
    this.#installed = new Map(applications);
    this.#uploads = uploads;
  }

  /** What has been installed by now. */
  get installed(): InstalledBefore {
    return { applications: [...this.#installed], uploads: this.#uploads };
  }

  /** How the host has applications by itself, or from an earlier push; it is asked once about each. */
  async presence(names: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, Presence>> {
    const unknown = names.filter((name) => !this.#presence.has(name));
    if (unknown.length > 0) {
      const found = readPresence(await this.#ask(tuple(atom("applications"), unknown.map(atom)), signal));
      for (const name of unknown) this.#presence.set(name, found.get(name));
    }
    const present = new Map<string, Presence>();
    for (const name of names) {
      const presence = this.#presence.get(name) ?? (this.#installed.has(name) ? "other" : undefined);
      if (presence !== undefined) present.set(name, presence);
    }
    return present;
  }

  /**
   * Installs what the host does not have in this version, and sets the environment.
   *
   * @returns the files that were sent
   * @throws {FusionPlayError} `ARCHITECTURE_MISMATCH` before anything is sent; `SSH_SFTP_REFUSED`,
   *   `UPLOAD_FAILED`, `FILE_UNREADABLE`, `APPLICATION_START_FAILED`
   */
  async install(push: ApplicationPush, signal: AbortSignal): Promise<readonly SentFile[]> {
    const turn = this.#last.then(() => this.#install(push, signal));
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #install(
    { applications, environment }: ApplicationPush,
    signal: AbortSignal,
  ): Promise<readonly SentFile[]> {
    this.#refuseUnfit(applications);
    const changed = applications.filter(({ name, fingerprint }) => this.#installed.get(name) !== fingerprint);
    const placed = this.#placesOf(changed);
    if (changed.length > 0 || environment.entries.length > 0) {
      const made = isSmall(placed) ? await withContent(placed) : await this.#upload(placed, signal);
      const paths = placed.map(({ application: { name, files, modules }, path }) =>
        tuple(
          atom(name),
          charlist(path),
          files.map((file) => tuple(charlist(file.path), file.bytes)),
          modules.map(atom),
        ),
      );
      const resources = changed.map(({ resource }) => resource);
      const entries = environment.entries.map(([key, value]) => tuple(atom(key), value));
      const own = tuple(atom(environment.application), entries);
      await this.#ask(tuple(atom("install"), made, paths, resources, own), signal);
    }
    for (const { name, fingerprint } of changed) this.#installed.set(name, fingerprint);
    return placed.flatMap(({ application }) =>
      application.files.map(({ path, bytes, sha256 }) => ({
        application: application.name,
        path,
        bytes,
        sha256,
      })),
    );
  }

  /** Gives the files of applications folders that are new. */
  #placesOf(applications: readonly ShippedApplication[]): readonly Placed[] {
    const withFiles = applications.filter(({ folders }) => folders.length > 0);
    if (withFiles.length === 0) return [];
    const number = ++this.#uploads;
    return withFiles.map((application) => ({ application, path: `${number}/${folderName(application)}` }));
  }

  /** Has the folders made and sends the files; nothing of them is left to be made with the rest. */
  async #upload(placed: readonly Placed[], signal: AbortSignal): Promise<Term> {
    const answer = await this.#ask(tuple(atom("folders"), foldersOf(placed)), signal);
    const root = readRoot(answer);
    if (root === undefined) throw this.#failed(answer);
    const uploads = placed.flatMap(({ application, path }) =>
      application.files.map((file) => ({
        from: file.file,
        to: `${root}/${path}/${file.path}`,
        bytes: file.bytes,
        mode: modeOf(file),
      })),
    );
    await this.#options.upload(uploads, signal);
    return tuple([], []);
  }

  #refuseUnfit(applications: readonly ShippedApplication[]): void {
    const { host, runtime } = this.#options;
    for (const application of applications) {
      const unfit = unfitLibrary(application, runtime);
      if (unfit === undefined) continue;
      throw new FusionPlayError(
        `Cannot push the application ${application.name} to ${host}: ${unfit}, and the host is ${runtime.architecture}`,
        {
          code: "ARCHITECTURE_MISMATCH",
          hint: "Build the application for the platform of the host, such as in a container with the same system",
        },
      );
    }
  }

  async #ask(request: Term, signal: AbortSignal): Promise<Term> {
    const answer = await this.#options.ask(request, signal);
    const [tag] = isTuple(answer, 2) ? answer.elements : [];
    if (tag !== undefined && isAtom(tag, "error")) throw this.#failed(answer);
    return answer;
  }

  /** Reads `{error, {Tag, …}}`. */
  #failed(answer: Term): FusionPlayError {
    const { host } = this.#options;
    const [, why] = isTuple(answer, 2) ? answer.elements : [];
    const [tag, first, second] = why !== undefined && isTuple(why) ? why.elements : [];
    const kind = tag instanceof Atom ? tag.name : "";
    const text = textOf(first);
    switch (kind) {
      case "no_folder":
        return new FusionPlayError(`Cannot make a folder for files on ${host}: ${text}`, {
          code: "UPLOAD_FAILED",
          hint: "Set TMPDIR of the user on the host to a folder that it may write to",
        });
      case "not_written":
        return new FusionPlayError(`Cannot write "${text}" on ${host}: ${textOf(second)}`, {
          code: "UPLOAD_FAILED",
          hint: "Set TMPDIR of the user on the host to a folder with enough space that it may write to",
        });
      case "not_there":
        return new FusionPlayError(`Cannot find "${text}" on ${host}, where it was uploaded to`, {
          code: "UPLOAD_FAILED",
          hint: "Check that SFTP shows the same files as commands do, without ChrootDirectory",
        });
      case "not_loaded": {
        const name = first instanceof Atom ? first.name : "";
        const reason = formatTerm(second ?? atom("undefined"), "erlang", { maxLength: MAX_TEXT });
        return new FusionPlayError(`Cannot load the application ${name} on ${host}: ${reason}`, {
          code: "APPLICATION_START_FAILED",
          hint: "Check its .app file",
        });
      }
      default: {
        const reason = formatTerm(answer, "erlang", { maxLength: MAX_TEXT });
        return new FusionPlayError(`Cannot install applications on ${host}: ${reason}`, {
          code: "APPLICATION_START_FAILED",
        });
      }
    }
  }
}

/**
 * Files that are no larger together go with what installs them, which needs no SFTP and no other round trip. They pass
 * through the memory of the BEAM.
 */
const SMALL_BYTES = 256 * 1024;

const MAX_TEXT = 500;
const MAX_PATH = 4096;

/** `my_app-1.2.0`, as releases name the folders; a version that is no part of a path is left out. */
function folderName({ name, version }: ShippedApplication): string {
  return /^[\w.+~]+$/.test(version) ? `${name}-${version}` : name;
}

function isSmall(placed: readonly Placed[]): boolean {
  const files = placed.flatMap(({ application }) => application.files);
  return files.reduce((sum, { bytes }) => sum + bytes, 0) <= SMALL_BYTES;
}

/** `{[Path], [{Path, Mode, Content}]}`: folders, and files in them. */
async function withContent(placed: readonly Placed[]): Promise<Term> {
  const files: Term[] = [];
  for (const { application, path } of placed) {
    for (const file of application.files) {
      const content = await readUploadSource(file.file, file.bytes);
      files.push(tuple(charlist(`${path}/${file.path}`), modeOf(file), content));
    }
  }
  return tuple(foldersOf(placed), files);
}

function foldersOf(placed: readonly Placed[]): Term[] {
  return placed.flatMap(({ application, path }) =>
    application.folders.map((folder) => charlist(`${path}/${folder}`)),
  );
}

function modeOf({ executable }: ShippedFile): number {
  return executable ? 0o700 : 0o600;
}

function textOf(term: Term | undefined): string {
  return term instanceof Uint8Array ? Buffer.from(term).toString("utf8").slice(0, MAX_TEXT) : "";
}

/** Reads `{ok, Folder}`. */
function readRoot(answer: Term): string | undefined {
  const [tag, folder] = isTuple(answer, 2) ? answer.elements : [];
  if (tag === undefined || !isAtom(tag, "ok") || !(folder instanceof Uint8Array)) return undefined;
  const root = Buffer.from(folder).toString("utf8");
  return root.startsWith("/") && root.length <= MAX_PATH ? root : undefined;
}
