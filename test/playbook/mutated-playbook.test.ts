import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { DocumentError } from "../../src/documents/document-error.ts";
import { loadText } from "./playbook-file.ts";

const samples = [
  "playbooks/site.yml",
  "playbooks/elixir.yml",
  "test/fixtures/playbooks/invalid/many-at-once.yml",
  "test/fixtures/playbooks/ansible/users.yml",
].map((path) => readFileSync(path, "utf8"));

/** Pieces that matter to one of the readers: of YAML, of expressions, of calls, of patterns. */
const pieces = [
  "${{",
  "}}",
  "{{",
  "}",
  "{",
  "[",
  "]",
  "(",
  ")",
  '"',
  "'",
  ":",
  "- ",
  "\n",
  "  ",
  "#",
  "!atom ",
  "!tuple ",
  "&a ",
  "*a",
  "<<: ",
  "|",
  ">-",
  "%{",
  "#{",
  "a:b(",
  "vars.",
  "null",
  "true",
  "1",
  "-1",
  "1e400",
  "0x",
  "~",
  "\t",
  "\u0000",
  "\ud800",
  "é",
  "😀",
  "run: ",
  "assert: ",
  "steps:",
  "match: ",
  "schema: ",
  "eval: ",
  "__proto__: ",
  "constructor: ",
  "toString",
  ",",
  "=",
  "\\",
];

const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.nat({ max: 12 }),
  insert: fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 4 })),
});

function apply(text: string, { at, remove, insert }: { at: number; remove: number; insert: string }): string {
  const from = Math.floor(at * text.length);
  return text.slice(0, from) + insert + text.slice(from + remove);
}

test("loadPlaybook() gives a playbook or a DocumentError for any mutated playbook", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...samples),
      fc.array(edit, { minLength: 1, maxLength: 4 }),
      async (sample, edits) => {
        const text = edits.reduce(apply, sample);
        try {
          const playbook = await loadText(text);
          expect(playbook.plays.length).toBeGreaterThan(0);
        } catch (error) {
          if (!(error instanceof DocumentError)) throw error;
          expect(error.problems.length).toBeGreaterThan(0);
          const lines = text.split("\n").length;
          for (const { line, column, message } of error.problems) {
            expect(line).toBeGreaterThanOrEqual(1);
            expect(line).toBeLessThanOrEqual(lines);
            expect(column).toBeGreaterThanOrEqual(1);
            expect(message).not.toBe("");
          }
        }
      },
    ),
    { numRuns: 500 },
  );
});
