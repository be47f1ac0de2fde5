import { expect, test } from "vitest";
import { FusionPlayError } from "../../src/errors.ts";
import { atom, binary, charlist, MapTerm, tuple, type Term } from "../../src/etf/term.ts";
import type { Playbook } from "../../src/playbook/playbook.ts";
import { FakeModuleSource } from "../doubles/fake-module-source.ts";
import { fakeRun, host, playbookOf, raise, runSteps, statuses, type FakeRunOptions } from "./fake-run.ts";

test("runPlaybooks() runs the steps of each host in order and reports them", async () => {
  const run = await fakeRun(
    `- name: P
  hosts: all
  steps:
    - name: One
      run: os:getpid()
      register: pid
    - name: Two
      assert: { that: 'pid == "42"' }
`,
    { answer: (name) => () => charlist(name === "web3" ? "43" : "42") },
  );
  expect(run.report).toMatchObject({ version: 1, status: "failed", exit_code: 2 });
  expect(statuses(run, "web1")).toEqual(["One: ok", "Two: ok"]);
  expect(statuses(run, "web3")).toEqual(["One: ok", "Two: failed"]);
  expect(host(run, "web1")).toMatchObject({
    status: "ok",
    runtime: { otp: "25", elixir: "1.14.0" },
    error: null,
  });
  expect(host(run, "web3").steps[1]?.error).toMatchObject({ code: "ASSERTION_FAILED" });
  expect([...run.nodes.values()].every(({ isDisposed }) => isDisposed)).toBe(true);
});

test.each([
  ["one host fails", { web2: "failed" }, 2, "failed"],
  ["one host is unreachable", { web2: "unreachable" }, 4, "unreachable"],
  ["one of each", { web1: "failed", web2: "unreachable" }, 6, "failed"],
  ["all are well", {}, 0, "ok"],
] as const)("runPlaybooks() gives exit code and status when %s", async (_, bad, exitCode, status) => {
  const run = await fakeRun("- hosts: all\n  name: P\n  steps: [{ name: S, run: 'm:f()' }]\n", {
    answer: (name) => {
      const wanted = (bad as Record<string, string>)[name];
      if (wanted === "unreachable")
        return new FusionPlayError("down", { code: "SSH_CONNECT_FAILED", hint: "h" });
      return wanted === "failed" ? () => raise(atom("oops")) : () => 1;
    },
  });
  expect([run.report.exit_code, run.report.status]).toEqual([exitCode, status]);
  for (const name of ["web1", "web2", "web3"]) {
    expect(host(run, name).status).toBe((bad as Record<string, string>)[name] ?? "ok");
  }
  if ("web2" in bad && bad.web2 === "unreachable") {
    expect(host(run, "web2")).toMatchObject({
      error: { code: "SSH_CONNECT_FAILED", message: "down", hint: "h" },
      runtime: null,
      steps: [],
    });
  }
});

test("the code that steps name is read before any host is connected", async () => {
  const connected: string[] = [];
  const pending = fakeRun(
    "- hosts: all\n  name: P\n  steps: [{ name: A, run: 'erlang:node()' }, { name: B, run: 'm:f()' }]\n",
    {
      source: new FakeModuleSource({ m: ["damaged"] }),
      answer: (host) => {
        connected.push(host);
        return () => 0;
      },
    },
  );
  await expect(pending).rejects.toMatchObject({ message: "Cannot find damaged: no code path holds it" });
  expect(connected).toEqual([]);
});

test("when skips a step, and its registered name is null", async () => {
  const run = await runSteps(`
- { name: A, run: "m:f()", when: vars.limit > 9, register: a }
- { name: B, assert: a == null }`);
  expect(statuses(run)).toEqual(["A: skipped", "B: ok"]);
});

