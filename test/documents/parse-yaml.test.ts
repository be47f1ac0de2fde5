import fc from "fast-check";
import { expect, test } from "vitest";
import { DocumentError } from "../../src/documents/document-error.ts";
import { keyText } from "../../src/documents/key-text.ts";
import type { DocumentNode } from "../../src/documents/node.ts";
import { nodeAt } from "../../src/documents/node-at.ts";
import { nodeToPlain } from "../../src/documents/node-to-plain.ts";
import { parseYaml } from "../../src/documents/parse-yaml.ts";

function parse(text: string): Promise<DocumentNode> {
  return parseYaml({ path: "file.yml", text });
}

async function scalar(written: string): Promise<unknown> {
  const node = await parse(`- ${written}`);
  return nodeAt(node, "/0");
}

test.each([
  ["1", 1, false],
  ["-0x1F", "-0x1F", false],
  ["0x1F", 31, false],
  ["0o17", 15, false],
  ["9007199254740991", 9007199254740991, false],
  ["9007199254740993", 9007199254740993n, false],
  ["-123456789012345678901234567890", -123456789012345678901234567890n, false],
  ["1.0", 1, true],
  ["1e3", 1000, true],
  ["yes", "yes", false],
  ["true", true, false],
  ["~", null, false],
  ["2026-01-01", "2026-01-01", false],
  ['"1"', "1", false],
])("parseYaml() resolves %s by the core schema", async (written, value, isFloat) => {
  expect(await scalar(written)).toMatchObject({ kind: "scalar", value, isFloat });
});

test.each([
  ["0x_1F", 31],
  ["-0b_1_", -1],
  ["0_", 0],
  ["0x_", "0x_"],
  ["-0x__", "-0x__"],
  ["+0b_", "+0b_"],
])(
  "parseYaml() resolves %s as Ansible does, and takes it for text where it has no digit",
  async (text, value) => {
    for (const written of [text, `${text} # to be read by the whole parser\n...`]) {
      const file = { path: "file.yml", text: written };
      expect(await parseYaml(file, { scalars: "ansible" })).toMatchObject({ value, isFloat: false });
    }
  },
);

test("parseYaml() keeps what was written, so that a number can count as text", async () => {
  expect(await scalar("1.10")).toMatchObject({ value: 1.1, source: "1.10" });
  expect(await scalar("0123")).toMatchObject({ value: 123, source: "0123" });
});

test("parseYaml() keeps local tags, and resolves binary data", async () => {
  expect(await scalar("!atom ok")).toMatchObject({ tag: "!atom", value: "ok" });
  expect(await scalar("!atom 5")).toMatchObject({ tag: "!atom", value: "5" });
  expect(await scalar("!tuple [a]")).toMatchObject({ kind: "sequence", tag: "!tuple" });
  expect(await scalar("!keyword {a: 1}")).toMatchObject({ kind: "mapping", tag: "!keyword" });
  expect(await scalar("!!str 5")).toMatchObject({ tag: undefined, value: "5" });
  expect(await scalar("!!binary aGk=")).toMatchObject({ tag: undefined, value: Buffer.from("hi") });
});

test.each(["core", "ansible"] as const)(
  "parseYaml() reads what tags of YAML say, %s scalars",
  async (scalars) => {
    const numbers: readonly (readonly [string, number])[] = [
      ["!!float 1", 1],
      ['!!float "-1_0"', -10],
      ["!!float 1e3", 1000],
      ["!!float .5", 0.5],
    ];
    for (const [written, value] of numbers) {
      expect(await parseYaml({ path: "file.yml", text: written }, { scalars })).toMatchObject({
        value,
        isFloat: true,
      });
    }
    expect(await parseYaml({ path: "file.yml", text: '!!int "5"' }, { scalars })).toMatchObject({
      value: 5,
      isFloat: false,
    });
    for (const [written, is] of [
      ["!!float x", "a number"],
      ["!!int 1.5", "a whole number"],
      ["!!bool maybe", "true or false"],
    ]) {
      await expect(parseYaml({ path: "file.yml", text: written ?? "" }, { scalars })).rejects.toThrow(
        `must be ${is}, got`,
      );
    }
  },
);

