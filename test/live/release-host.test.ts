import { execFile } from "node:child_process";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeRelease } from "../remote/made-release.ts";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, type Played, type Workspace } from "./workspace.ts";
import type { WrittenStep } from "./written-by-run.ts";

const MODULES = ["shop", "shop_pushed", "shop_of_app", "shop_of_host"];
const BEFORE = `eval: { erlang: "(binary_to_atom(Name)):v()", bindings: { Name: shop } }`;
const STEPS = `
  steps:
    - { name: Before, ${BEFORE} }
    - { name: Run, run: "shop:v()" }
    - { name: Push, push: shop_pushed }
    - { name: Pushed, run: "shop_pushed:v()" }
    - { name: Of the release, run: "shop_of_host:v()" }
    - { name: Push the application, push: { app: shop, start: true } }
    - { name: Of the application, run: "shop_of_app:v()" }
    - { name: Version, run: "application:get_key(shop, vsn)" }
    - { name: Files, run: "code:priv_dir(shop)" }
    - { name: Of OTP, push: lists, ignore_errors: true }
`;

let sshd: Sshd;
let workspace: Workspace;
let folder: string;

beforeAll(async () => {
  sshd = await startSshd();
  workspace = await openWorkspace();
  folder = workspace.folder;
  const { erl, lib } = await makeRelease(join(folder, "release"));
  await compile(join(lib, "shop-1.0"), "1.0", MODULES);
  await compile(join(folder, "lib", "shop"), "2.0", MODULES.slice(0, 3));
  await workspace.write({ "lib/shop/priv/stock.txt": "none" });
  await mkdir(join(folder, "lib", "copied", "ebin"), { recursive: true });
  await copyFile(
    join(lib, await stdlib(), "ebin", "lists.beam"),
    join(folder, "lib", "copied", "ebin", "lists.beam"),
  );
  await workspace.write({
    "hosts.yml": { all: { hosts: { one: hostOf(sshd, { fusion_erl: erl }) } } },
    "closure.yml": `- hosts: one\n  modules: lib/*/ebin\n${STEPS}`,
    "on-demand.yml": `- hosts: one\n  modules: lib/*/ebin\n  code_loading: on_demand\n${STEPS}`,
  });
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

/** Makes an application of which each module tells the version. */
async function compile(application: string, version: string, modules: readonly string[]): Promise<void> {
  const ebin = join(application, "ebin");
  await mkdir(ebin, { recursive: true });
  await writeFile(
    join(ebin, "shop.app"),
    `{application, shop, [{vsn, "${version}"}, {modules, [${modules.join()}]}, {applications, [kernel, stdlib]}]}.`,
  );
  const sources = modules.map((module) => join(application, `${module}.erl`));
  for (const [index, source] of sources.entries()) {
    await writeFile(source, `-module(${modules[index]}).\n-export([v/0]).\nv() -> <<"${version}">>.\n`);
  }
  await promisify(execFile)("erlc", ["+debug_info", "-o", ebin, ...sources]);
}

async function stdlib(): Promise<string> {
  const script = "io:put_chars(filename:basename(code:lib_dir(stdlib))), halt().";
  return (await promisify(execFile)("erl", ["-noshell", "-eval", script])).stdout;
}

describe.each(["closure", "on-demand"])("where the erl of a host is that of a release, with %s", (kind) => {
  let played: Played;

  beforeAll(async () => {
    played = await workspace.play(`${kind}.yml`);
  });

  function step(name: string): WrittenStep {
    const found = hostReport(played, "one").steps.find((each) => each.name === name);
    if (found === undefined) throw new Error(`There is no step ${name}: ${played.stderr}`);
    return found;
  }

  const pushed = (name: string): string[] => step(name).pushed.map(({ module }) => module);

  test("modules of the play take the place of those of the release", () => {
    if (kind === "closure") expect(step("Before").result).toBe("1.0");
    expect(step("Run").result).toBe("2.0");
    expect(step("Push")).toMatchObject({ status: "ok" });
    expect(pushed("Push")).toEqual(["shop_pushed"]);
    expect(step("Pushed").result).toBe("2.0");
  });

  test("an application of the play takes the place of that of the release", () => {
    expect(pushed("Push the application")).toContain("shop_of_app");
    expect(step("Of the application").result).toBe("2.0");
    expect(step("Version").result).toEqual(["ok", "2.0"]);
    expect(step("Files").result).toMatch(/\/fusion-play-\w{12}\/.*priv$/);
  });

  test("what the play does not have is that of the release", () => {
    expect(step("Of the release")).toMatchObject({ status: "ok", result: "1.0" });
  });

  test("what is of OTP stays", () => {
    expect(step("Of OTP").error?.message).toBe("Cannot push lists to one: lists belongs to the host's OTP");
  });
});

test("a dry run that asks the host says which modules of the release would be replaced", async () => {
  const { report, stderr } = await workspace.playDryConnected("closure.yml");
  const steps = report?.plays[0]?.hosts["one"]?.steps ?? [];
  const replaced = steps.flatMap(({ would_push: modules }) => modules.map(({ replaces }) => replaces?.file));
  const ebin = join(folder, "release", "lib", "shop-1.0", "ebin");
  expect(replaced.filter(Boolean), stderr).toEqual(
    ["shop", "shop_pushed", "shop_of_app"].map((module) => join(ebin, `${module}.beam`)),
  );
});
