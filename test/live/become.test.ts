import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { typedTo, type Typed } from "../cli/typed.ts";
import { canMakeUsers, makePasswordUser, type PasswordUser } from "../ssh/password-user.ts";
import type { DoctorReport } from "../../src/report/doctor-report.ts";
import { startSshd, type Sshd } from "./sshd.ts";
import {
  environment,
  hostOf,
  hostReport,
  openWorkspace,
  PACKAGE,
  PROGRAM,
  type Played,
  type Workspace,
} from "./workspace.ts";
import type { WrittenHost } from "./written-by-run.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 600_000 });

const run = promisify(execFile);
const DOAS = "/etc/doas.conf";
/** How long what ran on a host may take to end. */
const PATIENCE_MS = 60_000;

// Only root can make users and say what they may; what is said to sudo, doas and su is tested in test/remote.
describe.runIf(canMakeUsers)("become", () => {
  /** Log in; each may become the target in another way. */
  let asked: PasswordUser;
  let free: PasswordUser;
  let terminal: PasswordUser;
  let piped: PasswordUser;
  /** Whom the BEAM runs as. */
  let target: PasswordUser;
  let users: readonly PasswordUser[];
  let sudoers: string;
  let doasBefore: string | undefined;
  let sshd: Sshd;
  let workspace: Workspace;
  let data: Buffer;
  let played: Played;

  beforeAll(async () => {
    users = await Promise.all([1, 2, 3, 4, 5].map(() => makePasswordUser()));
    [asked, free, terminal, piped, target] = users as [
      PasswordUser,
      PasswordUser,
      PasswordUser,
      PasswordUser,
      PasswordUser,
    ];
    sudoers = `/etc/sudoers.d/${target.name}`;
    await writeFile(
      sudoers,
      `Defaults:${asked.name} lecture=always, use_pty
Defaults:${terminal.name} requiretty
Defaults:${piped.name} !use_pty
${asked.name} ALL=(${target.name}) ALL
${free.name} ALL=(${target.name}) NOPASSWD: ALL
${terminal.name} ALL=(${target.name}) ALL
${piped.name} ALL=(${target.name}) ALL
`,
      { mode: 0o440 },
    );
    doasBefore = await readFile(DOAS, "utf8").catch(() => undefined);
    await writeFile(
      DOAS,
      `${doasBefore ?? ""}permit ${asked.name} as ${target.name}\npermit nopass ${free.name} as ${target.name}\n`,
      { mode: 0o400 },
    );
    sshd = await startSshd({ config: ["PasswordAuthentication yes", "UsePAM yes"] });
    const login = (user: PasswordUser, more: Readonly<Record<string, unknown>>): Record<string, unknown> =>
      hostOf(sshd, {
        fusion_user: user.name,
        fusion_password: user.password,
        fusion_private_key_file: undefined,
        fusion_become: true,
        fusion_become_user: target.name,
        ...more,
      });
    workspace = await openWorkspace({
      all: {
        children: {
          good: {
            hosts: {
              sudo: login(asked, { fusion_become_password: asked.password }),
              free: login(free, {}),
              terminal: login(terminal, { ansible_become_pass: terminal.password }),
              piped: login(piped, { fusion_become_password: piped.password }),
              su: login(free, {
                fusion_become_method: "su",
                fusion_become_password: target.password,
              }),
              doas: login(asked, {
                ansible_become_method: "community.general.doas",
                fusion_become_password: asked.password,
              }),
              "doas-free": login(free, { fusion_become_method: "doas" }),
            },
          },
          bad: {
            hosts: {
              wrong: login(asked, { fusion_become_password: "not it at all" }),
              missing: login(asked, {}),
              forbidden: login(asked, { fusion_become_user: "root", fusion_become_password: asked.password }),
              "su-wrong": login(free, {
                fusion_become_method: "su",
                fusion_become_password: "not it at all",
              }),
              "su-missing": login(free, { fusion_become_method: "su" }),
              "doas-wrong": login(asked, {
                fusion_become_method: "doas",
                fusion_become_password: "not it at all",
              }),
              "doas-missing": login(asked, { fusion_become_method: "doas" }),
              runas: login(free, { ansible_become_method: "runas" }),
            },
          },
          later: {
            hosts: {
              asking: login(asked, {
                fusion_become: undefined,
                fusion_become_user: undefined,
                fusion_password: undefined,
              }),
            },
          },
        },
      },
    });
    data = await makeApplication(join(workspace.folder, "lib/filed"));
    await workspace.write({
      "site.yml": [
        {
          hosts: "good,bad",
          modules: ["lib/*/ebin"],
          steps: [
            { name: "Who", run: `os:cmd("id -un; pwd >/dev/null && echo $HOME; echo printed >&2")` },
            { name: "Ship", push: { app: "filed", start: true } },
            { name: "Files", run: "filed:files()" },
            { name: "Shell", run: "filed:tool()" },
            {
              name: "Visible",
              run: `os:cmd("ps axeww -o args; cat /proc/[0-9]*/environ 2>/dev/null | tr '\\\\0' '\\\\n'")`,
              no_log: false,
            },
          ],
        },
      ],
      "stuck.yml": [
        {
          hosts: "sudo,terminal,su,doas,piped",
          steps: [
            {
              name: "Stop",
              timeout: "1s",
              eval: { erlang: `os:cmd("kill -STOP " ++ os:getpid()), timer:sleep(600000)` },
            },
          ],
        },
      ],
      "sleep.yml": [
        {
          hosts: "sudo,terminal,su,doas,piped",
          steps: [
            { name: "Tell", run: `io:format("sleeping on ~ts~n", [\${{ host.name }}])` },
            { name: "Sleep", run: "timer:sleep(600000)" },
          ],
        },
      ],
    });
    played = await workspace.play("site.yml");
  });

  afterAll(async () => {
    await workspace?.[Symbol.asyncDispose]();
    await sshd?.stop();
    await rm(sudoers, { force: true });
    if (doasBefore === undefined) await rm(DOAS, { force: true });
    else await writeFile(DOAS, doasBefore);
    for (const user of users) await user[Symbol.asyncDispose]();
  });

  /** What still runs as the target once nothing does, or the patience is over. */
  async function left(): Promise<string> {
    for (const end = performance.now() + PATIENCE_MS; ; await sleep(100)) {
      const { stdout } = await run("ps", ["-u", target.name, "-o", "pid=,args="]).catch(() => ({
        stdout: "",
      }));
      if (stdout.trim() === "" || performance.now() > end) return stdout.trim();
    }
  }

  const good = ["sudo", "free", "terminal", "piped", "su", "doas", "doas-free"];

  function stepOf(host: WrittenHost, name: string): unknown {
    return host.steps.find((step) => step.name === name)?.result;
  }

  test.each(good)("the BEAM of the host %s runs as the other user", (name) => {
    const host = hostReport(played, name);
    expect(host.status, JSON.stringify(host.error)).toBe("ok");
    expect(stepOf(host, "Who")).toContain(`${target.name}\n/`);
  });

  test.each(good)("files of applications belong to the other user on the host %s", (name) => {
    const host = hostReport(played, name);
    expect(stepOf(host, "Files")).toEqual({
      "data.bin": [createHash("sha256").update(data).digest("hex"), target.name],
      empty: [createHash("sha256").digest("hex"), target.name],
      "tool.sh": [expect.any(String), target.name],
    });
    expect(stepOf(host, "Shell")).toBe("the tool works\n");
  });

  test("no password is seen in processes, events, reports or output", () => {
    const said = played.stdout + played.stderr + JSON.stringify(played.report);
    expect(String(stepOf(hostReport(played, "sudo"), "Visible"))).toContain("erl");
    for (const { password } of users) expect(said).not.toContain(password);
    // Nor what sudo says before it asks.
    expect(said).not.toContain("We trust you");
  });

  test.each([
    ["wrong", /^Cannot become "\S+" on wrong with sudo: the password was refused$/],
    ["missing", /with sudo: it ended \(exit status 1\); it said: sudo: a password is required/],
    ["forbidden", /^Cannot become "root" on forbidden with sudo: it ended .*not allowed/],
    ["su-wrong", /with su: it ended \(exit status 1\) after the password was given; it said: .*failure/],
    ["su-missing", /with su: a password is needed$/],
    ["doas-wrong", /with doas: it ended \(exit status 1\) after the password was given; it said: .*failed/],
    ["runas", /^Cannot become "\S+" on runas with runas: it is not supported$/],
    ["doas-missing", /with doas: it ended \(exit status 1\); it said: doas: Auth/],
  ])("the host %s is unreachable, and says why", (name, message) => {
    const { status, error } = hostReport(played, name);
    expect(status).toBe("unreachable");
    expect(error?.code).toBe("BECOME_FAILED");
    expect(error?.message).toMatch(message);
  });

  test("nothing runs or lies there after a run", async () => {
    expect(await left()).toBe("");
    const { stdout } = await run("find", ["/tmp", "-maxdepth", "1", "-user", target.name]);
    expect(stdout).toBe("");
  });

  test("a BEAM that hangs is killed, though it belongs to another user", async () => {
    const { report } = await workspace.play("stuck.yml");
    const hosts = Object.values(report?.plays[0]?.hosts ?? {});
    expect(hosts).toHaveLength(5);
    for (const { status } of hosts) expect(status).not.toBe("ok");
    expect(await left()).toBe("");
  });

  test.each(["SIGINT", "SIGKILL"] as const)("nothing is left after %s", async (signal) => {
    const playing = workspace.startPlay("sleep.yml");
    // A program that is killed while it still hands its input on is not what this is about.
    for (const name of ["sudo", "terminal", "su", "doas", "piped"]) await playing.said(`sleeping on ${name}`);
    playing.kill(signal);
    await playing.ended;
    expect(await left()).toBe("");
  });

  test("the command line says whom to become, and asks for both passwords", async () => {
    const args = ["call", "asking", `os:cmd("id -un")`, "-i", "hosts.yml", "-k", "-b", "--become-user"];
    const typed: Typed = await typedTo(
      [PROGRAM, ...args, target.name, "-K"],
      [
        ["SSH password: ", `${asked.password}\r`],
        ["BECOME password: ", `${asked.password}\r`],
      ],
      { cwd: workspace.folder, env: environment(workspace) },
    );
    expect(typed.shown).toContain(target.name);
    expect(typed.exitCode).toBe(0);
    expect(typed.shown).not.toContain(asked.password);
  });

  test("doctor examines the user that the BEAM becomes, and says where it cannot", async () => {
    await using homed = await makePasswordUser();
    const home = join(workspace.folder, "homed");
    await mkdir(home, { mode: 0o700 });
    await run("chown", [homed.name, home]);
    await run("usermod", ["--home", home, homed.name]);
    // Others may pass through to the home, which is in a folder of ours.
    await chmod(workspace.folder, 0o711);
    const host = (password: string): Record<string, unknown> =>
      hostOf(sshd, {
        fusion_user: free.name,
        fusion_password: free.password,
        fusion_private_key_file: undefined,
        fusion_become: true,
        fusion_become_method: "su",
        fusion_become_user: homed.name,
        fusion_become_password: password,
      });
    await workspace.write({
      "doctor.yml": { all: { hosts: { good: host(homed.password), bad: host("not it at all") } } },
    });
    const { stdout, exitCode } = await workspace.run("doctor", "all", "-i", "doctor.yml", "--json");
    const { hosts } = JSON.parse(stdout) as DoctorReport;
    expect(exitCode).toBe(2);
    expect(hosts["good"]).toMatchObject({
      status: "ok",
      facts: { user: free.name, become: homed.name, cache_folder: `${home}/.cache/fusion-play` },
    });
    const found = hosts["good"]?.checks.map(({ name, status }) => `${name} ${status}`);
    expect(found).toEqual(expect.arrayContaining(["become ok", "erlang ok", "cache ok"]));
    const { checks = [] } = hosts["bad"] ?? {};
    expect(checks.at(-1)).toMatchObject({ name: "become", status: "failed", code: "BECOME_FAILED" });
    expect(stdout).not.toContain(homed.password);
  });

  test("a program says whom to become, and gives both passwords", async () => {
    await workspace.write({
      "who.yml": "- { hosts: asking, steps: [{ run: 'os:cmd(\"id -un\")' }] }\n",
      "become.mjs": `
import { run, secret } from ${JSON.stringify(PACKAGE)};
const report = await run({
  playbooks: ["who.yml"],
  inventory: ["hosts.yml"],
  password: ${JSON.stringify(asked.password)},
  become: true,
  becomeMethod: "sudo",
  becomeUser: ${JSON.stringify(target.name)},
  becomePassword: secret(${JSON.stringify(asked.password)}),
});
const [step] = report.plays[0].hosts.asking.steps;
console.log(JSON.stringify([report.status, String.fromCharCode(...step.result)]));
`,
    });
    const { stdout, stderr } = await workspace.script("become.mjs");
    expect([stderr, stdout]).toEqual(["", `${JSON.stringify(["ok", `${target.name}\n`])}\n`]);
  });
});

