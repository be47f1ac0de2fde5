import { createServer, type Server } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, type Played, type Workspace } from "./workspace.ts";

let sshd: Sshd;
let workspace: Workspace;
let server: Server;
let played: Played;

const site = (port: number, folder: string): string => `
- name: Flow
  hosts: all
  modules: probe.erl
  steps:
    - { name: Set, set: { file: "${folder}/\${{ host.name }}" } }
    - { name: Port, wait_for: { port: ${port} } }
    - { name: Absent, wait_for: { path: "\${{ vars.file }}", state: absent } }
    - name: Later
      eval:
        erlang: spawn(fun() -> timer:sleep(300), file:write_file(File, "") end), ok
        bindings: { File: "\${{ vars.file }}" }
    - { name: Present, wait_for: { path: "\${{ vars.file }}", sleep: 50ms } }
    - { name: Call, wait_for: { run: "probe:count()", until: result == 3, sleep: 10ms }, register: count }
    - { name: Counted, assert: count == 3 }
    - { name: Closed, wait_for: { port: 1, sleep: 50ms }, timeout: 1s, ignore_errors: true }
    - { name: Pause, pause: 10ms }
    - { name: Retired, meta: end_host, when: host.name == "two" }
    - { name: Enough, fail: "\${{ host.name }} has enough" }
`;

beforeAll(async () => {
  sshd = await startSshd();
  server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  workspace = await openWorkspace({ all: { hosts: { one: hostOf(sshd), two: hostOf(sshd) } } });
  await workspace.write({
    "site.yml": site(port, workspace.folder),
    "probe.erl": `-module(probe).
-export([count/0]).
count() ->
  Next = case application:get_env(kernel, probe_count) of undefined -> 1; {ok, N} -> N + 1 end,
  application:set_env(kernel, probe_count, Next),
  Next.
`,
  });
  played = await workspace.play("site.yml");
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  server.close();
  await sshd.stop();
});

function steps(host: string): string[] {
  return hostReport(played, host).steps.map(({ name, status }) => `${name}: ${status}`);
}

test("wait_for sees ports, files and results on the host", () => {
  expect(steps("two")).toEqual([
    "Set: ok",
    "Port: ok",
    "Absent: ok",
    "Later: ok",
    "Present: ok",
    "Call: ok",
    "Counted: ok",
    "Closed: ignored",
    "Pause: ok",
    "Retired: ok",
  ]);
  const call = hostReport(played, "two").steps[5];
  expect(call).toMatchObject({ kind: "wait_for", result: 3, pushed: [{ module: "probe" }] });
  expect(hostReport(played, "two").steps[7]?.error).toMatchObject({
    code: "TIMEOUT",
    message: expect.stringContaining("Cannot go on: after 1 s port 1 of 127.0.0.1 is not open") as string,
  });
});

test("fail and meta end the hosts, one failed and one well", () => {
  expect(hostReport(played, "two").status).toBe("ok");
  expect(hostReport(played, "one").steps.at(-1)).toMatchObject({
    name: "Enough",
    kind: "fail",
    status: "failed",
    error: { code: "FAILED_BY_PLAY", message: "one has enough" },
  });
  expect(played.exitCode).toBe(2);
});
