import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, mkdirSync } from "node:fs";
import { chmod, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { delimiter, join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { FusionPlayError } from "../errors.ts";
import type { HostOptions, LabHost } from "./embedded-host.ts";
import { commandEnvironment, labPath } from "./command-environment.ts";
import { loopback } from "./loopback.ts";
import { portError } from "./port-error.ts";
import { sshdConfig } from "./sshd-config.ts";
import { Watchdog } from "./watchdog.ts";

/** Where systems keep OpenSSH's program for SFTP: Debian, Fedora, Alpine, macOS. */
const SFTP_SERVERS = [
  "/usr/lib/openssh/sftp-server",
  "/usr/libexec/openssh/sftp-server",
  "/usr/lib/ssh/sftp-server",
  "/usr/libexec/sftp-server",
];

/** How long an sshd may take until it answers. */
const startMs = 10_000;

/**
 * Starts OpenSSH's sshd as the current user.
 *
 * @param options.folder Where its files go; must exist.
 * @throws {FusionPlayError} `LAB_FAILED` if there is no sshd or it does not start
 */
export async function startSshdHost(
  options: HostOptions & { readonly port: number; readonly folder: string },
): Promise<LabHost> {
  const { port, home, folder } = options;
  const sshd = findSshd();
  await assertFree(port);
  // As root it wants this folder of the system, which nobody makes where no service manager runs.
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });

  const watchdog = new Watchdog();
  try {
    const configFile = await writeFiles(options, commandEnvironment(home, watchdog.mark));
    const child = spawn(sshd, ["-D", "-e", "-f", configFile], {
      cwd: home,
      detached: true,
      stdio: ["ignore", "ignore", "pipe"],
    });
    if (child.pid !== undefined) watchdog.add(child.pid);
    await untilReady(child, port);
    return { port, [Symbol.asyncDispose]: () => watchdog[Symbol.asyncDispose]() };
  } catch (error) {
    await watchdog[Symbol.asyncDispose]();
    throw new FusionPlayError(`Cannot start sshd for the lab: ${(error as Error).message}`, {
      code: "LAB_FAILED",
      hint: `Run \`${sshd} -t -f ${join(folder, "sshd_config")}\`, or bring the lab up without \`--sshd\``,
      cause: error,
    });
  }
}

async function writeFiles(
  options: HostOptions & { readonly port: number; readonly folder: string },
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const { port, folder, hostKey, authorizedKey } = options;
  const hostKeyFile = join(folder, "ssh_host_ed25519_key");
  const authorizedKeysFile = join(folder, "authorized_keys");
  const configFile = join(folder, "sshd_config");
  await writeFile(hostKeyFile, hostKey, { mode: 0o600 });
  await chmod(hostKeyFile, 0o600);
  await writeFile(authorizedKeysFile, `${authorizedKey}\n`);
  const sftpServer = SFTP_SERVERS.find(isExecutable);
  await writeFile(configFile, sshdConfig({ port, env, hostKeyFile, authorizedKeysFile, sftpServer }));
  return configFile;
}

/** sshd must be called by its absolute path, and stands in folders that the search path of users leaves out. */
function findSshd(): string {
  const folders = [...labPath().split(delimiter), "/usr/sbin", "/usr/local/sbin", "/sbin"];
  const found = folders.map((folder) => join(folder, "sshd")).find(isExecutable);
  if (found !== undefined) return found;
  throw new FusionPlayError("Cannot start sshd for the lab: there is no sshd on this machine", {
    code: "LAB_FAILED",
    hint: "Install OpenSSH's server (`apt-get install openssh-server`), or bring the lab up without `--sshd`",
  });
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Finds out before sshd does, because whoever answers on the port afterwards may not be ours. */
async function assertFree(port: number): Promise<void> {
  const probe = createServer();
  probe.listen(port, loopback);
  try {
    await once(probe, "listening");
  } catch (error) {
    throw portError(port, error);
  }
  probe.close();
  await once(probe, "close");
}

/** Resolves when sshd listens. It gives no signal of its own, so its port is asked again and again. */
async function untilReady(child: ChildProcess, port: number): Promise<void> {
  const deadline = AbortSignal.timeout(startMs);
  const ended = endOf(child);
  for (;;) {
    const outcome = await Promise.race([ended, answers(port)]);
    if (typeof outcome === "string") throw new Error(outcome);
    if (outcome) return;
    if (deadline.aborted) throw new Error(`it did not answer within ${startMs / 1000} seconds`);
    await sleep(20);
  }
}

/** Resolves with what it wrote to standard error, if it ends. */
async function endOf(child: ChildProcess): Promise<string> {
  const stderr = child.stderr === null ? "" : text(child.stderr);
  try {
    await once(child, "exit");
  } catch (error) {
    return (error as Error).message; // it could not be executed
  }
  return (await stderr).trim() || "it ended at once";
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, loopback);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
