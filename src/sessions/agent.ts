import { createServer } from "node:net";
import { DuplexStream } from "../ssh/duplex-stream.ts";
import { HeldSessions } from "./held-sessions.ts";

/** How long to wait for whoever has started us. */
const FIRST_MS = 10_000;

/**
 * The process that holds sessions between runs. It listens at a socket in a private folder, says on standard output that
 * it does, and ends by itself when it holds nothing any more.
 *
 *     node agent.js <socket> <version>
 */
const [socket = "", version = ""] = process.argv.slice(2);
// What it makes is for its user alone.
process.umask(0o077);
let hasServed = false;
const server = createServer({ allowHalfOpen: true }, (connection) => {
  hasServed = true;
  void sessions.serve(new DuplexStream(connection, connection));
});
const end = async (): Promise<void> => {
  // The file goes first: whoever comes now starts another one.
  server.close();
  await sessions.end();
  process.exit(0);
};
const sessions = new HeldSessions(version, () => void end());
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => void end());
process.on("uncaughtException", () => process.exit(1));
process.on("unhandledRejection", () => process.exit(1));
// Another one may have been started at the same time.
server.on("error", () => process.exit(0));
server.listen(socket, () => {
  process.stdout.on("error", () => {}).write("ready\n");
  setTimeout(() => {
    if (!hasServed) void end();
  }, FIRST_MS).unref();
});
