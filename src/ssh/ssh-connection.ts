import type { PacedStream } from "../bytes/paced-stream.ts";
import type { SshError } from "./ssh-error.ts";

/** Bounds of one operation. */
export interface WaitOptions {
  /** Gives up early: the wait rejects with the signal's reason. */
  signal: AbortSignal;
}

/** How a command runs. */
export interface ExecOptions extends WaitOptions {
  /**
   * Whether it has a terminal: then its standard error comes with its standard output, and its input does not end
   * when the stream is closed.
   *
   * @default false
   */
  hasTerminal?: boolean;
}

/** A command that runs on the host. */
export interface RemoteCommand {
  /** Its standard input and output. Closing it sends eof on the one and stops reading the other. */
  readonly stdio: PacedStream;
  /** Its standard error, as it arrives; `listener` gets what came before too. */
  onStderr(listener: (chunk: Uint8Array) => void): void;
  /** Resolves when the command has ended or its channel was closed; never rejects. */
  readonly exited: Promise<CommandExit>;
}

export interface CommandExit {
  /** Exit status, if the command ended by itself. */
  code?: number;
  /** Name of the signal that ended it, without `SIG`. */
  signal?: string;
}

/** A port on the host's loopback interface whose connections arrive here as streams. */
export interface ReverseTunnel extends AsyncDisposable {
  /** The port the SSH server chose. */
  readonly remotePort: number;
}

/** An address and port, as the host sees them. */
export interface Destination {
  readonly address: string;
  readonly port: number;
}

/** How a connection was authenticated. */
export interface Login {
  readonly user: string;
  /** What the server accepted: `key "/home/me/.ssh/id_ed25519"`, `agent key SHA256:…`, `password`. */
  readonly proof: string;
  /** How often the login, from the request for it on, waited for the server; undefined where nobody counts. */
  readonly roundTrips?: number | undefined;
}

/** A file of this machine that a host gets. */
export interface FileUpload {
  /** Its path here. */
  readonly from: string;
  /** Its absolute path on the host: the folder is there, and the file is not. */
  readonly to: string;
  /** Size, which must not change while it is read. */
  readonly bytes: number;
  /** Permissions, such as `0o600`. */
  readonly mode: number;
}

/** One authenticated SSH connection. Every wait rejects with an {@linkcode SshError}. */
export interface SshConnection extends AsyncDisposable {
  /** Resolves with the reason when the connection has ended, whoever ended it; never rejects. */
  readonly closed: Promise<SshError | undefined>;
  readonly login: Login;
  /** Starts `command` with the user's shell. */
  exec(command: string, options: ExecOptions): Promise<RemoteCommand>;
  /**
   * Listens on 127.0.0.1 of the host, on a port that the server picks.
   *
   * @throws {SshError} `SSH_FORWARDING_REFUSED`
   */
  reverseTunnel(onStream: (stream: PacedStream) => void, options: WaitOptions): Promise<ReverseTunnel>;
  /**
   * Connects to `port` on 127.0.0.1 of the host.
   *
   * @throws {SshError} `SSH_CONNECT_FAILED` if nothing answers there
   */
  forwardStream(port: number, options: WaitOptions): Promise<PacedStream>;
  /**
   * Connects from the host to another one.
   *
   * @throws {SshError} `SSH_CONNECT_FAILED` if the host cannot reach it
   */
  forwardTo(destination: Destination, options: WaitOptions): Promise<PacedStream>;
  /**
   * Writes files on the host, over SFTP. The first failure ends it; what was written until then stays.
   *
   * @throws {SshError} `SSH_SFTP_REFUSED`, `UPLOAD_FAILED`
   * @throws {FusionPlayError} `FILE_UNREADABLE` for a file here
   */
  upload(files: readonly FileUpload[], options: WaitOptions): Promise<void>;
}
