import { setMaxListeners } from "node:events";
import ssh2, { type AuthContext, type Connection, type ParsedKey } from "ssh2";
import { runCommand, type CommandSetting } from "./embedded-command.ts";
import { serveFiles } from "./embedded-files.ts";
import { forwardDirectly } from "./direct-forward.ts";
import { ReverseForwards } from "./reverse-forwards.ts";

/** Serves one SSH connection of an embedded host: authentication, commands, files and forwarding. */
export function serveConnection(
  connection: Connection,
  { authorizedKey, setting }: { authorizedKey: string; setting: CommandSetting },
): void {
  const key = ssh2.utils.parseKey(authorizedKey);
  if (key instanceof Error) throw key;
  const closed = new AbortController();
  setMaxListeners(0, closed.signal); // one for each connection that is forwarded
  const forwards = new ReverseForwards(connection);
  connection.on("error", () => {}); // a client that breaks off; its `close` follows
  connection.on("close", () => {
    closed.abort();
    forwards.close();
  });
  connection.on("authentication", (context) => {
    if (isAuthorized(context, key)) context.accept();
    else context.reject(["publickey"]);
  });
  connection.on("session", (accept) => serveSession(accept(), { connectionClosed: closed.signal, setting }));
  connection.on("tcpip", (accept, reject, info) => forwardDirectly({ accept, reject, info }, closed.signal));
  serveForwardRequests(connection, forwards);
}

/** A client first asks whether the key would do, without a signature, and then signs. */
function isAuthorized(context: AuthContext, key: ParsedKey): boolean {
  if (context.method !== "publickey" || context.key.algo !== key.type) return false;
  if (!key.getPublicSSH().equals(context.key.data)) return false;
  if (context.signature === undefined) return true;
  return context.blob !== undefined && key.verify(context.blob, context.signature, context.hashAlgo) === true;
}

function serveSession(
  session: ssh2.Session,
  { connectionClosed, setting }: { connectionClosed: AbortSignal; setting: CommandSetting },
): void {
  // The channel of a command emits `close` only after its input was read to the end; the session does at once.
  const sessionClosed = new AbortController();
  session.on("close", () => sessionClosed.abort());
  session.on("exec", (accept, _reject, { command }) => {
    const closed = AbortSignal.any([sessionClosed.signal, connectionClosed]);
    runCommand(command, { channel: accept(), closed, setting });
  });
  session.on("sftp", (accept) => serveFiles(accept(), { home: setting.home, closed: connectionClosed }));
}

function serveForwardRequests(connection: Connection, forwards: ReverseForwards): void {
  connection.on("request", (accept, reject, name, info) => {
    if (name === "tcpip-forward") {
      forwards.open(info, (port) => (port === undefined ? reject?.() : accept?.(port)));
    } else if (name === "cancel-tcpip-forward" && forwards.cancel(info)) {
      accept?.();
    } else {
      reject?.();
    }
  });
}
