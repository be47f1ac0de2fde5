import { expect, test } from "vitest";
import { FusionPlayError } from "../../src/errors.ts";
import { atom } from "../../src/etf/term.ts";
import { fakeRun, host, playbookOf, raise, statuses, type FakeRun, type FakeRunOptions } from "./fake-run.ts";
import { latch } from "./latch.ts";

async function run(steps: string, options: FakeRunOptions = {}, keys = ""): Promise<FakeRun> {
  const text = `import { atom, play, secret, tuple } from "fusion-play";
export default play({ name: "P", hosts: "all", ${keys} steps: async (host) => { ${steps} } });`;
  return fakeRun(await playbookOf(text, "ts"), options);
}

function callsOf({ nodes }: FakeRun, name: string): number {
  return [...nodes.values()].flatMap(({ calls }) => calls).filter((call) => call.function === name).length;
}

test("retries tries again, with the pause of delay and backoff", async () => {
  let calls = 0;
  const done = await run('await host.run("m:a()", { retries: 3, delay: "1ms", backoff: "exponential" });', {
    inventory: "web1,",
    answer: () => () => (++calls < 3 ? raise(atom("oops")) : 7),
  });
  expect(host(done).steps[0]).toMatchObject({ status: "ok", attempts: 3 });
  const wrong = await run('await host.run("m:a()", { delay: "soon" });', { inventory: "web1," });
  expect(host(wrong).steps[0]?.error).toMatchObject({
    code: "USAGE",
    message: 'Cannot run the step: delay "soon" is no duration',
  });
});

test("no_log gives the function the result, and nobody else", async () => {
  const done = await run(
    `const secret = await host.run("m:a()", { no_log: true });
    host.assert(secret === 4711);`,
    { inventory: "web1,", answer: () => () => 4711 },
  );
  expect(host(done)).toMatchObject({ status: "ok" });
  expect(host(done).steps[0]?.result).toBeNull();
});

test("run_once calls on one host, each time that the function comes to a step of the name", async () => {
  let calls = 0;
  const done = await run(
    `const first = await host.run("m:a()", { run_once: true });
    const second = await host.run("m:a()", { run_once: true });
    const other = await host.run("m:a()", { name: "Other", run_once: true });
    host.assert(first === 1 && second === 2 && other === 3);`,
    { answer: () => () => ++calls },
  );
  expect(done.report.status).toBe("ok");
  expect(callsOf(done, "a")).toBe(3);
});

test("throttle holds for steps of the same name", async () => {
  let atOnce = 0;
  let most = 0;
  const done = await run('await host.run("m:a()", { throttle: 1 });', {
    answer: () => async () => {
      most = Math.max(most, ++atOnce);
      await new Promise((resolve) => setImmediate(resolve));
      atOnce--;
      return 1;
    },
  });
  expect(done.report.status).toBe("ok");
  expect(most).toBe(1);
});

test("delegate_to works on the other host, and run_once goes with it", async () => {
  const done = await run(
    'await host.run("m:a()", { delegate_to: "web3" }); await host.push([], { delegate_to: "web9" });',
    { inventory: "web1,web2,web3,", limit: "web1" },
  );
  expect(statuses(done)).toEqual(["run m:a(): ok", "push : failed"]);
  expect(done.nodes.get("web3")?.calls).toHaveLength(1);
  expect(host(done).steps[1]?.error?.message).toBe(
    "Cannot run the step on web9, to which it is delegated: the inventory has no such host",
  );
});

test("free lets functions take turns at each of their steps", async () => {
  const begun: string[] = [];
  const done = await run(
    'await host.run("m:a()"); await host.run("m:b()");',
    {
      concurrency: 1,
      onEvent: (event) => {
        if (event.type === "step_started") begun.push(event.step);
      },
    },
    'strategy: "free",',
  );
  expect(done.report.status).toBe("ok");
  expect(begun).toEqual([...Array(3).fill("run m:a()"), ...Array(3).fill("run m:b()")]);
});

test("the start and the end of a step have the same index, also where several are under way", async () => {
  const ended = { b: latch(), c: latch() };
  const told: string[] = [];
  const done = await run(
    `await host.run("m:first()");
    await Promise.all([host.run("m:a()"), host.run("m:b()"), host.run("m:c()")]);
    host.fail("last");`,
    {
      inventory: "web1,",
      answer:
        () =>
        async ({ function: name }) => {
          if (name === "a") await ended.b.promise;
          if (name === "b") await ended.c.promise;
          return 1;
        },
      onEvent: (event) => {
        if (event.type !== "step_started" && event.type !== "step_finished") return;
        const name = event.step.replace(/^run m:(\w+)\(\)$/, "$1");
        told.push(`${name} ${event.index}`);
        if (event.type === "step_finished" && (name === "b" || name === "c")) ended[name].open();
      },
    },
  );
  const fail = host(done).steps.at(-1)?.name ?? "";
  expect(told).toEqual([
    "first 0",
    "first 0",
    "a 1",
    "b 2",
    "c 3",
    "c 3",
    "b 2",
    "a 1",
    `${fail} 4`,
    `${fail} 4`,
  ]);
});

