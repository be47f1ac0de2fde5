import type { PacedStream } from "../bytes/paced-stream.ts";
import { unlessAborted } from "../waits/unless-aborted.ts";
import { printable } from "./printable.ts";
import { SPACE_HINT } from "./sftp-upload.ts";
import { shellQuote } from "./shell-quote.ts";
import type { FileUpload, RemoteCommand } from "./ssh-connection.ts";
import { SshError } from "./ssh-error.ts";
import { changedSource, openUploadSource, readFailure } from "./upload-source.ts";

export interface CommandUploadOptions {
  /** The host as messages name it. */
  readonly host: string;
  readonly signal: AbortSignal;
  /** Starts a command on the host. */
  exec(command: string): Promise<RemoteCommand>;
}

const CHUNK_BYTES = 256 * 1024;
const MAX_SAID = 2000;

/**
 * Writes a file on a host through the standard input of a command. What was written until a failure stays.
 *
 * @throws {SshError} `UPLOAD_FAILED`, or the signal's reason
 * @throws {FusionPlayError} `FILE_UNREADABLE` for the file here
 */
export async function uploadByCommand(
  file: FileUpload,
  { host, signal, exec }: CommandUploadOptions,
): Promise<void> {
  const script = `umask 077; set -C; cat > "$1" && chmod ${file.mode.toString(8)} "$1"`;
  await using source = await openUploadSource(file.from);
  const { stdio, exited, onStderr } = await exec(
    `exec /bin/sh -c ${shellQuote(script)} fusion-play ${shellQuote(file.to)}`,
  );
  let said = "";
  onStderr((chunk) => (said = (said + Buffer.from(chunk).toString("utf8")).slice(-MAX_SAID)));
  stdio.listen({ onBytes: () => {}, onEnd: () => {} });
  try {
    const chunks = source.createReadStream({ highWaterMark: CHUNK_BYTES, autoClose: false });
    let sent = 0;
    for await (const chunk of chunks) {
      await unlessAborted(taken(stdio, chunk as Buffer), signal);
      sent += (chunk as Buffer).byteLength;
    }
    if (sent !== file.bytes) throw changedSource(file.from);
    stdio.close();
    const { code } = await unlessAborted(exited, signal);
    if (code === 0) return;
  } catch (error) {
    throw readFailure(file.from, error);
  } finally {
    stdio.close();
  }
  throw new SshError(
    `Cannot write "${file.to}" on ${host}: ${printable(said.trim()) || "the command failed"}`,
    { code: "UPLOAD_FAILED", hint: SPACE_HINT },
  );
}

/** Writes, and waits until the network has taken it. */
function taken(stdio: PacedStream, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve) => stdio.write(chunk, resolve));
}
