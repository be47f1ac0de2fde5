import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findElixir } from "../../src/beam/installation.ts";
import { APPLICATIONS, compileApplications, compileNif } from "../beam/compiled-applications.ts";
import { leftOn, startedOn } from "./processes.ts";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, type Played, type Workspace } from "./workspace.ts";
import type { WrittenStep } from "./written-by-run.ts";

/** How long a run folder may stay after the end of its BEAM. */
const PATIENCE_MS = 10_000;

let sshd: Sshd;
let workspace: Workspace;
/** The temporary folder of the sessions. */
let temporary: string;
let lib: string;

beforeAll(async () => {
  temporary = mkdtempSync(join(tmpdir(), "fusion-play-hosts-"));
  sshd = await startSshd({ environment: { TMPDIR: temporary } });
  workspace = await openWorkspace({ all: { hosts: { one: hostOf(sshd), two: hostOf(sshd) } } });
  lib = compileApplications(workspace.folder);
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
  rmSync(temporary, { recursive: true, force: true });
});

/** What lies in the temporary folder of the sessions, once it is empty or the patience is over. */
async function leftBehind(): Promise<string[]> {
  for (const end = performance.now() + PATIENCE_MS; ; await sleep(50)) {
    const left = await readdir(temporary);
    if (left.length === 0 || performance.now() > end) return left;
  }
}

function stepsOf(played: Played, host: string, play = 0): Record<string, WrittenStep> {
  return Object.fromEntries(hostReport(played, host, play).steps.map((step) => [step.name, step]));
}

