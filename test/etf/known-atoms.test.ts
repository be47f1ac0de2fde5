import { expect, test } from "vitest";
import { DecodeError } from "../../src/bytes/decode-error.ts";
import { decodeTerm } from "../../src/etf/decode.ts";
import { encodeTerm } from "../../src/etf/encode.ts";
import { atom } from "../../src/etf/term.ts";

/** Many more than there is room for. */
const NAMES = Array.from({ length: 20_000 }, (_, index) => `name_${index}_ü`);

test("atoms are told apart however many there are, those met before and new ones", () => {
  const encoded = encodeTerm([...NAMES, ...NAMES].map(atom));
  for (const _ of ["new", "met before"]) {
    expect(decodeTerm(encoded)).toEqual([...NAMES, ...NAMES].map(atom));
  }
});

test("an atom is known by its whole name: not by its beginning, and not by one that the bytes end in", () => {
  const [known, longer, shorter] = ["known_atom", "known_atom_2", "known_ato"].map((name) =>
    encodeTerm(atom(name)),
  );
  expect([known, longer, shorter, known].map((bytes) => decodeTerm(bytes ?? Buffer.alloc(0)))).toEqual(
    ["known_atom", "known_atom_2", "known_ato", "known_atom"].map(atom),
  );
  expect(() => decodeTerm(known?.subarray(0, -1) ?? Buffer.alloc(0))).toThrow(DecodeError);
});

test("a name does not change with the bytes that it was read from", () => {
  const bytes = encodeTerm(atom("before"));
  decodeTerm(bytes);
  bytes.write("behind", bytes.length - 6);
  expect(decodeTerm(bytes)).toEqual(atom("behind"));
  expect(decodeTerm(encodeTerm(atom("before")))).toEqual(atom("before"));
});

test("an atom in Latin-1 is none in UTF-8", () => {
  // SMALL_ATOM_UTF8_EXT and SMALL_ATOM_EXT of the same two bytes.
  expect(decodeTerm(Uint8Array.of(131, 119, 2, 0xc3, 0xa9))).toEqual(atom("é"));
  expect(decodeTerm(Uint8Array.of(131, 115, 2, 0xc3, 0xa9))).toEqual(atom("Ã©"));
});
