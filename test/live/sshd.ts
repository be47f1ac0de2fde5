import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:fs";
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Root folder of another system, in which the sessions of all servers run, for `npm run test:matrix`. */
export const HOST_ROOT: string | undefined = process.env["FUSION_TEST_HOST_ROOT"];

export type KeyType = "ed25519" | "ecdsa" | "rsa";

export interface SshdOptions {
  /**
   * Loopback address to listen on.
   *
   * @default "127.0.0.1"
   */
  address?: string;
  /**
   * Lines of `sshd_config` such as `AllowTcpForwarding no`. They replace the defaults of the same keyword.
   *
   * @default []
   */
  config?: readonly string[];
  /**
   * Host keys of the server.
   *
   * @default ["ed25519"]
   */
  hostKeyTypes?: readonly KeyType[];
  /**
   * Environment of the sessions, besides `HOME`.
   *
   * @default {}
   */
  environment?: Readonly<Record<string, string>>;
  /**
   * Command that runs sshd, which it gets as arguments, such as one that hides files from it.
   *
   * @default []
   */
  launcher?: readonly string[];
}

/** A real OpenSSH server of a test, with its own keys and its own home folder. */
export interface Sshd extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  /** Who logs in: the user that runs the tests. */
  readonly user: string;
  /** Private key that the server lets in. */
  readonly userKeyFile: string;
  readonly authorizedKeysFile: string;
  /** Holds all host keys of the server, under `[address]:port`. */
  readonly knownHostsFile: string;
  /** Private host key by type; the public one has `.pub` behind. */
  readonly hostKeyFiles: Readonly<Partial<Record<KeyType, string>>>;
  /** `HOME` of the sessions. The working directory is the user's real home folder all the same. */
  readonly home: string;
  /** Folder of everything above, removed by `stop`. */
  readonly directory: string;
  /** Process id of the listening sshd. */
  readonly pid: number;
  /** What the server logged so far. */
  log(): string;
  /**
   * Kills the server's processes of all open connections, or sends them another signal; not the listener,
   * nor the commands of the users.
   */
  killConnections(signal?: NodeJS.Signals): Promise<void>;
  /** Ends the listener and all connections and removes the folder. May be called more than once. */
  stop(): Promise<void>;
}

