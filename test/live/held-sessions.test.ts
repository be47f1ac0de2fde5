import { chmod, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { agentsOf, listed, nothingLeft } from "./held-by-workspace.ts";
import { allProcesses, leftOn, startedOn } from "./processes.ts";
import { sessionsSchema } from "../../src/report/sessions-schema.ts";
import { canMakeUsers } from "../ssh/password-user.ts";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, type Played, type Workspace } from "./workspace.ts";

const SECRET = "it-is-the-secret-of-the-inventory";
const COUNTED = `
-module(counted).
-export([next/0, there/0, leave/0, start/0, started/0, wait/0, wait_a_little/0]).
%% State that is nobody's process.
next() ->
    Next = application:get_env(kernel, counted, 0) + 1,
    application:set_env(kernel, counted, Next),
    Next.
%% A process that a step starts, and that does not end by itself.
leave() ->
    Left = spawn(fun Wait() -> receive _ -> Wait() end end),
    register(left, Left),
    is_process_alive(Left).
start() -> {ok, _} = application:ensure_all_started(inets), ok.
there() -> whereis(left) =/= undefined.
started() -> is_pid(whereis(inets_sup)).
wait() -> io:format("waiting~n"), timer:sleep(infinity).
wait_a_little() -> io:format("waiting~n"), timer:sleep(2000).
`;
const FILES = {
  "site.yml": `
- hosts: all
  modules: [lib/counted.erl]
  steps:
    - { name: Pid, run: "os:getpid()" }
    - { name: Counted, run: "counted:next()" }
    - { name: There, run: "counted:there()" }
    - { name: Started, run: "counted:started()" }
    - { name: Leave, run: "counted:leave()" }
    - { name: Start, run: "counted:start()" }
`,
  "waits.yml": `
- hosts: all
  modules: [lib/counted.erl]
  steps: [{ name: Wait, run: "counted:wait()" }]
`,
  "hangs.yml": `
- hosts: all
  modules: [lib/counted.erl, lib/hangs.erl]
  steps:
    - { name: Hang, push: hangs, timeout: 2s, ignore_errors: true }
    - { name: Push, push: counted, ignore_errors: true }
    - { name: Loop, run: "lists:seq(1, \${{ item }})", loop: [1, 2], ignore_errors: true }
    - { name: Call, run: "os:getpid()" }
`,
  "lib/counted.erl": COUNTED,
  "lib/hangs.erl":
    "-module(hangs).\n-on_load(wait/0).\n-export([wait/0]).\nwait() -> receive never -> ok end.\n",
};

let sshd: Sshd;
let work: Workspace;

beforeAll(async () => {
  sshd = await startSshd();
});

afterAll(async () => {
  await sshd.stop();
});

async function open(more: Readonly<Record<string, unknown>> = {}): Promise<Workspace> {
  const opened = await openWorkspace({ all: { hosts: { web1: hostOf(sshd, more) } } });
  await opened.write(FILES);
  return opened;
}

async function close(opened: Workspace): Promise<void> {
  await opened.run("sessions", "stop");
  try {
    await nothingLeft(opened, sshd);
  } finally {
    await opened[Symbol.asyncDispose]();
  }
}

function resultsOf(played: Played): unknown[] {
  return hostReport(played, "web1").steps.map(({ result }) => result);
}

/** What the host printed as its process id. */
async function pidBy(opened: Workspace, ...args: string[]): Promise<string> {
  const { stdout, stderr, exitCode } = await opened.run(
    "call",
    "web1",
    "os:getpid()",
    "-i",
    "hosts.yml",
    ...args,
  );
  expect(exitCode, stderr).toBe(0);
  return /Result: "(\d+)"/.exec(stdout)?.[1] ?? "";
}

/** How often somebody has logged in. */
const logins = (): number => sshd.log().split("Accepted publickey").length - 1;

