import { parentPort } from "node:worker_threads";
import { SshConnector } from "./connector.ts";
import { PortStream } from "./port-stream.ts";
import { serveConnections } from "./serve-connections.ts";
import { ssh2Backend } from "./ssh2-backend.ts";

/** A thread that makes SSH connections for the one that has started it, and ends with it. */
const port = parentPort;
if (port === null) throw new Error("This is the program of a thread");
const connector = new SshConnector(ssh2Backend);
const stream = new PortStream(port, () => port.close());
serveConnections(stream, (target, options) => connector.connect(target, options));
stream.beat();
