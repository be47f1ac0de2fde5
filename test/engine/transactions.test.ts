import { expect, test } from "vitest";
import { FusionPlayError } from "../../src/errors.ts";
import type { HostReport } from "../../src/engine/report.ts";
import { Transactions } from "../../src/engine/transactions.ts";
import { FakeModuleSource } from "../doubles/fake-module-source.ts";
import type { FakeLoading, FakeRemoteNode } from "../doubles/fake-remote-node.ts";
import { latch } from "./latch.ts";
import { fakeRun, playbookOf, type FakeRun, type FakeRunOptions } from "./fake-run.ts";

const PLAY = "- { name: P, hosts: all, steps: [{ name: T, push: app, transaction: true }] }";

/** Runs a playbook whose code paths hold the modules `app` and `dep`. */
function run(text: Parameters<typeof fakeRun>[0], options: FakeRunOptions = {}): Promise<FakeRun> {
  return fakeRun(text, { source: new FakeModuleSource({ app: ["dep"], dep: [] }), ...options });
}

function hosts({ report }: FakeRun, play = 0): Record<string, HostReport> {
  return report.plays[play]?.hosts ?? {};
}

/** The error of a host's last step. */
function errorOf(end: FakeRun, host: string): { code: string; message: string } | null | undefined {
  return hosts(end)[host]?.steps.at(-1)?.error;
}

const refuse = (message: string): never => {
  throw new FusionPlayError(message, { code: "MODULE_LOAD_FAILED" });
};

const on =
  (name: string, loading: FakeLoading) =>
  (host: string): FakeLoading =>
    host === name ? loading : {};

const ABORTED = (host: string, why: string): object => ({
  code: "TRANSACTION_ABORTED",
  message: `Cannot load the code on ${host}: not all hosts of the transaction could prepare it: ${why}`,
});

test("a transaction loads nothing before all hosts have prepared their code, and then on all", async () => {
  const seen: number[] = [];
  const nodes: FakeRemoteNode[] = [];
  const loading: FakeLoading = {
    prepare: (node) => void nodes.push(node),
    finish: () => void seen.push(nodes.filter(({ prepared }) => prepared.length === 1).length),
  };
  const end = await run(PLAY, { loading: () => loading });
  expect(end.report).toMatchObject({ status: "ok", exit_code: 0 });
  expect(seen).toEqual([3, 3, 3]);
  for (const node of end.nodes.values()) {
    expect([node.finished, node.abandoned, node.pushes]).toEqual([[["dep", "app"]], [], []]);
  }
  expect(hosts(end)["web1"]?.pushed).toMatchObject({ modules: 2, skipped: 0 });
  expect(end.events.filter(({ type }) => type === "module_pushed")).toHaveLength(6);
});

test("a host that cannot prepare keeps all others from loading, and they say why", async () => {
  const end = await run(PLAY, { loading: on("web2", { prepare: () => refuse("no room on web2") }) });
  expect(end.report.exit_code).toBe(2);
  expect(errorOf(end, "web2")).toMatchObject({ code: "MODULE_LOAD_FAILED", message: "no room on web2" });
  for (const host of ["web1", "web3"]) {
    expect(errorOf(end, host)).toMatchObject(ABORTED(host, "web2: no room on web2"));
    expect(end.nodes.get(host)).toMatchObject({ finished: [], abandoned: [["dep", "app"]] });
    expect(hosts(end)[host]?.pushed).toMatchObject({ modules: 0, bytes: 0 });
    expect(hosts(end)[host]?.steps[0]?.pushed).toEqual([]);
  }
});

test("a transaction needs no more slots than there are, and leaves the concurrency as it is", async () => {
  let most = 0;
  let running = 0;
  const call = async (): Promise<number> => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    return 0;
  };
  const end = await run(
    `- name: P
  hosts: all
  steps:
    - { name: Before, run: "m:f()" }
    - { name: T, push: app, transaction: true }
    - { name: Then, run: "m:f()" }
    - { name: Another, push: dep, transaction: true }
    - { name: After, run: "m:f()" }
`,
    { concurrency: 2, inventory: "a,b,c,d,e,f,g,", answer: () => call },
  );
  expect(end.report.exit_code).toBe(0);
  expect(most).toBe(2);
});

