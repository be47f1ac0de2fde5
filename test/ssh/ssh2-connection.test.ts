import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import type { ServerChannel } from "ssh2";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { ByteStream } from "../../src/bytes/byte-stream.ts";
import { secret } from "../../src/secret.ts";
import { byteDuplex } from "../../src/ssh/byte-duplex.ts";
import type { SshConnection } from "../../src/ssh/ssh-connection.ts";
import { connectSsh2 } from "../../src/ssh/ssh2-connection.ts";
import type { Dial } from "../../src/ssh/ssh2-login.ts";
import { DEFAULT_TIMEOUTS, type SshTarget } from "../../src/ssh/ssh-target.ts";
import { freePort, startSshd, type Sshd } from "../live/sshd.ts";
import { receive, receiveCount } from "./received.ts";
import { startSlowProxy } from "./slow-proxy.ts";
import { acceptEverybody, startSsh2Server } from "./ssh2-server.ts";
import { never, targetOf } from "./target-of.ts";

const HUNDRED_MB = 100 * 1024 * 1024;
let sshd: Sshd;
let connection: SshConnection;

beforeAll(async () => {
  sshd = await startSshd({ environment: { GREETING: "hello" } });
  connection = await connectSsh2(targetOf(sshd), { signal: never() });
});

afterAll(async () => {
  await connection[Symbol.asyncDispose]();
  await sshd.stop();
});

/** A server on the loopback interface, which here is that of the host too. */
async function listenHere(onSocket: (socket: Socket) => void): Promise<{ server: Server; port: number }> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {});
    onSocket(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, port: (server.address() as { port: number }).port };
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

async function failureOf(wait: Promise<unknown>): Promise<{ code: string; message: string; hint: string }> {
  return await wait.then(
    () => {
      throw new Error("It did not fail");
    },
    (error: unknown) => error as { code: string; message: string; hint: string },
  );
}

