// Compares a push of 300 modules to one host with code:atomic_load/1 of the same stripped binaries, called by a real
// BEAM on this machine that is connected to the host's through the same SSH connection.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openModuleSource } from "../src/beam/code-paths.ts";
import type { ShippedModule } from "../src/engine/module-source.ts";
import type { RemoteNode } from "../src/engine/remote-node.ts";
import { Atom, type Term } from "../src/etf/term.ts";
import type { Host } from "../src/inventory/inventory.ts";
import { loadInventory } from "../src/inventory/load-inventory.ts";
import { sessionConnector } from "../src/remote/session-connector.ts";
import { resolveTarget } from "../src/ssh/resolve-target.ts";
import { openSshConfig } from "../src/ssh/ssh-config.ts";
import { connectSsh2 } from "../src/ssh/ssh2-connection.ts";
import type { SshConnection } from "../src/ssh/ssh-connection.ts";
import { startSshd, type Sshd } from "../test/live/sshd.ts";
import { distributionPort } from "./distribution-port.ts";
import { printRatio } from "./measure.ts";
import { startSecondBeam, type SecondBeam } from "./second-beam.ts";
import { nameOf, writeSyntheticTree } from "./synthetic-tree.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { watchedConnection } from "./watched-connection.ts";

const COUNT = 300;
const FRESH_ROUNDS = 15;
const WARM_ROUNDS = 40;
const signal: AbortSignal = new AbortController().signal;

/** A session on the host, and a second BEAM that is connected through it. */
interface Pair extends AsyncDisposable {
  /** Pushes all modules, and gives the milliseconds that it took. */
  push(): Promise<number>;
  readonly second: SecondBeam;
}

async function openPair(host: Host, modules: readonly ShippedModule[]): Promise<Pair> {
  let connection: SshConnection | undefined;
  let linkPort = 0;
  const connect = sessionConnector({
    connectSsh: async ({ name, connection: settings }) => {
      const target = await resolveTarget(name, settings, { config: openSshConfig(), signal });
      const ssh = await connectSsh2(target, { signal });
      connection = ssh;
      return watchedConnection(ssh, (opened) => (linkPort = opened));
    },
  });
  const node = await connect(host, { onDemand: false, signal });
  const pid = await node.call({ module: "os", function: "getpid", args: [] }, { signal, timeoutMs: 10_000 });
  const port = distributionPort(String.fromCharCode(...(pid as number[])), linkPort);
  const second = await startSecondBeam({
    node: await asked(node, "erlang", "node"),
    cookie: await asked(node, "erlang", "get_cookie"),
    connect: async () => connection!.forwardStream(port, { signal }),
    modules,
  });
  return {
    second,
    async push() {
      const before = performance.now();
      const { sent } = await node.push(modules, { signal, purge: "soft", named: [], recheck: true });
      if (sent.length !== modules.length) throw new Error(`Only ${sent.length} modules were sent`);
      return performance.now() - before;
    },
    async [Symbol.asyncDispose]() {
      await second[Symbol.asyncDispose]();
      await node[Symbol.asyncDispose]();
    },
  };
}

async function asked(node: RemoteNode, module: string, name: string): Promise<string> {
  const answer: Term = await node.call({ module, function: name, args: [] }, { signal, timeoutMs: 10_000 });
  if (!(answer instanceof Atom)) throw new Error(`${name} gave no atom`);
  return answer.name;
}

async function compare(host: Host, modules: readonly ShippedModule[]): Promise<void> {
  const fresh = { push: [] as number[], second: [] as number[] };
  for (let round = 0; round < FRESH_ROUNDS; round++) {
    {
      await using pair = await openPair(host, modules);
      fresh.second.push(await pair.second.load());
    }
    await using pair = await openPair(host, modules);
    fresh.push.push(await pair.push());
  }
  printRatio("to a BEAM that just started", ["atomic_load", fresh.second], ["push", fresh.push]);

  await using pair = await openPair(host, modules);
  const warm = { push: [] as number[], second: [] as number[] };
  for (let round = 0; round < WARM_ROUNDS; round++) {
    warm.second.push(await pair.second.load());
    await pair.second.unload();
    warm.push.push(await pair.push());
    await pair.second.unload();
  }
  printRatio("to a BEAM that had them before", ["atomic_load", warm.second], ["push", warm.push]);
}

async function hostBehind(sshd: Sshd, folder: string): Promise<Host> {
  const file = join(folder, "hosts.json");
  const variables = {
    fusion_host: sshd.address,
    fusion_port: sshd.port,
    fusion_user: sshd.user,
    fusion_private_key_file: sshd.userKeyFile,
    fusion_known_hosts_file: sshd.knownHostsFile,
  };
  writeFileSync(file, JSON.stringify({ all: { hosts: { one: variables } } }));
  const host = (await loadInventory([file])).hosts.get("one");
  if (host === undefined) throw new Error("The inventory has no host");
  return host;
}

const folder = temporaryFolder();
const tree = join(folder, "tree");
mkdirSync(tree);
writeSyntheticTree(tree, COUNT);
await using sshd = await startSshd();
const source = await openModuleSource({ paths: [tree], signal });
const modules = source.closure([nameOf(0)]);
const bytes = modules.reduce((sum, { binary }) => sum + binary.length, 0);
console.log(`${modules.length} modules, ${bytes} bytes stripped`);
await compare(await hostBehind(sshd, folder), modules);