describe("an application of Elixir with a NIF and a dependency, and one of Erlang", () => {
  let played: Played;

  beforeAll(async () => {
    await workspace.write({
      "apps.yml": `
- name: Weather
  hosts: all
  modules: "${lib}/*/ebin"
  vars: { unit: fahrenheit }
  steps:
    - name: Ship
      push:
        app: weather
        config: { unit: !atom "\${{ vars.unit }}", places: 2, stations: [a, b] }
        start: true
    - { name: Record, run: "Weather.Station.record(:brocken, 11.25)" }
    - { name: Report, run: "Weather.report()" }
    - { name: Stations, run: "Weather.stations()" }
    - { name: Target, run: "Weather.Native.target()" }
    - name: Facts
      eval:
        erlang: |
          Priv = code:priv_dir(weather),
          {ok, {file_info, _, _, _, _, _, _, Mode, _, _, _, _, _, _}} =
            file:read_file_info(filename:dirname(filename:dirname(filename:dirname(Priv)))),
          #{running => [App || {App, _, Vsn} <- application:which_applications(), App =/= kernel, Vsn =/= ""],
            version => [Vsn || {weather, _, Vsn} <- application:which_applications()],
            environment => lists:sort(application:get_all_env(weather)),
            modules => {ok, lists:sort(element(2, application:get_key(weather, modules)))},
            library => filename:basename(code:lib_dir(weather)),
            beside => filename:basename(filename:dirname(code:which('Elixir.Weather.Native'))),
            files => filelib:fold_files(code:lib_dir(weather), ".*", true, fun(F, All) -> [filename:basename(F) | All] end, []),
            mode => Mode band 8#777,
            priv => unicode:characters_to_binary(Priv)}
    - { name: Again, push: { app: weather, start: true } }
    - { name: Kept, run: "application:get_env(weather, unit)" }
    - { name: Configured anew, push: { app: weather, config: { places: 0 } } }
    - { name: Report anew, run: "Weather.report()" }
- name: Weather once more
  hosts: all
  modules: "${lib}/*/ebin"
  steps:
    - { name: Ship, push: { app: weather, start: true } }
- name: Beacon
  hosts: one
  modules: "${lib}/beacon/ebin"
  steps:
    - { name: Only loaded, push: { app: beacon, config: { greeting: !charlist hi } } }
    - { name: Loaded, eval: { erlang: "lists:keymember(beacon, 1, application:loaded_applications())" } }
    - { name: Not running, eval: { erlang: "lists:keymember(beacon, 1, application:which_applications())" } }
    - { name: Started, push: { app: beacon, start: true } }
    - { name: Count, run: "beacon:count()" }
    - { name: Greeting, run: "beacon:greeting()" }
    - { name: Text, run: 'beacon:text("calm.txt")' }
    - { name: Program, run: 'beacon:ring("dong")' }
`,
    });
    played = await workspace.play("apps.yml");
  });

  test("all of it runs: the GenServer, the NIF, the protocol through the struct, the dependency, files and programs", () => {
    expect(played.exitCode, played.stderr + played.stdout).toBe(0);
    for (const host of ["one", "two"]) {
      const steps = stepsOf(played, host);
      expect(steps["Record"]?.result).toMatchObject({ place: "brocken", degrees: 52.25, unit: "fahrenheit" });
      expect(steps["Report"]?.result).toBe("brocken: 52.25 fahrenheit");
      expect(steps["Stations"]?.result).toEqual(["Brocken", "Zugspitze"]);
      expect(steps["Target"]?.result).toBe(
        { x64: "x86_64", arm64: "aarch64" }[process.arch as "x64"] ?? "other",
      );
    }
    const beacon = stepsOf(played, "one", 2);
    expect([beacon["Loaded"]?.result, beacon["Not running"]?.result]).toEqual([true, false]);
    expect(beacon["Count"]?.result).toBe(1);
    expect(beacon["Greeting"]?.result).toBe("hi");
    expect(beacon["Text"]?.result).toBe("All is well.\n");
    expect(beacon["Program"]?.result).toBe("ding dong\n");
  });

  test("the host knows the application as an installed one: version, environment, modules, folders", () => {
    const facts = stepsOf(played, "one")["Facts"]?.result;
    expect(facts.running).toEqual(expect.arrayContaining(["weather", "units", "elixir", "logger"]));
    expect(facts.version).toEqual(["0.3.0"]);
    expect(facts.environment).toEqual([
      ["places", 2],
      ["stations", ["a", "b"]],
      ["unit", "fahrenheit"],
    ]);
    expect(facts.modules[1]).toHaveLength(8);
    expect(facts.library).toBe("weather-0.3.0");
    // NIFs are also looked for beside the module's own file.
    expect(facts.beside).toBe("ebin");
    expect(facts.files.toSorted()).toEqual(["stations.csv", "weather.app", "weather_nif.so"]);
    expect(facts.mode.toString(8)).toBe("700");
    expect(facts.priv).toMatch(new RegExp(`^${temporary}/fusion-play-\\w{10,}/1/weather-0\\.3\\.0/priv$`));
    const other = stepsOf(played, "two")["Facts"]?.result;
    expect(other.priv).not.toBe(facts.priv);
  });

  test("a second push and a second play ship nothing, keep what was configured, and may configure anew", () => {
    for (const host of ["one", "two"]) {
      const steps = stepsOf(played, host);
      expect(steps["Again"]).toMatchObject({ status: "ok", pushed: [], pushed_files: [] });
      expect(steps["Kept"]?.result).toEqual(["ok", "fahrenheit"]);
      expect(steps["Configured anew"]).toMatchObject({ pushed: [], pushed_files: [] });
      expect(steps["Report anew"]?.result).toBe("brocken: 52.0 fahrenheit");
      expect(hostReport(played, host, 1).pushed).toMatchObject({
        modules: 0,
        bytes: 0,
        files: 0,
        file_bytes: 0,
      });
    }
  });

  test("the report and the events have every file, and why each module was sent", () => {
    const { steps, pushed } = hostReport(played, "one");
    const [ship] = steps;
    const files = ["ebin/weather.app", "priv/data/stations.csv", "priv/weather_nif.so"];
    expect(ship?.pushed_files.map(({ application, path }) => `${application} ${path}`)).toEqual(
      files.map((file) => `weather ${file}`),
    );
    const sizes = files.map((file) => readFileSync(join(lib, "weather", file)).length);
    expect(ship?.pushed_files.map(({ bytes }) => bytes)).toEqual(sizes);
    expect(pushed).toMatchObject({ files: 3, file_bytes: sizes.reduce((sum, size) => sum + size, 0) });
    const reasons = new Map(ship?.pushed.map(({ module, reason }) => [module, reason]));
    expect(reasons.get("Elixir.Weather.Station")).toBe("application weather");
    expect(reasons.get("units_table")).toBe("application units");
    expect(reasons.size).toBe(10);
    const events = played.events.filter(
      ({ type, host, step }) => type === "file_pushed" && host === "one" && step === "Ship",
    );
    expect(events).toHaveLength(3);
    expect(played.stderr).toBe("");
  });

  test("a run leaves nothing in the temporary folder of the hosts", async () => {
    expect(await leftOn(sshd)).toEqual([]);
    expect(await leftBehind()).toEqual([]);
  });
});

