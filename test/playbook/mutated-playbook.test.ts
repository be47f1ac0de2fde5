import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { DocumentError } from "../../src/documents/document-error.ts";
import { mutatedText, PLAYBOOK_PIECES } from "../documents/mutated-text.ts";
import { loadText } from "./playbook-file.ts";

const samples = [
  "playbooks/site.yml",
  "playbooks/elixir.yml",
  "test/fixtures/playbooks/invalid/many-at-once.yml",
  "test/fixtures/playbooks/ansible/users.yml",
].map((path) => readFileSync(path, "utf8"));

test("loadPlaybook() gives a playbook or a DocumentError for any mutated playbook", async () => {
  await fc.assert(
    fc.asyncProperty(mutatedText(samples, PLAYBOOK_PIECES), async (text) => {
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
    }),
    { numRuns: 500 },
  );
});
