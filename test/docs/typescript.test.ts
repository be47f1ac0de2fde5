import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import * as publicApi from "../../src/index.ts";
import { loadPlaybook } from "../../src/playbook/load-playbook.ts";
import { codeBlocks, readDocument } from "./markdown.ts";

const text = readDocument("docs/typescript.md");
const blocks = codeBlocks(text).filter(({ language }) => language === "ts");
const plays = blocks.filter(({ source }) => source.includes("export default play("));

test("docs/typescript.md has plays with a list of steps and with functions", async () => {
  const loaded = await Promise.all(plays.map(({ source }) => load(source)));
  expect(loaded.map(({ plays: [play] }) => typeof play?.steps)).toEqual([
    "object",
    "function",
    "function",
    "function",
  ]);
});

test("docs/typescript.md imports what is exported", () => {
  const imported = blocks.flatMap(({ source }) =>
    [...source.matchAll(/import \{ (.*) \} from "fusion-play"/g)].flatMap(([, names = ""]) =>
      names.split(", "),
    ),
  );
  const values = imported.filter((name) => !name.startsWith("type "));
  expect(values).toContain("play");
  expect(values.filter((name) => !Object.hasOwn(publicApi, name))).toEqual([]);
});

async function load(source: string): Promise<Awaited<ReturnType<typeof loadPlaybook>>> {
  const folder = await mkdtemp(join(tmpdir(), "fusion-play-typescript-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "play.ts");
  await writeFile(path, source);
  return loadPlaybook(path);
}
