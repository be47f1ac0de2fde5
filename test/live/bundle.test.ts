import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findElixir } from "../../src/beam/installation.ts";
import type { DoctorReport } from "../../src/report/doctor-report.ts";
import { hideErlang } from "./hide-erlang.ts";
import { leftOn } from "./processes.ts";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, type Played, type Workspace } from "./workspace.ts";

/** Files of this machine are hidden from hosts, which takes mount namespaces. */
const isRoot = process.getuid?.() === 0;

const PLAYBOOK = `
- hosts: bare1,bare2
  runtime: { bundle: otp.tar.gz }
  steps:
    - { name: Version, run: "erlang:system_info(otp_release)" }
    - { name: Crypto, run: "crypto:hash(md5, <<>>)" }
    - { name: Elixir, run: 'String.upcase("gone")' }
    - { name: Program, run: 'os:cmd("echo $LD_LIBRARY_PATH:$FUSION_PLAY_LIBRARY_PATH")' }
    - { name: Boot, run: "code:root_dir()" }
`;

let workspace: Workspace;
let bare: Sshd;
/** The first run, on two hosts behind one server at once. */
let played: Played;

describe.runIf(isRoot)("as root, a host without Erlang", () => {
  beforeAll(async () => {
    // Both hosts have the same home folder, so that two bundles are brought to one place at once.
    bare = await startSshd({ launcher: hideErlang([libraryOf("libstdc++.so.6"), await elixirFolder()]) });
    workspace = await openWorkspace({ all: { hosts: { bare1: hostOf(bare), bare2: hostOf(bare) } } });
    await workspace.write({ "site.yml": PLAYBOOK });
    const made = await workspace.run("bundle", "--apps", "compiler,crypto");
    expect(made.exitCode, made.stderr).toBe(0);
    played = await workspace.play("site.yml");
  });

  afterAll(async () => {
    await workspace[Symbol.asyncDispose]();
    await bare.stop();
  });

  const cache = (): string => join(bare.home, ".cache", "fusion-play");
  const sha256 = async (): Promise<string> =>
    createHash("sha256")
      .update(await readFile(join(workspace.folder, "otp.tar.gz")))
      .digest("hex");

  test("boots from the runtime that it is brought, and runs Erlang, Elixir, NIFs and programs", async () => {
    expect(played.exitCode, played.stderr + played.stdout).toBe(0);
    for (const name of ["bare1", "bare2"]) {
      const { steps, runtime } = hostReport(played, name);
      expect(steps.map(({ status }) => status)).toEqual(["ok", "ok", "ok", "ok", "ok"]);
      expect(runtime).toMatchObject({ otp: otpHere(), elixir: null });
      expect(steps[2]?.result).toBe("GONE");
      expect(steps[3]?.result).toBe(":\n");
      expect(steps[4]?.result).toBe(join(cache(), `otp-${await sha256()}`));
    }
  });

  test("keeps one copy by its hash and nothing else, though two were brought at once", async () => {
    expect(await readdir(cache())).toEqual([`otp-${await sha256()}`]);
    expect(await leftOn(bare)).toEqual([]);
  });

  test("is brought nothing a second time", async () => {
    const placed = async (): Promise<number> => (await stat(join(cache(), `otp-${await sha256()}`))).ino;
    const before = await placed();
    const again = await workspace.play("site.yml");
    expect(again.exitCode, again.stderr).toBe(0);
    expect(await placed()).toBe(before);
  });

  test("fetches code on demand with the runtime that it was brought", async () => {
    await workspace.write({
      "lib/greeter.erl": "-module(greeter).\n-export([hello/0]).\nhello() -> {hello, helper:name()}.\n",
      "lib/helper.erl": "-module(helper).\n-export([name/0]).\nname() -> world.\n",
      "on-demand.yml":
        "- hosts: bare1\n  runtime: { bundle: otp.tar.gz }\n  code_loading: on_demand\n  modules: [lib/greeter.erl, lib/helper.erl]\n  steps: [{ name: Greet, run: 'greeter:hello()' }]\n",
    });
    const run = await workspace.play("on-demand.yml");
    expect(run.exitCode, run.stderr + run.stdout).toBe(0);
    expect(hostReport(run, "bare1").steps[0]?.result).toEqual(["hello", "world"]);
  });

  test("without forwarding is brought it once too, for the relay and the BEAM, and comes back to both", async () => {
    await using closed = await startSshd({
      launcher: hideErlang(),
      config: ["AllowTcpForwarding no"],
    });
    const go = join(workspace.folder, "go");
    await workspace.write({
      "closed.yml": { all: { hosts: { bare1: hostOf(closed), bare2: hostOf(closed) } } },
      "wait.yml": `
- hosts: bare1
  runtime: { bundle: otp.tar.gz }
  steps:
    - name: Wait
      eval:
        erlang: |
          io:format("in the middle~n"),
          (fun Wait() -> filelib:is_file(Go) orelse begin timer:sleep(50), Wait() end end)()
        bindings: { Go: "${go}" }
`,
    });
    const run = await workspace.play("site.yml", "-i", "closed.yml", "--limit", "bare1,bare2");
    expect(run.exitCode, run.stderr + run.stdout).toBe(0);
    const root = join(closed.home, ".cache", "fusion-play", `otp-${await sha256()}`);
    for (const name of ["bare1", "bare2"]) {
      const { steps, transport } = hostReport(run, name);
      expect([transport, steps[2]?.result, steps[4]?.result]).toEqual(["stdio", "GONE", root]);
    }
    const placed = (await stat(root)).ino;
    const playing = workspace.startPlay("wait.yml", "-i", "closed.yml", "--limit", "bare1");
    await playing.said("in the middle");
    await closed.killConnections();
    await playing.said("host_reconnected");
    await workspace.write({ go: "" });
    const ended = await playing.ended;
    expect(ended.exitCode, ended.stderr + ended.stdout).toBe(0);
    expect(hostReport(ended, "bare1")).toMatchObject({ transport: "stdio", reconnected: 1 });
    expect((await stat(root)).ino).toBe(placed);
    expect(await readdir(dirname(root))).toEqual([`otp-${await sha256()}`]);
    expect(await leftOn(closed)).toEqual([]);
  });

  test("is brought the runtime that its inventory names, which the doctor tells", async () => {
    await workspace.write({
      "named.yml": { all: { hosts: { named: hostOf(bare, { fusion_runtime: "otp.tar.gz" }) } } },
    });
    const called = await workspace.run("call", "named", "erlang:node()", "-i", "named.yml");
    expect(called.exitCode, called.stderr).toBe(0);
    const { stdout } = await workspace.run("doctor", "named", "-i", "named.yml", "--json");
    const check = (JSON.parse(stdout) as DoctorReport).hosts["named"]?.checks.find(
      ({ name }) => name === "erlang",
    );
    expect(check).toMatchObject({
      status: "ok",
      found: expect.stringMatching(/^OTP \d+, brought: .*otp\.tar\.gz$/),
    });
  });

  test.each([
    ["machine", "aarch65", /it was made for aarch65, the host has \w+/],
    ["libc", "musl", /it was made with musl, the host has glibc/],
    ["libc_version", "99.1", /it needs glibc 99\.1, the host has 2\./],
  ])(
    "is brought no runtime of another %s, and says so before anything is sent",
    async (key, value, message) => {
      await workspace.write({
        "other.yml": PLAYBOOK.replace("bare1,bare2", "bare1").replace("otp.tar.gz", "other.tar.gz"),
      });
      await writeFile(join(workspace.folder, "other.tar.gz"), await withManifest({ [key]: value }));
      const run = await workspace.play("other.yml");
      expect(run.exitCode).toBe(4);
      expect(hostReport(run, "bare1").error).toMatchObject({
        code: "ARCHITECTURE_MISMATCH",
        message: expect.stringMatching(message),
      });
      expect(await readdir(cache())).toEqual([`otp-${await sha256()}`]);
    },
  );

  test("keeps nothing of a runtime that does not start there", async () => {
    await workspace.write({
      "broken.yml": PLAYBOOK.replace("bare1,bare2", "bare1").replace("otp.tar.gz", "broken.tar.gz"),
    });
    const archive = gunzipSync(await readFile(join(workspace.folder, "otp.tar.gz")));
    // The program that is to start the emulator is not there then.
    const broken = archive.toString("latin1").replace('"$BINDIR/erlexec"', '"$BINDIR/missing"');
    await writeFile(join(workspace.folder, "broken.tar.gz"), gzipSync(Buffer.from(broken, "latin1")));
    const run = await workspace.play("broken.yml");
    expect(run.exitCode).toBe(4);
    expect(hostReport(run, "bare1").error).toMatchObject({
      code: "UPLOAD_FAILED",
      message: expect.stringContaining("does not start there"),
    });
    expect(await readdir(cache())).toEqual([`otp-${await sha256()}`]);
    expect(await leftOn(bare)).toEqual([]);
  });

  test("says that the folder for the runtime cannot be made", async () => {
    await using stuck = await startSshd({
      launcher: hideErlang(),
      environment: { XDG_CACHE_HOME: "/dev/null" },
    });
    await workspace.write({ "stuck.yml": { all: { hosts: { bare1: hostOf(stuck) } } } });
    const run = await workspace.run(
      "site.yml",
      "-i",
      "stuck.yml",
      "--limit",
      "bare1",
      "--report",
      "json=stuck.json",
    );
    expect(run.exitCode).toBe(4);
    expect(run.stdout).toMatch(/UPLOAD_FAILED.*its folder there cannot be made or written/s);
  });

  /** The bundle with another manifest, padded to the same size. */
  async function withManifest(more: Readonly<Record<string, string>>): Promise<Uint8Array> {
    const archive = gunzipSync(await readFile(join(workspace.folder, "otp.tar.gz")));
    const size = Number.parseInt(archive.toString("latin1", 124, 136), 8);
    const manifest = JSON.parse(archive.toString("utf8", 512, 512 + size)) as object;
    const text = JSON.stringify({ ...manifest, ...more });
    archive.write(text.padEnd(size, " "), 512, "utf8");
    return gzipSync(archive);
  }
});