test("until tries again until it holds, and retries bounds it", async () => {
  let calls = 0;
  const run = await runSteps(
    `
- { name: A, run: "m:f()", until: result >= 3 && a >= 3, retries: 5, delay: 1ms, register: a }
- { name: B, assert: a == 3 }
- { name: C, run: "m:f()", until: result < 0, retries: 2, delay: 1ms }`,
    { answer: () => () => ++calls },
  );
  expect(statuses(run)).toEqual(["A: ok", "B: ok", "C: failed"]);
  expect(host(run).steps.map(({ attempts }) => attempts)).toEqual([3, 1, 3]);
  expect(host(run).steps[2]).toMatchObject({ error: { code: "CONDITION_FAILED" }, result: 6 });
  expect(run.events.filter(({ type }) => type === "step_retried").length).toBe(4);
});

test("a step that fails is not tried again where until holds, and is where it cannot be told", async () => {
  const run = await runSteps(
    `
- { name: A, run: "m:f()", until: result == 1, failed_when: true, retries: 2, delay: 1ms, ignore_errors: true }
- { name: B, run: "m:g()", until: "result[1] == 'done'", retries: 2, delay: 1ms, ignore_errors: true }
- { name: C, run: "m:g()", until: result.status == "ok", retries: 2, delay: 1ms, ignore_errors: true }`,
    { answer: () => (call) => (call.function === "f" ? 1 : tuple(atom("error"), atom("done"))) },
  );
  expect(statuses(run)).toEqual(["A: ignored", "B: ignored", "C: ignored"]);
  expect(host(run).steps.map(({ attempts }) => attempts)).toEqual([1, 1, 3]);
  expect(host(run).steps.map(({ error }) => error?.code)).toEqual([
    "CONDITION_FAILED",
    "ERROR_RETURNED",
    "ERROR_RETURNED",
  ]);
});

test("retries without until tries a failed call again", async () => {
  let calls = 0;
  const run = await runSteps(`- { name: A, run: "m:f()", retries: 2, delay: 1ms }`, {
    answer: () => () => (++calls < 3 ? raise(atom("busy")) : atom("ok")),
  });
  expect(host(run).steps[0]).toMatchObject({ status: "ok", attempts: 3 });
});

test("ignore_errors goes on, and the registered name tells what happened", async () => {
  const run = await runSteps(
    `
- { name: A, run: "m:f()", ignore_errors: true, register: a }
- { name: B, assert: 'a.failed && a.code == "REMOTE_EXCEPTION" && a.reason == "oops"' }`,
    { answer: () => () => raise(atom("oops")) },
  );
  expect(statuses(run)).toEqual(["A: ignored", "B: ok"]);
  expect(run.report.exit_code).toBe(0);
});

test("failed_when and changed_when judge the result", async () => {
  const run = await runSteps(
    `
- { name: A, run: "m:f()", changed_when: result == 7 }
- { name: B, run: "m:f()", failed_when: result == 7 }`,
    { answer: () => () => 7 },
  );
  expect(statuses(run)).toEqual(["A: changed", "B: failed"]);
});

test("no_log keeps result, output and reason out of report and events", async () => {
  const run = await runSteps(
    `
- { name: A, run: "m:f()", no_log: true, register: secret }
- { name: B, assert: 'secret == "hunter2"' }
- { name: C, run: "m:g()", no_log: true }`,
    {
      answer:
        () =>
        ({ function: name }, { onOutput }) => {
          onOutput?.("printed hunter2");
          return name === "g" ? raise(binary("hunter2")) : binary("hunter2");
        },
    },
  );
  expect(statuses(run)).toEqual(["A: ok", "B: ok", "C: failed"]);
  const told = JSON.stringify(run.events, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString() : value,
  );
  expect(told).not.toContain("hunter2");
});

test("output is told as it comes and kept in the report, up to a limit", async () => {
  const run = await runSteps(`- { name: A, run: "m:f()" }`, {
    answer:
      () =>
      (_, { onOutput }) => {
        for (let index = 0; index < 400; index++) onOutput?.("x".repeat(1000));
        return 1;
      },
  });
  expect(run.events.filter(({ type }) => type === "step_output").length).toBe(400);
  const output = host(run).steps[0]?.output ?? "";
  expect(output.length).toBeLessThan(270_000);
  expect(output).toMatch(/\[… 137856 more characters were cut\]$/);
});

