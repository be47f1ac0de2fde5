import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { allProcesses, leftOn, startedOn, type Process } from "./processes.ts";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, openWorkspace, type Playing, type Workspace } from "./workspace.ts";

const run = promisify(execFile);
const PASSWORD = randomBytes(12).toString("hex");
/** Where a BEAM that crashes would dump its core: the working directory of SSH sessions. */
const CRASH_DUMP = join(userInfo().homedir, "erl_crash.dump");
/** Behind a command that says nothing. */
const SILENT = Array.from({ length: 5 }, (_, index) => `silent${index}`);
let sshd: Sshd;
let blackHole: Server;
let workspace: Workspace;

beforeAll(async () => {
  sshd = await startSshd();
  blackHole = createServer(() => {}).listen(0, "127.0.0.1");
  await new Promise((resolve) => blackHole.once("listening", resolve));
  const { port } = blackHole.address() as { port: number };
  // Run by an erl that was not told otherwise, whatever it starts for.
  await writeFile(join(sshd.home, ".erlang"), `file:write_file("${sshd.home}/erlang_was_run", "").\n`);
  workspace = await openWorkspace();
  await workspace.write({ "hangs.sh": "#!/bin/sh\nexec sleep 20\n" });
  await chmod(join(workspace.folder, "hangs.sh"), 0o755);
  await workspace.write({
    "hosts.yml": {
      all: {
        hosts: {
          one: hostOf(sshd, { fusion_password: PASSWORD }),
          two: hostOf(sshd),
          hanging: hostOf(sshd, { fusion_erl: join(workspace.folder, "hangs.sh") }),
          "black-hole": hostOf(sshd, { fusion_port: port }),
          stubborn: hostOf(sshd, { fusion_host: "stubborn" }),
          ...Object.fromEntries(SILENT.map((name) => [name, hostOf(sshd, { fusion_host: "silent" })])),
        },
      },
    },
    // Neither the end of its input nor SIGTERM ends what it starts.
    "stubborn.sh": `trap "" TERM; sleep 300 & exec ${process.execPath} "$1" "$2" "$3"\n`,
    "to.mjs": `
import { connect } from "node:net";
const socket = connect(Number(process.argv[3]), process.argv[2]);
process.stdin.on("end", () => {}).pipe(socket, { end: false });
socket.pipe(process.stdout);
process.on("SIGTERM", () => {});
setInterval(() => {}, 1000);
`,
    "home/.ssh/config": `
Host stubborn
  HostName ${sshd.address}
  ProxyCommand /bin/sh ${workspace.folder}/stubborn.sh ${workspace.folder}/to.mjs %h %p
Host silent
  ProxyCommand /bin/sh -c 'trap "" TERM; sleep 300 & wait'
`,
    "ok.yml": `- hosts: one,two\n  steps: [{ name: Fine, run: "erlang:node()" }]\n`,
    "ok-stubborn.yml": `- hosts: stubborn\n  steps: [{ name: Fine, run: "erlang:node()" }]\n`,
    "silent.yml": `- hosts: silent*\n  steps: [{ name: Fine, run: "erlang:node()" }]\n`,
    "failed.yml": `- hosts: one,two\n  steps: [{ name: Fail, run: "erlang:error(why)" }]\n`,
    "crashed.yml": `- hosts: one,two\n  steps: [{ name: Crash, run: 'erlang:halt("slogan")' }]\n`,
    "middle.yml": `
- hosts: all
  steps:
    - name: Middle
      eval:
        erlang: |
          ok = file:write_file(File, atom_to_list(erlang:get_cookie())),
          io:format("in the middle of ~ts~n", [Host]),
          timer:sleep(infinity)
        bindings: { File: "${workspace.folder}/cookie-\${{ host.name }}", Host: "\${{ host.name }}" }
`,
  });
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
  blackHole.close();
});

async function crashDumpTime(): Promise<number | undefined> {
  return (await stat(CRASH_DUMP).catch(() => undefined))?.mtimeMs;
}

/** Starts the playbook that never ends, and waits until it is in the middle of it on both hosts. */
async function startMiddle(...args: string[]): Promise<Playing> {
  const playing = workspace.startPlay("middle.yml", "--limit", "one,two", ...args);
  await Promise.all(["one", "two"].map((host) => playing.said(`in the middle of ${host}`)));
  const names = (await startedOn(sshd)).map(({ name }) => name);
  // Otherwise nothing could be left behind, and the tests would prove nothing.
  expect(names.filter((name) => name === "beam.smp")).toHaveLength(2);
  return playing;
}

async function expectNothingLeft(): Promise<void> {
  expect(await leftOn(sshd)).toEqual([]);
  expect(await readdir(sshd.home)).toEqual([".erlang"]);
}

