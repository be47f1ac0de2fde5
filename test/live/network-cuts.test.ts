// Networks that lose packets without a word: in network namespaces, so that the kernel's TCP is what notices it, or
// does not.
import { access, readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { hostThrough } from "./host-through.ts";
import { joinNetworks, openNetwork, type Link, type Network } from "./network-namespaces.ts";
import { leftOn } from "./processes.ts";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, type Played, type Workspace } from "./workspace.ts";

/** Longer than any tick, keepalive or deadline of the connection, on a machine that is busy with other things. */
const PATIENCE_MS = 240_000;
/** How long a host may be silent: four times as long as `ServerAliveInterval`. */
const ALIVE_INTERVAL_S = 3;

/** Hosts behind links that lose something, and what. `back` is behind one that is repaired. */
const LOSSES = {
  cut: (link: Link) => link.cut(),
  deaf: (link: Link) => link.loseWhatGoesThere(),
  mute: (link: Link) => link.loseWhatComesBack(),
  back: (link: Link) => link.cut(),
} as const;
const NAMES = ["cut", "deaf", "mute", "back"] as const;
/** `by-ssh` is the host `cut`, reached with the ssh of the system. */
const LOST = ["cut", "by-ssh", "deaf", "mute"] as const;
const OTHERS = ["beside", "back"] as const;

const isPossible = process.platform === "linux" && process.getuid?.() === 0;

describe.runIf(isPossible)("links that lose packets in mid-step", () => {
  /** What to undo, in the order of doing: also when the rest of the set-up fails. */
  const undo: (() => unknown)[] = [];
  const servers: Sshd[] = [];
  let workspace: Workspace;
  let played: Played | undefined;

  beforeAll(async () => {
    const here = await network();
    workspace = await openWorkspace({}, { launcher: here.launcher });
    undo.push(() => workspace[Symbol.asyncDispose]());
    const links: Partial<Record<string, Link>> = {};
    const hosts: Record<string, unknown> = {};
    for (const [index, name] of NAMES.entries()) {
      const there = await network();
      const link = await joinNetworks(here, there, index);
      const server = await sshd({ address: "0.0.0.0", launcher: there.launcher });
      hosts[name] = await hostThrough(
        { address: link.address, port: server.port },
        { sshd: server, folder: workspace.folder },
      );
      links[name] = link;
    }
    hosts["by-ssh"] = { ...(hosts["cut"] as object), fusion_ssh_backend: "openssh" };
    hosts["beside"] = hostOf(await sshd({ launcher: here.launcher }));
    const impatient = NAMES.filter((name) => name !== "back").map((name) => links[name]?.address);
    await workspace.write({
      "home/.ssh/config": `Host ${impatient.join(" ")}\n  ServerAliveInterval ${ALIVE_INTERVAL_S}\n`,
      "hosts.yml": { all: { hosts } },
      "site.yml": `
- hosts: all
  steps:
    - name: Middle
      eval:
        erlang: |
          io:format("in the middle of ~ts~n", [Host]),
          Wait = fun Wait() -> filelib:is_file(Go) orelse begin timer:sleep(50), Wait() end end,
          true = Wait(),
          ok = file:write_file(Done, ""),
          Host
        bindings: { Host: "\${{ host.name }}", Go: "${workspace.folder}/go-\${{ host.name }}", Done: "${workspace.folder}/done-\${{ host.name }}" }
    - { name: After, run: "erlang:abs(-7)" }
`,
    });

    const playing = workspace.startPlay("site.yml");
    await Promise.all([...LOST, ...OTHERS].map((host) => playing.said(`in the middle of ${host}`)));
    for (const name of NAMES) {
      const link = links[name];
      if (link !== undefined) await LOSSES[name](link);
    }
    // The result of this step is sent while nothing gets through.
    await workspace.write({ "go-back": "", "go-beside": "" });
    await vi.waitFor(() => access(join(workspace.folder, "done-back")), { timeout: PATIENCE_MS });
    await sleep(2000);
    await links["back"]?.repair();
    played = await Promise.race([playing.ended, sleep(PATIENCE_MS, undefined)]);
  }, 3 * PATIENCE_MS);

  afterAll(async () => {
    for (const step of undo.toReversed()) await step();
  });

  async function network(): Promise<Network> {
    const made = await openNetwork();
    undo.push(() => made[Symbol.asyncDispose]());
    return made;
  }

  async function sshd(options: Parameters<typeof startSshd>[0]): Promise<Sshd> {
    const server = await startSshd(options);
    undo.push(() => server.stop());
    servers.push(server);
    return server;
  }

  /** The run, which has come to its end. */
  function ended(): Played {
    if (played === undefined) throw new Error("the run hangs");
    return played;
  }

  test("the run ends, and says that hosts were unreachable", () => {
    expect(ended().exitCode, ended().stderr).toBe(4);
    expect(ended().report).toMatchObject({ status: "unreachable", exit_code: 4 });
  });

  test.each(LOST)("%s is unreachable once it was silent for too long", (host) => {
    const { status, error, steps } = hostReport(ended(), host);
    expect([status, steps.map((step) => step.name)]).toEqual(["unreachable", ["Middle"]]);
    expect(error).toMatchObject({ code: "NODE_LOST" });
  });

  test.each(["cut", "deaf", "mute"])("%s is told with the time that nothing came", (host) => {
    expect(hostReport(ended(), host).error?.message).toContain(`no answer for ${4 * ALIVE_INTERVAL_S} s`);
  });

  test.each(OTHERS)("%s ends ok, also if its link was down for a while", (host) => {
    const { status, steps } = hostReport(ended(), host);
    expect([status, steps.map(({ result }) => result)]).toEqual(["ok", [host, 7]]);
  });

  test(
    "hosts that nothing comes from keep neither processes nor files",
    { timeout: 2 * PATIENCE_MS },
    async () => {
      for (const server of servers) {
        expect(await leftOn(server, PATIENCE_MS)).toEqual([]);
        expect(await readdir(server.home)).toEqual([]);
      }
    },
  );
});