test("linear needs a list of steps", async () => {
  await expect(run("", {}, 'strategy: "linear",')).rejects.toThrow(
    '"strategy: linear" needs a list of steps, and here the steps are a function',
  );
});

test("a function that catches every failure and tries again at once keeps neither time nor the end of a run away", async () => {
  const controller = new AbortController();
  const given: Record<string, unknown> = { tries: 0, isTimeLeft: false };
  Object.assign(globalThis, { given });
  const done = await run(
    `setTimeout(() => { given.isTimeLeft = true; }, 0);
    for (let tries = 0; tries < 20_000 && !given.isTimeLeft; tries++) {
      try { await host.run("no call"); } catch {}
    }
    try { await host.run("m:a()"); } catch {}
    for (; given.tries < 20_000; given.tries++) {
      try { await host.facts(); } catch {}
      try { await host.flushHandlers(); } catch {}
      try { await host.run("m:a()"); } catch {}
    }`,
    {
      inventory: "web1,",
      signal: controller.signal,
      answer: () => () => {
        controller.abort(new FusionPlayError("Cannot finish: stopped", { code: "CANCELLED" }));
        return raise(atom("oops"));
      },
    },
  );
  expect(given).toEqual({ tries: expect.any(Number), isTimeLeft: true });
  expect(given["tries"]).toBeLessThan(20_000);
  expect(host(done)).toMatchObject({ status: "cancelled" });
});

test.each(["undefined", "null"])("a function that throws %s fails the host", async (nothing) => {
  const done = await run(`throw ${nothing};`, { inventory: "web1," });
  expect(host(done)).toMatchObject({
    status: "failed",
    error: { code: "STEP_FAILED", message: `The function of the play threw ${nothing}` },
  });
});

test.each([
  ['"a text"', "a text"],
  ["{ code: 7 }", "{ code: 7 }"],
])("a function that throws %s fails the host with it", async (thrown, message) => {
  const done = await run(`throw ${thrown};`, { inventory: "web1," });
  expect(host(done)).toMatchObject({ status: "failed", error: { code: "STEP_FAILED", message } });
});

test.each([
  ["{ throttle: 0 }", "throttle must be a whole number of at least 1, got 0"],
  ["{ retries: 1.5 }", "retries must be a whole number of at least 0, got 1.5"],
  ["{ retries: NaN }", "retries must be a whole number of at least 0, got NaN"],
  ["{ backoff: 0.5 }", 'backoff must be "constant", "exponential" or a factor of at least 1, got 0.5'],
  ["{ timeout: 0 }", 'timeout "0" is no duration'],
  ["{ timout: 5 }", 'there is no option "timout"'],
])("the options %s are refused", async (options, why) => {
  const done = await run(`await host.run("m:a()", ${options});`, { inventory: "web1," });
  expect(host(done).steps[0]?.error).toMatchObject({ code: "USAGE", message: `Cannot run the step: ${why}` });
  expect(callsOf(done, "a")).toBe(0);
});

test.each([
  ["host.run('m:a()', 10)", '"options" expects a mapping, got the number 10'],
  ["host.run('m:a()', { name: 7 })", '"name" expects text, got the number 7'],
  ["host.run('m:a()', { name: null })", '"name" expects text, got nothing'],
  ["host.run('m:a()', { delegate_to: ['web2'] })", '"delegate_to" expects text, got a list'],
  ["host.run('m:a()', { run_once: 'false' })", '"run_once" expects true or false, got text "false"'],
  ["host.run('m:a()', { no_log: 0 })", '"no_log" expects true or false, got the number 0'],
  ["host.run('m:a()', { purge: 'brutal' })", '"purge" expects one of "soft", "hard", got text "brutal"'],
  ["host.run('m:a()', { timeout: ['5'] })", 'timeout "5" is no duration'],
  ["host.run('m:a()', { max_heap: ['256MB'] })", 'max_heap "256MB" is no size of at least 64KB'],
  [
    "host.run('m:a()', { backoff: '3' })",
    'backoff must be "constant", "exponential" or a factor of at least 1, got 3',
  ],
  ["host.run(null)", '"call" expects text, or a mapping with module, function and args, got nothing'],
  ["host.run({ module: () => 'm', function: 'a' })", '"module" expects text, got a JavaScript function'],
  ["host.run({ module: 'm', function: 8 })", '"function" expects text, got the number 8'],
  ["host.run({ module: 'm', function: 'a', args: 'b' })", '"args" expects a list, got text "b"'],
  ["host.push([undefined])", '"push" expects text, got undefined'],
  ["host.push('a', { transaction: 'no' })", '"transaction" expects true or false, got text "no"'],
  ["host.push({ name: 'my_app' })", '"app" expects text, got undefined'],
  ["host.push({ app: 'my_app', start: 'no' })", '"start" expects true or false, got text "no"'],
  ["host.push({ app: 'my_app', config: [] })", '"config" expects a mapping of names to values, got a list'],
  ["host.eval('1')", '"eval" expects a mapping with "elixir" or "erlang", got text "1"'],
  ["host.eval({ elixir: 1 })", '"elixir" expects text, got the number 1'],
  [
    "host.eval({ elixir: 'n' }, { bindings: new Map([['n', 1]]) })",
    '"bindings" expects a mapping of names to values, got a JavaScript Map',
  ],
  [
    "host.eval({ elixir: 'n', bindings: Promise.resolve({}) })",
    '"bindings" expects a mapping of names to values, got a JavaScript Promise',
  ],
])("a value of another type is refused in %s", async (call, why) => {
  const done = await run(`await ${call};`, { inventory: "web1," }, HANDLER);
  expect(host(done)).toMatchObject({ status: "failed", error: null });
  expect(host(done).steps).toMatchObject([
    { name: expect.any(String), error: { code: "USAGE", message: `Cannot run the step: ${why}` } },
  ]);
  expect(callsOf(done, "a")).toBe(0);
});

