import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { parseAddress } from "../../src/inventory/address.ts";
import { expandHostRange, HostRangeError } from "../../src/inventory/host-range.ts";
import { pythonJson } from "../../src/inventory/python-json.ts";
import { parsePythonLiteral } from "../../src/inventory/python-literal.ts";
import { splitWords } from "../../src/inventory/shell-words.ts";
import { askPython } from "./ansible-oracle.ts";

/** Texts made of the given pieces; the same each time. */
function texts(pieces: readonly string[], count: number): string[] {
  const text = fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 9 });
  return [...new Set(fc.sample(text, { seed: 4, numRuns: count }).map((parts) => parts.join("")))];
}

const question = {
  literals: [
    ...texts(Array.from("[](){}:,,,''''\"\" 0123.-+_eExXoabrNTuj#"), 3000),
    ...texts(
      [
        "[",
        "]",
        "(",
        ")",
        "{",
        "}",
        ", ",
        ": ",
        "1",
        "-2",
        "'a'",
        '"b"',
        "True",
        "None",
        "1.5",
        " ",
        "0x1f",
        "#",
      ],
      3000,
    ),
    ...texts(
      ["'", "'''", '"', "\\", "n", "x41", "u00e9", "101", "7", "8", "r", "b", "U0001F600", "\\N", " "],
      2000,
    ),
    ...texts(["0", "1", "9", "_", ".", "e", "E", "+", "-", "0x", "0o", "0b", "f"], 2000),
  ],
  words: texts(["'", '"', "\\", "#", " ", "\t", "a", "b=c", "=", "é", "[1:2]", "\\\\", "''"], 2000),
  addresses: [
    ...texts(["web", "1", ".", "-", "_", ":", "[", "]", "[1:3]", "[a:c]", ":22", "é", "10", "x"], 3000),
    ...texts(
      ["fe80", "::", ":", "1", "[1:9]", "[a:f]", "ffff", "10.0.0.1", "0", "[", "]:22", ".", "256"],
      3000,
    ),
    ...texts(["1", "10", "199", "255", "256", "0", "00", "001", ".", "[1:5]", ":22"], 2000),
  ],
  ranges: texts(
    ["[", "]", ":", "0", "1", "3", "a", "c", "[1:3]", "[a:c]", "[01:03]", "[1:9:2]", "x", "-"],
    3000,
  ).filter((text) => text.includes("[")),
};

let answers: Record<keyof typeof question, readonly unknown[]>;
beforeAll(() => {
  answers = askPython("grammar.py", question) as typeof answers;
});

test("parsePythonLiteral() reads what Python reads, whatever the text is", () => {
  // What JSON has no form for, such as a set, stays text; of names of characters Python has a list.
  const known = question.literals.flatMap((text, index) => {
    const answer = answers.literals[index];
    return answer === "other" || text.includes("\\N") ? [] : [[text, answer] as const];
  });
  expect(known.filter(([, answer]) => answer !== null).length).toBeGreaterThan(250);
  const read = known.map(([text]) => {
    const literal = parsePythonLiteral(text);
    return [text, literal === undefined ? null : [pythonJson(literal.data)]];
  });
  expect(read).toEqual(known);
});

test("splitWords() splits as Python's shlex does, whatever the line is", () => {
  const split = question.words.map((line) => splitWords(line)?.map(({ text }) => text) ?? null);
  expect(split).toEqual(answers.words);
});

test("parseAddress() reads what Ansible reads, whatever the text is", () => {
  const read = question.addresses.map((text) => {
    const address = parseAddress(text);
    return [text, address === undefined ? null : [address.host, address.port ?? null]];
  });
  expect(read).toEqual(question.addresses.map((text, index) => [text, answers.addresses[index]]));
});

test("expandHostRange() expands what Ansible expands, whatever the text is", () => {
  const expanded = question.ranges.map((text) => [text, expandOrNull(text)]);
  // A range that ends before it begins makes no hosts in Ansible, and is refused here.
  const noneIsRefused = (hosts: unknown): unknown =>
    Array.isArray(hosts) && hosts.length === 0 ? null : hosts;
  expect(expanded).toEqual(
    question.ranges.map((text, index) => [text, noneIsRefused(answers.ranges[index])]),
  );
});

function expandOrNull(text: string): string[] | null {
  try {
    return expandHostRange(text);
  } catch (error) {
    if (error instanceof HostRangeError) return null;
    throw error;
  }
}
