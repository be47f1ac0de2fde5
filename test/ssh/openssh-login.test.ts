import { execFile } from "node:child_process";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { appendFile, chmod, copyFile, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { secret } from "../../src/secret.ts";
import { SshConnector } from "../../src/ssh/connector.ts";
import { opensshBackend, type OpensshConnection } from "../../src/ssh/openssh-connection.ts";
import type { SshTarget } from "../../src/ssh/ssh-target.ts";
import { allProcesses } from "../live/processes.ts";
import { freePort, generateKey, startSshd, type Sshd } from "../live/sshd.ts";
import { canMakeUsers, makePasswordUser, type PasswordUser } from "./password-user.ts";
import { receive } from "./received.ts";
import { never, targetOf } from "./target-of.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const run = promisify(execFile);
const folder = temporaryFolder();
const PASSPHRASE = "the-passphrase";
let sshd: Sshd;

beforeAll(async () => {
  sshd = await startSshd();
  await generateKey(join(folder, "locked"), "ed25519", { passphrase: PASSPHRASE });
  await appendFile(sshd.authorizedKeysFile, await readFile(join(folder, "locked.pub")));
});
afterAll(async () => await sshd.stop());

function connect(
  target: SshTarget,
  connector = new SshConnector(opensshBackend),
): Promise<OpensshConnection> {
  return connector.connect(target, { signal: never() });
}

async function output(connection: OpensshConnection, command: string): Promise<string> {
  const { stdio } = await connection.exec(command, { signal: never() });
  return (await receive(stdio)).bytes.toString().trim();
}

/** Logs in, asks who that is, and leaves. */
async function whoAmI(target: SshTarget): Promise<string> {
  await using connection = await connect(target);
  return await output(connection, "id -un");
}

async function failureOf(target: SshTarget): Promise<{ code: string; message: string; hint: string }> {
  return await connect(target).then(
    () => expect.fail("it logged in"),
    (error: unknown) => error as { code: string; message: string; hint: string },
  );
}

function logins(server: Sshd): number {
  return server.log().match(/Accepted publickey/g)?.length ?? 0;
}

describe("a passphrase", () => {
  const locked = (passphrase: string): SshTarget["identities"] => [
    { file: join(folder, "locked"), passphrase: secret(passphrase), required: true },
  ];

  test("opens a key", async () => {
    expect(await whoAmI(targetOf(sshd, { identities: locked(PASSPHRASE) }))).toBe(sshd.user);
  });

  test("that is wrong is a refused login, and is not shown", async () => {
    const error = await failureOf(targetOf(sshd, { identities: locked("wrong-passphrase") }));
    expect(error).toMatchObject({
      code: "SSH_AUTHENTICATION_FAILED",
      hint: expect.stringMatching("passphrase"),
    });
    expect(JSON.stringify({ ...error, message: error.message })).not.toContain("wrong-passphrase");
  });
});

// Elsewhere the questions of ssh are tested with passphrases.
describe.runIf(canMakeUsers)("a password of a system user, which only root can make", () => {
  let user: PasswordUser;
  beforeAll(async () => {
    user = await makePasswordUser();
  });
  afterAll(async () => await user[Symbol.asyncDispose]());

  const methods = {
    password: ["PasswordAuthentication yes", "KbdInteractiveAuthentication no", "UsePAM yes"],
    "keyboard-interactive": ["PasswordAuthentication no", "KbdInteractiveAuthentication yes", "UsePAM yes"],
    both: ["PasswordAuthentication yes", "KbdInteractiveAuthentication yes", "UsePAM yes"],
  };
  const withPassword = (server: Sshd, password: string, changes: Partial<SshTarget> = {}): SshTarget =>
    targetOf(server, { user: user.name, identities: [], password: secret(password), ...changes });

  test.each(Object.entries(methods))(
    "logs in, and a wrong one is sent once, when the server takes %s",
    async (_, config) => {
      await using server = await startSshd({ config });
      expect(await whoAmI(withPassword(server, user.password))).toBe(user.name);
      const error = await failureOf(withPassword(server, "wrong-password"));
      expect(error.code).toBe("SSH_AUTHENTICATION_FAILED");
      expect(error.hint).toContain("fusion_password");
      expect(JSON.stringify({ ...error, message: error.message })).not.toContain("wrong-password");
      expect(server.log().match(/Failed password for|PAM: Authentication failure for/g)).toHaveLength(1);
    },
  );

  test("goes with a key, when the server wants both", async () => {
    // sshd reads the file as the user who logs in.
    const authorized = `/var/tmp/${user.name}`;
    copyFileSync(join(folder, "locked.pub"), authorized);
    try {
      const config = [
        "AuthenticationMethods publickey,password",
        "PasswordAuthentication yes",
        "UsePAM yes",
        `AuthorizedKeysFile ${authorized}`,
      ];
      await using server = await startSshd({ config });
      const identities = [{ file: join(folder, "locked"), passphrase: secret(PASSPHRASE), required: true }];
      expect(await whoAmI(withPassword(server, user.password, { identities }))).toBe(user.name);
    } finally {
      await rm(authorized);
    }
  });

  test("is seen nowhere: in no argument, environment or file, while it is used and afterwards", async () => {
    await using server = await startSshd({ config: methods.password });
    const looks: string[] = [];
    let isOver = false;
    const looking = (async () => {
      while (!isOver) {
        looks.push(...(await allProcesses()).map(({ visible }) => visible), await contentOfFolders());
      }
    })();
    await using connection = await connect(withPassword(server, user.password));
    expect(await output(connection, "id -un")).toBe(user.name);
    isOver = true;
    await looking;
    expect(looks.some((look) => look.includes("SSH_ASKPASS="))).toBe(true);
    expect(looks.filter((look) => look.includes(user.password))).toEqual([]);
  });

  test("is given to the ssh that logs in to the host, and to none of a ProxyCommand", async () => {
    await using gate = await startSshd({ config: methods.password });
    await using server = await startSshd({ config: methods.password });
    const said = join(folder, "said");
    const ask = join(folder, "proxy.sh");
    const through = `ssh -F none -p ${gate.port} -l ${user.name} -o UserKnownHostsFile=${gate.knownHostsFile} -o PubkeyAuthentication=no`;
    await writeFile(ask, `#!/bin/sh\nexec ${through} -W "$1:$2" ${gate.address} 2>${said}\n`);
    await chmod(ask, 0o755);
    await withConfig(
      (host) => `Host ${host}\n  ProxyCommand ${ask} %h %p\n  HostName ${server.address}\n`,
      async (host) => {
        const route = { type: "command", command: "as the config says" } as const;
        const error = await failureOf(
          withPassword(server, user.password, { asked: host, route, retries: 0 }),
        );
        expect(error.code).toBe("SSH_CONNECT_FAILED");
        expect(await readFile(said, "utf8")).toContain("Permission denied");
        expect(gate.log()).not.toContain("Accepted password");
      },
    );
  });
});

describe("a bastion", () => {
  let bastion: Sshd;
  beforeAll(async () => {
    bastion = await startSshd({ address: "127.0.0.14" });
  });
  afterAll(async () => await bastion.stop());

  const behind = (changes: Partial<SshTarget> = {}): SshTarget =>
    targetOf(sshd, {
      route: { type: "jump", through: targetOf(bastion, { name: "bastion" }) },
      ...changes,
    });

  test("is logged in to once for all hosts behind it, and left when none needs it", async () => {
    const before = [logins(bastion), logins(sshd)];
    const connector = new SshConnector(opensshBackend);
    const connections = await Promise.all([1, 2, 3].map(() => connect(behind(), connector)));
    const [first, ...others] = connections;
    await first?.[Symbol.asyncDispose]();
    expect(await Promise.all(others.map((one) => output(one, 'echo "$SSH_CONNECTION"')))).toEqual(
      others.map(() => expect.stringMatching(`${sshd.address} ${sshd.port}$`)),
    );
    expect([logins(bastion), logins(sshd)].map((count, at) => count - (before[at] ?? 0))).toEqual([1, 3]);
    const [way] = others.map(({ way: { path } }) => path);
    expect(way).toBeDefined();
    await Promise.all(others.map((one) => one[Symbol.asyncDispose]()));
    expect((await allProcesses()).filter(({ visible }) => visible.includes(`-p ${bastion.port} `))).toEqual(
      [],
    );
    await using again = await connect(behind(), connector);
    expect(await output(again, "echo back")).toBe("back");
    expect(logins(bastion) - (before[0] ?? 0)).toBe(2);
  });

  test("says which host is not reached, and why, when it cannot reach it", async () => {
    const port = await freePort(sshd.address);
    const error = await failureOf(behind({ port, retries: 0 }));
    expect(error.code).toBe("SSH_CONNECT_FAILED");
    expect(error.message).toContain(`Cannot reach web1 (${sshd.address}:${port}) through bastion: `);
  });

  test("that lets nobody in is told as the reason", async () => {
    const through = targetOf(bastion, {
      name: "bastion",
      identities: [{ file: join(folder, "locked"), required: true }],
    });
    const error = await failureOf(targetOf(sshd, { route: { type: "jump", through } }));
    expect(error.code).toBe("SSH_AUTHENTICATION_FAILED");
    expect(error.message).toMatch(/^Cannot reach web1 .* through bastion: Cannot connect to bastion /);
  });

  test("takes the connections through it along, when it ends", async () => {
    const connection = await connect(behind());
    await bastion.killConnections();
    expect(await connection.closed).toMatchObject({ code: "SSH_CONNECTION_LOST" });
    await connection[Symbol.asyncDispose]();
  });
});

// The config of the system is the only one that ssh reads for every test; only root can write there.
describe.runIf(canMakeUsers)("a security key", () => {
  test("logs in by the SecurityKeyProvider of the ssh config", async () => {
    const provider = join(folder, "security-key.so");
    const source = join(import.meta.dirname, "../fixtures/ssh/security-key.c");
    await run("cc", ["-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", provider, source, "-lcrypto"]);
    const key = join(folder, "id_ed25519_sk");
    await run("ssh-keygen", ["-q", "-t", "ed25519-sk", "-w", provider, "-N", "", "-f", key]);
    await using server = await startSshd();
    await copyFile(`${key}.pub`, server.authorizedKeysFile);
    const identities = [{ file: key, required: true }];
    const lines = `  HostName ${server.address}\n`;
    await withConfig(
      (host) => `Host ${host}\n${lines}  SecurityKeyProvider ${provider}\n`,
      async (host) => {
        expect(await whoAmI(targetOf(server, { asked: host, identities }))).toBe(server.user);
      },
    );
    expect(server.log()).toContain("Accepted publickey for " + server.user);
    expect(server.log()).toContain("ED25519-SK");
    const without = await failureOf(targetOf(server, { identities }));
    expect(without.code).toBe("SSH_AUTHENTICATION_FAILED");
  });
});

/** Gives `ssh` a config for a host that nobody else asks for. */
async function withConfig(
  config: (host: string) => string,
  use: (host: string) => Promise<void>,
): Promise<void> {
  const host = `fusion-play-test-${process.pid}-${Math.random().toString(36).slice(2)}`;
  const file = `/etc/ssh/ssh_config.d/${host}.conf`;
  writeFileSync(file, config(host));
  try {
    await use(host);
  } finally {
    await rm(file);
  }
}

/** What stands in the folders of all connections. */
async function contentOfFolders(): Promise<string> {
  const texts: string[] = [];
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith("fusion-ssh-")) continue;
    const at = join(tmpdir(), name);
    for (const file of await readdir(at).catch(() => [])) {
      try {
        texts.push(readFileSync(join(at, file), "latin1"));
      } catch {
        // Sockets cannot be read, and folders come and go.
      }
    }
  }
  return texts.join("\n");
}
