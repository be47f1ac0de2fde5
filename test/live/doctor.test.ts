import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DoctorCheck, DoctorHost, DoctorReport } from "../../src/report/doctor-report.ts";
import { doctorSchema } from "../../src/report/doctor-schema.ts";
import { hideErlang } from "./hide-erlang.ts";
import { leftOn } from "./processes.ts";
import { freePort, startSshd, type Sshd, type SshdOptions } from "./sshd.ts";
import { hostOf, openWorkspace, type Ended, type Workspace } from "./workspace.ts";

const isRoot = process.getuid?.() === 0;

let healthy: Sshd;
let workspace: Workspace;
/** One examination of all hosts. */
let examined: Ended;
let report: DoctorReport;

const servers: Sshd[] = [];

async function sshd(options?: SshdOptions): Promise<Sshd> {
  const started = await startSshd(options);
  servers.push(started);
  return started;
}

beforeAll(async () => {
  healthy = await sshd();
  const noForwarding = await sshd({ config: ["AllowTcpForwarding no"] });
  const oneWay = await sshd({ config: ["AllowTcpForwarding remote"] });
  const noCommands = await sshd({ config: ["ForceCommand echo not here; exit 5"] });
  const noErlang = isRoot
    ? await sshd({ environment: { PATH: "/usr/bin:/bin" }, launcher: hideErlang() })
    : undefined;
  const relativeCache = await sshd({ environment: { XDG_CACHE_HOME: "cache" } });
  const hosts = {
    healthy: hostOf(healthy),
    "relative-cache": hostOf(relativeCache),
    "no-forwarding": hostOf(noForwarding),
    "one-way": hostOf(oneWay),
    "no-tunnels": hostOf(noForwarding, { fusion_transport: "tunnels" }),
    stdio: hostOf(noForwarding, { fusion_transport: "stdio" }),
    "no-commands": hostOf(noCommands),
    "broken-erl": hostOf(healthy, { fusion_erl: "/bin/false" }),
    ...(noErlang === undefined ? {} : { "no-erlang": hostOf(noErlang) }),
    unreachable: hostOf(healthy, { fusion_port: await freePort(healthy.address) }),
  };
  workspace = await openWorkspace({ all: { hosts } });
  examined = await workspace.run("doctor", "all", "-i", "hosts.yml", "--json");
  report = JSON.parse(examined.stdout) as DoctorReport;
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  for (const server of servers) await server.stop();
});

function host(name: string): DoctorHost {
  const found = report.hosts[name];
  if (found === undefined) throw new Error(`No host ${name}: ${examined.stdout}`);
  return found;
}

function check(name: string, of: DoctorCheck["name"]): DoctorCheck {
  const found = host(name).checks.find((each) => each.name === of);
  if (found === undefined) throw new Error(`No check ${of}: ${JSON.stringify(host(name))}`);
  return found;
}

test("doctor --json is what its schema describes, and its exit code tells of failed and unreachable hosts", () => {
  const isReport = new Ajv2020({ strict: true, allErrors: true }).compile(doctorSchema);
  isReport(report);
  expect(isReport.errors).toBeNull();
  expect(examined.exitCode, examined.stderr).toBe(6);
  expect(report).toMatchObject({ status: "failed", exit_code: 6 });
  expect(examined.stderr).toBe("");
});

test("a healthy host has nothing to tell but what it is", () => {
  expect(host("healthy")).toMatchObject({
    status: "ok",
    facts: {
      user: healthy.user,
      login: `key "${healthy.userKeyFile}"`,
      forwarding: true,
      machine: expect.stringMatching(/\w/),
      libc: expect.stringMatching(/^(glibc \d|musl)/),
      erl: expect.stringMatching(/^\/.*erl$/),
      otp: expect.stringMatching(/^\d+$/),
      elixir: expect.stringMatching(/^\d/),
      clock_ahead_ms: 0,
      cache_folder: `${healthy.home}/.cache/fusion-play`,
      cache_free_bytes: expect.any(Number),
    },
  });
  const { checks } = host("healthy");
  expect(checks.map(({ name }) => name)).toEqual([
    "ssh",
    "forwarding",
    "commands",
    "erlang",
    "elixir",
    "clock",
    "cache",
  ]);
  for (const { status, hint } of checks.filter(({ name }) => name !== "cache")) {
    expect([status, hint]).toEqual(["ok", null]);
  }
});