test("variables: step over play, extra over all, and each may use those before it", async () => {
  const text = `- name: P
  hosts: all
  vars: { a: play, b: "\${{ vars.a }}+b", c: play }
  steps:
    - { name: A, assert: { that: ['vars.a == "step"', 'vars.b == "play+b"', 'vars.c == "extra"'] }, vars: { a: step, c: step } }
    - { name: B, assert: 'vars.a == "play"' }
`;
  const run = await fakeRun(text, { inventory: "web1,", extraVars: { c: "extra" } });
  expect(host(run).steps.map(({ error }) => error)).toEqual([null, null]);
});

test("a registered term goes on as an argument unchanged, and equals and match tell atoms from text", async () => {
  const answer = tuple(atom("ok"), new MapTerm([[atom("size"), 3]]));
  const run = await runSteps(
    `
- { name: A, run: "m:f()", register: a }
- { name: B, run: "m:g(\${{ a }}, \${{ a[1].size }})" }
- { name: C, assert: { value: "\${{ a }}", match: "{:ok, %{size: n}}", that: n == 3 } }
- { name: D, assert: { value: "\${{ a }}", match: '{"ok", X}', message: "got \${{ X }}" }, ignore_errors: true }
- { name: E, assert: { value: "\${{ a[0] }}", equals: !atom ok } }
- { name: F, assert: { value: "\${{ a[0] }}", equals: ok } }`,
    { answer: () => () => answer },
  );
  expect(run.nodes.get("web1")?.calls[1]?.args).toEqual([answer, 3]);
  expect(statuses(run)).toEqual(["A: ok", "B: ok", "C: ok", "D: ignored", "E: ok", "F: failed"]);
  expect(host(run).steps[3]?.error?.message).toBe("Assertion failed: the value does not match the pattern");
  expect(host(run).steps[5]?.error).toMatchObject({ expected: '<<"ok">>', actual: "ok" });
});

test("assert checks a JSON Schema and says in its message what was wrong", async () => {
  const run = await runSteps(
    `
- { name: A, run: "m:f()", register: a }
- name: B
  assert:
    value: \${{ a }}
    schema: { type: object, required: [size] }
- name: C
  assert:
    that: a.size > vars.limit
    message: "size is \${{ a.size }}"`,
    { answer: () => () => new MapTerm([[atom("size"), 3]]) },
  );
  expect(statuses(run)).toEqual(["A: ok", "B: ok", "C: failed"]);
  expect(host(run).steps[2]?.error?.message).toBe("size is 3");
});

test("modules are shipped once a host, with what arguments name", async () => {
  const source = new FakeModuleSource({
    "Elixir.App": ["Elixir.Dep"],
    "Elixir.Dep": [],
    my_callback: [],
    unused: [],
  });
  const run = await runSteps(
    `
- { name: Push, push: App }
- { name: Run, run: "App.go(:my_callback)" }
- { name: Again, run: "App.go(:my_callback)" }
- { name: Host, run: "os:getpid()" }
- { name: Inline, eval: { erlang: "X + 1", bindings: { X: 1 } } }`,
    { source },
  );
  expect(host(run).steps.map(({ pushed }) => pushed.map(({ module }) => module))).toEqual([
    ["Elixir.Dep", "Elixir.App"],
    ["my_callback"],
    [],
    [],
    ["inline_2"],
  ]);
  expect(host(run).pushed.modules).toBe(4);
  expect(run.events.filter(({ type }) => type === "module_pushed").length).toBe(4);
});