describe("exec", () => {
  test("exec() gives output, errors and the exit status of a command", async () => {
    const command = await connection.exec('echo "$GREETING"; echo oops >&2; exit 3', { signal: never() });
    const stderr: Uint8Array[] = [];
    const output = receive(command.stdio);
    expect(await command.exited).toEqual({ code: 3 });
    expect((await output).bytes.toString()).toBe("hello\n");
    expect((await output).error).toBeUndefined();
    command.onStderr((chunk) => stderr.push(chunk)); // late, and nothing is lost
    expect(Buffer.concat(stderr).toString()).toBe("oops\n");
  });

  test("exec() tells how a command ended, when all of its life arrives in one piece", async () => {
    await using proxy = await startSlowProxy(sshd, 50, { batch: true });
    const target = { ...targetOf(sshd), port: proxy.port, hostKeys: { files: [], checking: "off" as const } };
    await using slow = await connectSsh2(target, { signal: never() });
    const command = await slow.exec("echo brief; echo oops >&2; exit 4", { signal: never() });
    expect(await command.exited).toEqual({ code: 4 });
    expect((await receive(command.stdio)).bytes.toString()).toBe("brief\n");
    const stderr: Uint8Array[] = [];
    command.onStderr((chunk) => stderr.push(chunk));
    expect(Buffer.concat(stderr).toString()).toBe("oops\n");
  });

  test("exec() names the signal that ended a command", async () => {
    const command = await connection.exec("kill -KILL $$", { signal: never() });
    expect(await command.exited).toEqual({ signal: "KILL" });
  });

  test("exec() writes to standard input, and closing it is eof for the command", async () => {
    const command = await connection.exec("cat; exit 5", { signal: never() });
    const echoed = receiveCount(command.stdio, 5);
    command.stdio.write(Buffer.from("hello"));
    expect((await echoed).toString()).toBe("hello");
    command.stdio.close();
    command.stdio.close();
    command.stdio.write(Buffer.from("ignored"));
    expect(await command.exited).toEqual({ code: 5 });
  });

  test("exec() lets a command end that prints more than anybody reads, after its input was closed", async () => {
    const command = await connection.exec("head -c 20000000 /dev/zero; cat; exit 6", { signal: never() });
    command.stdio.close();
    expect(await command.exited).toEqual({ code: 6 });
  });

  test("exec() keeps standard output flowing, when nobody listens to megabytes of standard error", async () => {
    const command = await connection.exec("head -c 20000000 /dev/zero >&2; echo done; exit 0", {
      signal: never(),
    });
    const output = receive(command.stdio);
    expect((await output).bytes.toString()).toBe("done\n");
    let size = 0;
    command.onStderr((chunk) => {
      size += chunk.byteLength;
    });
    expect(size).toBeGreaterThan(0);
    expect(size).toBeLessThanOrEqual(1024 * 1024);
  });

  test("exec() carries 100 MB of standard output unchanged", async () => {
    const command = await connection.exec(`yes 0123456789abcde | head -c ${HUNDRED_MB}`, { signal: never() });
    const { bytes } = await receive(command.stdio);
    expect(bytes.length).toBe(HUNDRED_MB);
    expect(sha256(bytes)).toBe(sha256(Buffer.alloc(HUNDRED_MB, "0123456789abcde\n")));
  });

  test("exec() goes on, when the server exchanges keys anew in the middle", async () => {
    await using server = await startSshd({ config: ["RekeyLimit 1M", "LogLevel DEBUG1"] });
    await using rekeyed = await connectSsh2(targetOf(server), { signal: never() });
    const command = await rekeyed.exec("yes 0123456789abcde | head -c 20000000", { signal: never() });
    const { bytes, error } = await receive(command.stdio);
    expect(error).toBeUndefined();
    expect(sha256(bytes)).toBe(sha256(Buffer.alloc(20_000_000, "0123456789abcde\n")));
    expect(server.log().match(/rekeying in progress|SSH2_MSG_KEXINIT sent/g)?.length).toBeGreaterThan(5);
  });

  test("exec() says so, when the server opens no session", async () => {
    await using server = await startSshd({ config: ["MaxSessions 0"] });
    await using closed = await connectSsh2(targetOf(server), { signal: never() });
    const error = await failureOf(closed.exec("true", { signal: never() }));
    expect(error.code).toBe("SSH_EXEC_REFUSED");
    expect(error.message).toContain(
      `Cannot run a command on web1 (127.0.0.1:${server.port}): the server refused it`,
    );
    expect(error.hint).toContain("MaxSessions");
  });
});