test("a runtime that is none ends the command before any host is touched", async () => {
  await using folder = await openWorkspace({ all: { hosts: { bare1: {}, bare2: {} } } });
  await folder.write({ "site.yml": PLAYBOOK, "otp.tar.gz": "no archive" });
  const none = await folder.run("site.yml", "-i", "hosts.yml");
  expect(none.exitCode).toBe(3);
  expect(none.stderr).toMatch(/RUNTIME_INVALID.*it is no gzip file/);
  await rm(join(folder.folder, "otp.tar.gz"));
  const missing = await folder.run("site.yml", "-i", "hosts.yml");
  expect(missing.exitCode).toBe(3);
  expect(missing.stderr).toMatch(/FILE_UNREADABLE.*otp\.tar\.gz/);
});

test("bundle refuses what it cannot put in, and folders that are not there", async () => {
  await using folder = await openWorkspace();
  const unknown = await folder.run("bundle", "--apps", "nosuch");
  expect(unknown.exitCode).toBe(3);
  expect(unknown.stderr).toMatch(/RUNTIME_INVALID.*it has no application nosuch/);
  const nowhere = await folder.run("bundle", "--otp", "nowhere");
  expect(nowhere.exitCode).toBe(3);
  expect(nowhere.stderr).toMatch(/RUNTIME_INVALID.*nowhere/);
  const unwritable = await folder.run("bundle", "-o", "nowhere/otp.tar.gz");
  expect(unwritable.exitCode).toBe(3);
  expect(unwritable.stderr).toMatch(/FILE_UNREADABLE.*its folder is not there/);
  expect(await readdir(folder.folder)).toEqual(
    expect.not.arrayContaining([expect.stringContaining("otp.tar.gz")]),
  );
});

function otpHere(): string {
  const script = "io:put_chars(erlang:system_info(otp_release)), halt().";
  return execFileSync("erl", ["-noshell", "-eval", script], { encoding: "utf8" });
}

async function elixirFolder(): Promise<string> {
  const elixir = await findElixir(AbortSignal.timeout(60_000));
  if (elixir === undefined) throw new Error("Elixir is not installed");
  return dirname(elixir.libraryFolder);
}

/** The path of a library of this machine. */
function libraryOf(name: string): string {
  const line = execFileSync("ldconfig", ["-p"], { encoding: "utf8" })
    .split("\n")
    .find((each) => each.trim().startsWith(`${name} `));
  const [, path] = line?.split(" => ") ?? [];
  if (path === undefined) throw new Error(`${name} is not installed`);
  return path;
}
