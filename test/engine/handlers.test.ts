import { expect, test } from "vitest";
import { dryRun } from "../../src/engine/dry-run.ts";
import { atom, tuple } from "../../src/etf/term.ts";
import { loadInventory } from "../../src/inventory/load-inventory.ts";
import { FusionPlayError } from "../../src/errors.ts";
import { FakeModuleSource } from "../doubles/fake-module-source.ts";
import type { FakeCall } from "../doubles/fake-remote-node.ts";
import { fakeRun, host, playbookOf, raise, statuses, type FakeRun, type FakeRunOptions } from "./fake-run.ts";

/** Calls of `change` change something, those of `bad` raise, all others change nothing. */
const call: FakeCall = ({ function: name }) => {
  if (name === "bad") raise(atom("oops"));
  return name === "change" ? tuple(atom("changed"), 1) : 1;
};
const answer = (): FakeCall => call;

/** Plays steps with handlers on one host. */
async function playWith(
  { steps, handlers, keys = "" }: { steps: string; handlers: string; keys?: string },
  options: FakeRunOptions = {},
): Promise<FakeRun> {
  const indented = (text: string): string => text.trim().replaceAll(/^/gm, "    ");
  const play = `- name: P
  hosts: all
  steps:
${indented(steps)}
  handlers:
${indented(handlers)}
  ${keys}`;
  return fakeRun(play, { answer, inventory: "web1,", ...options });
}

const THREE = `
- { name: H1, run: "m:ok()" }
- { name: H2, run: "m:ok()" }
- { name: H3, run: "m:ok()" }`;

test("handlers that changed steps notify are run once, after the steps, in their own order", async () => {
  const run = await playWith({
    steps: `
- { name: A, run: "m:change()", notify: [H3, H1] }
- { name: B, run: "m:change()", notify: H1 }
- { name: C, run: "m:ok()", notify: H2 }
- { name: D, run: "m:ok()" }`,
    handlers: THREE,
  });
  expect(statuses(run)).toEqual(["A: changed", "B: changed", "C: ok", "D: ok", "H1: ok", "H3: ok"]);
  expect(host(run).steps.map(({ handler = false }) => handler)).toEqual([
    false,
    false,
    false,
    false,
    true,
    true,
  ]);
  expect(host(run).status).toBe("ok");
});

test("each host runs the handlers that were notified there", async () => {
  const run = await playWith(
    {
      steps: '- { name: A, run: "m:change()", notify: H1, when: host.name != "web2" }',
      handlers: '- { name: H1, run: "m:ok()" }',
    },
    { inventory: "web1,web2," },
  );
  expect(statuses(run, "web1")).toEqual(["A: changed", "H1: ok"]);
  expect(statuses(run, "web2")).toEqual(["A: skipped"]);
});

test("changed_when, an item of a loop and any kind of step notify; skipped and failed steps do not", async () => {
  const run = await playWith({
    steps: `
- { name: When, run: "m:ok()", changed_when: "result == 1", notify: H1 }
- { name: Not, run: "m:change()", changed_when: false, notify: H2 }
- { name: Loop, run: "m:ok()", loop: [1, 2], changed_when: item == 2, notify: H3 }
- { name: Set, set: { a: 1 }, changed_when: true, notify: H4 }
- { name: Skipped, run: "m:change()", when: false, notify: H2 }
- { name: Ignored, run: "m:bad()", ignore_errors: true, notify: H2 }`,
    handlers: `${THREE}\n- { name: H4, run: "m:ok()" }`,
  });
  expect(statuses(run).slice(6)).toEqual(["H1: ok", "H3: ok", "H4: ok"]);
});

test("a handler notifies later ones, and all handlers are notified that listen to a name", async () => {
  const run = await playWith({
    steps: '- { name: A, run: "m:change()", notify: [web] }',
    handlers: `
- { name: H1, run: "m:change()", listen: web, notify: [H3] }
- { name: H2, run: "m:ok()" }
- { name: H3, run: "m:ok()" }
- { name: H4, run: "m:ok()", listen: [db, web] }`,
  });
  expect(statuses(run)).toEqual(["A: changed", "H1: changed", "H3: ok", "H4: ok"]);
});

test("steps have what their block notifies, unless they notify something themselves", async () => {
  const run = await playWith({
    steps: `
- notify: H1
  block:
    - { name: A, run: "m:change()", notify: H2 }
- notify: H3
  block:
    - { name: B, run: "m:bad()" }
  rescue: [{ name: R, run: "m:change()" }]`,
    handlers: THREE,
  });
  expect(statuses(run)).toEqual(["A: changed", "B: failed", "R: changed", "H2: ok", "H3: ok"]);
});

test("flush_handlers runs what was notified until then, and what is notified again is run in the end", async () => {
  const run = await playWith({
    steps: `
- { name: A, run: "m:change()", notify: [H1, H2] }
- { name: B, run: "m:two()", register: b }
- { name: Flush, meta: flush_handlers }
- { name: C, run: "m:change()", notify: H1 }
- { name: Again, meta: flush_handlers, when: false }`,
    handlers: THREE,
  });
  expect(statuses(run)).toEqual([
    "A: changed",
    "B: ok",
    "Flush: ok",
    "H1: ok",
    "H2: ok",
    "C: changed",
    "Again: skipped",
    "H1: ok",
  ]);
});

