// Compares hosts without tunnels with hosts that have them: to connect, calls, and pushes of 20 MB, done in turns.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openModuleSource } from "../src/beam/code-paths.ts";
import type { ShippedModule } from "../src/engine/module-source.ts";
import type { RemoteNode, Transport } from "../src/engine/remote-node.ts";
import { loadInventory } from "../src/inventory/load-inventory.ts";
import { sessionConnector } from "../src/remote/session-connector.ts";
import { resolveTarget } from "../src/ssh/resolve-target.ts";
import { openSshConfig } from "../src/ssh/ssh-config.ts";
import { connectSsh2 } from "../src/ssh/ssh2-connection.ts";
import { startSshd } from "../test/live/sshd.ts";
import { hostsBehind } from "./hosts-behind.ts";
import { printRatio } from "./measure.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const CONNECTIONS = 10;
const CALLS = 500;
const PUSHES = 8;
const MODULES = 20;
const MODULE_BYTES = 1_000_000;

const signal: AbortSignal = new AbortController().signal;
const folder = temporaryFolder();

/** Does something over both, in turns, and prints what it took. */
async function compare(
  what: string,
  rounds: number,
  work: (transport: Transport, round: number) => Promise<void>,
): Promise<void> {
  const took = { tunnels: [] as number[], stdio: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    for (const transport of ["tunnels", "stdio"] as const) {
      const before = performance.now();
      await work(transport, round);
      took[transport].push(performance.now() - before);
    }
  }
  printRatio(what, ["tunnels", took.tunnels], ["stdio", took.stdio]);
}

/** Modules with large attributes, in another version for each round. */
async function largeModules(round: number): Promise<readonly ShippedModule[]> {
  const path = join(folder, `ebin${round}`);
  mkdirSync(path);
  const script = `lists:foreach(fun(N) ->
    Module = list_to_atom("large" ++ integer_to_list(N)),
    Forms = [{attribute,1,module,Module}, {attribute,1,export,[{f,0}]},
      {attribute,1,large,crypto:strong_rand_bytes(${MODULE_BYTES})},
      {function,1,f,0,[{clause,1,[],[],[{integer,1,${round}}]}]}],
    {ok, Module, Code} = compile:forms(Forms),
    ok = file:write_file("${path}/" ++ atom_to_list(Module) ++ ".beam", Code)
  end, lists:seq(1, ${MODULES})), halt().`;
  execFileSync("erl", ["-noshell", "-eval", script]);
  const source = await openModuleSource({ paths: [path], signal });
  return source.closure(Array.from({ length: MODULES }, (_, index) => `large${index + 1}`));
}

await using sshd = await startSshd();
const file = join(folder, "hosts.json");
writeFileSync(file, JSON.stringify(hostsBehind(sshd, 1)));
const [host] = (await loadInventory([file])).hosts.values();
if (host === undefined) throw new Error("The inventory has no host");

const connector = sessionConnector({
  connectSsh: async ({ name, connection }) =>
    connectSsh2(await resolveTarget(name, connection, { config: openSshConfig(), signal }), { signal }),
});
const connect = (transport: Transport): Promise<RemoteNode> =>
  connector(host, { onDemand: false, signal, transport });

await compare("connect and end", CONNECTIONS, async (transport) => {
  const node = await connect(transport);
  await node[Symbol.asyncDispose]();
});
const nodes = { tunnels: await connect("tunnels"), stdio: await connect("stdio") };
const call = { module: "erlang", function: "node", args: [] };
await compare("a call", CALLS, async (transport) => {
  await nodes[transport].call(call, { signal, timeoutMs: 10_000 });
});
const versions: (readonly ShippedModule[])[] = [];
for (let round = 0; round < PUSHES; round++) versions.push(await largeModules(round));
const [first = []] = versions;
console.log(`${first.length} modules, ${first.reduce((sum, { binary }) => sum + binary.length, 0)} bytes`);
await compare("a push of 20 MB", PUSHES, async (transport, round) => {
  const modules = versions[round] ?? [];
  const { sent } = await nodes[transport].push(modules, { signal, purge: "soft", named: [], recheck: true });
  if (sent.length !== modules.length) throw new Error(`Only ${sent.length} modules were sent`);
});
await nodes.tunnels[Symbol.asyncDispose]();
await nodes.stdio[Symbol.asyncDispose]();