/** Starts an OpenSSH server on a free port of a loopback address. */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  const { address = "127.0.0.1", config = [], hostKeyTypes = ["ed25519"], environment = {} } = options;
  const launcher = [...(HOST_ROOT === undefined ? [] : inRoot(HOST_ROOT)), ...(options.launcher ?? [])];
  const program = await findSshd();
  // Without its privilege separation folder sshd refuses to start; systemd makes it elsewhere.
  if (process.getuid?.() === 0) await mkdir("/run/sshd", { recursive: true, mode: 0o755 });

  const directory = await mkdtemp(join(tmpdir(), "sshd-"));
  const home = join(directory, "home");
  const userKeyFile = join(directory, "user_ed25519");
  const authorizedKeysFile = join(directory, "authorized_keys");
  const knownHostsFile = join(directory, "known_hosts");
  const configFile = join(directory, "sshd_config");
  const hostKeyFiles = Object.fromEntries(
    hostKeyTypes.map((type) => [type, join(directory, `host_${type}`)]),
  ) as Partial<Record<KeyType, string>>;

  await mkdir(home, { mode: 0o700 });
  await Promise.all([
    generateKey(userKeyFile, "ed25519"),
    ...hostKeyTypes.map((type) => generateKey(join(directory, `host_${type}`), type)),
  ]);
  await writeFile(authorizedKeysFile, await readFile(`${userKeyFile}.pub`), { mode: 0o600 });

  const setEnv = Object.entries({ HOME: home, ...environment }).map(([name, value]) => `"${name}=${value}"`);
  const defaults = [
    ...Object.values(hostKeyFiles).map((file) => `HostKey ${file}`),
    `AuthorizedKeysFile ${authorizedKeysFile}`,
    `SetEnv ${setEnv.join(" ")}`,
    "StrictModes no",
    "UsePAM no",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "PermitRootLogin yes",
    "MaxStartups 200:30:300",
    "Subsystem sftp internal-sftp",
    "PidFile none",
    "PrintMotd no",
    "LogLevel VERBOSE",
  ];
  const keywordOf = (line: string): string => line.trim().split(/[\s=]/)[0]?.toLowerCase() ?? "";
  if (HOST_ROOT !== undefined) defaults.push(`ChrootDirectory ${ROOT_MOUNT}`);
  const given = config.map(keywordOf);
  // Of most keywords the first value wins, of MaxStartups the last one. What follows a Match line counts for it only.
  const lines = [...defaults.filter((line) => !given.includes(keywordOf(line))), ...config];
  await writeFile(configFile, `${lines.join("\n")}\n`);

  const { child, port, log } = await listen([...launcher, program], configFile, address);
  const pid = child.pid as number;
  const exited = once(child, "exit");
  const abandon = (): void => void child.kill("SIGKILL"); // of a test run that ends before it stops its servers
  process.once("exit", abandon);

  const publicKeys = await Promise.all(
    Object.values(hostKeyFiles).map(async (file) => await readFile(`${file}.pub`, "utf8")),
  );
  await writeFile(
    knownHostsFile,
    publicKeys.map((key) => `[${address}]:${port} ${key.split(" ").slice(0, 2).join(" ")}\n`).join(""),
  );

  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> =>
    (stopping ??= (async () => {
      const connections = await connectionPids(pid);
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      await exited;
      process.off("exit", abandon);
      connections.forEach((connection) => kill(connection, "SIGKILL"));
      await rm(directory, { recursive: true, force: true });
    })());

  return {
    address,
    port,
    user: userInfo().username,
    userKeyFile,
    authorizedKeysFile,
    knownHostsFile,
    hostKeyFiles,
    home,
    directory,
    pid,
    log,
    killConnections: async (signal = "SIGKILL") => {
      for (const connection of await connectionPids(pid)) kill(connection, signal);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/**
 * What runs a command so that {@linkcode ROOT_MOUNT} is the root of another system, which has in common with
 * this machine what tests share with their hosts: processes, devices and the folder for temporary files.
 */
export function inRoot(root: string): string[] {
  const mounts = ["/proc", "/dev", tmpdir()].map(
    (folder) => `mkdir -p ${ROOT_MOUNT}${folder} && mount --rbind ${folder} ${ROOT_MOUNT}${folder}`,
  );
  const script = [`mount --bind "$0" ${ROOT_MOUNT}`, ...mounts, 'exec "$@"'].join(" && ");
  return ["unshare", "--mount", "sh", "-c", script, root];
}

/** Where it is seen then: nobody else may write to any folder above a `ChrootDirectory`. */
export const ROOT_MOUNT = "/mnt";

/** Makes a key pair with `ssh-keygen`: `file` and `file.pub`. */
export async function generateKey(
  file: string,
  type: KeyType,
  { passphrase = "", options = [] }: { passphrase?: string; options?: readonly string[] } = {},
): Promise<void> {
  await run("ssh-keygen", ["-q", "-t", type, "-N", passphrase, "-C", "test", "-f", file, ...options]);
}

/** A port of `address` that nobody listened on a moment ago. */
export async function freePort(address: string): Promise<number> {
  const server = createServer().listen(0, address);
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

async function findSshd(): Promise<string> {
  const folders = ["/usr/sbin", "/usr/local/sbin", "/sbin", ...(process.env["PATH"] ?? "").split(delimiter)];
  for (const folder of folders) {
    const file = join(folder, "sshd");
    const found = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return file; // sshd starts itself again for each connection and wants an absolute path
  }
  throw new Error("Cannot start sshd: it is not installed; on Debian run: apt-get install openssh-server");
}

/** Another process may take the free port before sshd does: then it tries another one. */
async function listen(
  [program = "", ...before]: readonly string[],
  configFile: string,
  address: string,
): Promise<{ child: ChildProcess; port: number; log: () => string }> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort(address);
    const options = ["-o", `ListenAddress=${address}`, "-o", `Port=${port}`];
    const child = spawn(program, [...before, "-D", "-e", "-f", configFile, ...options], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let log = "";
    const listening = await new Promise<boolean>((resolve) => {
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        log += text;
        if (log.includes("Server listening on")) resolve(true);
      });
      child.once("exit", () => resolve(false));
    });
    if (listening) return { child, port, log: () => log };
    if (attempt === 5 || !log.includes("Address already in use")) {
      throw new Error(`Cannot start sshd: ${log}`);
    }
  }
}

/** The sshd processes below the listener: they are sessions of their own, so no group signal reaches them. */
async function connectionPids(listener: number): Promise<number[]> {
  const { stdout } = await run("ps", ["-A", "-o", "pid=,ppid=,comm="]);
  const processes = stdout
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , name]) => name?.split("/").at(-1)?.startsWith("sshd"));
  const found: number[] = [];
  for (let parents = [listener]; parents.length > 0; found.push(...parents)) {
    const below = parents.map(String);
    parents = processes.filter(([, parent]) => below.includes(parent ?? "")).map(([pid]) => Number(pid));
  }
  return found;
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself in the meantime.
  }
}
