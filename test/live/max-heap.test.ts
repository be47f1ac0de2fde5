import { afterAll, beforeAll, expect, test } from "vitest";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, type Played, type Workspace } from "./workspace.ts";

let sshd: Sshd;
let workspace: Workspace;
let played: Played;

const SITE = `
- name: Limits
  hosts: one
  steps:
    - { name: Small, run: "lists:sum([1, 2])", max_heap: 4MB }
    - { name: Large, run: "lists:seq(1, 10000000)", max_heap: 32MB, ignore_errors: true, register: large }
    - { name: Told, assert: large.code == "MEMORY_EXCEEDED" }
    - name: Each
      run: lists:seq(1, \${{ item }})
      loop: [1, 10000000, 2]
      loop_control: { parallel: 3 }
      max_heap: 32MB
      ignore_errors: true
    - block:
        - { name: Code, eval: { erlang: "lists:foldl(fun(N, All) -> [N | All] end, [], lists:seq(1, 10000000))" } }
      max_heap: 32MB
      rescue: [{ name: Rescued, assert: failed_result.code == "MEMORY_EXCEEDED" }]
    - { name: Killed, eval: { erlang: "exit(self(), kill)" }, ignore_errors: true }
`;

const FUNCTION = `import { play } from "fusion-play";

export default play({
  name: "Function",
  hosts: "one",
  async steps(host) {
    await host.run("lists:seq(1, 10000000)", { max_heap: "32MB" }).catch((error) => host.set({ code: error.code }));
    host.assert(host.vars.code === "MEMORY_EXCEEDED");
  },
});
`;

beforeAll(async () => {
  sshd = await startSshd();
  workspace = await openWorkspace({ all: { hosts: { one: hostOf(sshd) } } });
  await workspace.write({ "site.yml": SITE, "function.ts": FUNCTION });
  played = await workspace.play("site.yml", "function.ts");
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

test("max_heap kills the process of a call that needs more, and nothing else", () => {
  const { status, steps } = hostReport(played, "one", 0);
  expect(status).toBe("ok");
  expect(steps.map(({ name, status: end }) => `${name}: ${end}`)).toEqual([
    "Small: ok",
    "Large: ignored",
    "Told: ok",
    "Each: ignored",
    "Code: failed",
    "Rescued: ok",
    "Killed: ignored",
  ]);
  expect(steps[1]?.error).toMatchObject({
    code: "MEMORY_EXCEEDED",
    message:
      "Cannot finish lists:seq/2 on one: its process was killed, as it needed more memory than max_heap allows",
  });
});

test("each call of a loop has a limit of its own", () => {
  const items = hostReport(played, "one", 0).steps[3]?.items;
  expect(items?.map(({ status, error }) => [status, error?.code])).toEqual([
    ["ok", undefined],
    ["ignored", "MEMORY_EXCEEDED"],
    ["ok", undefined],
  ]);
});

test("a process that is killed without a limit is no matter of memory", () => {
  expect(hostReport(played, "one", 0).steps[6]?.error?.code).toBe("REMOTE_EXCEPTION");
});

test("the function of a play limits its steps as well", () => {
  expect(hostReport(played, "one", 1).status).toBe("ok");
});
