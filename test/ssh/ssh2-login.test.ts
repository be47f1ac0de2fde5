import { execFile, execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { secret } from "../../src/secret.ts";
import { openSshConfig } from "../../src/ssh/ssh-config.ts";
import { connectSsh2 } from "../../src/ssh/ssh2-connection.ts";
import { supportedAlgorithms, type AlgorithmKind, type Algorithms } from "../../src/ssh/algorithms.ts";
import { resolveTarget } from "../../src/ssh/resolve-target.ts";
import { DEFAULT_TIMEOUTS, type SshTarget } from "../../src/ssh/ssh-target.ts";
import { freePort, generateKey, startSshd, type KeyType, type Sshd } from "../live/sshd.ts";
import { canMakeUsers, makePasswordUser, type PasswordUser } from "./password-user.ts";
import { receive } from "./received.ts";
import { acceptEverybody, startSsh2Server } from "./ssh2-server.ts";
import { never, targetOf } from "./target-of.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const run = promisify(execFile);
const folder = temporaryFolder();
const PASSPHRASE = "correct horse";
let sshd: Sshd;

beforeAll(async () => {
  sshd = await startSshd({ address: "127.0.0.1", hostKeyTypes: ["ed25519", "rsa", "ecdsa"] });
  const keys: [string, KeyType, string][] = [
    ["ed25519", "ed25519", ""],
    ["ecdsa", "ecdsa", ""],
    ["rsa", "rsa", ""],
    ["locked", "ed25519", PASSPHRASE],
    ["stranger", "ed25519", ""],
  ];
  await Promise.all(
    keys.map(async ([name, type, passphrase]) => await generateKey(join(folder, name), type, { passphrase })),
  );
  const welcome = ["ed25519", "ecdsa", "rsa", "locked"].map((name) =>
    readFileSync(join(folder, `${name}.pub`)),
  );
  writeFileSync(
    sshd.authorizedKeysFile,
    Buffer.concat([readFileSync(`${sshd.userKeyFile}.pub`), ...welcome]),
  );
});

afterAll(async () => await sshd.stop());

function key(name: string, passphrase?: string): SshTarget["identities"][number] {
  return {
    file: join(folder, name),
    required: true,
    ...(passphrase === undefined ? {} : { passphrase: secret(passphrase) }),
  };
}

/** Logs in, asks who that is, and leaves. */
async function whoAmI(target: SshTarget): Promise<string> {
  const connection = await connectSsh2(target, { signal: never() });
  try {
    const command = await connection.exec("id -un", { signal: never() });
    return (await receive(command.stdio)).bytes.toString().trim();
  } finally {
    await connection[Symbol.asyncDispose]();
  }
}

interface Failure {
  code: string;
  message: string;
  hint: string;
}

async function failureOf(target: SshTarget): Promise<Failure> {
  const connection = await connectSsh2(target, { signal: never() }).catch(
    (error: unknown) => error as Failure,
  );
  if (Symbol.asyncDispose in connection) throw new Error("It connected");
  expect(connection).toMatchObject({ name: "SshError" });
  return connection;
}

describe("keys", () => {
  test.each(["ed25519", "ecdsa", "rsa"])("connectSsh2() logs in with a key of the type %s", async (type) => {
    expect(await whoAmI(targetOf(sshd, { identities: [key(type)] }))).toBe(sshd.user);
  });

  test("connectSsh2() never signs with SHA-1", async () => {
    await using strict = await startSshd({ config: ["PubkeyAcceptedAlgorithms rsa-sha2-512,rsa-sha2-256"] });
    copyFileSync(join(folder, "rsa.pub"), strict.authorizedKeysFile);
    expect(await whoAmI(targetOf(strict, { identities: [key("rsa")] }))).toBe(strict.user);
  });

  test("connectSsh2() logs in with an encrypted key and its passphrase", async () => {
    expect(await whoAmI(targetOf(sshd, { identities: [key("locked", PASSPHRASE)] }))).toBe(sshd.user);
  });

  test("connectSsh2() tries the next key, when the server does not accept the first", async () => {
    expect(await whoAmI(targetOf(sshd, { identities: [key("stranger"), key("rsa")] }))).toBe(sshd.user);
  });

  test("connectSsh2() says what was tried and what the server accepts, when no key is accepted", async () => {
    const error = await failureOf(targetOf(sshd, { identities: [key("stranger")] }));
    expect(error.code).toBe("SSH_AUTHENTICATION_FAILED");
    expect(error.message).toBe(
      `Cannot log in to web1 (127.0.0.1:${sshd.port}) as "${sshd.user}": tried key "${join(folder, "stranger")}"; the server accepts publickey`,
    );
    expect(error.hint).toContain("authorized_keys");
  });

  test("connectSsh2() says so, when there is nothing to offer", async () => {
    const error = await failureOf(targetOf(sshd, { identities: [] }));
    expect(error.code).toBe("SSH_AUTHENTICATION_FAILED");
    expect(error.message).toContain("nothing to offer that it accepts; the server accepts publickey");
    expect(error.hint).toContain("fusion_private_key_file");
  });

  test.each([
    ["missing", undefined, "there is no such file"],
    ["locked", undefined, "it is encrypted, and no passphrase was given"],
    ["locked", "wrong", "the passphrase is wrong"],
  ])("connectSsh2() fails with a required key %s and passphrase %j", async (name, passphrase, state) => {
    const error = await failureOf(targetOf(sshd, { identities: [key(name, passphrase)] }));
    expect(error).toMatchObject({ code: "SSH_KEY_UNREADABLE" });
    expect(error.message).toContain(state);
  });

  test("connectSsh2() passes over keys that nobody asked for, and names them when the login fails", async () => {
    const identities = ["missing", "locked"].map((name) => ({ file: join(folder, name), required: false }));
    expect(await whoAmI(targetOf(sshd, { identities: [...identities, key("rsa")] }))).toBe(sshd.user);
    const error = await failureOf(targetOf(sshd, { identities }));
    expect(error.code).toBe("SSH_AUTHENTICATION_FAILED");
    expect(error.hint).toContain(`"${join(folder, "locked")}": it is encrypted, and no passphrase was given`);
  });

  test("connectSsh2() says so, when the server gets too many keys", async () => {
    await using strict = await startSshd({ config: ["MaxAuthTries 2"] });
    const error = await failureOf(
      targetOf(strict, { identities: ["stranger", "rsa", "ecdsa"].map((name) => key(name)) }),
    );
    expect(error.code).toBe("SSH_AUTHENTICATION_FAILED");
    expect(error.message).toContain("Too many authentication failures");
  });
});

describe("what the ssh config chooses", () => {
  const withAlgorithms = (algorithms: Algorithms): SshTarget => targetOf(sshd, { algorithms });

  test.each<AlgorithmKind>(["KexAlgorithms", "Ciphers", "MACs", "HostKeyAlgorithms"])(
    "connectSsh2() offers every one of the %s that are supported, and nothing else",
    async (kind) => {
      // All are names that the package knows, or it would refuse them.
      expect(await whoAmI(withAlgorithms({ [kind]: supportedAlgorithms(kind) }))).toBe(sshd.user);
    },
  );

  test("connectSsh2() offers no other cipher and no other key than the chosen one", async () => {
    await using picky = await startSshd({ config: ["Ciphers aes256-ctr", "HostKeyAlgorithms ssh-ed25519"] });
    expect(await whoAmI(targetOf(picky, { algorithms: { Ciphers: ["aes256-ctr"] } }))).toBe(picky.user);
    const error = await failureOf(targetOf(picky, { algorithms: { Ciphers: ["aes128-ctr"] } }));
    expect(error.code).toBe("SSH_CONNECT_FAILED");
    expect(
      (await failureOf(targetOf(picky, { algorithms: { HostKeyAlgorithms: ["rsa-sha2-512"] } }))).code,
    ).toBe("SSH_CONNECT_FAILED");
  });

  test("connectSsh2() does not log in to a server that wants to compress what it sends", async () => {
    await using server = await startSsh2Server(acceptEverybody, { compress: ["zlib", "zlib@openssh.com"] });
    const { address, port } = server;
    const error = await failureOf(
      targetOf(sshd, { address, port, hostKeys: { files: [], checking: "off" } }),
    );
    expect(error).toMatchObject({ code: "SSH_CONNECT_FAILED" });
    expect(error.message).toContain("no matching C->S compression");
  });

  test("connectSsh2() connects from the chosen address, to an address of the chosen kind", async () => {
    const connection = await connectSsh2(targetOf(sshd, { bindAddress: "127.0.0.77" }), { signal: never() });
    const { stdio } = await connection.exec('echo "$SSH_CONNECTION"', { signal: never() });
    expect((await receive(stdio)).bytes.toString()).toMatch(/^127\.0\.0\.77 /);
    await connection[Symbol.asyncDispose]();
    const error = await failureOf(targetOf(sshd, { family: 6, address: "ipv4-only.invalid" }));
    expect(error.code).toBe("SSH_CONNECT_FAILED");
  });

  test("connectSsh2() names a certificate that it cannot offer, when the login fails", async () => {
    const error = await failureOf(
      targetOf(sshd, { identities: [key("stranger")], certificateFiles: ["~/.ssh/id-cert.pub"] }),
    );
    expect(error.hint).toContain("CertificateFile ~/.ssh/id-cert.pub");
  });
});

describe("agent", () => {
  let agent: ChildProcess;
  const agentSocket = join(folder, "agent");

  const agentHolds = async (...names: string[]): Promise<void> => {
    const options = { env: { ...process.env, SSH_AUTH_SOCK: agentSocket } };
    await run("ssh-add", ["-D"], options);
    for (const name of names) await run("ssh-add", [join(folder, name)], options);
  };

  beforeAll(async () => {
    agent = spawn("ssh-agent", ["-D", "-a", agentSocket], { stdio: ["ignore", "pipe", "inherit"] });
    await once(agent.stdout ?? agent, "data");
  });

  afterAll(async () => {
    agent.kill();
    await once(agent, "exit");
  });

  test.each(["ed25519", "ecdsa", "rsa"])("connectSsh2() logs in with the agent's %s key", async (type) => {
    await agentHolds(type);
    expect(await whoAmI(targetOf(sshd, { identities: [], agentSocket }))).toBe(sshd.user);
  });

  test("connectSsh2() takes the key from the agent, when its file cannot be decrypted", async () => {
    copyFileSync(join(folder, "ed25519"), join(folder, "moved"));
    execFileSync("ssh-keygen", ["-q", "-p", "-P", "", "-N", PASSPHRASE, "-f", join(folder, "moved")], {
      stdio: "pipe",
    });
    await agentHolds("stranger", "ed25519");
    expect(
      await whoAmI(targetOf(sshd, { identities: [key("moved")], agentSocket, identitiesOnly: true })),
    ).toBe(sshd.user);
  });

  test("connectSsh2() offers no other keys of the agent, when only identities shall be offered", async () => {
    await agentHolds("ed25519");
    const error = await failureOf(
      targetOf(sshd, { identities: [key("stranger")], agentSocket, identitiesOnly: true }),
    );
    expect(error.code).toBe("SSH_AUTHENTICATION_FAILED");
    expect(error.message).toContain(`tried key "${join(folder, "stranger")}";`);
  });

  test("connectSsh2() goes on with files, when the agent holds nothing useful, or does not answer", async () => {
    await agentHolds("stranger");
    expect(await whoAmI(targetOf(sshd, { identities: [key("rsa")], agentSocket }))).toBe(sshd.user);
    const gone = join(folder, "no-agent");
    expect(await whoAmI(targetOf(sshd, { identities: [key("rsa")], agentSocket: gone }))).toBe(sshd.user);
  });

  const listed = async (server: Sshd, forwardedAgent?: string): Promise<string[]> => {
    const target = targetOf(server, forwardedAgent === undefined ? {} : { forwardedAgent });
    await using connection = await connectSsh2(target, { signal: never() });
    // Twice, as a connection has one agent for all its commands.
    const commands = ["ssh-add -l", "ssh-add -l"].map(async (line) => {
      const { stdio } = await connection.exec(`${line} 2>&1`, { signal: never() });
      return (await receive(stdio)).bytes.toString();
    });
    return await Promise.all(commands);
  };

  test("connectSsh2() forwards the agent to commands, where that is wanted, and only there", async () => {
    await agentHolds("ed25519");
    for (const answer of await listed(sshd, agentSocket)) expect(answer).toContain("(ED25519)");
    for (const answer of await listed(sshd)) expect(answer).toContain("Could not open a connection");
  });

  test("connectSsh2() runs commands without the agent, when the server or the agent refuses", async () => {
    await using server = await startSshd({ config: ["AllowAgentForwarding no"] });
    for (const answer of await listed(server, agentSocket)) {
      expect(answer).toContain("Could not open a connection");
    }
    // An agent that is gone breaks the pipe of who asks it, and nothing else.
    const target = targetOf(sshd, { forwardedAgent: join(folder, "no-agent") });
    await using connection = await connectSsh2(target, { signal: never() });
    const { stdio } = await connection.exec("ssh-add -l >&2; echo $?", { signal: never() });
    expect((await receive(stdio)).bytes.toString()).toMatch(/^(1|2|141)\n$/);
  });

  test("connectSsh2() goes on with files, when the agent does not sign", async () => {
    await agentHolds("ed25519");
    const liar = join(folder, "liar");
    // Lists the keys of the real agent, and hangs up at anything else.
    const server = createServer((client) => {
      const upstream = connect(agentSocket);
      upstream.on("error", () => {}).pipe(client);
      client.on("error", () => {}).on("close", () => upstream.destroy());
      client.on("data", (request) => (request[4] === 11 ? upstream.write(request) : client.destroy()));
    }).listen(liar);
    await once(server, "listening");
    expect(await whoAmI(targetOf(sshd, { identities: [key("rsa")], agentSocket: liar }))).toBe(sshd.user);
    server.close();
  });
});

// Elsewhere the tests of Authentication cover passwords, against the server of the ssh2 package.
describe.runIf(canMakeUsers)("passwords of a system user, which only root can make", () => {
  let user: PasswordUser;
  const password = { identities: [] };

  beforeAll(async () => {
    user = await makePasswordUser();
  });

  afterAll(async () => await user[Symbol.asyncDispose]());

  const methods = {
    password: ["PasswordAuthentication yes", "KbdInteractiveAuthentication no", "UsePAM yes"],
    "keyboard-interactive": ["PasswordAuthentication no", "KbdInteractiveAuthentication yes", "UsePAM yes"],
    both: ["PasswordAuthentication yes", "KbdInteractiveAuthentication yes", "UsePAM yes"],
  };

  test.each(Object.entries(methods))(
    "connectSsh2() logs in with a password, when the server takes %s",
    async (_name, config) => {
      await using server = await startSshd({ config });
      const target = targetOf(server, { ...password, user: user.name, password: secret(user.password) });
      expect(await whoAmI(target)).toBe(user.name);
    },
  );

  test.each(Object.entries(methods))(
    "connectSsh2() sends a wrong password once, when the server takes %s",
    async (_name, config) => {
      await using server = await startSshd({ config });
      const error = await failureOf(
        targetOf(server, { ...password, user: user.name, password: secret("wrong-secret") }),
      );
      expect(error.code).toBe("SSH_AUTHENTICATION_FAILED");
      expect(error.message).toContain("tried password");
      expect(error.message).toContain("the server accepts publickey");
      expect(error.hint).toContain("fusion_password");
      expect(JSON.stringify({ ...error, message: error.message })).not.toContain("wrong-secret");
      expect(server.log().match(/Failed password for|PAM: Authentication failure for/g)).toHaveLength(1);
    },
  );

  test("connectSsh2() gives a key and the password, when the server wants both", async () => {
    // sshd reads the file as the user who logs in.
    const authorized = `/var/tmp/${user.name}`;
    copyFileSync(join(folder, "rsa.pub"), authorized);
    const config = [
      "AuthenticationMethods publickey,password",
      "PasswordAuthentication yes",
      "UsePAM yes",
      `AuthorizedKeysFile ${authorized}`,
    ];
    await using both = await startSshd({ config });
    const target = targetOf(both, {
      user: user.name,
      password: secret(user.password),
      identities: [key("rsa")],
    });
    expect(await whoAmI(target)).toBe(user.name);
    const error = await failureOf({ ...target, password: secret("wrong") });
    expect(error.message).toContain(
      `tried key "${join(folder, "rsa")}", password; the server accepts password`,
    );
    rmSync(authorized);
  });

  test("connectSsh2() sends no password, when the server takes keys only", async () => {
    const error = await failureOf(targetOf(sshd, { ...password, password: secret("secret") }));
    expect(error.message).toContain("nothing to offer that it accepts; the server accepts publickey");
    expect(sshd.log()).not.toContain("Failed password");
  });

  test("connectSsh2() does not log in by a key of the user, when the password is wrong", async () => {
    await using server = await startSshd({ config: ["PasswordAuthentication yes"] });
    const home = join(folder, "home");
    mkdirSync(join(home, ".ssh"), { recursive: true });
    copyFileSync(server.userKeyFile, join(home, ".ssh/id_ed25519"));
    const localUser = { name: server.user, id: 0, home, hostName: "here", environment: {} };
    const options = { config: openSshConfig({ home, systemFolder: home }), signal: never(), localUser };
    const settings = { address: server.address, port: server.port, knownHostsFile: server.knownHostsFile };

    expect(await whoAmI(await resolveTarget("web1", settings, options))).toBe(server.user);
    const error = await failureOf(
      await resolveTarget("web1", { ...settings, password: secret("wrong") }, options),
    );
    expect(error.code).toBe("SSH_AUTHENTICATION_FAILED");
  });
});

describe("host keys", () => {
  const known = join(folder, "known_hosts");
  const line = (type: KeyType): string => {
    const [kind, encoded] = readFileSync(`${sshd.hostKeyFiles[type]}.pub`, "utf8").split(" ");
    return `[127.0.0.1]:${sshd.port} ${kind} ${encoded}\n`;
  };
  const withKnown = (content: string, checking: SshTarget["hostKeys"]["checking"] = "strict"): SshTarget => {
    writeFileSync(known, content);
    return targetOf(sshd, { hostKeys: { files: [known], checking } });
  };

  test("connectSsh2() refuses an unknown key with its fingerprint, and its advice works when it is followed", async () => {
    const target = withKnown("");
    const error = await failureOf(target);
    const { stdout } = await run("ssh-keygen", ["-l", "-f", `${sshd.hostKeyFiles.ed25519}.pub`]);
    expect(error.code).toBe("SSH_HOST_KEY_UNKNOWN");
    expect(error.message).toBe(
      `Cannot trust web1 (127.0.0.1:${sshd.port}): its host key ssh-ed25519 ${stdout.split(" ")[1]} is not known`,
    );
    expect(error.hint).toContain("--host-key-checking accept-new");
    const [, command = ""] = / or run: (.*)$/.exec(error.hint) ?? [];
    await run("sh", ["-c", command]);
    expect(await whoAmI(target)).toBe(sshd.user);
  });

  test.each(["ed25519", "rsa", "ecdsa"] as const)(
    "connectSsh2() trusts the %s key, when it is the only known one",
    async (type) => {
      expect(await whoAmI(withKnown(line(type)))).toBe(sshd.user);
    },
  );

  test("connectSsh2() trusts a key that ssh-keygen -H hashed", async () => {
    const target = withKnown(line("ed25519"));
    await run("ssh-keygen", ["-H", "-f", known]);
    expect(readFileSync(known, "utf8")).not.toContain("127.0.0.1");
    expect(await whoAmI(target)).toBe(sshd.user);
  });

  test("connectSsh2() trusts a key that is known for the address without the port, as ssh does", async () => {
    expect(await whoAmI(withKnown(line("ed25519").replace(/^\S+/, "127.0.0.1")))).toBe(sshd.user);
  });

  test("connectSsh2() looks a host up by its alias, when it has one", async () => {
    writeFileSync(known, line("ed25519").replace(/^\S+/, "the-web"));
    const hostKeys = { files: [known], checking: "strict" } as const;
    expect(await whoAmI(targetOf(sshd, { hostKeys: { ...hostKeys, alias: "The-Web" } }))).toBe(sshd.user);
    expect((await failureOf(targetOf(sshd, { hostKeys }))).code).toBe("SSH_HOST_KEY_UNKNOWN");
  });

  test.each(["strict", "accept-new"] as const)(
    "connectSsh2() refuses a changed key and says where the known one stands, when checking is %s",
    async (checking) => {
      const other = readFileSync(join(folder, "stranger.pub"), "utf8").split(" ");
      const content = `# comment\n[127.0.0.1]:${sshd.port} ${other[0]} ${other[1]}\n`;
      const error = await failureOf(withKnown(content, checking));
      expect(error.code).toBe("SSH_HOST_KEY_CHANGED");
      expect(error.message).toContain(`${known}:2 has ssh-ed25519 SHA256:`);
      expect(readFileSync(known, "utf8")).toBe(content);
      const [, command = ""] = / run: (.*)$/.exec(error.hint) ?? [];
      await run("sh", ["-c", command]);
      expect(readFileSync(known, "utf8")).toBe("# comment\n");
    },
  );

  test.each(["strict", "accept-new", "off"] as const)(
    "connectSsh2() refuses a revoked key, when checking is %s",
    async (checking) => {
      const revoked = line("ed25519").replace(/^\S+/, "@revoked *");
      // The server proves the ed25519 key first, as the other line makes that type known.
      const error = await failureOf(withKnown(line("ed25519") + revoked, checking));
      expect(error).toMatchObject({ code: "SSH_HOST_KEY_REVOKED" });
      expect(error.message).toContain(`is revoked at ${known}:2`);
    },
  );

  test("connectSsh2() remembers a new key once, in a file of its own rights, when checking is accept-new", async () => {
    const file = join(folder, "new/ssh/known_hosts");
    const target = targetOf(sshd, { hostKeys: { files: [file], checking: "accept-new" } });
    expect(await whoAmI(target)).toBe(sshd.user);
    expect(readFileSync(file, "utf8")).toBe(line("ed25519"));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "new/ssh")).mode & 0o777).toBe(0o700);
    expect(await whoAmI(target)).toBe(sshd.user);
    expect(readFileSync(file, "utf8")).toBe(line("ed25519"));
    expect(await whoAmI(targetOf(sshd, { hostKeys: { files: [file], checking: "strict" } }))).toBe(sshd.user);
  });

  test("connectSsh2() writes whole lines, when many hosts are met at once and the file ends without a line break", async () => {
    const servers = await Promise.all(
      ["127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1"].map((address) => startSshd({ address })),
    );
    const file = join(folder, "many");
    writeFileSync(file, line("rsa").trim());
    const hostKeys = { files: [file], checking: "accept-new" } as const;
    await Promise.all(servers.map(async (server) => await whoAmI(targetOf(server, { hostKeys }))));
    const lines = readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .filter((one) => one !== "");
    const expected = [line("rsa"), ...servers.map((server) => readFileSync(server.knownHostsFile, "utf8"))];
    expect(lines.toSorted()).toEqual(expected.map((one) => one.trim()).toSorted());
    await Promise.all(servers.map(async (server) => await server.stop()));
  });

  test("connectSsh2() remembers no key, when the server cannot prove that it holds it", async () => {
    // Between us and the server somebody passes the key exchange on but spoils the signature.
    const file = join(folder, "unproved");
    const server = createServer((client) => spoilKeyExchange(client, sshd.port)).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const error = await failureOf({
      ...targetOf(sshd),
      port,
      hostKeys: { files: [file], checking: "accept-new" },
    });
    expect(error.code).toBe("SSH_CONNECT_FAILED");
    expect(existsSync(file)).toBe(false);
    server.close();
  });

  test("connectSsh2() trusts unknown and changed keys and writes nothing, when checking is off", async () => {
    const changed = line("rsa").replace(
      /^\S+ \S+ \S+/,
      `[127.0.0.1]:${sshd.port} ${readFileSync(join(folder, "stranger.pub"), "utf8").split(" ").slice(0, 2).join(" ")}`,
    );
    for (const content of ["", changed]) {
      expect(await whoAmI(withKnown(content, "off"))).toBe(sshd.user);
      expect(readFileSync(known, "utf8")).toBe(content);
    }
  });

  test("connectSsh2() does not take a file that cannot be read for an empty one", async () => {
    const directory = join(folder, "a-directory");
    mkdirSync(directory);
    const hostKeys = { files: [directory], checking: "accept-new" } as const;
    expect(await failureOf(targetOf(sshd, { hostKeys }))).toMatchObject({ code: "FILE_UNREADABLE" });
  });

  test("connectSsh2() fails, when a new key cannot be remembered", async () => {
    writeFileSync(join(folder, "a-file"), "");
    const hostKeys = { files: [join(folder, "a-file/known_hosts")], checking: "accept-new" } as const;
    const error = await failureOf(targetOf(sshd, { hostKeys }));
    expect(error).toMatchObject({ code: "SSH_HOST_KEY_UNKNOWN" });
    expect(error.message).toContain("Cannot remember the host key");
  });
});

