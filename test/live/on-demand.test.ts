import { execFile } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { rm, writeFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { encodeTerm } from "../../src/etf/encode.ts";
import { atom, charlist, tuple } from "../../src/etf/term.ts";
import { leftOn, startedOn } from "./processes.ts";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, type Played, type Playing, type Workspace } from "./workspace.ts";
import type { WrittenModule, WrittenStep } from "./written-by-run.ts";

// Each run boots four BEAMs, which takes its time on a machine under load.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const run = promisify(execFile);
const HOSTS = ["one", "two"] as const;
let sshd: Sshd;
let workspace: Workspace;

beforeAll(async () => {
  sshd = await startSshd();
  // Two hosts behind one address: their loaders must not get into each other's way.
  workspace = await openWorkspace({ all: { hosts: { one: hostOf(sshd), two: hostOf(sshd) } } });
  await workspace.write({ ...FIRST, ...SECOND });
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

/** Erlang modules, each with `f/0`. */
function erlang(folder: string, functions: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(functions).map(([name, body]) => [
      `${folder}/${name}.erl`,
      `-module(${name}).\n-export([f/0]).\nf() -> ${body}.\n`,
    ]),
  );
}

const FIRST = {
  ...erlang("first", {
    chain_a: "{a, chain_b:f()}",
    chain_b: "b",
    computed: "computed",
    never: "never",
    pushed_a: "pushed_b:f()",
    pushed_b: "pushed",
    shared: "first",
    only_first: "first",
    shells: 'os:cmd("echo denied")',
    together: "together_below:f()",
    together_below: "together",
    pool: "not_the_host_s",
  }),
  "first/shapes.ex": `
    defprotocol Shapes.Area do
      def of(shape)
    end
    defmodule Shapes.Square do
      defstruct [:side]
      defimpl Shapes.Area do
        def of(%{side: side}), do: side * side
      end
    end
    defmodule Shapes.Circle do
      defstruct [:radius]
      defimpl Shapes.Area do
        def of(%{radius: radius}), do: 3 * radius * radius
      end
    end
    defmodule Shapes do
      def squares(sides), do: for(side <- sides, do: Shapes.Area.of(%Shapes.Square{side: side}))
    end
  `,
};
const SECOND = erlang("second", { shared: "second", only_second: "second", caller: "shared:f()" });

function stepOf(played: Played, host: string, name: string, play = 0): WrittenStep {
  const found = hostReport(played, host, play).steps.find((step) => step.name === name);
  if (found === undefined) throw new Error(`There is no step ${name}: ${played.stderr}`);
  return found;
}

function namesOf(modules: readonly WrittenModule[]): string[] {
  return modules.map(({ module }) => module).filter((name) => !/inline/i.test(name));
}

describe("a play with code_loading: on_demand", () => {
  let played: Played;
  /** Which of the play's modules are loaded. */
  const LOADED = `lists:sort([M || {M, File} <- code:all_loaded(), is_list(File), lists:prefix("/fusion-play/", File)])`;
  const REFUSED = [
    "/etc/passwd",
    "/fusion-play/1/../../etc/passwd",
    "/fusion-play/2/chain_a.beam",
    "/fusion-play/1/chain_a",
    "/fusion-play/1/pool.beam",
    "/usr/lib/erlang/../../../etc/passwd",
    "/tmp/fusion-play-AAAAAAAAAAAA/../../etc/passwd",
    "/etc/fusion-play-AAAA/passwd",
    "erl_crash.dump",
  ];

  beforeAll(async () => {
    await workspace.write({
      "fetch.yml": `
- hosts: all
  modules: ["first/*.erl", first/shapes.ex]
  code_loading: on_demand
  steps:
    - { name: Booted, run: "init:get_argument(loader)" }
    - { name: Before, eval: { erlang: '${LOADED}' } }
    - { name: Call, run: "chain_a:f()" }
    - { name: Call again, run: "chain_a:f()" }
    - name: Computed
      eval:
        erlang: |
          Module = binary_to_atom(Name),
          false = code:is_loaded(Module),
          {module, Module} = code:ensure_loaded(Module),
          {Module:f(), code:which(Module)}
        bindings: { Name: computed }
    - { name: Undefined, run: "nowhere:f()", ignore_errors: true, timeout: 20s }
    - { name: Absent, run: "code:ensure_loaded(nowhere)", timeout: 20s, failed_when: false }
    - { name: Elixir, run: "Shapes.squares([1, 2])" }
    - { name: Inline, eval: { elixir: "Enum.map([1, 2], &(&1 + 1))" } }
    - { name: Of the host, eval: { erlang: '{code:ensure_loaded(pool), erlang:function_exported(pool, f, 0)}' } }
    - { name: Object code, eval: { erlang: 'element(1, code:get_object_code(chain_a))' } }
    - { name: Push, push: pushed_a }
    - { name: After, eval: { erlang: '${LOADED}' } }
    - { name: Together, push: together, transaction: true }
    - { name: Pushed together, run: "together:f()" }
    - name: Refused
      eval:
        erlang: |
          {[erl_prim_loader:get_file(File) || File <- Files],
           [erl_prim_loader:list_dir(Folder) || Folder <- ["/", "/etc", "/fusion-play", "/fusion-play/2"]],
           [erl_prim_loader:read_file_info(Path) || Path <- ["/etc", "/etc/passwd"]]}
        bindings: { Files: [${REFUSED.map((path) => `!charlist "${path}"`).join(", ")}] }
    - name: Allowed
      eval:
        erlang: |
          {ok, Code, _} = erl_prim_loader:get_file(code:which(lists)),
          {ok, Names} = erl_prim_loader:list_dir("/fusion-play/1"),
          {is_binary(Code), lists:member("never.beam", Names)}
`,
    });
    played = await workspace.play("fetch.yml");
  });

  test("boots with the network's loader, and ends ok on two hosts of one machine", () => {
    expect(played.exitCode, played.stderr + JSON.stringify(played.report)).toBe(0);
    for (const host of HOSTS) expect(stepOf(played, host, "Booted").result).toEqual(["ok", [["inet"]]]);
  });

  test.each(HOSTS)("fetches each module when %s first calls it, and no other", (host) => {
    const modulesOf = (step: string): string[] => namesOf(stepOf(played, host, step).pushed);
    expect(stepOf(played, host, "Call").result).toEqual(["a", "b"]);
    expect(modulesOf("Call")).toEqual(["chain_a", "chain_b"]);
    expect(modulesOf("Call again")).toEqual([]);
    expect(stepOf(played, host, "Computed").result).toEqual(["computed", "/fusion-play/1/computed.beam"]);
    expect(modulesOf("Computed")).toEqual(["computed"]);
    const called = stepOf(played, host, "After").result as string[];
    const before = stepOf(played, host, "Before").result as string[];
    expect(before.filter((name) => !name.includes("inline"))).toEqual([]);
    // What is loaded is what the report lists, but for the push, whose modules lie in no folder.
    const { steps } = hostReport(played, host);
    const untilThen = steps.slice(0, steps.findIndex(({ name }) => name === "After") + 1);
    const fetched = untilThen.filter(({ name }) => name !== "Push");
    expect(called).toEqual(fetched.flatMap(({ pushed }) => pushed.map(({ module }) => module)).toSorted());
  });

  test.each(HOSTS)("tells %s at once that a module is nowhere", (host) => {
    expect(stepOf(played, host, "Undefined")).toMatchObject({
      status: "ignored",
      error: {
        code: "FUNCTION_NOT_FOUND",
        message: `Cannot call nowhere:f/0 on ${host}: the host has no such function`,
      },
    });
    expect(stepOf(played, host, "Absent").result).toEqual(["error", "nofile"]);
  });

  test.each(HOSTS)("runs Elixir on %s, with the implementation of a protocol that was asked for", (host) => {
    const { result, pushed } = stepOf(played, host, "Elixir");
    expect(result).toEqual([1, 4]);
    expect(namesOf(pushed).toSorted()).toEqual([
      "Elixir.Shapes",
      "Elixir.Shapes.Area",
      "Elixir.Shapes.Area.Shapes.Square",
    ]);
    expect(stepOf(played, host, "Inline").result).toEqual([2, 3]);
  });

  test.each(HOSTS)("leaves modules of the host's own to %s, and pushes what a step names", (host) => {
    expect(stepOf(played, host, "Of the host").result).toEqual([["module", "pool"], false]);
    const { pushed } = stepOf(played, host, "Push");
    expect(namesOf(pushed)).toEqual(["pushed_b", "pushed_a"]);
    expect(pushed.map((module) => module.on_demand)).toEqual([undefined, undefined]);
  });

  test.each(HOSTS)("loads a transaction's push on %s, and fetches nothing of it", (host) => {
    const { pushed } = stepOf(played, host, "Together");
    expect(pushed.map(({ module, on_demand }) => [module, on_demand])).toEqual([
      ["together_below", undefined],
      ["together", undefined],
    ]);
    expect(stepOf(played, host, "Pushed together")).toMatchObject({ result: "together", pushed: [] });
  });

  test.each(HOSTS)("gives %s no file of another folder, whatever the path", (host) => {
    expect(stepOf(played, host, "Refused").result).toEqual([
      REFUSED.map(() => "error"),
      ["error", "error", "error", "error"],
      ["error", "error"],
    ]);
    expect(stepOf(played, host, "Allowed").result).toEqual([true, true]);
  });

  test.each(HOSTS)("reports each file that %s was served once, with size and md5", (host) => {
    const { pushed: totals, steps, fetched } = hostReport(played, host);
    const modules = steps.flatMap(({ pushed }) => pushed);
    expect(fetched).toBeUndefined();
    expect(new Set(modules.map(({ module }) => module)).size).toBe(modules.length);
    expect(totals.modules).toBe(modules.length);
    expect(totals.bytes).toBe(modules.reduce((sum, { bytes }) => sum + bytes, 0));
    const [chain] = stepOf(played, host, "Call").pushed;
    expect(chain).toMatchObject({
      module: "chain_a",
      md5: expect.stringMatching(/^[0-9a-f]{32}$/),
      on_demand: true,
    });
    const events = played.events.filter((event) => event.type === "module_pushed" && event.host === host);
    expect(events.map(({ step, module }) => [step, module])).toEqual(
      steps.flatMap(({ name, pushed }) => pushed.map(({ module }) => [name, module])),
    );
  });
});

test("closure+on_demand ships the closure and answers misses, closure alone does not, and a policy denies what is fetched", async () => {
  const misses = `{chain_a:f(), try (binary_to_atom(Name)):f() catch error:undef -> undef end}`;
  await workspace.write({
    "both.yml": `${["closure", "closure+on_demand"]
      .map(
        (way) => `
- hosts: one
  modules: "first/*.erl"
  code_loading: ${way}
  steps:
    - { name: Call, eval: { erlang: '${misses}', bindings: { Name: computed } } }
`,
      )
      .join("")}
- hosts: one
  modules: "first/*.erl"
  code_loading: on_demand
  policy: { deny: [os.cmd] }
  steps:
    - { name: Denied, eval: { erlang: "(binary_to_atom(Name)):f()", bindings: { Name: shells } }, ignore_errors: true }
`,
  });
  const played = await workspace.play("both.yml");
  expect(played.exitCode, played.stderr).toBe(0);
  const [closure, both] = [0, 1].map((play) => stepOf(played, "one", "Call", play));
  expect(closure?.result).toEqual([["a", "b"], "undef"]);
  expect(namesOf(closure?.pushed ?? [])).toEqual(["chain_b", "chain_a"]);
  expect(both?.result).toEqual([["a", "b"], "computed"]);
  // The inline code is on the host since the play before.
  expect(both?.pushed.map(({ module, on_demand }) => [module, on_demand])).toEqual([["computed", true]]);
  const denied = stepOf(played, "one", "Denied", 2);
  expect(denied).toMatchObject({ status: "ignored", error: { code: "POLICY_VIOLATION" } });
  expect(namesOf(denied.pushed)).toEqual([]);
});

test("a later play fetches from its own code paths, and what the host has of former ones is replaced", async () => {
  // A name that the compiler knew would bring the module along.
  const tryIt = "element(1, element(2, (catch (binary_to_atom(Name)):f())))";
  await workspace.write({
    "plays.yml": `
- name: First
  hosts: one
  modules: "first/*.erl"
  code_loading: on_demand
  steps:
    - { name: Shared, run: "shared:f()" }
    - { name: Only first, run: "only_first:f()" }
- name: Second
  hosts: one
  modules: "second/*.erl"
  code_loading: on_demand
  steps:
    - { name: Shared, run: "caller:f()" }
    - { name: Loaded before, run: "only_first:f()" }
    - { name: Not any more, eval: { erlang: '{${tryIt}, erl_prim_loader:get_file("/fusion-play/1/computed.beam")}', bindings: { Name: computed } } }
- name: Closure
  hosts: one
  modules: "second/*.erl"
  steps:
    - { name: Path, eval: { erlang: '[P || P <- code:get_path(), lists:prefix("/fusion-play", P)]' } }
    - { name: Not fetched, eval: { erlang: '${tryIt}', bindings: { Name: only_second } } }
- name: First again
  hosts: one
  modules: "first/*.erl"
  code_loading: on_demand
  steps:
    - { name: Shared, run: "shared:f()" }
    - { name: Fetched, run: "chain_a:f()" }
`,
  });
  const played = await workspace.play("plays.yml");
  expect(
    played.exitCode,
    played.stderr +
      JSON.stringify(
        played.report?.plays.map((p) => p.hosts.one?.steps.map((s) => [s.name, s.error, s.result])),
      ),
  ).toBe(0);
  const step = (play: number, name: string): WrittenStep => stepOf(played, "one", name, play);
  const ways = ({ pushed }: WrittenStep): unknown =>
    pushed.map(({ module, on_demand }) => `${module}${on_demand === true ? " fetched" : ""}`);
  expect([step(0, "Shared").result, ways(step(0, "Shared"))]).toEqual(["first", ["shared fetched"]]);
  // What is loaded already would not be fetched, and the old version would be called.
  expect([step(1, "Shared").result, ways(step(1, "Shared"))]).toEqual([
    "second",
    ["shared", "caller fetched"],
  ]);
  expect(step(1, "Loaded before").result).toBe("first");
  expect(step(1, "Not any more").result).toEqual(["undef", "error"]);
  expect(step(2, "Path").result).toEqual([]);
  expect(step(2, "Not fetched").result).toBe("undef");
  expect([step(3, "Shared").result, ways(step(3, "Shared"))]).toEqual(["first", ["shared"]]);
  expect(step(3, "Fetched").result).toEqual(["a", "b"]);
});

describe("a session that fetches code", () => {
  beforeAll(async () => {
    await workspace.write({
      "middle.yml": `
- hosts: all
  modules: "first/*.erl"
  code_loading: on_demand
  steps:
    - name: Middle
      eval:
        erlang: |
          a = element(1, chain_a:f()),
          io:format("in the middle of ~ts~n", [Host]),
          timer:sleep(infinity)
        bindings: { Host: "\${{ host.name }}" }
`,
    });
  });

  async function startMiddle(): Promise<Playing> {
    const playing = workspace.startPlay("middle.yml");
    await Promise.all(HOSTS.map((host) => playing.said(`in the middle of ${host}`)));
    // A BEAM and the relay of its loader on each host; otherwise the tests would prove nothing.
    const beams = (await startedOn(sshd)).filter(({ name }) => name === "beam.smp");
    expect(beams).toHaveLength(4);
    return playing;
  }

  test.each([
    ["SIGINT", 130],
    ["SIGKILL", null],
  ] as const)("leaves no relay behind when %s ends the run", async (signal, exitCode) => {
    const playing = await startMiddle();
    playing.kill(signal);
    expect((await playing.ended).exitCode).toBe(exitCode);
    expect(await leftOn(sshd)).toEqual([]);
  });

  test("leaves no relay behind when the SSH server's process of the connection is killed", async () => {
    const playing = await startMiddle();
    await sshd.killConnections();
    expect((await playing.ended).exitCode).toBe(4);
    expect(await leftOn(sshd)).toEqual([]);
  });

  test("is lost when its relay ends, and leaves nothing", async () => {
    const playing = await startMiddle();
    for (const { pid } of await relays()) process.kill(pid, "SIGKILL");
    const played = await playing.ended;
    expect(played.exitCode).toBe(4);
    for (const host of HOSTS) {
      expect(hostReport(played, host)).toMatchObject({ status: "unreachable", error: { code: "NODE_LOST" } });
      expect(hostReport(played, host).error?.message).toMatch(/the relay of its loader ended/);
    }
    expect(await leftOn(sshd)).toEqual([]);
  });

  test("is served by a tunnel that answers nobody but its relay, which listens no longer", async () => {
    const playing = await startMiddle();
    try {
      const { stdout: connected } = await run("ss", ["-Htnp"]);
      const { stdout: listening } = await run("ss", ["-Hltunp"]);
      const relayed = await relays();
      const tunnels = relayed.flatMap(({ pid }) =>
        connected.split("\n").flatMap((line) => {
          const [, port] = line.includes(`pid=${pid},`)
            ? (/ 127\.0\.0\.1:\d+ +127\.0\.0\.1:(\d+) /.exec(line) ?? [])
            : [];
          return port === undefined ? [] : [Number(port)];
        }),
      );
      expect(tunnels).toHaveLength(2);
      expect(await Promise.all(tunnels.map(askForFile))).toEqual(["", ""]);
      for (const { pid } of relayed) expect(listening).not.toContain(`pid=${pid},`);
    } finally {
      playing.kill("SIGINT");
      await playing.ended;
    }
    expect(await leftOn(sshd)).toEqual([]);
  });

  async function relays(): Promise<{ pid: number }[]> {
    const beams = (await startedOn(sshd)).filter(({ name }) => name === "beam.smp");
    const relayed = beams.filter(({ visible }) => !visible.includes("-loader inet"));
    expect(relayed).toHaveLength(2);
    return relayed;
  }

  /** Asks for a module's code, as a loader does, and gives the answer in hexadecimal. */
  async function askForFile(port: number): Promise<string> {
    const request = encodeTerm(tuple(atom("get"), charlist("/fusion-play/1/chain_a.beam")));
    const header = Buffer.alloc(4);
    header.writeUInt32BE(request.byteLength);
    const socket = createConnection(port, "127.0.0.1");
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk)).on("error", () => {});
    socket.end(Buffer.concat([header, request]));
    await new Promise((resolve) => socket.once("close", resolve));
    return Buffer.concat(chunks).toString("hex");
  }
});