test("a host that does not get to the transaction keeps it from happening", async () => {
  const steps = "[{ name: First, run: 'm:f()' }, { name: T, push: app, transaction: true }]";
  const end = await run(`- { name: P, hosts: all, steps: ${steps} }`, {
    inventory: "web1,web2,web3,web4,",
    answer: (host) => {
      if (host === "web2") return new FusionPlayError("web2 is down", { code: "SSH_CONNECT_FAILED" });
      return () => (host === "web3" ? refuse("m:f/0 failed on web3") : 0);
    },
  });
  expect(end.report.exit_code).toBe(6);
  for (const host of ["web1", "web4"]) {
    expect(errorOf(end, host)).toMatchObject(ABORTED(host, "web2: web2 is down; web3: m:f/0 failed on web3"));
  }
});

test.each([
  ["always", "linear"],
  ["always", "host_pinned"],
  ["rescue", "linear"],
  ["rescue", "host_pinned"],
])(
  "a host that fails before the transaction in a block with %s keeps it from happening at once (%s)",
  async (key, strategy) => {
    const isAborted = latch();
    const end = await run(
      `
- name: P
  hosts: all
  strategy: ${strategy}
  steps:
    - block:
        - { name: First, run: "m:f()" }
        - { name: T, push: app, transaction: true }
      ${key}: [{ name: Clean, run: "m:clean()" }]
`,
      {
        inventory: "web1,web2,",
        onEvent: (event) => {
          if (event.type === "step_finished" && event.host === "web2" && event.step === "T") isAborted.open();
        },
        answer:
          (host) =>
          async ({ function: called }) => {
            if (host === "web1" && called === "f") refuse("m:f/0 failed on web1");
            // Whatever it does then is not waited for.
            if (host === "web1" && called === "clean") await isAborted.promise;
            return 0;
          },
      },
    );
    const pushed = hosts(end)["web2"]?.steps.find(({ name }) => name === "T");
    expect(pushed?.error).toMatchObject(ABORTED("web2", "web1: m:f/0 failed on web1"));
    expect(end.nodes.get("web2")?.finished).toEqual([]);
  },
);

test("hosts do a transaction below rescue without those that do not come to it", async () => {
  const end = await run(
    `
- name: P
  hosts: all
  strategy: linear
  steps:
    - block: [{ name: First, run: "m:f()" }]
      rescue: [{ name: T, push: app, transaction: true }]
    - { name: After, run: "m:after()" }
`,
    {
      answer:
        (host) =>
        ({ function: called }) =>
          host !== "web3" && called === "f" ? refuse(`m:f/0 failed on ${host}`) : 0,
    },
  );
  expect(end.report.exit_code).toBe(0);
  expect(["web1", "web2", "web3"].map((host) => end.nodes.get(host)?.finished.length)).toEqual([1, 1, 0]);
});

test("a host that failed does its forced handlers while others are in a transaction", async () => {
  const end = await run(
    `
- name: P
  hosts: all
  strategy: linear
  force_handlers: true
  steps:
    - { name: Notify, run: "m:n()", changed_when: true, notify: Reload }
    - { name: First, run: "m:f()" }
    - { name: T, push: app, transaction: true }
  handlers: [{ name: Reload, run: "m:reload()" }]
`,
    {
      answer:
        (host) =>
        ({ function: called }) =>
          host === "web1" && called === "f" ? refuse("m:f/0 failed on web1") : 0,
    },
  );
  expect(errorOf(end, "web2")).toBeNull();
  const pushed = hosts(end)["web2"]?.steps.find(({ name }) => name === "T");
  expect(pushed?.error).toMatchObject(ABORTED("web2", "web1: m:f/0 failed on web1"));
  expect(hosts(end)["web1"]?.steps.at(-1)).toMatchObject({ name: "Reload", status: "ok" });
});

