import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { beforeAll, expect, test, vi } from "vitest";
import { moduleMd5 } from "../../src/beam/module-md5.ts";
import { parseBeam } from "../../src/beam/parse-beam.ts";
import { stripBeam } from "../../src/beam/strip-beam.ts";
import type { ModulesReport, WhyReport } from "../../src/report/modules-report.ts";
import { modulesSchema } from "../../src/report/modules-schema.ts";
import { compileApplications } from "../beam/compiled-applications.ts";
import { compileProject, PROJECT } from "../beam/compiled-project.ts";
import { temporaryCache, temporaryFolder } from "../beam/temporary-folder.ts";
import { readDot } from "../report/dot-graph.ts";
import { fusionPlay } from "./command-line.ts";

temporaryCache();
const folder = temporaryFolder();
const isOfSchema = new Ajv2020({ strict: true }).compile(modulesSchema);
let ebin = "";

beforeAll(() => {
  ebin = compileProject(folder);
  vi.stubEnv("LC_ALL", "C.UTF-8");
});

/** What the command prints on success; nothing goes to standard error. */
async function modules(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await fusionPlay("modules", ...args);
  expect([code, stderr]).toEqual([0, ""]);
  return stdout;
}

async function json(...args: readonly string[]): Promise<ModulesReport> {
  const report = JSON.parse(await modules(...args, "--json")) as ModulesReport;
  isOfSchema(report);
  expect(isOfSchema.errors).toBeNull();
  return report;
}

/** A row of the table, with sizes and md5 as they are on this machine. */
function row(module: string, ...needed: readonly string[]): string[] {
  const file = ["", "Elixir."].map((prefix) => join(ebin, `${prefix}${module}.beam`)).find(exists) ?? "";
  const { chunks } = parseBeam(readFileSync(file));
  return [
    module,
    String(statSync(file).size),
    String(stripBeam(chunks).length),
    moduleMd5(chunks),
    ...needed,
  ];
}

function exists(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined;
}

test("modules shows a table of the closure with sizes, md5 and who needs whom", async () => {
  const lines = (await modules("Fixture.Report", "-m", ebin)).split("\n");
  expect(lines.slice(0, 10).map((line) => line.split(/ {2,}/))).toEqual([
    ["MODULE", "FILE BYTES", "BYTES", "MD5", "NEEDED BY", "REASON"],
    row("fixture_carry", "fixture_math", "imports"),
    row("fixture_math", "Fixture.Counter +1", "imports"),
    row("Fixture.Counter", "Fixture.Report", "imports"),
    row("Fixture.Measurable.List", "Fixture.Measurable", "protocol implementation"),
    row("Fixture.Measurable", "Fixture.Report +2", "imports"),
    row("Fixture.Folder", "Fixture.Report +2", "atom"),
    row("Fixture.Report", "", "asked for").filter((cell) => cell !== ""),
    row("Fixture.Measurable.Fixture.Folder", "Fixture.Folder +1", "protocol implementation"),
    row("String.Chars.Fixture.Folder", "Fixture.Folder", "protocol implementation"),
  ]);
  expect(lines[11]).toMatch(/^9 modules: [\d.]+ kB in files, [\d.]+ kB shipped \(\d\d %\)$/);
  expect(lines.slice(12)).toEqual([
    expect.stringMatching(/^Provided by Erlang and Elixir, and not shipped: [1-9]\d* modules$/),
    "",
  ]);
});

test("modules --tree shows who needs whom, and why", async () => {
  const tree = await modules("Fixture.Report", "fixture_worker", "-m", ebin, "--tree");
  expect(tree.split("\n\n")[0]).toBe(`\
Fixture.Report
├─ Fixture.Counter (imports)
│  └─ fixture_math (imports)
│     └─ fixture_carry (imports)
│        └─ fixture_math (imports, shown above)
├─ Fixture.Measurable (imports)
│  ├─ Fixture.Measurable.List (protocol implementation)
│  │  └─ Fixture.Measurable (behaviour, shown above)
│  └─ Fixture.Measurable.Fixture.Folder (protocol implementation)
│     ├─ Fixture.Measurable (behaviour, shown above)
│     └─ Fixture.Folder (atom)
│        ├─ Fixture.Measurable.Fixture.Folder (protocol implementation, shown above)
│        └─ String.Chars.Fixture.Folder (protocol implementation)
│           └─ Fixture.Folder (atom, shown above)
└─ Fixture.Folder (atom, shown above)
fixture_worker
├─ fixture_carry (atom, shown above)
├─ fixture_handler (behaviour)
└─ fixture_step (atom)`);
});