test.each([
  ["await host.run('m:a()', { notify: 5 })", "Cannot notify the number 5: a handler is notified by its name"],
  [
    "await host.run('m:a()', { notify: ['H', undefined] })",
    "Cannot notify undefined: a handler is notified by its name",
  ],
  ["host.notify(['H'])", "Cannot notify a list: a handler is notified by its name"],
  ["host.group(7)", 'Cannot look up the group "7": the inventory has none of that name'],
])("a name that is no text is refused in %s", async (call, message) => {
  const done = await run(`${call};`, { inventory: "web1," }, HANDLER);
  const { status, error, steps } = host(done);
  expect({ status, error: error ?? steps[0]?.error }).toMatchObject({
    status: "failed",
    error: { code: "USAGE", message },
  });
  expect(callsOf(done, "a")).toBe(0);
});

test.each([
  [
    "{ d: new Date() }",
    'the variable "d": Cannot make a term of the value: Erlang has nothing like a JavaScript Date',
  ],
  ["{ a: 1, n: [NaN] }", 'the variable "n": Cannot make a term of the value: Erlang has no number like NaN'],
  [
    "{ f: { g: () => 1 } }",
    'the variable "f": Cannot make a term of the value: Erlang has nothing like a JavaScript function',
  ],
  [
    "{ m: new Map() }",
    'the variable "m": Cannot make a term of the value: Erlang has nothing like a JavaScript Map',
  ],
  ["new Map([['a', 1]])", "variables: expected a mapping of names to values, got a JavaScript Map"],
  ["null", "variables: expected a mapping of names to values, got nothing"],
])("host.set(%s) is refused, and sets nothing", async (vars, why) => {
  const done = await run(
    `try { host.set(${vars}); } finally { host.assert(Object.keys(host.vars).length === 0); }`,
    { inventory: "web1," },
  );
  expect(host(done)).toMatchObject({
    status: "failed",
    error: { message: `Cannot set ${why}` },
    steps: [{ kind: "assert", status: "ok" }],
  });
});

test("host.set() takes whatever a call takes", async () => {
  const done = await run(
    `host.set({ list: [1n, 2.5, null], text: secret("x"), bytes: new Uint8Array([255]), term: tuple(atom("a"), 1) });
    host.assert(host.vars.list.length === 3 && host.vars.bytes[0] === 255 && host.vars.term[0] === "a");`,
    { inventory: "web1," },
  );
  expect(host(done)).toMatchObject({ status: "ok", error: null });
});

const HANDLER = 'handlers: [{ name: "H", run: "m:h()" }],';

test("facts() asks again, when the host did not answer", async () => {
  const done = await run(
    `const failed = await host.facts().then(() => "", (error) => error.message);
    host.assert(failed === "no answer", failed);
    const [first, second] = await Promise.all([host.facts(), host.facts()]);
    host.assert(first.hostname === "box" && second.hostname === "box");`,
    {
      inventory: "web1,",
      onEvent: (event, nodes) => {
        const node = nodes.get("web1");
        if (event.type !== "host_connected" || node === undefined) return;
        const answer = node.facts.bind(node);
        node.facts = async () => {
          node.facts = answer;
          throw new FusionPlayError("no answer", { code: "TIMEOUT" });
        };
      },
    },
  );
  expect(host(done)).toMatchObject({ status: "ok", error: null });
  expect(done.nodes.get("web1")?.factsGathered).toBe(1);
});
