// Carries bytes from a host into this process, in one way, and tells what it took: bench/bytes.bench.ts starts it,
// as a process of its own has a peak of memory of its own.
//
//     bytes-carrier.js '{"way": …}'
import { readFileSync, writeFileSync } from "node:fs";
import { Client, type ClientChannel } from "ssh2";
import { run } from "../src/run.ts";
import type { Report } from "../src/engine/report.ts";
import { charlist, type Term, type Tuple } from "../src/etf/term.ts";
import { loadInventory } from "../src/inventory/load-inventory.ts";
import { sessionConnector } from "../src/remote/session-connector.ts";
import { resolveTarget } from "../src/ssh/resolve-target.ts";
import { openSshConfig } from "../src/ssh/ssh-config.ts";
import { connectSsh2 } from "../src/ssh/ssh2-connection.ts";
import { measured, type Sample } from "./measure.ts";
import { peakMegabytes, residentMegabytes } from "./process-memory.ts";

/** What to carry, and how. */
export interface Carriage {
  /**
   * Through a channel of ssh2, through one that leads to a port of the host, the same into one buffer, as a result, as
   * the result of a step.
   */
  readonly way: "channel" | "forward" | "kept" | "call" | "step";
  readonly bytes: number;
  readonly sshd: {
    readonly address: string;
    readonly port: number;
    readonly user: string;
    readonly userKeyFile: string;
  };
  /** On the host: a file of so many bytes, and a port that sends as many to who connects. */
  readonly file: string;
  readonly port: number;
  /** Erlang that makes as many bytes, and keeps them as `persistent_term` 1. */
  readonly content: string;
  readonly inventory: string;
  readonly playbook: string;
}

/** What it took, without the login. */
export interface Carried extends Sample {
  /** What the process had at most, less what it had before, in megabytes. */
  readonly peak: number;
}

const TIMEOUT_MS = 120_000;
const signal: AbortSignal = new AbortController().signal;
const carriage = JSON.parse(process.argv[2] ?? "") as Carriage;
console.log(JSON.stringify(await carry()));

async function carry(): Promise<Carried> {
  switch (carriage.way) {
    case "channel":
      return overChannel((client, done) => client.exec(`exec cat '${carriage.file}'`, done));
    case "forward":
    case "kept":
      return overChannel((client, done) =>
        client.forwardOut("127.0.0.1", 0, "127.0.0.1", carriage.port, done),
      );
    case "call":
      return asResult();
    case "step":
      return asStep();
  }
}

type Opened = (error: Error | undefined, channel: ClientChannel) => void;

async function overChannel(open: (client: Client, done: Opened) => void): Promise<Carried> {
  const { address, port, user, userKeyFile } = carriage.sshd;
  const client = new Client();
  await new Promise<void>((resolve, reject) => {
    client.once("ready", resolve).once("error", reject);
    client.connect({ host: address, port, username: user, privateKey: readFileSync(userKeyFile) });
  });
  const carried = await withPeak(async () => {
    const kept = carriage.way === "kept" ? Buffer.allocUnsafeSlow(carriage.bytes) : undefined;
    let count = 0;
    await new Promise<void>((resolve, reject) => {
      open(client, (error, channel) => {
        if (error) return reject(error);
        channel.on("data", (chunk: Buffer) => {
          kept?.set(chunk, count);
          count += chunk.length;
        });
        channel.once("end", resolve);
      });
    });
    check(count);
  });
  client.end();
  return carried;
}

async function asResult(): Promise<Carried> {
  const [host] = (await loadInventory([carriage.inventory])).hosts.values();
  if (host === undefined) throw new Error("The inventory has no host");
  const connect = sessionConnector({
    connectSsh: async ({ name, connection }) =>
      connectSsh2(await resolveTarget(name, connection, { config: openSshConfig(), signal }), { signal }),
  });
  await using node = await connect(host, { onDemand: false, signal });
  const call = (module: string, name: string, args: readonly Term[]): Promise<Term> =>
    node.call({ module, function: name, args }, { signal, timeoutMs: TIMEOUT_MS });
  const tokens = (await call("erl_scan", "string", [charlist(`${carriage.content}.`)])) as Tuple;
  const parsed = (await call("erl_parse", "parse_exprs", [tokens.elements[1] ?? 0])) as Tuple;
  await call("erl_eval", "exprs", [parsed.elements[1] ?? 0, []]);
  return await withPeak(async () => {
    check(((await call("persistent_term", "get", [1])) as Uint8Array).byteLength);
  });
}

async function asStep(): Promise<Carried> {
  let before = 0;
  let cpu = process.cpuUsage();
  let peak = 0;
  const report: Report = await run({
    playbooks: [carriage.playbook],
    inventory: [carriage.inventory],
    onEvent: ({ type, ...event }) => {
      if (type === "step_started" && "step" in event && event.step === "Result") {
        before = restartPeak();
        cpu = process.cpuUsage();
      }
      if (type === "step_finished") {
        peak = peakMegabytes(process.pid);
        cpu = process.cpuUsage(cpu);
      }
    },
  });
  const step = report.plays[0]?.hosts["host001"]?.steps.at(-1);
  if (step?.status !== "ok") throw new Error(`The step has failed: ${JSON.stringify(report)}`);
  check((step.result as Uint8Array).byteLength);
  return { wall: step.duration_ms, cpu: (cpu.user + cpu.system) / 1000, peak: peak - before };
}

async function withPeak(work: () => Promise<void>): Promise<Carried> {
  const before = restartPeak();
  const sample = await measured(work);
  return { ...sample, peak: peakMegabytes(process.pid) - before };
}

/** Forgets the peak until now, and gives what the process has. */
function restartPeak(): number {
  globalThis.gc?.();
  writeFileSync("/proc/self/clear_refs", "5");
  return residentMegabytes(process.pid);
}

function check(bytes: number): void {
  if (bytes !== carriage.bytes) throw new Error(`${bytes} bytes came, not ${carriage.bytes}`);
}
