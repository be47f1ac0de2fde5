import { readFileSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { DecodeError } from "../../src/bytes/decode-error.ts";
import { decodeLiterals } from "../../src/beam/literals.ts";
import { moduleStore } from "../../src/beam/module-store.ts";
import { NameSearch } from "../../src/beam/name-search.ts";
import { NameSet } from "../../src/beam/name-set.ts";
import { providedModules } from "../../src/beam/provided-modules.ts";
import { findInTerm } from "../../src/beam/atom-scanner.ts";
import { atomsOfTerms } from "../../src/etf/atoms-of-terms.ts";
import { decodeTerm } from "../../src/etf/decode.ts";
import { encodeTerm } from "../../src/etf/encode.ts";
import { atom, Export, Float, ImproperList, MapTerm, tuple, type Term } from "../../src/etf/term.ts";
import { compileErlang } from "./compiled-project.ts";
import { temporaryCache, temporaryFolder } from "./temporary-folder.ts";

temporaryCache();

/** The names that are found in an encoded term, with other bytes round it. */
function found(term: Uint8Array, names: Iterable<string>): string[] {
  const search = new NameSearch(
    Buffer.concat([Buffer.from("before"), term, Buffer.from("behind")]),
    new NameSet(names),
  );
  findInTerm(search, 6, 6 + term.length);
  return search.found.sort();
}

function sorted(atoms: Iterable<string>): string[] {
  return Array.from(new Set(atoms)).sort();
}

test("named() finds what decoding finds, in every module of Erlang and Elixir", async () => {
  const { files } = await providedModules(AbortSignal.timeout(30_000));
  const store = moduleStore(files);
  expect(files.size).toBeGreaterThan(500);
  const modules = new NameSet(files.keys());
  for (const module of files.keys()) {
    const { beam } = store.load(module);
    const literals = beam.chunks.get("LitT");
    const attributes = beam.chunks.get("Attr");
    const terms = [
      ...(literals === undefined ? [] : decodeLiterals(literals)),
      ...(attributes === undefined ? [] : [decodeTerm(attributes)]),
    ];
    const atoms = sorted([...beam.atoms, ...atomsOfTerms(terms)]);
    expect(sorted(store.named(module, new NameSet(atoms))), module).toEqual(atoms);
    expect(sorted(store.named(module, modules)), module).toEqual(atoms.filter((atom) => files.has(atom)));
  }
});

test("named() looks at the last of two chunks of a name, as the emulator does, and at no other", () => {
  const folder = temporaryFolder();
  const text = '-module(twice).\n-export([f/0]).\nf() -> {"text", another}.\n';
  const file = compileErlang({ folder, module: "twice", text });
  const bytes = readFileSync(file);
  const first = Buffer.from("LitT\0\0\0\x04oops", "latin1");
  const twice = Buffer.concat([bytes.subarray(0, 12), first, bytes.subarray(12)]);
  twice.writeUInt32BE(twice.length - 8, 4);
  writeFileSync(file, twice);
  const store = moduleStore(new Map([["twice", file]]));
  expect(store.named("twice", new NameSet(["another", "missing"]))).toEqual(["another"]);
});

test("findInTerm() finds atoms at any place of a term, and takes the module of a fun for one, not its name", () => {
  const term: Term = [
    tuple(atom("a"), 1, new Float(2.5), 2n ** 70n, Buffer.from("no_atom")),
    new ImproperList([atom("b")], atom("c")),
    new MapTerm([[atom("d"), [[], atom("e"), atom("a")]]]),
    new Export("module", "name", 1),
    Array.from("text", (letter) => letter.charCodeAt(0)),
    atom("größe"),
  ];
  const bytes = encodeTerm(term);
  const names = ["a", "b", "c", "d", "e", "größe", "module"];
  expect(found(bytes, [...names, "name", "f"])).toEqual(names);
  // Without names of other letters it need not decode.
  expect(found(bytes, ["b", "e", "f", "module", "name", "gr"])).toEqual(["b", "e", "module"]);
});

test("findInTerm() refuses funs inside funs without end", () => {
  expect(() => found(Buffer.concat([Buffer.of(131), Buffer.alloc(200_000, 113)]), ["a"])).toThrow(
    DecodeError,
  );
});

test("findInTerm() gives atoms or a DecodeError, whatever the bytes are", () => {
  const valid = encodeTerm([
    tuple(atom("a"), [atom("b"), new Float(1.5)]),
    new Export("m", "f", 0),
    300n ** 40n,
  ]);
  const mutation = fc.tuple(fc.nat(valid.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 6 }), fc.nat(valid.length), (changes, cut) => {
      const bytes = Uint8Array.from(valid.subarray(0, cut));
      for (const [at, value] of changes) bytes[at] = value;
      let expected: Set<string>;
      try {
        expected = atomsOfTerms([decodeTerm(bytes)]);
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
        return; // It may have found atoms all the same: what is broken is found when it is decoded.
      }
      const ascii = sorted(expected).filter((atom) => /^[\0-\x7f]*$/.test(atom));
      expect(found(bytes, ascii)).toEqual(ascii);
      expect(found(bytes, expected)).toEqual(sorted(expected));
    }),
    { numRuns: 5_000 },
  );
});
