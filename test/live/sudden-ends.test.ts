import { readdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { allProcesses, startedOn } from "./processes.ts";
import { startFaultyProxy, type FaultyProxy } from "./faulty-proxy.ts";
import { hostThrough } from "./host-through.ts";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostReport, openWorkspace, type Playing, type Workspace } from "./workspace.ts";

/** Longer than any tick, keepalive or deadline of the connection, on a machine that is busy with other things. */
const PATIENCE_MS = 180_000;
const TIMEOUT = { timeout: 2 * PATIENCE_MS };

/** A server, the way to it, and a playbook that never ends on it. Each test has its own, as they wait side by side. */
interface Scene extends AsyncDisposable {
  readonly sshd: Sshd;
  readonly proxy: FaultyProxy;
  readonly workspace: Workspace;
}

async function setScene(): Promise<Scene> {
  const sshd = await startSshd();
  const proxy = await startFaultyProxy(sshd);
  const workspace = await openWorkspace();
  const one = await hostThrough(proxy, { sshd, folder: workspace.folder });
  await workspace.write({
    "hosts.yml": { all: { hosts: { one } } },
    "middle.yml": `
- hosts: one
  steps:
    - block:
        - name: Middle
          eval:
            erlang: |
              ok = file:write_file(File, "", [append]),
              io:format("in the middle~n"), timer:sleep(infinity)
            bindings: { File: "${workspace.folder}/began" }
      always:
        - { name: Tidy up, eval: { erlang: 'file:write_file(File, "")', bindings: { File: "${workspace.folder}/tidied" } } }
`,
  });
  return {
    sshd,
    proxy,
    workspace,
    async [Symbol.asyncDispose]() {
      await workspace[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
      await sshd.stop();
    },
  };
}

async function startMiddle({ sshd, workspace }: Scene): Promise<Playing> {
  const playing = workspace.startPlay("middle.yml");
  await playing.said("in the middle");
  expect((await startedOn(sshd)).map(({ name }) => name)).toContain("beam.smp");
  return playing;
}

/** Waits until the host has neither processes nor files of ours. */
async function expectNothingLeft({ sshd }: Scene): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await sleep(200)) {
    if ((await startedOn(sshd)).length === 0) break;
  }
  expect((await startedOn(sshd)).map(({ name }) => name)).toEqual([]);
  expect(await readdir(sshd.home)).toEqual([]);
}

async function expectLost(playing: Playing, { workspace }: Scene): Promise<void> {
  const played = await playing.ended;
  expect(played.exitCode, played.stderr).toBe(4);
  expect(hostReport(played, "one")).toMatchObject({ status: "unreachable", error: { code: "NODE_LOST" } });
  expect((await readdir(workspace.folder)).includes("tidied")).toBe(false);
  expect((await allProcesses()).filter(({ pid }) => pid === playing.pid)).toEqual([]);
}

/** Ends everything that runs on the host, as its reboot does. */
async function killAll({ sshd }: Scene): Promise<void> {
  const running = await startedOn(sshd);
  await sshd.killConnections();
  for (const { pid } of running) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended with another one.
    }
  }
}

test.concurrent.each<[string, (scene: Scene) => unknown]>([
  [
    "an sshd that is killed, with all of its connections,",
    async ({ sshd }) => {
      await sshd.killConnections();
      process.kill(sshd.pid, "SIGKILL");
    },
  ],
  ["a host whose processes all end at once", killAll],
  ["a network that falls silent", ({ proxy }) => proxy.silence()],
])("%s ends the run, and nothing stays here or there", TIMEOUT, async (_, harm) => {
  await using scene = await setScene();
  const playing = await startMiddle(scene);
  await harm(scene);
  await Promise.all([expectLost(playing, scene), expectNothingLeft(scene)]);
});

test.concurrent(
  "a BEAM ends whose controller was killed behind a network that fell silent",
  TIMEOUT,
  async () => {
    await using scene = await setScene();
    const playing = await startMiddle(scene);
    scene.proxy.silence();
    playing.kill("SIGKILL");
    await playing.ended;
    await expectNothingLeft(scene);
  },
);

test.concurrent(
  "steps below always are run when a signal ends the run, and nothing stays",
  TIMEOUT,
  async () => {
    await using scene = await setScene();
    const playing = await startMiddle(scene);
    playing.kill("SIGINT");
    const played = await playing.ended;
    expect(played.exitCode, played.stderr).toBe(130);
    expect(await readdir(scene.workspace.folder)).toContain("tidied");
    await expectNothingLeft(scene);
  },
);