test.each([
  ["imports", "Fixture.Counter", "Fixture.Counter: imports start_link/1, next/1"],
  ["atom", "Fixture.Folder", "Fixture.Folder: atom in a literal"],
  ["attribute", "fixture_step", "fixture_step: atom in an attribute"],
  ["behaviour", "fixture_handler", "fixture_handler: behaviour"],
  ["macro", "Fixture.Plugin.Upcase", "Fixture.Plugin.Upcase: atom in a literal"],
])("modules --why shows the reason of a need: %s", async (_kind, module, line) => {
  const asked = ["Fixture.Report", "fixture_worker", "Fixture.Pipeline"];
  const [root, need, ...rest] = (await modules(...asked, "-m", ebin, "--why", module)).split("\n");
  expect(root).toMatch(/^(Fixture\.Report|fixture_worker|Fixture\.Pipeline): asked for$/);
  expect([need, rest]).toEqual([`└─ ${line}`, [""]]);
});

test("modules --why shows the whole of a chain, and all chains of that length", async () => {
  expect(await modules("Fixture.Report", "-m", ebin, "--why", "fixture_carry")).toBe(`\
Fixture.Report: asked for
└─ Fixture.Counter: imports start_link/1, next/1
   └─ fixture_math: imports increment/1
      └─ fixture_carry: imports add/2
`);
  expect(await modules("Fixture.Report", "-m", ebin, "--why", "Fixture.Measurable.Fixture.Folder")).toBe(`\
Fixture.Report: asked for
└─ Fixture.Measurable: imports size/1
   └─ Fixture.Measurable.Fixture.Folder: protocol implementation of Fixture.Measurable for Fixture.Folder

Fixture.Report: asked for
└─ Fixture.Folder: atom in a literal
   └─ Fixture.Measurable.Fixture.Folder: protocol implementation of Fixture.Measurable for Fixture.Folder
`);
});

test("modules --why tells what was asked for, what nothing needs, and what Erlang and Elixir provide", async () => {
  const why = (module: string): Promise<string> => modules("Fixture.Report", "-m", ebin, "--why", module);
  expect(await why("Fixture.Report")).toBe("Fixture.Report: asked for\n");
  expect(await why("fixture_on_load")).toBe("Nothing that was asked for needs fixture_on_load\n");
  expect(await why("GenServer")).toBe(`\
Fixture.Report: asked for
└─ Fixture.Counter: imports start_link/1, next/1
   └─ GenServer: imports call/2, start_link/2

GenServer is provided by Erlang and Elixir, and not shipped
`);
});

test("modules --why --json gives the same chains", async () => {
  const printed = await modules("Fixture.Report", "-m", ebin, "--why", "Fixture.Folder", "--json");
  const why = JSON.parse(printed) as WhyReport;
  expect(isOfSchema(why)).toBe(true);
  expect(why).toEqual({
    version: 1,
    module: "Elixir.Fixture.Folder",
    provided: false,
    chains: [
      [
        { module: "Elixir.Fixture.Report", reason: null },
        { module: "Elixir.Fixture.Folder", reason: { type: "atom", where: "literal" } },
      ],
    ],
    chain_count: 1,
  });
});

test("modules --json has every need, by the schema", async () => {
  const report = await json("fixture_worker", "-m", ebin);
  expect(report.roots).toEqual(["fixture_worker"]);
  expect(report.modules.map(({ module, needed_by }) => [module, needed_by])).toEqual([
    ["fixture_math", "fixture_carry"],
    ["fixture_carry", "fixture_worker"],
    ["fixture_handler", "fixture_worker"],
    ["fixture_step", "fixture_worker"],
    ["fixture_worker", null],
  ]);
  const carry = report.modules.find(({ module }) => module === "fixture_carry");
  expect(carry).toMatchObject({
    file: join(ebin, "fixture_carry.beam"),
    reason: { type: "atom", where: "literal" },
    needs: [{ module: "fixture_math", reason: { type: "imports", functions: ["add/2"] } }],
  });
  expect(report.provided).toEqual(["erlang", "gen_event", "proplists"]);
  expect(report.installed).toEqual({ erlang: true, elixir: true });
  const sum = (sizes: readonly number[]): number => sizes.reduce((total, size) => total + size, 0);
  expect(report.totals).toEqual({
    modules: 5,
    file_bytes: sum(report.modules.map(({ file_bytes }) => file_bytes)),
    bytes: sum(report.modules.map(({ bytes }) => bytes)),
  });
});

test("modules --dot writes a graph with a node for each module and an edge for each need", async () => {
  const { nodes, edges } = readDot(await modules("Fixture.Report", "-m", ebin, "--dot"));
  const report = await json("Fixture.Report", "-m", ebin);
  expect(Array.from(nodes.keys())).toEqual(report.modules.map(({ module }) => module));
  expect(edges).toHaveLength(report.modules.flatMap(({ needs }) => needs).length);
});

