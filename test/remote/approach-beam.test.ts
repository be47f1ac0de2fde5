import { afterEach, beforeEach, expect, test } from "vitest";
import { BesideMeter } from "../../src/bytes/beside-meter.ts";
import { TrafficMeter } from "../../src/bytes/traffic-meter.ts";
import type { ByteStream } from "../../src/bytes/byte-stream.ts";
import { OFFERED_FLAGS } from "../../src/dist/flags.ts";
import { encodeHandshakeMessage, type HandshakeMessage } from "../../src/dist/handshake-message.ts";
import type { LocalNode } from "../../src/dist/local-node.ts";
import type { Host } from "../../src/inventory/inventory.ts";
import { approachBeam, type Approach, type ApproachOptions } from "../../src/remote/approach-beam.ts";
import { BeamProcess } from "../../src/remote/beam-process.ts";
import { connectBeam, newLocalNode, type LiveBeam } from "../../src/remote/connect-beam.ts";
import type { SshConnection } from "../../src/ssh/ssh-connection.ts";
import { SshError } from "../../src/ssh/ssh-error.ts";
import { unlessAborted } from "../../src/waits/unless-aborted.ts";
import { byteStreamPair } from "../doubles/byte-stream-pair.ts";
import { LINK_TOKEN, LinkHost, type LinkWay } from "../doubles/link-host.ts";

const NODE = "fusion_1@127.0.0.1";
const HOST: Host = { name: "web1", groups: [], vars: {}, connection: {} };

/** A host whose BEAM tells of itself when a test says so. */
interface Starting {
  readonly host: LinkHost;
  readonly ways: readonly LinkWay[];
  /** Streams of these that were closed here. */
  readonly closed: readonly ByteStream[];
  readonly beam: BeamProcess;
  readonly local: LocalNode;
  readonly meter: TrafficMeter;
  readonly beside: BesideMeter;
  readonly approach: Approach;
  tellLinkPort(): void;
  loseSsh(reason: SshError): void;
}

let starting: Starting;

beforeEach(() => {
  starting = start(undefined);
});

function start(reconnect: ApproachOptions["reconnect"]): Starting {
  const host = new LinkHost();
  const ways: LinkWay[] = [];
  const closed: ByteStream[] = [];
  const never = new Promise<never>(() => {});
  const notWanted = (): Promise<never> => Promise.reject(new Error("Nobody asks for this"));
  let loseSsh: (reason: SshError) => void = () => {};
  const ssh: SshConnection = {
    closed: new Promise((resolve) => (loseSsh = resolve)),
    login: { user: "me", proof: "password" },
    exec: notWanted,
    reverseTunnel: notWanted,
    forwardStream: async () => {
      const way = host.connect();
      ways.push(way);
      const { stream } = way;
      const close = (): void => {
        closed.push(stream);
        way.stream.close();
      };
      return {
        listen: (listener) => stream.listen(listener),
        write: (chunk) => stream.write(chunk),
        queuedBytes: 0,
        pause: () => {},
        resume: () => {},
        close,
      };
    },
    forwardTo: notWanted,
    upload: notWanted,
    [Symbol.asyncDispose]: async () => {},
  };
  const [stdio] = byteStreamPair();
  const beam = BeamProcess.adopt(
    { exec: notWanted, closed: never },
    { stdio: Object.assign(stdio, { pause: () => {}, resume: () => {} }), exited: never, onStderr: () => {} },
    { host: HOST.name, pid: 4711, killMs: 1000, onOutput: () => {} },
  );
  const local = newLocalNode();
  const meter = new TrafficMeter();
  const beside = new BesideMeter(meter);
  let tellLinkPort: (port: number) => void = () => {};
  const approach = approachBeam(
    {
      nodeName: NODE,
      cookie: "cookie",
      linkToken: LINK_TOKEN,
      linkPort: new Promise((resolve) => (tellLinkPort = resolve)),
    },
    {
      host: HOST,
      ssh,
      beam,
      local,
      meter: beside,
      timeouts: { handshakeTimeoutMs: 10_000 },
      reconnect,
    },
  );
  return {
    host,
    ways,
    closed,
    beam,
    local,
    meter,
    beside,
    approach,
    tellLinkPort: () => tellLinkPort(40_001),
    loseSsh: (reason) => loseSsh(reason),
  };
}

afterEach(() => starting.approach[Symbol.asyncDispose]());

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
}

const text = (message: HandshakeMessage): string =>
  Buffer.from(encodeHandshakeMessage(message)).toString("latin1");

function challenge({ host }: Starting): void {
  host.say(text({ type: "send_status", status: "ok" }));
  host.say(text({ type: "send_challenge", flags: OFFERED_FLAGS, challenge: 1, creation: 4, name: NODE }));
}