describe("ends", () => {
  beforeAll(async () => {
    const play = (steps: string): string => `
- hosts: one
  modules: "${lib}/*/ebin"
  steps:
    - { name: Ship, push: { app: weather } }
    - ${steps}
`;
    await workspace.write({
      "fails.yml": play('{ name: Fail, run: "erlang:error(why)" }'),
      "halts.yml": play('{ name: Halt, run: "erlang:halt(3)" }'),
      "dies.yml": play(`{ name: Die, eval: { erlang: 'os:cmd("kill -9 " ++ os:getpid())' } }`),
      "waits.yml": play(
        `{ name: Wait, eval: { erlang: 'io:format("in the middle of it~n"), timer:sleep(infinity)' } }`,
      ),
    });
  });

  test.each([
    ["fails.yml", 2],
    ["halts.yml", 4],
    ["dies.yml", 4],
  ])("%s ends with %i and leaves nothing in the temporary folder", async (playbook, exitCode) => {
    const played = await workspace.play(playbook);
    expect(played.exitCode, played.stderr).toBe(exitCode);
    expect(hostReport(played, "one").pushed.files).toBe(3);
    expect(await leftOn(sshd)).toEqual([]);
    expect(await leftBehind()).toEqual([]);
  });

  test.each(["SIGINT", "SIGKILL"] as const)(
    "%s of the controller leaves nothing in the temporary folder",
    async (signal) => {
      const playing = workspace.startPlay("waits.yml");
      await playing.said("in the middle of it");
      // Otherwise nothing could be left behind, and the test would prove nothing.
      expect(await readdir(temporary)).toHaveLength(1);
      expect((await startedOn(sshd)).map(({ name }) => name)).toContain("beam.smp");
      playing.kill(signal);
      await playing.ended;
      expect(await leftOn(sshd)).toEqual([]);
      expect(await leftBehind()).toEqual([]);
    },
  );

  test("SIGKILL of the controller and of the BEAM at once leaves nothing either", async () => {
    const playing = workspace.startPlay("waits.yml");
    await playing.said("in the middle of it");
    const beam = (await startedOn(sshd)).find(({ name }) => name === "beam.smp");
    playing.kill("SIGKILL");
    if (beam !== undefined) process.kill(beam.pid, "SIGKILL");
    await playing.ended;
    expect(await leftOn(sshd)).toEqual([]);
    expect(await leftBehind()).toEqual([]);
  });
});

