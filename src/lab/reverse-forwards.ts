import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import type { Connection, TcpipBindInfo } from "ssh2";
import { loopback } from "./loopback.ts";
import { splice } from "./splice.ts";

/** The `tcpip-forward` requests of one SSH connection: ports on the loopback interface that lead to the client. */
export class ReverseForwards {
  readonly #connection: Connection;
  readonly #servers = new Map<number, Server>();
  readonly #sockets = new Set<Socket>();
  #closed = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * Listens on the port that `info` asks for; 0 means any.
   *
   * The address is always 127.0.0.1, as with sshd's `GatewayPorts no`.
   *
   * @param answer Gets the port, or undefined if it cannot be had.
   * @see https://www.rfc-editor.org/rfc/rfc4254#section-7.1
   */
  open(info: TcpipBindInfo, answer: (port: number | undefined) => void): void {
    const server = createServer({ noDelay: true, allowHalfOpen: true });
    server.on("connection", (socket) => this.#forward(socket, info, portOf(server)));
    server.on("error", () => answer(undefined));
    server.listen(info.bindPort, loopback, () => {
      if (this.#closed) {
        server.close();
        return;
      }
      this.#servers.set(portOf(server), server);
      answer(portOf(server));
    });
  }

  /** Stops listening on a port; connections that came through it go on. */
  cancel(info: TcpipBindInfo): boolean {
    const server = this.#servers.get(info.bindPort);
    server?.close();
    return this.#servers.delete(info.bindPort);
  }

  /** Stops listening and closes all connections. */
  close(): void {
    this.#closed = true;
    for (const server of this.#servers.values()) server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #forward(socket: Socket, info: TcpipBindInfo, port: number): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    // The client knows the forward by the address of its own request.
    this.#connection.forwardOut(
      info.bindAddr,
      port,
      socket.remoteAddress ?? loopback,
      socket.remotePort ?? 0,
      (error, channel) => {
        if (error) socket.destroy();
        else splice(channel, socket);
      },
    );
  }
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
