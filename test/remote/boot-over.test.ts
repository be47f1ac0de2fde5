import { expect, test } from "vitest";
import { FusionPlayError } from "../../src/errors.ts";
import { bootOver } from "../../src/remote/boot-over.ts";
import type { Transport } from "../../src/engine/remote-node.ts";
import type { TransportChoice } from "../../src/inventory/inventory.ts";

const REFUSED = new FusionPlayError("Cannot open a reverse tunnel on web1: the server refused it", {
  code: "SSH_FORWARDING_REFUSED",
  hint: "Allow it",
});
const BROKEN = new FusionPlayError("Cannot boot the BEAM on web1: it ended", {
  code: "BOOT_FAILED",
  hint: "Look",
});

/** Boots with what is wrong with each transport, and tells what was done. */
async function boot(
  choice: TransportChoice,
  failures: Partial<Record<Transport, Error>>,
  signal: AbortSignal = new AbortController().signal,
): Promise<{ done: string[]; outcome: unknown }> {
  const done: string[] = [];
  const outcome = await bootOver(choice, {
    boot: async (transport) => {
      done.push(transport);
      const failure = failures[transport];
      if (failure !== undefined) throw failure;
      return "booted";
    },
    undo: async () => void done.push("undo"),
    signal,
  }).catch((error: unknown) => error);
  return { done, outcome };
}

test.each<[TransportChoice, Partial<Record<Transport, Error>>, string[], Transport]>([
  ["auto", {}, ["tunnels"], "tunnels"],
  ["auto", { tunnels: REFUSED }, ["tunnels", "undo", "stdio"], "stdio"],
  [
    "auto",
    { tunnels: new FusionPlayError("Cannot reach the node", { code: "NODE_LOST", cause: REFUSED }) },
    ["tunnels", "undo", "stdio"],
    "stdio",
  ],
  ["tunnels", {}, ["tunnels"], "tunnels"],
  ["stdio", { tunnels: BROKEN }, ["stdio"], "stdio"],
])("bootOver(%s) does what is wanted and possible", async (choice, failures, done, transport) => {
  expect(await boot(choice, failures)).toEqual({ done, outcome: { booted: "booted", transport } });
});

test.each<[TransportChoice, Partial<Record<Transport, Error>>, string[], Error]>([
  ["auto", { tunnels: BROKEN }, ["tunnels"], BROKEN],
  ["tunnels", { tunnels: REFUSED }, ["tunnels"], REFUSED],
  ["stdio", { stdio: BROKEN }, ["stdio"], BROKEN],
])("bootOver(%s) tries nothing that would not help", async (choice, failures, done, error) => {
  const tried = await boot(choice, failures);
  expect(tried.done).toEqual(done);
  expect(tried.outcome).toBe(error);
});

test("bootOver() tells of both failures, when stdio fails as well", async () => {
  const { done, outcome } = await boot("auto", { tunnels: REFUSED, stdio: BROKEN });
  expect(done).toEqual(["tunnels", "undo", "stdio"]);
  expect(outcome).toMatchObject({
    code: "BOOT_FAILED",
    hint: "Look",
    message:
      "Cannot boot the BEAM on web1: it ended (over stdio, as there are no tunnels: Cannot open a reverse tunnel on web1: the server refused it)",
  });
});

test("bootOver() does not go on after the run was stopped", async () => {
  const tried = await boot("auto", { tunnels: REFUSED }, AbortSignal.abort());
  expect(tried).toEqual({ done: ["tunnels"], outcome: REFUSED });
});