describe("forwardStream", () => {
  test("forwardStream() carries 100 MB each way unchanged", async () => {
    const sent = randomBytes(HUNDRED_MB);
    let arrived: (hash: string) => void;
    const upload = new Promise<string>((resolve) => (arrived = resolve));
    const { server, port } = await listenHere((socket) => {
      const hash = createHash("sha256");
      socket.on("data", (chunk) => hash.update(chunk)).on("end", () => arrived(hash.digest("hex")));
      socket.end(sent);
    });
    const stream = await connection.forwardStream(port, { signal: never() });
    const download = receive(stream);
    for (let at = 0; at < sent.length; at += 1_000_000) stream.write(sent.subarray(at, at + 1_000_000));
    // The other side's eof closes ours too, but not before all of it went out.
    const { bytes, error } = await download;
    expect(error).toBeUndefined();
    expect(sha256(bytes)).toBe(sha256(sent));
    expect(await upload).toBe(sha256(sent));
    server.close();
  });

  test("forwardStream() keeps 50 streams apart that are open at once", async () => {
    const { server, port } = await listenHere((socket) => socket.pipe(socket));
    const hashes = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const stream = await connection.forwardStream(port, { signal: never() });
        const sent = randomBytes(500_000);
        const echoed = receiveCount(stream, sent.length);
        stream.write(sent.subarray(0, 250_000));
        stream.write(sent.subarray(250_000));
        const bytes = await echoed;
        stream.close();
        return [sha256(bytes), sha256(sent)];
      }),
    );
    for (const [got, sent] of hashes) expect(got).toBe(sent);
    server.close();
    await once(server, "close"); // every stream that was closed here is closed there
  });

  test("forwardStream() keeps what arrives before anybody listens", async () => {
    const { server, port } = await listenHere((socket) => socket.end("early"));
    const stream = await connection.forwardStream(port, { signal: never() });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await receive(stream)).bytes.toString()).toBe("early");
    server.close();
  });

  test("forwardStream() sends what was written before the stream was closed", async () => {
    const sent = randomBytes(5_000_000);
    let arrived: (hash: string) => void;
    const upload = new Promise<string>((resolve) => (arrived = resolve));
    const { server, port } = await listenHere((socket) => {
      const hash = createHash("sha256");
      socket.on("data", (chunk) => hash.update(chunk));
      socket.on("end", () => {
        arrived(hash.digest("hex"));
        socket.end();
      });
    });
    const stream = await connection.forwardStream(port, { signal: never() });
    stream.write(sent);
    stream.close();
    stream.write(Buffer.from("ignored"));
    expect(await upload).toBe(sha256(sent));
    server.close();
  });

  test("forwardStream() tells the end once and ends its own side, when the other side closes", async () => {
    let socketClosed: () => void;
    const closed = new Promise<void>((resolve) => (socketClosed = resolve));
    const { server, port } = await listenHere((socket) => {
      socket.on("close", () => socketClosed()).resume();
      socket.end("bye");
    });
    const stream = await connection.forwardStream(port, { signal: never() });
    let ends = 0;
    stream.listen({ onBytes: () => {}, onEnd: () => void ends++ });
    await closed;
    stream.write(Buffer.from("ignored"));
    stream.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(ends).toBe(1);
    server.close();
  });

  test("forwardStream() says so, when nothing listens on the port", async () => {
    const port = await freePort("127.0.0.1");
    const error = await failureOf(connection.forwardStream(port, { signal: never() }));
    expect(error.code).toBe("SSH_CONNECT_FAILED");
    expect(error.message).toContain(`Cannot reach port ${port} on web1`);
    expect(error.message).toContain("nothing answers there");
  });
});