describe("what cannot be shipped", () => {
  /** A copy of the compiled applications, to be changed. */
  function copied(name: string): string {
    const copy = join(workspace.folder, name);
    cpSync(lib, copy, { recursive: true });
    return copy;
  }

  test("a NIF for another architecture is refused before anything is uploaded or loaded", async () => {
    const copy = copied("foreign");
    const nif = join(copy, "weather", "priv", "weather_nif.so");
    const bytes = readFileSync(nif);
    const [own, foreign, name] = process.arch === "arm64" ? [183, 62, "x86_64"] : [62, 183, "aarch64"];
    expect(bytes.readUInt16LE(18)).toBe(own);
    bytes.writeUInt16LE(foreign, 18);
    writeFileSync(nif, bytes);
    await workspace.write({
      "foreign.yml": `
- hosts: one
  modules: "${copy}/*/ebin"
  steps:
    - { name: Ship, push: { app: weather, start: true }, ignore_errors: true, retries: 3, delay: 0 }
    - { name: Loaded, eval: { erlang: '[erlang:module_loaded(list_to_atom(Name)) || Name <- ["units", "Elixir.Weather"]]' } }
    - { name: Known, eval: { erlang: "lists:keymember(units, 1, application:loaded_applications())" } }
`,
    });
    const played = await workspace.play("foreign.yml");
    const steps = stepsOf(played, "one");
    expect(steps["Ship"]).toMatchObject({
      status: "ignored",
      attempts: 1,
      pushed: [],
      pushed_files: [],
      error: { code: "ARCHITECTURE_MISMATCH", hint: expect.stringContaining("Build the application") },
    });
    expect(steps["Ship"]?.error?.message).toMatch(
      new RegExp(
        `^Cannot push the application weather to one: priv/weather_nif\\.so was built for ${name}, and the host is .+-linux`,
      ),
    );
    expect([steps["Loaded"]?.result, steps["Known"]?.result]).toEqual([[false, false], false]);
    expect(await leftBehind()).toEqual([]);
  });

  test("a dependency that is nowhere is named with who needs it, by a run and by a dry run", async () => {
    await workspace.write({
      "missing.yml": `
- hosts: one
  modules: "${lib}/weather/ebin"
  steps: [{ name: Ship, push: { app: weather } }]
- hosts: one
  modules: "${lib}/*/ebin"
  steps: [{ name: Ship units, push: { app: units } }]
- hosts: one
  modules: "${lib}/weather/ebin"
  steps: [{ name: Ship once more, push: { app: weather } }]
`,
    });
    const dry = await workspace.playDry("missing.yml");
    expect(dry.exitCode).toBe(7);
    const [first, , third] = dry.report?.plays ?? [];
    expect(first?.hosts["one"]?.steps[0]?.problems).toEqual([
      {
        code: "APPLICATION_NOT_FOUND",
        message:
          "Cannot find the application units: neither the code paths nor Erlang and Elixir have it (weather needs units)",
      },
    ]);
    // What an earlier play has shipped is there.
    expect(third?.hosts["one"]?.steps[0]?.problems).toEqual([]);

    const played = await workspace.play("missing.yml");
    expect(played.exitCode).toBe(2);
    expect(hostReport(played, "one").steps[0]?.error).toMatchObject({
      code: "APPLICATION_NOT_FOUND",
      message:
        "Cannot find the application units: neither the code paths nor the host have it (weather needs units)",
    });
  });

  test("an application that does not start gives its reason, and one that is misspelt is found before any host is touched", async () => {
    await workspace.write({
      "start.yml": `
- hosts: one
  modules: "${lib}/*/ebin"
  steps:
    - { name: Taken, eval: { erlang: "register(beacon_sup, spawn(fun() -> timer:sleep(infinity) end))" } }
    - { name: Start, push: { app: beacon, start: true }, ignore_errors: true }
`,
      "misspelt.yml": `- hosts: one\n  modules: "${lib}/*/ebin"\n  steps: [{ push: { app: wether } }]\n`,
    });
    const played = await workspace.play("start.yml");
    expect(played.exitCode, played.stderr).toBe(0);
    const error = stepsOf(played, "one")["Start"]?.error;
    expect(error).toMatchObject({ code: "APPLICATION_START_FAILED", hint: expect.any(String) });
    expect(error?.message).toMatch(/^Cannot start the application beacon: .*already_started/s);

    const misspelt = await workspace.play("misspelt.yml");
    expect(misspelt.exitCode).toBe(3);
    expect(misspelt.stderr).toContain("Cannot find the application wether: no code path holds wether.app");
    expect(misspelt.stderr).toContain("Did you mean weather?");
  });

  test("a server without SFTP gives an error of its own, and what has no large files is shipped all the same", async () => {
    const copy = copied("large");
    writeFileSync(join(copy, "beacon", "priv", "large"), Buffer.alloc(300_000));
    const without = await startSshd({
      config: ["Subsystem none internal-sftp"],
      environment: { TMPDIR: temporary },
    });
    await workspace.write({
      "without.json": { all: { hosts: { bare: hostOf(without) } } },
      "without.yml": `
- hosts: bare
  modules: "${copy}/*/ebin"
  steps:
    - { name: Beacon, push: { app: beacon }, ignore_errors: true }
    - { name: Weather, push: { app: weather } }
    - { name: Native, run: "Weather.Native.target()" }
`,
    });
    const played = await workspace.play("without.yml", "-i", "without.json", "-l", "bare");
    await without.stop();
    const steps = stepsOf(played, "bare");
    expect(steps["Beacon"]).toMatchObject({
      status: "ignored",
      error: { code: "SSH_SFTP_REFUSED" },
      pushed: [],
    });
    expect(steps["Weather"]).toMatchObject({ status: "ok" });
    expect(steps["Weather"]?.pushed_files).toHaveLength(3);
    expect(steps["Native"]?.status).toBe("ok");
    expect(await leftBehind()).toEqual([]);
  });

  test("a temporary folder that does not let write gives an error that says so", async () => {
    const nowhere = await startSshd({ environment: { TMPDIR: "/proc" } });
    await workspace.write({
      "nowhere.json": { all: { hosts: { full: hostOf(nowhere) } } },
      "nowhere.yml": `- hosts: full\n  modules: "${lib}/*/ebin"\n  steps: [{ push: { app: weather } }]\n`,
    });
    const played = await workspace.play("nowhere.yml", "-i", "nowhere.json", "-l", "full");
    await nowhere.stop();
    const { error } = hostReport(played, "full").steps[0] ?? {};
    expect(error).toMatchObject({ code: "UPLOAD_FAILED", hint: expect.stringContaining("TMPDIR") });
    expect(error?.message).toMatch(/^Cannot make a folder for files on full: .*\/proc/);
  });
});

