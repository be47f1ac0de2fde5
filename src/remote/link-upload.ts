import { FusionPlayError } from "../errors.ts";
import { Atom, atom, charlist, isAtom, isTuple, tuple, type Term } from "../etf/term.ts";
import type { FileUpload } from "../ssh/ssh-connection.ts";
import { changedSource, openUploadSource, readFailure } from "../ssh/upload-source.ts";

/**
 * A piece is in memory at both ends, and each waits for the answer to the one before: on a slow way one of this size has
 * arrived long before the time for its answer is over.
 */
const PIECE_BYTES = 256 * 1024;

export interface LinkUploadOptions {
  /** Name of the host, for messages. */
  readonly host: string;
  /** Asks the agent on the host. */
  ask(request: Term): Promise<Term>;
  readonly signal: AbortSignal;
}

/**
 * Writes files on a host through the link to its BEAM, which runs as another user than the one who logged in: SFTP
 * would write as the wrong one, and into folders that are closed to it.
 *
 * @throws {FusionPlayError} `UPLOAD_FAILED`, `FILE_UNREADABLE`
 */
export async function uploadOverLink(
  files: readonly FileUpload[],
  options: LinkUploadOptions,
): Promise<void> {
  for (const file of files) await uploadFile(file, options);
}

async function uploadFile(
  { from, to, bytes, mode }: FileUpload,
  { host, ask, signal }: LinkUploadOptions,
): Promise<void> {
  await using source = await openUploadSource(from);
  let sent = 0;
  do {
    signal.throwIfAborted();
    const piece = Buffer.alloc(Math.min(PIECE_BYTES, bytes - sent));
    const { bytesRead } = await source.read(piece, 0, piece.length, sent).catch((error: unknown) => {
      throw readFailure(from, error);
    });
    if (bytesRead < piece.length) throw changedSource(from);
    const how = sent === 0 ? mode : atom("more");
    const answer = await ask(tuple(atom("write"), charlist(to), how, piece));
    if (!isAtom(answer, "ok")) throw refused(answer, to, host);
    sent += bytesRead;
  } while (sent < bytes);
}

function refused(answer: Term, path: string, host: string): FusionPlayError {
  const [, why] = isTuple(answer, 2) ? answer.elements : [];
  const [tag, , reason] = why !== undefined && isTuple(why, 3) ? why.elements : [];
  const state =
    tag instanceof Atom && tag.name === "not_written" && reason instanceof Uint8Array
      ? Buffer.from(reason).toString("utf8").slice(0, 200)
      : "the host did not understand";
  return new FusionPlayError(`Cannot write "${path}" on ${host}: ${state}`, {
    code: "UPLOAD_FAILED",
    hint: "Set TMPDIR of the user on the host to a folder with enough space that it may write to",
  });
}
