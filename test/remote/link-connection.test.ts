import { expect, test } from "vitest";
import { LinkConnection } from "../../src/remote/link-connection.ts";
import { byteStreamPair } from "../doubles/byte-stream-pair.ts";
import { latch } from "../engine/latch.ts";

test("a host that talks on and on before it is greeted loses the connection, and no more of it is kept", async () => {
  const [ours, theirs] = byteStreamPair();
  const port = latch<number>();
  let isOver = false;
  theirs.listen({ onBytes: () => {}, onEnd: () => (isOver = true) });
  const opened = LinkConnection.open(ours, {
    token: "of both",
    nodeName: "ours@127.0.0.1",
    received: 0,
    distributionPort: port.promise,
    signal: AbortSignal.timeout(10_000),
  });
  const nonce = Buffer.alloc(20);
  nonce.writeUInt32BE(16);
  theirs.write(nonce);
  const piece = Buffer.alloc(1024 * 1024);
  let written = 0;
  for (; !isOver && written < 64; written++) {
    theirs.write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(written).toBeLessThan(10);
  port.open(4369);
  await expect(opened).rejects.toMatchObject({
    code: "PROTOCOL_VIOLATION",
    message: "Cannot understand the node: it says too much before it is greeted",
  });
});
