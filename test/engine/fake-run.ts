import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FusionPlayError } from "../../src/errors.ts";
import type { Data } from "../../src/etf/data.ts";
import type { Term } from "../../src/etf/term.ts";
import type { ModuleSource } from "../../src/engine/module-source.ts";
import { RemoteCallError } from "../../src/engine/remote-node.ts";
import type { HostReport, Report } from "../../src/engine/report.ts";
import { runPlaybooks } from "../../src/engine/run.ts";
import type { RunEvent } from "../../src/engine/run-event.ts";
import type { RunOptions } from "../../src/engine/run-options.ts";
import { loadInventory } from "../../src/inventory/load-inventory.ts";
import { loadPlaybook } from "../../src/playbook/load-playbook.ts";
import type { Playbook } from "../../src/playbook/playbook.ts";
import { FakeModuleSource } from "../doubles/fake-module-source.ts";
import { FakeRemoteNode, type FakeCall, type FakeLoading } from "../doubles/fake-remote-node.ts";

export interface FakeRunOptions extends Partial<
  Pick<
    RunOptions,
    | "concurrency"
    | "limit"
    | "tags"
    | "skipTags"
    | "startAtStep"
    | "signal"
    | "alwaysGraceMs"
    | "journal"
    | "resumed"
    | "check"
    | "shard"
  >
> {
  /** Answers the calls of a host, by its name; a host named here with an error is unreachable. */
  answer?: (host: string) => FakeCall | FusionPlayError;
  /** What goes on when a host prepares and loads code. */
  loading?: (host: string) => FakeLoading;
  /** @default "web1,web2,web3," */
  inventory?: string;
  source?: ModuleSource;
  /** Hosts that have only Erlang. @default none */
  erlangOnly?: readonly string[];
  extraVars?: Readonly<Record<string, Data>>;
  /** Told what must not be shown. */
  onHidden?: (data: Data) => void;
  onEvent?: (event: RunEvent, nodes: ReadonlyMap<string, FakeRemoteNode>) => void;
}

export interface FakeRun {
  report: Report;
  events: RunEvent[];
  nodes: ReadonlyMap<string, FakeRemoteNode>;
}

/** Reads a playbook from its text. */
export async function playbookOf(text: string, extension = "yml"): Promise<Playbook> {
  const folder = await mkdtemp(join(tmpdir(), "fusion-play-"));
  try {
    const file = join(folder, `site.${extension}`);
    await writeFile(file, text);
    return await loadPlaybook(file);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Runs a playbook on hosts that are doubles. */
export async function fakeRun(text: string | Playbook, options: FakeRunOptions = {}): Promise<FakeRun> {
  const nodes = new Map<string, FakeRemoteNode>();
  const events: RunEvent[] = [];
  const source = options.source ?? new FakeModuleSource();
  const {
    answer = () => () => 0,
    loading,
    onEvent,
    inventory = "web1,web2,web3,",
    erlangOnly = [],
    ...rest
  } = options;
  const report = await runPlaybooks({
    signal: new AbortController().signal,
    ...rest,
    playbooks: [typeof text === "string" ? await playbookOf(text) : text],
    inventory: await loadInventory([inventory]),
    openModules: async () => source,
    connect: async ({ name }, { signal, onDemand }) => {
      signal.throwIfAborted();
      const call = answer(name);
      if (call instanceof FusionPlayError) throw call;
      const node = new FakeRemoteNode(call, erlangOnly.includes(name) ? null : "1.14.0", loading?.(name));
      node.onDemand = onDemand;
      nodes.set(name, node);
      return node;
    },
    onEvent: (event) => {
      events.push(event);
      onEvent?.(event, nodes);
    },
  });
  return { report, events, nodes };
}

/** The report of the only play's host. */
export function host({ report }: FakeRun, name = "web1"): HostReport {
  const found = report.plays[0]?.hosts[name];
  if (found === undefined) throw new Error(`no report of ${name}`);
  return found;
}

/** Names and statuses of the steps of a host, in order. */
export function statuses(run: FakeRun, name?: string): string[] {
  return host(run, name).steps.map(({ name: step, status }) => `${step}: ${status}`);
}

/** Runs the steps of a play on one host. */
export async function runSteps(steps: string, options: FakeRunOptions = {}): Promise<FakeRun> {
  const indented = steps.trim().replaceAll(/^/gm, "    ");
  return fakeRun(`- name: P\n  hosts: all\n  vars: { limit: 5 }\n  steps:\n${indented}\n`, {
    inventory: "web1,",
    ...options,
  });
}

/** Lets a call raise an exception on the host. */
export function raise(reason: Term): never {
  throw new RemoteCallError(
    "m:f/0 raised",
    { code: "REMOTE_EXCEPTION" },
    { class: "error", reason, stacktrace: [] },
  );
}
