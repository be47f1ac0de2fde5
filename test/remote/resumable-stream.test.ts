import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { LinkConnection, LinkRefused } from "../../src/remote/link-connection.ts";
import { FRAME_BYTES } from "../../src/remote/link-protocol.ts";
import { ResumableStream } from "../../src/remote/resumable-stream.ts";
import { countOf, LinkHost, LINK_TOKEN, type LinkFaults, type LinkWay } from "../doubles/link-host.ts";

interface Link {
  readonly host: LinkHost;
  readonly stream: ResumableStream;
  /** Why connections ended, in order. */
  readonly offline: (Error | undefined)[];
  /** What has come from the host. */
  heard(): string;
  /** Why the stream was given up. */
  end(): Error | undefined;
  connect(): Promise<LinkWay>;
}

function openLink(faults?: LinkFaults): Link {
  const host = new LinkHost(faults);
  const offline: (Error | undefined)[] = [];
  let heard = "";
  let end: Error | undefined;
  const stream = new ResumableStream((reason) => offline.push(reason));
  stream.listen({
    onBytes: (chunk) => (heard += Buffer.from(chunk).toString("latin1")),
    onEnd: (error) => (end = error),
  });
  return {
    host,
    stream,
    offline,
    heard: () => heard,
    end: () => end,
    async connect() {
      const way = host.connect();
      const connection = await LinkConnection.open(way.stream, {
        nodeName: "ours@127.0.0.1",
        token: LINK_TOKEN,
        received: stream.received,
        signal: AbortSignal.timeout(30_000),
      });
      stream.resume(connection);
      return way;
    },
  };
}

async function settle(): Promise<void> {
  for (let round = 0; round < 20; round++) await turn();
}

const bytes = (text: string): Uint8Array => Buffer.from(text, "latin1");

test("ResumableStream brings every byte once and in order, both ways, wherever its connections are cut", async () => {
  const action = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ type: fc.constant("write" as const), size: fc.integer({ min: 1, max: 9 }) }),
    },
    {
      weight: 6,
      arbitrary: fc.record({ type: fc.constant("say" as const), size: fc.integer({ min: 1, max: 9 }) }),
    },
    { weight: 4, arbitrary: fc.record({ type: fc.constant("turn" as const) }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant("cut" as const) }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 120 }), async (actions) => {
      const link = openLink();
      let way: LinkWay | undefined = await link.connect();
      let written = "";
      let said = "";
      for (const act of actions) {
        const text = (length: number): string =>
          "x".repeat(act.type === "write" || act.type === "say" ? act.size : 0) + String(length);
        if (act.type === "write") {
          const chunk = text(written.length);
          written += chunk;
          link.stream.write(bytes(chunk));
        } else if (act.type === "say") {
          const chunk = text(said.length);
          said += chunk;
          link.host.say(chunk);
        } else if (act.type === "turn") await turn();
        else if (way === undefined) way = await link.connect();
        else {
          way.cut();
          way = undefined;
        }
      }
      if (way === undefined) await link.connect();
      await settle();
      expect(link.host.got).toBe(written);
      expect(link.heard()).toBe(said);
      expect(link.end()).toBeUndefined();
    }),
    { numRuns: 100 },
  );
});

test("a frame that a connection is cut in is passed on as it arrives, and what comes again only once", async () => {
  const link = openLink();
  const text = "0123456789".repeat(10_000);
  const frame = Buffer.from(`\0${text}`, "latin1");
  let way = await link.connect();
  link.host.say("before");
  await settle();
  for (const upTo of [30_000, 70_000, 70_000, 20_000]) {
    // The host has sent all of the frame, of which so much arrives.
    link.host.sendCut(frame, upTo);
    await settle();
    way.cut();
    way = await link.connect();
  }
  const heard = link.heard().length;
  expect(heard).toBe("before".length + 69_999);
  link.host.say(text);
  link.host.say("after");
  await settle();
  expect(link.heard() === `before${text}after`).toBe(true);
  expect(link.stream.received).toBe(3);
});

test("the end of a message that is longer than a frame is acknowledged at once, a short one with others", async () => {
  const link = openLink();
  await link.connect();
  link.host.say("short");
  link.host.say("x".repeat(FRAME_BYTES));
  await settle();
  expect(link.host.acknowledged).toBe(0);
  link.host.say("its end");
  await settle();
  expect(link.host.acknowledged).toBe(3);
});

test("hasLeft() tells whether what was written may have reached the host", async () => {
  const link = openLink();
  link.stream.write(bytes("early"));
  const early = link.stream.written;
  expect(link.stream.hasLeft(early)).toBe(false);
  const way = await link.connect();
  expect(link.stream.hasLeft(early)).toBe(true);
  way.cut();
  link.stream.write(bytes("late"));
  expect(link.stream.hasLeft(early)).toBe(true);
  expect(link.stream.hasLeft(link.stream.written)).toBe(false);
});

test("what is written in one turn goes out together, every four kilobytes", async () => {
  const link = openLink();
  await link.connect();
  for (let written = 0; written < 10; written++) link.stream.write(bytes("x".repeat(1000)));
  await settle();
  expect(link.host.got).toHaveLength(10_000);
  expect(link.host.received).toBe(3);
});

test("large chunks are cut into frames that the host takes, and arrive whole", async () => {
  const link = openLink();
  await link.connect();
  const text = "0123456789".repeat(100_000);
  link.stream.write(bytes(text));
  await settle();
  expect(link.host.received).toBe(Math.ceil(text.length / FRAME_BYTES));
  expect(link.host.got === text).toBe(true);
});

test("open() refuses a host that does not know the token, and says nothing of the link to it", async () => {
  const link = openLink({ token: "guessed" });
  link.stream.write(bytes("secret"));
  await expect(link.connect()).rejects.toThrow(LinkRefused);
  await settle();
  expect(link.host.got).toBe("");
});

test.each([
  ["more than was sent", () => 2],
  ["less than it said before", () => 0],
])("resume() refuses a host that says it has got %s", async (_, received) => {
  let isFirst = true;
  const link = openLink({ received: (count) => (isFirst ? count : received()) });
  const way = await link.connect();
  link.stream.write(bytes("one"));
  await settle();
  link.host.sendRaw(countOf(1));
  await settle();
  way.cut();
  isFirst = false;
  await expect(link.connect()).rejects.toMatchObject({ code: "PROTOCOL_VIOLATION" });
});

test.each([
  ["acknowledges what was not sent", countOf(9)],
  ["sends a frame of no known kind", Uint8Array.of(7, 7)],
  ["sends an empty frame", new Uint8Array()],
  ["sends a frame that is too long", new Uint8Array(2 * 1024 * 1024)],
])("a connection ends whose host %s", async (_, frame) => {
  const link = openLink();
  await link.connect();
  link.host.sendRaw(frame);
  await settle();
  expect(link.offline).toMatchObject([{ code: "PROTOCOL_VIOLATION" }]);
  expect(link.heard()).toBe("");
});

test("a host that takes everything and never says so loses the stream", async () => {
  const link = openLink();
  await link.connect();
  const chunk = new Uint8Array(1024 * 1024);
  for (let sent = 0; sent < 80; sent++) link.stream.write(chunk);
  expect(link.end()).toMatchObject({ code: "PROTOCOL_VIOLATION" });
});