test("a host that has only Erlang is sent what modules need of Elixir, and no other host is", async () => {
  const source = new FakeModuleSource(
    { "Elixir.App": [] },
    { "Elixir.App": ["Elixir.Kernel"], "Elixir.Kernel": [] },
  );
  const run = await fakeRun(
    `
- { name: P, hosts: all, steps: [{ name: Push, push: App }] }
- { name: Q, hosts: all, steps: [{ name: Again, run: "App.go()" }] }`,
    { source, erlangOnly: ["web2"] },
  );
  const pushed = (host: string): unknown =>
    run.report.plays.map(({ hosts }) =>
      hosts[host]?.steps.map((step) => step.pushed.map(({ module, elixir }) => [module, elixir])),
    );
  expect(pushed("web1")).toEqual([[[["Elixir.App", null]]], [[]]]);
  expect(pushed("web2")).toEqual([
    [
      [
        ["Elixir.Kernel", "1.14.0"],
        ["Elixir.App", null],
      ],
    ],
    [[]],
  ]);
});

test("runPlaybooks() fails before any host is touched when a pushed module is nowhere", async () => {
  const pending = runSteps(`- { name: A, push: Nowhere }`);
  await expect(pending).rejects.toMatchObject({ code: "MODULE_NOT_FOUND" });
});

test("a lost node makes its host unreachable, and the others go on", async () => {
  const run = await fakeRun(
    `- name: P
  hosts: all
  steps:
    - { name: A, run: "m:f()", ignore_errors: true }
    - { name: B, run: "m:f()" }
`,
    {
      answer: (name) => () => (name === "web2" ? new Promise<Term>(() => {}) : 1),
      onEvent: (event, nodes) => {
        if (event.type === "step_started" && event.host === "web2") nodes.get("web2")?.lose("the BEAM ended");
      },
    },
  );
  expect(host(run, "web2")).toMatchObject({ status: "unreachable", error: { code: "NODE_LOST" } });
  expect(statuses(run, "web2")).toEqual(["A: failed"]);
  expect(statuses(run, "web1")).toEqual(["A: ok", "B: ok"]);
  expect(run.report.exit_code).toBe(4);
});

test("a stopped run cancels its hosts, reports them and closes every node", async () => {
  const controller = new AbortController();
  const run = await fakeRun(
    "- name: P\n  hosts: all\n  steps: [{ name: A, run: 'm:f()', retries: 9, delay: 1h }]\n",
    {
      concurrency: 2,
      signal: controller.signal,
      answer: () => () => raise(atom("busy")),
      onEvent: (event) => {
        if (event.type === "step_retried") controller.abort();
      },
    },
  );
  expect(run.report).toMatchObject({ status: "cancelled", exit_code: 130 });
  for (const name of ["web1", "web2", "web3"]) expect(host(run, name).status).toBe("cancelled");
  expect([...run.nodes.values()].every(({ isDisposed }) => isDisposed)).toBe(true);
});

test("concurrency bounds how many hosts are worked on at the same time", async () => {
  let running = 0;
  let most = 0;
  const inventory = Array.from({ length: 20 }, (_, index) => `h${index},`).join("");
  const run = await fakeRun("- name: P\n  hosts: all\n  steps: [{ name: A, run: 'm:f()' }]\n", {
    inventory,
    concurrency: 3,
    answer: () => async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running--;
      return 1;
    },
  });
  expect(most).toBe(3);
  expect(Object.keys(run.report.plays[0]?.hosts ?? {})).toHaveLength(20);
});

test("a failed host takes part in no later play, and a node is kept for the later play", async () => {
  const run = await fakeRun(
    `- { name: P, hosts: all, steps: [{ name: A, run: "m:f()" }] }
- { name: Q, hosts: "web1,web2", steps: [{ name: B, run: "m:f()" }] }
`,
    { answer: (name) => () => (name === "web1" ? raise(atom("oops")) : 1) },
  );
  expect(Object.keys(run.report.plays[1]?.hosts ?? {})).toEqual(["web2"]);
  expect(run.nodes.get("web2")?.calls).toHaveLength(2);
});

