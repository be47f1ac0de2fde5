// Compares calls and whole steps of ours with `erpc` between two real BEAMs: the one that a session has started, and a
// second one on this machine, whose bytes go through the same SSH connection.
import { setMaxListeners } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { TrafficMeter } from "../src/bytes/traffic-meter.ts";
import { moduleSources } from "../src/cli/module-sources.ts";
import { loadFiles } from "../src/cli/load-files.ts";
import type { RemoteCalls } from "../src/dist/remote-calls.ts";
import type { RemoteNode } from "../src/engine/remote-node.ts";
import { runPlaybooks } from "../src/engine/run.ts";
import { Atom, type Term } from "../src/etf/term.ts";
import { bootHost } from "../src/remote/boot-host.ts";
import { MeteredConnection } from "../src/remote/metered-connection.ts";
import { erlOfHost } from "../src/remote/erl-of-host.ts";
import { DEFAULT_TIMEOUTS } from "../src/remote/session-connector.ts";
import { Session } from "../src/remote/session.ts";
import { OpenBundles } from "../src/runtime/open-bundles.ts";
import { openKeys } from "../src/secrets/open-keys.ts";
import { resolveTarget } from "../src/ssh/resolve-target.ts";
import { openSshConfig } from "../src/ssh/ssh-config.ts";
import { connectSsh2 } from "../src/ssh/ssh2-connection.ts";
import { startSshd } from "../test/live/sshd.ts";
import { distributionPort } from "./distribution-port.ts";
import { hostsBehind } from "./hosts-behind.ts";
import { measured, quantile, type Sample } from "./measure.ts";
import { startSecondBeam } from "./second-beam.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { watchedConnection } from "./watched-connection.ts";

const ROUNDS = 15;
const TIMES = 2000;
/** How many at once, and whether the steps are items of a loop. */
const WAYS = [
  [1, false],
  [64, false],
  [1000, false],
  [64, true],
] as const;
const signal: AbortSignal = new AbortController().signal;
setMaxListeners(0, signal);

/** Does so many calls, so many of them at once. */
async function atOnce(times: number, outstanding: number, call: () => Promise<unknown>): Promise<void> {
  let left = times;
  const work = async (): Promise<void> => {
    while (left-- > 0) await call();
  };
  await Promise.all(Array.from({ length: outstanding }, work));
}

/** Steps one after another stand in a list; steps at once are those of a function, or the items of a loop. */
function playOf(outstanding: number, isLoop: boolean): readonly [name: string, text: string] {
  if (isLoop) {
    const items = Array.from({ length: TIMES }, (_, index) => index).join();
    const step = `{ run: erlang:node(), loop: [${items}], loop_control: { parallel: ${outstanding} } }`;
    return [`loop-${outstanding}.yml`, `- name: Steps\n  hosts: all\n  steps:\n    - ${step}\n`];
  }
  if (outstanding === 1) {
    const step = "    - { run: erlang:node() }\n";
    return ["list.yml", `- name: Steps\n  hosts: all\n  steps:\n${step.repeat(TIMES)}`];
  }
  const text = `
export default {
  name: "Steps",
  hosts: "all",
  async steps(host) {
    let left = ${TIMES};
    const work = async () => { while (left-- > 0) await host.run("erlang:node()"); };
    await Promise.all(Array.from({ length: ${outstanding} }, work));
  },
};
`;
  return [`function-${outstanding}.ts`, text];
}

const folder = temporaryFolder();
const inventoryFile = join(folder, "hosts.json");
await using sshd = await startSshd();
writeFileSync(inventoryFile, JSON.stringify(hostsBehind(sshd, 1)));
const keys = await openKeys(
  {},
  { workingDirectory: folder, ask: () => Promise.reject(new Error("Nothing is secret")) },
);
type Plan = Awaited<ReturnType<typeof loadFiles>>;
async function planOf(outstanding: number, isLoop: boolean): Promise<Plan> {
  const [name, text] = playOf(outstanding, isLoop);
  writeFileSync(join(folder, name), text);
  return loadFiles([join(folder, name)], [inventoryFile], { keys });
}
const [host] = (await planOf(1, false)).inventory.hosts.values();
if (host === undefined) throw new Error("The inventory has no host");

