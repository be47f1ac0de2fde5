import type { FileHandle } from "node:fs/promises";
import { dirname } from "node:path/posix";
import pLimit from "p-limit";
import { statusOf, type SftpHandle, type SftpSession } from "./sftp-session.ts";
import type { FileUpload } from "./ssh-connection.ts";
import { SshError } from "./ssh-error.ts";
import { changedSource, openUploadSource, readFailure } from "./upload-source.ts";

/** Files under way at once: each small one waits for three answers. */
const FILES_AT_ONCE = 8;
/** Every server takes 32 KiB in one packet, with the head of the request. */
const CHUNK_BYTES = 31 * 1024;
/** Requests under way at once, of all files together: about the window of a channel, 2 MiB. */
const CHUNKS_AT_ONCE = 64;

/**
 * Writes files on a host. The first failure ends the session; what was written until then stays.
 *
 * @param host the host as messages name it
 * @throws {SshError} `UPLOAD_FAILED`, or why the session ended
 * @throws {FusionPlayError} `FILE_UNREADABLE` for a file here
 */
export async function uploadFiles(
  session: SftpSession,
  files: readonly FileUpload[],
  host: string,
): Promise<void> {
  const limit = pLimit(FILES_AT_ONCE);
  const underWay = new Set<Promise<void>>();
  let failure: Error | undefined;
  const uploads = files.map((file) =>
    limit(() => new Upload({ session, file, host, underWay }).run()).catch((error: Error) => {
      failure ??= error;
      session.fail(error); // the other files
    }),
  );
  // All have closed their files here before anything is told.
  await Promise.all(uploads);
  if (failure !== undefined) throw failure;
}

interface UploadOptions {
  readonly session: SftpSession;
  readonly file: FileUpload;
  readonly host: string;
  /** The writes of all files that wait for an answer, whatever it is. */
  readonly underWay: Set<Promise<void>>;
}

class Upload {
  readonly #options: UploadOptions;
  /** Of the file on the host, once it was made. */
  #handle: SftpHandle | undefined;

  constructor(options: UploadOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    const { from, bytes } = this.#options.file;
    await using source = await openUploadSource(from);
    try {
      if ((await this.#copy(source)) === bytes) return;
    } catch (error) {
      throw await this.#explain(error);
    }
    throw changedSource(from);
  }

  /** Returns how many bytes there were. */
  async #copy(source: FileHandle): Promise<number> {
    const { session, file, underWay } = this.#options;
    const handle = (this.#handle = await session.create(file.to, file.mode));
    const writes: Promise<void>[] = [];
    let failure: Error | undefined;
    for (let position = 0; ;) {
      while (underWay.size >= CHUNKS_AT_ONCE && failure === undefined) await Promise.race(underWay);
      if (failure !== undefined) throw failure;
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      const { bytesRead } = await source.read(chunk, 0, CHUNK_BYTES, position);
      if (bytesRead === 0) {
        await Promise.all(writes);
        await session.close(handle);
        return position;
      }
      const write = session.write(handle, chunk.subarray(0, bytesRead), position);
      writes.push(write);
      // Other files wait for it as well: why it failed is for this one to tell.
      const answered: Promise<void> = write
        .catch((error: Error) => void (failure = error))
        .finally(() => underWay.delete(answered));
      underWay.add(answered);
      position += bytesRead;
    }
  }

  /** Says what the status of an answer means, which mostly is "Failure". */
  async #explain(error: unknown): Promise<unknown> {
    const { file, host } = this.#options;
    const status = statusOf(error);
    if (status === undefined) return readFailure(file.from, error);
    const { state, hint } = await this.#stateOf(status, (error as Error).message);
    const message = `Cannot upload to "${file.to}" on ${host}: ${state}`;
    return new SshError(message, { code: "UPLOAD_FAILED", hint, cause: error });
  }

  async #stateOf(status: number, text: string): Promise<{ state: string; hint: string }> {
    const { session, file } = this.#options;
    if (status === NO_SUCH_FILE) return { state: "its folder is not there", hint: SAME_FILES_HINT };
    if (status === PERMISSION_DENIED) return { state: "permission denied", hint: SAME_FILES_HINT };
    if (this.#handle === undefined && (await session.exists(file.to))) {
      return { state: "a file is there already", hint: SAME_FILES_HINT };
    }
    const free = await session.freeBytes(dirname(file.to));
    const isFull = free !== undefined && free < file.bytes;
    const room = isFull ? `, and its file system has ${free} bytes left for ${file.bytes}` : "";
    return { state: `the server says "${text}"${room}`, hint: SPACE_HINT };
  }
}

const NO_SUCH_FILE = 2;
const PERMISSION_DENIED = 3;

const SAME_FILES_HINT =
  "Check that SFTP shows the same files as commands do, without ChrootDirectory and as the same user";
/** Of a host that did not take a file, where nothing is known of why. */
export const SPACE_HINT = "Check space and quota of the user's temporary folder on the host, TMPDIR or /tmp";