test("handlers use what was registered, have no result before them, and leave none", async () => {
  const run = await playWith({
    steps: `
- { name: A, run: "m:change()", notify: H1, register: a }
- { name: Flush, meta: flush_handlers }
- { name: B, assert: result == null }
- { name: C, run: "m:ok()", register: c }`,
    handlers: `
- name: H1
  block:
    - { name: D, assert: 'result == null && a[0] == "changed" && c == null' }
    - { name: E, run: "m:ok()" }
    - { name: F, assert: result == 1 }`,
  });
  expect(statuses(run)).toEqual(["A: changed", "Flush: ok", "D: ok", "E: ok", "F: ok", "B: ok", "C: ok"]);
});

const FAILING = {
  steps: `
- { name: A, run: "m:change()", notify: [H1, H2, H3] }
- { name: B, run: "m:bad()", changed_when: true, notify: H4 }
- { name: C, run: "m:change()", notify: H4 }`,
  handlers: `
- { name: H1, run: "m:ok()" }
- { name: H2, run: "m:bad()" }
- { name: H3, run: "m:ok()" }
- { name: H4, run: "m:ok()" }`,
};

test("a host that failed runs no handlers; with force_handlers those that were notified before", async () => {
  const plain = await playWith(FAILING);
  expect(statuses(plain)).toEqual(["A: changed", "B: failed"]);
  const forced = await playWith({ ...FAILING, keys: "force_handlers: true" });
  expect(statuses(forced)).toEqual(["A: changed", "B: failed", "H1: ok", "H2: failed"]);
  expect(host(forced).status).toBe("failed");
  expect(forced.report.exit_code).toBe(2);
});

test("a handler that fails fails the host, or is rescued where it was flushed", async () => {
  const steps = '- { name: A, run: "m:change()", notify: [H2, H3] }';
  const { handlers } = FAILING;
  const failed = await playWith({ steps, handlers });
  expect(statuses(failed)).toEqual(["A: changed", "H2: failed"]);
  expect(host(failed).status).toBe("failed");
  const flush = `
- block: [{ name: Flush, meta: flush_handlers }, { name: Never, run: "m:ok()" }]
  rescue: [{ name: R, assert: failed_step.name == "H2" }]`;
  const rescued = await playWith({ steps: `${steps}${flush}`, handlers });
  expect(statuses(rescued)).toEqual(["A: changed", "Flush: ok", "H2: failed", "R: ok", "H3: ok"]);
  expect(host(rescued)).toMatchObject({
    status: "ok",
    steps: [{}, {}, { rescued: true, handler: true }, {}, {}],
  });
});

test.each(["end_host", "end_play"])("meta: %s leaves handlers out", async (meta) => {
  const run = await playWith({
    steps: `
- { name: A, run: "m:change()", notify: H1 }
- { name: End, meta: ${meta} }`,
    handlers: THREE,
    keys: "force_handlers: true",
  });
  expect(statuses(run)).toEqual(["A: changed", "End: ok"]);
  expect(host(run).status).toBe("ok");
});

test("a host that is lost runs no handlers, even if they are forced", async () => {
  const run = await playWith(
    {
      steps: `
- { name: A, run: "m:change()", notify: H1 }
- { name: B, run: "m:lost()" }`,
      handlers: THREE,
      keys: "force_handlers: true",
    },
    {
      answer: () => (made, options) => {
        if (made.function === "lost") throw new FusionPlayError("gone", { code: "NODE_LOST" });
        return call(made, options);
      },
    },
  );
  expect(statuses(run)).toEqual(["A: changed", "B: failed"]);
  expect(host(run).status).toBe("unreachable");
});

test("no handler is run after the run was stopped", async () => {
  const controller = new AbortController();
  const run = await playWith(
    {
      steps: '- { name: A, run: "m:change()", notify: H1 }',
      handlers: '- { name: H1, run: "m:hang()" }\n- { name: H2, run: "m:ok()" }',
      keys: "force_handlers: true",
    },
    {
      answer: () => (made, options) =>
        made.function === "hang" ? new Promise(() => {}) : call(made, options),
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === "step_started" && event.step === "H1") setImmediate(() => controller.abort());
      },
    },
  );
  expect(statuses(run)).toEqual(["A: changed", "H1: failed"]);
  expect(host(run).status).toBe("cancelled");
});

