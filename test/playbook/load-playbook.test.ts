import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DocumentError } from "../../src/documents/document-error.ts";
import { loadPlaybook } from "../../src/playbook/load-playbook.ts";

const folder = "test/fixtures/playbooks/invalid";

async function failureOf(path: string): Promise<unknown> {
  return loadPlaybook(path).then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("loadPlaybook() says what is wrong with", () => {
  const files = readdirSync(folder).filter((name) => name.endsWith(".yml"));
  test.each(files)("%s", async (name) => {
    const error = await failureOf(`${folder}/${name}`);
    expect(error).toBeInstanceOf(DocumentError);
    const message = (error as DocumentError).message.replaceAll(`${folder}/`, "");
    await expect(`${message}\n`).toMatchFileSnapshot(
      `../fixtures/playbooks/invalid/${name.replace(/\.yml$/, ".txt")}`,
    );
  });
});
