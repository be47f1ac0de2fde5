import { once } from "node:events";
import { generateKeyPairSync } from "node:crypto";
import ssh2, { type Algorithms, type AuthContext, type Connection } from "ssh2";

/** A server that does what OpenSSH never would, for a client to cope with. */
export interface Ssh2Server extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
}

/** Starts the server of the ssh2 package; `onConnection` says how it behaves. */
export async function startSsh2Server(
  onConnection: (connection: Connection) => void,
  algorithms: Algorithms = {},
): Promise<Ssh2Server> {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
    publicKeyEncoding: { type: "pkcs1", format: "pem" },
  });
  const connections = new Set<Connection>();
  const server = new ssh2.Server({ hostKeys: [privateKey], algorithms }, (connection) => {
    connections.add(connection);
    connection.on("error", () => {}).on("close", () => connections.delete(connection));
    onConnection(connection);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  return {
    address: "127.0.0.1",
    port,
    async [Symbol.asyncDispose]() {
      server.close();
      connections.forEach((connection) => connection.end());
      if (connections.size > 0) await once(server, "close");
    },
  };
}

/** Lets everybody in. */
export function acceptEverybody(connection: Connection): void {
  connection.on("authentication", (context: AuthContext) => context.accept());
}
