import type { ByteStreamListener } from "../bytes/byte-stream.ts";
import type { MessageMeter, TrafficMeter } from "../bytes/traffic-meter.ts";
import type {
  Destination,
  ExecOptions,
  FileUpload,
  Login,
  RemoteCommand,
  ReverseTunnel,
  SshConnection,
  WaitOptions,
} from "../ssh/ssh-connection.ts";
import type { PacedStream } from "../bytes/paced-stream.ts";
import type { SshError } from "../ssh/ssh-error.ts";

/** An SSH connection as it is, with what goes over it counted: its requests, and the bytes of its channels. */
export class MeteredConnection implements SshConnection {
  readonly #ssh: SshConnection;
  readonly #meter: TrafficMeter;
  readonly #messages: MessageMeter;

  /** @param messages counts the requests, if that is another one */
  constructor(ssh: SshConnection, meter: TrafficMeter, messages: MessageMeter = meter) {
    this.#ssh = ssh;
    this.#meter = meter;
    this.#messages = messages;
  }

  /** The same connection, for requests that are counted by another meter. */
  countedBy(messages: MessageMeter): SshConnection {
    return new MeteredConnection(this.#ssh, this.#meter, messages);
  }

  get closed(): Promise<SshError | undefined> {
    return this.#ssh.closed;
  }

  get login(): Login {
    return this.#ssh.login;
  }

  async exec(command: string, options: ExecOptions): Promise<RemoteCommand> {
    const meter = this.#meter;
    meter.sent(Buffer.byteLength(command));
    const started = await this.#request(this.#ssh.exec(command, options));
    return {
      stdio: new MeteredStream(started.stdio, meter),
      exited: started.exited,
      onStderr: (listener) =>
        started.onStderr((chunk) => {
          meter.received(chunk.byteLength);
          listener(chunk);
        }),
    };
  }

  reverseTunnel(onStream: (stream: PacedStream) => void, options: WaitOptions): Promise<ReverseTunnel> {
    const metered = (stream: PacedStream): void => onStream(new MeteredStream(stream, this.#meter));
    return this.#request(this.#ssh.reverseTunnel(metered, options));
  }

  async forwardStream(port: number, options: WaitOptions): Promise<PacedStream> {
    return new MeteredStream(await this.#request(this.#ssh.forwardStream(port, options)), this.#meter);
  }

  async forwardTo(destination: Destination, options: WaitOptions): Promise<PacedStream> {
    return new MeteredStream(await this.#request(this.#ssh.forwardTo(destination, options)), this.#meter);
  }

  /** Counts as one request, however many SFTP makes of it. */
  async upload(files: readonly FileUpload[], options: WaitOptions): Promise<void> {
    await this.#request(this.#ssh.upload(files, options));
    for (const { bytes } of files) this.#meter.sent(bytes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ssh[Symbol.asyncDispose]();
  }

  async #request<Result>(answer: Promise<Result>): Promise<Result> {
    this.#messages.asked();
    const result = await this.#messages.wait(answer);
    this.#messages.told();
    return result;
  }
}

class MeteredStream implements PacedStream {
  readonly #stream: PacedStream;
  readonly #meter: TrafficMeter;

  constructor(stream: PacedStream, meter: TrafficMeter) {
    this.#stream = stream;
    this.#meter = meter;
  }

  listen({ onBytes, onEnd }: ByteStreamListener): void {
    this.#stream.listen({
      onBytes: (chunk) => {
        this.#meter.received(chunk.byteLength);
        onBytes(chunk);
      },
      onEnd,
    });
  }

  write(chunk: Uint8Array, onTaken?: () => void): void {
    this.#meter.sent(chunk.byteLength);
    this.#stream.write(chunk, onTaken);
  }

  get queuedBytes(): number {
    return this.#stream.queuedBytes;
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  close(): void {
    this.#stream.close();
  }
}
