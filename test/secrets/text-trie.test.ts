import fc from "fast-check";
import { expect, test } from "vitest";
import { LONG_CHARACTERS, TextTrie } from "../../src/secrets/text-trie.ts";

const text = fc.string({ unit: fc.constantFrom("a", "b", "c", "\\", "ü"), minLength: 1, maxLength: 6 });

test("lengthAt() gives the longest text at each place, and tells where what follows may decide", () => {
  fc.assert(
    fc.property(
      fc.array(text, { maxLength: 8 }),
      fc.string({ unit: fc.constantFrom("a", "b", "c", "\\", "ü"), maxLength: 40 }),
      (texts, searched) => {
        const trie = new TextTrie();
        for (const [index, added] of texts.entries())
          expect(trie.add(added)).toBe(!texts.slice(0, index).includes(added));
        expect(trie.isEmpty).toBe(texts.length === 0);
        for (let at = 0; at < searched.length; at++) {
          const rest = searched.slice(at);
          const longest = Math.max(
            0,
            ...texts.filter((one) => rest.startsWith(one)).map(({ length }) => length),
          );
          const isOpen = texts.some((one) => one.length > rest.length && one.startsWith(rest));
          expect(trie.lengthAt(searched, at)).toBe(isOpen ? ~longest : longest);
          expect(trie.has(rest)).toBe(texts.includes(rest));
          if (longest > 0 || isOpen) expect(trie.nextStart(searched, at)).toBe(at);
        }
      },
    ),
  );
});

test.each([10, 1000])("nextStart() passes over no place where one of %i texts begins", (count) => {
  const trie = new TextTrie();
  const texts = Array.from({ length: count }, (_, index) => `<${index} of a text that is not short>`);
  for (const one of texts) trie.add(one);
  const searched = `nothing ${texts.join(" and ")} <1`;
  const found: string[] = [];
  for (let at = trie.nextStart(searched, 0); at < searched.length; at = trie.nextStart(searched, at + 1)) {
    const length = trie.lengthAt(searched, at);
    found.push(searched.slice(at, at + (length < 0 ? ~length : length)));
  }
  expect(found).toEqual([...texts, ""]);
});

test("lengthAt() gives of a long text as much as there is of it", () => {
  const trie = new TextTrie();
  trie.add("x".repeat(LONG_CHARACTERS + 50));
  expect(trie.lengthAt(`${"x".repeat(LONG_CHARACTERS + 10)}!`, 0)).toBe(LONG_CHARACTERS + 10);
  expect(trie.lengthAt(`${"x".repeat(LONG_CHARACTERS - 1)}!`, 0)).toBe(0);
  expect(trie.lengthAt("x".repeat(LONG_CHARACTERS + 10), 0)).toBe(~(LONG_CHARACTERS + 10));
});
