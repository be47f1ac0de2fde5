import { afterAll, beforeAll, expect, test } from "vitest";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, outputOf, type Played, type Workspace } from "./workspace.ts";
import type { WrittenStep } from "./written-by-run.ts";

let sshd: Sshd;
let workspace: Workspace;
let played: Played;

/** Notes on the host the requests for calls that come over the link, and those for the agent. */
const WATCH = `
  Watch = fun Watch(Seen) ->
    receive
      {trace, _, 'receive', {'$gen_call', _, Request}} -> Watch([element(1, Request) | Seen]);
      {seen, From} -> From ! {seen, lists:reverse(Seen)}, Watch([]);
      _ -> Watch(Seen)
    end
  end,
  Watcher = spawn(fun() -> Watch([]) end),
  register(watcher, Watcher),
  erlang:trace(whereis(fusion_play), true, ['receive', {tracer, Watcher}])
`;
const SEEN = "watcher ! {seen, self()}, receive {seen, Seen} -> Seen end";

const PROBE = `
-module(probe).
-export([call/1, compiled/1, running/0]).
call(slow) -> register(probe_slow, self()), process_flag(trap_exit, true), timer:sleep(infinity);
call(raise) -> erlang:error(why);
call(throw) -> throw(ball);
call(print) -> io:format("printed~n"), printed;
call(where) -> {erpc, self() =/= whereis(fusion_play)};
call({meet, Name}) -> register(Name, self()), meet();
call(Other) -> Other.
%% The first call is over when what makes the calls has been compiled.
compiled(0) ->
  case erlang:module_loaded(fusion_play_calls) of
    true -> 0;
    false -> timer:sleep(10), compiled(0)
  end;
compiled(Other) -> Other.
%% None gets on before all three are there.
meet() ->
  case [whereis(Name) || Name <- [probe_a, probe_b, probe_c]] of
    [A, B, C] when is_pid(A), is_pid(B), is_pid(C) -> timer:sleep(100), met;
    _ -> timer:sleep(10), meet()
  end.
running() -> whereis(probe_slow).
`;

function mixed(name: string): string {
  const items = "[!atom print, !atom raise, !atom slow, !atom throw, !atom nosuch, [80, 81]]";
  const limits = "timeout: 2s, ignore_errors: true";
  return `    - { name: "${name}", run: "probe:call(\${{ item }})", loop: ${items}, ${limits} }`;
}

const SITE = `
- name: Loops
  hosts: one
  modules: probe.erl
  vars: { many: 500 }
  steps:
${mixed("Mixed")}
    - { name: Killed, run: "probe:running()" }
    - { name: Watch, eval: { erlang: ${JSON.stringify(WATCH)} } }
    - { name: Warm, run: "probe:call(1)" }
    - { name: Forget, eval: { erlang: ${JSON.stringify(SEEN)} } }
    - { name: Many, run: "probe:call(\${{ item }})", loop: range(vars.many), register: numbers }
    - { name: Seen, eval: { erlang: ${JSON.stringify(SEEN)} } }
    - name: Checked
      assert: size(numbers) == 500 && numbers[499] == 499
    - { name: Compiled, run: "probe:compiled(\${{ item }})", loop: range(1000) }
${mixed("Mixed, compiled")}
    - { name: "Killed, compiled", run: "probe:running()" }
    - name: Parallel
      run: probe:call(\${{ item }})
      loop: [!tuple [!atom meet, !atom probe_a], !tuple [!atom meet, !atom probe_b], !tuple [!atom meet, !atom probe_c]]
      loop_control: { parallel: 3 }
    - name: Elixir
      run: Integer.to_string(\${{ item.value }})
      loop: { a: 1, b: 2 }
    - name: Code
      eval: { erlang: "N * 2", bindings: { N: "\${{ item }}" } }
      loop: [1, 2]
`;

beforeAll(async () => {
  sshd = await startSshd();
  workspace = await openWorkspace({ all: { hosts: { one: hostOf(sshd) } } });
  await workspace.write({
    "site.yml": SITE,
    "probe.erl": PROBE,
  });
  played = await workspace.play("site.yml");
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

function step(name: string): WrittenStep {
  const found = hostReport(played, "one").steps.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no step ${name}`);
  return found;
}

test("500 calls are one message there and one back", () => {
  expect(step("Many")).toMatchObject({ status: "ok", attempts: 1 });
  expect(step("Many").items).toHaveLength(500);
  expect((step("Many").result as unknown[]).slice(0, 3)).toEqual([0, 1, 2]);
  expect(step("Seen").result).toEqual(["calls"]);
  expect(step("Checked").status).toBe("ok");
});

test("calls of a loop go on where they are when what makes them has been compiled", () => {
  expect(step("Compiled")).toMatchObject({ status: "ok", attempts: 1 });
  expect(step("Compiled").result).toEqual(Array.from({ length: 1000 }, (_, index) => index));
});

test.each(["Mixed", "Mixed, compiled"])("%s: each item has its own time, exception and output", (name) => {
  const mixed = step(name);
  expect(mixed.status).toBe("ignored");
  const told = mixed.items?.map(({ label, status, error }) => [label, status, error?.code, error?.message]);
  expect(told).toEqual([
    ["print", "ok", undefined, undefined],
    ["raise", "ignored", "REMOTE_EXCEPTION", "probe:call/1 raised why on one"],
    ["slow", "ignored", "TIMEOUT", 'Cannot finish phase "call" on one: no answer within 2 s'],
    ["throw", "ignored", "REMOTE_EXCEPTION", "probe:call/1 threw ball on one"],
    ["nosuch", "ok", undefined, undefined],
    ["[80,81]", "ok", undefined, undefined],
  ]);
  expect(mixed.result).toEqual(["printed", null, null, null, "nosuch", "PQ"]);
  expect(mixed.items?.[1]?.error?.stacktrace?.[0]).toMatch(/^probe:call\/1|probe\.erl:\d+: probe:call\/1$/);
  expect(mixed.output).toBe("printed\n");
  expect(outputOf(played, "one", name)).toBe("printed\n");
  expect(mixed.error?.message).toBe("3 of 6 items failed, the first: raise: probe:call/1 raised why on one");
});

test.each(["Killed", "Killed, compiled"])(
  "%s: a call whose time was up is killed, whatever it does",
  (name) => {
    expect(step(name).result).toBe(null);
  },
);

test("parallel calls of a host are made at the same time", () => {
  expect(step("Parallel")).toMatchObject({ status: "ok", result: ["met", "met", "met"] });
});

test("functions of Elixir and inline code go through loops as well", () => {
  expect(step("Elixir")).toMatchObject({ result: ["1", "2"], items: [{ label: "a" }, { label: "b" }] });
  expect(step("Code").result).toEqual([2, 4]);
});
