// Compares a push of 300 modules to 40 hosts with `scp` of one archive of the same bytes to each of them, as many at a
// time: whole processes, cold and with what an earlier one has left, and over connections that stand; and with
// code:atomic_load/1 of the same binaries, called on each of the hosts, as nothing that loads them can be faster.
import { execFile, execFileSync } from "node:child_process";
import { setMaxListeners } from "node:events";
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { openModuleSource } from "../src/beam/code-paths.ts";
import type { ShippedModule } from "../src/engine/module-source.ts";
import type { RemoteNode } from "../src/engine/remote-node.ts";
import { Export, atom, charlist, isAtom, tuple } from "../src/etf/term.ts";
import { loadInventory } from "../src/inventory/load-inventory.ts";
import { sessionConnector } from "../src/remote/session-connector.ts";
import { resolveTarget } from "../src/ssh/resolve-target.ts";
import { openSshConfig } from "../src/ssh/ssh-config.ts";
import { connectSsh2 } from "../src/ssh/ssh2-connection.ts";
import { startSshd } from "../test/live/sshd.ts";
import { hostsBehind } from "./hosts-behind.ts";
import { printRatio } from "./measure.ts";
import { nameOf, writeSyntheticTree } from "./synthetic-tree.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const HOSTS = 40;
const COUNT = 300;
const COLD_ROUNDS = Number(process.env["PUSH_COLD_ROUNDS"] ?? 5);
const KEPT_ROUNDS = Number(process.env["PUSH_KEPT_ROUNDS"] ?? 15);
const LIMIT_MS = 120_000;
/** BEAMs clear away what was unloaded after they have said that it is: whatever is measured next must not wait for it. */
const SETTLE_MS = 2000;
const PROGRAM = resolve("dist/cli/main.js");
const run = promisify(execFile);
const signal: AbortSignal = new AbortController().signal;
setMaxListeners(0, signal);

execFileSync("npm", ["run", "--silent", "build"], { stdio: "inherit" });
const folder = temporaryFolder();
/** Sessions that are kept here are nobody else's. */
const environment = { ...process.env, XDG_RUNTIME_DIR: folder };
const tree = join(folder, "tree");
mkdirSync(tree);
writeSyntheticTree(tree, COUNT);
const source = await openModuleSource({ paths: [tree], signal });
const modules = source.closure([nameOf(0)]);
const archive = archiveOf(modules);
const bytes = modules.reduce((sum, { binary }) => sum + binary.length, 0);
console.log(
  `${HOSTS} hosts, ${modules.length} modules of ${bytes} bytes, an archive of ${statSync(archive).size}`,
);

await using sshd = await startSshd({ config: ["MaxStartups 300", "MaxSessions 300"] });
const inventory = join(folder, "hosts.json");
writeFileSync(inventory, JSON.stringify(hostsBehind(sshd, HOSTS)));
const names = Array.from({ length: HOSTS }, (_, index) => `host${String(index + 1).padStart(3, "0")}`);
const list = join(folder, "names");
writeFileSync(list, `${names.join("\n")}\n`);

await cold();
await warm();
await kept();

/** The whole of both: to start, to log in, and the rest. */
async function cold(): Promise<void> {
  const config = sshConfig(false);
  const push = played("push", [tree], { push: nameOf(0) }, COUNT);
  await compare("whole processes", COLD_ROUNDS, ["scp", () => scpToAll(config)], ["push", push]);
  // A BEAM is started on each host as well.
  const call = played("call", [], { run: "erlang:node()" }, 0);
  await compare("whole processes", COLD_ROUNDS, ["a call", call], ["push", push]);
}

/** The same where both find connections that an earlier process has left, and we a BEAM on each host, too. */
async function warm(): Promise<void> {
  const config = sshConfig(true);
  const keep = ["--keep", "10m"];
  const push = played("push", [tree], { push: nameOf(0) }, COUNT, keep);
  const pushed = Array.from({ length: COUNT }, (_, index) => nameOf(index)).join(", ");
  const purge = `[begin code:purge(M), code:delete(M), code:purge(M) end || M <- [${pushed}]], ok`;
  // The code of the step is a module as well.
  const unload = played("unload", [], { eval: { erlang: purge } }, 1, ["--fresh", ...keep]);
  const forget = played("forget", [], { eval: { erlang: purge } }, 0, keep);
  try {
    await scpToAll(config);
    await unload();
    await compare("warm processes", KEPT_ROUNDS, ["scp", () => scpToAll(config)], ["push", push], forget);
  } finally {
    await run(process.execPath, [PROGRAM, "sessions", "stop"], { env: environment }).catch(() => {});
    await closeMasters(config);
  }
}

/** Plays one step on all hosts, of which each gets so many modules. */
function played(
  name: string,
  code: readonly string[],
  step: object,
  count: number,
  more: readonly string[] = [],
): () => Promise<void> {
  const playbook = join(folder, `${name}.yml`);
  writeFileSync(playbook, JSON.stringify([{ hosts: "all", modules: code, steps: [step] }]));
  const report = join(folder, `${name}.json`);
  const options = ["-i", inventory, "-c", String(HOSTS), "--connect-concurrency", String(HOSTS)];
  const args = [PROGRAM, playbook, ...options, ...more, "--report", `json=${report}`];
  return async () => {
    await run(process.execPath, args, { timeout: LIMIT_MS, env: environment });
    const { plays } = JSON.parse(readFileSync(report, "utf8")) as Written;
    const pushed = Object.values(plays[0]?.hosts ?? {}).map((host) => host.pushed.modules);
    if (pushed.length !== HOSTS || pushed.some((had) => had !== count)) {
      throw new Error(`These were pushed: ${pushed.join()}`);
    }
  };
}

