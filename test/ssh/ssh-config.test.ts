import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";

import { openSshConfig } from "../../src/ssh/ssh-config.ts";
import { never } from "./target-of.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
const home = join(folder, "home");
const systemFolder = join(folder, "etc");
const calls = join(folder, "calls");
/** Stands for ssh and writes down how it was called. */
const recorder = join(folder, "recorder");

beforeEach(() => {
  rmSync(home, { recursive: true, force: true });
  rmSync(systemFolder, { recursive: true, force: true });
  rmSync(calls, { force: true });
  mkdirSync(join(home, ".ssh"), { recursive: true });
  mkdirSync(join(systemFolder, "ssh_config.d"), { recursive: true });
  writeFileSync(recorder, `#!/bin/sh\necho "$*" >> ${calls}\nexec ssh "$@"\n`);
  chmodSync(recorder, 0o755);
});

function countCalls(): number {
  return existsSync(calls) ? readFileSync(calls, "utf8").trim().split("\n").length : 0;
}

test("openSshConfig() asks ssh -G once for each host, when the user has a config", async () => {
  writeFileSync(join(home, ".ssh/config"), "Host web1\nHostName 10.0.0.1\nPort 2222\nUser deploy\n");
  const config = openSshConfig({ home, systemFolder, program: recorder });
  const found = await Promise.all(
    ["web1", "web1", "web2", "web1"].map((host) => config.lookup(host, { signal: never() })),
  );
  expect(found[0]).toMatchObject({ hostName: "10.0.0.1", port: 2222, user: "deploy", identityFiles: [] });
  expect(found[1]).toEqual(found[0]);
  expect(found[2]).toMatchObject({ hostName: "web2", port: 22 });
  // And once for its defaults.
  expect(countCalls()).toBe(3);
});

test("openSshConfig() starts no process, when no config says anything", async () => {
  writeFileSync(
    join(systemFolder, "ssh_config"),
    "Include /etc/ssh/ssh_config.d/*.conf\nHost *\n  SendEnv LANG LC_*\n",
  );
  const config = openSshConfig({ home, systemFolder, program: recorder });
  expect(await config.lookup("web1", { signal: never() })).toEqual({ identityFiles: [] });
  expect(countCalls()).toBe(0);
});

test("openSshConfig() asks ssh -G, when only the system's config says something", async () => {
  writeFileSync(join(systemFolder, "ssh_config"), "Host *\n  Port 2200\n");
  const config = openSshConfig({ home, systemFolder, program: recorder });
  expect(await config.lookup("web1", { signal: never() })).toMatchObject({ port: 2200 });
});

test("openSshConfig() reads the files itself, when there is no ssh program", async () => {
  writeFileSync(join(home, ".ssh/config"), "Host web1\nHostName 10.0.0.1\n");
  const config = openSshConfig({ home, systemFolder, program: join(folder, "no-ssh-here") });
  expect(await config.lookup("web1", { signal: never() })).toEqual({
    hostName: "10.0.0.1",
    identityFiles: [],
  });
  writeFileSync(join(home, ".ssh/config"), "Match exec true\nHostName 10.0.0.1\n");
  await expect(config.lookup("web2", { signal: never() })).rejects.toMatchObject({
    code: "SSH_CONFIG_INVALID",
    message: expect.stringContaining(`${join(home, ".ssh/config")}:1`) as string,
  });
});

test("openSshConfig() passes on what ssh says about a mistake", async () => {
  writeFileSync(join(home, ".ssh/config"), "Host web1\nBogusOption yes\n");
  const config = openSshConfig({ home, systemFolder });
  await expect(config.lookup("web1", { signal: never() })).rejects.toMatchObject({
    code: "SSH_CONFIG_INVALID",
    message: expect.stringMatching(
      /Cannot look up "web1" .*line 2: Bad configuration option: bogusoption/,
    ) as string,
  });
});

test("openSshConfig() says so, when the given file is not there", async () => {
  const config = openSshConfig({ file: join(folder, "missing") });
  await expect(config.lookup("web1", { signal: never() })).rejects.toMatchObject({
    code: "SSH_CONFIG_INVALID",
  });
});

test("openSshConfig() passes no name to ssh that could be an option", async () => {
  writeFileSync(join(home, ".ssh/config"), "Host *\nPort 2222\n");
  const config = openSshConfig({ home, systemFolder, program: recorder });
  for (const host of ["-oProxyCommand=touch x", "a b", "$(id)", ""]) {
    expect(await config.lookup(host, { signal: never() })).toEqual({ identityFiles: [] });
  }
  expect(countCalls()).toBe(0);
});

test("openSshConfig() ends the process and rejects with the reason, when the signal aborts", async () => {
  writeFileSync(join(home, ".ssh/config"), "Host *\n");
  writeFileSync(recorder, "#!/bin/sh\nexec sleep 60\n");
  const config = openSshConfig({ home, systemFolder, program: recorder });
  const reason = new Error("enough");
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), 100);
  await expect(config.lookup("web1", { signal: controller.signal })).rejects.toBe(reason);
  writeFileSync(recorder, "#!/bin/sh\necho port 7\n");
  expect(await config.lookup("web1", { signal: never() })).toMatchObject({ port: 7 });
});

test("openSshConfig() takes for a wish only what differs from what ssh does anyway", async () => {
  writeFileSync(
    join(home, ".ssh/config"),
    `Host old
  Ciphers aes128-cbc,aes256-ctr
  KexAlgorithms +diffie-hellman-group14-sha1
  HostKeyAlgorithms ssh-ed25519
  ServerAliveInterval 7
  BindAddress 127.0.0.9
  AddressFamily inet6
  CertificateFile ~/.ssh/id-cert.pub
`,
  );
  const config = openSshConfig({ home, systemFolder });
  expect(await config.lookup("new", { signal: never() })).not.toHaveProperty("algorithms");
  const old = await config.lookup("old", { signal: never() });
  expect(old).toMatchObject({
    algorithms: {
      Ciphers: "aes128-cbc,aes256-ctr",
      HostKeyAlgorithms: "ssh-ed25519",
      KexAlgorithms: expect.stringMatching(/,diffie-hellman-group14-sha1$/) as string,
    },
    keepaliveMs: 7000,
    bindAddress: "127.0.0.9",
    family: 6,
    certificateFiles: ["~/.ssh/id-cert.pub"],
  });
  expect(old.algorithms).not.toHaveProperty("MACs");
  expect(old).not.toHaveProperty("connectTimeoutMs");
});
