import { execFile } from "node:child_process";
import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, type Played, type Workspace } from "./workspace.ts";
import type { WrittenStep } from "./written-by-run.ts";

const run = promisify(execFile);
let sshd: Sshd;
let workspace: Workspace;
let played: Played;

/** Modules of this machine's OTP and Elixir, which stand on the code paths of the play as well. */
const COPIED = ["lists", "ssl", "erlang", "Elixir.Enum", "Elixir.Logger"];

beforeAll(async () => {
  workspace = await openWorkspace();
  await compile("mine/ebin", {
    mine: "f() -> {ours, theirs:f(), lists:f(), 'Elixir.Enum':f(), erlang:f(), ssl:f(), stuck:f()}.",
    theirs: "f() -> ours.",
    stuck: "f() -> ours.",
  });
  await compile("erl-libs/theirs-1.0/ebin", { theirs: "f() -> of_the_host." });
  await compile("erl-libs/stuck-1.0/ebin", { stuck: "f() -> of_the_host." });
  await copyModules("mine/ebin");
  sshd = await startSshd({ environment: { ERL_LIBS: join(workspace.folder, "erl-libs") } });
  // Names that only come with the bindings bring nothing along.
  const theirs = "(binary_to_atom(T)):f()";
  const stuck = "(binary_to_atom(S)):f()";
  const stick = `{module, M} = code:ensure_loaded(binary_to_atom(S)), code:stick_dir(filename:dirname(code:which(M)))`;
  await workspace.write({
    "hosts.yml": { all: { hosts: { one: hostOf(sshd) } } },
    "protected.yml": `
- hosts: one
  modules: mine/ebin
  steps:
    - { name: Before, eval: { erlang: '${theirs}', bindings: { T: theirs } } }
    - { name: Stick, eval: { erlang: '${stick}', bindings: { S: stuck } } }
    - { name: Named, push: [mine, lists, ssl, erlang, Enum, Logger, stuck], ignore_errors: true }
    - { name: Nothing came, eval: { erlang: '[M || M <- Names, code:is_loaded(binary_to_atom(M)) =:= {file, binary_to_list(M) ++ ".beam"}]', bindings: { Names: [mine, theirs, stuck] } } }
    - { name: Purged hard, push: Enum, purge: hard, retries: 3, ignore_errors: true }
    - { name: Needed by others, push: mine }
    - { name: Calls, eval: { erlang: '{${theirs}, ${stuck}, lists:seq(1, 3)}', bindings: { T: theirs, S: stuck } } }
    - { name: Named again, push: lists, ignore_errors: true }
    - { name: Called, run: "lists:seq(1, 3)" }
`,
  });
  played = await workspace.play("protected.yml");
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

/** Compiles Erlang modules into a folder of the workspace. */
async function compile(ebin: string, modules: Readonly<Record<string, string>>): Promise<void> {
  const files = Object.fromEntries(
    Object.entries(modules).map(([name, body]) => [
      `${ebin}/src/${name}.erl`,
      `-module(${name}).\n-export([f/0]).\n${body}\n`,
    ]),
  );
  await workspace.write(files);
  await run("erlc", ["-o", ebin, ...Object.keys(files)], { cwd: workspace.folder });
}

async function copyModules(ebin: string): Promise<void> {
  const where = `[case code:which(list_to_atom(M)) of
      preloaded -> filename:join([code:lib_dir(erts, ebin), M ++ ".beam"]);
      File -> File
    end || M <- init:get_plain_arguments()]`;
  const code = `io:format("~ts", [lists:join($\\n, ${where})]), halt().`;
  const paths = (await run("elixir", ["-e", "IO.puts(:code.lib_dir(:logger))"])).stdout.trim();
  const folders = [join(paths, "ebin"), join(paths, "..", "elixir", "ebin")];
  const { stdout } = await run("erl", ["-noshell", "-pz", ...folders, "-eval", code, "-extra", ...COPIED]);
  await mkdir(join(workspace.folder, ebin), { recursive: true });
  for (const file of stdout.split("\n")) {
    await copyFile(file, join(workspace.folder, ebin, file.slice(file.lastIndexOf("/") + 1)));
  }
}

function step(name: string): WrittenStep {
  const found = hostReport(played, "one").steps.find((each) => each.name === name);
  if (found === undefined) throw new Error(`There is no step ${name}: ${played.stderr}`);
  return found;
}

test("a push that names modules of the host's own is refused with the reason of each, and loads nothing", () => {
  expect(step("Before").result).toBe("of_the_host");
  expect(step("Named")).toMatchObject({
    status: "ignored",
    attempts: 1,
    pushed: [],
    error: {
      code: "MODULE_PROTECTED",
      message: [
        "Cannot push lists, ssl, erlang, Enum, Logger, stuck to one: lists belongs to the host's OTP",
        "ssl belongs to the host's OTP",
        "erlang is preloaded into the host's emulator",
        "Enum belongs to the host's Elixir",
        "Logger belongs to the host's Elixir",
        "stuck is sticky on the host",
      ].join("; "),
    },
  });
  expect(step("Named").error?.hint).toMatch(/Leave it out of the push/);
  expect(step("Nothing came").result).toEqual([]);
});

test("a protected module is refused whatever the step says about purging and retries, and each time", () => {
  expect(step("Purged hard")).toMatchObject({ attempts: 1, error: { code: "MODULE_PROTECTED" } });
  expect(step("Named again").error?.message).toBe(
    "Cannot push lists to one: lists belongs to the host's OTP",
  );
});

test("modules of the host's own that others need stay as they are; those of its user are replaced", () => {
  expect(
    step("Needed by others")
      .pushed.map(({ module }) => module)
      .toSorted(),
  ).toEqual(["mine", "theirs"]);
  expect(step("Calls").result).toEqual(["ours", "of_the_host", [1, 2, 3]]);
  expect(step("Called")).toMatchObject({ status: "ok", pushed: [], result: [1, 2, 3] });
});
