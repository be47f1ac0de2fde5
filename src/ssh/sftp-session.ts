import type { SFTPWrapper } from "ssh2";
import { isDoneWithin } from "../waits/done-within.ts";

export interface SftpSessionOptions {
  readonly signal: AbortSignal;
  /** How long the server may be silent while requests wait for it, in milliseconds. */
  readonly silenceMs: number;
  /** Why nothing can be expected any more: the server was silent, or ended the session. */
  readonly failure: (state: "silent" | "ended") => Error;
}

/** How long the server gets to close the channel. */
const GOODBYE_MS = 1000;

/** A handle of the server for an open file. */
export type SftpHandle = Buffer;

/**
 * The requests of one SFTP session as promises. All of them reject once the signal is aborted, the
 * session has ended, or the server has been silent for too long: an answer to any of them counts as
 * a sign of life, so that a slow network does not look like a dead one.
 */
export class SftpSession implements AsyncDisposable {
  readonly #sftp: SFTPWrapper;
  readonly #options: SftpSessionOptions;
  readonly #waiting: Set<(error: Error) => void> = new Set();
  readonly #closed: Promise<void>;
  #failed: Error | undefined;
  #silence: NodeJS.Timeout | undefined;

  constructor(sftp: SFTPWrapper, options: SftpSessionOptions) {
    this.#sftp = sftp;
    this.#options = options;
    const ended = (): void => this.fail(options.failure("ended"));
    // A broken protocol, and the end of the channel.
    sftp.on("error", ended).on("end", ended).on("close", ended);
    this.#closed = new Promise((resolve) => sftp.once("close", resolve));
    options.signal.addEventListener("abort", this.#onAbort);
    if (options.signal.aborted) this.#onAbort();
  }

  readonly #onAbort = (): void => this.fail(this.#options.signal.reason as Error);

  /** Makes a file that is not there yet, and opens it for writing. */
  create(path: string, mode: number): Promise<SftpHandle> {
    return this.#request((done) => this.#sftp.open(path, "wx", { mode }, done));
  }

  write(handle: SftpHandle, chunk: Buffer, position: number): Promise<void> {
    return this.#request((done) => this.#sftp.write(handle, chunk, 0, chunk.length, position, done));
  }

  close(handle: SftpHandle): Promise<void> {
    return this.#request((done) => this.#sftp.close(handle, done));
  }

  async exists(path: string): Promise<boolean> {
    return this.#request<unknown>((done) => this.#sftp.lstat(path, done)).then(
      () => true,
      () => false,
    );
  }

  /** Bytes that are free on the file system of a path; undefined where the server does not tell. */
  async freeBytes(path: string): Promise<number | undefined> {
    try {
      const info = await this.#request<unknown>((done) => this.#sftp.ext_openssh_statvfs(path, done));
      const { f_bavail: blocks, f_frsize: size } = info as { f_bavail: unknown; f_frsize: unknown };
      return typeof blocks === "number" && typeof size === "number" ? blocks * size : undefined;
    } catch {
      return undefined; // an extension that only OpenSSH has
    }
  }

  /** Ends all requests, those to come as well; the first reason stays. */
  fail(reason: Error): void {
    this.#failed ??= reason;
    clearTimeout(this.#silence);
    for (const reject of this.#waiting) reject(this.#failed);
    this.#waiting.clear();
  }

  /** Servers count their sessions: it is over only when the server says so, which is not waited for long. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#options.signal.removeEventListener("abort", this.#onAbort);
    this.fail(this.#options.failure("ended"));
    this.#sftp.end();
    await isDoneWithin(this.#closed, GOODBYE_MS);
  }

  #request<T = void>(start: (done: (error?: Error | null, value?: T) => void) => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#failed !== undefined) return reject(this.#failed);
      this.#waiting.add(reject);
      if (this.#waiting.size === 1) this.#listen();
      start((error, value) => {
        if (!this.#waiting.delete(reject)) return; // nobody waits for what comes after the end
        this.#listen();
        if (!error) resolve(value as T);
        // Where the session ends, ssh2 gives its requests an error of its own before it tells that.
        else reject(statusOf(error) === undefined ? this.#options.failure("ended") : error);
      });
    });
  }

  /** Begins the wait for the next sign of life, if one is expected. */
  #listen(): void {
    clearTimeout(this.#silence);
    if (this.#waiting.size === 0) return;
    const { silenceMs, failure } = this.#options;
    this.#silence = setTimeout(() => this.fail(failure("silent")), silenceMs);
  }
}

/**
 * The status code that a server answered with.
 *
 * @see https://datatracker.ietf.org/doc/html/draft-ietf-secsh-filexfer-02#section-7
 */
export function statusOf(error: unknown): number | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "number" ? code : undefined;
}
