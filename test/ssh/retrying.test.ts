import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";

import { secret } from "../../src/secret.ts";
import { SshConnector } from "../../src/ssh/connector.ts";
import { ssh2Backend } from "../../src/ssh/ssh2-backend.ts";
import { DEFAULT_TIMEOUTS, type SshTarget } from "../../src/ssh/ssh-target.ts";
import { freePort, startSshd, type Sshd } from "../live/sshd.ts";
import { startSsh2Server } from "./ssh2-server.ts";
import { never, targetOf } from "./target-of.ts";

let sshd: Sshd;
beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(async () => await sshd.stop());

interface Door extends AsyncDisposable {
  readonly port: number;
  /** How many connections came. */
  readonly came: () => number;
}

/** Answers connections, counted from 1, as `onSocket` says. */
async function door(onSocket: (socket: Socket, count: number) => void): Promise<Door> {
  let count = 0;
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    onSocket(socket, ++count);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as { port: number }).port,
    came: () => count,
    async [Symbol.asyncDispose]() {
      sockets.forEach((socket) => socket.destroy());
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Drops so many connections, then lets them through to the real server. */
async function doorThatDrops(drops: number): Promise<Door> {
  return await door((socket, count) => {
    if (count <= drops) return void socket.destroy();
    const upstream = connect(sshd.port, sshd.address).on("error", () => {});
    socket.pipe(upstream).pipe(socket);
  });
}

const trusting = { hostKeys: { files: [], checking: "off" } } as const;

async function failureOf(target: SshTarget): Promise<{ code: string; message: string }> {
  return await new SshConnector(ssh2Backend).connect(target, { signal: never() }).then(
    () => {
      throw new Error("It connected");
    },
    (error: unknown) => error as { code: string; message: string },
  );
}

test("connect() tries again, when the server drops connections", async () => {
  await using busy = await doorThatDrops(2);
  const target = targetOf(sshd, { ...trusting, port: busy.port });
  await using _connection = await new SshConnector(ssh2Backend).connect(target, { signal: never() });
  expect(busy.came()).toBe(3);
});

test("connect() says how often it tried, and tries as often as it is told", async () => {
  await using busy = await doorThatDrops(Infinity);
  const error = await failureOf(targetOf(sshd, { ...trusting, port: busy.port, retries: 1 }));
  expect(error.code).toBe("SSH_CONNECT_FAILED");
  expect(error.message).toMatch(/the server (closed|broke) the connection, 2 times$/);
  expect(busy.came()).toBe(2);
});

test("connect() tries once only, when it is told to", async () => {
  const port = await freePort("127.0.0.1");
  const error = await failureOf(targetOf(sshd, { port, retries: 0 }));
  expect(error.message).toMatch(/: connection refused$/);
});

test.each([
  [undefined, 1],
  [1, 2],
])("connect() with %s retries tries a server that does not answer %s times", async (retries, times) => {
  await using silent = await door(() => {});
  const timeouts = { ...DEFAULT_TIMEOUTS, connectMs: 100 };
  const error = await failureOf(
    targetOf(sshd, { port: silent.port, timeouts, ...(retries === undefined ? {} : { retries }) }),
  );
  expect(error.message).toContain("no answer within 0.1 s");
  expect(silent.came()).toBe(times);
});

test("connect() never tries again, when a password was refused or the server hung up at the login", async () => {
  for (const hangUp of [false, true]) {
    let asked = 0;
    await using server = await startSsh2Server((connection) => {
      connection.on("authentication", (context) => {
        if (context.method === "none") return context.reject(["password"]);
        asked++;
        if (hangUp) connection.end();
        else context.reject(["password"]);
      });
    });
    const { address, port } = server;
    const error = await failureOf(
      targetOf(sshd, { ...trusting, address, port, identities: [], password: secret("wrong"), retries: 3 }),
    );
    expect(error.code).toMatch(/^SSH_(AUTHENTICATION|CONNECT)_FAILED$/);
    expect(asked).toBe(1);
  }
});

test("connect() never tries again, when the host key is not trusted", async () => {
  await using through = await doorThatDrops(0);
  const error = await failureOf(
    targetOf(sshd, { port: through.port, retries: 3, hostKeys: { files: [], checking: "strict" } }),
  );
  expect(error.code).toBe("SSH_HOST_KEY_UNKNOWN");
  expect(through.came()).toBe(1);
});

test("connect() stops trying with the signal's reason", async () => {
  const controller = new AbortController();
  await using busy = await door((socket) => {
    socket.destroy();
    controller.abort(new Error("enough"));
  });
  const connected = new SshConnector(ssh2Backend).connect(targetOf(sshd, { port: busy.port, retries: 100 }), {
    signal: controller.signal,
  });
  await expect(connected).rejects.toThrow("enough");
});
