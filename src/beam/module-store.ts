import { DecodeError } from "../bytes/decode-error.ts";
import { FusionPlayError } from "../errors.ts";
import { findInAtomTable } from "./atom-table.ts";
import { decodeAttributes, type Attributes } from "./attributes.ts";
import { readChunks, type Chunks } from "./iff.ts";
import { findInLiterals } from "./literals.ts";
import type { NameSet } from "./name-set.ts";
import { parseBeam, type BeamFile } from "./parse-beam.ts";
import { readBeamFile } from "./read-beam-file.ts";
import { findInTerm } from "./atom-scanner.ts";

/** A module whose file was read. */
export interface StoredModule {
  /** Where its code comes from, for the user: the file itself, or what that was compiled from. */
  readonly origin: string;
  readonly beam: BeamFile;
  /** Size of the file. */
  readonly fileBytes: number;
}

/** The modules of an index, each read when it is first asked for. */
export interface ModuleStore {
  /** Path of the file by name of the module. */
  readonly files: ReadonlyMap<string, string>;
  /**
   * Lists those of `names` that a module of `files` has as atoms, each once: first those of its
   * code, then those inside literals and attributes. Parses no more of the file than that takes.
   *
   * @throws {FusionPlayError} `MODULE_INVALID`, `FILE_UNREADABLE`
   */
  named(module: string, names: NameSet): string[];
  /**
   * Gives the attributes of a module of `files`, and parses no more of the file.
   *
   * @throws {FusionPlayError} `MODULE_INVALID`, `FILE_UNREADABLE`
   */
  attributes(module: string): Attributes;
  /**
   * Reads and parses a module of `files`.
   *
   * @throws {FusionPlayError} `MODULE_INVALID`, `FILE_UNREADABLE`
   */
  load(module: string): StoredModule;
  /** Adds a module that was made after the index. */
  add(module: string, file: string, origin: string): void;
}

/** Says what a file was compiled from; `undefined` where it was not compiled here. */
export type OriginOf = (beam: BeamFile, file: string) => string | undefined;

/** Makes a store of the modules of an index, which gives the path of each one's file. */
export function moduleStore(
  index: ReadonlyMap<string, string>,
  originOf: OriginOf = () => undefined,
): ModuleStore {
  const files = new Map(index);
  const origins = new Map<string, string>();
  const opened = new Map<string, OpenedFile>();
  const loaded = new Map<string, StoredModule>();
  const open = (module: string): OpenedFile => {
    const known = opened.get(module);
    if (known !== undefined) return known;
    const file = files.get(module);
    if (file === undefined) throw new RangeError(`Cannot load ${module}: it is not in the index`);
    const fresh = { file, bytes: readBeamFile(file) };
    opened.set(module, fresh);
    return fresh;
  };
  return {
    files,
    add: (module, file, origin) => {
      files.set(module, file);
      origins.set(module, origin);
    },
    named: (module, names) => {
      const { file, bytes } = open(module);
      return decoded(file, () => {
        const chunks = readChunks(bytes, NAMING_CHUNKS);
        const table = findInAtomTable(chunks, names);
        checkName(file, module, table.module);
        return findNames(table.named, chunks, names);
      });
    },
    attributes: (module) => {
      const { file, bytes } = open(module);
      return decoded(file, () => {
        const chunk = readChunks(bytes, ATTRIBUTES_CHUNK).get("Attr");
        return chunk === undefined ? new Map() : decodeAttributes(chunk);
      });
    },
    load: (module) => {
      const known = loaded.get(module);
      if (known !== undefined) return known;
      const { file, bytes } = open(module);
      const beam = decoded(file, () => parseBeam(bytes));
      checkName(file, module, beam.module);
      const origin = origins.get(module) ?? originOf(beam, file) ?? file;
      const stored = { beam, origin, fileBytes: bytes.length };
      loaded.set(module, stored);
      return stored;
    },
  };
}

interface OpenedFile {
  readonly file: string;
  readonly bytes: Uint8Array;
}

/** Where the names of other modules can stand. */
const NAMING_CHUNKS: ReadonlySet<string> = new Set(["AtU8", "Atom", "LitT", "Attr"]);
const ATTRIBUTES_CHUNK: ReadonlySet<string> = new Set(["Attr"]);

function findNames(inTable: readonly string[], chunks: Chunks, names: NameSet): string[] {
  const literals = chunks.get("LitT");
  const attributes = chunks.get("Attr");
  const found = new Set(inTable);
  if (literals !== undefined) for (const name of findInLiterals(literals, names)) found.add(name);
  if (attributes !== undefined) for (const name of findInTerm(attributes, names)) found.add(name);
  return Array.from(found);
}

function checkName(file: string, module: string, found: string): void {
  if (found === module) return;
  throw new FusionPlayError(`Cannot use "${file}": it holds the module ${found}, not ${module}`, {
    code: "MODULE_INVALID",
    hint: `Name the file ${found}.beam`,
  });
}

function decoded<Result>(file: string, decode: () => Result): Result {
  try {
    return decode();
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause;
    throw new FusionPlayError(`Cannot use "${file}": it is no valid .beam file`, {
      code: "MODULE_INVALID",
      hint: "Compile it again",
      cause,
    });
  }
}
