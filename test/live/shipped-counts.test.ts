import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nameOf, writeSyntheticTree } from "../../bench/synthetic-tree.ts";
import { compileApplications } from "../beam/compiled-applications.ts";
import { compileProject } from "../beam/compiled-project.ts";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, type Played, type Workspace } from "./workspace.ts";

const HOSTS = ["one", "two"];
/** As many as the figure is about, and more than a megabyte of files. */
const TREE_MODULES = 300;
let sshd: Sshd;
let workspace: Workspace;

beforeAll(async () => {
  sshd = await startSshd();
  workspace = await openWorkspace({ all: { hosts: { one: hostOf(sshd), two: hostOf(sshd) } } });
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

/** Notes on the host what the agent is asked for, and of how many modules. */
const WATCH = `
  Count = fun(Request) -> lists:sum([length(Part) || Part <- tuple_to_list(Request), is_list(Part)]) end,
  Agent = whereis(fusion_play),
  Watch = fun Watch(Seen) ->
    receive
      {trace, Agent, 'receive', {'$gen_call', _, Request}} when is_tuple(Request) ->
        Watch([[element(1, Request), Count(Request)] | Seen]);
      {seen, From} -> From ! {seen, lists:reverse(Seen)}, Watch(Seen);
      _ -> Watch(Seen)
    end
  end,
  Watcher = spawn(fun() -> Watch([]) end),
  register(watcher, Watcher),
  erlang:trace(Agent, true, ['receive', {tracer, Watcher}])
`;
const SEEN = "watcher ! {seen, self()}, receive {seen, Seen} -> Seen end";

test("a tree of 300 modules takes one question and one load, and a second step and a second play ship nothing", async () => {
  const tree = join(workspace.folder, "tree");
  mkdirSync(tree);
  writeSyntheticTree(tree, TREE_MODULES);
  await workspace.write({
    "counts.yml": `
- name: First
  hosts: all
  modules: tree
  steps:
    - { name: Watch, eval: { erlang: ${JSON.stringify(WATCH)} } }
    - { name: Tree, push: ${nameOf(0)} }
    - { name: Tree again, push: ${nameOf(0)} }
    - { name: Call, run: "${nameOf(0)}:info()" }
- name: Second
  hosts: all
  modules: tree
  steps:
    - { name: Tree in another play, push: ${nameOf(0)} }
    - { name: Call, run: "${nameOf(TREE_MODULES - 1)}:info()" }
    - { name: Seen, eval: { erlang: ${JSON.stringify(SEEN)} } }
`,
  });
  const played = await workspace.play("counts.yml");
  expect(played.exitCode, played.stderr).toBe(0);
  for (const host of HOSTS) {
    const [first, second] = [0, 1].map((play) => hostReport(played, host, play));
    const shipped = [...(first?.steps ?? []), ...(second?.steps ?? [])].map(({ name, pushed }) => [
      name,
      pushed.length,
    ]);
    expect(shipped).toEqual([
      ["Watch", 1],
      ["Tree", TREE_MODULES],
      ["Tree again", 0],
      ["Call", 0],
      ["Tree in another play", 0],
      ["Call", 0],
      ["Seen", 1],
    ]);
    const inline = second?.steps.at(-1)?.pushed[0]?.bytes;
    expect(second?.pushed).toMatchObject({ modules: 1, bytes: inline });
    // A push asks each time, as the host may have lost the code since; a call does not. The last two
    // are for the inline code that gives this list.
    expect(second?.steps.at(-1)?.result).toEqual([
      ["needed", TREE_MODULES],
      ["load", TREE_MODULES],
      ["needed", TREE_MODULES],
      ["needed", TREE_MODULES],
      ["needed", 1],
      ["load", 1],
    ]);
  }
});

/** Each loaded module with the file that it was loaded from, as far as there is one. */
const LOADED = "[[Module, code:which(Module)] || {Module, _} <- code:all_loaded()]";

test("the modules that dry runs list are exactly those that the host's code:all_loaded/0 gains", async () => {
  compileApplications(workspace.folder);
  compileProject(workspace.folder);
  await workspace.write({
    "gain.yml": `
- name: Libraries
  hosts: all
  modules: [ebin, "lib/*/ebin"]
  steps:
    - { name: Before, eval: { erlang: ${JSON.stringify(LOADED)} } }
    - { name: Empty, run: "Fixture.Report.empty()" }
    - { name: Protocols, eval: { elixir: "Fixture.Report.size([Fixture.Report.empty()])" } }
    - { name: Process, run: "Fixture.Report.count()" }
    - { name: Macro, run: 'Fixture.Pipeline.run("text")' }
    - { name: Callback, run: "fixture_worker:steps()" }
    - { name: On load, run: "fixture_on_load:loaded()" }
    - { name: Library, run: "units:from_celsius(kelvin, 20)" }
    - { name: Modules, push: [beacon, beacon_app] }
    - { name: Application, push: { app: beacon } }
    - { name: Application with native code, push: { app: weather } }
    - { name: Inline, eval: { elixir: "Fixture.Shelf.labels(2)" } }
    - { name: After, eval: { erlang: ${JSON.stringify(`${LOADED}.`)} } }
`,
  });
  const dry = await workspace.playDry("gain.yml");
  expect(dry.exitCode, dry.stderr).toBe(0);
  const connected = await workspace.playDryConnected("gain.yml");
  expect(connected.exitCode, connected.stdout).toBe(0);
  const played = await workspace.play("gain.yml");
  expect(played.exitCode, played.stderr).toBe(0);
  for (const host of HOSTS) {
    const predicted = dry.report?.plays[0]?.hosts[host]?.steps ?? [];
    const [before] = predicted;
    const listed = predicted.slice(1).flatMap((step) => step.would_push.map(({ module }) => module));
    expect(before?.would_push).toHaveLength(1);
    expect(new Set(listed).size).toBe(listed.length);
    expect(listed.length).toBeGreaterThan(20);
    expect(gained(played, host)).toEqual(listed.toSorted());
    // Hosts with the Erlang and Elixir of this machine say what it says.
    const asked = connected.report?.plays[0]?.hosts[host]?.steps ?? [];
    expect(asked.map(({ would_push: modules }) => modules.map(({ module }) => module))).toEqual(
      predicted.map(({ would_push: modules }) => modules.map(({ module }) => module)),
    );
    for (const { replaces } of asked.flatMap((step) => step.would_push)) expect(replaces).toBeNull();
  }
});

/** The modules that a host has loaded meanwhile, but for those that it has itself. */
function gained(played: Played, host: string): string[] {
  const loaded = (step: string): [module: string, file: unknown][] =>
    hostReport(played, host).steps.find(({ name }) => name === step)?.result;
  const before = new Set(loaded("Before").map(([module]) => module));
  return loaded("After")
    .filter(([module, file]) => !before.has(module) && !isOwnFile(String(file)))
    .map(([module]) => module)
    .toSorted();
}

/** Whether a file is the host's own; modules of applications with files lie beside them in the run folder. */
function isOwnFile(file: string): boolean {
  return file.startsWith("/") && !/\/fusion-play-\w+\/\d+\//.test(file);
}