/** A BEAM that has not acknowledged the handshake yet, and a call that is on its way to it. */
async function calling(made: Starting): Promise<{ beam: LiveBeam; call: Promise<unknown> }> {
  made.tellLinkPort();
  const connecting = connect(made);
  await settle();
  challenge(made);
  const beam = await connecting;
  const call = beam.calls.call("erlang", "node", [], {
    signal: AbortSignal.timeout(10_000),
    onOutput: () => {},
  });
  call.catch(() => {});
  await settle();
  expect(made.host.got).toContain("execute_call");
  return { beam, call };
}

function connect({ approach, beam, local, meter }: Starting, handshakeTimeoutMs = 10_000): Promise<LiveBeam> {
  const access = {
    runtime: { otp: "25", elixir: null, architecture: "x86_64-pc-linux-gnu", bits: 64 },
    nodeName: NODE,
    cookie: "cookie",
    linkPort: 40_001,
    linkToken: LINK_TOKEN,
  };
  return connectBeam(access, approach, {
    host: HOST,
    meter,
    timeouts: { handshakeTimeoutMs },
    signal: AbortSignal.timeout(20_000),
    local,
    beam,
    bootServer: undefined,
  });
}

test("approachBeam() opens the way and begins the handshake while the BEAM starts", async () => {
  const { host, ways, tellLinkPort, local } = starting;
  await settle();
  expect(ways).toHaveLength(0);
  tellLinkPort();
  await settle();
  expect(ways).toHaveLength(1);
  // send_name, with the proof.
  expect(host.got).toContain(local.name);
});

test("approachBeam() counts what it sends and gets where it joins the rest", async () => {
  const { tellLinkPort, meter, beside } = starting;
  tellLinkPort();
  await settle();
  challenge(starting);
  await settle();
  expect(meter.counts).toMatchObject({ round_trips: 0, messages_sent: 0, messages_received: 0 });
  beside.join();
  // Proof, send_name and the answer to the challenge; the number, the proof, the status, the challenge, and the
  // acknowledgement that will come.
  expect(meter.counts).toMatchObject({ round_trips: 0, messages_sent: 3, messages_received: 5 });
});

test.each(["before its port is known", "before its challenge"])(
  "an approach that is closed %s ends, and leaves nothing open",
  async (when) => {
    const { approach, ways, closed, tellLinkPort } = starting;
    if (when === "before its challenge") tellLinkPort();
    await settle();
    await approach[Symbol.asyncDispose]();
    await expect(approach.connected).rejects.toThrow("closed");
    if (when !== "before its challenge") await expect(approach.link.opened).rejects.toThrow("closed");
    expect(closed).toEqual(ways.map(({ stream }) => stream));
  },
);

test("a host whose acknowledgement is wrong is lost as another one, and a call under way may have been made", async () => {
  const { host } = starting;
  const { beam, call } = await calling(starting);
  host.say(text({ type: "send_challenge_ack", digest: new Uint8Array(16) }));
  expect(await beam.lost).toMatchObject({
    code: "HANDSHAKE_COOKIE_MISMATCH",
    message: "Cannot go on with web1: Cannot trust the node: its digest is wrong",
    hint: expect.stringContaining("loopback ports"),
  });
  await expect(call).rejects.toMatchObject({ name: "CallLost", mayHaveRun: true });
});

test("a host whose BEAM dies before it acknowledges is lost, and a call under way may have been made", async () => {
  const { ways } = starting;
  const { beam, call } = await calling(starting);
  ways[0]?.cut();
  expect(await beam.lost).toMatchObject({
    code: "NODE_LOST",
    message: "Cannot go on with web1: cut",
  });
  await expect(call).rejects.toMatchObject({ name: "CallLost", mayHaveRun: true });
});

test("a host whose BEAM dies before our digest has left is not connected", async () => {
  const { ways, tellLinkPort } = starting;
  tellLinkPort();
  const connecting = connect(starting);
  connecting.catch(() => {});
  await settle();
  ways[0]?.cut();
  await expect(connecting).rejects.toMatchObject({ code: "NODE_LOST" });
});

test("a host that is lost after it has proved who it is, and is not back in time, tells why it was lost", async () => {
  const never = new Promise<never>(() => {});
  await starting.approach[Symbol.asyncDispose]();
  starting = start((signal) => unlessAborted(never, signal));
  const { ways, approach, tellLinkPort, loseSsh } = starting;
  tellLinkPort();
  await approach.link.opened;
  const connecting = connect(starting, 200);
  loseSsh(new SshError("Cannot keep the connection to web1", { code: "SSH_CONNECTION_LOST" }));
  ways[0]?.cut();
  await expect(connecting).rejects.toMatchObject({
    code: "SSH_CONNECTION_LOST",
    message: "Cannot keep the connection to web1",
  });
});