/** Compiles an application that has files: a large one, an empty one and a program. Gives the large one. */
async function makeApplication(folder: string): Promise<Buffer> {
  const data = Buffer.alloc(2_500_000, "0123456789 a file in pieces ");
  await mkdir(join(folder, "ebin"), { recursive: true });
  await mkdir(join(folder, "priv/bin"), { recursive: true });
  await writeFile(join(folder, "priv/data.bin"), data);
  await writeFile(join(folder, "priv/empty"), "");
  await writeFile(join(folder, "priv/bin/tool.sh"), "#!/bin/sh\necho the tool works\n");
  await chmod(join(folder, "priv/bin/tool.sh"), 0o755);
  await writeFile(
    join(folder, "ebin/filed.app"),
    `{application, filed, [{vsn, "1.0"}, {modules, [filed]}, {registered, []}, {applications, [kernel, stdlib, crypto]}]}.`,
  );
  await writeFile(
    join(folder, "filed.erl"),
    `-module(filed).
-export([files/0, tool/0]).
files() ->
    maps:from_list(filelib:fold_files(code:priv_dir(filed), ".*", true, fun(File, All) ->
        {ok, Content} = file:read_file(File),
        Owner = string:trim(os:cmd("stat -c %U " ++ File)),
        Hash = << <<(hd(integer_to_list(N, 16) ++ ""))>> || <<N:4>> <= crypto:hash(sha256, Content) >>,
        [{list_to_binary(filename:basename(File)), [string:lowercase(Hash), list_to_binary(Owner)]} | All]
    end, [])).
tool() -> os:cmd(filename:join([code:priv_dir(filed), "bin", "tool.sh"])).
`,
  );
  await run("erlc", ["-o", join(folder, "ebin"), join(folder, "filed.erl")]);
  return data;
}