describe("runs one after another", () => {
  let before: number;
  let between: number;
  let first: Played;
  let second: Played;

  beforeAll(async () => {
    work = await open({ fusion_become_password: SECRET });
    before = logins();
    first = await work.play("site.yml", "--keep", "10m");
    between = logins();
    second = await work.play("site.yml", "--keep", "10m");
  });

  afterAll(async () => {
    await close(work);
  });

  test("the second run goes on with the BEAM of the first one, logs in to nothing and ships nothing", () => {
    expect([first.exitCode, second.exitCode]).toEqual([0, 0]);
    expect(resultsOf(second)[0]).toBe(resultsOf(first)[0]);
    expect([between - before, logins() - between]).toEqual([1, 0]);
    expect(hostReport(first, "web1").pushed).toMatchObject({ modules: 1 });
    expect(hostReport(second, "web1").pushed).toMatchObject({ modules: 0, bytes: 0 });
  });

  test("values and applications stay; processes that steps have started end with the run", () => {
    expect(resultsOf(first).slice(1)).toEqual([1, false, false, true, "ok"]);
    expect(resultsOf(second).slice(1)).toEqual([2, false, true, true, "ok"]);
  });

  test("events tell that a session was used again", () => {
    const reused = [first, second].map(
      ({ events }) => (events.find(({ type }) => type === "host_connected") as { reused?: boolean }).reused,
    );
    expect(reused).toEqual([undefined, true]);
  });

  test("sessions list shows what is held, as a table and as JSON", async () => {
    const written: unknown = JSON.parse((await work.run("sessions", "list", "--json")).stdout);
    const isSessions = new Ajv2020({ strict: true, allErrors: true }).compile(sessionsSchema);
    expect([isSessions(written), isSessions.errors]).toEqual([true, null]);
    const [session, ...others] = await listed(work);
    expect(others).toEqual([]);
    expect(session).toMatchObject({ host: "web1", user: sshd.user, address: sshd.address, port: sshd.port });
    expect(session).toMatchObject({ pid: Number(resultsOf(first)[0]), in_use: false });
    expect(session?.lease_left_ms).toBeGreaterThan(0);
    expect(session?.lease_left_ms).toBeLessThanOrEqual(600_000);
    const { stdout } = await work.run("sessions", "list");
    expect(stdout).toContain(`${sshd.user}@${sshd.address}:${sshd.port}`);
  });

  test("a run without --keep uses the session, and does not prolong it", async () => {
    const [{ lease_left_ms: left } = { lease_left_ms: 0 }] = await listed(work);
    expect(await pidBy(work)).toBe(resultsOf(first)[0]);
    const [after] = await listed(work);
    expect(after?.lease_left_ms).toBeLessThanOrEqual(left);
    expect(after?.in_use).toBe(false);
  });

  test("--fresh uses none", async () => {
    expect(await pidBy(work, "--fresh")).not.toBe(resultsOf(first)[0]);
    expect(await listed(work)).toMatchObject([{ pid: Number(resultsOf(first)[0]) }]);
  });

  test("doctor uses the connection, and says so", async () => {
    const count = logins();
    const { stdout, exitCode } = await work.run("doctor", "web1", "-i", "hosts.yml");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/held session/);
    expect(logins()).toBe(count);
    expect(await pidBy(work)).toBe(resultsOf(first)[0]);
  });

  test("a host whose steps fail is held as well", async () => {
    const { exitCode } = await work.run("call", "web1", "erlang:error(why)", "-i", "hosts.yml");
    expect(exitCode).toBe(2);
    expect(await pidBy(work)).toBe(resultsOf(first)[0]);
  });

  test("another value in the inventory gives another session", async () => {
    await work.write({ "hosts.yml": { all: { hosts: { web1: hostOf(sshd, { fusion_erl: "erl" }) } } } });
    const other = await pidBy(work, "--keep", "10m");
    expect(other).not.toBe(resultsOf(first)[0]);
    expect((await listed(work)).map(({ pid }) => String(pid))).toEqual([resultsOf(first)[0], other]);
  });

  test("nothing secret stands in arguments or the environment of the process that holds sessions", async () => {
    const [pid] = await agentsOf(work);
    const [environ, cmdline] = await Promise.all(
      ["environ", "cmdline"].map((file) => readFile(`/proc/${pid}/${file}`, "latin1")),
    );
    expect(environ).toContain("PATH=");
    expect(`${environ} ${cmdline}`).not.toContain(SECRET);
    expect(environ?.split("\0").map((entry) => entry.split("=")[0])).not.toContain("XDG_CACHE_HOME");
  });
});

