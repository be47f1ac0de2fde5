import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeTerm } from "../../src/etf/encode.ts";
import { atom, binary, tuple } from "../../src/etf/term.ts";
import { sessionConnector } from "../../src/remote/session-connector.ts";
import { resolveTarget } from "../../src/ssh/resolve-target.ts";
import { openSshConfig } from "../../src/ssh/ssh-config.ts";
import { connectSsh2 } from "../../src/ssh/ssh2-connection.ts";
import { hideErlang } from "./hide-erlang.ts";
import { leftOn, startedOn } from "./processes.ts";
import { freePort, generateKey, startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, type Played, type Workspace } from "./workspace.ts";

const isRoot = process.getuid?.() === 0;
const BLACK_HOLE_ADDRESS = "127.0.0.9";
const USER = `fp${randomBytes(4).toString("hex")}`;
const PASSWORD = randomBytes(8).toString("hex");
/** What a BEAM tells of the port for its link; nobody listens at this one. */
const CLOSED_LINK = `fusion-play:${encodeTerm(tuple(atom("link"), binary("1"))).toString("base64")}`;
/** Programs that are no `erl`, or do not let it tell what it has to. */
const SCRIPTS = ["garbage.sh", "silent.sh", "hangs.sh", "no-link.sh", "wrong-link.sh", "dies.sh"];
const WRONG_PASSWORD = randomBytes(8).toString("hex");

let healthy: Sshd;
/** The server of bare-path. */
let cut: Sshd;
let blackHole: Server;
let workspace: Workspace;
/** One run on all hosts, sick and healthy. */
let played: Played;

/** What to undo, in the order of doing: also when the rest of the set-up fails. */
const undo: (() => unknown)[] = [];

/** All servers of the file. */
const servers: Sshd[] = [];

async function sshd(options?: Parameters<typeof startSshd>[0]): Promise<Sshd> {
  const started = await startSshd(options);
  servers.push(started);
  undo.push(() => started.stop());
  return started;
}

