// Hosts that lose their connections at the same moment: when a bastion, a switch or a link of the controller fails.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startFaultyProxy } from "./faulty-proxy.ts";
import { hostThrough } from "./host-through.ts";
import { allProcesses, leftOn, startedOn } from "./processes.ts";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, type Played, type Playing, type Workspace } from "./workspace.ts";

const TIMEOUT = { timeout: 240_000 };
/** How long a login takes at least, so that those that may overlap do. */
const LOGIN_MS = 400;

/** What the steps call: it notes down that it was called, and goes on when a file is there. */
const ERRAND = String.raw`
-module(errand).
-export([run/2]).

run(Folder, Host) ->
    ok = file:write_file(filename:join(Folder, ["count-", Host]), "x", [append]),
    io:format("begun on ~ts~n", [Host]),
    wait(filename:join(Folder, "go")),
    Host.

wait(File) ->
    case filelib:is_file(File) of
        true -> ok;
        false -> timer:sleep(20), wait(File)
    end.
`;

const SITE = `
- hosts: all:!bastion
  modules: errand.erl
  vars: { folder: "FOLDER" }
  steps:
    - { name: Errand, run: { module: errand, function: run, args: ["\${{ vars.folder }}", "\${{ host.name }}"] } }
    - { name: Afterwards, run: "erlang:abs(-7)" }
`;

let bastion: Sshd;
let sshd: Sshd;

beforeAll(async () => {
  [bastion, sshd] = await Promise.all([
    startSshd({ address: "127.0.0.16" }),
    startSshd({ address: "127.0.0.17" }),
  ]);
});

afterAll(async () => {
  await Promise.all([bastion, sshd].map((server) => server.stop()));
});

/** A play that is in the middle of a step on all of its hosts. */
interface Middle {
  readonly workspace: Workspace;
  readonly playing: Playing;
  /** Lets the steps go on. */
  go(): Promise<void>;
  /** Waits for an event of each host. */
  all(type: "host_reconnecting" | "host_reconnected"): Promise<void>;
}

async function playToMiddle(
  workspace: Workspace,
  hosts: Readonly<Record<string, unknown>>,
  ...args: string[]
): Promise<Middle> {
  const names = namesOf(hosts);
  await workspace.write({
    "errand.erl": ERRAND,
    "site.yml": SITE.replace("FOLDER", workspace.folder),
    "hosts.yml": { all: { hosts } },
  });
  const playing = workspace.startPlay("site.yml", ...args);
  await Promise.all(names.map((name) => playing.said(`begun on ${name}`)));
  return {
    workspace,
    playing,
    go: () => workspace.write({ go: "" }),
    all: (type) => playing.said(`"type":"${type}"`, names.length),
  };
}

function namesOf(hosts: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(hosts).filter((name) => name !== "bastion");
}

/** Every host came back once, and every call was made once. */
async function expectAllDoneOnce(
  { workspace }: Middle,
  played: Played,
  hosts: Readonly<Record<string, unknown>>,
): Promise<void> {
  expect(played.exitCode, played.stderr + played.stdout).toBe(0);
  for (const name of namesOf(hosts)) {
    expect(hostReport(played, name)).toMatchObject({
      status: "ok",
      reconnected: 1,
      steps: [
        { result: name, attempts: 1 },
        { result: 7, attempts: 1 },
      ],
    });
    expect(await readFile(join(workspace.folder, `count-${name}`), "utf8")).toBe("x");
  }
}

test(
  "hosts that lost their connections come back as many at a time as --connect-concurrency says",
  TIMEOUT,
  async () => {
    await using workspace = await openWorkspace();
    await using proxy = await startFaultyProxy(sshd);
    const host = await hostThrough(proxy, { sshd, folder: workspace.folder });
    const hosts = Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`web${index + 1}`, host]));
    const middle = await playToMiddle(workspace, hosts, "--connect-concurrency", "2");
    const held = proxy.hold(LOGIN_MS);
    proxy.cut();
    await middle.all("host_reconnected");
    await middle.go();
    await expectAllDoneOnce(middle, await middle.playing.ended, hosts);
    expect([1, 2]).toContain(held.most());
    expect(await leftOn(sshd)).toEqual([]);
  },
);

