import { expect, test } from "vitest";
import { FusionPlayError } from "../../src/errors.ts";
import { hostChecks } from "../../src/cli/doctor-checks.ts";
import type { HostProbe } from "../../src/remote/probe-host.ts";

const HEALTHY: HostProbe = {
  become: undefined,
  login: { user: "me", proof: "password" },
  noForwarding: undefined,
  noCommands: undefined,
  system: "Linux",
  machine: "aarch64",
  libc: "musl",
  erlang: { state: "works", path: "/usr/bin/erl", otp: "27", architecture: "aarch64-linux-musl" },
  elixir: undefined,
  clockAheadMs: 0,
  cache: { folder: "/c", isWritable: true, freeBytes: 5e9 },
};

test("hostChecks() finds a healthy host ok", () => {
  const { status, checks } = hostChecks(HEALTHY);
  expect(status).toBe("ok");
  expect(checks.map((check) => check.status)).toEqual(Array.from(checks, () => "ok"));
  expect(checks.find(({ name }) => name === "commands")?.found).toBe("Linux aarch64, musl");
});

test("hostChecks() says whom the BEAM becomes, and nothing more where it cannot", () => {
  const become = { user: "app", method: "sudo" } as const;
  const became = hostChecks({ ...HEALTHY, become });
  expect(became.checks.map(({ name }) => name)).toEqual([
    "ssh",
    "forwarding",
    "become",
    "commands",
    "erlang",
    "elixir",
    "clock",
    "cache",
  ]);
  expect(became.checks[2]).toMatchObject({ status: "ok", found: "app, with sudo" });
  expect(became.facts).toMatchObject({ become: "app" });
  const noCommands = new FusionPlayError("Cannot become", { code: "BECOME_FAILED", hint: "Check it" });
  const refused = hostChecks({ ...HEALTHY, become, noCommands });
  expect(refused.status).toBe("failed");
  expect(refused.checks.slice(2)).toEqual([
    { name: "become", status: "failed", found: "Cannot become", code: "BECOME_FAILED", hint: "Check it" },
  ]);
});

test.each<[string, Partial<HostProbe>, object]>([
  [
    "OTP 22",
    { erlang: { state: "works", path: "/erl", otp: "22", architecture: "x" } },
    { name: "erlang", status: "failed", code: "ERL_TOO_OLD", found: "OTP 22, /erl" },
  ],
  [
    "a clock that is ahead",
    { clockAheadMs: 65_000 },
    { name: "clock", status: "warning", found: "1 min 5 s ahead" },
  ],
  [
    "a clock that is behind a bit",
    { clockAheadMs: -2000 },
    { name: "clock", status: "ok", found: "2.0 s behind" },
  ],
  ["no clock", { clockAheadMs: undefined }, { name: "clock", status: "warning" }],
  [
    "a full file system",
    { cache: { folder: "/c", isWritable: true, freeBytes: 1000 } },
    { name: "cache", status: "warning", found: "1.0 kB free in /c" },
  ],
  [
    "a folder that cannot be written",
    { cache: { folder: "/c", isWritable: false, freeBytes: 5e9 } },
    {
      name: "cache",
      status: "warning",
      found: "/c cannot be written",
      hint: expect.stringContaining("XDG_CACHE_HOME"),
    },
  ],
  [
    "tunnels that do not answer, which stdio is not tried for",
    { noForwarding: new FusionPlayError("no answer within 10 s", { code: "TIMEOUT" }) },
    { name: "forwarding", status: "failed", code: "TIMEOUT" },
  ],
])("hostChecks() judges %s", (_, probe, check) => {
  const { status, checks } = hostChecks({ ...HEALTHY, ...probe });
  expect(checks).toContainEqual(expect.objectContaining(check));
  expect(status).toBe("status" in check && check.status === "failed" ? "failed" : "ok");
});
