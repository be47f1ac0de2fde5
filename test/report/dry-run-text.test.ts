import { join } from "node:path";
import { expect, test } from "vitest";
import type { DryRunReport } from "../../src/engine/dry-run-report.ts";
import { dryRunText } from "../../src/report/dry-run-text.ts";
import { sampleDryRun } from "./sample-dry-run.ts";

test("dryRunText() groups hosts with the same plan and shows what each step would ship", () => {
  expect(dryRunText(sampleDryRun, { color: false, unicode: true })).toMatchInlineSnapshot(`
    "PLAY Fleet health (4 hosts)
      web[01-03] (3 hosts, each): 2 modules, 100.0 kB; 1 file, 16.4 kB
        1. Ship the health check (push): 2 modules, 100.0 kB; 1 file, 16.4 kB
           MODULE        BYTES  MD5       NEEDED BY     REASON   EFFECTS                  FILE
           RemoteHealth   1234  01234567  (this step)            file_write, (os.cmd, ?)  ebin/Elixir.RemoteHealth.beam
           health_os     98765  fedcba98  RemoteHealth  imports  os.cmd, on_load, ?       ebin/health_os.beam
           File priv/health_nif.so of health, 16.4 kB: ../health/priv/health_nif.so
           Effect file_write: RemoteHealth.save/1 calls File.write!/2
           Effect os.cmd: health_os:run/1 calls os:cmd/1 and 1 more
           Effect on_load: health_os:init/0 runs when it is loaded
           Known only by running: which functions are called by health_os:probe/2, health_os:load/0 and 1 more
           Known only by running: whose memory/0 is called by RemoteHealth.check/0
           Known only by running: what health_new calls: its code is newer than what can be read here
           Warning MODULE_NOT_FOUND: Cannot call Jason.encode!/1 from RemoteHealth.encode/1 (lib/remote_health.ex:21): nobody has it
        2. Collect (run): ships nothing new
        3. Drop caches (run): ships nothing new
           Known only by running: whether it runs: when "health.memory_mb < 512" needs a result
           Known only by running: whether Erlang has lists:sort/1, lists:map/2 and 1 more: it is not installed here
           Known only by running: whether Elixir has Enum.map/2: it is not installed here
           FUNCTION_NOT_FOUND: RemoteHealth has no function drop_cache/0
             Did you mean drop_caches/0?
        With only Erlang on the host: 220 modules of Elixir 1.14.0 more, 1.7 MB
      db1: ships no modules
        1. Back up (push): ships nothing new
           MODULE_NOT_FOUND: Cannot find the module Backup: no code path holds it

    PLAY Connected (2 hosts)
      web01: 2 modules, 3.0 kB
        The host has OTP 25, no Elixir
        1. Ship (push): 2 modules, 3.0 kB
           MODULE      BYTES  MD5       NEEDED BY    REASON  FILE
           health_os    2000  fedcba98  (this step)          ebin/health_os.beam
           health_new   1000  fedcba98  (this step)          ebin/health_new.beam
           Replaces: health_os, /opt/healthbin/health_os.beam of the host, md5 01234567
           Replaces: health_new, loaded on the host, md5 89abcdef
      web02: unreachable
        SSH_CONNECT_FAILED: Cannot connect to web02 (10.0.0.2:22): connection refused
        Hint: Check that sshd runs on the host

    PLAY Conditional (1 host)
      web01: not known
        Known only by running: its steps are a function

    4 hosts: 8 modules, 303.0 kB; 3 files, 49.2 kB, and what is known only by running, 2 problems, 1 host unreachable, 1 warning
    "
  `);
});

test("dryRunText() writes ASCII only without UTF-8", () => {
  expect(dryRunText(sampleDryRun, { color: false, unicode: false })).toMatch(/^[\n -~]*$/);
});

test("dryRunText() names files as they are called from the working directory, where they lie below it", () => {
  const text = JSON.stringify(sampleDryRun)
    .replaceAll(
      '"ebin/Elixir.RemoteHealth.beam"',
      JSON.stringify(join(process.cwd(), "lib/remote_health.ex")),
    )
    .replaceAll('"ebin/health_os.beam"', '"/elsewhere/health_os.beam"');
  const printed = dryRunText(JSON.parse(text) as DryRunReport, { color: false, unicode: true });
  expect(printed).toContain("  lib/remote_health.ex\n");
  expect(printed).toContain("  /elsewhere/health_os.beam\n");
});

test("dryRunText() tells what is shipped at most, unless hosts fetch or the steps are not known", () => {
  const last = (report: DryRunReport): string | undefined =>
    dryRunText(report, { color: false, unicode: true }).trimEnd().split("\n").at(-1);
  const [first] = sampleDryRun.plays;
  if (first === undefined) throw new Error("The sample has no play");
  const known = { ...sampleDryRun, plays: [first] };
  expect(last(known)).toMatch(/kB at most, /);
  const hosts = Object.entries(first.hosts).map(([name, host]) => {
    return [name, { ...host, steps: host.steps.map((step) => ({ ...step, fetches: true as const })) }];
  });
  const fetching = { ...first, hosts: Object.fromEntries(hosts) as typeof first.hosts };
  expect(last({ ...known, plays: [fetching] })).toMatch(/kB, and what is known only by running, /);
});
