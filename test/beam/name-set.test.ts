import fc from "fast-check";
import { expect, test } from "vitest";
import { NameSet } from "../../src/beam/name-set.ts";

/** Short ones of few letters are often the same, or the beginning of each other. */
const name = fc.oneof(
  fc.string({ unit: fc.constantFrom("a", "b", "é"), maxLength: 4 }),
  fc.string({ unit: "grapheme" }),
);

test("NameSet finds its names in bytes, and no others", () => {
  fc.assert(
    fc.property(fc.array(name), name, (names, other) => {
      const set = new NameSet(names);
      for (const wanted of [...names, other]) {
        const atom = Buffer.from(wanted);
        // What a lone surrogate becomes is another name.
        const text = atom.toString();
        const bytes = Buffer.concat([Buffer.from("a"), atom, Buffer.from("b")]);
        const index = set.indexAt(bytes, 1, bytes.length - 1);
        expect(set.distinct([index]), wanted).toEqual(names.includes(text) ? [text] : [undefined]);
        expect(set.has(wanted)).toBe(names.includes(wanted));
        expect(set.indexOf(text)).toBe(index);
      }
    }),
  );
});

test("distinct() gives each name once, in the order in which they were found, every time", () => {
  const set = new NameSet(["a", "b", "c", "b"]);
  const indexes = ["c", "a", "c", "a", "c"].map((text) => set.indexOf(text));
  expect(set.distinct(indexes)).toEqual(["c", "a"]);
  expect(set.distinct(indexes)).toEqual(["c", "a"]);
  expect(set.distinct([])).toEqual([]);
});