describe("the end of sessions", () => {
  afterEach(async () => {
    await close(work);
  });

  test("a lease ends by itself", async () => {
    work = await open();
    expect((await work.play("site.yml", "--keep", "1s")).exitCode).toBe(0);
    await nothingLeft(work, sshd);
  });

  test("sessions stop ends those that match, and waits for it", async () => {
    work = await open();
    const pid = Number(await pidBy(work, "--keep", "10m"));
    expect((await work.run("sessions", "stop", "db*")).stdout).toBe(
      'No session of "db*" is held; there is 1 other\n',
    );
    expect((await listed(work)).length).toBe(1);
    expect((await work.run("sessions", "stop", "we*,db1")).stdout).toBe("Ended 1 session: web1\n");
    expect((await startedOn(sshd)).map((process) => process.pid)).not.toContain(pid);
    expect(await listed(work)).toEqual([]);
    expect((await work.run("sessions", "stop", "web*")).stdout).toBe("No session is held\n");
    expect((await work.run("sessions", "stop")).stdout).toBe("No session is held\n");
  });

  test("a session that is busy with what was given up is not held, and all else of the run ends at once", async () => {
    work = await open();
    const pid = await pidBy(work, "--keep", "10m");
    const played = await work.play("hangs.yml", "--keep", "10m");
    expect(played.seconds).toBeLessThan(30);
    const [hang, push, loop, call] = hostReport(played, "web1").steps;
    expect(hang?.error).toMatchObject({
      code: "TIMEOUT",
      message: "Cannot finish the push: it was not done within 2 s",
    });
    expect(push?.error).toMatchObject({ code: "TIMEOUT", message: expect.stringContaining("still busy") });
    expect(loop?.error).toMatchObject({ code: "TIMEOUT" });
    expect(call).toMatchObject({ status: "ok", result: pid });
    expect(await listed(work)).toEqual([]);
    expect(await leftOn(sshd)).toEqual([]);
  });

  test("a process that nobody can find any more ends what it holds", async () => {
    work = await open();
    await pidBy(work, "--keep", "10m");
    await rm(join(work.folder, "cache", "fusion-play", "sessions", "agent.sock"));
    await nothingLeft(work, sshd);
  });

  test("a process that is killed takes what it held along, and the next run starts another one", async () => {
    work = await open();
    const pid = await pidBy(work, "--keep", "10m");
    const [agent] = await agentsOf(work);
    process.kill(agent as number, "SIGKILL");
    expect(await leftOn(sshd)).toEqual([]);
    const next = await pidBy(work, "--keep", "10m");
    expect(next).not.toBe(pid);
    expect((await listed(work)).map((session) => String(session.pid))).toEqual([next]);
  });

  test("a run does without a process that hangs", async () => {
    work = await open();
    const pid = await pidBy(work, "--keep", "10m");
    const [agent] = await agentsOf(work);
    process.kill(agent as number, "SIGSTOP");
    try {
      expect(await pidBy(work)).not.toBe(pid);
      const kept = await work.run("call", "web1", "os:getpid()", "-i", "hosts.yml", "--keep", "5m");
      expect([kept.exitCode, kept.stderr]).toEqual([3, expect.stringContaining("SESSIONS_FAILED")]);
    } finally {
      process.kill(agent as number, "SIGCONT");
    }
  });

  test("a run that is killed in the middle leaves nothing", async () => {
    work = await open();
    const playing = work.startPlay("waits.yml", "--keep", "10m");
    await playing.said("waiting");
    playing.kill("SIGKILL");
    await playing.ended;
    await nothingLeft(work, sshd);
  });

  test("a run that is stopped ends what it used, even where that was held before", async () => {
    work = await open();
    await pidBy(work, "--keep", "10m");
    const playing = work.startPlay("waits.yml");
    await playing.said("waiting");
    expect((await listed(work)).map((session) => session.in_use)).toEqual([true]);
    playing.kill("SIGINT");
    expect((await playing.ended).exitCode).toBe(130);
    expect(await listed(work)).toEqual([]);
  });

  test("two runs at once have a BEAM each, and the first one's is held", async () => {
    work = await open();
    const pid = await pidBy(work, "--keep", "10m");
    const playing = work.startPlay("waits.yml");
    await playing.said("waiting");
    const second = await work.run("call", "web1", "os:getpid()", "-i", "hosts.yml", "--keep", "5m");
    expect(second.exitCode).toBe(0);
    expect(second.stdout).not.toContain(`"${pid}"`);
    expect(second.stderr).toBe("warning: the session of web1 is not kept: another run uses its session\n");
    expect((await listed(work)).map((session) => String(session.pid))).toEqual([pid]);
    // In use or not, it ends.
    expect((await work.run("sessions", "stop")).stdout).toBe("Ended 1 session: web1\n");
    expect((await playing.ended).exitCode).toBe(4);
  });

  test("a BEAM that dies while it is held is dropped", async () => {
    work = await open();
    const pid = await pidBy(work, "--keep", "10m");
    process.kill(Number(pid), "SIGKILL");
    await expect.poll(() => listed(work), { timeout: 30_000 }).toEqual([]);
    expect(await pidBy(work, "--keep", "10m")).not.toBe(pid);
  });

  test("a connection that is lost while it is held is dropped, with its BEAM", async () => {
    work = await open();
    await pidBy(work, "--keep", "10m");
    await sshd.killConnections();
    await expect.poll(() => listed(work), { timeout: 30_000 }).toEqual([]);
    expect(await leftOn(sshd)).toEqual([]);
  });

  test("a host whose connection was lost in the run is not held", async () => {
    work = await open();
    await work.write({
      "lost.yml": `
- hosts: all
  modules: [lib/counted.erl]
  steps: [{ name: Wait, run: "counted:wait_a_little()" }, { name: Pid, run: "os:getpid()" }]
`,
    });
    const playing = work.startPlay("lost.yml", "--keep", "10m");
    await playing.said("waiting");
    await sshd.killConnections();
    const played = await playing.ended;
    expect(hostReport(played, "web1").status).toBe("ok");
    expect(hostReport(played, "web1").reconnected).toBe(1);
    expect(await listed(work)).toEqual([]);
  });
});