test("a relative XDG_CACHE_HOME of a host is none, as its specification says", () => {
  expect(host("relative-cache")).toMatchObject({
    status: "ok",
    facts: { cache_folder: expect.stringMatching(/^\/.*\/home\/\.cache\/fusion-play$/u) },
  });
});

test.each(["no-forwarding", "one-way"])(
  "doctor tells of %s that forwarding is refused, what is used instead, and the rest",
  (name) => {
    expect(host(name)).toMatchObject({ status: "ok", facts: { forwarding: false } });
    expect(check(name, "forwarding")).toMatchObject({
      status: "warning",
      code: null,
      found: expect.stringMatching(/refused.*stdio is used instead/),
      hint: expect.stringContaining("AllowTcpForwarding"),
    });
    expect(check(name, "erlang").status).toBe("ok");
  },
);

test("doctor finds refused forwarding to be a failure where tunnels are wanted, and nothing where stdio is", () => {
  expect(host("no-tunnels").status).toBe("failed");
  expect(check("no-tunnels", "forwarding")).toMatchObject({
    status: "failed",
    code: "SSH_FORWARDING_REFUSED",
    hint: expect.stringContaining("AllowTcpForwarding"),
  });
  expect(check("stdio", "forwarding")).toMatchObject({ status: "ok", hint: null });
});

test("doctor tells what a host says that runs another command", () => {
  expect(check("no-commands", "commands")).toMatchObject({
    status: "failed",
    code: "SSH_EXEC_REFUSED",
    found: expect.stringMatching(/exit status 5; it said: not here/),
    hint: expect.stringContaining("ForceCommand"),
  });
});

test("doctor tells of an erl that does not work", () => {
  expect(check("broken-erl", "erlang")).toMatchObject({
    status: "failed",
    code: "BOOT_FAILED",
    found: expect.stringMatching(/^\/bin\/false does not work: .*exit status 1/),
  });
  expect(host("broken-erl").checks.map(({ name }) => name)).not.toContain("elixir");
});

test.runIf(isRoot)("doctor tells where it looked on a host without Erlang, and the rest", () => {
  expect(check("no-erlang", "erlang")).toMatchObject({
    status: "failed",
    code: "ERL_NOT_FOUND",
    found: expect.stringMatching(/PATH \(\/usr\/bin:\/bin\).*\/opt/),
    hint: expect.stringContaining("fusion_erl"),
  });
  expect(host("no-erlang")).toMatchObject({ status: "failed", facts: { erl: null, clock_ahead_ms: 0 } });
});

test("doctor tells why a host is unreachable", () => {
  expect(host("unreachable")).toMatchObject({ status: "unreachable", facts: { user: null } });
  expect(host("unreachable").checks).toMatchObject([
    { name: "ssh", status: "failed", code: "SSH_CONNECT_FAILED", found: expect.stringContaining("refused") },
  ]);
});

test("doctor writes a line for each check and ends with 0 where all is well, with 8 where no host matches", async () => {
  const { stdout, exitCode } = await workspace.run("doctor", "healthy", "-i", "hosts.yml");
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(
    /^healthy: ok\n {2}ok {7}ssh {9}\S+, with key ".*"\n {2}ok {7}forwarding {2}both ways\n/,
  );
  expect(stdout).toMatch(/\n1 host: 1 ok, 0 failed, 0 unreachable\n$/);
  const nobody = await workspace.run("doctor", "nobody", "-i", "hosts.yml");
  expect(nobody.exitCode).toBe(8);
  expect(nobody.stderr).toContain("NO_HOST_MATCHED");
});

test("doctor leaves nothing on hosts", async () => {
  for (const server of servers) expect(await leftOn(server)).toEqual([]);
});
