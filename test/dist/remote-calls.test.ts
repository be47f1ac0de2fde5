import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ErpcError } from "../../src/dist/erpc-error.ts";
import { atom, binary, charlist, Float, isTuple, tuple, type Term } from "../../src/etf/term.ts";
import { linkTo, startErlangNode, type ErlangNode, type Linked } from "./erlang-node.ts";

let node: ErlangNode;
let link: Linked;

beforeAll(async () => {
  node = await startErlangNode();
  link = await linkTo(node);
});

afterAll(async () => {
  link[Symbol.dispose]();
  await node[Symbol.asyncDispose]();
});

interface Outcome {
  result: Term;
  output: string;
}

async function call(mfa: [string, string, Term[]], timeoutMs = 10_000): Promise<Outcome> {
  let output = "";
  const [module, functionName, args] = mfa;
  const result = await link.calls.call(module, functionName, args, {
    signal: AbortSignal.timeout(timeoutMs),
    onOutput: (text) => {
      output += text;
    },
  });
  return { result, output };
}

/** Evaluates Erlang source on the node. */
async function evaluate(source: string, timeoutMs?: number): Promise<Outcome> {
  const outcome = await call(["erl_eval", "exprs", [await parsed(source), []]], timeoutMs);
  return { ...outcome, result: second(outcome.result) };
}

/** Has the node parse Erlang source. */
async function parsed(source: string): Promise<Term> {
  const { result: tokens } = await call(["erl_scan", "string", [charlist(source)]]);
  return second((await call(["erl_parse", "parse_exprs", [second(tokens)]])).result);
}

function second(term: Term): Term {
  const element = isTuple(term) ? term.elements[1] : undefined;
  if (element === undefined) throw new Error("the node gave no tuple of two");
  return element;
}

async function failure(promise: Promise<unknown>): Promise<ErpcError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ErpcError);
  return error as ErpcError;
}

test("call() gives the result of the function", async () => {
  expect((await call(["erlang", "node", []])).result).toEqual(atom(node.name));
  expect((await call(["lists", "reverse", [[1, new Float(2), atom("c")]]])).result).toEqual([
    atom("c"),
    new Float(2),
    1,
  ]);
});

test("call() carries a binary of 32 MiB there and back", async () => {
  const bytes = Buffer.alloc(32 * 1024 * 1024, "fusion");
  const { result } = await call(["erlang", "iolist_to_binary", [[bytes]]], 60_000);
  expect(Buffer.compare(result as Uint8Array, bytes)).toBe(0);
});

test("call() answers 2000 calls at once, each with its own result", async () => {
  const results = await Promise.all(
    Array.from({ length: 2000 }, async (_, index) => (await call(["erlang", "+", [index, 1]])).result),
  );
  expect(results).toEqual(Array.from({ length: 2000 }, (_, index) => index + 1));
  expect(link.calls.pending).toBe(0);
});

test("call() rejects with class, reason and stack trace when the function raises", async () => {
  const raised = await failure(call(["erlang", "binary_to_atom", [1]]));
  expect(raised.class).toBe("error");
  expect(raised.reason).toEqual(atom("badarg"));
  expect(JSON.stringify(raised.stacktrace)).toContain("binary_to_atom");
  const thrown = await failure(evaluate("throw({oops, 1})."));
  expect([thrown.class, thrown.reason]).toEqual(["throw", tuple(atom("oops"), 1)]);
  const exited = await failure(evaluate("exit(normal)."));
  expect([exited.class, exited.reason]).toEqual(["exit", atom("normal")]);
});

test("call() rejects with undef for a function that is not there", async () => {
  const error = await failure(call(["no_such_module", "f", [1, 2]]));
  expect(error.reason).toEqual(atom("undef"));
});

test("call() rejects when the process is killed by somebody else", async () => {
  const error = await failure(evaluate("exit(self(), kill), timer:sleep(10000)."));
  expect([error.class, error.reason]).toEqual(["exit", atom("killed")]);
});

test("call() kills the process on the node when its signal is aborted", async () => {
  const before = (await call(["erlang", "system_info", [atom("process_count")]])).result as number;
  await expect(call(["timer", "sleep", [atom("infinity")]], 200)).rejects.toMatchObject({
    name: "TimeoutError",
  });
  const after = (await call(["erlang", "system_info", [atom("process_count")]])).result as number;
  expect(after).toBe(before);
  expect(link.calls.pending).toBe(0);
});

test("call() kills a process whose pid was not told before the abort", async () => {
  const controller = new AbortController();
  const pending = link.calls.call("timer", "sleep", [60_000], {
    signal: controller.signal,
    onOutput: () => {},
  });
  controller.abort(new Error("stopped"));
  await expect(pending).rejects.toThrow("stopped");
  const { result } = await evaluate(
    "timer:sleep(100), length([P || P <- processes(), {_, {timer,sleep,1}} <- [process_info(P, current_function)]]).",
  );
  expect(result).toBe(0);
});