test.runIf(process.getuid?.() === 0)(
  "a NIF in a folder of a file system that runs no programs gives an error that says so",
  async () => {
    const folder = join(workspace.folder, "noexec");
    mkdirSync(folder);
    const mount = 'mount -t tmpfs -o noexec none "$0" && exec "$@"';
    const strict = await startSshd({
      environment: { TMPDIR: folder },
      launcher: ["unshare", "--mount", "sh", "-c", mount, folder],
    });
    await workspace.write({
      "strict.json": { all: { hosts: { strict: hostOf(strict) } } },
      "strict.yml": `- hosts: strict\n  modules: "${lib}/*/ebin"\n  steps: [{ push: { app: weather } }]\n`,
    });
    const played = await workspace.play("strict.yml", "-i", "strict.json", "-l", "strict");
    await strict.stop();
    expect(hostReport(played, "strict").steps[0]?.error).toMatchObject({
      code: "MODULE_LOAD_FAILED",
      hint: expect.stringContaining("noexec"),
    });
  },
);

test.runIf(process.getuid?.() === 0)(
  "an application of Elixir runs on a host that has only Erlang, which gets Elixir's applications as well",
  async () => {
    const elixir = await findElixir(AbortSignal.timeout(60_000));
    const hide = 'mount -t tmpfs none "$0" && exec "$@"';
    const launcher = ["unshare", "--mount", "sh", "-c", hide, dirname(elixir?.libraryFolder ?? "")];
    const bare = await startSshd({ environment: { TMPDIR: temporary }, launcher });
    await workspace.write({
      "bare.json": { all: { hosts: { bare: hostOf(bare), fetching: hostOf(bare) } } },
      "bare.yml": `
- hosts: bare
  modules: "${lib}/*/ebin"
  steps:
    - { name: Ship, push: { app: weather, start: true } }
    - { name: Record, run: "Weather.Station.record(:brocken, 11.25)" }
    - { name: Report, run: "Weather.report()" }
    - { name: Running, run: "application:which_applications()" }
    - { name: Again, push: { app: weather, start: true } }
- hosts: fetching
  modules: "${lib}/*/ebin"
  code_loading: on_demand
  steps:
    - { name: Ship, push: { app: weather, start: true } }
    - { name: Record, run: "Weather.Station.record(:brocken, 11.25)" }
    - { name: Report, run: "Weather.report()" }
`,
    });
    const played = await workspace.play("bare.yml", "-i", "bare.json", "-l", "bare,fetching");
    await bare.stop();
    expect(played.exitCode, played.stderr + played.stdout).toBe(0);
    const steps = stepsOf(played, "bare");
    expect(hostReport(played, "bare").runtime?.elixir).toBeNull();
    expect(steps["Report"]?.result).toBe("brocken: 11.3 celsius");
    const running = ((steps["Running"]?.result ?? []) as string[][]).map(([name]) => name);
    expect(running).toEqual(expect.arrayContaining(["weather", "units", "elixir", "logger"]));
    const reasons = new Map(steps["Ship"]?.pushed.map(({ module, reason }) => [module, reason]));
    expect(reasons.get("Elixir.Logger")).toBe("application logger");
    expect(steps["Again"]).toMatchObject({ pushed: [], pushed_files: [] });
    expect(stepsOf(played, "fetching", 1)["Report"]?.result).toBe("brocken: 11.3 celsius");
    expect(await leftBehind()).toEqual([]);
  },
);