test("a host on which the step is skipped takes no part", async () => {
  const end = await run(PLAY.replace("transaction", "when: 'host.name != \"web2\"', transaction"));
  expect(end.report.exit_code).toBe(0);
  expect(hosts(end)["web2"]?.steps[0]?.status).toBe("skipped");
  expect(["web1", "web2", "web3"].map((host) => end.nodes.get(host)?.finished.length)).toEqual([1, 0, 1]);
});

test("all hosts try again together", async () => {
  let tries = 0;
  const loading = on("web2", { prepare: () => (++tries < 3 ? refuse("busy") : undefined) });
  const end = await run(PLAY.replace("transaction", "retries: 2, delay: 0, transaction"), { loading });
  expect(end.report.exit_code).toBe(0);
  for (const [name, host] of Object.entries(hosts(end))) {
    expect(host.steps[0]).toMatchObject({ status: "ok", attempts: 3 });
    expect(end.nodes.get(name)?.finished).toHaveLength(1);
  }
});

test("a host that has given up keeps those from loading that try again, and ignore_errors goes on", async () => {
  const loading = on("web2", {
    prepare: () => {
      throw new FusionPlayError("too new for web2", { code: "MODULE_TOO_NEW" });
    },
  });
  const options = "retries: 1, delay: 0, ignore_errors: true, transaction";
  const end = await run(
    PLAY.replace("transaction", options).replace("}] }", "}, { name: N, run: 'm:f()' }] }"),
    {
      loading,
    },
  );
  expect(end.report.exit_code).toBe(0);
  expect(hosts(end)["web2"]?.steps[0]).toMatchObject({ status: "ignored", attempts: 1 });
  expect(hosts(end)["web1"]?.steps[0]).toMatchObject({ status: "ignored", attempts: 2 });
  expect(hosts(end)["web1"]?.steps[0]?.error).toMatchObject(ABORTED("web1", "web2: too new for web2"));
  expect(hosts(end)["web1"]?.steps[1]).toMatchObject({ name: "N", status: "ok" });
});

test("a host that is lost while it waits keeps the others from loading", async () => {
  const nodes = new Map<string, FakeRemoteNode>();
  const loading = (host: string): FakeLoading => ({
    prepare: async (node) => {
      nodes.set(host, node);
      if (host !== "web3") return;
      const waiting = (): boolean => nodes.get("web2")?.prepared.length === 1;
      while (!waiting()) await new Promise((resolve) => setImmediate(resolve));
      nodes.get("web2")?.lose("web2 was switched off");
    },
  });
  const end = await run(PLAY, { loading });
  expect(hosts(end)["web2"]).toMatchObject({ status: "unreachable", error: { code: "NODE_LOST" } });
  for (const host of ["web1", "web3"]) {
    expect(errorOf(end, host)).toMatchObject(ABORTED(host, "web2: web2 was switched off"));
    expect(end.nodes.get(host)?.finished).toEqual([]);
  }
});

test("a host that is lost when all have prepared is told that the others load the code", async () => {
  const end = await run(PLAY, {
    loading: on("web2", { finish: (node) => node.lose("web2 was switched off") }),
  });
  expect(end.report.exit_code).toBe(4);
  const message =
    "web2 was switched off; all hosts of the transaction had prepared the code, and the others load it all the same";
  expect(hosts(end)["web2"]).toMatchObject({ status: "unreachable", error: { code: "NODE_LOST", message } });
  expect(errorOf(end, "web2")?.message).toBe(message);
  for (const host of ["web1", "web3"]) expect(end.nodes.get(host)?.finished).toHaveLength(1);
});

test("a host that cannot load what it had prepared fails alone, and may try again alone", async () => {
  let tries = 0;
  const finish = (): void => (++tries < 2 ? refuse("not purged") : undefined);
  const end = await run(PLAY.replace("transaction", "retries: 1, delay: 0, transaction"), {
    loading: on("web2", { finish }),
  });
  expect(end.report.exit_code).toBe(0);
  expect(Object.values(hosts(end)).map(({ steps }) => steps[0]?.attempts)).toEqual([1, 2, 1]);
});

