import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmod, writeFile } from "node:fs/promises";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEmbeddedHost } from "../../src/lab/embedded-host.ts";
import { generateKeyPair } from "../../src/lab/key-pair.ts";
import { processesOf, uniqueSeconds, until } from "./processes.ts";
import { embeddedHostAndClient, resultOf, sshClient, type SshClient } from "./ssh-client.ts";

let client: SshClient;
let host: AsyncDisposable;

beforeAll(async () => {
  const started = await embeddedHostAndClient();
  client = started.client;
  host = started;
});

afterAll(async () => {
  await host[Symbol.asyncDispose]();
});

describe("commands", () => {
  test("startEmbeddedHost() gives a command its exit code, both outputs and its own home", async () => {
    const { code, stdout, stderr } = await client.run('echo out; echo err >&2; pwd; echo "$HOME"; exit 7');
    expect({ code, stdout: stdout.toString(), stderr }).toEqual({
      code: 7,
      stdout: `out\n${client.home}\n${client.home}\n`,
      stderr: "err\n",
    });
  });

  test("startEmbeddedHost() passes nothing of its own environment on, when it has secrets", async () => {
    process.env["FUSION_LAB_TEST_SECRET"] = "hidden";
    const { stdout } = await client.run("env");
    delete process.env["FUSION_LAB_TEST_SECRET"];
    const names = stdout
      .toString()
      .split("\n")
      .map((line) => line.split("=")[0]);
    expect(names).toEqual(expect.arrayContaining(["HOME", "PATH", "USER", "SHELL"]));
    expect(names).not.toContain("FUSION_LAB_TEST_SECRET");
  });

  test("startEmbeddedHost() sends standard input and its end, when the client closes it", async () => {
    const { code, stdout } = await client.run("cat; echo end", "some input\n");
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 0, stdout: "some input\nend\n" });
  });

  test("startEmbeddedHost() tells the client the signal, when one ends the command", async () => {
    const child = client.start(["-v"], "kill -TERM $$");
    child.stdin.end();
    const { code, stderr } = await resultOf(child);
    expect(code).toBe(255);
    expect(stderr).toContain("rtype exit-signal");
  });

  test("startEmbeddedHost() carries 50 MB in each direction unchanged", async () => {
    const input = randomBytes(50_000_000);
    const { code, stdout } = await client.run("cat", input);
    expect(code).toBe(0);
    expect(md5(stdout)).toBe(md5(input));
  });

  test("startEmbeddedHost() keeps both outputs whole, when both wait for the client", async () => {
    const child = client.start(
      [],
      "head -c 8000000 /dev/zero | tr '\\0' o & head -c 8000000 /dev/zero | tr '\\0' e >&2 & wait",
    );
    child.stdin.end();
    await sleep(500); // nobody reads: the window of the channel is used up by both
    const { code, stdout, stderr } = await resultOf(child);
    expect(code).toBe(0);
    expect(md5(stdout)).toBe(md5("o".repeat(8_000_000)));
    expect(md5(stderr)).toBe(md5("e".repeat(8_000_000)));
  });

  test("startEmbeddedHost() makes a command wait, when the client does not read", async () => {
    const child = client.start([], "head -c 30000000 /dev/zero; touch all-written");
    child.stdin.end();
    await sleep(1000);
    expect((await client.run("test -e all-written")).code).toBe(1);
    const { stdout } = await resultOf(child);
    expect(stdout.length).toBe(30_000_000);
    expect((await client.run("rm all-written")).code).toBe(0);
  });

  test("startEmbeddedHost() drops input, when the command does not read it", async () => {
    const { code, stdout } = await client.run("exec <&-; sleep 0.3; echo done", randomBytes(10_000_000));
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 0, stdout: "done\n" });
  });

  test("startEmbeddedHost() runs many commands at once", async () => {
    const results = await Promise.all(Array.from({ length: 12 }, (_, index) => client.run(`exit ${index}`)));
    expect(results.map(({ code }) => code)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  test("startEmbeddedHost() refuses a shell and a terminal", async () => {
    const child = client.start(["-tt"]);
    child.stdin.end();
    const { code, stderr } = await resultOf(child);
    expect(code).toBe(255);
    expect(stderr).toContain("PTY allocation request failed");
  });
});

describe("the end of a client", () => {
  test("startEmbeddedHost() ends a command by eof, when the client is killed", async () => {
    const child = client.start([], "cat; touch after-eof");
    child.stdin.write("x");
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await until("the command went on after eof", async () => (await client.run("rm after-eof")).code === 0);
  });

  test("startEmbeddedHost() kills the whole process group, when it outlives the client by two seconds", async () => {
    const seconds = uniqueSeconds();
    const child = client.start([], `trap '' TERM HUP; sleep ${seconds} & sleep ${seconds}`);
    await until("the command runs", () => processesOf(`sleep ${seconds}`).length >= 2);
    child.kill("SIGKILL");
    await sleep(500);
    expect(processesOf(`sleep ${seconds}`)).not.toEqual([]);
    await until("it is killed", () => processesOf(`sleep ${seconds}`).length === 0, 4000);
  });

  test("startEmbeddedHost() leaves a background process alone, when the command has ended", async () => {
    const seconds = uniqueSeconds();
    await client.run(`sleep ${seconds} >/dev/null 2>&1 </dev/null &`);
    await sleep(2500);
    expect(processesOf(`sleep ${seconds}`)).toHaveLength(1);
    for (const pid of processesOf(`sleep ${seconds}`)) process.kill(pid);
  });
});

describe("forwarding", () => {
  test("startEmbeddedHost() picks a port for a reverse forward and carries connections back", async () => {
    const echo = await echoServer();
    const child = client.start(["-N", "-R", `0:127.0.0.1:${portOf(echo)}`]);
    const port = Number(/Allocated port (\d+)/.exec(await lineOf(child.stderr, /Allocated port/))?.[1]);
    const payload = randomBytes(5_000_000);
    expect(md5(await exchange(port, payload))).toBe(md5(payload));
    expect(
      await Promise.all([1, 2, 3].map(async (n) => String(await exchange(port, Buffer.from(`${n}`))))),
    ).toEqual(["1", "2", "3"]);

    child.kill("SIGKILL");
    await until("the port is closed", () => isRefused(port));
    echo.close();
  });

  test("startEmbeddedHost() closes the port of a reverse forward, when the client cancels it", async () => {
    const socket = join(client.folder, "control");
    const master = client.start(["-M", "-S", socket, "-N"]);
    await until("the master is up", async () => (await control(socket, "check")).code === 0);
    const { stdout } = await control(socket, "forward", "-R", "0:127.0.0.1:1");
    const port = Number(stdout.toString().trim());
    expect(await isRefused(port)).toBe(false);
    expect((await control(socket, "cancel", "-R", "0:127.0.0.1:1")).code).toBe(0);
    await until("the port is closed", () => isRefused(port));
    master.kill();
    await once(master, "exit");
  });

  test("startEmbeddedHost() refuses a reverse forward, when the port is taken", async () => {
    const taken = await echoServer();
    const child = client.start([
      "-N",
      "-o",
      "ExitOnForwardFailure=yes",
      "-R",
      `127.0.0.1:${portOf(taken)}:127.0.0.1:1`,
    ]);
    const { code, stderr } = await resultOf(child);
    expect(code).toBe(255);
    expect(stderr).toContain("remote port forwarding failed");
    taken.close();
  });

  test("startEmbeddedHost() connects to its own loopback interface for a direct forward", async () => {
    const echo = await echoServer();
    const payload = randomBytes(5_000_000);
    const child = client.start(["-W", `127.0.0.1:${portOf(echo)}`]);
    child.stdin.end(payload);
    expect(md5((await resultOf(child)).stdout)).toBe(md5(payload));
    echo.close();
  });

  test("startEmbeddedHost() forwards a half-closed connection, when the server closes first", async () => {
    let received = "";
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.end("bye");
      socket.setEncoding("utf8").on("data", (chunk: string) => (received += chunk));
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const port = await freePort();
    const child = client.start(["-N", "-L", `${port}:127.0.0.1:${portOf(server)}`]);
    await until("the client forwards", async () => !(await isRefused(port)));
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    await once(socket.resume(), "end");
    socket.end("still here");
    await until("the bytes arrived", () => received === "still here");
    child.kill();
    server.close();
  });

  test.each(["127.0.0.1:1", "192.0.2.1:22", "example.com:80"])(
    "startEmbeddedHost() refuses a direct forward to %s",
    async (target) => {
      const child = client.start(["-W", target]);
      child.stdin.end();
      const { code, stderr } = await resultOf(child);
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/open failed|forwarding failed/);
    },
  );
});