test.each([
  ["ok.yml", 0],
  ["failed.yml", 2],
  ["crashed.yml", 4],
])(
  "a run of %s ends with %i and leaves neither processes nor files on the hosts",
  async (playbook, exitCode) => {
    const before = await crashDumpTime();
    const played = await workspace.play(playbook, "--limit", "one,two");
    expect(played.exitCode, played.stderr).toBe(exitCode);
    await expectNothingLeft();
    expect(await crashDumpTime()).toBe(before);
  },
);

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)(
  "%s in mid-step ends the run within 5 s with %i, a report and nothing left",
  async (signal, exitCode) => {
    const playing = await startMiddle();
    const stopped = performance.now();
    playing.kill(signal);
    const played = await playing.ended;
    expect(performance.now() - stopped).toBeLessThan(5000);
    expect(played.exitCode, played.stderr).toBe(exitCode);
    expect(played.report).toMatchObject({ status: "cancelled", exit_code: exitCode });
    for (const host of ["one", "two"]) {
      expect(played.report?.plays[0]?.hosts[host]).toMatchObject({
        status: "cancelled",
        error: { code: "CANCELLED" },
        steps: [
          {
            name: "Middle",
            status: "failed",
            output: `in the middle of ${host}\n`,
            error: { code: "CANCELLED" },
          },
        ],
      });
    }
    expect(played.events.at(-1)).toMatchObject({
      type: "run_finished",
      status: "cancelled",
      exit_code: exitCode,
    });
    await expectNothingLeft();
  },
);

test("kill -9 of the controller in mid-step leaves nothing on the hosts", async () => {
  const playing = await startMiddle();
  playing.kill("SIGKILL");
  await playing.ended;
  await expectNothingLeft();
});

test("SIGINT ends a run that is still connecting or booting, and a second one ends it at once", async () => {
  const one = workspace.startPlay("middle.yml", "--limit", "black-hole");
  const other = workspace.startPlay("middle.yml", "--limit", "hanging");
  await expect
    .poll(async () => (await startedOn(sshd)).map(({ name }) => name), { timeout: 20_000 })
    .toContain("sleep");
  await one.said("play_started");
  one.kill("SIGINT");
  expect(await one.ended).toMatchObject({ exitCode: 130, report: { status: "cancelled" } });

  // A program that does not end by itself is waited for, and then killed: that takes some seconds.
  const stopped = performance.now();
  other.kill("SIGINT");
  await sleep(500);
  other.kill("SIGINT");
  expect(await other.ended).toMatchObject({ exitCode: 130, report: undefined });
  expect(performance.now() - stopped).toBeLessThan(1800);
  for (const { pid, name } of await startedOn(sshd)) if (name === "sleep") process.kill(pid);
  await expectNothingLeft();
});

/** What the `ProxyCommand`s of a run have started in the background and still runs. */
async function proxies(): Promise<number> {
  const isOne = ({ name, visible }: Process): boolean =>
    name === "sleep" && visible.includes(`HOME=${workspace.home}`);
  return (await allProcesses()).filter(isOne).length;
}

test("a ProxyCommand that neither the end of its input nor SIGTERM ends is ended with all that it started", async () => {
  const played = await workspace.play("ok-stubborn.yml");
  expect(played.exitCode, played.stderr).toBe(0);
  expect(await proxies()).toBe(0);
  const playing = workspace.startPlay("middle.yml", "--limit", "stubborn");
  await playing.said("in the middle of stubborn");
  expect(await proxies()).toBe(1);
  playing.kill("SIGINT");
  expect((await playing.ended).exitCode).toBe(130);
  expect(await proxies()).toBe(0);
});

test("SIGINT ends the ProxyCommands of hosts that are still connecting", async () => {
  const playing = workspace.startPlay("silent.yml");
  await expect.poll(proxies, { timeout: 20_000 }).toBe(SILENT.length);
  playing.kill("SIGINT");
  expect((await playing.ended).exitCode).toBe(130);
  expect(await proxies()).toBe(0);
});

test("cookies and passwords are in no argument, environment, report or output, and BEAMs listen on loopback only", async () => {
  const seen: string[] = [];
  let isOver = false;
  const sampling = (async () => {
    while (!isOver) {
      seen.push(...(await allProcesses()).map(({ visible }) => visible));
      await sleep(50);
    }
  })();
  const report = join(workspace.folder, "secrets.json");
  const options = [
    "-i",
    "hosts.yml",
    "-l",
    "one,two",
    "--output",
    "lines",
    "-vvv",
    "--report",
    `json=${report}`,
  ];
  const running = workspace.start("middle.yml", ...options);
  await Promise.all(["one", "two"].map((host) => running.said(`in the middle of ${host}`)));

  const beams = (await startedOn(sshd)).filter(({ name }) => name === "beam.smp");
  const { stdout: listening } = await run("ss", ["-Hltnp"]);
  for (const { pid } of beams) {
    const sockets = listening.split("\n").filter((line) => line.includes(`pid=${pid},`));
    // The distribution port, and that of the link.
    expect(sockets).toHaveLength(2);
    for (const socket of sockets) expect(socket).toMatch(/\s127\.0\.0\.1:\d+\s/);
  }
  const cookies = await Promise.all(
    ["one", "two"].map((host) => readFile(join(workspace.folder, `cookie-${host}`), "utf8")),
  );
  running.kill("SIGINT");
  const ended = await running.ended;
  isOver = true;
  await sampling;

  expect(ended.exitCode).toBe(130);
  expect(cookies[0]).toMatch(/^\w{32,}$/);
  expect(cookies[0]).not.toBe(cookies[1]);
  // The sampling saw the BEAMs with their environment.
  expect(seen.some((visible) => visible.includes("beam.smp") && visible.includes("ERL_EPMD_PORT="))).toBe(
    true,
  );
  const written = ended.stdout + ended.stderr + (await readFile(report, "utf8"));
  for (const secret of [...cookies, PASSWORD]) {
    expect(written).not.toContain(secret);
    expect(seen.filter((visible) => visible.includes(secret))).toEqual([]);
  }
  await expectNothingLeft();
});
