import {
  fingerprint,
  formatKnownHost,
  hostKeyAlgorithms,
  judgeHostKey,
  knownHostsName,
  typeOfKey,
  type HostKeyVerdict,
  type KnownHost,
} from "./known-hosts.ts";
import { appendToKnownHostsFile, readKnownHostsFile } from "./known-hosts-file.ts";
import { KnownHostsIndex } from "./known-hosts-index.ts";
import { shellQuote } from "./shell-quote.ts";
import { SshError } from "./ssh-error.ts";
import { describeTarget, type SshTarget } from "./ssh-target.ts";

/** Decides about the key that a server shows. */
export interface HostKeyCheck {
  /** What to offer to the server, in this order. */
  readonly algorithms: readonly string[];
  /** Returns why the key is not trusted, or undefined if it is. */
  judge(key: Buffer): SshError | undefined;
  /**
   * Writes the accepted key down if the policy asks for it. Called after the server has proved that it
   * holds the key, so that nobody can plant the key of another.
   *
   * @throws {SshError} if the file cannot be written, or meanwhile holds another key for the host
   */
  remember(key: Buffer): Promise<void>;
}

/**
 * Reads the `known_hosts` files of a target.
 *
 * @throws {SshError} `FILE_UNREADABLE`
 */
export async function openHostKeyCheck(target: SshTarget): Promise<HostKeyCheck> {
  const { checking } = target.hostKeys;
  const judgment = await readJudgment(target);

  return {
    algorithms: hostKeyAlgorithms(judgment.lines),
    judge: (key) => complaint(target, key, judgment.judge(key)),
    async remember(key) {
      if (checking !== "accept-new" || judgment.judge(key).type !== "unknown") return;
      await inTurn(async () => {
        // Another connection may have met the same host in the meantime, perhaps with another key.
        const verdict = (await readJudgment(target)).judge(key);
        const error = complaint(target, key, verdict);
        if (error !== undefined) throw error;
        if (verdict.type === "unknown") await appendKnownHost(target, key);
      });
    },
  };
}

let lastRemembered: Promise<unknown> = Promise.resolve();

/** Keys are written down one after another, so that each is compared with those before. */
async function inTurn(remember: () => Promise<void>): Promise<void> {
  const turn = lastRemembered.then(remember);
  lastRemembered = turn.catch(() => {});
  return turn;
}

interface Judgment {
  /** The lines about the target. */
  readonly lines: readonly KnownHost[];
  readonly judge: (key: Buffer) => HostKeyVerdict;
}

/** Reads the files and finds the lines once: each hashed line costs a hash to compare. */
async function readJudgment(target: SshTarget): Promise<Judgment> {
  const known = await readKnownHosts(target);
  const linesAbout = (name: string): KnownHost[] => known.flatMap((index) => index.about(name));
  const lines = linesAbout(nameOf(target));
  return {
    lines,
    judge(key) {
      const verdict = judgeHostKey(lines, key);
      if (verdict.type !== "unknown" || target.hostKeys.alias !== undefined) return verdict;
      // Of a key that is known for the host's name on port 22, OpenSSH believes that it is on other ports too.
      const withoutPort = judgeHostKey(linesAbout(target.address.toLowerCase()), key);
      return withoutPort.type === "changed" ? verdict : withoutPort;
    },
  };
}

function nameOf({ address, port, hostKeys: { alias } }: SshTarget): string {
  return alias?.toLowerCase() ?? knownHostsName({ host: address, port });
}

function complaint(target: SshTarget, key: Buffer, verdict: HostKeyVerdict): SshError | undefined {
  const { checking, files } = target.hostKeys;
  const host = describeTarget(target);
  const shown = `${typeOfKey(key)} ${fingerprint(key)}`;
  switch (verdict.type) {
    case "trusted":
      return undefined;

    case "revoked":
      return new SshError(
        `Cannot trust ${host}: its host key ${shown} is revoked at ${verdict.by.file}:${verdict.by.line}`,
        {
          code: "SSH_HOST_KEY_REVOKED",
          hint: "Do not connect: give the host a new key, or take the @revoked line away if it is wrong",
        },
      );

    case "changed": {
      if (checking === "off") return undefined;
      const { file, line, key: knownKey, keyType } = verdict.known;
      return new SshError(
        `Cannot trust ${host}: its host key is ${shown}, but ${file}:${line} has ${keyType} ${fingerprint(knownKey)}`,
        {
          code: "SSH_HOST_KEY_CHANGED",
          hint: `Somebody may be listening in; if the host was set up again, run: ssh-keygen -R ${quote(nameOf(target))} -f ${quote(file)}`,
        },
      );
    }

    case "unknown":
      if (checking !== "strict") return undefined;
      return new SshError(`Cannot trust ${host}: its host key ${shown} is not known`, {
        code: "SSH_HOST_KEY_UNKNOWN",
        hint: acceptHint(target, files[0]),
      });
  }
}

function acceptHint({ address, port, hostKeys: { alias } }: SshTarget, file: string | undefined): string {
  const acceptNew = "use --host-key-checking accept-new";
  // What ssh-keyscan prints stands under the address, not under the alias.
  if (file === undefined || alias !== undefined) return `Compare the fingerprint, then ${acceptNew}`;
  const portOption = port === 22 ? "" : `-p ${port} `;
  return `Compare the fingerprint, then ${acceptNew}, or run: ssh-keyscan ${portOption}${quote(address)} >> ${quote(file)}`;
}

/** As people would write it. */
function quote(text: string): string {
  return /^[\w./:@%+,~-]+$/.test(text) ? text : shellQuote(text);
}

async function readKnownHosts({ hostKeys: { files, checking } }: SshTarget): Promise<KnownHostsIndex[]> {
  return Promise.all(
    files.map((file) => {
      const read = readKnownHostsFile(file);
      return checking === "off" ? read.catch(() => new KnownHostsIndex([])) : read;
    }),
  );
}

async function appendKnownHost(target: SshTarget, key: Buffer): Promise<void> {
  const [file] = target.hostKeys.files;
  if (file === undefined) return;
  try {
    await appendToKnownHostsFile(file, formatKnownHost(nameOf(target), key));
  } catch (error) {
    if (error instanceof SshError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new SshError(`Cannot remember the host key of ${describeTarget(target)} in "${file}": ${code}`, {
      code: "SSH_HOST_KEY_UNKNOWN",
      hint: "Make the file writable for you, or name another one with fusion_known_hosts_file",
      cause: error,
    });
  }
}
