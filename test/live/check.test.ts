import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, type Workspace } from "./workspace.ts";

let sshd: Sshd;
let workspace: Workspace;

/** Functions that write a file, with companions that tell what they would write. */
const CONF = `
-module(conf).
-export([set/2, set_check/2, keep/0, keep_check/0, wrong/0, wrong_check/0, odd/0, odd_check/0, silent/1]).
set(File, Text) -> ok = file:write_file(File, Text), {changed, written}.
set_check(File, Text) ->
    case file:read_file(File) of
        {ok, Text} -> ok;
        {ok, Other} -> {changed, #{before => Other, 'after' => Text}};
        {error, enoent} -> {changed, <<"a new file">>}
    end.
keep() -> {changed, something}.
keep_check() -> {ok, same}.
wrong() -> ok.
wrong_check() -> {error, no_disk}.
odd() -> ok.
odd_check() -> perhaps.
silent(File) -> file:write_file(File, "silent").
`;

beforeAll(async () => {
  sshd = await startSshd();
  const host = hostOf(sshd);
  workspace = await openWorkspace({ all: { hosts: { one: host, two: host, three: host } } });
  const { folder } = workspace;
  await workspace.write({
    "conf.erl": CONF,
    "there.conf": "port 1\nlog on\n",
    "site.yml": `
- hosts: one
  modules: conf.erl
  vars: { there: "${folder}/there.conf", new: "${folder}/new.conf", silent: "${folder}/silent" }
  steps:
    - { name: Replace, run: 'conf:set("\${{ vars.there }}", <<"port 2\\nlog on\\n">>)' }
    - { name: Create, run: 'conf:set("\${{ vars.new }}", <<"x">>)', register: created }
    - { name: Keep, run: "conf:keep()" }
    - { name: Each, run: 'conf:set("\${{ vars.new }}", <<"\${{ item }}">>)', loop: [a, b] }
    - { name: Known, assert: vars.there != "" }
    - { name: Given, set: { answer: 42 } }
    - { name: Set, assert: vars.answer == 42 }
    - { name: Silent, run: 'conf:silent("\${{ vars.silent }}")', register: told }
    - { name: Otp, run: 'file:write_file("\${{ vars.silent }}", "otp")' }
    - { name: Code, eval: { erlang: 'file:write_file(File, "code")', bindings: { File: "\${{ vars.silent }}" } } }
    - { name: Push, push: conf }
    - { name: Needs, run: 'conf:silent("\${{ told.path }}")' }
    - { name: List, run: "conf:keep()", loop: "\${{ told }}" }
    - { name: Unknown, assert: told == 1 }
    - { name: When, when: told.size > 1, run: "conf:keep()" }
- { hosts: two, modules: conf.erl, steps: [{ name: Wrong, run: "conf:wrong()" }] }
- { hosts: three, modules: conf.erl, steps: [{ name: Odd, run: "conf:odd()" }] }
`,
    "play.ts": `
import { play } from "fusion-play";
export default play({ hosts: "one", steps: async (host) => { await host.run("os:getpid()"); } });
`,
  });
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

test("--check asks functions what they would do, leaves the others out, and changes nothing", async () => {
  const played = await workspace.play("site.yml", "--check");
  expect(played.exitCode, played.stderr).toBe(2);
  const { steps } = hostReport(played, "one");
  expect(
    steps.map(({ name, status, would_run = false }) => [name, would_run ? "would run" : status]),
  ).toEqual([
    ["Replace", "changed"],
    ["Create", "changed"],
    ["Keep", "ok"],
    ["Each", "changed"],
    ["Known", "ok"],
    ["Given", "ok"],
    ["Set", "ok"],
    ["Silent", "would run"],
    ["Otp", "would run"],
    ["Code", "would run"],
    ["Push", "would run"],
    ["Needs", "would run"],
    ["List", "would run"],
    ["Unknown", "would run"],
    ["When", "would run"],
  ]);
  expect(steps[0]?.diff).toEqual({ before: "port 1\nlog on\n", after: "port 2\nlog on\n" });
  expect(steps[1]?.diff).toBe("a new file");
  expect(steps[3]?.items?.map(({ diff }) => diff)).toEqual(["a new file", "a new file"]);
  expect(hostReport(played, "two", 1).steps[0]?.error).toMatchObject({
    code: "ERROR_RETURNED",
    reason: "no_disk",
  });
  expect(hostReport(played, "three", 2).steps[0]?.error).toMatchObject({
    code: "CHECK_INVALID",
    message: "Cannot check the step: conf:odd_check/0 gave perhaps",
  });
  expect(["new.conf", "silent"].filter((file) => existsSync(join(workspace.folder, file)))).toEqual([]);
});

test("--diff shows what would be changed", async () => {
  const { stdout } = await workspace.run("site.yml", "-i", "hosts.yml", "--check", "--diff", "-l", "one");
  expect(stdout).toContain(" | Replace");
  expect(stdout).toMatch(/^ +- port 1\n +\+ port 2\n/m);
  expect(stdout).not.toContain("log on");
  expect(stdout).toMatch(/^changed +one \| Each .*\n +Item a:\n +a new file\n +Item b:\n/m);
  expect(stdout).toContain("one | Silent (would run)");
});

test("--check leaves the function of a TypeScript play out", async () => {
  const played = await workspace.play("play.ts", "--check");
  expect(played.exitCode, played.stderr).toBe(0);
  expect(hostReport(played, "one").steps).toMatchObject([{ status: "skipped", would_run: true }]);
});

test.each([
  [["--check", "--dry-run"], "cannot be used with"],
  [["--diff"], "--diff belongs to --check"],
])("%j is refused", async (options, message) => {
  const ended = await workspace.run("site.yml", "-i", "hosts.yml", ...options);
  expect(ended.exitCode).toBe(3);
  expect(ended.stderr).toContain(message);
});