/** Six hosts behind a bastion, three of each backend; the bastion is reached through a proxy. */
async function hostsBehind(
  way: { readonly address: string; readonly port: number },
  { folder }: Workspace,
): Promise<Record<string, unknown>> {
  const behind = hostOf(sshd, { fusion_jump: "bastion" });
  const bySsh = { ...behind, fusion_ssh_backend: "openssh" };
  return {
    bastion: await hostThrough(way, { sshd: bastion, folder }),
    ...Object.fromEntries(["web1", "web2", "web3"].map((name) => [name, behind])),
    ...Object.fromEntries(["ssh1", "ssh2", "ssh3"].map((name) => [name, bySsh])),
  };
}

/** How many users have logged in to a server, ever. */
function logins(server: Sshd): number {
  return server.log().match(/Accepted publickey/gu)?.length ?? 0;
}

/** Arguments of the processes of ssh that run for these servers, here. */
async function sshOfOurs(): Promise<string[]> {
  const keys = [bastion, sshd].map(({ userKeyFile }) => userKeyFile);
  return (await allProcesses())
    .filter(({ name, visible }) => name === "ssh" && keys.some((key) => visible.includes(key)))
    .map(({ visible }) => visible);
}

test(
  "a bastion that is lost and comes back is logged in to once more, for all hosts behind it",
  TIMEOUT,
  async () => {
    await using workspace = await openWorkspace();
    await using proxy = await startFaultyProxy(bastion);
    const hosts = await hostsBehind(proxy, workspace);
    const before = logins(bastion);
    const middle = await playToMiddle(workspace, hosts);
    expect(logins(bastion) - before).toBe(2);
    const turnedAway = proxy.turnAway();
    proxy.cut();
    await middle.all("host_reconnecting");
    // A try of either backend and some more.
    await turnedAway.reached(4);
    turnedAway.letIn();
    await middle.all("host_reconnected");
    await middle.go();
    await expectAllDoneOnce(middle, await middle.playing.ended, hosts);
    expect(logins(bastion) - before).toBe(4);
    expect(await leftOn(sshd)).toEqual([]);
    expect(await leftOn(bastion)).toEqual([]);
    expect(await sshOfOurs()).toEqual([]);
  },
);

test(
  "hosts behind a bastion that stays away are unreachable, and nothing of the run is left there or here",
  TIMEOUT,
  async () => {
    await using workspace = await openWorkspace();
    await using proxy = await startFaultyProxy(bastion);
    const hosts = await hostsBehind(proxy, workspace);
    const middle = await playToMiddle(workspace, hosts);
    const folders = (await sshOfOurs())
      .flatMap((line) => / -S (\S+\/c) /u.exec(line)?.[1] ?? [])
      .map(dirname);
    expect(new Set(folders).size).toBe(4);
    expect((await startedOn(sshd)).filter(({ name }) => name === "beam.smp")).toHaveLength(6);
    proxy.leave();
    const played = await middle.playing.ended;
    expect(played.exitCode, played.stderr + played.stdout).toBe(4);
    for (const name of namesOf(hosts)) {
      const { status, error, steps } = hostReport(played, name);
      expect([status, error?.code]).toEqual(["unreachable", "NODE_LOST"]);
      expect(error?.message).toContain("Cannot connect to bastion");
      expect(steps).toMatchObject([{ status: "failed", error: { code: "OUTCOME_UNKNOWN" } }]);
      expect(await readFile(join(workspace.folder, `count-${name}`), "utf8")).toBe("x");
    }
    expect(await leftOn(sshd)).toEqual([]);
    expect(await leftOn(bastion)).toEqual([]);
    expect(await sshOfOurs()).toEqual([]);
    expect(folders.filter((folder) => existsSync(folder))).toEqual([]);
  },
);
