import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { openModuleSource, type CodePathSource } from "../../src/beam/code-paths.ts";
import type { ShippedApplication } from "../../src/engine/shipped-application.ts";
import { compileApplications } from "./compiled-applications.ts";
import { temporaryCache, temporaryFolder } from "./temporary-folder.ts";

temporaryCache();
const folder = realpathSync(temporaryFolder());
let lib = "";
let count = 0;

beforeAll(() => {
  lib = compileApplications(folder);
});

function open(...paths: readonly string[]): Promise<CodePathSource> {
  return openModuleSource({ paths, signal: AbortSignal.timeout(60_000) });
}

async function applicationsOf(source: CodePathSource, name: string): Promise<ShippedApplication[]> {
  return Array.from((await source.application(name)).applications.values());
}

/** A copy of the compiled applications, to be changed. */
function copied(): string {
  const copy = join(folder, `copy-${++count}`);
  cpSync(lib, copy, { recursive: true });
  return copy;
}

/** A folder `ebin` with a `.app` file of this text. */
function withResource(name: string, text: string): string {
  const ebin = join(folder, `resource-${++count}`, "ebin");
  mkdirSync(ebin, { recursive: true });
  writeFileSync(join(ebin, `${name}.app`), text);
  return ebin;
}

describe("application()", () => {
  test("application() takes no file that macOS keeps beside another one for a module or an application", async () => {
    const copy = copied();
    const ebin = join(copy, "weather", "ebin");
    for (const name of ["weather.app", "weather.beam"]) writeFileSync(join(ebin, `._${name}`), "Mac OS X");
    const source = await open(join(copy, "*", "ebin"));
    const [weather] = await applicationsOf(source, "weather");
    expect(weather?.modules).toEqual(
      (await applicationsOf(await open(join(lib, "*", "ebin")), "weather"))[0]?.modules,
    );
    expect(source.modules().filter((name) => name.startsWith("._"))).toEqual([]);
    await expect(source.application("._weather")).rejects.toMatchObject({ code: "APPLICATION_NOT_FOUND" });
  });

  test("application() finds an application with what it needs, as far as the code paths hold it", async () => {
    const source = await open(join(lib, "*", "ebin"));
    const { root, applications } = await source.application("weather");
    expect([root, ...applications.keys()]).toEqual(["weather", "weather", "units"]);
    const weather = applications.get("weather");
    expect(weather).toMatchObject({ version: "0.3.0", file: join(lib, "weather", "ebin", "weather.app") });
    expect(weather?.needs.map(({ name, optional }) => (optional ? `${name}?` : name))).toEqual([
      "kernel",
      "stdlib",
      "elixir",
      "logger",
      "units",
    ]);
    expect(weather?.modules).toContain("Elixir.Weather.Describe.Weather.Reading");
    expect(weather?.modules).toHaveLength(8);
    expect(await source.application("weather")).toEqual({ root, applications });
  });

  test("application() lists priv with sizes, hashes and permissions, and what libraries were built for", async () => {
    const source = await open(join(lib, "*", "ebin"));
    const [weather] = await applicationsOf(source, "weather");
    expect(weather?.files.map(({ path }) => path)).toEqual([
      "ebin/weather.app",
      "priv/data/stations.csv",
      "priv/weather_nif.so",
    ]);
    expect(weather?.folders).toEqual(["ebin", "priv", "priv/data"]);
    for (const { path, file, bytes, sha256 } of weather?.files ?? []) {
      const content = readFileSync(join(lib, "weather", path));
      expect(file).toBe(join(lib, "weather", path));
      expect([bytes, sha256]).toEqual([content.length, createHash("sha256").update(content).digest("hex")]);
    }
    expect(weather?.files[2]?.target).toMatchObject({ machines: [expect.any(String)], bits: 64 });
    expect(weather?.files[1]?.target).toBeUndefined();

    const [beacon] = await applicationsOf(source, "beacon");
    expect(beacon?.files.map(({ path, executable }) => [path, executable])).toEqual([
      ["ebin/beacon.app", false],
      ["priv/bin/ring", true],
      ["priv/texts/calm.txt", false],
    ]);
    // Without priv, nothing has to lie on the host.
    const [units] = await applicationsOf(source, "units");
    expect([units?.files, units?.folders]).toEqual([[], []]);
  });

  test("application() follows links, as mix makes priv one, and keeps empty folders", async () => {
    const copy = copied();
    const priv = join(copy, "beacon", "priv");
    renameSync(priv, join(copy, "sources"));
    symlinkSync("../sources", priv);
    mkdirSync(join(copy, "sources", "empty"));
    symlinkSync("texts/calm.txt", join(copy, "sources", "linked.txt"));
    symlinkSync("texts", join(copy, "sources", "again"));
    const [beacon] = await applicationsOf(await open(join(copy, "*", "ebin")), "beacon");
    expect(beacon?.files.map(({ path }) => path)).toEqual([
      "ebin/beacon.app",
      "priv/again/calm.txt",
      "priv/bin/ring",
      "priv/linked.txt",
      "priv/texts/calm.txt",
    ]);
    expect(beacon?.files[3]?.file).toBe(join(copy, "sources", "texts", "calm.txt"));
    expect(beacon?.folders).toContain("priv/empty");
  });

  test.each([
    [
      "a link that leads nowhere",
      (priv: string) => symlinkSync("nowhere", join(priv, "x")),
      /leads nowhere$/,
    ],
    [
      "a link in a circle",
      (priv: string) => symlinkSync("..", join(priv, "texts", "x")),
      /a folder that it is in$/,
    ],
    [
      "a pipe",
      (priv: string) => void execFileSync("mkfifo", [join(priv, "x")]),
      /neither a file nor a folder$/,
    ],
  ])("application() refuses a priv that has %s", async (_, change, expected) => {
    const copy = copied();
    change(join(copy, "beacon", "priv"));
    await expect((await open(join(copy, "*", "ebin"))).application("beacon")).rejects.toMatchObject({
      code: "FILE_UNREADABLE",
      message: expect.stringMatching(expected),
    });
  });

  test("application() says which application is not there, and which may have been meant", async () => {
    const source = await open(join(lib, "*", "ebin"));
    await expect(source.application("wether")).rejects.toMatchObject({
      code: "APPLICATION_NOT_FOUND",
      message: "Cannot find the application wether: no code path holds wether.app",
      hint: "Did you mean weather?",
    });
    await expect(source.application("completely_different")).rejects.toMatchObject({
      hint: expect.stringContaining("List its ebin folder"),
    });
  });

  test("application() finds one without modules, and takes those that no list names", async () => {
    const umbrella = withResource(
      "umbrella",
      '{application, umbrella, [{vsn, "1"}, {applications, [units]}]}.',
    );
    const source = await open(umbrella, join(lib, "units", "ebin"));
    expect((await applicationsOf(source, "umbrella")).map(({ name, modules }) => [name, modules])).toEqual([
      ["umbrella", []],
      ["units", ["units", "units_table"]],
    ]);
    const copy = copied();
    writeFileSync(join(copy, "units", "ebin", "units.app"), "{application, units, []}.");
    const [units] = await applicationsOf(await open(join(copy, "units", "ebin")), "units");
    expect(units?.modules).toEqual(["units", "units_table"]);
  });

  test.each([
    ["{application, broken, [}.", /broken\.app": line 1: /],
    ["{application, other, []}.", /broken\.app": it is that of the application other$/],
    [
      "{application, broken, [{modules, [gone]}]}.",
      /broken\.app": it lists the module gone, and no code path holds/,
    ],
  ])("application() refuses the file %j", async (text, expected) => {
    const source = await open(withResource("broken", text));
    await expect(source.application("broken")).rejects.toMatchObject({
      code: "APPLICATION_INVALID",
      message: expect.stringMatching(expected),
    });
  });

  test("application() says which file it cannot read", async () => {
    const copy = copied();
    rmSync(join(copy, "units", "ebin", "units.app"));
    symlinkSync("nowhere", join(copy, "units", "ebin", "units.app"));
    chmodSync(join(copy, "units", "ebin"), 0o755);
    await expect((await open(join(copy, "units", "ebin"))).application("units")).rejects.toMatchObject({
      code: "FILE_UNREADABLE",
      message: `Cannot read "${join(copy, "units", "ebin", "units.app")}": ENOENT`,
    });
  });
});

describe("closureOfApplications()", () => {
  test("closureOfApplications() has all modules, with the application as their reason, and what else they need", async () => {
    const source = await open(join(lib, "*", "ebin"));
    const applications = await applicationsOf(source, "weather");
    const closure = source.closureOfApplications(applications);
    const own = (name: string): string[] =>
      closure
        .filter(({ reason }) => reason?.type === "application" && reason.application === name)
        .map((module) => module.name)
        .toSorted();
    expect(own("weather")).toEqual(applications[0]?.modules.toSorted());
    expect(own("units")).toEqual(["units", "units_table"]);
    expect(closure.every(({ neededBy }) => neededBy === null)).toBe(true);
    expect(source.closureOfApplications(applications)).toBe(closure);

    // Alone, its modules still bring along what they call.
    const [weather] = applications;
    const alone = source.closureOfApplications(weather === undefined ? [] : [weather]);
    expect(alone.find(({ name }) => name === "units_table")).toMatchObject({
      neededBy: "units",
      reason: { type: "imports", functions: ["scale/1"] },
    });
  });
});

test("providedApplications() knows those of Erlang and Elixir", async () => {
  const source = await open(join(lib, "*", "ebin"));
  const names = ["kernel", "stdlib", "elixir", "logger", "weather", "units"];
  expect(await source.providedApplications(names)).toEqual(new Set(["kernel", "stdlib", "elixir", "logger"]));
});
