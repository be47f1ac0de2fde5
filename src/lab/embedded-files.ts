import { constants, type Stats } from "node:fs";
import { chmod, lstat, mkdir, open, realpath, rm, stat, type FileHandle } from "node:fs/promises";
import { resolve } from "node:path";
import ssh2, { type Attributes, type SFTPWrapper } from "ssh2";

const { OPEN_MODE, STATUS_CODE } = ssh2.utils.sftp;

/** How many files a client may have open, and how much it gets with one request. */
const MAX_HANDLES = 64;
const MAX_READ_BYTES = 256 * 1024;

/**
 * Serves the files of this machine over SFTP as far as files are copied in both directions: no lists
 * of folders, links or times; what else is asked for is refused as unsupported. The client sees what
 * its commands see, as the same user, and relative paths start at `home`, as they do there.
 *
 * @see https://datatracker.ietf.org/doc/html/draft-ietf-secsh-filexfer-02
 */
export function serveFiles(sftp: SFTPWrapper, { home, closed }: { home: string; closed: AbortSignal }): void {
  const files = new OpenFiles();
  const end = (): void => {
    closed.removeEventListener("abort", end);
    void files.closeAll();
  };
  closed.addEventListener("abort", end);
  sftp.on("end", () => sftp.end()); // the client waits for the end of ours
  sftp.on("close", end);
  sftp.on("error", () => {}); // a client that breaks the protocol; its `close` follows

  const served: ServedFiles = { sftp, files, pathOf: (path) => resolve(home, path) };
  serveContents(served);
  serveAttributes(served);
  serveNames(served);
}

/** What a client asks, and what it asks about. */
interface ServedFiles {
  readonly sftp: SFTPWrapper;
  readonly files: OpenFiles;
  readonly pathOf: (path: string) => string;
}

/** Does what was asked for; a failure is answered with a status. */
function attempt({ sftp }: ServedFiles, id: number, work: () => Promise<void>): void {
  void work().catch((error: Error) => sftp.status(id, statusOf(error), error.message));
}

/** The same for requests that have no other answer than that they are done. */
function perform(served: ServedFiles, id: number, work: () => Promise<unknown>): void {
  attempt(served, id, async () => {
    await work();
    served.sftp.status(id, STATUS_CODE.OK);
  });
}

function serveContents(served: ServedFiles): void {
  const { sftp, files, pathOf } = served;
  sftp.on("OPEN", (id, path, flags, attributes) =>
    attempt(served, id, async () =>
      sftp.handle(id, await files.open(pathOf(path), flags, modeOf(attributes))),
    ),
  );
  sftp.on("READ", (id, handle, offset, length) =>
    attempt(served, id, async () => {
      const bytes = Buffer.allocUnsafe(Math.min(length, MAX_READ_BYTES));
      const { bytesRead } = await files.get(handle).read(bytes, 0, bytes.length, offset);
      if (bytesRead === 0) sftp.status(id, STATUS_CODE.EOF);
      else sftp.data(id, bytes.subarray(0, bytesRead));
    }),
  );
  sftp.on("WRITE", (id, handle, offset, bytes) =>
    perform(served, id, async () => writeAll(files.get(handle), bytes, offset)),
  );
  sftp.on("CLOSE", (id, handle) => perform(served, id, () => files.close(handle)));
}

function serveAttributes(served: ServedFiles): void {
  const { sftp, files, pathOf } = served;
  const tell = (id: number, look: () => Promise<Stats>): void =>
    attempt(served, id, async () => sftp.attrs(id, attributesOf(await look())));
  sftp.on("STAT", (id, path) => tell(id, () => stat(pathOf(path))));
  sftp.on("LSTAT", (id, path) => tell(id, () => lstat(pathOf(path))));
  sftp.on("FSTAT", (id, handle) => tell(id, async () => files.get(handle).stat()));
  // Clients set times as well, which are of no use here.
  sftp.on("SETSTAT", (id, path, attributes) =>
    perform(served, id, async () => {
      const mode = modeOf(attributes);
      if (mode !== undefined) await chmod(pathOf(path), mode);
    }),
  );
  sftp.on("FSETSTAT", (id, handle, attributes) =>
    perform(served, id, async () => {
      const mode = modeOf(attributes);
      if (mode !== undefined) await files.get(handle).chmod(mode);
    }),
  );
}

function serveNames(served: ServedFiles): void {
  const { sftp, pathOf } = served;
  sftp.on("REALPATH", (id, path) =>
    attempt(served, id, async () => {
      const filename = await realpath(pathOf(path)).catch(() => pathOf(path));
      sftp.name(id, [{ filename, longname: filename, attrs: {} as Attributes }]);
    }),
  );
  sftp.on("MKDIR", (id, path, attributes) =>
    perform(served, id, () => mkdir(pathOf(path), { mode: modeOf(attributes) ?? 0o777 })),
  );
  sftp.on("REMOVE", (id, path) => perform(served, id, () => rm(pathOf(path))));
}

/** The open files of a client, by the handles that it was given. */
class OpenFiles {
  readonly #files: Map<number, FileHandle> = new Map();
  #next = 0;
  #isClosed = false;

  async open(path: string, flags: number, mode: number | undefined): Promise<Buffer> {
    if (this.#files.size >= MAX_HANDLES) throw new Error("too many open files");
    const file = await open(path, flagsOf(flags), mode ?? 0o666);
    const number = this.#next++;
    this.#files.set(number, file);
    if (this.#isClosed) await this.closeAll();
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE(number);
    return handle;
  }

  get(handle: Buffer): FileHandle {
    const file = this.#files.get(handle.length === 4 ? handle.readUInt32BE() : -1);
    if (file === undefined) throw new Error("no such handle");
    return file;
  }

  async close(handle: Buffer): Promise<void> {
    const file = this.get(handle);
    this.#files.delete(handle.readUInt32BE());
    await file.close();
  }

  async closeAll(): Promise<void> {
    this.#isClosed = true;
    const files = Array.from(this.#files.values());
    this.#files.clear();
    await Promise.allSettled(files.map((file) => file.close()));
  }
}

async function writeAll(file: FileHandle, bytes: Buffer, offset: number): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, offset + written);
    written += bytesWritten;
  }
}

function flagsOf(flags: number): number {
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const [reads, writes] = [has(OPEN_MODE.READ), has(OPEN_MODE.WRITE)];
  return (
    (reads && writes ? constants.O_RDWR : writes ? constants.O_WRONLY : constants.O_RDONLY) |
    (has(OPEN_MODE.CREAT) ? constants.O_CREAT : 0) |
    (has(OPEN_MODE.TRUNC) ? constants.O_TRUNC : 0) |
    (has(OPEN_MODE.EXCL) ? constants.O_EXCL : 0)
  );
}

/** Permissions, if the client sent any. */
function modeOf(attributes: Partial<Attributes>): number | undefined {
  return attributes.mode === undefined ? undefined : attributes.mode & 0o777;
}

function attributesOf({ mode, uid, gid, size, atimeMs, mtimeMs }: Stats): Attributes {
  const seconds = (ms: number): number => Math.trunc(ms / 1000);
  return { mode, uid, gid, size, atime: seconds(atimeMs), mtime: seconds(mtimeMs) };
}

function statusOf(error: unknown): number {
  switch ((error as Partial<NodeJS.ErrnoException>).code) {
    case "ENOENT":
    case "ENOTDIR":
      return STATUS_CODE.NO_SUCH_FILE;
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return STATUS_CODE.PERMISSION_DENIED;
    default:
      return STATUS_CODE.FAILURE;
  }
}
