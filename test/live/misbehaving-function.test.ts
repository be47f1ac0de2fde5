import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { leftOn } from "./processes.ts";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, outputOf, type Played, type Workspace } from "./workspace.ts";
import type { WrittenStep } from "./written-by-run.ts";

const LIB = join(import.meta.dirname, "..", "fixtures", "live");
const MEBIBYTE = 1024 * 1024;
let sshd: Sshd;
let workspace: Workspace;

beforeAll(async () => {
  sshd = await startSshd();
  workspace = await openWorkspace({ all: { hosts: { doomed: hostOf(sshd), other: hostOf(sshd) } } });
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

/** Plays steps of which each one may fail. */
async function play(name: string, steps: string, ...args: string[]): Promise<Played> {
  const indented = steps.replaceAll(/^(?=.)/gm, "    ");
  const modules = `[${LIB}/misbehaving.erl, ${LIB}/misbehaving.ex]`;
  await workspace.write({ [name]: `- hosts: all\n  modules: ${modules}\n  steps:\n${indented}` });
  return workspace.play(name, ...args);
}

describe("functions that fail", () => {
  let played: Played;
  const step = (name: string, host = "other"): WrittenStep => {
    const found = hostReport(played, host).steps.find((one) => one.name === name);
    if (found === undefined) throw new Error(`No step "${name}": ${played.stdout}${played.stderr}`);
    return found;
  };

  beforeAll(async () => {
    const failing = [
      ["raise", "misbehaving:raises()"],
      ["raise in Elixir", "Misbehaving.raises()"],
      ["throw", "misbehaving:throws()"],
      ["throw in Elixir", "Misbehaving.throws()"],
      ["exit", "misbehaving:exits({shutdown, [why]})"],
      ["exit normally", "misbehaving:exits(normal)"],
      ["exit by kill", "misbehaving:exits(kill)"],
      ["call what is undefined", "misbehaving:calls_undefined()"],
      ["be undefined", "misbehaving:no_such_function(1)"],
      ["be in no module", "no_such_module:anything()"],
      ["die with a linked process", "misbehaving:links()"],
    ].map(([name, call]) => `- { name: ${name}, run: '${call}', ignore_errors: true }`);
    played = await play(
      "fails.yml",
      `${failing.join("\n")}
- { name: never return, run: misbehaving:never_returns(), timeout: 300ms, ignore_errors: true, register: slept }
- { name: The sleeper is gone, run: 'erlang:whereis(sleeper)', until: result == null, retries: 100, delay: 100ms }
- { name: The error was registered, assert: slept.failed == true && slept.code == "TIMEOUT" }
- { name: read, run: misbehaving:reads() }
- { name: kill the group leader, run: misbehaving:kills_its_group_leader() }
- { name: flood, run: misbehaving:floods(5000) }
- { name: call the controller, run: 'misbehaving:calls_the_controller(<<"${join(workspace.folder, "touched-")}\${{ host.name }}">>)' }
- { name: change the group leader, run: misbehaving:changes_its_group_leader() }
- { name: forge a result, run: misbehaving:forges_a_result() }
- { name: print later, run: misbehaving:prints_later() }
- { name: wait, run: 'timer:sleep(600)' }
- { name: After all of that, run: 'erlang:abs(-7)' }
- { name: die, when: host.name == "doomed", run: misbehaving:dies() }
- { name: never reached, when: host.name == "doomed", run: 'erlang:abs(-7)' }
`,
    );
  });

  test("they never end the host's part of the play, but for the one that ends its node", () => {
    expect(played.exitCode, played.stderr).toBe(4);
    expect(hostReport(played, "other")).toMatchObject({ status: "ok", error: null });
    expect(step("After all of that")).toMatchObject({ status: "ok", result: 7 });
    expect(step("After all of that", "doomed")).toMatchObject({ status: "ok", result: 7 });
  });

  test.each([
    ["raise", "REMOTE_EXCEPTION", "error", /^misbehaving:raises\/0 raised \{sick,\[1,2\]\} on other$/],
    [
      "raise in Elixir",
      "REMOTE_EXCEPTION",
      "error",
      /^Misbehaving\.raises\/0 raised \(ArgumentError\) not like this/,
    ],
    ["throw", "REMOTE_EXCEPTION", "throw", /threw ball/],
    ["throw in Elixir", "REMOTE_EXCEPTION", "throw", /threw \{:ball, 1\}/],
    ["exit", "REMOTE_EXCEPTION", "exit", /exited with \{shutdown,\[why\]\}/],
    ["exit normally", "REMOTE_EXCEPTION", "exit", /exited with normal/],
    ["exit by kill", "REMOTE_EXCEPTION", "exit", /exited with kill/],
    ["call what is undefined", "REMOTE_EXCEPTION", "error", /raised undef/],
    ["be undefined", "FUNCTION_NOT_FOUND", "error", /Cannot call misbehaving:no_such_function\/1 on other/],
    ["be in no module", "FUNCTION_NOT_FOUND", "error", /Cannot call no_such_module:anything\/0/],
    ["die with a linked process", "REMOTE_EXCEPTION", "exit", /exited with linked_process_died/],
  ])("a function that does “%s” gives %s of class %s", (name, code, kind, message) => {
    const { status, error } = step(name);
    expect(status).toBe("ignored");
    expect(error).toMatchObject({ code, class: kind, message: expect.stringMatching(message) });
  });

  test("an exception keeps its stack trace, with file and line", () => {
    expect(step("raise").error?.stacktrace?.[0]).toMatch(/misbehaving\.erl:\d+: misbehaving:raises\/0$/);
    expect(step("raise in Elixir").error?.stacktrace?.join("\n")).toMatch(
      /misbehaving\.ex:2: Misbehaving\.raises\/0/,
    );
    expect(step("call what is undefined").error?.stacktrace?.[0]).toContain(
      "no_such_module:no_such_function/1",
    );
  });

  test("a function that never returns is killed on the host when its step times out", () => {
    const { status, error, output, duration_ms: duration } = step("never return");
    expect(status).toBe("ignored");
    expect(error).toMatchObject({
      code: "TIMEOUT",
      message: expect.stringMatching(/phase "call" on other.*0\.3 s/),
    });
    expect(error?.hint).toMatch(/timeout/);
    expect(output).toBe("asleep\n");
    // A timer may fire a part of a millisecond early.
    expect(duration).toBeGreaterThan(298);
    expect(duration).toBeLessThan(5000);
    // undefined: no process has the name any longer. It was told to end, which takes it a moment.
    expect(step("The sleeper is gone")).toMatchObject({ status: "ok", result: null });
    expect(step("The error was registered").status).toBe("ok");
  });

  test("a function that reads gets eof at once", () => {
    expect(step("read")).toMatchObject({ status: "ok", result: ["eof", "eof", "eof", "eof"] });
    expect(step("read").duration_ms).toBeLessThan(5000);
  });

  test("a function cannot harm the controller with exits, floods and forged messages", () => {
    expect(step("kill the group leader")).toMatchObject({ status: "ok", result: "still_here" });
    expect(step("flood")).toMatchObject({ status: "ok", result: "flooded" });
    expect(step("forge a result")).toMatchObject({ status: "ok", result: "honest" });
    expect(outputOf(played, "other", null)).toContain("fusion-play:pid:1\n");
  });

  test("a function cannot run anything on the controller", () => {
    const { status, result } = step("call the controller");
    expect(status).toBe("ok");
    const [erpc, rpc, server, down, spawned] = result as [string[], unknown[], unknown, unknown, unknown];
    expect(erpc).toEqual(["error", ["erpc", "notsup"]]);
    expect(rpc[0]).toBe("badrpc");
    expect(server).toMatch(/noproc|nodedown/);
    expect(down).toBe("noproc");
    expect(spawned).toBe(hostReport(played, "doomed").runtime?.otp === "23" ? "noproc" : true);
    for (const host of ["doomed", "other"]) {
      expect(existsSync(join(workspace.folder, `touched-${host}`))).toBe(false);
    }
  });

  test("a function that changes its group leader ends as others do, and what it prints is the host's", () => {
    expect(step("change the group leader")).toMatchObject({
      status: "changed",
      result: ["changed", true],
      output: "",
    });
    expect(outputOf(played, "other", null)).toContain("printed to another group leader\n");
  });

  test("what a process prints after its step has ended is still known to be of that step", () => {
    expect(step("print later")).toMatchObject({ status: "ok", result: "started", output: "" });
    expect(outputOf(played, "other", "print later")).toBe("printed after the end\n");
    expect(step("wait").output).toBe("");
  });

  test("a function that ends its node makes the host unreachable, with what the BEAM said", () => {
    const { status, error, steps } = hostReport(played, "doomed");
    expect(status).toBe("unreachable");
    expect(error).toMatchObject({ code: "NODE_LOST" });
    expect(error?.message).toMatch(/exit status 3.*my last words/s);
    expect(steps.at(-1)).toMatchObject({ name: "die", status: "failed", error: { code: "OUTCOME_UNKNOWN" } });
  });
});

describe("functions that print or return much", () => {
  let played: Played;
  /** Pieces of one MiB. In three of the ways the BEAM itself is slow, above all where it writes each byte alone. */
  const PIECES = { group_leader: 20, user: 20, file: 20, format: 4, standard_error: 4, display: 1 };
  const WAYS = Object.entries(PIECES);
  const LINES_PER_PIECE = 32768;

  beforeAll(async () => {
    const printing = WAYS.map(
      ([way, pieces]) => `- { name: ${way}, run: 'misbehaving:prints(${way}, ${pieces})', timeout: 60s }`,
    );
    played = await play(
      "prints.yml",
      `${printing.join("\n")}
- { name: return much, run: 'misbehaving:large(${50 * MEBIBYTE})', timeout: 30s, register: large }
- { name: use it, run: 'erlang:byte_size(\${{ large }})' }
- { name: still answers, run: 'erlang:abs(-7)', timeout: 5s }
`,
      "--limit",
      "other",
    );
  });

  test.each(WAYS)("a function that prints by way of %s does not stall: %i MB", (way, pieces) => {
    expect(played.exitCode, played.stderr).toBe(0);
    const step = hostReport(played, "other").steps.find(({ name }) => name === way);
    expect(step).toMatchObject({ status: "ok", result: ["printed", pieces] });
  });

  test.each(["group_leader", "format"] as const)(
    "what is printed by way of %s arrives whole, and the report is cut",
    (way) => {
      expect(outputOf(played, "other", way)).toHaveLength(PIECES[way] * MEBIBYTE);
      const output = hostReport(played, "other").steps.find(({ name }) => name === way)?.output ?? "";
      expect(output.length).toBeLessThan(MEBIBYTE);
      expect(output).toMatch(/^a line of 32 bytes.*more characters were cut\]$/s);
    },
  );

  test("what is printed past the I/O protocol is the host's", () => {
    const text = outputOf(played, "other", null);
    const lines = text.match(/a line of 32 bytes/g)?.length ?? 0;
    expect(lines).toBe((PIECES.user + PIECES.file + PIECES.standard_error) * LINES_PER_PIECE);
    // erlang:display/1 prints the bytes as numbers. What is left of standard error may stand between its first ones.
    expect(text).toContain([...Buffer.from("a line of 32 bytes")].join(","));
  });

  test("a result of 50 MB arrives, and can be passed on", () => {
    const steps = hostReport(played, "other").steps;
    const much = steps.find(({ name }) => name === "return much")?.result as string | undefined;
    expect(much?.length).toBe(50 * MEBIBYTE);
    expect(steps.find(({ name }) => name === "use it")?.result).toBe(50 * MEBIBYTE);
    expect(steps.at(-1)).toMatchObject({ name: "still answers", result: 7 });
  });
});

test("functions that misbehave leave nothing on the host", async () => {
  expect(await leftOn(sshd)).toEqual([]);
});