let linkPort = 0;
const target = await resolveTarget(host.name, host.connection, { config: openSshConfig(), signal });
const ssh = await connectSsh2(target, { signal });
const { erl } = await erlOfHost(host, {}, new OpenBundles());
const meter = new TrafficMeter();
const resources: (AsyncDisposable | Disposable)[] = [ssh];
const booted = await bootHost(
  new MeteredConnection(
    watchedConnection(ssh, (port) => (linkPort = port)),
    meter,
  ),
  {
    signal,
    host,
    erl,
    bundle: undefined,
    files: undefined,
    timeouts: DEFAULT_TIMEOUTS,
    meter,
    connectAgain: () => Promise.reject(new Error("The connection was lost")),
  },
  resources,
);
await using node = new Session({
  host,
  timeouts: DEFAULT_TIMEOUTS,
  ...booted,
  fetched: undefined,
  meter,
  resources,
});
const calls: RemoteCalls = booted.beam.calls;
const ask = (module: string, name: string): Promise<Term> =>
  node.call({ module, function: name, args: [] }, { signal, timeoutMs: 10_000 });
const pid = String.fromCharCode(...((await ask("os", "getpid")) as number[]));
const port = distributionPort(pid, linkPort);
await using second = await startSecondBeam({
  node: nameOf(await ask("erlang", "node")),
  cookie: nameOf(await ask("erlang", "get_cookie")),
  connect: () => ssh.forwardStream(port, { signal }),
  modules: [],
});

const bare = (): Promise<Term> => calls.call("erlang", "node", [], { signal, onOutput: () => {} });

/** A run over the session that is there; gives what its steps took, without what is around them. */
async function steps(plan: Plan, count: number): Promise<Sample> {
  const held: RemoteNode = {
    runtime: node.runtime,
    transport: node.transport,
    traffic: node.traffic,
    lost: node.lost,
    listen: (listener) => node.listen(listener),
    push: (modules, options) => node.push(modules, options),
    prepare: (modules, options) => node.prepare(modules, options),
    applications: (names, options) => node.applications(names, options),
    pushApplications: (push, options) => node.pushApplications(push, options),
    serve: (source, options) => node.serve(source, options),
    outdated: (source) => node.outdated(source),
    inspect: (question, options) => node.inspect(question, options),
    facts: (options) => node.facts(options),
    call: (call, options) => node.call(call, options),
    callEach: (each, options) => node.callEach(each, options),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  let done = 0;
  let first: { cpu: NodeJS.CpuUsage; wall: number } | undefined;
  let sample: Sample | undefined;
  const report = await runPlaybooks({
    ...plan,
    signal,
    openModules: moduleSources([]),
    connect: () => Promise.resolve(held),
    onEvent: (event) => {
      if (event.type === "step_started") first ??= { cpu: process.cpuUsage(), wall: performance.now() };
      if (event.type !== "step_finished" || ++done < count || first === undefined) return;
      const { user, system } = process.cpuUsage(first.cpu);
      sample = { wall: performance.now() - first.wall, cpu: (user + system) / 1000 };
    },
  });
  if (report.exit_code !== 0 || sample === undefined) throw new Error("Not all steps were done");
  return sample;
}

console.log(`
| calls of \`erlang:node()\` | two BEAMs | call | against BEAMs | step | against BEAMs | CPU of a call | CPU of a step |
| --- | --- | --- | --- | --- | --- | --- | --- |`);
for (const [outstanding, isLoop] of WAYS) {
  const plan = await planOf(outstanding, isLoop);
  const beams: number[] = [];
  const called: Sample[] = [];
  const stepped: Sample[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    beams.push(await second.call(TIMES, outstanding));
    called.push(await measured(() => atOnce(TIMES, outstanding, bare)));
    stepped.push(await steps(plan, isLoop ? 1 : TIMES));
  }
  const each = (samples: readonly number[]): string =>
    `${((quantile(samples) / TIMES) * 1000).toFixed(0)} µs`;
  const ratio = (samples: readonly Sample[]): string => {
    const ratios = samples.map(({ wall }, round) => wall / (beams[round] ?? NaN));
    const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => quantile(ratios, share).toFixed(2));
    return `${middle} × (${low} to ${high})`;
  };
  const cells = [
    outstanding === 1 ? "one after another" : `${outstanding} at once${isLoop ? ", items of a loop" : ""}`,
    each(beams),
    each(called.map(({ wall }) => wall)),
    ratio(called),
    each(stepped.map(({ wall }) => wall)),
    ratio(stepped),
    each(called.map(({ cpu }) => cpu)),
    each(stepped.map(({ cpu }) => cpu)),
  ];
  console.log(`| ${cells.join(" | ")} |`);
}

function nameOf(term: Term): string {
  if (!(term instanceof Atom)) throw new Error("The BEAM told no name");
  return term.name;
}
