import { readFileSync } from "node:fs";
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ByteWriter } from "../../src/bytes/byte-writer.ts";
import { DecodeError } from "../../src/bytes/decode-error.ts";
import { decodeAttributes } from "../../src/beam/attributes.ts";
import { writeChunks } from "../../src/beam/iff.ts";
import { decodeLiterals, findInLiterals, functionsOfLiterals } from "../../src/beam/literals.ts";
import { NameSearch } from "../../src/beam/name-search.ts";
import { NameSet } from "../../src/beam/name-set.ts";
import { parseBeam } from "../../src/beam/parse-beam.ts";
import { decodeTerm } from "../../src/etf/decode.ts";
import { encodeTerm } from "../../src/etf/encode.ts";
import { atom, charlist, Export, tuple } from "../../src/etf/term.ts";
import { growth, LINEAR } from "../etf/growth.ts";
import { compileErlang } from "./compiled-project.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
const text = `-module(sample).
-export([a/1, b/0]).
-on_load(c/0).
-author("someone").
a(X) -> F = fun(Y) -> {X, Y, [1, 2, "text", #{key => 1.5}], <<Y:8, "bytes">>} end, F(X).
b() -> receive {go, N} when N > 123456789012345678901234567890 -> N after 10 -> none end.
c() -> try lists:nth(1, []) catch error:_ -> ok end.
`;
const sample = readFileSync(compileErlang({ folder, module: "sample", text }, ["+debug_info"]));

/** The sample with one chunk replaced, dropped or added. */
function sampleWith(name: string, content: Uint8Array | undefined): Uint8Array {
  const chunks = new Map(parseBeam(sample).chunks);
  if (content === undefined) chunks.delete(name);
  else chunks.set(name, content);
  return writeChunks(chunks);
}

test("parseBeam() reads the attributes of a module", () => {
  expect(parseBeam(sample).attributes.get("author")).toEqual(Array.from("someone", (c) => c.codePointAt(0)));
  expect(parseBeam(sample).hasOnLoad).toBe(true);
});

test("parseBeam() takes texts and attributes of any length, in the time that they take", () => {
  const version = "8.2.3".padEnd(200_000, "-");
  const info = [tuple(atom("version"), charlist(version))];
  expect(parseBeam(sampleWith("CInf", encodeTerm(info))).compilerInfo.version).toBe(version);
  const times = growth((count) => {
    const attribute = tuple(atom("author"), charlist("someone".repeat(10)));
    const chunk = encodeTerm(Array.from({ length: count }, () => attribute));
    return () => void decodeAttributes(chunk);
  }, 50);
  expect(times).toBeLessThan(LINEAR);
});

test("parseBeam() reads a file without what is optional", () => {
  const beam = parseBeam(sampleWith("CInf", undefined));
  expect(beam.compiledBy).toBeUndefined();
  expect(parseBeam(sampleWith("Attr", undefined)).attributes.size).toBe(0);
});

test.each(["AtU8", "Code", "ImpT", "ExpT"])("parseBeam() refuses a file without chunk %s", (name) => {
  expect(() => parseBeam(sampleWith(name, undefined))).toThrow(`chunk ${name} is missing`);
});

test("parseBeam() asks for OTP 28 where literals are not compressed", () => {
  const literals = parseBeam(sample).chunks.get("LitT") ?? Buffer.alloc(0);
  const plain = new ByteWriter()
    .uint32(0)
    .uint32(1)
    .uint32(3)
    .bytes(Buffer.from([131, 97, 7]))
    .finish();
  expect(decodeLiterals(plain)).toEqual([7]);
  expect(decodeLiterals(literals).length).toBeGreaterThan(0);
  expect(parseBeam(sampleWith("LitT", plain)).minimumOtp).toBe(28);
  expect(parseBeam(sample).minimumOtp).toBeLessThan(28);
});

test("parseBeam() asks for OTP 28 where atoms have the lengths of OTP 28", () => {
  const { atoms } = parseBeam(sample);
  const table = new ByteWriter().int32(-atoms.length);
  for (const atom of atoms) {
    const length = Buffer.byteLength(atom);
    table.uint8(((length >> 8) << 5) | 0b1000).uint8(length & 0xff);
    table.utf8(atom);
  }
  const beam = parseBeam(sampleWith("AtU8", table.finish()));
  expect(beam.atoms).toEqual(atoms);
  expect(beam.minimumOtp).toBe(28);
});

test("parseBeam() asks for a newer release than it knows where the highest opcode is higher than all", () => {
  const code = Buffer.from(parseBeam(sample).chunks.get("Code") ?? []);
  code.writeUInt32BE(250, 8);
  expect(parseBeam(sampleWith("Code", code)).minimumOtp).toBe(30);
});

