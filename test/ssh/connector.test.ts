import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { secret } from "../../src/secret.ts";
import { SshConnector } from "../../src/ssh/connector.ts";
import { ssh2Backend } from "../../src/ssh/ssh2-backend.ts";
import type { SshConnection } from "../../src/ssh/ssh-connection.ts";
import type { SshTarget } from "../../src/ssh/ssh-target.ts";
import { freePort, startSshd, type Sshd } from "../live/sshd.ts";
import { receive } from "./received.ts";
import { never, targetOf } from "./target-of.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
let outer: Sshd;
let inner: Sshd;
let host: Sshd;

beforeAll(async () => {
  [outer, inner, host] = (await Promise.all(
    ["127.0.0.2", "127.0.0.3", "127.0.0.4"].map((address) => startSshd({ address })),
  )) as [Sshd, Sshd, Sshd];
});
afterAll(async () => await Promise.all([outer, inner, host].map((sshd) => sshd.stop())));

function behind(sshd: Sshd, through: SshTarget, changes: Partial<SshTarget> = {}): SshTarget {
  return targetOf(sshd, { route: { type: "jump", through }, ...changes });
}

const toOuter = (changes: Partial<SshTarget> = {}): SshTarget =>
  targetOf(outer, { name: "outer", ...changes });
const toInner = (changes: Partial<SshTarget> = {}): SshTarget =>
  behind(inner, toOuter(), { name: "inner", ...changes });
const toHost = (changes: Partial<SshTarget> = {}): SshTarget => behind(host, toInner(), changes);

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  return await promise.then(
    () => {
      throw new Error("It did not fail");
    },
    (error: unknown) => error as Failure,
  );
}

async function output(connection: SshConnection, command: string): Promise<string> {
  const { stdio } = await connection.exec(command, { signal: never() });
  return (await receive(stdio)).bytes.toString().trim();
}

/** How many users have logged in to a server, ever. */
function logins(sshd: Sshd): number {
  return sshd.log().match(/Accepted publickey/g)?.length ?? 0;
}

