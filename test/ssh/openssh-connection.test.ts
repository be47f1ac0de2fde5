import { execFile, execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { access, readFile, stat, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { SshConnector } from "../../src/ssh/connector.ts";
import { opensshBackend } from "../../src/ssh/openssh-connection.ts";
import { opensshFailure, opensshLost } from "../../src/ssh/openssh-failure.ts";
import type { SshConnection } from "../../src/ssh/ssh-connection.ts";
import type { SshTarget } from "../../src/ssh/ssh-target.ts";
import { allProcesses } from "../live/processes.ts";
import { freePort, generateKey, startSshd, type Sshd } from "../live/sshd.ts";
import { receive, receiveCount } from "./received.ts";
import { never, targetOf } from "./target-of.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const run = promisify(execFile);
const folder = temporaryFolder();
let sshd: Sshd;
let connection: SshConnection;

beforeAll(async () => {
  sshd = await startSshd();
  connection = await connect(sshd);
});
afterAll(async () => {
  await connection[Symbol.asyncDispose]();
  await sshd.stop();
});

async function connect(server: Sshd, changes: Partial<SshTarget> = {}): Promise<SshConnection> {
  return await new SshConnector(opensshBackend).connect(targetOf(server, changes), { signal: never() });
}

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  return await promise.then(
    () => {
      throw new Error("It did not fail");
    },
    (error: unknown) => error as Failure,
  );
}

describe("a connection", () => {
  test("runs commands, with their input, output, errors and exit status", async () => {
    const command = await connection.exec("cat; echo problem >&2; exit 7", { signal: never() });
    let said = "";
    // It may come after the exit is told.
    const stderr = new Promise<string>((resolve) => {
      command.onStderr((chunk) => {
        said += Buffer.from(chunk).toString();
        if (said.endsWith("\n")) resolve(said);
      });
    });
    const output = receive(command.stdio);
    const sent = randomBytes(300_000);
    command.stdio.write(sent);
    // Closing drops what is still to come, so the input alone ends here.
    const { stdio } = await connection.exec(`head -c ${sent.length} | sha256sum`, { signal: never() });
    const sum = receive(stdio);
    stdio.write(sent);
    expect((await sum).bytes.toString()).toContain(createHash("sha256").update(sent).digest("hex"));
    command.stdio.close();
    expect(await command.exited).toEqual({ code: 7 });
    await output;
    expect(await stderr).toBe("problem\n");
  });

  test("tells what a command says on standard error before its output ends", async () => {
    const command = await connection.exec("echo problem >&2", { signal: never() });
    let said = "";
    command.onStderr((chunk) => (said += Buffer.from(chunk).toString()));
    const output = receive(command.stdio);
    // All of it is there when we look next, and the end of standard output is what we see first.
    execFileSync("sleep", ["1"]);
    await output;
    expect(said).toBe("problem\n");
  });

  test("tells who logged in, and how", () => {
    expect(connection.login).toEqual({ user: sshd.user, proof: "publickey" });
  });

  test("forwards both ways, and opens no port here", async () => {
    const tunnel = await connection.reverseTunnel(
      (stream) => {
        stream.listen({
          onBytes: (chunk) => stream.write(Buffer.concat([Buffer.from("echo "), chunk])),
          onEnd: () => stream.close(),
        });
      },
      { signal: never() },
    );
    const stream = await connection.forwardStream(tunnel.remotePort, { signal: never() });
    const answer = receiveCount(stream, 9);
    stream.write(Buffer.from("ping"));
    expect((await answer).toString()).toBe("echo ping");
    stream.close();
    const { stdout } = await run("ps", ["-A", "-o", "pid=,ppid=,comm="]);
    const ours = stdout
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , name]) => name === "ssh")
      .map(([pid]) => Number(pid));
    expect(ours.length).toBeGreaterThan(0);
    for (const pid of ours) expect(await listeningPorts(pid)).toEqual([]);

    await tunnel[Symbol.asyncDispose]();
    const refused = await connection.forwardStream(tunnel.remotePort, { signal: never() });
    expect((await receive(refused)).error).toMatchObject({ code: "SSH_FORWARDING_REFUSED" });
  });

  test("writes files, and none over another", async () => {
    const from = join(folder, "from");
    const to = join(folder, "to'with quote");
    const content = randomBytes(1_500_000);
    await writeFile(from, content);
    const files = [{ from, to, bytes: content.length, mode: 0o750 }];
    await connection.upload(files, { signal: never() });
    expect((await readFile(to)).equals(content)).toBe(true);
    expect((await stat(to)).mode & 0o777).toBe(0o750);
    expect(await failureOf(connection.upload(files, { signal: never() }))).toMatchObject({
      code: "UPLOAD_FAILED",
    });
    const missing = [{ from: join(folder, "missing"), to, bytes: 1, mode: 0o600 }];
    expect(await failureOf(connection.upload(missing, { signal: never() }))).toMatchObject({
      code: "FILE_UNREADABLE",
    });
  });

  test("says so, when a file here is a folder or has another size", async () => {
    const from = join(folder, "grown");
    await writeFile(from, "longer than before");
    const uploads = [
      { from: folder, to: join(folder, "to-folder"), bytes: 1, mode: 0o600 },
      { from, to: join(folder, "to-grown"), bytes: 6, mode: 0o600 },
      { from, to: join(folder, "to-shrunk"), bytes: 600, mode: 0o600 },
    ];
    const failures = await Promise.all(
      uploads.map((file) => failureOf(connection.upload([file], { signal: never() }))),
    );
    expect(failures.map(({ code }) => code)).toEqual(uploads.map(() => "FILE_UNREADABLE"));
    expect(failures.map(({ message }) => message.replace(/^.*: /, ""))).toEqual([
      "it cannot be read",
      "it was changed while it was read",
      "it was changed while it was read",
    ]);
  });

  test("gives a file up with the signal's reason, when the host does not take it", async () => {
    const from = join(folder, "for-nobody");
    const to = join(folder, "pipe");
    await writeFile(from, randomBytes(1_500_000));
    await run("mkfifo", [to]);
    const stop = new AbortController();
    const upload = connection.upload([{ from, to, bytes: 1_500_000, mode: 0o600 }], { signal: stop.signal });
    setTimeout(() => stop.abort(new Error("enough")), 300);
    await expect(upload).rejects.toThrow("enough");
    const small = { from: join(folder, "small"), to, bytes: 1, mode: 0o600 };
    await writeFile(small.from, "1");
    const second = new AbortController();
    const other = connection.upload([small], { signal: second.signal });
    setTimeout(() => second.abort(new Error("enough")), 300);
    await expect(other).rejects.toThrow("enough");
    // Both shells wait for somebody who reads, and end then.
    await run("timeout", ["10", "sh", "-c", 'cat "$1" > /dev/null', "sh", to]);
  });

  test("leaves neither a process nor a file behind, and ends what still runs", async () => {
    const brief = await connect(sshd);
    const command = await brief.exec("sleep 600", { signal: never() });
    const before = await sshFolders();
    await brief[Symbol.asyncDispose]();
    await brief[Symbol.asyncDispose]();
    expect(await brief.closed).toBeUndefined();
    expect(await command.exited).toEqual({});
    const [gone = "", ...others] = before.filter((path) => !existsSync(path));
    expect(others).toEqual([]);
    expect(existsSync(dirname(gone))).toBe(false);
    expect(await sshFolders()).not.toContain(gone);
  });

  test("tells its end, and so do its streams, when the server is killed", async () => {
    await using server = await startSshd();
    const victim = await connect(server);
    const command = await victim.exec("cat", { signal: never() });
    const end = receive(command.stdio);
    await server.killConnections();
    const reason = await victim.closed;
    expect(reason).toMatchObject({ code: "SSH_CONNECTION_LOST" });
    expect(reason?.message).toContain(`Cannot keep the connection to web1 (127.0.0.1:${server.port})`);
    await end;
    // On a slow machine the command may be over long before the connection is known to be.
    expect([{}, { code: 255 }]).toContainEqual(await command.exited);
    await victim[Symbol.asyncDispose]();
  });

  test("tells its end, when the server is killed while reverse tunnels are opened", async () => {
    await using server = await startSshd();
    await using victim = await connect(server);
    const open = (): Promise<unknown> =>
      victim.reverseTunnel(() => {}, { signal: never() }).catch((error: unknown) => error);
    const killed = server.killConnections();
    const opened: Promise<unknown>[] = [];
    // Each comes at another moment of the end.
    for (let count = 0; count < 20; count++, await sleep(2)) opened.push(open());
    await killed;
    const failures = (await Promise.all([...opened, open()])) as Partial<Failure>[];
    // Some may have been there before.
    expect(failures.filter(({ code }) => ![undefined, "SSH_CONNECTION_LOST"].includes(code))).toEqual([]);
    expect(failures.at(-1)?.code).toBe("SSH_CONNECTION_LOST");
  });
});