describe("other ways to a host", () => {
  afterEach(async () => {
    await close(work);
  });

  const ways: [string, Readonly<Record<string, unknown>>][] = [
    ["the backend openssh", { fusion_ssh_backend: "openssh" }],
    ["another user", { fusion_become: true, fusion_become_user: "root" }],
  ];
  // Only root may become somebody without being asked.
  test.each(canMakeUsers ? ways : ways.slice(0, 1))(
    "a session over %s is held, and nothing of it is left",
    async (_, settings) => {
      work = await open(settings);
      const pid = await pidBy(work, "--keep", "10m");
      expect(await pidBy(work)).toBe(pid);
      expect((await work.run("sessions", "stop")).stdout).toBe("Ended 1 session: web1\n");
      expect((await allProcesses()).map((process) => String(process.pid))).not.toContain(pid);
    },
  );

  test("files of an application are shipped once, and again when they have changed", async () => {
    work = await open();
    await work.write({
      "apps/filed/ebin/filed.app": `{application, filed, [{vsn, "1"}, {modules, []}, {applications, [kernel, stdlib]}]}.`,
      "apps/filed/priv/text": "one",
      "filed.yml": `
- hosts: all
  modules: [apps/filed/ebin]
  steps: [{ push: { app: filed } }]
`,
    });
    const files = async (): Promise<number> =>
      hostReport(await work.play("filed.yml", "--keep", "10m"), "web1").pushed.files;
    const counts = [await files(), await files()];
    await work.write({ "apps/filed/priv/text": "other" });
    expect([...counts, await files()]).toEqual([2, 0, 2]);
  });
});

describe("what cannot be held", () => {
  beforeAll(async () => {
    work = await open();
    await work.write({
      "on-demand.yml": `
- hosts: all
  code_loading: on_demand
  modules: [lib/counted.erl]
  steps: [{ run: "counted:next()" }]
`,
    });
  });

  afterAll(async () => {
    await close(work);
  });

  test.each(["0", "soon", "25h", "-5m"])("--keep=%s is refused", async (duration) => {
    const { exitCode, stderr } = await work.run(
      "call",
      "web1",
      "os:getpid()",
      "-i",
      "hosts.yml",
      `--keep=${duration}`,
    );
    expect(exitCode).toBe(3);
    expect(stderr).toContain("--keep");
  });

  test("a host with code on demand is not held, and the run says so", async () => {
    const { exitCode, stderr } = await work.play("on-demand.yml", "--keep", "10m");
    expect([exitCode, stderr]).toEqual([
      0,
      "warning: the session of web1 is not kept: its code is fetched on demand\n",
    ]);
    expect(await listed(work)).toEqual([]);
  });

  test("hosts over stdio are not held, and the run says so once", async () => {
    const host = hostOf(sshd, { fusion_transport: "stdio" });
    await work.write({ "hosts.yml": { all: { hosts: { web1: host, web2: host } } } });
    const { exitCode, stderr } = await work.run(
      "call",
      "all",
      "os:getpid()",
      "-i",
      "hosts.yml",
      "--keep",
      "5m",
    );
    expect([exitCode, stderr]).toEqual([
      0,
      "warning: the session of web[1-2] is not kept: its transport is stdio\n",
    ]);
    expect(await listed(work)).toEqual([]);
  });

  test("a folder that others can read is refused with --keep, and is not used without", async () => {
    const folder = join(work.folder, "cache", "fusion-play", "sessions");
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o755);
    const kept = await work.run("call", "web1", "os:getpid()", "-i", "hosts.yml", "--keep", "5m");
    expect(kept.exitCode).toBe(3);
    expect(kept.stderr).toContain(`Cannot hold sessions in "${folder}": it is not private`);
    expect((await work.run("call", "web1", "os:getpid()", "-i", "hosts.yml")).exitCode).toBe(0);
    await chmod(folder, 0o700);
  });
});