test.each<[FakeRunOptions, string[]]>([
  [{ tags: ["a"] }, ["A: changed", "H1: ok"]],
  [{ skipTags: ["h", "a"] }, ["B: changed", "H2: ok"]],
  [{ startAtStep: "B" }, ["B: changed", "H2: ok"]],
])("%o choose steps, and no handlers", async (filter, expected) => {
  const run = await playWith(
    {
      steps: `
- { name: A, run: "m:change()", notify: H1, tags: a }
- { name: B, run: "m:change()", notify: H2 }`,
      handlers: '- { name: H1, run: "m:ok()", tags: h }\n- { name: H2, run: "m:ok()", tags: h }',
    },
    filter,
  );
  expect(statuses(run)).toEqual(expected);
});

test("a handler is no place to start at", async () => {
  const run = playWith({ steps: '- { run: "m:ok()" }', handlers: THREE }, { startAtStep: "H1" });
  await expect(run).rejects.toMatchObject({ code: "NO_STEP_LEFT" });
});

test("a variable that only handlers read may be missing", async () => {
  const run = await playWith({
    steps: '- { name: A, run: "m:ok()", notify: H1 }',
    handlers: "- { name: H1, assert: vars.missing == 1 }",
  });
  expect(statuses(run)).toEqual(["A: ok"]);
});

function playWithHandlers(steps: string, keys = ""): string {
  return `
import { play } from "fusion-play";
export default play({
  hosts: "all",
  steps: ${steps},
  handlers: [
    { name: "H1", listen: ["web"], run: "m:ok()" },
    { name: "H2", run: "m:two()" },
  ],
  ${keys}
});`;
}

async function runFunction(steps: string, keys?: string): Promise<FakeRun> {
  return fakeRun(await playbookOf(playWithHandlers(steps, keys), "ts"), { answer, inventory: "web1," });
}

test("a TypeScript play has handlers beside a list of steps", async () => {
  const run = await runFunction('[{ name: "A", run: "m:change()", notify: "web" }]');
  expect(statuses(run)).toEqual(["A: changed", "H1: ok"]);
});

test("a step of a function notifies handlers where it changed something, and the function as it likes", async () => {
  const run = await runFunction(`async (host) => {
    await host.run("m:change()", { name: "A", notify: ["web"] });
    await host.run("m:ok()", { name: "B", notify: "H2" });
    await host.flushHandlers();
    await host.flushHandlers();
    host.notify("H2", "web");
    await host.run("m:ok()", { name: "C" });
  }`);
  expect(statuses(run)).toEqual(["A: changed", "B: ok", "H1: ok", "C: ok", "H1: ok", "H2: ok"]);
  expect(host(run).steps.map(({ handler }) => handler)).toEqual([
    undefined,
    undefined,
    true,
    undefined,
    true,
    true,
  ]);
});

test("a handler that fails while a function flushes them is an error of the function, told once", async () => {
  const caught = await runFunction(
    `async (host) => {
    host.notify("H2");
    await host.flushHandlers().catch((error) => host.set({ code: error.code }));
    host.assert(host.vars.code === "FAILED_BY_PLAY");
    host.notify("H1");
  }`,
    'handlers: [{ name: "H1", run: "m:ok()" }, { name: "H2", fail: "no" }],',
  );
  expect(host(caught)).toMatchObject({ status: "ok", error: null });
  expect(statuses(caught).at(-1)).toBe("H1: ok");
  const failed = await runFunction(
    "async (host) => { host.notify('H1'); throw new Error('oops'); }",
    "force_handlers: true,",
  );
  expect(host(failed).status).toBe("failed");
  expect(statuses(failed).at(-1)).toBe("H1: ok");
});

test("a function cannot notify what is no handler", async () => {
  const run = await runFunction(`(host) => host.notify("H3")`);
  expect(host(run).error).toMatchObject({
    code: "USAGE",
    message: 'Cannot notify "H3": the play has no handler of this name',
    hint: 'Did you mean "H1"?',
  });
});

const SHIPPING = `
- hosts: all
  name: P
  steps: [{ name: A, run: "app:go()", notify: H1 }]
  handlers:
    - { name: H1, run: "dep:go()" }
    - { name: H2, block: [{ name: B, run: "app:go()", when: vars.x }] }`;

const MODULES = { app: [], dep: [] };

test("dryRun() lists handlers after the steps, with what they would ship", async () => {
  const report = await dryRun({
    playbooks: [await playbookOf(SHIPPING)],
    inventory: await loadInventory(["web1,"]),
    openModules: async () => new FakeModuleSource(MODULES),
    signal: new AbortController().signal,
  });
  const steps = report.plays[0]?.hosts["web1"]?.steps ?? [];
  expect(
    steps.map(({ name, handler = false, would_push, unknown }) => [
      name,
      handler,
      would_push.map(({ module }) => module),
      unknown,
    ]),
  ).toEqual([
    ["A", false, ["app"], undefined],
    ["H1", true, ["dep"], "whether it runs: where it is notified"],
    ["B", true, [], "whether it runs: where it is notified, when vars.x"],
  ]);
});

test("code that only a handler pushes must be there before the run", async () => {
  const run = playWith({ steps: '- { run: "m:ok()" }', handlers: "- { name: H1, push: gone }" });
  await expect(run).rejects.toMatchObject({ code: "MODULE_NOT_FOUND" });
});