test("serial works in batches, and max_fail_percentage ends the play", async () => {
  const text = (percentage: number): string => `- name: P
  hosts: all
  serial: [1, 50%]
  max_fail_percentage: ${percentage}
  steps: [{ name: A, run: "m:f()" }]
`;
  const options: FakeRunOptions = {
    inventory: "a,b,c,d,",
    answer: (name) => () => (name === "b" ? raise(atom("oops")) : 1),
  };
  const stopped = await fakeRun(text(49), options);
  expect(Object.values(stopped.report.plays[0]?.hosts ?? {}).map(({ status }) => status)).toEqual([
    "ok",
    "failed",
    "ok",
    "skipped",
  ]);
  const went = await fakeRun(text(50), options);
  expect(host(went, "d").status).toBe("ok");
});

test("hosts may have names that all objects of JavaScript know", async () => {
  const run = await fakeRun(
    `- { name: P, hosts: all, serial: 1, max_fail_percentage: 0, steps: [{ name: A, run: "m:f()" }] }`,
    {
      inventory: "web1,__proto__,constructor,",
      answer: (name) => () => (name === "web1" ? 1 : raise(atom("oops"))),
    },
  );
  expect(run.report).toMatchObject({ status: "failed", exit_code: 2 });
  expect(
    Object.entries(run.report.plays[0]?.hosts ?? {}).map(([name, { status }]) => [name, status]),
  ).toEqual([
    ["web1", "ok"],
    ["__proto__", "failed"],
    ["constructor", "skipped"],
  ]);
});

test("tags, skip-tags and start-at-step choose the steps", async () => {
  const text = `- name: P
  hosts: all
  steps:
    - { name: A, run: "m:a()", tags: [one] }
    - { name: B, run: "m:b()" }
    - { name: C, run: "m:c()", tags: always }
    - { name: D, run: "m:d()", tags: [never, rare] }
`;
  const namesWith = async (options: FakeRunOptions): Promise<string> => {
    const run = await fakeRun(text, { inventory: "web1,", ...options });
    return host(run)
      .steps.map(({ name }) => name)
      .join("");
  };
  expect(await namesWith({})).toBe("ABC");
  expect(await namesWith({ tags: ["one"] })).toBe("AC");
  expect(await namesWith({ tags: ["untagged"] })).toBe("BC");
  expect(await namesWith({ tags: ["rare"] })).toBe("CD");
  expect(await namesWith({ skipTags: ["one"] })).toBe("BC");
  expect(await namesWith({ startAtStep: "B" })).toBe("BC");
  await expect(namesWith({ startAtStep: "Z" })).rejects.toMatchObject({ code: "NO_STEP_LEFT" });
  await expect(namesWith({ tags: ["no"], skipTags: ["always"] })).rejects.toMatchObject({
    code: "NO_STEP_LEFT",
  });
});

test("runPlaybooks() refuses to run when no host matches", async () => {
  const pending = fakeRun("- { name: P, hosts: db, steps: [{ name: A, run: 'm:f()' }] }");
  await expect(pending).rejects.toMatchObject({ code: "NO_HOST_MATCHED" });
  const limited = fakeRun("- { name: P, hosts: all, steps: [{ name: A, run: 'm:f()' }] }", {
    limit: "nobody",
  });
  await expect(limited).rejects.toMatchObject({ code: "NO_HOST_MATCHED" });
});

