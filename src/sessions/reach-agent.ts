import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { FusionPlayError } from "../errors.ts";
import { DuplexStream } from "../ssh/duplex-stream.ts";
import { reachSocket } from "./reach-socket.ts";
import { Talk } from "./talk.ts";

/** How long the agent may take to listen. */
const START_MS = 20_000;
/** What the agent needs of our environment: nothing that may be secret. */
const KEPT_VARIABLES = [
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "LANG",
  "LC_ALL",
  "TMPDIR",
  "TZ",
  "SHELL",
  "SSH_AUTH_SOCK",
];

/**
 * Connects to the agent; undefined where there is none.
 *
 * @throws {FusionPlayError} `SESSIONS_FAILED` there is one that does not answer
 */
export async function reachAgent(path: string): Promise<Talk | undefined> {
  const socket = await reachSocket(path);
  return socket && new Talk(new DuplexStream(socket, socket));
}

/**
 * Starts an agent, and waits until it listens. It outlives us.
 *
 * @throws {FusionPlayError} `SESSIONS_FAILED`
 */
export async function startAgent(path: string, version: string): Promise<void> {
  const program = fileURLToPath(new URL("../sessions/agent.js", import.meta.url));
  const kept = KEPT_VARIABLES.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const child = spawn(process.execPath, [program, path, version], {
    cwd: "/",
    detached: true,
    env: Object.fromEntries(kept),
    stdio: ["ignore", "pipe", "ignore"],
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), START_MS);
  try {
    // One that ends at once has found another one listening.
    const told = once(child.stdout, "data").then(() => "ready");
    const ended = once(child, "exit").then(([code]) => (code === 0 ? "ready" : "failed"));
    const failed = once(child, "error").then(() => "failed");
    if ((await Promise.race([told, ended, failed])) === "ready") return;
  } finally {
    clearTimeout(timer);
    child.stdout.destroy();
    child.unref();
  }
  throw new FusionPlayError("Cannot hold sessions: the process for them does not start", {
    code: "SESSIONS_FAILED",
    hint: `Run it by hand to see why: ${process.execPath} ${program} ${path} ${version}`,
  });
}