test("modules with -m alone shows all modules of the code paths", async () => {
  const all = await json("-m", join(ebin, "*.beam"));
  expect(all.modules.every(({ reason }) => reason === null)).toBe(true);
  expect(all.modules.map(({ module }) => module)).toEqual(
    expect.arrayContaining(["Elixir.Fixture.Unused", "fixture_on_load", "Elixir.Fixture.Report"]),
  );
});

test("modules --why with -m alone begins at what nothing else needs, or in a cycle", async () => {
  expect(await modules("-m", ebin, "--why", "Fixture.Counter")).toBe(`\
Fixture.Report: asked for
└─ Fixture.Counter: imports start_link/1, next/1
`);
  const cycle = ["math", "carry"].flatMap((name) => ["-m", join(ebin, `fixture_${name}.beam`)]);
  expect(await modules(...cycle, "--why", "fixture_math")).toBe("fixture_math: asked for\n");
});

test("modules takes .beam files, with those beside them, and sources", async () => {
  const names = async (...args: readonly string[]): Promise<string[]> =>
    (await json(...args)).modules.map(({ module }) => module);
  expect(await names(join(ebin, "fixture_math.beam"))).toEqual(["fixture_carry", "fixture_math"]);
  expect(await names(join(PROJECT, "lib/folder.ex"))).toEqual(["Elixir.Fixture.Folder"]);
  expect(await names(join(PROJECT, "src/fixture_math.erl"), "-m", ebin)).toEqual([
    "fixture_carry",
    "fixture_math",
  ]);
  expect(await names(":fixture_on_load", "Elixir.Fixture.Unused", "-m", ebin)).toEqual([
    "fixture_on_load",
    "Elixir.Fixture.Unused",
  ]);
});

test("modules ships nothing that Erlang and Elixir provide, also where it is asked for", async () => {
  expect(await modules("Enum", "lists")).toBe(
    "No modules to ship\nProvided by Erlang and Elixir, and not shipped: 2 modules\n",
  );
});

test.each<[string, readonly string[], string]>([
  [
    "an unknown module",
    ["Fixture.Reprot", "-m", "EBIN"],
    "Cannot find the module Fixture.Reprot: no code path holds it\n  Did you mean Fixture.Report?\n",
  ],
  [
    "an unknown module after --why",
    ["Fixture.Report", "-m", "EBIN", "--why", "fixture_maht"],
    "Cannot find the module fixture_maht: no code path holds it\n  Did you mean fixture_math?\n",
  ],
  [
    "no code path",
    ["MyApp.Health"],
    "Cannot find the module MyApp.Health: no code path holds it\n" +
      "  List its ebin folder, its .beam file or its source under modules, or name it with -m\n",
  ],
  [
    "what is no name",
    ["my-app", "-m", "EBIN"],
    'Cannot read "my-app": it is no name of a module, and no .beam file or source\n' +
      "  Write RemoteHealth, my_app or path/to/my_app.beam\n",
  ],
  [
    "a folder",
    ["-m", "EBIN", "some/ebin"],
    'Cannot read "some/ebin": it is no name of a module, and no .beam file or source\n' +
      "  Name folders with -m, and put globs in quotes, or the shell takes them apart\n",
  ],
  [
    "nothing",
    [],
    "Cannot show modules: none is named\n" +
      "  Name modules or files, or all modules of a folder with -m, such as -m '_build/prod/lib/*/ebin'\n",
  ],
  ["two formats", ["-m", "EBIN", "--dot", "--json"], "option '--dot' cannot be used with option '--json'\n"],
])("modules refuses %s with exit code 3 and a hint", async (_name, args, message) => {
  const { code, stdout, stderr } = await fusionPlay(
    "modules",
    ...args.map((arg) => arg.replace("EBIN", ebin)),
  );
  expect([code, stdout]).toEqual([3, ""]);
  expect(stderr).toContain(message);
});

test("modules refuses a file that is not there, and one that holds another module", async () => {
  const missing = await fusionPlay("modules", join(ebin, "missing.beam"));
  expect([missing.code, missing.stderr]).toEqual([3, expect.stringContaining("it does not exist") as string]);
  const wrong = join(folder, "wrong");
  mkdirSync(wrong);
  copyFileSync(join(ebin, "fixture_math.beam"), join(wrong, "renamed.beam"));
  writeFileSync(join(wrong, "text.beam"), "This is no module");
  const renamed = await fusionPlay("modules", join(wrong, "renamed.beam"));
  expect([renamed.code, renamed.stderr]).toEqual([
    3,
    expect.stringContaining("it holds the module fixture_math, not renamed") as string,
  ]);
  const text = await fusionPlay("modules", join(wrong, "text.beam"));
  expect([text.code, text.stderr]).toEqual([
    3,
    expect.stringContaining("it is no valid .beam file") as string,
  ]);
});