test.each([
  ["has a function of the node end a call", { module: "erlang", function: "garbage_collect" }, 1],
  ["kills a call whose end the node has no function for", { module: "no_such_module", function: "f" }, 0],
])("call() %s", async (_, killer, left) => {
  await using own = await startErlangNode();
  using linked = await linkTo(own, { killer });
  const ask = async (module: string, name: string, args: Term[], timeoutMs = 10_000): Promise<Term> =>
    linked.calls.call(module, name, args, { signal: AbortSignal.timeout(timeoutMs), onOutput: () => {} });
  const sleeping = async (): Promise<number> => {
    const pids = (await ask("erlang", "processes", [])) as Term[];
    const asked = pids.map((pid) => ask("erlang", "process_info", [pid, atom("current_function")]));
    const expected = tuple(atom("current_function"), tuple(atom("timer"), atom("sleep"), 1));
    return (await Promise.all(asked)).filter((found) => isDeepStrictEqual(found, expected)).length;
  };
  await expect(ask("timer", "sleep", [60_000], 500)).rejects.toMatchObject({ name: "TimeoutError" });
  await expect.poll(sleeping).toBe(left);
  expect(linked.calls.pending).toBe(0);
});

test("call() hands out what io:format and io:put_chars print, in order", async () => {
  const { output } = await evaluate(
    'io:format("~p and ~ts~n", [{a, "b"}, <<"ünïcode"/utf8>>]), io:put_chars([<<"x">>, $y, [$z]]), io:nl().',
  );
  expect(output).toBe('{a,"b"} and ünïcode\nxyz\n');
});

test("call() hands out what processes print that the call started, also after its end", async () => {
  const texts: string[] = [];
  const source = 'spawn(fun() -> timer:sleep(150), io:format("late~n") end), io:format("early~n").';
  await link.calls.call("erl_eval", "exprs", [await parsed(source), []], {
    signal: AbortSignal.timeout(10_000),
    onOutput: (text) => texts.push(text),
  });
  expect(texts).toEqual(["early\n"]);
  await expect.poll(() => texts).toEqual(["early\n", "late\n"]);
  expect(link.stray).toEqual([]);
});

test("a process prints also after more calls than group leaders are remembered", async () => {
  const source =
    'spawn(fun() -> receive go -> R = (catch io:format("~p~n", [still])), receive {ask, P} -> P ! R end end end).';
  const { result: left } = await evaluate(source);
  for (let count = 0; count < 150; count++) await call(["erlang", "node", []]);
  await call(["erlang", "send", [left, atom("go")]]);
  await expect.poll(() => link.stray).toEqual(["still\n"]);
  const asked = await parsed("Left ! {ask, self()}, receive R -> R after 5000 -> none end.");
  const { result } = await call(["erl_eval", "exprs", [asked, [tuple(atom("Left"), left)]]]);
  expect(second(result)).toEqual(atom("ok"));
  link.stray.length = 0;
});

test.each([
  ["io:get_line('> ').", atom("eof")],
  ["io:get_chars('> ', 3).", atom("eof")],
  ["io:read('> ').", atom("eof")],
  ["io:fread('> ', \"~d\").", atom("eof")],
  ["io:get_password().", tuple(atom("error"), atom("enotsup"))],
  ["io:columns().", tuple(atom("error"), atom("enotsup"))],
  ["io:setopts([binary]).", atom("ok")],
])("%s answers at once, as nobody sits there", async (source, expected) => {
  expect((await evaluate(source, 2000)).result).toEqual(expected);
});

test.each(["{put_chars, unicode, erlang, error, [x]}", "{get_geometry, columns}", "{nothing_like_it}"])(
  "requests that come together end with one that fails: %s",
  async (failing) => {
    const texts = ["before", "after"].map((text) => `{put_chars, unicode, "${text}"}`);
    const { result, output } = await evaluate(
      `io:request(group_leader(), {requests, [${texts.join(`, ${failing}, `)}]}).`,
    );
    expect(output).toBe("before");
    expect(isTuple(result, 2) && result.elements[0]).toEqual(atom("error"));
  },
);

test("io:format with arguments that do not fit raises in the call as it does locally", async () => {
  const error = await failure(evaluate('io:format("~d~n", []).'));
  expect(error.class).toBe("error");
});

test("a flood of output does not stall the call", async () => {
  const { output } = await evaluate(
    '[io:put_chars(binary:copy(<<"x">>, 100000)) || _ <- lists:seq(1, 100)], ok.',
  );
  expect(output.length).toBe(10_000_000);
});

test("the node gets an answer, and no code runs here, when it spawns, monitors, links and calls us", async () => {
  const us = `'${node.local.name}'`;
  const { result } = await evaluate(`[catch erpc:call(${us}, erlang, node, [], 2000)].`, 5000);
  expect(JSON.stringify(result)).toContain("notsup");
  const monitored = await evaluate(
    `R = erlang:monitor(process, {some_name, ${us}}), receive {'DOWN', R, _, _, Why} -> Why after 2000 -> none end.`,
  );
  expect(monitored.result).toEqual(atom("noproc"));
  await evaluate(`{some_name, ${us}} ! hello, {net_kernel, ${us}} ! {self(), hello}, ok.`);
  expect((await call(["erlang", "+", [1, 1]])).result).toBe(2);
});

test("binaries of a result that came in pieces are whole", async () => {
  const sizes = [0, 1, 65_535, 65_536, 1_000_003];
  for (const size of sizes) {
    const { result } = await call(["binary", "copy", [binary("x"), size]]);
    expect((result as Uint8Array).byteLength).toBe(size);
  }
});

test("call() refuses arguments that Erlang does not have, and keeps nothing of the call", async () => {
  await expect(call(["erlang", "node", [atom("x".repeat(300))]])).rejects.toMatchObject({
    code: "TERM_INVALID",
    message: "Cannot encode an atom of 300 characters: 255 are the most",
  });
  expect(link.calls.pending).toBe(0);
});
