import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";

import { readHostConfig, type ConfigValues, type HostConfig } from "../../src/ssh/host-config.ts";
import { lookupInFiles } from "../../src/ssh/ssh-config-file.ts";
import { parseSshOutput } from "../../src/ssh/ssh-config-output.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
const file = join(folder, "config");

function fail(keyword: string, problem: string): never {
  throw new Error(`${keyword}: ${problem}`);
}

async function readHere(host: string): Promise<HostConfig> {
  return readHostConfig(await lookupInFiles(host, { files: [file], home: folder }), fail);
}

/** What `ssh -G` says, without the values it makes up. */
function readBySsh(host: string): HostConfig {
  return readHostConfig(parseSshOutput(printedBySsh(file, host), defaults()), fail);
}

function printedBySsh(config: string, host: string): string {
  return execFileSync("ssh", ["-G", "-F", config, "--", host], { encoding: "utf8", stdio: "pipe" });
}

let withoutConfig: ConfigValues | undefined;
function defaults(): ConfigValues {
  return (withoutConfig ??= parseSshOutput(printedBySsh("/dev/null", "localhost")));
}

/** Fills in what `ssh -G` names even if the config does not, so that both can be compared. */
function withDefaults(config: HostConfig, host: string): HostConfig {
  return {
    ...config,
    hostName: (config.hostName ?? host).replaceAll("%h", host),
    port: config.port ?? 22,
    user: config.user ?? readUser(),
    identitiesOnly: config.identitiesOnly ?? false,
    globalKnownHostsFiles: config.globalKnownHostsFiles ?? [
      "/etc/ssh/ssh_known_hosts",
      "/etc/ssh/ssh_known_hosts2",
    ],
  };
}

let localUser: string | undefined;
function readUser(): string {
  return (localUser ??= execFileSync("id", ["-un"], { encoding: "utf8" }).trim());
}

const keywordLine = fc.oneof(
  fc.constantFrom("web.example.com", "10.0.0.1", "%h.example.com").map((name) => `HostName ${name}`),
  fc.integer({ min: 1, max: 65535 }).map((port) => `Port=${port}`),
  fc.constantFrom("deploy", "root").map((user) => `  user\t${user}`),
  fc
    .constantFrom("/keys/a", '"/keys/with blank"', "%d/.ssh/%r", "none")
    .map((name) => `IdentityFile ${name}`),
  fc.constantFrom("yes", "no").map((value) => `IdentitiesOnly ${value}`),
  fc.constantFrom("yes", "no", "ask", "accept-new", "off").map((value) => `StrictHostKeyChecking = ${value}`),
  fc.constantFrom("/kh/a /kh/b", "/kh/c", "none").map((value) => `UserKnownHostsFile ${value}`),
  fc.constantFrom("/gkh/a", "/gkh/b").map((value) => `GlobalKnownHostsFile ${value}`),
  fc.constantFrom("alias1", "alias2").map((value) => `HostKeyAlias ${value}`),
  // Not "none": after it, and after nothing else, ssh lets a later value win.
  fc.constantFrom("5", "1m", "1h30m").map((value) => `ConnectTimeout ${value}`),
  fc
    .constantFrom("none", "SSH_AUTH_SOCK", "$AGENT", '"/run/my agent"')
    .map((value) => `IdentityAgent ${value}`),
  fc.constantFrom("0", "7", "2m").map((value) => `ServerAliveInterval ${value}`),
  fc.constantFrom("yes", "no", "$AGENT", "/run/agent").map((value) => `ForwardAgent ${value}`),
  fc.constantFrom("1", "3").map((value) => `ConnectionAttempts ${value}`),
  fc.constantFrom("any", "inet", "inet6").map((value) => `AddressFamily ${value}`),
  fc.constantFrom("10.0.0.9", "127.0.0.1").map((value) => `BindAddress ${value}`),
  fc.constantFrom("/certificates/a", "/certificates/b").map((value) => `CertificateFile ${value}`),
  fc.constantFrom("none", "nc %h %p", `sh -c 'exec nc "%h" %p'`).map((value) => `ProxyCommand ${value}`),
  fc.constantFrom("aes128-ctr,aes256-ctr", "aes256-gcm@openssh.com").map((value) => `Ciphers ${value}`),
  fc.constantFrom("Host web1", "Host web* !web2", "Host *", "Host db1 web2", "Host !web1", "Match all"),
  fc.constantFrom("# a comment", "", "Compression yes # and why"),
);

test("lookupInFiles() says what ssh -G says, about generated configs", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(keywordLine, { maxLength: 12 }),
      fc.constantFrom("web1", "web2", "db1"),
      async (lines, host) => {
        writeFileSync(file, `${lines.join("\n")}\n`);
        expect(withDefaults(await readHere(host), host)).toEqual(withDefaults(readBySsh(host), host));
      },
    ),
    { numRuns: 200 },
  );
});

test("lookupInFiles() follows Include with globs, in the place where it stands", async () => {
  mkdirSync(join(folder, ".ssh/conf.d"), { recursive: true });
  writeFileSync(join(folder, ".ssh/conf.d/10-a.conf"), "User first\nHost db*\nPort 1000\n");
  writeFileSync(join(folder, ".ssh/conf.d/20-b.conf"), "User second\nPort 2000\n");
  writeFileSync(join(folder, ".ssh/conf.d/.hidden.conf"), "HostKeyAlias hidden\n");
  writeFileSync(file, "Host web*\nInclude conf.d/*.conf\nUser late\nHost *\nPort 3000\n");

  expect(await readHere("web1")).toEqual({ user: "first", port: 2000, identityFiles: [] });
  // In a block that is not about the host, nothing of the included files counts.
  expect(await readHere("db1")).toEqual({ port: 3000, identityFiles: [] });
});

test.each([
  ["Match user root\nPort 1\n", `${file}:1: "Match user root" needs the ssh program`],
  ['Host web1\nIdentityFile "/a\n', `${file}:2: a quote is not closed`],
  [`Include ${file}\n`, "files include each other without an end"],
])("lookupInFiles() refuses %j", async (content, message) => {
  writeFileSync(file, content);
  await expect(readHere("web1")).rejects.toMatchObject({
    code: "SSH_CONFIG_INVALID",
    message: expect.stringContaining(message) as string,
  });
});

test("lookupInFiles() says nothing, when the file is not there", async () => {
  expect(await lookupInFiles("web1", { files: [join(folder, "none")], home: folder })).toEqual(new Map());
});
