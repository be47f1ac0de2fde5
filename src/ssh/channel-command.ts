import type { ClientChannel } from "ssh2";

import { ChannelStream } from "./channel-stream.ts";
import type { CommandExit, RemoteCommand } from "./ssh-connection.ts";

/** Standard error that arrives before anybody listens is kept up to this many bytes; the oldest go first. */
const MAX_KEPT_STDERR = 1024 * 1024;

/**
 * Wraps the channel of a command.
 *
 * @param lost Resolves when the connection has ended; a channel that nobody reads does not tell
 */
export function channelCommand(
  channel: ClientChannel,
  { lost, closed }: { lost: () => Error | undefined; closed: Promise<unknown> },
): RemoteCommand {
  const exited = new Promise<CommandExit>((resolve) => {
    channel.once("exit", (code: number | null, signal?: string) => {
      resolve(code === null ? { signal: (signal ?? "").replace(/^SIG/, "") } : { code });
    });
    channel.once("close", () => resolve({}));
    void closed.then(() => resolve({}));
  });
  return {
    stdio: new ChannelStream(channel, { lost, closes: "input" }),
    onStderr: stderrOf(channel),
    exited,
  };
}

/** Reads standard error from the start: it shares the window of the channel with standard output. */
function stderrOf(channel: ClientChannel): RemoteCommand["onStderr"] {
  let listener: ((chunk: Uint8Array) => void) | undefined;
  const kept: Uint8Array[] = [];
  let keptBytes = 0;
  channel.stderr.on("error", () => {});
  channel.stderr.on("data", (chunk: Buffer) => {
    if (listener !== undefined) {
      listener(chunk);
      return;
    }
    kept.push(chunk);
    keptBytes += chunk.byteLength;
    while (keptBytes > MAX_KEPT_STDERR) keptBytes -= kept.shift()?.byteLength ?? 0;
  });
  return (onChunk) => {
    listener = onChunk;
    kept.splice(0).forEach(onChunk);
  };
}