test("a host waits no longer than the timeout of the step; one that comes later loads nothing either", async () => {
  const aborted = latch<number>();
  const end = await run(
    `- name: P
  hosts: all
  steps:
    - { name: Slow, run: "m:f()" }
    - { name: T, push: app, transaction: true, timeout: 50ms }
`,
    {
      inventory: "web1,web2,",
      answer: (host) => () => (host === "web2" ? aborted.promise : 0),
      onEvent: (event) => {
        if (event.type === "host_finished" && event.host === "web1") aborted.open(0);
      },
    },
  );
  for (const host of ["web1", "web2"]) {
    expect(errorOf(end, host)).toMatchObject(ABORTED(host, "web2: it did not get there within 0.05 s"));
    expect(end.nodes.get(host)?.finished).toEqual([]);
  }
});

test("hosts that wait are let go when the run is stopped", async () => {
  const controller = new AbortController();
  const end = await run(PLAY, {
    signal: controller.signal,
    loading: on("web3", {
      prepare: async () => {
        controller.abort();
        await new Promise((resolve) => setImmediate(resolve));
      },
    }),
  });
  expect(end.report).toMatchObject({ status: "cancelled", exit_code: 130 });
  for (const node of end.nodes.values()) expect(node.finished).toEqual([]);
});

test("each batch has a transaction of its own, and so has each play", async () => {
  const end = await run(
    `- { name: P, hosts: all, serial: 2, steps: [{ name: T, push: app, transaction: true }] }
- { name: Q, hosts: all, steps: [{ name: U, push: [app, dep], transaction: true }] }
`,
    { loading: on("web3", { prepare: () => refuse("no room on web3") }) },
  );
  expect(Object.values(hosts(end)).map(({ status }) => status)).toEqual(["ok", "ok", "failed"]);
  expect(Object.values(hosts(end, 1)).map(({ status }) => status)).toEqual(["ok", "ok"]);
  expect(end.nodes.get("web1")?.finished).toHaveLength(2);
});

test("hosts of a function meet in their n-th transaction of the same modules", async () => {
  const play = (body: string): Promise<FakeRun> =>
    playbookOf(
      `import { play } from "fusion-play";
export default play({ name: "P", hosts: "all", async steps(host) { ${body} } });`,
      "ts",
    ).then((playbook) =>
      run(playbook, { loading: on("web3", { prepare: () => refuse("no room on web3") }) }),
    );
  const together = { transaction: true };
  const all = await play(`await host.push("app", ${JSON.stringify(together)});`);
  expect(errorOf(all, "web1")).toMatchObject(ABORTED("web1", "web3: no room on web3"));
  const others = await play(`
    if (host.name === "web3") return;
    await host.push(["app", "dep"], { transaction: true });
    await host.push(["dep", "app"], { transaction: true });
    await host.push("app");`);
  expect(others.report.exit_code).toBe(0);
  expect(others.nodes.get("web1")).toMatchObject({
    finished: [
      ["dep", "app"],
      ["app", "dep"],
    ],
  });
  const second = await play(`
    if (host.name !== "web3") await host.push("dep", { transaction: true });
    await host.push("app", { transaction: true }).catch(() => {});
    if (host.name !== "web3") await host.push("app", { transaction: true });`);
  expect(second.nodes.get("web1")?.finished.length).toBe(2);
});

test("Transactions tells a few of many hosts that could not, and how many more there were", async () => {
  const names = Array.from({ length: 9 }, (_, index) => `h${index}`);
  const transactions = new Transactions(names);
  const first = transactions.join("key", "h0").attempt();
  const waiting = first.prepared({ signal: new AbortController().signal, timeoutMs: 60_000 });
  for (const name of names.slice(1)) transactions.leave(name, { type: "failed", reason: "lost" });
  await expect(waiting).rejects.toMatchObject(
    ABORTED("h0", "h1: lost; h2: lost; h3: lost; h4: lost; h5: lost; and 3 more hosts"),
  );
});
