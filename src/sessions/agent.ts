import { unlinkSync } from "node:fs";
import { createServer } from "node:net";
import { DuplexStream } from "../ssh/duplex-stream.ts";
import { HeldSessions } from "./held-sessions.ts";
import { fileId, publishSocket, temporaryName } from "./publish-socket.ts";

/** How long to wait for whoever has started us. */
const FIRST_MS = 10_000;

/**
 * The process that holds sessions between runs. It listens at a socket in a private folder, says on standard output that
 * it does, and ends by itself when it holds nothing any more, or cannot be found any more.
 *
 *     node agent.js <socket> <version>
 */
const [socket = "", version = ""] = process.argv.slice(2);
// What it makes is for its user alone.
process.umask(0o077);
const own = temporaryName(socket);
let id: string | undefined;
const isFound = (): boolean => fileId(socket) === id;
const server = createServer({ allowHalfOpen: true }, (connection) => {
  void sessions.serve(new DuplexStream(connection, connection));
});
const end = async (): Promise<void> => {
  // The file goes first: whoever comes now starts another one. As long as we listen, nobody else puts one there.
  if (isFound()) unlinkSync(socket);
  server.close();
  await sessions.end();
  process.exit(0);
};
const sessions = new HeldSessions({ version, isFound, onEmpty: () => void end() });
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => void end());
process.on("uncaughtException", () => process.exit(1));
process.on("unhandledRejection", () => process.exit(1));
server.listen(own, () => void begin());

async function begin(): Promise<void> {
  id = fileId(own);
  // Another one may have been started at the same time.
  if (!(await publishSocket(own, socket))) process.exit(0);
  process.stdout.on("error", () => {}).write("ready\n");
  setTimeout(() => sessions.tellEmpty(), FIRST_MS).unref();
}
