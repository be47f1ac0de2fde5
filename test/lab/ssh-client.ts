import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { startEmbeddedHost } from "../../src/lab/embedded-host.ts";
import { generateKeyPair } from "../../src/lab/key-pair.ts";

/** OpenSSH's client with a key and a known host, and nothing of the user's configuration. */
export interface SshClient {
  readonly port: number;
  readonly home: string;
  readonly folder: string;
  /** Starts `ssh <args> host <command>`. */
  start(args: readonly string[], command?: string): ChildProcessWithoutNullStreams;
  /** Runs a command to its end. */
  run(command: string, input?: string | Buffer): Promise<CommandResult>;
  /** Runs commands of `sftp`, one a line; it ends at the first that fails. */
  sftp(batch: string): Promise<CommandResult>;
}

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Makes a client of a server on the loopback interface. */
export function sshClient(options: {
  readonly port: number;
  readonly home: string;
  readonly folder: string;
  readonly keyFile: string;
  readonly knownHostsFile: string;
}): SshClient {
  const { port, home, folder, keyFile, knownHostsFile } = options;
  const settings = [
    `UserKnownHostsFile=${knownHostsFile}`,
    "GlobalKnownHostsFile=none",
    "IdentitiesOnly=yes",
    "BatchMode=yes",
  ];
  const access = ["-F", "none", "-i", keyFile, ...settings.flatMap((setting) => ["-o", setting])];
  const base = [...access, "-p", `${port}`];
  const start = (args: readonly string[], command?: string): ChildProcessWithoutNullStreams =>
    spawn("ssh", [...base, ...args, "127.0.0.1", ...(command === undefined ? [] : [command])]);
  return {
    port,
    home,
    folder,
    start,
    async run(command, input = "") {
      const child = start([], command);
      child.stdin.on("error", () => {}); // the command may end before it has read everything
      child.stdin.end(input);
      return resultOf(child);
    },
    async sftp(batch) {
      const child = spawn("sftp", ["-b", "-", ...access, "-P", `${port}`, "127.0.0.1"]);
      child.stdin.on("error", () => {});
      child.stdin.end(batch);
      return resultOf(child);
    },
  };
}

/** Waits for the end of a process and collects what it wrote. */
export async function resultOf(child: ChildProcessWithoutNullStreams): Promise<CommandResult> {
  const [stdout, stderr, [code]] = await Promise.all([
    buffer(child.stdout),
    buffer(child.stderr),
    once(child, "close"),
  ]);
  return { code: code as number | null, stdout, stderr: stderr.toString() };
}

/** An embedded host and a client of it, in a temporary folder. */
export async function embeddedHostAndClient(): Promise<AsyncDisposable & { readonly client: SshClient }> {
  const folder = await mkdtemp(join(tmpdir(), "fusion-lab-"));
  const home = join(folder, "home");
  await mkdir(home, { mode: 0o700 });
  const [hostKey, clientKey] = [generateKeyPair(), generateKeyPair()];
  const host = await startEmbeddedHost({
    home,
    hostKey: hostKey.privateKey,
    authorizedKey: clientKey.publicKey,
  });
  const keyFile = join(folder, "id_ed25519");
  const knownHostsFile = join(folder, "known_hosts");
  await writeFile(keyFile, clientKey.privateKey, { mode: 0o600 });
  await writeFile(knownHostsFile, `[127.0.0.1]:${host.port} ${hostKey.publicKey}\n`);
  return {
    client: sshClient({ port: host.port, home, folder, keyFile, knownHostsFile }),
    async [Symbol.asyncDispose]() {
      await host[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}
