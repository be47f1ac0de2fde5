import { GCProfiler } from "node:v8";
// Tells as JSON how many bytes of memory work takes, done once, with whatever is garbage at once:
//
//     node --expose-gc --no-opt --min-semi-space-size=256 --max-semi-space-size=256 --import jiti/register program.ts
//
// The young generation of the heap is so large that nothing is collected meanwhile, and no optimizing compiler decides
// what need not be allocated: the figures are the same however busy the machine is.
import { decodeControlMessage, encodeControlMessage } from "../../src/dist/control-message.ts";
import { DistConnection } from "../../src/dist/connection.ts";
import { LocalNode } from "../../src/dist/local-node.ts";
import { RemoteCalls } from "../../src/dist/remote-calls.ts";
import { runPlaybooks } from "../../src/engine/run.ts";
import { atom, Pid, tuple } from "../../src/etf/term.ts";
import { quantile } from "../../bench/measure.ts";
import { loadInventory } from "../../src/inventory/load-inventory.ts";
import { eventToJson } from "../../src/report/event-json.ts";
import { jsonText } from "../../src/report/json-text.ts";
import { AcceptingNode } from "../doubles/accepting-node.ts";
import { byteStreamPair } from "../doubles/byte-stream-pair.ts";
import { FakeModuleSource } from "../doubles/fake-module-source.ts";
import { FakeRemoteNode } from "../doubles/fake-remote-node.ts";
import { playbookOf } from "../engine/fake-run.ts";
import { sampleEvents } from "../report/sample-run.ts";

const TIMES = 1000;
const ROUNDS = 7;
const STEPS = [100, 600] as const;
const signal: AbortSignal = new AbortController().signal;
const local = new LocalNode("ours@127.0.0.1");
const remote = new Pid("theirs@127.0.0.1", 100, 0, 7);
const reference = local.newReference();
const own = local.newPid();
const result = atom("theirs@127.0.0.1");

const request = {
  type: "SPAWN_REQUEST",
  request: {
    reference,
    from: own,
    groupLeader: own,
    module: "erpc",
    function: "execute_call",
    args: [reference, atom("erlang"), atom("node"), []],
    monitor: true,
  },
} as const;
const reply = encoded({ type: "SPAWN_REPLY", reference, to: own, result: remote });
const exit = encoded({
  type: "MONITOR_P_EXIT",
  from: remote,
  to: own,
  reference,
  reason: tuple(reference, atom("return"), result),
});

function encoded(message: Parameters<typeof encodeControlMessage>[0]): Uint8Array {
  return Buffer.concat(encodeControlMessage(message)).subarray(4);
}

/**
 * Bytes that were allocated on the heap and beside it while some work was done. On a busy machine V8 may find the time
 * to collect some of them meanwhile: then it is done again.
 */
async function allocatedBy(work: () => unknown): Promise<number> {
  gc?.();
  gc?.(); // the first one frees what it found while others go on, and the second one waits for that
  const before = process.memoryUsage();
  const profiler = new GCProfiler();
  profiler.start();
  await work();
  const after = process.memoryUsage();
  if (profiler.stop().statistics.length > 0) return allocatedBy(work);
  return after.heapUsed - before.heapUsed + (after.arrayBuffers - before.arrayBuffers);
}

/** The least of several measurements: in others something is compiled, or notes are taken for that. */
async function allocatedOnce(work: () => unknown): Promise<number> {
  const many = async (): Promise<void> => {
    for (let time = 0; time < TIMES; time++) await work();
  };
  await many();
  const found: number[] = [];
  for (let round = 0; round < ROUNDS; round++) found.push(await allocatedBy(many));
  return Math.round(Math.min(...found) / TIMES);
}

/** Calls to a peer of ours that gives each of them the same: what both sides allocate. */
async function calls(): Promise<() => Promise<unknown>> {
  const [ours, theirs] = byteStreamPair();
  const peer = new LocalNode("theirs@127.0.0.1");
  const options = { signal, cookie: "c" };
  const [connection, answering] = await Promise.all([
    DistConnection.initiate(ours, { own: nodeOf(local), expectedName: peer.name, ...options }),
    AcceptingNode.accept(theirs, { own: nodeOf(peer), expectedName: local.name, ...options }),
  ]);
  answering.listen((message) => {
    if (message.type !== "SPAWN_REQUEST") return;
    const { reference: of, from } = message.request;
    answering.send({ type: "SPAWN_REPLY", reference: of, to: from, result: remote });
    const reason = tuple(of, atom("return"), result);
    answering.send({ type: "MONITOR_P_EXIT", from: remote, to: from, reference: of, reason });
  });
  const made = new RemoteCalls(connection, local, { onStrayOutput: () => {} });
  return () => made.call("erlang", "node", [], { signal, onOutput: () => {} });
}

function nodeOf({ name, creation }: LocalNode): { name: string; creation: number; cookie: string } {
  return { name, creation, cookie: "c" };
}

/** What a run of so many steps allocates, without reading its playbook. */
async function run(steps: number): Promise<number> {
  const playbook = await playbookOf(
    `- name: P\n  hosts: all\n  steps:\n${"    - { run: erlang:node() }\n".repeat(steps)}`,
  );
  const inventory = await loadInventory(["web1,"]);
  return allocatedBy(async () => {
    const report = await runPlaybooks({
      playbooks: [playbook],
      inventory,
      signal,
      openModules: async () => new FakeModuleSource(),
      connect: async () => new FakeRemoteNode(() => result),
      onEvent: () => {},
    });
    if (report.exit_code !== 0) throw new Error("The run failed");
  });
}

const [few, many] = STEPS;
await run(few);
const added: number[] = [];
for (let round = 0; round < ROUNDS; round++) added.push((await run(many)) - (await run(few)));
const call = await calls();
const finished = sampleEvents.find(({ type }) => type === "step_finished");
if (finished === undefined) throw new Error("The sample has no step");
console.log(
  JSON.stringify({
    "encode a request": await allocatedOnce(() => encodeControlMessage(request)),
    "decode a reply": await allocatedOnce(() => decodeControlMessage(reply)),
    "decode a result": await allocatedOnce(() => decodeControlMessage(exit)),
    "a call": await allocatedOnce(call),
    "a step as NDJSON": await allocatedOnce(() => jsonText(eventToJson(finished))),
    "a step": Math.round(quantile(added) / (many - few)),
  }),
);
process.exit(0);
