import { execFile } from "node:child_process";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { examplesOf } from "../docs/markdown.ts";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, openWorkspace, type Workspace } from "./workspace.ts";
import { readReport, type WrittenReport } from "./written-by-run.ts";

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, "..", "..");
const TYPESCRIPT_PLAYBOOK = `
import { play, FusionPlayError, tuple, atom, type PlayHost, type Value } from "fusion-play";

async function size(host: PlayHost, text: string): Promise<number> {
  return host.run<number>({ module: "sizes", function: "size", args: [text] }, { timeout: "10s" });
}

export default [
  play({ name: "List", hosts: "one", modules: "sizes.erl", steps: [{ run: "sizes:size(abc)", register: "size" }, { assert: "size == 3" }] }),
  play({
    name: "Function",
    hosts: ["one"],
    modules: ["sizes.erl"],
    async steps(host) {
      const sum: number = (await size(host, "ab")) + (await size(host, host.name));
      host.assert(sum === 5, \`the sum is \${sum}\`);
      const pair: Value = await host.run({ module: "erlang", function: "element", args: [1, tuple(atom("ok"), 2)] });
      host.assert(pair === "ok");
      try {
        await host.run("erlang:error(why)");
      } catch (error) {
        host.assert(error instanceof FusionPlayError && error.code === "REMOTE_EXCEPTION", String(error));
        return;
      }
      host.assert(false, "nothing was thrown");
    },
  }),
];
`;

let sshd: Sshd;
let workspace: Workspace;
/** The folder in which the package is installed. */
let folder: string;

beforeAll(async () => {
  sshd = await startSshd();
  workspace = await openWorkspace({ all: { hosts: { one: hostOf(sshd) } } });
  folder = join(workspace.folder, "project");
  await mkdir(folder);
  // dist/ is up to date by now; without scripts, as no other test shall see it half built, and as
  // the package must work where install scripts are not allowed.
  await run("npm", ["pack", "--ignore-scripts", "--pack-destination", workspace.folder], { cwd: ROOT });
  const [tarball = ""] = (await readdir(workspace.folder)).filter((name) => name.endsWith(".tgz"));
  await writeFile(join(folder, "package.json"), `{ "private": true, "type": "module" }\n`);
  const quiet = ["--no-audit", "--no-fund", "--prefer-offline", "--ignore-scripts"];
  await run("npm", ["install", ...quiet, join(workspace.folder, tarball)], { cwd: folder });
  await workspace.write({
    "project/hosts.yml": { all: { hosts: { one: hostOf(sshd) } } },
    "project/sizes.erl":
      "-module(sizes).\n-export([size/1]).\nsize(Text) when is_atom(Text) -> length(atom_to_list(Text));\nsize(Text) -> byte_size(Text).\n",
    "project/site.yml":
      "- hosts: all\n  modules: sizes.erl\n  steps: [{ name: Size, run: 'sizes:size(four)' }, { assert: result == 4 }]\n",
    "project/fleet.ts": TYPESCRIPT_PLAYBOOK,
  });
}, 240_000);

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

test.each(["site.yml", "fleet.ts"])("the installed package runs %s", async (playbook) => {
  const program = join(folder, "node_modules", ".bin", "fusion-play");
  const report = join(folder, "report.json");
  const env = {
    PATH: process.env["PATH"],
    LC_ALL: "C.UTF-8",
    HOME: workspace.home,
    XDG_CACHE_HOME: workspace.home,
  };
  const args = [playbook, "-i", "hosts.yml", "--output", "lines", "--report", `json=${report}`];
  const { stdout, stderr } = await run(program, args, { cwd: folder, env });
  expect(stderr).toBe("");
  expect(stdout).toMatch(/one/);
  const { plays, exit_code: exitCode } = (await readReport(report)) as WrittenReport;
  expect(exitCode).toBe(0);
  expect(plays.map(({ hosts }) => hosts["one"]?.status)).toEqual(plays.map(() => "ok"));
  if (playbook === "fleet.ts") {
    const steps = plays[1]?.hosts["one"]?.steps.map(({ kind, status }) => `${kind} ${status}`);
    expect(steps).toEqual([
      "run ok",
      "run ok",
      "assert ok",
      "run ok",
      "assert ok",
      "run failed",
      "assert ok",
    ]);
  }
});

test("the installed package writes a starter project", async () => {
  const program = join(folder, "node_modules", ".bin", "fusion-play");
  await run(program, ["init", "fleet"], { cwd: folder });
  expect(await readdir(join(folder, "fleet"))).toEqual(
    expect.arrayContaining([".gitignore", ".vscode", "hosts.yml", "schemas", "site.yml"]),
  );
});

test("the installed package's types check under strict, and refuse a misspelt key", async () => {
  const compiler = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  const options = ["--strict", "--noEmit", "--module", "nodenext", "--target", "es2023", "--types", ""];
  const check = async (file: string): Promise<string> =>
    run(process.execPath, [compiler, ...options, file], { cwd: folder }).then(
      ({ stdout }) => stdout,
      ({ stdout }: { stdout: string }) => stdout,
    );
  expect(await check("fleet.ts")).toBe("");
  await writeFile(join(folder, "misspelt.ts"), TYPESCRIPT_PLAYBOOK.replace("register:", "registr:"));
  expect(await check("misspelt.ts")).toMatch(/misspelt\.ts\(\d+,\d+\): error TS\d+: .*registr/s);
});

test("the installed package's types check with the tsconfig.json that the documentation shows", async () => {
  const shown = examplesOf("docs/typescript.md").find(({ language }) => language === "json")?.source ?? "{}";
  const config = JSON.parse(shown) as object;
  await writeFile(
    join(folder, "tsconfig.json"),
    JSON.stringify({ ...config, files: ["fleet.ts", "part.ts"] }),
  );
  await writeFile(join(folder, "part.ts"), `export { default } from "./fleet.ts";\n`);
  const compiler = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  const checked = await run(process.execPath, [compiler, "-p", "."], { cwd: folder });
  expect(checked.stdout).toBe("");
});

test("the package holds what it needs to run, and nothing of its tests", async () => {
  const { stdout } = await run("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: ROOT });
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
  const paths = files.map(({ path }) => path);
  expect(paths).toEqual(
    expect.arrayContaining([
      "dist/cli/main.js",
      "dist/index.d.ts",
      "schemas/report.schema.json",
      "completions/fusion-play.zsh",
    ]),
  );
  expect(paths.filter((path) => /^(src|test|node_modules|scripts)\//.test(path))).toEqual([]);
});
