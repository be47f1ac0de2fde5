import { expect, test } from "vitest";
import { ByteWriter } from "../../src/bytes/byte-writer.ts";
import { DecodeError } from "../../src/bytes/decode-error.ts";
import { decodeAtomTable, findInAtomTable } from "../../src/beam/atom-table.ts";
import { NameSearch } from "../../src/beam/name-search.ts";
import { NameSet } from "../../src/beam/name-set.ts";

/** Chunk `AtU8` as OTP 28 writes it: a negative count, lengths as compact terms. */
function longTable(atoms: readonly string[]): Uint8Array {
  const writer = new ByteWriter().int32(-atoms.length);
  for (const atom of atoms) {
    const length = Buffer.byteLength(atom);
    if (length < 16) writer.uint8(length << 4);
    else writer.uint8(((length >> 8) << 5) | 0b1000).uint8(length & 0xff);
    writer.utf8(atom);
  }
  return writer.finish();
}

test("decodeAtomTable() reads the lengths of OTP 28, of atoms longer than 255 bytes as well", () => {
  const atoms = ["my_app", "x".repeat(15), "y".repeat(16), "é".repeat(255), ""];
  expect(decodeAtomTable(new Map([["AtU8", longTable(atoms)]]))).toEqual({ atoms, hasLongLengths: true });
});

test("decodeAtomTable() reads the lengths of OTP 27 and older", () => {
  const chunk = Buffer.from("\0\0\0\x02\x01a\x04日b", "utf8");
  expect(decodeAtomTable(new Map([["AtU8", chunk]]))).toEqual({ atoms: ["a", "日b"], hasLongLengths: false });
});

test("decodeAtomTable() reads the Latin-1 table of OTP 19 and older", () => {
  const chunk = Buffer.from("\0\0\0\x01\x01é", "latin1");
  expect(decodeAtomTable(new Map([["Atom", chunk]])).atoms).toEqual(["é"]);
});

test("decodeAtomTable() refuses counts and lengths that lie", () => {
  const lies = [
    Buffer.from([0x7f, 0xff, 0xff, 0xff]),
    Buffer.from([0x80, 0, 0, 0]),
    Buffer.from([0, 0, 0, 1, 9, 0x61]),
    // A length of 2047 bytes, and one that needs eight bytes itself.
    Buffer.from([0xff, 0xff, 0xff, 0xff, 0xe8, 0xff]),
    Buffer.from([0xff, 0xff, 0xff, 0xff, 0xd8, 1, 0, 0, 0, 0, 0, 0, 0]),
  ];
  for (const chunk of lies) expect(() => decodeAtomTable(new Map([["AtU8", chunk]]))).toThrow(DecodeError);
});

/** Chunk `AtU8` as OTP 27 and older write it. */
function shortTable(atoms: readonly string[]): Uint8Array {
  const writer = new ByteWriter().int32(atoms.length);
  for (const atom of atoms) writer.uint8(Buffer.byteLength(atom)).utf8(atom);
  return writer.finish();
}

test.each([
  ["OTP 27 and older", shortTable],
  ["OTP 28", longTable],
])(
  "findInAtomTable() finds names in the table of %s, in its order, and the name of the module",
  (_otp, table) => {
    const atoms = ["my_app", "größe", "", "x".repeat(15), "store", "y".repeat(200), "other"];
    const find = (atomsOfTable: readonly string[], ...names: readonly string[]): unknown => {
      // Other chunks stand round it.
      const bytes = Buffer.concat([Buffer.from("before"), table(atomsOfTable), Buffer.from("behind")]);
      const search = new NameSearch(bytes, new NameSet(names));
      const module = findInAtomTable(search, 6, bytes.length - 6);
      return { module, named: search.found };
    };
    expect(find(atoms, "y".repeat(200), "store", "my_app", "stone", "missing")).toEqual({
      module: "my_app",
      named: ["my_app", "store", "y".repeat(200)],
    });
    expect(find(atoms, "größe", "", "other")).toEqual({ module: "my_app", named: ["größe", "", "other"] });
    expect(find(atoms, "")).toEqual({ module: "my_app", named: [""] });
    expect(find(["größe", "store"], "store")).toEqual({ module: "größe", named: ["store"] });
  },
);

test("findInAtomTable() refuses a table that is broken, whatever stands behind it", () => {
  for (const broken of ["", "\0\0\0", "\0\0\0\x02\x01a", "\0\0\0\x01\x09a", "\xff\xff\xff\xfe\x10a"]) {
    const table = Buffer.from(broken, "latin1");
    const bytes = Buffer.concat([table, Buffer.from("\x05store_and_more")]);
    const search = new NameSearch(bytes, new NameSet(["store"]));
    expect(() => findInAtomTable(search, 0, table.length), broken).toThrow(DecodeError);
  }
});
