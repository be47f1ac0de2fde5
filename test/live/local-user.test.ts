import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { randomBytes } from "node:crypto";
import { copyFile, mkdtemp, chmod, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { leftOn } from "./processes.ts";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, type Played, type Workspace } from "./workspace.ts";

const PROGRAM = join(import.meta.dirname, "..", "fixtures", "live", "local-user.mjs");
/** To act as another user takes root; to look as one, /proc. */
const isPossible = process.getuid?.() === 0 && process.platform === "linux";

describe.runIf(isPossible)("another user of the host", () => {
  const user = `fp${randomBytes(4).toString("hex")}`;
  let sshd: Sshd;
  let workspace: Workspace;
  let folder: string | undefined;
  let cookie: string;
  let played: Played;
  let seen: Seen;

  /** What the user prints. */
  interface Seen {
    readonly user: number;
    readonly readable: string;
    readonly files: number;
    readonly names: readonly string[];
    readonly aliveOfStranger: string;
    readonly aliveOfBeam: string;
    readonly aliveOfController: string;
    readonly kill: string;
    readonly nodePort: string;
    readonly asController: string;
    readonly asStranger: string;
    readonly listens: readonly string[];
    readonly namesWhileHeld: boolean;
  }

  beforeAll(async () => {
    execFileSync("useradd", ["--no-create-home", "--shell", "/bin/sh", user]);
    sshd = await startSshd();
    workspace = await openWorkspace({ all: { hosts: { one: hostOf(sshd) } } });
    const at = (name: string): string => join(workspace.folder, name);
    await workspace.write({
      "middle.yml": `
- hosts: one
  steps:
    - name: Middle
      eval:
        erlang: |
          [Controller] = nodes(hidden),
          Short = fun(Node) -> hd(string:split(atom_to_list(Node), "@")) end,
          {port, NodePort, _} = erl_epmd:port_please(Short(Controller), {127, 0, 0, 1}),
          {port, Own, _} = erl_epmd:port_please(Short(node()), {127, 0, 0, 1}),
          {ok, [[Epmd]]} = init:get_argument(epmd_port),
          %% A program that a step starts, such as another erl, shall find the host's own.
          false = os:getenv("ERL_EPMD_PORT"),
          Known = [Epmd, integer_to_list(NodePort), integer_to_list(Own), atom_to_list(erlang:get_cookie())],
          ok = file:write_file(Name ++ ".new", lists:join(" ", Known)),
          ok = file:rename(Name ++ ".new", Name),
          Await = fun Await() -> case file:read_file_info(Name ++ ".seen") of {ok, _} -> ok; _ -> timer:sleep(50), Await() end end,
          Await(),
          lists:sort([Short(Node) || Node <- nodes(connected)]) =:= [Short(Controller)]
        bindings: { Name: !charlist "${at("known")}" }
    - { name: After, run: "erlang:abs(-7)" }
`,
    });
    const since = Date.now();
    const playing = workspace.startPlay("middle.yml");
    const known = await Promise.race([awaited(at("known")), playing.ended.then(({ stdout }) => stdout)]);
    const [epmd, node, beam, ...rest] = known.split(" ");
    cookie = rest.join(" ");
    // Where the user can read it.
    folder = await mkdtemp("/tmp/local-user-");
    await chmod(folder, 0o755);
    const [itsNode, program] = [join(folder, "node"), join(folder, "local-user.mjs")];
    await Promise.all([copyFile(process.execPath, itsNode), copyFile(PROGRAM, program)]);
    const ids = ["-u", "-g"].map((option) =>
      Number(execFileSync("id", [option, user], { encoding: "utf8" })),
    );
    const looking = spawn(itsNode, [program], {
      uid: ids[0],
      gid: ids[1],
      cwd: "/",
      env: { PATH: process.env["PATH"] },
      stdio: ["pipe", "pipe", "inherit"],
    });
    looking.stdin.end(JSON.stringify({ epmd: Number(epmd), node: Number(node), beam: Number(beam), since }));
    const [printed] = await Promise.all([text(looking.stdout), once(looking, "exit")]);
    seen = JSON.parse(printed) as Seen;
    await workspace.write({ "known.seen": "" });
    played = await playing.ended;
  });

  afterAll(async () => {
    execFileSync("userdel", [user], { stdio: "ignore" });
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    await workspace[Symbol.asyncDispose]();
    await sshd.stop();
  });

  test("finds the cookie in no argument, environment or file", () => {
    expect(seen.user).toBeGreaterThan(0);
    expect(cookie).toMatch(/^\w{32,}$/);
    // It has seen the BEAM.
    expect(seen.readable).toContain("-start_epmd\0false");
    expect(seen.readable).not.toContain(cookie);
    expect(seen.files).toBeGreaterThan(0);
  });

  test("learns the names of both nodes from our EPMD, and can register nothing there", () => {
    expect(seen.names).toEqual([
      expect.stringMatching(/^fusion_play_\w+$/),
      expect.stringMatching(/^fusion_(?!play)\w+$/),
    ]);
    // ALIVE2_X_RESP, refused.
    for (const answer of [seen.aliveOfStranger, seen.aliveOfBeam, seen.aliveOfController]) {
      expect(answer).toBe("760100000000");
    }
    expect(seen.kill).toBe("");
    expect(seen.namesWhileHeld).toBe(true);
  });

  test("cannot take the port of our EPMD", () => {
    expect(seen.listens.slice(0, 2)).toEqual(["EADDRINUSE", "EADDRINUSE"]);
  });

  test("is hung up on at our node's port, and refused by the BEAM without the cookie", () => {
    expect(seen.nodePort).toBe("");
    // A status, a challenge, and no acknowledgement of the digest.
    expect(seen.asStranger).toBe("sokN");
    expect(seen.asController).toMatch(/^s(nok|(alive|ok|ok_simultaneous)N?)$/);
  });

  test("does not disturb the run, whatever it tried and holds", async () => {
    expect(played.exitCode, played.stderr + played.stdout).toBe(0);
    expect(hostReport(played, "one").steps.map(({ result }) => result)).toEqual([true, 7]);
    expect(await leftOn(sshd)).toEqual([]);
  });
});

async function awaited(file: string): Promise<string> {
  for (;;) {
    const content = await readFile(file, "utf8").catch(() => undefined);
    if (content !== undefined) return content;
    await sleep(50);
  }
}