describe("a login", () => {
  test("goes through other hosts of the inventory, each with its own key", async () => {
    await using outer = await startSshd({ address: "127.0.0.12" });
    await using inner = await startSshd({ address: "127.0.0.13" });
    const through = targetOf(inner, {
      name: "inner",
      route: { type: "jump", through: targetOf(outer, { name: "outer" }) },
    });
    await using behind = await connect(sshd, { route: { type: "jump", through } });
    const { stdio } = await behind.exec("echo there", { signal: never() });
    expect((await receive(stdio)).bytes.toString()).toBe("there\n");
    for (const server of [outer, inner]) expect(server.log()).toContain("Accepted publickey");
  });

  test("goes with a certificate, which the other backend names as what it lacks", async () => {
    const authority = join(folder, "authority");
    await generateKey(authority, "ed25519");
    await generateKey(join(folder, "id"), "ed25519");
    await run("ssh-keygen", ["-q", "-s", authority, "-I", "test", "-n", sshd.user, join(folder, "id.pub")]);
    await using trusting = await startSshd({
      config: [`TrustedUserCAKeys ${authority}.pub`, "AuthorizedKeysFile none"],
    });
    await using certified = await connect(trusting, {
      identities: [{ file: join(folder, "id"), required: true }],
    });
    const { stdio } = await certified.exec("echo certified", { signal: never() });
    expect((await receive(stdio)).bytes.toString()).toBe("certified\n");
  });

  test("says what is wrong by the same codes as the other backend", async () => {
    const port = await freePort("127.0.0.1");
    const wrongKey = join(folder, "stranger");
    await generateKey(wrongKey, "ed25519");
    const empty = join(folder, "empty");
    await writeFile(empty, "");
    const changed = join(folder, "changed");
    const { stdout } = await run("cat", [`${wrongKey}.pub`]);
    await writeFile(changed, `[127.0.0.1]:${sshd.port} ${stdout}`);
    const cases: [Parameters<typeof connect>[1], string, RegExp][] = [
      [{ port, retries: 0 }, "SSH_CONNECT_FAILED", /refused/],
      [
        { identities: [{ file: wrongKey, required: true }] },
        "SSH_AUTHENTICATION_FAILED",
        /Permission denied/,
      ],
      [{ hostKeys: { files: [empty], checking: "strict" } }, "SSH_HOST_KEY_UNKNOWN", /verification failed/],
      [{ hostKeys: { files: [changed], checking: "strict" } }, "SSH_HOST_KEY_CHANGED", /verification failed/],
    ];
    const failures = await Promise.all(cases.map(([changes]) => failureOf(connect(sshd, changes))));
    expect(failures.map(({ code }) => code)).toEqual(cases.map(([, code]) => code));
    for (const [index, [, , says]] of cases.entries()) {
      expect(failures[index]?.message).toMatch(says);
      expect(failures[index]?.hint).toMatch(/./);
    }
  });

  test("says so, when sshd forwards nothing", async () => {
    await using server = await startSshd({ config: ["AllowTcpForwarding no"] });
    await using closed = await connect(server);
    expect(await failureOf(closed.reverseTunnel(() => {}, { signal: never() }))).toMatchObject({
      code: "SSH_FORWARDING_REFUSED",
      hint: expect.stringContaining("AllowTcpForwarding yes") as string,
    });
  });

  test("says so, when sshd forwards nothing back, and is as good as before", async () => {
    await using server = await startSshd({ config: ["PermitListen none"] });
    await using closed = await connect(server);
    expect(await failureOf(closed.reverseTunnel(() => {}, { signal: never() }))).toMatchObject({
      code: "SSH_FORWARDING_REFUSED",
      message: expect.stringMatching(/^Cannot open a reverse tunnel on web1 .*: \S/),
    });
    expect(await (await closed.exec("exit 3", { signal: never() })).exited).toEqual({ code: 3 });
  });

  test("is given up with the signal's reason, and nothing of it stays", async () => {
    const silent = createServer((socket) => socket.on("error", () => {}).resume()).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as { port: number };
    const controller = new AbortController();
    const connector = new SshConnector(opensshBackend);
    const wait = connector.connect(targetOf(sshd, { port }), { signal: controller.signal });
    await once(silent, "connection");
    const folders = (await sshFolders(`-p ${port} `)).map((path) => dirname(path));
    expect(folders).toHaveLength(1);
    controller.abort(new Error("enough"));
    await expect(wait).rejects.toThrow("enough");
    await new Promise((resolve) => silent.close(resolve));
    expect(folders.filter((path) => existsSync(path))).toEqual([]);
    expect(await sshFolders(`-p ${port} `)).toEqual([]);
  });

  test("is given up before ssh is started", async () => {
    const controller = new AbortController();
    const wait = new SshConnector(opensshBackend).connect(targetOf(sshd), { signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(wait).rejects.toThrow("enough");
  });
});

test.each([
  ["ssh: Could not resolve hostname nowhere: Name or service not known", "SSH_CONNECT_FAILED"],
  ["ssh: connect to host x port 22: Connection timed out", "SSH_CONNECT_FAILED"],
  ["@ WARNING: REVOKED HOST KEY DETECTED! @\r\nHost key verification failed.", "SSH_HOST_KEY_REVOKED"],
  ["command-line: line 0: Bad configuration option: bogus", "SSH_CONFIG_INVALID"],
  ["", "SSH_CONNECT_FAILED"],
])("opensshFailure() takes %j for %s", (said, code) => {
  expect(opensshFailure(targetOf(sshd), said).code).toBe(code);
});

test("opensshLost() leaves out what ssh says at each end", () => {
  const said =
    "Connection to 127.0.0.1 closed by remote host.\r\nTransferred: sent 3368, received 3172 bytes, in 0.1 seconds\r\nBytes per second: sent 51990.3, received 48964.8\r\n";
  expect(opensshLost(targetOf(sshd), said).message).toBe(
    `Cannot keep the connection to web1 (127.0.0.1:${sshd.port}): ssh ended; it said: Connection to 127.0.0.1 closed by remote host.`,
  );
});

/** Ports on which a process listens, on Linux; elsewhere none can be told. */
async function listeningPorts(pid: number): Promise<string[]> {
  const found = await access(`/proc/${pid}`).then(
    () => run("ss", ["-ltnpH"]),
    () => ({ stdout: "" }),
  );
  return found.stdout.split("\n").filter((line) => line.includes(`pid=${pid},`));
}

/** Control sockets of the masters that run with these arguments. */
async function sshFolders(argument = `-p ${sshd.port} `): Promise<string[]> {
  const processes = await allProcesses();
  return [
    ...new Set(
      processes.flatMap(({ name, visible }) =>
        name === "ssh" && visible.includes(argument)
          ? (/ -M -N -S (\S+\/c) /.exec(visible)?.slice(1) ?? [])
          : [],
      ),
    ),
  ];
}
