import { expect, test } from "vitest";
import { FusionPlayError } from "../../src/errors.ts";
import { binary } from "../../src/etf/term.ts";
import { FakeModuleSource } from "../doubles/fake-module-source.ts";
import { fakeRun, host, playbookOf, statuses, type FakeRun, type FakeRunOptions } from "./fake-run.ts";
import { latch } from "./latch.ts";

const down = (): FusionPlayError => new FusionPlayError("down", { code: "SSH_CONNECT_FAILED", hint: "Up" });

/** A play on web1 and web2; db1 and db2 are in the inventory as well. */
function run(
  steps: string,
  options: FakeRunOptions & { keys?: string; hosts?: string } = {},
): Promise<FakeRun> {
  const { keys = "", hosts = "web*", ...rest } = options;
  const head = `- name: P\n  hosts: ${hosts}\n${keys}  steps:\n`;
  return fakeRun(`${head}${steps.trim().replaceAll(/^/gm, "    ")}\n`, {
    inventory: "web1,web2,db1,db2,",
    ...rest,
  });
}

/** Names of the functions that were called on a host. */
function callsOf({ nodes }: FakeRun, name: string): string[] {
  return (nodes.get(name)?.calls ?? []).map((call) => call.function);
}

test("a delegated step works on the other host, for the host itself", async () => {
  const done = await run(
    `
- { name: A, run: "m:a(\${{ host.name }})", delegate_to: db1, register: a }
- { name: B, assert: a == 7 && result == 7 }
- { name: C, run: "m:c()" }`,
    { answer: () => () => 7, source: new FakeModuleSource({ m: ["n"], n: [] }) },
  );
  expect(statuses(done, "web1")).toEqual(["A: ok", "B: ok", "C: ok"]);
  expect(callsOf(done, "db1")).toEqual(["a", "a"]);
  expect(callsOf(done, "web1")).toEqual(["c"]);
  expect(host(done, "web1").steps.map(({ delegated_to }) => delegated_to)).toEqual([
    "db1",
    undefined,
    undefined,
  ]);
  // What it needs goes there once, whoever asks.
  expect(done.nodes.get("db1")?.pushes.flat()).toEqual(["n", "m"]);
  const args = done.nodes.get("db1")?.calls.map((call) => JSON.stringify(call.args));
  expect(new Set(args).size).toBe(2);
  expect(Object.keys(done.report.plays[0]?.hosts ?? {})).toEqual(["web1", "web2"]);
  expect([...done.nodes.values()].every(({ isDisposed }) => isDisposed)).toBe(true);
});

test.each([
  ["web1", 1],
  ['"${{ groups.all[0] }}"', 1],
  ['"${{ vars.to }}", vars: { to: "${{ groups.all[0] }}" }', 1],
  // What only the run knows.
  ['"${{ item }}", loop: [web1]', 2],
  ['"${{ a }}"', 2],
])("a host that is done before another one delegates to %s is connected %i times", async (to, times) => {
  let connected = 0;
  const done = await run(
    `
- { name: A, run: "m:a()", register: a }
- { name: B, run: "m:b()", delegate_to: ${to}, when: host.name == "web2" }`,
    {
      concurrency: 1,
      answer: (name) => {
        if (name === "web1") connected++;
        return () => binary("web1");
      },
    },
  );
  expect(done.report.status).toBe("ok");
  expect(callsOf(done, "web1").at(-1)).toBe("b");
  expect(connected).toBe(times);
  expect([...done.nodes.values()].every(({ isDisposed }) => isDisposed)).toBe(true);
});

test("a host that is delegated to keeps its session until all hosts are done, in the play or not", async () => {
  const isBegun = latch();
  const held = await run(
    `
- { name: A, run: "m:a()", delegate_to: web1, when: host.name == "web2" }
- { name: B, run: "m:b()" }`,
    {
      onEvent: (event, nodes) => {
        if (event.type !== "host_finished" || event.host !== "web1") return;
        expect(nodes.get("web1")?.isDisposed).toBe(false);
        setImmediate(isBegun.open);
      },
      answer: () => async (call) => {
        if (call.function === "a") await isBegun.promise;
        return 1;
      },
    },
  );
  expect(held.report.status).toBe("ok");
  expect(held.nodes.get("web1")?.isDisposed).toBe(true);
});

test("the name may be an expression, and another one for each item of a loop", async () => {
  const done = await run(
    `
- { name: A, run: "m:a()", delegate_to: "\${{ vars.where }}", vars: { where: db2 }, when: host.name == "web1" }
- { name: B, run: "m:b()", delegate_to: "\${{ item }}", loop: [db1, db2, web1], when: host.name == "web1" }
- { name: C, run: "m:c()", delegate_to: db1, loop: [1, 2], when: host.name == "web1" }`,
  );
  expect(callsOf(done, "db1")).toEqual(["b", "c", "c"]);
  expect(callsOf(done, "db2")).toEqual(["a", "b"]);
  expect(callsOf(done, "web1")).toEqual(["b"]);
  // Calls that go to one host go together.
  expect(done.nodes.get("db1")?.batches).toEqual([2]);
  const [, b, c] = host(done, "web1").steps;
  expect(b?.delegated_to).toBeUndefined();
  expect(b?.items?.map(({ delegated_to }) => delegated_to)).toEqual(["db1", "db2", undefined]);
  expect(c?.delegated_to).toBe("db1");
});

