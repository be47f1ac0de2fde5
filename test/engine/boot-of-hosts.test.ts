import { expect, test } from "vitest";
import { bootOfHosts, type BootingPlay } from "../../src/engine/boot-of-hosts.ts";

function play(name: string, hosts: readonly string[], wishes: Partial<BootingPlay["play"]>): BootingPlay {
  return {
    play: { name, bundle: undefined, transport: undefined, ...wishes },
    hosts: hosts.map((host) => ({ name: host, groups: [], vars: {}, connection: {} })),
  };
}

test("bootOfHosts() joins what the plays of a host say, and says nothing of others", () => {
  const bootOf = bootOfHosts([
    play("A", ["web1", "web2"], { bundle: "/otp.tar.gz" }),
    play("B", ["web1"], { transport: "stdio" }),
    play("C", ["web1", "web2", "web3"], {}),
    play("D", ["web1"], { bundle: "/otp.tar.gz", transport: "stdio" }),
  ]);
  expect(["web1", "web2", "web3"].map((name) => bootOf({ name }))).toEqual([
    { bundle: "/otp.tar.gz", transport: "stdio" },
    { bundle: "/otp.tar.gz", transport: undefined },
    { bundle: undefined, transport: undefined },
  ]);
});

test.each([
  [{ bundle: "/a" }, { bundle: "/b" }, "Cannot bring two runtimes to web1", "runtime"],
  [{ transport: "stdio" }, { transport: "auto" }, "Cannot use two transports for web1", "transport"],
] as const)(
  "bootOfHosts() refuses plays that want one host to boot in two ways: %j",
  (one, other, what, key) => {
    const plays = [play("A", ["web1"], one), play("B", ["web2", "web1"], other)];
    expect(() => bootOfHosts(plays)).toThrow(
      expect.objectContaining({
        code: "USAGE",
        message: `${what}: the plays "A" and "B" have different ones`,
        hint: `Give both plays the same ${key}: a host boots once in a run`,
      }),
    );
  },
);