describe("reverseTunnel", () => {
  test("reverseTunnel() hands connections to the tunnel they came through", async () => {
    const echo = (mark: string) => (stream: ByteStream) => {
      stream.listen({
        onBytes: (chunk) => stream.write(Buffer.concat([Buffer.from(mark), chunk])),
        onEnd: () => {},
      });
    };
    const tunnels = await Promise.all(
      ["a", "b"].map((mark) => connection.reverseTunnel(echo(mark), { signal: never() })),
    );
    for (const [index, { remotePort }] of tunnels.entries()) {
      const stream = await connection.forwardStream(remotePort, { signal: never() });
      const answer = receiveCount(stream, 5);
      stream.write(Buffer.from("ping"));
      expect((await answer).toString()).toBe(`${"ab"[index]}ping`);
      stream.close();
    }
    await Promise.all(tunnels.map((tunnel) => tunnel[Symbol.asyncDispose]()));
    for (const { remotePort } of tunnels) {
      expect(await failureOf(connection.forwardStream(remotePort, { signal: never() }))).toMatchObject({
        code: "SSH_CONNECT_FAILED",
      });
    }
  });

  test("reverseTunnel() listens on the loopback interface only", async () => {
    await using tunnel = await connection.reverseTunnel((stream) => stream.close(), { signal: never() });
    const reach = async (address: string): Promise<string> => {
      const socket = connect(tunnel.remotePort, address);
      const outcome = once(socket, "connect").then(
        () => "connected",
        () => "refused",
      );
      return await outcome.finally(() => socket.destroy());
    };
    expect(await reach("127.0.0.1")).toBe("connected");
    // Another address of this machine, where everything answers that listens on all of them.
    expect(await reach("127.0.0.2")).toBe("refused");
  });

  test("reverseTunnel() and a command go out without waiting for each other", async () => {
    const oneWayMs = 100;
    await using proxy = await startSlowProxy(sshd, oneWayMs);
    const target = { ...targetOf(sshd), port: proxy.port, hostKeys: { files: [], checking: "off" as const } };
    await using slow = await connectSsh2(target, { signal: never() });
    const started = performance.now();
    await Promise.all([
      slow.exec("true", { signal: never() }),
      slow.reverseTunnel(() => {}, { signal: never() }),
      slow.reverseTunnel(() => {}, { signal: never() }),
    ]);
    const roundTrips = (performance.now() - started) / (2 * oneWayMs);
    // A command takes two: its session, then itself. One after another, all three would take four.
    expect(roundTrips).toBeGreaterThan(1.9);
    expect(roundTrips).toBeLessThan(3);
  });

  test.each(["AllowTcpForwarding no", "DisableForwarding yes"])(
    "reverseTunnel() and forwardStream() say so, when sshd has %s",
    async (line) => {
      await using server = await startSshd({ config: [line] });
      await using closed = await connectSsh2(targetOf(server), { signal: never() });
      const waits = [
        closed.reverseTunnel(() => {}, { signal: never() }),
        closed.forwardStream(server.port, { signal: never() }),
      ];
      for (const wait of waits) {
        const error = await failureOf(wait);
        expect(error.code).toBe("SSH_FORWARDING_REFUSED");
        expect(error.message).toContain("the server refused");
        expect(error.hint).toContain("AllowTcpForwarding yes");
      }
    },
  );

  test("reverseTunnel() refuses streams of a tunnel that nobody opened, or that was closed", async () => {
    const outcomes: string[] = [];
    let bound = 0;
    let forward: (port: number) => Promise<string> = async () => "no connection";
    await using server = await startSsh2Server((accepted) => {
      acceptEverybody(accepted);
      accepted.on("request", (accept, _reject, name, info) => {
        // It says yes to cancel-tcpip-forward as well, and goes on forwarding all the same.
        if (name === "tcpip-forward") accept?.((bound = 4000 + info.bindPort));
        else accept?.();
      });
      forward = async (port) =>
        await new Promise((resolve) => {
          accepted.forwardOut("127.0.0.1", port, "127.0.0.1", 9, (error) =>
            resolve(error ? "refused" : "accepted"),
          );
        });
    });
    const target = targetOf(sshd, {
      ...server,
      password: secret("any"),
      identities: [],
      hostKeys: { files: [], checking: "off" },
    });
    await using deceived = await connectSsh2(target, { signal: never() });
    let streams = 0;
    const tunnel = await deceived.reverseTunnel(() => void streams++, { signal: never() });
    outcomes.push(await forward(tunnel.remotePort), await forward(4711));
    await tunnel[Symbol.asyncDispose]();
    outcomes.push(await forward(bound));
    expect(outcomes).toEqual(["accepted", "refused", "refused"]);
    expect(streams).toBe(1);
  });
});

