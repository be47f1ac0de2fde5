import { connect, type Socket } from "node:net";
import { FusionPlayError } from "../errors.ts";

/** How long the system may take to connect, where the process at the other end does not get to it. */
const REACH_MS = 5000;
/** Of a path at which nobody listens. */
const NOBODY = new Set(["ENOENT", "ECONNREFUSED", "ENOTSOCK", "ENOTDIR"]);

/**
 * Connects to a Unix socket; undefined where nobody listens.
 *
 * @throws {FusionPlayError} `SESSIONS_FAILED` somebody does, and cannot be reached
 */
export async function reachSocket(path: string, ms: number = REACH_MS): Promise<Socket | undefined> {
  const socket = connect({ path, allowHalfOpen: true });
  const reached = await new Promise<true | Error>((resolve) => {
    socket.once("connect", () => resolve(true)).once("error", resolve);
    socket.setTimeout(ms, () => resolve(new Error(`it does not answer within ${ms / 1000} s`)));
  });
  if (reached === true) return socket.setTimeout(0);
  socket.on("error", () => {}).destroy();
  if (NOBODY.has((reached as NodeJS.ErrnoException).code ?? "")) return undefined;
  throw new FusionPlayError(`Cannot reach the process that holds sessions: ${reached.message}`, {
    code: "SESSIONS_FAILED",
    hint: "See whether it hangs, and end it; its sessions end with it",
    cause: reached,
  });
}

/** Whether somebody listens at a Unix socket. */
export async function isReached(path: string): Promise<boolean> {
  try {
    const socket = await reachSocket(path);
    socket?.destroy();
    return socket !== undefined;
  } catch {
    return true;
  }
}