test("an application starts on hosts that fetch code, which take its files from where they lie, and the rest from here", async () => {
  await workspace.write({
    "fetch.yml": `
- hosts: all
  modules: "${lib}/*/ebin"
  code_loading: on_demand
  policy: { deny: [socket] }
  steps:
    - { name: Ship, push: { app: weather, start: true } }
    - { name: Record, run: "Weather.Station.record(:brocken, 11.25)" }
    - { name: Report, run: "Weather.report()" }
    - { name: Stations, run: "Weather.stations()" }
    - { name: Beside, eval: { erlang: "filename:basename(filename:dirname(code:which('Elixir.Weather.Native')))" } }
    - { name: Fetched, run: "beacon:module_info(module)" }
    - { name: Again, push: { app: weather, start: true } }
`,
  });
  const played = await workspace.play("fetch.yml");
  expect(played.exitCode, played.stderr + played.stdout).toBe(0);
  for (const host of ["one", "two"]) {
    const steps = stepsOf(played, host);
    expect(steps["Report"]?.result).toBe("brocken: 11.3 celsius");
    expect(steps["Stations"]?.result).toEqual(["Brocken", "Zugspitze"]);
    expect(steps["Beside"]?.result).toBe("ebin");
    const ways = (name: string): unknown =>
      steps[name]?.pushed.map(({ module, on_demand }) => [module, on_demand]);
    expect(ways("Fetched")).toEqual([["beacon", true]]);
    expect(ways("Record")).toEqual([]);
    expect(steps["Again"]).toMatchObject({ pushed: [], pushed_files: [] });
  }
  expect(await leftBehind()).toEqual([]);
  expect(await leftOn(sshd)).toEqual([]);
});

test("a changed version replaces the one that runs: code, NIF and files, while the processes go on", async () => {
  const changed = join(workspace.folder, "changed");
  cpSync(lib, changed, { recursive: true });
  writeFileSync(join(changed, "beacon", "priv", "texts", "calm.txt"), "All is better.\n");
  rmSync(join(changed, "beacon", "priv", "bin"), { recursive: true });
  await workspace.write({
    "versions.yml": `
- hosts: one
  modules: "${lib}/beacon/ebin"
  steps:
    - { name: Ship, push: { app: beacon, start: true } }
    - { name: Count, run: "beacon:count()" }
- hosts: one
  modules: "${changed}/beacon/ebin"
  steps:
    - { name: Ship, push: { app: beacon, start: true } }
    - { name: Count, run: "beacon:count()" }
    - { name: Text, run: 'beacon:text("calm.txt")' }
    - { name: Files, eval: { erlang: 'lists:sort(element(2, file:list_dir(code:priv_dir(beacon))))' } }
`,
  });
  const played = await workspace.play("versions.yml");
  expect(played.exitCode, played.stderr + played.stdout).toBe(0);
  const steps = stepsOf(played, "one", 1);
  expect(steps["Ship"]).toMatchObject({ status: "ok", pushed: [] });
  expect(steps["Ship"]?.pushed_files.map(({ path }) => path)).toEqual([
    "ebin/beacon.app",
    "priv/texts/calm.txt",
  ]);
  expect(steps["Count"]?.result).toBe(2);
  expect(steps["Text"]?.result).toBe("All is better.\n");
  expect(steps["Files"]?.result).toEqual(["texts"]);
});