test("parseYaml() knows where each node stands", async () => {
  const text = "steps:\n  - run: lists:seq(1, 3)\n    retries: 2\n";
  const node = nodeAt(await parse(text), "/steps/0/retries");
  expect(node?.range).toEqual([text.indexOf("2"), text.indexOf("2") + 1]);
});

test("parseYaml() merges mappings, and own keys win", async () => {
  const node = await parse(
    "a: &a { x: 1, y: 1 }\nb: &b { y: 2, z: 2 }\nc: { <<: [*a, *b], x: 3 }\nd: { '<<': 1 }",
  );
  expect(nodeToPlain(node)).toEqual({
    a: { x: 1, y: 1 },
    b: { y: 2, z: 2 },
    c: { x: 3, y: 1, z: 2 },
    d: { "<<": 1 },
  });
});

test("parseYaml() takes numbers and booleans as keys, as they were written", async () => {
  const node = await parse("1.10: a\ntrue: b\n0x10: c\n");
  expect(node.kind === "mapping" && node.entries.map(({ key }) => keyText(key))).toEqual([
    "1.10",
    "true",
    "0x10",
  ]);
});

test("parseYaml() gives nothing, when the file is empty", async () => {
  expect(await parse("")).toMatchObject({ kind: "scalar", value: null });
  expect(await parse("# a comment\n---\n")).toMatchObject({ kind: "scalar", value: null });
});

test("parseYaml() keeps keys that objects have of their own", async () => {
  const plain = nodeToPlain(await parse("__proto__: { polluted: 1 }\nconstructor: 2\ntoString: 3\n"));
  expect(Object.keys(plain as object)).toEqual(["__proto__", "constructor", "toString"]);
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
});

test("parseYaml() takes as many aliases as a person writes", async () => {
  const text = `base: &base { a: 1 }\n${Array.from({ length: 1000 }, (_, index) => `k${index}: *base`).join("\n")}`;
  const node = await parse(text);
  expect(node.kind === "mapping" && node.entries.length).toBe(1001);
});

test.each([
  ["[", 20_000],
  ["{a: ", 20_000],
  ["- ", 20_000],
  ["? ", 20_000],
  ["[{a: ", 20_000],
  ["a: ", 5000],
  ["!t ", 5000],
  ["&a ", 5000],
  ['"', 50_001],
  ["'", 50_001],
  ["*a ", 5000],
  ["a\n ", 5000],
  ["]", 5000],
  ["%", 5000],
  ["- [", 20_000],
  ["- - {", 20_000],
  ["\u0000", 5000],
])(
  "parseYaml() ends soon with a document or its problems, when %j stands there %i times",
  async (text, times) => {
    const start = performance.now();
    try {
      await parse(text.repeat(times));
    } catch (error) {
      expect(error).toBeInstanceOf(DocumentError);
    }
    expect(performance.now() - start).toBeLessThan(5000);
  },
);

test("parseYaml() gives a document or its problems, whatever the text is", async () => {
  const fragment = fc.constantFrom(
    ...Array.from("[]{},:-?&*!|>'\"%@`#\n\t abc019.~<"),
    "a: ",
    "- ",
    "\n  ",
    "<<: ",
    "*a",
    "&a ",
    "!!int ",
    "!!binary ",
    "!atom ",
    "---\n",
    "...\n",
    "\u{1F600}",
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fragment, { maxLength: 40 }), async (fragments) => {
      try {
        await parse(fragments.join(""));
      } catch (error) {
        if (!(error instanceof DocumentError)) throw error;
        for (const { line, column } of error.problems) expect(line > 0 && column > 0).toBe(true);
      }
    }),
    { numRuns: 2000 },
  );
});