test("modules says so where Erlang and Elixir are not installed", async () => {
  vi.stubEnv("PATH", folder);
  try {
    expect(await modules("fixture_math", "-m", ebin)).toContain(
      "Provided by Erlang and Elixir, and not shipped: 0 modules\n" +
        "Erlang is not installed here: which modules it provides is not known\n" +
        "Elixir is not installed here: which modules it provides is not known\n",
    );
  } finally {
    vi.unstubAllEnvs();
    vi.stubEnv("LC_ALL", "C.UTF-8");
  }
});

test("the program writes whole outputs to a pipe and ends with the code of the command", () => {
  const root = join(import.meta.dirname, "../..");
  const run = (...args: readonly string[]): string =>
    execFileSync(
      process.execPath,
      ["--import", "jiti/register", join(root, "src/cli/main.ts"), "modules", ...args],
      { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] },
    );
  expect(JSON.parse(run("-m", ebin, "--json"))).toHaveProperty("version", 1);
  expect(() => run("Fixture.Reprot", "-m", ebin)).toThrow(expect.objectContaining({ status: 3 }));
});

test("modules --app shows all modules of an application and of what it needs, with that as the reason", async () => {
  const lib = compileApplications(join(folder, "applications"));
  const paths = ["-m", join(lib, "*", "ebin")];
  const report = await json("--app", "weather", ...paths);
  const reasons = new Map(report.modules.map(({ module, reason }) => [module, reason]));
  expect(reasons.get("Elixir.Weather")).toEqual({ type: "application", application: "weather" });
  expect(reasons.get("units")).toEqual({ type: "application", application: "units" });
  expect(report.modules).toHaveLength(10);
  expect(await modules("--app", "weather", ...paths)).toMatch(
    /^Weather +\d.*  application weather +\(nif, on_load\)$/m,
  );
  expect(await modules("--app", "weather", "--why", "Weather.Application", ...paths)).toBe(
    "Weather.Application: application weather\n",
  );
  // What was named itself needs no other reason, and what it needs has its own.
  const named = await json("Weather", "--app", "beacon", ...paths);
  const reasonOf = (module: string): unknown => named.modules.find((one) => one.module === module)?.reason;
  expect(reasonOf("Elixir.Weather")).toBeNull();
  expect(reasonOf("beacon_sup")).toEqual({ type: "application", application: "beacon" });
  expect(reasonOf("units_table")).toEqual({ type: "imports", functions: ["scale/1"] });
});

test("modules tells the effects of each module: its own with who has them, and those of what it needs", async () => {
  const file = join(folder, "runner.erl");
  writeFileSync(
    file,
    "-module(runner).\n-export([run/2]).\nrun(Module, Text) -> Module:cmd(Text), os:cmd(Text).\n",
  );
  const caller = join(folder, "caller.erl");
  writeFileSync(caller, "-module(caller).\n-export([go/0]).\ngo() -> runner:run(os, []), erlang:halt(1).\n");
  const report = await json(caller, file);
  const effects = report.modules.map(({ module, effects: reached, own_effects: own }) => [
    module,
    reached,
    own.map(({ effect, callers }) => [effect, callers.map((one) => [one.function, one.line])]),
  ]);
  expect(effects).toEqual([
    [
      "runner",
      ["os.cmd", "dynamic"],
      [
        ["os.cmd", [["run", 3]]],
        ["dynamic", [["run", 3]]],
      ],
    ],
    ["caller", ["os.cmd", "halt", "dynamic"], [["halt", [["go", 3]]]]],
  ]);
  const table = await modules(caller, file);
  expect(table).toMatch(/^MODULE .* EFFECTS$/m);
  expect(table).toMatch(/^runner .* os\.cmd, \?$/m);
  expect(table).toMatch(/^caller .* halt, \(os\.cmd, \?\)$/m);
});

test("modules --app says who needs an application that is nowhere", async () => {
  const lib = compileApplications(join(folder, "alone"));
  const { code, stderr } = await fusionPlay(
    "modules",
    "--app",
    "weather",
    "-m",
    join(lib, "weather", "ebin"),
  );
  expect(code).toBe(3);
  expect(stderr).toContain("APPLICATION_NOT_FOUND: Cannot find the application units");
  expect(stderr).toContain("weather needs units");
});
