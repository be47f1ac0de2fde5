import { spawn, type ChildProcess } from "node:child_process";
import type { HostCommands } from "../../src/remote/become-commands.ts";
import { DuplexStream } from "../../src/ssh/duplex-stream.ts";

/** Runs commands here, as a server does on a host. */
export interface LocalCommands extends HostCommands {
  /** What was started, in order. */
  readonly children: readonly ChildProcess[];
}

export function localCommands(): LocalCommands {
  const children: ChildProcess[] = [];
  return {
    children,
    closed: new Promise(() => {}),
    exec: async (command) => {
      const child = spawn("/bin/sh", ["-c", command], { detached: true });
      children.push(child);
      return {
        stdio: new DuplexStream(child.stdout, child.stdin),
        onStderr: (listener) => void child.stderr.on("data", listener),
        exited: new Promise((resolve) =>
          child.once("exit", (code, signal) =>
            resolve(code === null ? { signal: (signal ?? "").replace(/^SIG/, "") } : { code }),
          ),
        ),
      };
    },
  };
}