test("a host that cannot be reached fails the steps that are delegated to it, and no host", async () => {
  const done = await run(
    `
- { name: A, run: "m:a()", delegate_to: db1, ignore_errors: true }
- block: [{ name: B, run: "m:b()", delegate_to: db1 }]
  rescue: [{ name: R, assert: failed_result.code == "DELEGATE_UNREACHABLE" }]
- { name: C, run: "m:c()" }`,
    { answer: (name) => (name === "db1" ? down() : () => 1) },
  );
  for (const name of ["web1", "web2"])
    expect(statuses(done, name)).toEqual(["A: ignored", "B: failed", "R: ok", "C: ok"]);
  expect(done.report.exit_code).toBe(0);
  expect(host(done).steps[0]?.error).toMatchObject({
    code: "DELEGATE_UNREACHABLE",
    message: "Cannot run the step on db1, to which it is delegated: down",
    hint: "Up",
  });
});

test("a host that is lost at a delegated step fails the step, and is not tried again", async () => {
  let calls = 0;
  const done = await run('- { name: A, run: "m:a()", delegate_to: db1, retries: 3, delay: 1ms }', {
    answer: () => () => {
      calls++;
      throw new FusionPlayError("gone", { code: "NODE_LOST" });
    },
  });
  expect(host(done, "web1")).toMatchObject({ status: "failed", error: null });
  expect(host(done, "web1").steps[0]?.error?.code).toBe("DELEGATE_UNREACHABLE");
  expect(calls).toBe(2);
});

test("a host that is not in the inventory is a mistake before the run, or a failure where it comes of a value", async () => {
  const wrong = run('- { name: A, run: "m:a()", delegate_to: db3 }');
  await expect(wrong).rejects.toMatchObject({
    code: "DOCUMENT_INVALID",
    problems: [
      {
        line: 4,
        column: 45,
        message: 'The inventory has no host "db3" to delegate to',
        hint: 'Did you mean "db1"?',
      },
    ],
  });
  const late = await run('- { name: A, run: "m:a()", delegate_to: "${{ \'db\' + string(1 + 2) }}" }');
  expect(host(late).steps[0]?.error).toMatchObject({
    code: "DELEGATE_UNREACHABLE",
    message: "Cannot run the step on db3, to which it is delegated: the inventory has no such host",
  });
});

test("steps that are decided here connect to nobody", async () => {
  const done = await run(
    `
- { name: A, assert: true, delegate_to: db1 }
- { name: B, set: { x: 1 }, delegate_to: db1 }
- { name: C, run: "m:c()", delegate_to: db1, when: false }`,
  );
  expect(done.report.status).toBe("ok");
  expect([...done.nodes.keys()].toSorted()).toEqual(["web1", "web2"]);
});

test("a policy holds for hosts that are delegated to", async () => {
  const source = new FakeModuleSource({ m: [] });
  source.examined["m"] = {
    effects: [{ effect: "os.cmd", called: { module: "os", name: "cmd", arity: 1 }, callers: [] }],
  };
  const denied = run('- { name: A, run: "m:a()", delegate_to: db1 }', {
    keys: "  policy: { deny: [os.cmd] }\n",
    source,
  });
  await expect(denied).rejects.toMatchObject({ code: "POLICY_VIOLATION" });
  const late = await fakeRun(
    await playbookOf(
      `import { play } from "fusion-play";
export default play({
  hosts: "web1",
  policy: { deny: ["os.cmd"] },
  steps: (host) => host.run('os:cmd("ls")', { delegate_to: "db1" }),
});`,
      "ts",
    ),
    { inventory: "web1,db1,", source: new FakeModuleSource() },
  );
  expect(host(late).steps[0]?.error?.code).toBe("POLICY_VIOLATION");
  expect(callsOf(late, "db1")).toEqual([]);
});

test("run_once is done on the host that it is delegated to, once", async () => {
  const done = await run(
    '- { name: A, run: "m:a()", delegate_to: db1, run_once: true, register: a }\n- assert: a == 7',
    {
      answer: () => () => 7,
    },
  );
  expect(done.report.status).toBe("ok");
  expect(callsOf(done, "db1")).toEqual(["a"]);
  expect(["web1", "web2"].map((name) => host(done, name).steps[0]?.delegated_to)).toEqual(["db1", "db1"]);
});

test("a play that fetches code ships it to the host that it delegates to", async () => {
  const done = await run('- { name: A, run: "m:a()", delegate_to: db1 }', {
    keys: "  code_loading: on_demand\n",
    source: new FakeModuleSource({ m: [] }),
  });
  expect(done.nodes.get("db1")).toMatchObject({ onDemand: false, served: [null] });
  expect(done.nodes.get("db1")?.pushes.flat()).toEqual(["m"]);
});

test("a run that is stopped connects to nobody for a step", async () => {
  const stop = new AbortController();
  const done = await run('- { name: A, run: "m:a()", delegate_to: db1 }', {
    signal: stop.signal,
    onEvent: (event) => {
      if (event.type === "step_started") stop.abort();
    },
  });
  expect(done.report.status).toBe("cancelled");
  expect(host(done, "web1").steps[0]?.error?.code).toBe("CANCELLED");
  expect(done.nodes.has("db1")).toBe(false);
});