/** Passes bytes on both ways and flips some in the signature of the server's key exchange reply. */
function spoilKeyExchange(client: Socket, port: number): void {
  const upstream = connect(port, "127.0.0.1");
  upstream.on("error", () => {}).on("close", () => client.destroy());
  client.on("error", () => {}).on("close", () => upstream.destroy());
  client.pipe(upstream);
  upstream.on("data", (chunk: Buffer) => {
    // The reply has the name of the key type twice, with its length in front: in the key and in the signature.
    const name = Buffer.from("\0\0\0\u000bssh-ed25519", "latin1");
    const key = chunk.indexOf(name);
    const signature = key < 0 ? -1 : chunk.indexOf(name, key + 1);
    if (signature > 0) chunk.fill(0, signature + 25, signature + 35);
    client.write(chunk);
  });
}

describe("connecting", () => {
  test("connectSsh2() says so, when the connection is refused", async () => {
    const port = await freePort("127.0.0.1");
    const error = await failureOf({ ...targetOf(sshd), port });
    expect(error.code).toBe("SSH_CONNECT_FAILED");
    expect(error.message).toBe(`Cannot connect to web1 (127.0.0.1:${port}): connection refused`);
    expect(error.hint).toContain(`listens on port ${port}`);
  });

  test("connectSsh2() says so, when the name has no address", async () => {
    const error = await failureOf({ ...targetOf(sshd), address: "no-such-host.invalid" });
    expect(error.code).toBe("SSH_CONNECT_FAILED");
    expect(error.message).toContain('the name "no-such-host.invalid" has no address');
  });

  test("connectSsh2() names phase, host and deadline, when nobody answers", async () => {
    const silent = createServer(() => {}).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as { port: number };
    const timeouts = { ...DEFAULT_TIMEOUTS, connectMs: 300 };
    const error = await failureOf({ ...targetOf(sshd), port, timeouts });
    expect(error.code).toBe("SSH_CONNECT_FAILED");
    expect(error.message).toBe(`Cannot connect to web1 (127.0.0.1:${port}): no answer within 0.3 s`);
    silent.close();
  });

  test("connectSsh2() names phase, host and deadline, when the authentication hangs", async () => {
    const phases: string[] = [];
    const target = targetOf(sshd, {
      identities: [],
      agentSocket: join(folder, "mute"),
      timeouts: { ...DEFAULT_TIMEOUTS, authenticateMs: 300 },
    });
    // An agent that lists a key the server accepts, and never signs.
    const mute = createServer((client) => {
      client.on("error", () => {});
      client.on("data", (request) => (request[4] === 11 ? client.write(identitiesAnswer()) : undefined));
    }).listen(join(folder, "mute"));
    await once(mute, "listening");
    const error = await connectSsh2(target, {
      signal: never(),
      onPhase: (phase) => phases.push(phase),
    }).catch((caught: unknown) => caught as Failure);
    expect(error).toMatchObject({
      code: "SSH_CONNECT_FAILED",
      message: `Cannot log in to web1 (127.0.0.1:${sshd.port}) as "${sshd.user}": authentication had no result within 0.3 s`,
    });
    expect(phases).toEqual(["connect", "authenticate"]);
    await new Promise((resolve) => mute.close(resolve)); // does not end while we hold a connection
  });

  test("connectSsh2() says so, when something else than SSH answers", async () => {
    const server = createServer((client) => {
      client.on("error", () => {});
      client.end("HTTP/1.1 400 Bad Request\r\n\r\n\u001b[31m");
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const error = await failureOf({ ...targetOf(sshd), port });
    expect(error.code).toBe("SSH_CONNECT_FAILED");
    expect(error.message).not.toContain("\u001b");
    server.close();
  });

  test("connectSsh2() names MaxStartups, when the server drops connections that wait for their login", async () => {
    await using busy = await startSshd({ config: ["MaxStartups 1"] });
    const waiting = await connectSilently(busy);
    const error = await failureOf(targetOf(busy));
    expect(error.code).toBe("SSH_CONNECT_FAILED");
    // The system says which of the two it was: what we sent may have come before the server's end, or after it.
    expect(error.message).toMatch(
      /^Cannot connect to web1 \(127\.0\.0\.1:\d+\): the server (closed|broke) the connection$/,
    );
    expect(error.hint).toContain("--connect-concurrency");
    waiting.destroy();
  });

  test("connectSsh2() rejects with the signal's reason and closes its socket, in either phase", async () => {
    const reason = new Error("enough");
    await expect(connectSsh2(targetOf(sshd), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    for (const phase of ["connect", "authenticate"]) {
      const controller = new AbortController();
      const onPhase = (entered: string): void => {
        if (entered === phase) controller.abort(reason);
      };
      await expect(connectSsh2(targetOf(sshd), { signal: controller.signal, onPhase })).rejects.toBe(reason);
    }
  });
});

/** `SSH_AGENT_IDENTITIES_ANSWER` with one key. */
function identitiesAnswer(): Buffer {
  const publicKey = Buffer.from(
    readFileSync(join(folder, "ed25519.pub"), "utf8").split(" ")[1] ?? "",
    "base64",
  );
  const string = (bytes: Buffer): Buffer => Buffer.concat([uint32(bytes.length), bytes]);
  const body = Buffer.concat([Buffer.from([12]), uint32(1), string(publicKey), string(Buffer.from("test"))]);
  return string(body);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Opens a connection up to the server's greeting, and stays there. */
async function connectSilently({ address, port }: Sshd): Promise<Socket> {
  const socket = connect(port, address);
  await once(socket, "data");
  return socket;
}
