import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Host } from "../../src/inventory/inventory.ts";
import { HeldSessions } from "../../src/sessions/held-sessions.ts";
import { Keeper } from "../../src/sessions/keeper.ts";
import { DuplexStream } from "../../src/ssh/duplex-stream.ts";
import { DEFAULT_TIMEOUTS } from "../../src/ssh/ssh-target.ts";
import { freePort } from "../live/sshd.ts";

const VERSION = "0.1.0";

let folder: string;
let server: Server;
let sessions: HeldSessions;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fusion-play-"));
  sessions = new HeldSessions({ version: VERSION, isFound: () => true, onEmpty: () => {} });
  server = createServer({ allowHalfOpen: true }, (socket) => {
    void sessions.serve(new DuplexStream(socket, socket));
  });
  server.listen(join(folder, "s"));
  await once(server, "listening");
});

afterAll(async () => {
  server.close();
  await sessions.end();
  await rm(folder, { recursive: true });
});

/** A keeper for hosts at a port of this machine. */
async function keeperFor(port: number, notKept: string[] = []): Promise<Keeper> {
  const keeper = await Keeper.begin({
    path: join(folder, "s"),
    version: VERSION,
    leaseMs: 60_000,
    fresh: false,
    resolve: async ({ name }) => ({
      settings: {},
      target: {
        name,
        address: "127.0.0.1",
        port,
        user: "nobody",
        identities: [],
        identitiesOnly: true,
        hostKeys: { files: [], checking: "off" },
        timeouts: DEFAULT_TIMEOUTS,
        route: { type: "direct" },
        retries: 0,
      },
    }),
    onNotKept: (host, why) => notKept.push(`${host}: ${why}`),
  });
  if (keeper === undefined) throw new Error("nobody holds sessions");
  return keeper;
}

test("make() rejects for a host that cannot be reached, and the others can still be asked for", async () => {
  const keeper = await keeperFor(await freePort("127.0.0.1"));
  const { signal } = new AbortController();
  const failed = ["web1", "web2"].map((name) =>
    keeper.make({ name, connection: {} } as Host, { signal, boot: "", onPhase: undefined }),
  );
  for (const each of failed) await expect(each).rejects.toMatchObject({ code: "SSH_CONNECT_FAILED" });
  const held = await keeper.take({ name: "web3", connection: {} } as Host, { signal, boot: null });
  expect(held).toBeUndefined();
  await keeper.end("ended");
});

test("make() gives no second session of a host that another run is just connecting to", async () => {
  const silent = createServer((socket) => socket.on("error", () => {}).resume()).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as AddressInfo;
  const notKept: string[] = [];
  const [one, other] = [await keeperFor(port), await keeperFor(port, notKept)];
  const host = { name: "web1", connection: {} } as Host;
  const stop = new AbortController();
  const first = one.make(host, { signal: stop.signal, boot: "", onPhase: undefined });
  await once(silent, "connection");
  const { signal } = new AbortController();
  expect(await other.make(host, { signal, boot: "", onPhase: undefined })).toBeUndefined();
  expect(notKept).toEqual(["web1: another run uses its session"]);
  stop.abort(new Error("enough"));
  await expect(first).rejects.toThrow("enough");
  await Promise.all([one.end("stopped"), other.end("ended")]);
  silent.close();
});
