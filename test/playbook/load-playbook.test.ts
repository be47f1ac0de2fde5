import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DocumentError } from "../../src/documents/document-error.ts";
import { FusionPlayError } from "../../src/errors.ts";
import { loadPlaybook } from "../../src/playbook/load-playbook.ts";

const folder = "test/fixtures/playbooks/invalid";

async function failureOf(path: string): Promise<unknown> {
  return loadPlaybook(path).then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("loadPlaybook() says what is wrong with", () => {
  const files = readdirSync(folder).filter((name) => /\.(?:yml|mjs)$/u.test(name));
  test.each(files)("%s", async (name) => {
    const error = await failureOf(`${folder}/${name}`);
    expect(error).toBeInstanceOf(FusionPlayError);
    const { message, code, hint } = error as FusionPlayError;
    // Mistakes in documents have their hints in the message.
    const text = error instanceof DocumentError ? message : `${code}: ${message}\n${hint}`;
    await expect(`${text.replaceAll(`${folder}/`, "")}\n`).toMatchFileSnapshot(
      `../fixtures/playbooks/invalid/${name.replace(/\.\w+$/u, ".txt")}`,
    );
  });
});
