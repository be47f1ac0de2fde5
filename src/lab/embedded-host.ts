import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import ssh2 from "ssh2";
import { commandEnvironment } from "./command-environment.ts";
import { serveConnection } from "./embedded-connection.ts";
import { loopback } from "./loopback.ts";
import { portError } from "./port-error.ts";
import { ProcessGroups } from "./process-groups.ts";
import { Watchdog } from "./watchdog.ts";

export interface HostOptions {
  /**
   * Port on 127.0.0.1; 0 means any that is free.
   *
   * @default 0
   */
  readonly port?: number;
  /** Home and working folder of the host's commands; must exist. */
  readonly home: string;
  /** Private key of the host, as OpenSSH writes it. */
  readonly hostKey: string;
  /** Public key of the only client that may log in. */
  readonly authorizedKey: string;
}

/** An SSH host of a lab. Disposing of it ends everything that runs on it. */
export interface LabHost extends AsyncDisposable {
  readonly port: number;
}

/**
 * Starts an SSH server inside this process. It knows public keys, commands, SFTP, and TCP forwarding in
 * both directions; any user name will do, and all commands run as the user of this process.
 *
 * @throws {FusionPlayError} `LAB_FAILED` if the port cannot be had
 */
export async function startEmbeddedHost(options: HostOptions): Promise<LabHost> {
  const { port = 0, home, hostKey, authorizedKey } = options;
  const sockets = new Set<Socket>();
  // The SSH server gets its sockets from one of our own: they have no Nagle delay, and can be closed.
  const listener = createServer({ noDelay: true });
  await listen(listener, port);

  const watchdog = new Watchdog();
  const groups = new ProcessGroups(watchdog);
  const setting = { home, env: commandEnvironment(home, watchdog.mark), groups };
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (connection) =>
    serveConnection(connection, { authorizedKey, setting }),
  );
  listener.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {}); // before the SSH server listens for it
    server.injectSocket(socket);
  });

  return {
    port: (listener.address() as AddressInfo).port,
    async [Symbol.asyncDispose](): Promise<void> {
      const closed = once(listener, "close");
      listener.close();
      for (const socket of sockets) socket.destroy();
      groups.close();
      await watchdog[Symbol.asyncDispose]();
      await closed;
    },
  };
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, loopback);
  try {
    await once(server, "listening");
  } catch (error) {
    throw portError(port, error);
  }
}
