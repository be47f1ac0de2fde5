import { type ChildProcess, spawn } from "node:child_process";
import { connect, createServer, type Server } from "node:net";
import { DistConnection } from "../../src/dist/connection.ts";
import { LocalNode } from "../../src/dist/local-node.ts";
import { RemoteCalls, type RemoteCallsOptions } from "../../src/dist/remote-calls.ts";
import type { NodeEntry } from "../../src/epmd/message.ts";
import { EpmdServer } from "../../src/epmd/server.ts";
import { socketStream } from "../doubles/socket-stream.ts";

export const COOKIE = "a-cookie-of-the-tests";

/** A real `erl` that registered with our EPMD over TCP, without SSH between. */
export interface ErlangNode extends AsyncDisposable {
  readonly process: ChildProcess;
  readonly entry: NodeEntry;
  /** Our side; the node finds it under this name at `acceptPort`. */
  readonly local: LocalNode;
  /** Connections that the node makes to us. */
  onConnection(listener: (socket: ReturnType<typeof connect>) => void): void;
  readonly name: string;
}

/** Starts a node with `flags` and waits until it has registered. */
export async function startErlangNode(flags: readonly string[] = []): Promise<ErlangNode> {
  const suffix = `${process.pid}_${Math.floor(Math.random() * 1e9)}`;
  const local = new LocalNode(`tests_${suffix}@127.0.0.1`);
  const name = `peer_${suffix}`;
  let onConnection: (socket: ReturnType<typeof connect>) => void = (socket) => socket.destroy();
  const own = await listen((socket) => onConnection(socket));
  let onAlive: (node: NodeEntry) => void = () => {};
  const alive = new Promise<NodeEntry>((resolve) => {
    onAlive = resolve;
  });
  let epmd: EpmdServer | undefined;
  const epmdSocket = await listen((socket) => epmd?.accept(socketStream(socket)));
  const own_entry = { port: portOf(own), nodeType: "hidden", highestVersion: 6, lowestVersion: 5 } as const;
  epmd = new EpmdServer({
    own: { name: local.shortName, ...own_entry },
    expectedName: name,
    creation: 77,
    port: portOf(epmdSocket),
    onAlive: (node) => onAlive(node),
  });
  const args = [
    "-noinput",
    "-start_epmd",
    "false",
    "-name",
    `${name}@127.0.0.1`,
    "-setcookie",
    COOKIE,
    ...flags,
  ];
  const erl = spawn("erl", args, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ERL_EPMD_PORT: String(portOf(epmdSocket)), ERL_CRASH_DUMP_SECONDS: "0" },
  });
  const entry = await alive;
  return {
    process: erl,
    entry,
    local,
    name: `${name}@127.0.0.1`,
    onConnection: (listener) => {
      onConnection = listener;
    },
    async [Symbol.asyncDispose]() {
      erl.kill("SIGKILL");
      epmd[Symbol.dispose]();
      own.close();
      epmdSocket.close();
      if (erl.exitCode === null && erl.signalCode === null) {
        await new Promise((resolve) => erl.once("exit", resolve));
      }
    },
  };
}

export interface Linked extends Disposable {
  readonly connection: DistConnection;
  readonly calls: RemoteCalls;
  /** What was printed outside of every call that is remembered. */
  readonly stray: string[];
}

/** Connects to a node as initiator. */
export async function linkTo(
  node: ErlangNode,
  {
    killer,
    ...options
  }: { tickTimeMs?: number; maxSilenceMs?: number } & Pick<RemoteCallsOptions, "killer"> = {},
): Promise<Linked> {
  const connection = await initiate(node, options);
  const stray: string[] = [];
  const calls = new RemoteCalls(connection, node.local, {
    onStrayOutput: (text) => stray.push(text),
    killer,
  });
  return { connection, calls, stray, [Symbol.dispose]: () => connection[Symbol.dispose]() };
}

/** The node may not have noticed yet that the connection before was closed: then it says "alive". */
async function initiate(
  node: ErlangNode,
  options: { tickTimeMs?: number; maxSilenceMs?: number },
): Promise<DistConnection> {
  for (let attempt = 1; ; attempt++) {
    const socket = connect(node.entry.port, "127.0.0.1");
    try {
      return await DistConnection.initiate(socketStream(socket), {
        own: { name: node.local.name, creation: node.local.creation, cookie: COOKIE },
        expectedName: node.name,
        signal: AbortSignal.timeout(10_000),
        ...options,
      });
    } catch (error) {
      if (attempt === 100 || !(error as Error).message.includes('"alive"')) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function listen(onSocket: (socket: ReturnType<typeof connect>) => void): Promise<Server> {
  const server = createServer(onSocket);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
}
