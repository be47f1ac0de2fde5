import { execFile } from "node:child_process";
import { readdir, readFile, stat } from "node:fs/promises";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import pLimit from "p-limit";

import { readHostConfig, type HostConfig } from "./host-config.ts";
import { lookupInFiles } from "./ssh-config-file.ts";
import { parseSshOutput } from "./ssh-config-output.ts";
import { SshError } from "./ssh-error.ts";

export interface SshConfigOptions {
  /** A config file instead of the usual ones. */
  readonly file?: string;
  /**
   * Home folder of the local user.
   *
   * @default os.homedir()
   */
  readonly home?: string;
  /**
   * Name or path of OpenSSH's program. Where it is not installed, the files are read here.
   *
   * @default "ssh"
   */
  readonly program?: string;
  /**
   * Folder of the system's config.
   *
   * @default "/etc/ssh"
   */
  readonly systemFolder?: string;
}

/** The user's ssh config, read for one run. */
export interface SshConfig {
  /**
   * Looks a host up; asked again for the same one, it remembers the answer.
   *
   * @throws {SshError} `SSH_CONFIG_INVALID`, or the signal's reason
   */
  lookup(host: string, options: { signal: AbortSignal }): Promise<HostConfig>;
}

/** How many `ssh -G` run at a time, and how long one may take: a `Match exec` in the config may wait. */
const MAX_PROCESSES = 4;
const DEADLINE_MS = 10_000;

const NOTHING: HostConfig = { identityFiles: [] };

/**
 * Opens the ssh config. `ssh -G` is asked where a config exists, as only it knows all of the format;
 * without a config no process is started, for any number of hosts.
 */
export function openSshConfig(options: SshConfigOptions = {}): SshConfig {
  const resolved = { home: homedir(), program: "ssh", systemFolder: "/etc/ssh", ...options };
  const limit = pLimit(MAX_PROCESSES);
  const answers = new Map<string, Promise<HostConfig>>();
  let files: Promise<readonly string[]> | undefined;
  let usual: Promise<string | undefined> | undefined;

  /** What ssh would do without any config; asked once. */
  const askDefaults = async (signal: AbortSignal): Promise<string | undefined> => {
    const asked = (usual ??= askSsh("localhost", ["-F", "/dev/null"], { ...resolved, signal }));
    return await asked.catch(() => {
      // Who asked first may have given up.
      if (usual === asked) usual = undefined;
      signal.throwIfAborted();
      return undefined;
    });
  };

  const ask = async (host: string, signal: AbortSignal): Promise<HostConfig> => {
    files ??= configFiles(resolved);
    const existing = await files;
    // A name that could be an option or a command to a shell of the config stands in no config.
    if (existing.length === 0 || !/^[\w.:%[\]][\w.:%[\]-]*$/.test(host)) return NOTHING;
    const [answer, defaults] = await Promise.all([
      limit(async () => {
        signal.throwIfAborted();
        return await askSsh(host, configOptions(resolved, existing), { ...resolved, signal });
      }),
      askDefaults(signal),
    ]);
    if (answer !== undefined) {
      return readHostConfig(parseSshOutput(answer, parseSshOutput(defaults ?? "")), (keyword, problem) => {
        throw invalidConfig(host, `${keyword}: ${problem}`);
      });
    }
    const values = await lookupInFiles(host, { files: existing, home: resolved.home });
    return readHostConfig(values, (keyword, problem) => {
      throw invalidConfig(host, `${keyword}: ${problem}`);
    });
  };

  return {
    async lookup(host, { signal }) {
      signal.throwIfAborted();
      const known = answers.get(host);
      // What another caller gave up on, this one still wants to know.
      if (known !== undefined) return await known.catch(async () => await this.lookup(host, { signal }));
      const answer = ask(host, signal);
      answers.set(host, answer);
      answer.catch(() => answers.delete(host));
      return await answer;
    },
  };
}

type ResolvedOptions = Required<Omit<SshConfigOptions, "file">> & Pick<SshConfigOptions, "file">;

/** Config files that exist and say something, in the order of precedence. */
async function configFiles({ file, home, systemFolder }: ResolvedOptions): Promise<readonly string[]> {
  if (file !== undefined) {
    if (await isFile(file)) return [file];
    throw new SshError(`Cannot read the ssh config "${file}": there is no such file`, {
      code: "SSH_CONFIG_INVALID",
      hint: "Check the path",
    });
  }
  const user = join(home, ".ssh", "config");
  const dropIns = join(systemFolder, "ssh_config.d");
  const names = await readdir(dropIns).catch(() => []);
  const system = [
    join(systemFolder, "ssh_config"),
    ...names.filter((name) => name.endsWith(".conf")).map((name) => join(dropIns, name)),
  ];
  const [hasUser, hasSystem] = await Promise.all([isFile(user), Promise.all(system.map(saysSomething))]);
  return [
    ...(hasUser ? [user] : []),
    ...(hasSystem.includes(true) ? [join(systemFolder, "ssh_config")] : []), // it includes the others
  ];
}

async function isFile(path: string): Promise<boolean> {
  return await stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );
}

const KEYWORDS =
  /^\s*(?:match|hostname|port|user|identity\w*|userknownhostsfile|globalknownhostsfile|stricthostkeychecking|hostkeyalias|connecttimeout|connectionattempts|forwardagent|proxy\w*|ciphers|kexalgorithms|macs|hostkeyalgorithms|serveralive\w*|bindaddress|addressfamily|certificatefile)\b/im;

/** Distributions ship a system config with defaults that do not concern us, on every machine. */
async function saysSomething(path: string): Promise<boolean> {
  return KEYWORDS.test(await readFile(path, "utf8").catch(() => ""));
}

/** Options with which ssh reads these files. */
function configOptions(
  { file, home, systemFolder }: ResolvedOptions,
  existing: readonly string[],
): readonly string[] {
  // ssh takes the home folder from the user database and not from HOME.
  const isUsual = file === undefined && home === userInfo().homedir && systemFolder === "/etc/ssh";
  return isUsual ? [] : ["-F", existing[0] ?? ""];
}

/** Gives what `ssh -G` prints; undefined where there is no such program. */
async function askSsh(
  host: string,
  options: readonly string[],
  { program, signal }: Pick<ResolvedOptions, "program"> & { signal: AbortSignal },
): Promise<string | undefined> {
  const args = ["-G", ...options, "--", host];
  return await new Promise<string | undefined>((resolve, reject) => {
    execFile(program, args, { signal, timeout: DEADLINE_MS, encoding: "utf8" }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else if (signal.aborted) reject(signal.reason as Error);
      else if (error.code === "ENOENT") resolve(undefined);
      else reject(sshProblem(host, error, stderr));
    }).stdin?.end();
  });
}

function sshProblem(host: string, error: Error & { killed?: boolean }, stderr: string): SshError {
  if (error.killed === true) {
    return invalidConfig(host, `ssh -G had no result within ${DEADLINE_MS / 1000} s`, error);
  }
  const [line = error.message] = stderr.split("\n").filter((text) => /config|line \d+|jumphost/i.test(text));
  return invalidConfig(host, line.trim(), error);
}

function invalidConfig(host: string, problem: string, cause?: unknown): SshError {
  return new SshError(`Cannot look up "${host}" in the ssh config: ${problem}`, {
    code: "SSH_CONFIG_INVALID",
    hint: `Correct the config, then check it with: ssh -G ${host}`,
    cause,
  });
}