/** Over connections that stand. */
async function kept(): Promise<void> {
  const config = sshConfig(true);
  const nodes: RemoteNode[] = [];
  try {
    await scpToAll(config);
    const connect = sessionConnector({
      connectSsh: async ({ name, connection }) =>
        connectSsh2(await resolveTarget(name, connection, { config: openSshConfig(), signal }), { signal }),
    });
    for (const host of (await loadInventory([inventory])).hosts.values()) {
      nodes.push(await connect(host, { onDemand: false, signal }));
    }
    const ours = async (): Promise<void> => {
      const options = { signal, purge: "soft", named: [], recheck: true } as const;
      const results = await Promise.all(nodes.map((node) => node.push(modules, options)));
      if (results.some(({ sent }) => sent.length !== COUNT)) throw new Error("Not all modules were sent");
    };
    const unload = async (): Promise<void> => void (await Promise.all(nodes.map(forget)));
    const scp = (): Promise<void> => scpToAll(config);
    await compare("over connections that stand", KEPT_ROUNDS, ["scp", scp], ["push", ours], unload);
    const load = async (): Promise<void> => void (await Promise.all(nodes.map(loadAtOnce)));
    await compare("on the same nodes", KEPT_ROUNDS, ["code:atomic_load", load], ["push", ours], unload);
  } finally {
    for (const node of nodes) await node[Symbol.asyncDispose]();
    await closeMasters(config);
  }
}

async function closeMasters(config: string): Promise<void> {
  for (const name of names) await run("ssh", ["-F", config, "-O", "exit", name]).catch(() => {});
}

interface Written {
  readonly plays: readonly {
    readonly hosts: Record<string, { readonly pushed: { readonly modules: number } }>;
  }[];
}

async function compare(
  what: string,
  rounds: number,
  [base, baseWork]: readonly [string, () => Promise<void>],
  [other, otherWork]: readonly [string, () => Promise<void>],
  unload: () => Promise<void> = async () => {},
): Promise<void> {
  const took = { base: [] as number[], other: [] as number[] };
  const settle = async (): Promise<void> => {
    await unload();
    await sleep(SETTLE_MS);
  };
  for (let round = 0; round < rounds; round++) {
    took.base.push(await wallOf(baseWork));
    await settle();
    took.other.push(await wallOf(otherWork));
    await settle();
  }
  printRatio(what, [base, took.base], [other, took.other]);
}

async function wallOf(work: () => Promise<void>): Promise<number> {
  const before = performance.now();
  await work();
  return performance.now() - before;
}

/** All at the same time, each into a file of its own. */
async function scpToAll(config: string): Promise<void> {
  const target = join(folder, "copy-{}");
  const command = `xargs -P ${HOSTS} -I {} scp -q -F ${config} ${archive} {}:${target} < ${list}`;
  await run("sh", ["-c", command], { timeout: LIMIT_MS });
  for (const name of names) {
    const copy = join(folder, `copy-${name}`);
    if (statSync(copy).size !== statSync(archive).size) throw new Error(`The copy of ${name} is not whole`);
    rmSync(copy);
  }
}

function sshConfig(keeps: boolean): string {
  const file = join(folder, keeps ? "ssh_config_kept" : "ssh_config");
  const lines = [
    "Host *",
    `HostName ${sshd.address}`,
    `Port ${sshd.port}`,
    `User ${sshd.user}`,
    `IdentityFile ${sshd.userKeyFile}`,
    `UserKnownHostsFile ${sshd.knownHostsFile}`,
    "BatchMode yes",
    "LogLevel ERROR",
    ...(keeps ? ["ControlMaster auto", `ControlPath ${folder}/%n`, "ControlPersist 10m"] : []),
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  return file;
}

/** What is shipped, as one file. */
function archiveOf(shipped: readonly ShippedModule[]): string {
  const stripped = join(folder, "stripped");
  mkdirSync(stripped);
  for (const { name, binary } of shipped) writeFileSync(join(stripped, `${name}.beam`), binary);
  const file = join(folder, "archive.tar");
  execFileSync("tar", ["-cf", file, "-C", stripped, "."]);
  return file;
}

/** Has a host load the modules, without a question before. */
async function loadAtOnce(node: RemoteNode): Promise<void> {
  const args = [modules.map(({ name, binary }) => tuple(atom(name), charlist(`${name}.beam`), binary))];
  const call = { module: "code", function: "atomic_load", args };
  const answer = await node.call(call, { signal, timeoutMs: LIMIT_MS });
  if (!isAtom(answer, "ok")) throw new Error("A host did not load the modules");
}

/** Has a host forget the modules. */
async function forget(node: RemoteNode): Promise<void> {
  for (const name of ["purge", "delete", "purge"]) {
    const args = [new Export("code", name, 1), modules.map((module) => atom(module.name))];
    const answer = await node.call(
      { module: "lists", function: "foreach", args },
      { signal, timeoutMs: 10_000 },
    );
    if (!isAtom(answer, "ok")) throw new Error("A host did not forget the modules");
  }
}