test("the function of a TypeScript play runs steps, and what it does not catch fails the host", async () => {
  const playbook = await playbookOf(
    `import { play } from "fusion-play";
export default play({
  name: "P",
  hosts: "all",
  vars: { limit: 3 },
  async steps(host) {
    const size = await host.run("m:size(1)", { name: "Size" });
    try { await host.run("m:bad()"); } catch (error) { if (error.code !== "REMOTE_EXCEPTION") throw error; }
    host.assert(size < Number(host.vars.limit), host.name + " has " + size);
    if (host.name === "web3") throw new TypeError("a mistake in the play");
    await host.run({ module: "lists", function: "sum", args: [[1, 2]] });
  },
});
`,
    "ts",
  );
  const run = await fakeRun(playbook, {
    answer: (name) => (call) => {
      if (call.function === "bad") return raise(atom("oops"));
      return name === "web2" ? 4 : 1;
    },
  });
  expect(statuses(run, "web1")).toEqual([
    "Size: ok",
    "run m:bad(): failed",
    "assert at site.ts:9: ok",
    "run lists:sum/1: ok",
  ]);
  expect(host(run, "web1").status).toBe("ok");
  expect(host(run, "web2")).toMatchObject({ status: "failed", error: null });
  expect(statuses(run, "web2").at(-1)).toBe("assert at site.ts:9: failed");
  expect(host(run, "web3")).toMatchObject({ status: "failed", error: { code: "STEP_FAILED" } });
  expect(host(run, "web3").error?.message).toContain("a mistake in the play");
  expect(run.nodes.get("web1")?.calls.at(-1)?.args).toEqual([[1, 2]]);
});

test("an exception of a play is told with its causes, once on each host that it fails", async () => {
  const playbook = await playbookOf(
    `import { play } from "fusion-play";
const refused = new Error("connect ECONNREFUSED 127.0.0.1:1");
const shared = new Error("fetch failed", { cause: refused });
export default play({
  hosts: "all",
  async steps() {
    throw shared;
  },
});
`,
    "ts",
  );
  const run = await fakeRun(playbook);
  for (const name of ["web1", "web2"]) {
    const lines = host(run, name).error?.message.split("\n") ?? [];
    expect(lines[0]).toBe("Error: fetch failed");
    expect(lines.filter((line) => line.includes("ECONNREFUSED"))).toEqual([
      "    caused by: connect ECONNREFUSED 127.0.0.1:1",
    ]);
  }
});

test("a call of a function that cannot be made as it is written is a failed step, with its place", async () => {
  const playbook = await playbookOf(
    `import { play } from "fusion-play";
export default play({
  hosts: "all",
  async steps(host) {
    if (host.name === "web1") await host.run("m:size(");
    if (host.name === "web2") await host.eval({ erlang: "1" }, { timout: "1s" } as object);
    await host.push("no module");
  },
});
`,
    "ts",
  );
  const run = await fakeRun(playbook);
  expect(["web1", "web2", "web3"].map((name) => host(run, name))).toMatchObject([
    {
      error: null,
      steps: [{ name: "run at site.ts:5", kind: "run", line: 5, error: { code: "TERM_INVALID" } }],
    },
    { error: null, steps: [{ name: "eval at site.ts:6", kind: "eval", line: 6, error: { code: "USAGE" } }] },
    {
      error: null,
      steps: [{ name: "push at site.ts:7", kind: "push", line: 7, error: { code: "TERM_INVALID" } }],
    },
  ]);
});

/** A TypeScript play on all hosts, of which only the body of its function is given. */
async function playOf(body: string): Promise<Playbook> {
  return playbookOf(
    `import { play } from "fusion-play";
export default play({ name: "P", hosts: "all", async steps(host) { ${body} } });
`,
    "ts",
  );
}

test("the function of a play that waits for something else is left when the run is stopped", async () => {
  const controller = new AbortController();
  const run = await fakeRun(await playOf('await host.run("m:f()"); await new Promise(() => {});'), {
    inventory: "web1,",
    signal: controller.signal,
    onEvent: (event) => {
      if (event.type === "step_finished") setTimeout(() => controller.abort(), 5);
    },
  });
  expect(host(run)).toMatchObject({ status: "cancelled", error: { code: "CANCELLED" } });
});

