import { expect, test } from "vitest";
import { encodeControlMessage } from "../../src/dist/control-message.ts";
import type { ShippedModule } from "../../src/engine/module-source.ts";
import { Pid, Reference, type Term } from "../../src/etf/term.ts";
import { loadRequest, neededRequest } from "../../src/remote/code-requests.ts";

function shipped(name: string, fields: Partial<ShippedModule> = {}): ShippedModule {
  return {
    name,
    binary: Buffer.from(name),
    md5: "0".repeat(32),
    neededBy: null,
    reason: null,
    file: `${name}.beam`,
    compiledBy: 25,
    minimumOtp: undefined,
    hasOnLoad: false,
    elixir: null,
    application: undefined,
    ...fields,
  };
}

/** The parts of the message that takes a request to a host. */
function message(host: string, request: Term): Uint8Array[] {
  const pid = new Pid(host, 1, 0, 1);
  const reference = new Reference(host, 1, [1, 2, 3]);
  const args = [reference, request];
  const spawn = { reference, from: pid, groupLeader: pid, module: "erpc", function: "execute_call", args };
  return encodeControlMessage({ type: "SPAWN_REQUEST", request: { ...spawn, monitor: true } });
}

test("the code is encoded once: the messages to all hosts share its bytes", () => {
  const modules = ["a", "b", "c"].map((name) => shipped(name, { binary: Buffer.alloc(30_000) }));
  // Each host has a list of its own, of the same modules.
  const [one = [], two = []] = ["one", "two"].map((host) => message(host, loadRequest([...modules], "soft")));
  const large = one.filter(({ length }) => length > 64 * 1024);
  expect(large.map(({ length }) => length)).toEqual([expect.any(Number)]);
  expect(two.some((part) => part === large[0])).toBe(true);
  const rest = one.filter((part) => !large.includes(part)).reduce((sum, { length }) => sum + length, 0);
  expect(rest).toBeLessThan(300);
});

test("requests about the same modules are the same, and others are not", () => {
  const [a, b] = [shipped("a"), shipped("b")];
  expect(neededRequest([a, b])).toBe(neededRequest([a, b]));
  expect(neededRequest([a])).not.toBe(neededRequest([a, b]));
  expect(neededRequest([b, a])).not.toBe(neededRequest([a, b]));
  expect(loadRequest([a, b], "soft")).toBe(loadRequest([a, b], "soft"));
  expect(loadRequest([a, b], "hard")).not.toEqual(loadRequest([a, b], "soft"));
  // A module of the same name that was compiled again is another one.
  const changed = shipped("b", { md5: "1".repeat(32), binary: Buffer.from("changed") });
  expect(loadRequest([a, changed], "soft")).not.toEqual(loadRequest([a, b], "soft"));
  expect(loadRequest([changed, a], "soft")).not.toEqual(loadRequest([b, a], "soft"));
  expect(neededRequest([a, changed])).not.toEqual(neededRequest([a, b]));
  expect(neededRequest([]).elements[1]).toEqual([]);
});