/** Resolves once the server has no connection any more. */
async function emptied(sshd: Sshd): Promise<void> {
  const count = (pattern: RegExp): number => sshd.log().match(pattern)?.length ?? 0;
  while (
    count(/^Connection from /gm) >
    count(/^(?:Connection closed|Received disconnect|Disconnected from|Connection reset).*/gm)
  ) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("ProxyJump", () => {
  test("connect() reaches a host through two others, and hosts share the connection to each of them", async () => {
    const before = [logins(outer), logins(inner), logins(host)];
    const connector = new SshConnector(ssh2Backend);
    const connections = await Promise.all(
      Array.from({ length: 5 }, async () => await connector.connect(toHost(), { signal: never() })),
    );
    const seen = await Promise.all(connections.map((one) => output(one, 'echo "$SSH_CONNECTION"')));
    // The host sees the last hop, as sshd on inner connects from the address that reaches the host.
    for (const line of seen) expect(line).toContain(`${host.address} ${host.port}`);
    expect(
      [logins(outer), logins(inner), logins(host)].map((count, at) => count - (before[at] ?? 0)),
    ).toEqual([1, 1, 5]);

    const [first, ...others] = connections;
    await first?.[Symbol.asyncDispose]();
    // The others still go through them.
    expect(await output(others[0] as SshConnection, "echo there")).toBe("there");
    await Promise.all(others.map((one) => one[Symbol.asyncDispose]()));
    await Promise.all([emptied(host), emptied(inner), emptied(outer)]);

    await using again = await connector.connect(toHost(), { signal: never() });
    expect(await output(again, "echo back")).toBe("back");
    expect(logins(outer) - (before[0] ?? 0)).toBe(2);
  });

  test("connect() shares a connection with those alone who know the same password", async () => {
    const before = logins(outer);
    const connector = new SshConnector(ssh2Backend);
    const knowing = (password: string): SshTarget => behind(host, toOuter({ password: secret(password) }));
    const connections = await Promise.all(
      ["one", "one", "another"].map((password) => connector.connect(knowing(password), { signal: never() })),
    );
    expect(logins(outer) - before).toBe(2);
    await Promise.all(connections.map((one) => one[Symbol.asyncDispose]()));
  });

  test("connect() moves much, both ways at once", async () => {
    await using connection = await new SshConnector(ssh2Backend).connect(toHost(), { signal: never() });
    const { stdio } = await connection.exec("cat", { signal: never() });
    const sent = Buffer.alloc(5_000_000, "0123456789abcdef");
    const back = receive(stdio);
    stdio.write(sent);
    stdio.close();
    // Closing drops what is still to come, so the end alone is waited for here.
    await back;
    const { stdio: source } = await connection.exec("head -c 5000000 /dev/zero", { signal: never() });
    expect((await receive(source)).bytes).toHaveLength(5_000_000);
  });

  test.each([
    [
      "the first hop",
      "outer",
      () => behind(host, behind(inner, toOuter({ hostKeys: unknownKeys }), { name: "inner" })),
    ],
    ["the second hop", "inner", () => behind(host, toInner({ hostKeys: unknownKeys }))],
    ["the host", "web1", () => toHost({ hostKeys: unknownKeys })],
  ])("connect() checks the key of %s", async (_which, name, target) => {
    const error = await failureOf(new SshConnector(ssh2Backend).connect(target(), { signal: never() }));
    expect(error.code).toBe("SSH_HOST_KEY_UNKNOWN");
    expect(error.message).toContain(`Cannot trust ${name} (`);
  });

  test("connect() says which hop failed and why, and tries it once for all hosts behind it", async () => {
    const port = await freePort("127.0.0.1");
    const connector = new SshConnector(ssh2Backend);
    const gone = behind(host, behind(inner, toOuter({ port }), { name: "inner" }));
    const errors = await Promise.all(
      [1, 2, 3].map(() => failureOf(connector.connect(gone, { signal: never() }))),
    );
    for (const error of errors) {
      expect(error).toMatchObject({
        code: "SSH_CONNECT_FAILED",
        message: `Cannot reach web1 (${host.address}:${host.port}) through outer, inner: Cannot connect to outer (${outer.address}:${port}): connection refused, 3 times`,
        hint: expect.stringContaining(`listens on port ${port}`) as string,
      });
    }
  });

  test("connect() asks a bastion no second time, when it has refused the login", async () => {
    const connector = new SshConnector(ssh2Backend);
    const stranger = behind(host, toOuter({ user: "nobody-at-all" }));
    const attempts = (): number => outer.log().match(/Invalid user nobody-at-all/g)?.length ?? 0;
    for (let attempt = 0; attempt < 3; attempt++) {
      const error = await failureOf(connector.connect(stranger, { signal: never() }));
      expect(error.code).toBe("SSH_AUTHENTICATION_FAILED");
      expect(error.message).toContain("through outer: Cannot log in to outer");
    }
    expect(attempts()).toBe(1);
  });

  test("connect() says so, when the last hop cannot reach the host", async () => {
    const port = await freePort(host.address);
    const error = await failureOf(
      new SshConnector(ssh2Backend).connect(toHost({ port }), { signal: never() }),
    );
    expect(error.code).toBe("SSH_CONNECT_FAILED");
    expect(error.message).toContain(`through outer, inner: Cannot reach ${host.address}:${port} on inner`);
    expect(error.message).toContain("Connection refused");
  });

  test("connect() says so, when a hop forwards nothing", async () => {
    await using closed = await startSshd({ config: ["AllowTcpForwarding no"] });
    const through = targetOf(closed, { name: "closed" });
    const error = await failureOf(
      new SshConnector(ssh2Backend).connect(behind(host, through), { signal: never() }),
    );
    expect(error).toMatchObject({
      code: "SSH_FORWARDING_REFUSED",
      hint: expect.stringContaining("AllowTcpForwarding yes") as string,
    });
    expect(error.message).toContain("through closed: ");
  });

  test("a connection tells which hop was lost, and the next host gets a new one", async () => {
    await using bastion = await startSshd({ address: "127.0.0.5" });
    const through = targetOf(bastion, { name: "bastion" });
    const connector = new SshConnector(ssh2Backend);
    const victim = await connector.connect(behind(host, through), { signal: never() });
    await bastion.killConnections();
    const reason = await victim.closed;
    expect(reason?.code).toBe("SSH_CONNECTION_LOST");
    expect(reason?.message).toMatch(
      /^Cannot keep the connection to web1 \(.*\): Cannot keep the connection to bastion \(/,
    );
    await using next = await connector.connect(behind(host, through), { signal: never() });
    expect(await output(next, "echo new")).toBe("new");
    await victim[Symbol.asyncDispose]();
    // The end of the old one is none of the new one.
    expect(await output(next, "echo still")).toBe("still");
  });

  test("connect() gives up with the signal's reason, and leaves others behind the bastion alone", async () => {
    const silent = createServer((socket) => socket.on("error", () => {})).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as { port: number };
    const connector = new SshConnector(ssh2Backend);
    const controller = new AbortController();
    const reason = new Error("enough");
    const stuck = failureOf(
      connector.connect(behind(host, toOuter({ address: "127.0.0.1", port })), { signal: controller.signal }),
    );
    controller.abort(reason);
    expect(await stuck).toBe(reason);
    // Nobody waits for it any more, so our end is closed; else this would never come.
    await new Promise((resolve) => silent.close(resolve));
    await using other = await connector.connect(toHost(), { signal: never() });
    const late = failureOf(connector.connect(toHost(), { signal: AbortSignal.abort(reason) }));
    expect(await late).toBe(reason);
    expect(await output(other, "echo fine")).toBe("fine");
  });
});

const unknownKeys = { files: [], checking: "strict" } as const;

describe("ProxyCommand", () => {
  /** Passes bytes on as `nc` does, which is not installed everywhere, and writes down its process group. */
  const relay = join(folder, "relay.mjs");
  const pidFile = join(folder, "relay.pid");
  writeFileSync(
    relay,
    `import { connect } from "node:net";
     import { writeFileSync } from "node:fs";
     const [port, address] = process.argv.slice(2);
     writeFileSync(${JSON.stringify(pidFile)}, String(process.pid));
     const socket = connect(Number(port), address);
     socket.on("error", (error) => { console.error(error.message); process.exit(3); });
     process.stdin.pipe(socket).pipe(process.stdout);
     process.on("SIGTERM", () => {});`,
  );
  const command = (more = ""): string => `${process.execPath} ${relay} ${host.port} ${host.address}${more}`;
  const via = (text: string): SshTarget =>
    targetOf(host, {
      address: "reached.by.command",
      port: 22,
      route: { type: "command", command: text },
      hostKeys: { files: [host.knownHostsFile], alias: `[${host.address}]:${host.port}`, checking: "strict" },
    });

  test("connect() goes through the command, and ends it, even one that does not want to", async () => {
    const connection = await new SshConnector(ssh2Backend).connect(via(command()), { signal: never() });
    expect(await output(connection, "echo there")).toBe("there");
    const pid = Number(readFileSync(pidFile, "utf8"));
    expect(isRunning(pid)).toBe(true);
    await connection[Symbol.asyncDispose]();
    await ended(pid);
  });

  test.each([
    ["exit 3", "exit status 3"],
    ["echo no way there >&2; exit 1", "exit status 1); it said: no way there"],
    ["/nowhere/at/all", "exit status 127"],
  ])("connect() tells how the command ended: %s", async (text, state) => {
    const error = await failureOf(
      new SshConnector(ssh2Backend).connect(via(`sh -c '${text}'`), { signal: never() }),
    );
    expect(error.code).toBe("SSH_CONNECT_FAILED");
    expect(error.message).toContain(
      `Cannot connect to web1 (reached.by.command:22): its ProxyCommand ended (${state}`,
    );
    expect(error.hint).toContain("Run it to see what is wrong with it");
  });

  test("connect() ends the command and all that it started, when nobody waits any more", async () => {
    const controller = new AbortController();
    const file = join(folder, "sleeper.pid");
    const failed = failureOf(
      new SshConnector(ssh2Backend).connect(via(`sh -c 'sleep 600 & echo $! > ${file}; wait'`), {
        signal: controller.signal,
      }),
    );
    let pid = 0;
    while (pid === 0) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      pid = Number(readIfThere(file).trim());
    }
    controller.abort(new Error("enough"));
    expect((await failed).message).toBe("enough");
    await ended(pid);
  });
});

function readIfThere(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A process that nobody has waited for yet is no process any more.
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

async function ended(pid: number): Promise<void> {
  while (isRunning(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
}
