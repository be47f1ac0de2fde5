import { createHash } from "node:crypto";
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
/** How names of folders begin in which entries are made. */
const WORKSHOP = "compiling-";
/** The folder there that becomes an entry. */
const NEW = "new";

/** Writes `.beam` files into the folder it is given, and returns the compiler's warnings. */
export type Compile = (folder: string) => Promise<string>;

/** A name for the cache entry of something that depends on all of `parts` and nothing else. */
export function cacheKey(parts: readonly unknown[]): string {
  return digestOf(JSON.stringify(parts));
}

export function digestOf(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/**
 * Returns the modules kept under `key`, or makes them with `compile` and keeps them. Runs at the
 * same time do not disturb each other: an entry appears whole or not at all. An entry whose files
 * are not those it was made with is made again.
 *
 * @throws {FusionPlayError} `FILE_UNREADABLE` if nothing can be written there; what `compile` throws
 */
export async function compileOnce(key: string, compile: Compile): Promise<CompiledModules> {
  const root = cacheFolder();
  const entry = join(root, "compiled", key);
  const kept = readEntry(entry);
  if (kept !== undefined) return kept;
  try {
    return await makeEntry(root, entry, compile);
  } catch (error) {
    const state = unwritableState(root, error as Error);
    throw state === undefined ? error : unusableCache(root, state, error);
  }
}

async function makeEntry(root: string, entry: string, compile: Compile): Promise<CompiledModules> {
  makeFolder(join(root, "compiled"), 0o700);
  const workshop = mkdtempSync(join(root, WORKSHOP));
  try {
    const folder = join(workshop, NEW);
    mkdirSync(folder, { mode: 0o700 });
    const warnings = await compile(folder);
    writeManifest(folder, warnings);
    return publish({ folder, entry, workshop });
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
  const lines = error.message.split("\n");
  const line = lines.find((text) => text.includes(join(root, WORKSHOP)) && text.includes(`/${NEW}/`));
  return line?.slice(line.lastIndexOf(": ") + 2);
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
