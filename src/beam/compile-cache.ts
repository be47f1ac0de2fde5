import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../folders/make-folder.ts";
import { cacheFolder, unusableCache } from "./cache-folder.ts";
import { knownDependencies, noteDependencies, stampsOf, type Stamp } from "./compile-dependencies.ts";
import { digestOf } from "./digest.ts";

/** Modules that a compiler made, kept in the cache folder. */
export interface CompiledModules {
  /** Holds the `.beam` files. */
  readonly folder: string;
  /** What the compiler said although it succeeded; empty if nothing. */
  readonly warnings: string;
}

interface Manifest {
  readonly warnings: string;
  /** Digest of each file by its name. */
  readonly files: Readonly<Record<string, string>>;
}

const MANIFEST = "manifest.json";
const COMPILED = "compiled";
/** How names of folders begin in which entries are made. */
const WORKSHOP = "compiling-";
/** The folder there that becomes an entry. */
const NEW = "new";

/** What a compiler did besides writing `.beam` files. */
export interface Compilation {
  /** What it said although it succeeded; empty if nothing. */
  readonly warnings: string;
  /**
   * Paths of files that it read and nobody knew of before: another content of them is another result.
   *
   * @default none
   */
  readonly dependencies?: readonly string[];
}

/** What follows the path of a workshop in a compiler's error: the rest of the path, and at last why it is not written. */
const UNWRITTEN = new RegExp(`^[^/\\n]*/${NEW}/[^\\n]*: ([^\\n]*)`);

/** Writes `.beam` files into the folder it is given. */
export type Compile = (folder: string) => Promise<Compilation>;

/** A name for what depends on all of `parts`, and else on nothing but the files that its compilation tells of. */
export function cacheKey(parts: readonly unknown[]): string {
  return digestOf(JSON.stringify(parts));
}

/**
 * Returns the modules kept under `key`, or makes them with `compile` and keeps them. Runs at the
 * same time do not disturb each other: an entry appears whole or not at all. An entry whose files
 * are not those it was made with is made again; so is one whose dependencies have changed since.
 *
 * @throws {FusionPlayError} `FILE_UNREADABLE` if nothing can be written there; what `compile` throws
 */
export async function compileOnce(key: string, compile: Compile): Promise<CompiledModules> {
  const root = cacheFolder();
  const kept = readEntry(entryOf(root, key, stampsOf(knownDependencies(noteOf(root, key)))));
  if (kept !== undefined) return kept;
  try {
    return await makeEntry({ root, key, compile });
  } catch (error) {
    const state = unwritableState(root, error as Error);
    throw state === undefined ? error : unusableCache(root, state, error);
  }
}

/** An entry is never changed while a run may read it: with other dependencies it is another one. */
function entryOf(root: string, key: string, dependencies: readonly Stamp[]): string {
  return join(root, COMPILED, dependencies.length === 0 ? key : cacheKey([key, dependencies]));
}

/** Holds the dependencies that the last compilation had: those of the same sources are others only if one of them has changed. */
function noteOf(root: string, key: string): string {
  return join(root, COMPILED, `${key}.dependencies.json`);
}

async function makeEntry({
  root,
  key,
  compile,
}: {
  root: string;
  key: string;
  compile: Compile;
}): Promise<CompiledModules> {
  makeFolder(join(root, COMPILED), 0o700);
  const workshop = mkdtempSync(join(root, WORKSHOP));
  try {
    const folder = join(workshop, NEW);
    mkdirSync(folder, { mode: 0o700 });
    // Rounded up: no compiler has read anything within a millisecond, but what it will read may just have been written.
    const begun = Date.now() + 1;
    const { warnings, dependencies = [] } = await compile(folder);
    writeManifest(folder, warnings);
    const entry = entryOf(root, key, stampsOf(dependencies, begun));
    const modules = publish({ folder, entry, workshop });
    noteDependencies({ note: noteOf(root, key), dependencies, workshop });
    return modules;
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
}

/**
 * What kept modules from being written: an error of the system here, or a compiler's, which names the file that it
 * could not write. Undefined of other errors.
 */
function unwritableState(root: string, error: Error): string | undefined {
  if ("syscall" in error) return error.message;
  const [, ...texts] = error.message.split(join(root, WORKSHOP));
  return texts.map((text) => UNWRITTEN.exec(text)?.[1]).find((state) => state !== undefined);
}

function publish({
  folder,
  entry,
  workshop,
}: {
  folder: string;
  entry: string;
  workshop: string;
}): CompiledModules {
  // Another run may have been faster, and its entry is as good; a broken one is moved away first.
  const existing = readEntry(entry);
  if (existing !== undefined) return existing;
  if (existsSync(entry)) renameSync(entry, join(workshop, "broken"));
  try {
    renameSync(folder, entry);
  } catch (error) {
    const faster = readEntry(entry);
    if (faster !== undefined) return faster;
    throw error;
  }
  return { folder: entry, warnings: readManifest(entry).warnings };
}

function readEntry(entry: string): CompiledModules | undefined {
  try {
    const { files, warnings } = readManifest(entry);
    const isWhole = Object.entries(files).every(
      ([name, digest]) => digestOf(readFileSync(join(entry, name))) === digest,
    );
    return isWhole ? { folder: entry, warnings } : undefined;
  } catch {
    // Not there or not readable: it is made anew.
    return undefined;
  }
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, MANIFEST), "utf8")) as Manifest;
}

function writeManifest(folder: string, warnings: string): void {
  const files = readdirSync(folder).map((name) => [name, digestOf(readFileSync(join(folder, name)))]);
  const manifest: Manifest = { warnings, files: Object.fromEntries(files) as Record<string, string> };
  writeFileSync(join(folder, MANIFEST), JSON.stringify(manifest), { mode: 0o600 });
}
