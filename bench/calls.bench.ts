// Compares calls over the link of a session with the same calls over a plain distribution connection to the same BEAM
// through the same SSH connection.
import { setMaxListeners } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DistConnection } from "../src/dist/connection.ts";
import { LocalNode } from "../src/dist/local-node.ts";
import { RemoteCalls } from "../src/dist/remote-calls.ts";
import type { RemoteNode } from "../src/engine/remote-node.ts";
import { Atom, type Term } from "../src/etf/term.ts";
import { loadInventory } from "../src/inventory/load-inventory.ts";
import { withDeadline } from "../src/remote/deadline.ts";
import { sessionConnector } from "../src/remote/session-connector.ts";
import { resolveTarget } from "../src/ssh/resolve-target.ts";
import { openSshConfig } from "../src/ssh/ssh-config.ts";
import { connectSsh2 } from "../src/ssh/ssh2-connection.ts";
import type { SshConnection } from "../src/ssh/ssh-connection.ts";
import { startSshd } from "../test/live/sshd.ts";
import { distributionPort } from "./distribution-port.ts";
import { hostsBehind } from "./hosts-behind.ts";
import { printRatio } from "./measure.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { watchedConnection } from "./watched-connection.ts";

const ROUNDS = 25;
const CALLS = 400;
const signal: AbortSignal = new AbortController().signal;
setMaxListeners(0, signal);

async function asked(node: RemoteNode, module: string, name: string): Promise<Term> {
  return node.call({ module, function: name, args: [] }, { signal, timeoutMs: 10_000 });
}

function nameOf(term: Term): string {
  if (!(term instanceof Atom)) throw new Error("The BEAM told no name");
  return term.name;
}

type Call = () => Promise<Term>;

async function inSequence(call: Call): Promise<number> {
  const before = performance.now();
  for (let made = 0; made < CALLS; made++) await call();
  return performance.now() - before;
}

async function atOnce(call: Call): Promise<number> {
  const before = performance.now();
  await Promise.all(Array.from({ length: CALLS }, call));
  return performance.now() - before;
}

await using sshd = await startSshd();
const file = join(temporaryFolder(), "hosts.json");
writeFileSync(file, JSON.stringify(hostsBehind(sshd, 1)));
const [host] = (await loadInventory([file])).hosts.values();
if (host === undefined) throw new Error("The inventory has no host");
let connection: SshConnection | undefined;
let linkPort = 0;
const connect = sessionConnector({
  connectSsh: async ({ name, connection: settings }) => {
    connection = await connectSsh2(await resolveTarget(name, settings, { config: openSshConfig(), signal }), {
      signal,
    });
    return watchedConnection(connection, (port) => (linkPort = port));
  },
});
await using node = await connect(host, { onDemand: false, signal });
const pid = String.fromCharCode(...((await asked(node, "os", "getpid")) as number[]));
const port = distributionPort(pid, linkPort);
const local = new LocalNode("bench@127.0.0.1");
using plain = await DistConnection.initiate(await connection!.forwardStream(port, { signal }), {
  own: {
    name: local.name,
    creation: local.creation,
    cookie: nameOf(await asked(node, "erlang", "get_cookie")),
  },
  expectedName: nameOf(await asked(node, "erlang", "node")),
  signal,
});
const calls = new RemoteCalls(plain, local, { onStrayOutput: () => {} });
const overLink: Call = () => asked(node, "erlang", "node");
const deadline = { phase: "call", host: "one", ms: 10_000, signal };
const direct: Call = () =>
  withDeadline(deadline, (inTime) =>
    calls.call("erlang", "node", [], { signal: inTime, onOutput: () => {} }),
  );
for (const [what, work] of [
  ["in sequence", inSequence],
  ["at once", atOnce],
] as const) {
  const link: number[] = [];
  const without: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    without.push(await work(direct));
    link.push(await work(overLink));
  }
  printRatio(`${CALLS} calls ${what}`, ["plain", without], ["link", link]);
}