beforeAll(async () => {
  healthy = await sshd();
  const noForwarding = await sshd({ config: ["AllowTcpForwarding no"] });
  const otherCommand = await sshd({ config: ["ForceCommand echo not here; exit 5"] });
  const barePath = await sshd({ environment: { PATH: "/nowhere" } });
  const passwords = await sshd({ config: ["PasswordAuthentication yes"] });
  const noErlang = await sshd({ environment: { PATH: "/nowhere" }, launcher: isRoot ? hideErlang() : [] });
  cut = barePath;
  blackHole = createServer(() => {}).listen(0, BLACK_HOLE_ADDRESS);
  undo.push(() => blackHole.close());
  await new Promise((resolve) => blackHole.once("listening", resolve));
  const { port: blackHolePort } = blackHole.address() as { port: number };
  if (isRoot) {
    addUser();
    undo.push(() => execFileSync("userdel", [USER], { stdio: "ignore" }));
  }

  workspace = await openWorkspace();
  undo.push(() => workspace[Symbol.asyncDispose]());
  const file = (name: string): string => join(workspace.folder, name);
  await Promise.all([
    generateKey(file("encrypted"), "ed25519", { passphrase: "secret" }),
    generateKey(file("stranger"), "ed25519"),
  ]);
  await workspace.write({
    "site.yml": "- hosts: all\n  steps: [{ name: Alive, run: 'erlang:node()' }]\n",
    "home/.ssh/config": `Host ${BLACK_HOLE_ADDRESS}\n  ConnectTimeout 1\n`,
    no_known_hosts: "",
    garbage_key: "no key at all\n",
    "garbage.sh": "#!/bin/sh\necho 'garbage on stdout'\necho 'garbage on stderr' >&2\nexit 7\n",
    "silent.sh": "#!/bin/sh\nexit 0\n",
    "hangs.sh": "#!/bin/sh\nexec sleep 60\n",
    "no-link.sh": `#!/bin/sh\nerl "$@" | { read -r _; cat; }\n`,
    "wrong-link.sh": `#!/bin/sh\nerl "$@" | { read -r _; echo '${CLOSED_LINK}'; cat; }\n`,
    "dies.sh": `#!/bin/sh\necho '${CLOSED_LINK}'\nexit 9\n`,
  });
  await writeFile(
    file("changed_known_hosts"),
    `[${healthy.address}]:${healthy.port} ${execFileSync("cat", [file("stranger.pub")], { encoding: "utf8" })}`,
  );
  for (const script of SCRIPTS) await chmod(file(script), 0o755);

  const like = (more: Record<string, unknown>): object => hostOf(healthy, more);
  await workspace.write({
    "hosts.yml": {
      all: {
        hosts: {
          healthy1: like({}),
          "closed-port": like({ fusion_port: await freePort(healthy.address) }),
          "black-hole": like({ fusion_host: BLACK_HOLE_ADDRESS, fusion_port: blackHolePort }),
          ...(isRoot
            ? {
                "wrong-password": {
                  fusion_host: passwords.address,
                  fusion_port: passwords.port,
                  fusion_known_hosts_file: passwords.knownHostsFile,
                  fusion_user: USER,
                  fusion_password: WRONG_PASSWORD,
                },
                "right-password": {
                  fusion_host: passwords.address,
                  fusion_port: passwords.port,
                  fusion_known_hosts_file: passwords.knownHostsFile,
                  fusion_user: USER,
                  fusion_password: PASSWORD,
                },
                "no-erlang": hostOf(noErlang),
              }
            : {}),
          "missing-key": like({ fusion_private_key_file: "missing_key" }),
          "folder-key": like({ fusion_private_key_file: "home" }),
          "garbage-key": like({ fusion_private_key_file: "garbage_key" }),
          "encrypted-key": like({ fusion_private_key_file: "encrypted" }),
          "wrong-key": like({ fusion_private_key_file: "stranger" }),
          "unknown-host-key": like({ fusion_known_hosts_file: "no_known_hosts" }),
          "changed-host-key": like({ fusion_known_hosts_file: "changed_known_hosts" }),
          "no-forwarding": hostOf(noForwarding, { fusion_transport: "tunnels" }),
          "other-command": hostOf(otherCommand),
          "other-command-stdio": hostOf(otherCommand, { fusion_transport: "stdio" }),
          "bare-path": hostOf(barePath),
          "erl-nowhere": like({ fusion_erl: "/nowhere/bin/erl" }),
          "erl-garbage": like({ fusion_erl: file("garbage.sh") }),
          "erl-silent": like({ fusion_erl: file("silent.sh") }),
          "erl-no-link": like({ fusion_erl: file("no-link.sh") }),
          "erl-wrong-link": like({ fusion_erl: file("wrong-link.sh") }),
          "erl-dies": like({ fusion_erl: file("dies.sh") }),
          healthy2: like({}),
        },
      },
    },
  });
  played = await workspace.play("site.yml");
});

afterAll(async () => {
  for (const step of undo.toReversed()) await step();
});

test("sick hosts are unreachable, and the healthy ones among them end ok", () => {
  expect(played.exitCode, played.stderr).toBe(4);
  expect(played.stderr).toBe("");
  expect(played.report).toMatchObject({ status: "unreachable", exit_code: 4 });
  const hosts = Object.entries(played.report?.plays[0]?.hosts ?? {});
  const ok = hosts.filter(([, { status }]) => status === "ok").map(([name]) => name);
  expect(ok).toEqual(["healthy1", ...(isRoot ? ["right-password"] : []), "bare-path", "healthy2"]);
  for (const [name, { status, steps }] of hosts) {
    if (!ok.includes(name)) expect([name, status, steps]).toEqual([name, "unreachable", []]);
  }
  const finished = played.events.filter(({ type }) => type === "host_finished");
  expect(finished).toHaveLength(hosts.length);
  expect(played.events.at(-1)).toMatchObject({ type: "run_finished", status: "unreachable", exit_code: 4 });
});