describe("a server that sends what nobody asked for", () => {
  const PACKET = Buffer.alloc(32_000);

  /** What the server of the ssh2 package has for itself: it sends data whatever the window is. */
  interface Sender {
    channelData(id: number, data: Buffer): void;
    channelExtData(id: number, data: Buffer, type: number): void;
  }

  /** Sends at each connection that the client opens through it. */
  async function connectSender(
    send: (protocol: Sender, id: number, channel: ServerChannel) => void,
  ): Promise<AsyncDisposable & { connection: SshConnection }> {
    const server = await startSsh2Server((accepted) => {
      acceptEverybody(accepted);
      accepted.on("tcpip", (accept) => {
        const channel = accept();
        channel.on("error", () => {});
        const { _protocol } = accepted as unknown as { _protocol: Sender };
        const { outgoing } = channel as unknown as { outgoing: { id: number } };
        send(_protocol, outgoing.id, channel);
      });
    });
    const { address, port } = server;
    const changes = { address, port, password: secret("any"), identities: [] };
    const target = targetOf(sshd, { ...changes, hostKeys: { files: [], checking: "off" } });
    const opened = await connectSsh2(target, { signal: never() });
    return {
      connection: opened,
      async [Symbol.asyncDispose]() {
        await opened[Symbol.asyncDispose]();
        await server[Symbol.asyncDispose]();
      },
    };
  }

  test("closed resolves with the reason, where it goes on beyond the window of a stream that is not read", async () => {
    await using sending = await connectSender((protocol, id) => {
      // A packet that is larger than what is left of the window makes it negative.
      protocol.channelData(id, Buffer.alloc(1000));
      for (let sent = 0; sent < 1000; sent++) protocol.channelData(id, PACKET);
    });
    const stream = await sending.connection.forwardStream(9, { signal: never() });
    const reason = await sending.connection.closed;
    expect(reason).toMatchObject({ code: "SSH_CONNECTION_LOST" });
    expect(reason?.message).toContain("the server sends more than it was asked for");
    expect((await receive(stream)).error).toBe(reason);
  });

  test("a stream goes on, and keeps nothing of what is sent beside it", async () => {
    await using sending = await connectSender((protocol, id, channel) => {
      for (let sent = 0; sent < 1000; sent++) {
        protocol.channelExtData(id, PACKET, 1);
        protocol.channelData(id, Buffer.from("."));
      }
      channel.end("done");
    });
    const stream = await sending.connection.forwardStream(9, { signal: never() });
    const { bytes, error } = await receive(stream);
    expect(error).toBeUndefined();
    expect(bytes.toString()).toBe(`${".".repeat(1000)}done`);
  });
});

describe("the end of a connection", () => {
  test("closed resolves with the reason, waits reject and streams end with it, when sshd is killed", async () => {
    await using server = await startSshd();
    const victim = await connectSsh2(targetOf(server), { signal: never() });
    const { server: echo, port } = await listenHere((socket) => socket.resume());
    const stream = await victim.forwardStream(port, { signal: never() });
    const command = await victim.exec("cat", { signal: never() });
    const ends = Promise.all([receive(stream), receive(command.stdio)]);
    await server.killConnections("SIGSTOP");
    const waits = Promise.all(
      [
        victim.exec("true", { signal: never() }),
        victim.forwardStream(port, { signal: never() }),
        victim.reverseTunnel(() => {}, { signal: never() }),
      ].map(failureOf),
    );
    await server.killConnections("SIGKILL");

    const reason = await victim.closed;
    expect(reason).toMatchObject({ code: "SSH_CONNECTION_LOST" });
    expect(reason?.message).toContain(`Cannot keep the connection to web1 (127.0.0.1:${server.port})`);
    for (const error of await waits) expect(error).toBe(reason);
    for (const { error } of await ends) expect(error).toBe(reason);
    expect(await command.exited).toEqual({});
    expect(await failureOf(victim.exec("true", { signal: never() }))).toBe(reason);
    await victim[Symbol.asyncDispose]();
    echo.close();
  });

  test("closed resolves, when the server stops answering", async () => {
    await using server = await startSshd();
    const timeouts = { ...DEFAULT_TIMEOUTS, keepaliveMs: 100 };
    const silent = await connectSsh2(targetOf(server, { timeouts }), { signal: never() });
    await server.killConnections("SIGSTOP");
    const reason = await silent.closed;
    expect(reason).toMatchObject({ code: "SSH_CONNECTION_LOST" });
    expect(reason?.message).toContain("no answer for 0.4 s");
    await server.killConnections("SIGKILL");
  });

  test.each<[string, (port: number) => Dial | undefined]>([
    ["directly", () => undefined],
    [
      "through a bastion",
      (port) => async () => byteDuplex(await connection.forwardStream(port, { signal: never() })),
    ],
  ])(
    "closed resolves only when nothing comes any more, %s, if the server answers no probe",
    async (_, way) => {
      let speaks: NodeJS.Timeout | undefined;
      await using server = await startSsh2Server((accepted) => {
        acceptEverybody(accepted);
        accepted.on("request", () => {});
        accepted.on("session", (accept) => {
          accept().on("exec", (acceptExec) => {
            const channel = acceptExec();
            speaks = setInterval(() => channel.write("."), 20);
          });
        });
      });
      const timeouts = { ...DEFAULT_TIMEOUTS, keepaliveMs: 100 };
      const target = targetOf(sshd, {
        ...server,
        timeouts,
        password: secret("any"),
        identities: [],
        hostKeys: { files: [], checking: "off" },
      });
      const dial = way(server.port);
      const speaking = await connectSsh2(target, { signal: never(), ...(dial && { dial }) });
      // Answers come in the order of the requests: behind this one, all that are for probes wait.
      const unanswered = failureOf(speaking.reverseTunnel(() => {}, { signal: never() }));
      const { stdio } = await speaking.exec("talk", { signal: never() });
      await receiveCount(stdio, 50);
      clearInterval(speaks);
      expect((await speaking.closed)?.message).toContain("no answer for 0.4 s");
      expect(await unanswered).toMatchObject({ code: "SSH_CONNECTION_LOST" });
    },
  );

  test("disposing resolves closed without a reason, ends streams orderly and stops a command that reads its input", async () => {
    const brief = await connectSsh2(targetOf(sshd), { signal: never() });
    const command = await brief.exec("echo $$; cat", { signal: never() });
    const end = new Promise<Error | undefined>((resolve) => {
      command.stdio.listen({ onBytes: () => {}, onEnd: resolve });
    });
    await brief[Symbol.asyncDispose]();
    await brief[Symbol.asyncDispose]();
    expect(await brief.closed).toBeUndefined();
    expect(await end).toBeUndefined();
    expect(await failureOf(brief.exec("true", { signal: never() }))).toMatchObject({
      code: "SSH_CONNECTION_LOST",
    });
  });

  test("disposing does not wait for a server that hangs", async () => {
    await using server = await startSshd();
    const hanging = await connectSsh2(targetOf(server), { signal: never() });
    await server.killConnections("SIGSTOP");
    const started = performance.now();
    await hanging[Symbol.asyncDispose]();
    expect(performance.now() - started).toBeLessThan(3000);
    expect(await hanging.closed).toBeUndefined();
    await server.killConnections("SIGKILL");
  });
});

