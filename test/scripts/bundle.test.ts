import { execFile } from "node:child_process";
import { access, constants, readdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeCheckout, type Checkout } from "./checkout.ts";

const MODULES = join(import.meta.dirname, "..", "..", "node_modules");

let checkout: Checkout;

beforeEach(async () => {
  checkout = await makeCheckout();
  await symlink(MODULES, join(checkout.root, "node_modules"));
  const files = {
    "src/kept.ts": 'import pLimit from "p-limit";\nexport class Kept {}\nexport const limit = pLimit(2);\n',
    "src/index.ts": 'export { Kept } from "./kept.ts";\n',
    "src/cli/main.ts":
      '#!/usr/bin/env node\nimport { Kept, limit } from "../kept.ts";\n' +
      'const library: { Kept: unknown } = await import(new URL("../index.js", import.meta.url).href);\n' +
      "console.log(library.Kept === Kept, limit.concurrency);\n" +
      'console.log((await import("./run.ts")).told, (await import("./inventory.ts")).told);\n',
    "src/cli/inventory.ts": 'import { read } from "../read.ts";\nexport const told = read("hosts");\n',
    "src/cli/run.ts":
      'import { Kept } from "../kept.ts";\nimport { play } from "../play.ts";\n' +
      'import { read } from "../read.ts";\nimport { shared } from "../ssh-of-all.ts";\n' +
      'export const told = play(read("plays"), Kept) + (shared === "" ? "?" : "");\n',
    "src/play.ts":
      "export const play = (what: string, kept: { name: string }): string => `${what} ${kept.name}`;\n",
    "src/read.ts": "export const read = (what: string): string => `read ${what}`;\n",
    "src/sessions/agent.ts": "export const agent = 1;\n",
    "src/ssh/connection-thread.ts":
      'import { shared } from "../ssh-of-all.ts";\nexport const thread = shared;\n',
    "src/ssh-of-all.ts": 'export const shared = "of runs and threads";\n',
    "src/lab/lab-status.ts": "export const labStatus = 1;\n",
    "src/page/tsconfig.json": "{}",
    "src/page/main.ts": 'import { draw } from "./draw.ts";\ndraw("page");\n',
    "src/page/draw.ts": "export const draw = (what: string): void => void (document.title = what);\n",
    "src/page/page.css": "p {}\n",
    "dist/kept.d.ts": "",
    "dist/gone.d.ts": "",
    "dist/chunks/gone.js": "",
  };
  for (const [file, text] of Object.entries(files)) await checkout.write(file, text);
});

afterEach(async () => {
  await checkout[Symbol.asyncDispose]();
});

test("bundle.mjs makes a program that runs without packages, and shares its classes with the library", async () => {
  expect(await checkout.run("bundle.mjs")).toEqual({ code: 0, stdout: "", stderr: "" });
  const program = join(checkout.root, "dist/cli/main.js");
  await access(program, constants.X_OK);
  expect((await promisify(execFile)(program)).stdout).toBe("true 2\nread plays Kept read hosts\n");
  const chunks = await readdir(join(checkout.root, "dist/chunks"));
  for (const chunk of chunks) {
    expect(await readFile(join(checkout.root, "dist/chunks", chunk), "utf8")).not.toContain('from "p-limit"');
  }
  const licenses = await readFile(join(checkout.root, "dist/LICENSES.txt"), "utf8");
  expect(licenses).toMatch(/^p-limit [\d.]+\n\nMIT License\n/m);
});

test("bundle.mjs makes a file of what all commands load, one of what threads share with runs, one of what commands load besides that read files, and one of the rest of a run", async () => {
  await checkout.run("bundle.mjs");
  const chunks = join(checkout.root, "dist/chunks");
  const textOf = async (group: string): Promise<string> => {
    const [file = ""] = (await readdir(chunks)).filter((name) => name.startsWith(`for-${group}-`));
    return readFile(join(chunks, file), "utf8");
  };
  expect(await textOf("main")).toMatch(/Kept = class/);
  expect(await textOf("ssh")).toContain("of runs and threads");
  expect(await textOf("inventory")).toContain("read ${what}");
  expect(await textOf("run")).toContain("kept.name");
});

test("bundle.mjs removes what an earlier build has written, and keeps types that have a source", async () => {
  await checkout.run("bundle.mjs");
  const files = await readdir(join(checkout.root, "dist"), { recursive: true });
  expect(files).toContain("kept.d.ts");
  expect(files.filter((file) => file.includes("gone"))).toEqual([]);
});

test("bundle.mjs page makes the page of a report and nothing else", async () => {
  expect(await checkout.run("bundle.mjs", ["page"])).toEqual({ code: 0, stdout: "", stderr: "" });
  const page = join(checkout.root, "dist/page");
  expect((await readdir(page)).toSorted()).toEqual(["page.css", "script.js"]);
  expect(await readFile(join(page, "page.css"), "utf8")).toBe("p {}\n");
  const script = await readFile(join(page, "script.js"), "utf8");
  expect(script).toContain("document.title");
  expect(script).not.toMatch(/\b(?:import|export)\b/);
  await expect(access(join(checkout.root, "dist/cli/main.js"))).rejects.toThrow("ENOENT");
});

test.each([
  [
    "text that ends the element of the page",
    "src/page/main.ts",
    'document.title = "<!--";\n',
    "end the element",
  ],
  ["a program that names no interpreter", "src/cli/main.ts", "export {};\n", "#!/usr/bin/env node"],
  [
    "an import of what is not there",
    "src/index.ts",
    'export { gone } from "no-such-package";\n',
    "no-such-package",
  ],
])("bundle.mjs refuses %s", async (_what, file, text, message) => {
  await checkout.write(file, text);
  const { code, stderr } = await checkout.run("bundle.mjs");
  expect(code).toBe(1);
  expect(stderr).toContain(message);
});
