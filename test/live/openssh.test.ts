import { existsSync } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { allProcesses, leftOn } from "./processes.ts";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, type Played, type Workspace } from "./workspace.ts";

/** How long what runs here may take to end after us. */
const PATIENCE_MS = 60_000;

let bastion: Sshd;
let sshd: Sshd;
let workspace: Workspace;
let played: Played;

beforeAll(async () => {
  [bastion, sshd] = await Promise.all([
    startSshd({ address: "127.0.0.14" }),
    startSshd({ address: "127.0.0.15" }),
  ]);
  workspace = await openWorkspace({
    all: {
      vars: { fusion_ssh_backend: "openssh" },
      hosts: {
        bastion: hostOf(bastion),
        direct: hostOf(sshd),
        behind: hostOf(sshd, { fusion_jump: "bastion" }),
        nobody: hostOf(sshd, { fusion_port: 1, fusion_connect_retries: 0 }),
      },
    },
  });
  await mkdir(join(workspace.folder, "lib/filed/ebin"), { recursive: true });
  await mkdir(join(workspace.folder, "lib/filed/priv"), { recursive: true });
  await writeFile(
    join(workspace.folder, "lib/filed/ebin/filed.app"),
    `{application, filed, [{vsn, "1.0"}, {modules, []}, {registered, []}, {applications, [kernel, stdlib]}]}.`,
  );
  // Too large to go with what installs it.
  const tool = `#!/bin/sh\necho the tool works\n#${"-".repeat(300_000)}\n`;
  await writeFile(join(workspace.folder, "lib/filed/priv/tool.sh"), tool);
  await chmod(join(workspace.folder, "lib/filed/priv/tool.sh"), 0o755);
  await workspace.write({
    "site.yml": [
      {
        hosts: "direct,behind,nobody",
        modules: ["lib/*/ebin"],
        steps: [
          { name: "Where", run: `os:getenv("SSH_CONNECTION")` },
          { name: "Ship", push: { app: "filed" } },
          { name: "Tool", eval: { erlang: `os:cmd(code:priv_dir(filed) ++ "/tool.sh")` } },
          { name: "Much", eval: { erlang: `byte_size(binary:copy(<<"0123456789">>, 300000))` } },
        ],
      },
    ],
    "sleep.yml": [
      {
        hosts: "direct,behind",
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
  await workspace[Symbol.asyncDispose]();
  await Promise.all([bastion, sshd].map((server) => server.stop()));
});

test.each(["direct", "behind"])("a run plays on %s through the ssh of the system", (name) => {
  const { status, steps, error } = hostReport(played, name);
  expect(status, JSON.stringify(error)).toBe("ok");
  expect(steps.map(({ result }) => result)).toEqual([
    expect.stringContaining(`${sshd.address} ${sshd.port}`),
    null,
    "the tool works\n",
    3_000_000,
  ]);
});

test("a host that ssh cannot connect to is unreachable, in the words of ssh", () => {
  const { status, error } = hostReport(played, "nobody");
  expect(status).toBe("unreachable");
  expect(error?.code).toBe("SSH_CONNECT_FAILED");
  expect(error?.message).toContain("Connection refused");
});

/** Arguments of all ssh processes of these servers. */
async function running(): Promise<string[]> {
  const processes = await allProcesses();
  return processes
    .filter(({ name, visible }) => name === "ssh" && visible.includes(sshd.userKeyFile))
    .map(({ visible }) => visible);
}

test("nothing runs after a run, here or there", async () => {
  expect(await running()).toEqual([]);
  expect(await leftOn(sshd)).toEqual([]);
});

test("nothing is left after SIGKILL, here or there: neither process nor folder", async () => {
  const playing = workspace.startPlay("sleep.yml");
  for (const name of ["direct", "behind"]) await playing.said(`sleeping on ${name}`);
  const folders = (await running()).flatMap((line) => / -S (\S+\/c) /.exec(line)?.[1] ?? []).map(dirname);
  expect(new Set(folders).size).toBe(2);
  playing.kill("SIGKILL");
  await playing.ended;
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await sleep(100)) {
    if ((await running()).length === 0 && !folders.some((folder) => existsSync(folder))) break;
  }
  expect(await running()).toEqual([]);
  expect(folders.filter((folder) => existsSync(folder))).toEqual([]);
  expect(await leftOn(sshd)).toEqual([]);
});