describe("waits", () => {
  const waits: [string, (on: SshConnection, signal: AbortSignal) => Promise<unknown>][] = [
    ["exec", (on, signal) => on.exec("cat", { signal })],
    ["reverseTunnel", (on, signal) => on.reverseTunnel(() => {}, { signal })],
    ["forwardStream", (on, signal) => on.forwardStream(sshd.port, { signal })],
  ];

  test.each(waits)(
    "%s() rejects with the signal's reason, and closes what is opened all the same later",
    async (_name, start) => {
      await using server = await startSshd();
      await using hanging = await connectSsh2(targetOf(server), { signal: never() });
      const reason = new Error("enough");
      expect(await failureOf(start(hanging, AbortSignal.abort(reason)))).toBe(reason);
      await server.killConnections("SIGSTOP");
      const controller = new AbortController();
      const wait = failureOf(start(hanging, controller.signal));
      controller.abort(reason);
      expect(await wait).toBe(reason);
      await server.killConnections("SIGCONT");
      // The connection is as good as before.
      const command = await hanging.exec("exit 9", { signal: never() });
      expect(await command.exited).toEqual({ code: 9 });
    },
  );

  test.each(waits)("%s() gives up after its deadline and names the host", async (_name, start) => {
    await using server = await startSshd();
    const timeouts: SshTarget["timeouts"] = { ...DEFAULT_TIMEOUTS, requestMs: 200 };
    await using hanging = await connectSsh2(targetOf(server, { timeouts }), { signal: never() });
    await server.killConnections("SIGSTOP");
    const error = await failureOf(start(hanging, never()));
    expect(error.message).toMatch(/^Cannot .* on web1 \(127\.0\.0\.1:\d+\): no answer within 0\.2 s$/);
    await server.killConnections("SIGCONT");
  });
});
