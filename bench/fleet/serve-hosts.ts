import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import ssh2, { type Connection, type ServerChannel } from "ssh2";
import type { ByteStream } from "../../src/bytes/byte-stream.ts";
import { channelStream } from "./channel-stream.ts";
import { LINK_PORT, SimulatedBeam, type BeamCounts } from "./simulated-beam.ts";

export interface HostsOptions {
  /** Private key of all hosts, as OpenSSH writes it. */
  readonly hostKey: string;
  /** Called when one more host waits in `fleet:held/0`. @default nobody waits there */
  readonly onHeld?: () => void;
}

/** Any number of simulated hosts: each connection is another one, whichever address of 127.0.0.0/8 it comes to. */
export interface SimulatedHosts extends AsyncDisposable {
  readonly port: number;
  readonly counts: HostCounts;
  /** Lets calls of `fleet:held/0` return, also those to come. */
  release(): void;
}

export interface HostCounts extends BeamCounts {
  connections: number;
  /** Connections that are open now. */
  open: number;
  tunnels: number;
  channels: number;
}

/** What a process that is no controller asks for: the channels of one, and its packets back. */
export const CHANNELS_ONLY = "channels-only";

const BACKLOG = 4096;
const FIRST_PORT = 50_001;

/** Serves hosts in this process. Whoever logs in is let in: no key is checked, which would take the time of others. */
export async function serveHosts({ hostKey, onHeld }: HostsOptions): Promise<SimulatedHosts> {
  const counts: HostCounts = {
    connections: 0,
    open: 0,
    tunnels: 0,
    channels: 0,
    booted: 0,
    calls: 0,
    unknown: [],
    frames: 0,
    acknowledgements: 0,
  };
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  if (onHeld === undefined) release();
  const held = (): Promise<void> => {
    onHeld?.();
    return released;
  };
  const sockets = new Set<Socket>();
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (connection) =>
    serveHost(connection, { counts, held }),
  );
  const listener = createServer({ noDelay: true }, (socket) => {
    counts.connections++;
    counts.open++;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => {
      counts.open--;
      sockets.delete(socket);
    });
    server.injectSocket(socket);
  });
  listener.listen({ port: 0, host: "0.0.0.0", backlog: BACKLOG });
  await once(listener, "listening");
  return {
    port: (listener.address() as AddressInfo).port,
    counts,
    release,
    async [Symbol.asyncDispose](): Promise<void> {
      const closed = once(listener, "close");
      listener.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function serveHost(
  connection: Connection,
  { counts, held }: { counts: HostCounts; held: () => Promise<void> },
): void {
  let beam: SimulatedBeam | undefined;
  let ports = FIRST_PORT;
  const reverse = (port: number, opened: (channel: ServerChannel) => void): void => {
    counts.channels++;
    connection.forwardOut("127.0.0.1", port, "127.0.0.1", ports++, (error, channel) => {
      if (error === undefined) opened(channel);
    });
  };
  const openEpmd = (port: number, opened: (stream: ByteStream) => void): void =>
    reverse(port, (channel) => opened(channelStream(channel)));
  connection.on("error", () => {}); // `close` follows
  connection.on("authentication", (context) => {
    if (context.method === "publickey") context.accept();
    else context.reject(["publickey"]);
  });
  connection.on("request", (accept, reject, name) => {
    if (name !== "tcpip-forward") return name === "cancel-tcpip-forward" ? accept?.() : reject?.();
    counts.tunnels++;
    accept?.(ports++);
  });
  connection.on("tcpip", (accept, reject, { destPort }) => {
    if (destPort !== LINK_PORT) return reject();
    counts.channels++;
    const channel = accept();
    if (beam === undefined) channel.pipe(channel);
    else beam.accept(channelStream(channel));
  });
  connection.on("session", (acceptSession) => {
    const session = acceptSession();
    session.on("exec", (accept, _reject, { command }) => {
      counts.channels++;
      const channel = accept();
      if (command === CHANNELS_ONLY) {
        channel.resume();
        return reverse(FIRST_PORT, (opened) => opened.resume());
      }
      beam ??= new SimulatedBeam(channel, { counts, held }, openEpmd);
    });
    session.on("close", () => beam?.halt());
  });
}
