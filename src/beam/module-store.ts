import { FusionPlayError } from "../errors.ts";
import { decodeAtomTable, findInAtomTable } from "./atom-table.ts";
import { decodeAttributes, type Attributes } from "./attributes.ts";
import { decodedFile } from "./decoded-file.ts";
import { decodeFunctions } from "./function-tables.ts";
import { codeOf, eachChunk, inflated, readChunks } from "./iff.ts";
import { findInLiterals } from "./literals.ts";
import { NameSearch } from "./name-search.ts";
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

/** Paths of files by the names of their modules. */
export type ModuleFiles = Pick<ReadonlyMap<string, string>, "has" | "get" | "keys">;

/** The modules of an index, each read when it is first asked for. */
export interface ModuleStore {
  /** Path of the file by name of the module. */
  readonly files: ModuleFiles;
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
   * Gives what a module of `files` exports, each as `name/arity`, and parses no more of the file.
   *
   * @throws {FusionPlayError} `MODULE_INVALID`, `FILE_UNREADABLE`
   */
  exports(module: string): ReadonlySet<string>;
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
): ModuleStore & { readonly files: ReadonlyMap<string, string> } {
  const files = new Map(index);
  const origins = new Map<string, string>();
  const opened = new Map<string, OpenedFile>();
  const loaded = new Map<string, StoredModule>();
  const open = (module: string): OpenedFile => {
    const known = opened.get(module);
    if (known !== undefined) return known;
    const file = files.get(module);
    if (file === undefined) throw new RangeError(`Cannot load ${module}: it is not in the index`);
    const bytes = readBeamFile(file);
    const fresh = { file, fileBytes: bytes.length, bytes: decodedFile(file, () => inflated(bytes)) };
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
      return decodedFile(file, () => {
        const search = new NameSearch(bytes, names);
        checkName(file, module, findNames(search));
        return search.found;
      });
    },
    attributes: (module) => {
      const { file, bytes } = open(module);
      return decodedFile(file, () => attributesOf(bytes));
    },
    exports: (module) => {
      const { file, bytes } = open(module);
      return decodedFile(file, () => exportsOf(bytes));
    },
    load: (module) => {
      const known = loaded.get(module);
      if (known !== undefined) return known;
      const { file, fileBytes, bytes } = open(module);
      const beam = decodedFile(file, () => parseBeam(bytes));
      checkName(file, module, beam.module);
      const origin = origins.get(module) ?? originOf(beam, file) ?? file;
      const stored = { beam, origin, fileBytes };
      loaded.set(module, stored);
      return stored;
    },
  };
}

interface OpenedFile {
  readonly file: string;
  /** Its size, compressed or not. */
  readonly fileBytes: number;
  /** What it holds, which is not compressed. */
  readonly bytes: Buffer;
}

const [ATU8, LITT, ATTR] = [codeOf("AtU8"), codeOf("LitT"), codeOf("Attr")];

/** Looks where names of other modules can stand, and gives the name of the module itself. */
function findNames(search: NameSearch): string {
  const places = chunkPlaces(search.bytes);
  const [table, literals, attributes] = [places.get(ATU8), places.get(LITT), places.get(ATTR)];
  const module = table === undefined ? findOldAtoms(search) : findInAtomTable(search, ...table);
  if (literals !== undefined) findInLiterals(search, ...literals);
  if (attributes !== undefined) findInTerm(search, ...attributes);
  return module;
}

/** Looks at the atoms of a file of OTP 19 and older, and gives the first. */
function findOldAtoms(search: NameSearch): string {
  const { atoms } = decodeAtomTable(readChunks(search.bytes));
  search.lookAt(atoms);
  return atoms[0] ?? "";
}

function attributesOf(bytes: Buffer): Attributes {
  const place = chunkPlaces(bytes).get(ATTR);
  return place === undefined ? new Map() : decodeAttributes(bytes.subarray(...place));
}

/** Where the chunks stand; of two with the same name, the emulator keeps the last one. */
function chunkPlaces(bytes: Buffer): ReadonlyMap<number, readonly [start: number, end: number]> {
  const places = new Map<number, readonly [start: number, end: number]>();
  eachChunk(bytes, (code, start, end) => void places.set(code, [start, end]));
  return places;
}

function exportsOf(bytes: Buffer): ReadonlySet<string> {
  const chunks = readChunks(bytes);
  const table = chunks.get("ExpT");
  const functions = table === undefined ? [] : decodeFunctions(table, "ExpT", decodeAtomTable(chunks).atoms);
  return new Set(functions.map(({ name, arity }) => `${name}/${arity}`));
}

function checkName(file: string, module: string, found: string): void {
  if (found === module) return;
  throw new FusionPlayError(`Cannot use "${file}": it holds the module ${found}, not ${module}`, {
    code: "MODULE_INVALID",
    hint: `Name the file ${found}.beam`,
  });
}
