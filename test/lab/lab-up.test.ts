import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { labUp } from "../../src/lab/lab-up.ts";

test("labUp() tells the error that the serving process ended with", async () => {
  const folder = await mkdtemp(join(tmpdir(), "fusion-lab-"));
  const lab = labUp({
    hosts: 1,
    port: 20_220,
    sshd: false,
    dir: join(folder, "lab"),
    serveCommand: [process.execPath, "-e", 'throw new TypeError("no such thing")', "--"],
    signal: AbortSignal.timeout(30_000),
  });
  await expect(lab).rejects.toThrow("Cannot bring up the lab: its process ended (TypeError: no such thing)");
  await rm(folder, { recursive: true });
});