test("a play that catches the loss of its host does not make it ok, and starts no further step", async () => {
  const run = await fakeRun(
    await playOf('for (let n = 0; n < 3; n++) try { await host.run("m:f()"); } catch {}'),
    {
      inventory: "web1,",
      answer: () => () => new Promise<Term>(() => {}),
      onEvent: (event, nodes) => {
        if (event.type === "step_started") nodes.get("web1")?.lose("the BEAM ended");
      },
    },
  );
  expect(host(run)).toMatchObject({ status: "unreachable", error: { code: "NODE_LOST" } });
  expect(host(run).steps).toHaveLength(1);
  expect(run.events.at(-2)?.type).toBe("host_finished");
});

test("steps that a play does not wait for end before the host does, and fail it", async () => {
  const run = await fakeRun(await playOf('host.run("m:slow()"); host.run("m:bad()");'), {
    inventory: "web1,",
    answer: () => async (call) => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      return call.function === "bad" ? raise(atom("oops")) : 1;
    },
  });
  expect(statuses(run).toSorted()).toEqual(["run m:bad(): failed", "run m:slow(): ok"]);
  expect(host(run)).toMatchObject({ status: "failed", error: null });
  expect(run.events.at(-2)?.type).toBe("host_finished");
});

test("a function that throws at once fails its host, and the loss of the node afterwards is nobody's surprise", async () => {
  const text = `import { play } from "fusion-play";
export default play({ name: "P", hosts: "all", steps() { throw new Error("at once"); } });
`;
  const run = await fakeRun(await playbookOf(text, "ts"), {
    inventory: "web1,",
    onEvent: (event, nodes) => {
      if (event.type === "host_finished") nodes.get("web1")?.lose("the session was closed");
    },
  });
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(host(run).error?.message).toContain("at once");
});

test("a call whose outcome is not known is not made again, and neither ignored nor rescued", async () => {
  let calls = 0;
  const run = await runSteps(
    `
- block:
    - { name: Unknown, run: "m:f()", retries: 5, until: result == 1, ignore_errors: true }
  rescue:
    - { name: Rescue, run: "m:g()" }
`,
    {
      answer: () => () => {
        calls++;
        const cause = new FusionPlayError("the BEAM ended", { code: "NODE_LOST" });
        throw new FusionPlayError("nobody knows", { code: "OUTCOME_UNKNOWN", cause });
      },
    },
  );
  expect(calls).toBe(1);
  expect(host(run)).toMatchObject({
    status: "unreachable",
    steps: [{ name: "Unknown", status: "failed", attempts: 1, error: { code: "OUTCOME_UNKNOWN" } }],
  });
});

test("connections that are lost and come back are told of as they do, and counted", async () => {
  const run = await runSteps(`- { name: One, run: "m:f()" }`, {
    onEvent: (event, nodes) => {
      if (event.type !== "step_started") return;
      for (const listener of nodes.get("web1")?.listeners ?? []) {
        listener({ type: "reconnecting", reason: "it was cut" });
        listener({ type: "reconnected", awayMs: 120.4 });
      }
    },
  });
  expect(run.events).toContainEqual(
    expect.objectContaining({ type: "host_reconnecting", host: "web1", reason: "it was cut" }),
  );
  expect(run.events).toContainEqual(
    expect.objectContaining({ type: "host_reconnected", host: "web1", away_ms: 120 }),
  );
  expect(host(run)).toMatchObject({ status: "ok", reconnected: 1 });
  expect(run.nodes.get("web1")?.listeners.size).toBe(0);
});

test("a node that cannot be closed in order changes nothing for its host, and nothing for the others", async () => {
  const done = await fakeRun("- hosts: all\n  steps: [{ name: One, run: os:getpid() }]\n", {
    onEvent: (event, nodes) => {
      if (event.type !== "host_connected" || event.host !== "web1") return;
      const node = nodes.get(event.host);
      if (node !== undefined) node[Symbol.asyncDispose] = () => Promise.reject(new Error("it is stuck"));
    },
  });
  expect(done.report.status).toBe("ok");
  expect(["web2", "web3"].map((name) => done.nodes.get(name)?.isDisposed)).toEqual([true, true]);
});
