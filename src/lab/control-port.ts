import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { loopback } from "./loopback.ts";

/** A question to the process that serves a lab. */
export type ControlRequest = "ping" | "stop";

/** Where a serving process answers; disposing of it closes all connections. */
export interface ControlPort extends AsyncDisposable {
  readonly port: number;
}

/** How long a serving process may take to answer at all. */
const answerMs = 5000;

/**
 * Listens for control requests: a line `<token> <request>`, answered with `<token> <process id>`.
 *
 * A process id in a file proves nothing, as the system gives numbers out again; that the process knows the
 * token proves that it is the one that serves the lab. The connection stays open until the process ends.
 */
export async function openControlPort(
  token: string,
  onRequest: (request: ControlRequest) => void,
): Promise<ControlPort> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {}); // the other side is gone
    void firstLine(socket).then((line) => {
      const request = requestOf(line, token);
      if (request === undefined) {
        socket.destroy();
        return;
      }
      socket.write(`${token} ${process.pid}\n`);
      onRequest(request);
    });
  });
  server.listen(0, loopback);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose](): Promise<void> {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

export type ControlAnswer =
  /** It is the one, and has this process id. `ended` resolves when it closes the connection. */
  | { readonly type: "answered"; readonly pid: number; readonly ended: Promise<void>; hangUp(): void }
  /** Nobody listens there, or somebody else. */
  | { readonly type: "absent" }
  /** Somebody listens there and says nothing. */
  | { readonly type: "silent" };

/** Asks the process that serves a lab. */
export async function askControlPort(
  { controlPort, token }: { readonly controlPort: number; readonly token: string },
  request: ControlRequest,
): Promise<ControlAnswer> {
  const socket = connect(controlPort, loopback);
  const ended = new Promise<void>((resolve) => void socket.on("close", () => resolve()));
  socket.on("error", () => {}); // `close` follows
  socket.write(`${token} ${request}\n`);
  const answer = await Promise.race([firstLine(socket), sleep(answerMs, undefined, { ref: false })]);
  const pid = answer?.startsWith(`${token} `) ? Number(answer.slice(token.length + 1)) : Number.NaN;
  if (Number.isInteger(pid)) return { type: "answered", pid, ended, hangUp: () => void socket.destroy() };
  socket.destroy();
  return answer === undefined ? { type: "silent" } : { type: "absent" };
}

/** Reads one line; an empty one if the connection ends before, or if it is longer than any of ours. */
function firstLine(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    socket.setEncoding("utf8");
    socket.on("close", () => resolve(""));
    socket.on("data", (chunk: string) => {
      text += chunk;
      const end = text.indexOf("\n");
      if (end >= 0) resolve(text.slice(0, end));
      else if (text.length > 200) socket.destroy();
    });
  });
}

function requestOf(line: string, token: string): ControlRequest | undefined {
  if (line === `${token} ping`) return "ping";
  if (line === `${token} stop`) return "stop";
  return undefined;
}