test.each([
  ["closed-port", "SSH_CONNECT_FAILED", /refused/i, /port/i],
  ["black-hole", "SSH_CONNECT_FAILED", /1 s/, /./],
  ["missing-key", "SSH_KEY_UNREADABLE", /missing_key/, /./],
  ["folder-key", "SSH_KEY_UNREADABLE", /home/, /./],
  ["garbage-key", "SSH_KEY_UNREADABLE", /garbage_key/, /./],
  ["encrypted-key", "SSH_KEY_UNREADABLE", /encrypted/, /passphrase/],
  ["wrong-key", "SSH_AUTHENTICATION_FAILED", /publickey/, /./],
  ["unknown-host-key", "SSH_HOST_KEY_UNKNOWN", /SHA256:/, /accept-new.*ssh-keyscan -p \d+ .*no_known_hosts/],
  ["changed-host-key", "SSH_HOST_KEY_CHANGED", /changed_known_hosts:1/, /ssh-keygen -R/],
  ["no-forwarding", "SSH_FORWARDING_REFUSED", /tunnel/, /AllowTcpForwarding/],
  ["other-command", "SSH_EXEC_REFUSED", /exit status 5\); it said: not here/, /ForceCommand.*login shell/],
  [
    "other-command-stdio",
    "SSH_EXEC_REFUSED",
    /exit status 5\); it said: not here/,
    /ForceCommand.*login shell/,
  ],
  ["erl-nowhere", "ERL_NOT_FOUND", /looked in \/nowhere\/bin\/erl/, /fusion_erl/],
  [
    "erl-garbage",
    "BOOT_FAILED",
    /exit status 7.*garbage on stdout\s+garbage on stderr|garbage on stderr\s+garbage on stdout/s,
    /./,
  ],
  [
    "erl-silent",
    "BOOT_FAILED",
    /Cannot boot the BEAM on erl-silent: it ended \(exit status 0\)/,
    /fusion_erl/,
  ],
  [
    "erl-no-link",
    "BOOT_FAILED",
    /Cannot boot the BEAM on erl-no-link: it told no port for its link/,
    /fusion_erl/,
  ],
  // Its link is refused before it has ended: that it has says more.
  ["erl-dies", "BOOT_FAILED", /Cannot boot the BEAM on erl-dies: it ended \(exit status 9\)/, /fusion_erl/],
])("%s is unreachable with %s, a message and a hint", (host, code, message, hint) => {
  const { error, runtime } = hostReport(played, host);
  expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  expect(error?.hint).toMatch(hint);
  expect(runtime).toBeNull();
});

test("a BEAM without a port for its link fails in phase boot, one with a wrong port in phase handshake", () => {
  const lastPhase = (host: string): string | undefined => hostReport(played, host).phases?.at(-1)?.phase;
  expect(lastPhase("erl-no-link")).toBe("boot");
  expect(lastPhase("erl-dies")).toBe("boot");
  expect(lastPhase("erl-wrong-link")).toBe("handshake");
  expect(hostReport(played, "erl-wrong-link")).toMatchObject({
    status: "unreachable",
    error: { code: "BOOT_FAILED", message: "Cannot connect to the BEAM: the BEAM has ended" },
  });
});

describe.runIf(isRoot)("as root", () => {
  test("a wrong password makes a host unreachable, the right one does not", () => {
    const { error } = hostReport(played, "wrong-password");
    expect(error).toMatchObject({
      code: "SSH_AUTHENTICATION_FAILED",
      message: expect.stringContaining("password"),
    });
    expect(error?.hint).toMatch(/fusion_password/);
    for (const secret of [PASSWORD, WRONG_PASSWORD]) {
      expect(played.stdout + played.stderr + JSON.stringify(played.report)).not.toContain(secret);
    }
    expect(hostReport(played, "right-password").steps[0]).toMatchObject({ name: "Alive", status: "ok" });
  });

  test("a host without Erlang says where it was looked for", () => {
    const { error } = hostReport(played, "no-erlang");
    expect(error).toMatchObject({ code: "ERL_NOT_FOUND", hint: expect.stringContaining("fusion_erl") });
    expect(error?.message).toMatch(/looked in PATH \(\/nowhere\), PATH of the login shell .*\/usr\/bin/);
  });
});

test("hosts that fail and hosts that are unreachable give 6, hosts that fail alone 2", async () => {
  const steps = "[{ name: Fail on one, when: host.name == 'healthy2', run: 'erlang:error(sick)' }]";
  await workspace.write({ "fails.yml": `- hosts: all\n  steps: ${steps}\n` });
  const both = await workspace.play("fails.yml", "--limit", "healthy*,closed-port");
  expect(both.exitCode, both.stderr).toBe(6);
  // The report has one status: failures weigh more.
  expect(both.report).toMatchObject({ status: "failed", exit_code: 6 });
  expect(hostReport(both, "healthy1").status).toBe("ok");
  expect(hostReport(both, "healthy2").status).toBe("failed");
  expect(hostReport(both, "closed-port").status).toBe("unreachable");

  const failed = await workspace.play("fails.yml", "--limit", "healthy*");
  expect(failed.exitCode, failed.stderr).toBe(2);
  expect(failed.report).toMatchObject({ status: "failed", exit_code: 2 });
});