describe("authentication", () => {
  test("startEmbeddedHost() refuses a client, when it has another key", async () => {
    const keyFile = join(client.folder, "other_key");
    await writeFile(keyFile, generateKeyPair().privateKey);
    await chmod(keyFile, 0o600);
    const other = sshClient({ ...client, keyFile, knownHostsFile: join(client.folder, "known_hosts") });
    const { code, stderr } = await other.run("echo in");
    expect(code).toBe(255);
    expect(stderr).toContain("Permission denied (publickey)");
  });

  test("startEmbeddedHost() survives a client, when it talks nonsense", async () => {
    const socket = connect(client.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write(Buffer.concat([Buffer.from("SSH-2.0-nonsense\r\n"), randomBytes(100_000)]));
    socket.resume();
    await once(socket, "close");
    expect((await client.run("echo fine")).stdout.toString()).toBe("fine\n");
  });
});

describe("the end of a host", () => {
  test("[Symbol.asyncDispose]() ends commands, background processes and connections", async () => {
    const seconds = uniqueSeconds();
    const { client: own, ...started } = await embeddedHostAndClient();
    await own.run(
      `sleep ${seconds} >/dev/null 2>&1 </dev/null & setsid sleep ${seconds} >/dev/null 2>&1 </dev/null &`,
    );
    const ended = resultOf(own.start([], `sleep ${seconds}`));
    await until("all three run", () => processesOf(`sleep ${seconds}`).length >= 3);
    const idle = connect(own.port, "127.0.0.1");
    await once(idle, "data"); // the identification of the server

    await started[Symbol.asyncDispose]();
    expect(processesOf(`sleep ${seconds}`)).toEqual([]);
    expect((await ended).code).toBe(255);
    expect(await isRefused(own.port)).toBe(true);
    idle.destroy();
  });

  test("startEmbeddedHost() fails with a hint, when the port is in use", async () => {
    const options = {
      home: client.home,
      hostKey: generateKeyPair().privateKey,
      authorizedKey: generateKeyPair().publicKey,
    };
    await expect(startEmbeddedHost({ ...options, port: client.port })).rejects.toMatchObject({
      code: "LAB_FAILED",
      message: `Cannot bring up the lab on port ${client.port}: it is in use`,
      hint: expect.stringContaining("--port"),
    });
  });
});

function md5(bytes: Buffer | string): string {
  return createHash("md5").update(bytes).digest("hex");
}

async function echoServer(): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {});
    socket.pipe(socket);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const port = portOf(server);
  server.close();
  await once(server, "close");
  return port;
}

/** Sends bytes and the end, and reads to the end. */
async function exchange(port: number, bytes: Buffer): Promise<Buffer> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  socket.end(bytes);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function isRefused(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return false;
  } catch {
    return true;
  } finally {
    socket.destroy();
  }
}

async function lineOf(stream: NodeJS.ReadableStream, pattern: RegExp): Promise<string> {
  let seen = "";
  for await (const chunk of stream) {
    seen += String(chunk);
    if (pattern.test(seen)) return seen;
  }
  throw new Error(`Never printed ${pattern}: ${seen}`);
}

/** Talks to a client that shares its connection. */
async function control(socket: string, command: string, ...args: string[]): ReturnType<typeof resultOf> {
  const child = client.start(["-S", socket, "-O", command, ...args]);
  child.stdin.end();
  return resultOf(child);
}
