import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { apiPage } from "../../../scripts/api/api-page.ts";
import { readApi, type ApiEntry } from "../../../scripts/api/read-api.ts";

const THING = `
  interface Base {
    /** From below. */
    id: number;
  }
  type Kind = Thing["kind"];
  /** A thing. */
  export interface Thing<T = string> extends Base {
    /** What it is. */
    readonly kind: "a" | "b";
    value?: T;
  }
  /** Holds things. */
  export class Box {
    readonly type = "box";
    #hidden = 1;
    constructor(readonlyCount: number) { this.#hidden = readonlyCount; }
    /** Gives {@linkcode Thing} back. */
    open(kind: Thing["kind"]): Thing { return { kind, id: this.#hidden }; }
  }
  export async function pack(kind: Kind): Promise<Box> { return new Box(kind.length); }
`;

test("readApi() reads functions, classes and interfaces in the order of index.ts", async () => {
  const entries = await readFiles({
    index: '// Things\nexport { pack, Box, type Thing } from "./thing.ts";',
  });
  expect(entries.map(({ kind, name, section }) => [kind, name, section])).toEqual([
    ["function", "pack", "Things"],
    ["class", "Box", "Things"],
    ["interface", "Thing", "Things"],
  ]);
  const [pack, box, thing] = entries.map(({ signature, members }) => [
    signature,
    ...members.map((member) => member.signature),
  ]);
  expect(pack).toEqual(["function pack(kind: Kind): Promise<Box>;"]);
  expect(box).toEqual([
    "class Box",
    'readonly type: "box"',
    "new Box(readonlyCount: number)",
    'open(kind: "a" | "b"): Thing',
  ]);
  // Base cannot be looked up, so what it has is told here.
  expect(thing).toEqual([
    "interface Thing<T = string>",
    'readonly kind: "a" | "b"',
    "value?: T",
    "id: number",
  ]);
});

test("readApi() tells which types are named and not exported, and which members have no comment", async () => {
  const entries = await readFiles({
    index: '// Things\nexport { pack, Box, type Thing } from "./thing.ts";',
  });
  expect(entries.map(({ unexported }) => unexported)).toEqual([["Kind"], [], []]);
  const silent = entries.flatMap(({ members }) => members.filter(({ doc }) => doc.text === ""));
  expect(silent.map(({ name }) => name)).toEqual(["type", "constructor", "value"]);
});

test("apiPage() links types and what comments name", async () => {
  const entries = await readFiles({ index: '// Things\nexport { Box, type Thing } from "./thing.ts";' });
  const page = await apiPage(entries, "api.md");
  expect(page).toContain("## Things\n\n[`Box`](#class-box), [`Thing`](#interface-thing)\n");
  expect(page).toContain(
    '- `open(kind: "a" | "b"): Thing`: Gives [`Thing`](#interface-thing) back. Types: [`Thing`](#interface-thing).\n',
  );
});

async function readFiles({ index }: { index: string }): Promise<ApiEntry[]> {
  const folder = await mkdtemp(join(tmpdir(), "fusion-play-api-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, "src"));
  const compilerOptions = {
    strict: true,
    module: "nodenext",
    allowImportingTsExtensions: true,
    noEmit: true,
  };
  await writeFile(join(folder, "tsconfig.build.json"), JSON.stringify({ compilerOptions, include: ["src"] }));
  await writeFile(join(folder, "src", "index.ts"), index);
  await writeFile(join(folder, "src", "thing.ts"), THING.replaceAll(/^ {2}/gm, ""));
  return readApi(folder);
}