describe("a BEAM that has not found its relay yet", () => {
  let go: string;

  beforeAll(async () => {
    go = join(workspace.folder, "go");
    const { stdout: erl } = await run("/bin/sh", ["-c", "command -v erl"]);
    const wait = `while [ ! -e "${go}" ]; do sleep 0.05; done`;
    await workspace.write({
      "held.sh": `#!/bin/sh\ncase "$*" in *"-loader inet"*) ${wait};; esac\nexec ${erl.trim()} "$@"\n`,
      "held-hosts.yml": {
        all: { hosts: { held: hostOf(sshd, { fusion_erl: join(workspace.folder, "held.sh") }) } },
      },
      "held.yml": `
- hosts: held
  modules: "first/*.erl"
  code_loading: on_demand
  steps: [{ name: Call, run: "chain_a:f()" }]
`,
    });
    await run("chmod", ["+x", join(workspace.folder, "held.sh")]);
  });

  afterEach(async () => {
    await rm(go, { force: true });
  });

  /** Starts a run whose BEAM waits for the file `go`, and gives the address of its relay. */
  async function startHeld(): Promise<{ playing: Playing; address: string }> {
    const playing = workspace.startPlay("held.yml", "-i", "held-hosts.yml", "-l", "held");
    let ended: Played | undefined;
    void playing.ended.then((played) => (ended = played));
    while (ended === undefined) {
      const { stdout } = await run("ss", ["-Hlunp"]);
      const started = await startedOn(sshd);
      const isHeld = started.some(({ visible }) => visible.includes("-loader inet"));
      const relay = stdout
        .split("\n")
        .find((line) => started.some(({ pid }) => line.includes(`pid=${pid},`)) && line.includes(":4368 "));
      const [, address] = / (127\.\d+\.\d+\.\d+):4368 /.exec(relay ?? "") ?? [];
      if (isHeld && address !== undefined) return { playing, address };
      await sleep(50);
    }
    throw new Error(`The run ended before its BEAM was held: ${ended.stdout}${ended.stderr}`);
  }

  test.each(["SIGINT", "SIGKILL"] as const)("ends with the relay when %s ends the run", async (signal) => {
    const { playing } = await startHeld();
    playing.kill(signal);
    await playing.ended;
    expect(await leftOn(sshd)).toEqual([]);
  });

  test("ends with the relay when the SSH server's process of the connection is killed", async () => {
    const { playing } = await startHeld();
    await sshd.killConnections();
    const played = await playing.ended;
    expect(played.exitCode).toBe(4);
    expect(await leftOn(sshd)).toEqual([]);
  });

  // A process of another user can be had only by root.
  test.runIf(process.platform === "linux" && process.getuid?.() === 0)(
    "is awaited by a relay that serves no other user of the host",
    async () => {
      const { playing, address } = await startHeld();
      const port = await relayPort(address);
      const request = encodeTerm(tuple(atom("get"), charlist("/fusion-play/1/chain_a.beam")));
      const header = Buffer.alloc(4);
      header.writeUInt32BE(request.byteLength);
      const escaped = Array.from(Buffer.concat([header, request]), (byte) => `\\x${byte.toString(16)}`).join(
        "",
      );
      // Standard input goes to nowhere, so that only the relay ends this.
      const ask = `exec 3<>/dev/tcp/${address}/${port}; printf '${escaped}' >&3; cat <&3 | wc -c`;
      const asOther = ["--reuid=65534", "--regid=65534", "--clear-groups", "bash", "-c", ask];
      const { stdout: answered } = await run("setpriv", asOther, { cwd: "/" });
      expect(answered.trim()).toBe("0");
      await writeFile(go, "");
      const played = await playing.ended;
      expect(played.exitCode, played.stderr).toBe(0);
      expect(stepOf(played, "held", "Call")).toMatchObject({
        result: ["a", "b"],
        pushed: [{ module: "chain_a" }, { module: "chain_b" }],
      });
      expect(await leftOn(sshd)).toEqual([]);
    },
  );

  /** Looks for a boot server as a loader does, and gives the port that it names. */
  async function relayPort(address: string): Promise<number> {
    const socket = createSocket("udp4");
    try {
      const answer = once(socket, "message") as Promise<[Buffer]>;
      socket.send("EBOOTQ13.0", 4368, address);
      return (await answer)[0].readUInt16BE("EBOOTR".length + 1);
    } finally {
      socket.close();
    }
  }
});

test("a host whose erl cannot be started says so at once, and nothing is left", async () => {
  const file = join(workspace.folder, "breaks.sh");
  await workspace.write({ "breaks.sh": '#!/bin/sh\necho "this erl is broken" >&2\nexit 3\n' });
  await run("chmod", ["+x", file]);
  await workspace.write({
    "hosts.yml": { all: { hosts: { one: hostOf(sshd, { fusion_erl: file }), two: hostOf(sshd) } } },
    "broken.yml": "- hosts: one\n  code_loading: on_demand\n  steps: [{ run: 'erlang:node()' }]\n",
  });
  const played = await workspace.play("broken.yml");
  expect(played.exitCode).toBe(4);
  expect(hostReport(played, "one").error).toMatchObject({ code: "BOOT_FAILED" });
  expect(hostReport(played, "one").error?.message).toMatch(
    /the relay of its loader ended; it said: this erl is broken/,
  );
  expect(await leftOn(sshd)).toEqual([]);
});
