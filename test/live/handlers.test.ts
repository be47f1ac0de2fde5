import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, type Played, type Workspace } from "./workspace.ts";

let sshd: Sshd;
let workspace: Workspace;
/** Runs of the same playbook, one after another. */
let checked: Played;
let played: Played;
let again: Played;
/** Whether the run that only checks has written something. */
let wasWritten: boolean;

/** A function that writes a file where its text is another, with its companion. */
const CONF = `
-module(conf).
-export([set/2, set_check/2]).
set(File, Text) ->
    case set_check(File, Text) of
        {changed, _} = Changed -> ok = file:write_file(File, Text), Changed;
        ok -> {ok, same}
    end.
set_check(File, Text) ->
    case file:read_file(File) of
        {ok, Text} -> ok;
        _ -> {changed, Text}
    end.
`;

const SERVICE = `
-module(service).
-export([restart/1, restart_check/1]).
restart(Name) -> {changed, Name}.
restart_check(_) -> changed.
`;

beforeAll(async () => {
  sshd = await startSshd();
  workspace = await openWorkspace({
    all: { hosts: { one: hostOf(sshd), two: hostOf(sshd), three: hostOf(sshd) } },
  });
  await workspace.write({
    "conf.erl": CONF,
    "service.erl": SERVICE,
    "two.conf": "port 1",
    "site.yml": `
- name: Configure
  hosts: all
  modules: [conf.erl, service.erl]
  vars: { file: "${workspace.folder}/\${{ host.name }}.conf" }
  force_handlers: true
  steps:
    - { name: Write, run: 'conf:set("\${{ vars.file }}", <<"port 1">>)', notify: Restart }
    - name: Write all
      run: conf:set("\${{ item }}.\${{ host.name }}", <<"x">>)
      loop: ["${workspace.folder}/a", "${workspace.folder}/b"]
      when: host.name == "one"
      notify: web
    - { name: Flush, meta: flush_handlers, when: host.name == "one" }
    - { name: Fails, fail: no, when: host.name == "three" }
    - { name: Last, run: "erlang:node()" }
  handlers:
    - { name: Restart, run: "service:restart(app)", notify: Tell }
    - { name: Reload, run: "service:restart(proxy)", listen: web }
    - { name: Tell, run: "service:restart(balancer)", tags: never }
`,
  });
  checked = await workspace.play("site.yml", "--check");
  wasWritten = existsSync(join(workspace.folder, "one.conf"));
  played = await workspace.play("site.yml");
  again = await workspace.play("site.yml", "-l", "one");
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

function steps(of: Played, host: string): string[] {
  return hostReport(of, host).steps.map(
    ({ name, status, handler = false, would_run = false }) =>
      `${handler ? "handler " : ""}${name}: ${would_run ? "would run" : status}`,
  );
}

test("a dry run and --list-steps list handlers, and what they would ship", async () => {
  const { report, stdout } = await workspace.playDry("site.yml", "-l", "two");
  const planned = report?.plays[0]?.hosts["two"]?.steps.filter(({ handler }) => handler === true);
  expect(
    planned?.map(({ name, would_push, unknown }) => [name, would_push.map(({ module }) => module), unknown]),
  ).toEqual([
    ["Restart", ["service"], "whether it runs: where it is notified"],
    ["Reload", [], "whether it runs: where it is notified"],
    ["Tell", [], "whether it runs: where it is notified"],
  ]);
  expect(stdout).toContain("4. Restart (run, handler): 1 module");
  const listed = await workspace.run(
    "site.yml",
    "-i",
    "hosts.yml",
    "--list-steps",
    "--start-at-step",
    "Last",
  );
  expect(listed.stdout).toBe(`Configure (all):
  Last
  handlers:
    Restart
    Reload
    Tell  [never]
`);
});

test("with --check, handlers are run for what functions say they would change, and nothing is changed", () => {
  expect(checked.exitCode, checked.stderr).toBe(2);
  expect(steps(checked, "one")).toEqual([
    "Write: changed",
    "Write all: changed",
    "Flush: ok",
    "handler Restart: changed",
    "handler Reload: changed",
    "handler Tell: changed",
    "Fails: skipped",
    "Last: would run",
  ]);
  expect(steps(checked, "two")).toEqual([
    "Write: ok",
    "Write all: skipped",
    "Flush: skipped",
    "Fails: skipped",
    "Last: would run",
  ]);
  expect(wasWritten).toBe(false);
});

test("handlers are run on the hosts where something changed, once, and on those that failed where it is forced", () => {
  expect(played.exitCode, played.stderr).toBe(2);
  expect(steps(played, "one")).toEqual([
    "Write: changed",
    "Write all: changed",
    "Flush: ok",
    "handler Restart: changed",
    "handler Reload: changed",
    "handler Tell: changed",
    "Fails: skipped",
    "Last: ok",
  ]);
  expect(steps(played, "two")).toEqual([
    "Write: ok",
    "Write all: skipped",
    "Flush: skipped",
    "Fails: skipped",
    "Last: ok",
  ]);
  expect(steps(played, "three")).toEqual([
    "Write: changed",
    "Write all: skipped",
    "Flush: skipped",
    "Fails: failed",
    "handler Restart: changed",
    "handler Tell: changed",
  ]);
  expect(hostReport(played, "one").steps[3]).toMatchObject({
    pushed: [{ module: "service" }],
    result: ["changed", "app"],
  });
  expect(hostReport(played, "two").steps.flatMap(({ pushed }) => pushed.map(({ module }) => module))).toEqual(
    ["conf"],
  );
});

test("what is as it should be notifies nobody", () => {
  expect(again.exitCode, again.stderr).toBe(0);
  expect(steps(again, "one")).toEqual([
    "Write: ok",
    "Write all: ok",
    "Flush: ok",
    "Fails: skipped",
    "Last: ok",
  ]);
});
