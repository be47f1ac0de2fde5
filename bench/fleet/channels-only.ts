// Opens the SSH connections and channels that a controller opens, and does nothing with them, or sends packets of the
// size of a call to each host, as many as it is told to, each when the one before has come back. Then it waits for the
// end of its input.
import { readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { connect } from "node:net";
import ssh2, { type ClientChannel } from "ssh2";
import type { FleetHost } from "./fleet.ts";
import { CHANNELS_ONLY } from "./serve-hosts.ts";
import { LINK_PORT } from "./simulated-beam.ts";

const CALL_BYTES = 128;

const [keyFile = "", hostsFile = "", concurrency = "1", packets = "0"] = process.argv.slice(2);
const hosts = JSON.parse(readFileSync(hostsFile, "utf8")) as FleetHost[];
const privateKey = readFileSync(keyFile);
const clients: ssh2.Client[] = [];
const waiting = hosts[Symbol.iterator]();
await Promise.all(
  Array.from({ length: Number(concurrency) }, async () => {
    for (const host of waiting) clients.push(await open(host));
  }),
);
process.stdin.once("end", () => process.exit()).resume();

/** Two reverse tunnels, a command, a channel through one of them, and one to a port of the host. */
async function open({ address, port }: FleetHost): Promise<ssh2.Client> {
  const client = new ssh2.Client();
  client.connect({
    sock: connect({ host: address, port, noDelay: true }),
    username: userInfo().username,
    privateKey,
    keepaliveInterval: 15_000,
    keepaliveCountMax: 3,
  });
  await new Promise((resolve, reject) => client.once("ready", resolve as () => void).once("error", reject));
  const reversed = new Promise<void>((resolve) => {
    client.once("tcp connection", (_details, accept) => {
      accept().resume();
      resolve();
    });
  });
  await Promise.all([
    promised<number>((done) => client.forwardIn("127.0.0.1", 0, done)),
    promised<number>((done) => client.forwardIn("127.0.0.1", 0, done)),
    promised<ClientChannel>((done) => client.exec(CHANNELS_ONLY, done)).then((channel) => channel.resume()),
  ]);
  const link = await promised<ClientChannel>((done) =>
    client.forwardOut("127.0.0.1", 0, "127.0.0.1", LINK_PORT, done),
  );
  await reversed;
  await exchange(link, Number(packets));
  link.resume();
  return client;
}

async function exchange(link: ClientChannel, count: number): Promise<void> {
  if (count === 0) return;
  const packet = Buffer.alloc(CALL_BYTES);
  return new Promise((resolve) => {
    let missing = count * CALL_BYTES;
    link.on("data", (chunk: Buffer) => {
      missing -= chunk.length;
      if (missing === 0) resolve();
      else if (missing % CALL_BYTES === 0) link.write(packet);
    });
    link.write(packet);
  });
}

function promised<T>(start: (done: (error: Error | undefined, value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, value) => (error === undefined ? resolve(value) : reject(error)));
  });
}