test("parseBeam() takes code with unknown instructions for code with an on_load function", () => {
  const header = new ByteWriter().uint32(16).uint32(0).uint32(250).uint32(0).uint32(0).finish();
  const unknown = Buffer.concat([header, Buffer.from([250, 149, 3])]);
  expect(parseBeam(sampleWith("Code", unknown)).hasOnLoad).toBe(true);
});

test("decodeLiterals() refuses literals that inflate beyond their size", () => {
  const bomb = new ByteWriter()
    .uint32(100)
    .bytes(deflateSync(Buffer.alloc(10_000_000)))
    .finish();
  expect(() => decodeLiterals(bomb)).toThrow(DecodeError);
  const huge = new ByteWriter()
    .uint32(0xffff_ffff)
    .bytes(deflateSync(Buffer.alloc(10)))
    .finish();
  expect(() => decodeLiterals(huge)).toThrow("too large");
});

/** The chunk of literals as OTP 28 writes it. */
function literalsOf(terms: readonly Uint8Array[]): Uint8Array {
  const writer = new ByteWriter().uint32(0).uint32(terms.length);
  for (const term of terms) writer.uint32(term.length).bytes(term);
  return writer.finish();
}

test("parseBeam() and decodeLiterals() refuse terms that are compressed: no compiler does, and small files grow large", () => {
  const compressed = encodeTerm([tuple(atom("author"), charlist("someone".repeat(1000)))], {
    compressed: true,
  });
  const plain = encodeTerm(decodeTerm(compressed));
  expect(decodeLiterals(literalsOf([plain]))).toEqual([decodeTerm(plain)]);
  for (const name of ["Attr", "CInf"]) {
    expect(parseBeam(sampleWith(name, plain)).module).toBe("sample");
    expect(() => parseBeam(sampleWith(name, compressed))).toThrow(DecodeError);
  }
  const literals = literalsOf([compressed]);
  expect(() => decodeLiterals(literals)).toThrow(DecodeError);
  const search = new NameSearch(Buffer.from(literals), new NameSet(["author"]));
  expect(() => findInLiterals(search, 0, literals.length)).toThrow(DecodeError);
});

test("literals that together take more memory than a term may are refused, whatever is looked for in them", () => {
  // The decoder reads them each time, as old atoms of other letters are rare.
  const large = [2n ** (8n * 65_535n), new Export("m", "f", 1)];
  const term = Buffer.concat([Buffer.of(131, 104, 2, 115, 1, 228), encodeTerm(large).subarray(1)]);
  const look = [
    decodeLiterals,
    functionsOfLiterals,
    (chunk: Uint8Array) => {
      findInLiterals(new NameSearch(Buffer.from(chunk), new NameSet(["m"])), 0, chunk.length);
    },
  ];
  for (const at of look) {
    at(literalsOf([term, term]));
    expect(() => at(literalsOf(Array.from({ length: 8 }, () => term)))).toThrow("bytes of memory");
  }
});

/** A result or a DecodeError: anything else is a bug. */
function parsesOrRefuses(bytes: Uint8Array): void {
  try {
    const literals = parseBeam(bytes).chunks.get("LitT");
    if (literals !== undefined) decodeLiterals(literals);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
  }
}

test("parseBeam() gives a result or a DecodeError, whatever bytes of a file are changed", () => {
  const mutation = fc.tuple(fc.nat(sample.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 8 }), (mutations) => {
      const bytes = Buffer.from(sample);
      for (const [at, value] of mutations) bytes[at] = value;
      parsesOrRefuses(bytes);
    }),
    { numRuns: 5_000 },
  );
});

test("parseBeam() gives a result or a DecodeError, wherever a file is cut, and for any content of a chunk", () => {
  for (let length = 0; length < sample.length; length++) parsesOrRefuses(sample.subarray(0, length));
  const names = fc.constantFrom("AtU8", "Code", "ImpT", "ExpT", "Attr", "CInf", "LitT");
  fc.assert(
    fc.property(names, fc.uint8Array({ maxLength: 200 }), (name, content) =>
      parsesOrRefuses(sampleWith(name, content)),
    ),
    { numRuns: 5_000 },
  );
});

test("parseBeam() refuses a function of more arguments than there can be, for which room would be made", () => {
  const row = new ByteWriter().uint32(1).uint32(1).uint32(1).uint32(0xffffffff).finish();
  expect(() => parseBeam(sampleWith("ImpT", row))).toThrow(/arity of an import: 4294967295 is more than 255/);
});