test("a changed NIF is loaded although its module is the same, if it can be upgraded, and told otherwise", async () => {
  const source = readFileSync(join(APPLICATIONS, "weather", "c_src", "weather_nif.c"), "utf8");
  /** A copy of the applications with another NIF, whose target/0 gives `answer`. */
  const variant = (answer: string, hasUpgrade: boolean): string => {
    const copy = join(workspace.folder, `nif-${answer}`);
    cpSync(lib, copy, { recursive: true });
    const upgrade =
      "static int upgrade(ErlNifEnv *env, void **data, void **old, ERL_NIF_TERM info)\n" +
      "{ (void)env; (void)data; (void)old; (void)info; return 0; }\nERL_NIF_INIT";
    const changed = source
      .replaceAll(/enif_make_atom\(env, "\w+"\)/g, `enif_make_atom(env, "${answer}")`)
      .replace("ERL_NIF_INIT", hasUpgrade ? upgrade : "ERL_NIF_INIT")
      .replace(
        "NULL, NULL, NULL, NULL)",
        hasUpgrade ? "NULL, NULL, upgrade, NULL)" : "NULL, NULL, NULL, NULL)",
      );
    const file = join(workspace.folder, `nif-${answer}`, "weather_nif.c");
    writeFileSync(file, changed);
    compileNif(file, join(copy, "weather", "priv"));
    return copy;
  };
  const plays = [variant("first", true), variant("second", true), variant("third", false)].map(
    (copy) => `
- hosts: one
  modules: "${copy}/*/ebin"
  steps:
    - { name: Ship, push: { app: weather }, ignore_errors: true }
    - { name: Target, run: "Weather.Native.target()" }
`,
  );
  await workspace.write({ "nifs.yml": plays.join("") });
  const played = await workspace.play("nifs.yml");
  expect(played.exitCode, played.stderr + played.stdout).toBe(0);
  expect([0, 1].map((play) => stepsOf(played, "one", play)["Target"]?.result)).toEqual(["first", "second"]);
  expect(stepsOf(played, "one", 1)["Ship"]?.pushed.map(({ module }) => module)).toEqual([
    "Elixir.Weather.Native",
  ]);
  const third = stepsOf(played, "one", 2);
  expect(third["Ship"]?.error).toMatchObject({
    code: "MODULE_LOAD_FAILED",
    message: expect.stringMatching(/the on_load function of Weather\.Native gave \{error,\s*\{upgrade,/),
    hint: expect.stringContaining("run again"),
  });
  // The version before goes on.
  expect(third["Target"]?.result).toBe("second");
});

test("a TypeScript play pushes applications as well", async () => {
  await workspace.write({
    "fleet.ts": `
      import { atom, play } from "fusion-play";
      export default [
        play({
          name: "Function",
          hosts: "one",
          modules: "${lib}/*/ebin",
          async steps(host) {
            await host.push({ app: "weather", config: { unit: atom("kelvin") }, start: true });
            await host.run("Weather.Station.record(:brocken, 0)");
            host.assert((await host.run("Weather.report()")) === "brocken: 273.2 kelvin", "another report");
          },
        }),
        play({
          name: "List",
          hosts: "one",
          modules: "${lib}/*/ebin",
          steps: [{ push: { app: "beacon", config: { greeting: "ho" }, start: true } }, { run: "beacon:greeting()" }],
        }),
      ];
    `,
  });
  const played = await workspace.play("fleet.ts");
  expect(played.exitCode, played.stderr + played.stdout).toBe(0);
  expect(hostReport(played, "one").steps[0]?.name).toBe("push app weather");
  expect(hostReport(played, "one", 1).steps[1]?.result).toBe("ho");
});

test("a dry run lists the modules and files that a run then ships, and opens no connection", async () => {
  await workspace.write({
    "predicted.yml": `
- hosts: one
  modules: "${lib}/*/ebin"
  steps:
    - { name: Report, run: "units:from_celsius(kelvin, 1)" }
    - { name: Ship, push: { app: weather, start: true } }
    - { name: Again, push: { app: weather } }
    - { name: Beacon, push: { app: beacon } }
`,
  });
  const dry = await workspace.playDry("predicted.yml");
  expect(dry.exitCode, dry.stdout).toBe(0);
  const predicted = dry.report?.plays[0]?.hosts["one"];
  const played = await workspace.play("predicted.yml");
  const actual = hostReport(played, "one");
  const sorted = (names: readonly string[]): string[] => names.toSorted();
  for (const [index, step] of actual.steps.entries()) {
    const plan = predicted?.steps[index];
    expect(sorted(plan?.would_push.map(({ module }) => module) ?? []), step.name).toEqual(
      sorted(step.pushed.map(({ module }) => module)),
    );
    expect(
      plan?.would_push_files.map(({ file: _file, ...rest }) => rest),
      step.name,
    ).toEqual(step.pushed_files);
  }
  const { skipped: _skipped, ...totals } = actual.pushed;
  expect(predicted?.totals).toEqual(totals);
  expect(dry.stdout).toContain("priv/weather_nif.so");
});