test("--host-key-checking accept-new accepts an unknown host key, and never a changed one", async () => {
  const accepted = await workspace.play(
    "site.yml",
    "--limit",
    "unknown-host-key,changed-host-key",
    "--host-key-checking",
    "accept-new",
  );
  expect(hostReport(accepted, "unknown-host-key").status).toBe("ok");
  expect(hostReport(accepted, "changed-host-key").error?.code).toBe("SSH_HOST_KEY_CHANGED");
  const remembered = await workspace.play("site.yml", "--limit", "unknown-host-key");
  expect(remembered.exitCode).toBe(0);
});

test.each([
  ["nothing", ""],
  ["a line", "echo Welcome\n"],
  ["a line that does not end", "printf 'Welcome: '\n"],
])(
  "an erl that hangs ends with TIMEOUT in phase boot, and does not stay on the host, where bash prints %s first",
  async (_, startup) => {
    await writeFile(join(healthy.home, ".bashrc"), startup);
    const connect = sessionConnector({
      bootTimeoutMs: 1000,
      connectSsh: async ({ name, connection }, { signal }) =>
        connectSsh2(await resolveTarget(name, connection, { config: openSshConfig(), signal }), { signal }),
    });
    const connection = {
      address: healthy.address,
      port: healthy.port,
      user: healthy.user,
      privateKeyFile: healthy.userKeyFile,
      knownHostsFile: healthy.knownHostsFile,
      erl: join(workspace.folder, "hangs.sh"),
    };
    const started: string[] = [];
    const opening = connect(
      { name: "hangs", groups: [], vars: {}, connection },
      {
        signal: AbortSignal.timeout(20_000),
        onDemand: false,
        onPhase: (phase) => {
          if (phase === "boot") setTimeout(() => void names(), 500);
        },
      },
    );
    const names = async (): Promise<void> => {
      started.push(...(await startedOn(healthy)).map(({ name }) => name));
    };
    await expect(opening).rejects.toMatchObject({
      code: "TIMEOUT",
      message: expect.stringMatching(/phase "boot" on hangs.*1 s/),
    });
    expect(started).toContain("sleep");
    expect(await leftOn(healthy)).toEqual([]);
    await rm(join(healthy.home, ".bashrc"));
  },
);

test("a connection that is cut in mid-step is made again, and the other host has nothing to do with it", async () => {
  await workspace.write({
    "cut.yml": `
- hosts: healthy1,bare-path
  steps:
    - { name: Wait, eval: { erlang: 'io:format("waiting on ~ts~n", [Host]), timer:sleep(1500), Host', bindings: { Host: "\${{ host.name }}" } } }
    - { name: Go on, run: "erlang:abs(-7)" }
`,
  });
  const playing = workspace.startPlay("cut.yml");
  await Promise.all(["healthy1", "bare-path"].map((host) => playing.said(`waiting on ${host}`)));
  await cut.killConnections();
  const ended = await playing.ended;
  expect(ended.exitCode, ended.stderr).toBe(0);
  for (const host of ["healthy1", "bare-path"]) {
    expect(hostReport(ended, host).steps).toMatchObject([
      { name: "Wait", status: "ok", result: host, attempts: 1 },
      { name: "Go on", status: "ok", result: 7 },
    ]);
  }
  expect(hostReport(ended, "healthy1").reconnected).toBeUndefined();
  expect(hostReport(ended, "bare-path").reconnected).toBe(1);
});

test("sick hosts keep no process, here or there", async () => {
  for (const sshd of servers) expect(await leftOn(sshd)).toEqual([]);
});

/** A throw-away user with a password. */
function addUser(): void {
  execFileSync("useradd", ["--no-create-home", "--shell", "/bin/sh", USER]);
  execFileSync("chpasswd", { input: `${USER}:${PASSWORD}\n` });
}
