import { randomBytes } from "node:crypto";
import { FusionPlayError } from "../errors.ts";
import type { Host } from "../inventory/inventory.ts";
import type { Login, SshConnection } from "../ssh/ssh-connection.ts";
import { unlessAborted } from "../waits/unless-aborted.ts";
import { becomeOf, type Become } from "./become-command.ts";
import { hostCommands, type HostCommands } from "./become-commands.ts";
import { withDeadline } from "./deadline.ts";
import { EVAL, evalLine } from "./eval-line.ts";
import { erlLines } from "./find-erl-script.ts";
import { libcOf } from "./libc.ts";
import { PROBE_SOURCE, probeScript, readProbe } from "./probe-script.ts";
import { runScript } from "./run-script.ts";
import { scriptNotRun } from "./script-not-run.ts";

/** What a host is like, as far as it decides whether plays can run there. */
export interface HostProbe {
  readonly login: Login;
  /** Whom the BEAM runs as, and all else below is about, where that is not who logs in. */
  readonly become: Pick<Become, "user" | "method"> | undefined;
  /** Why the server does not forward TCP; undefined where it does, both ways. */
  readonly noForwarding: FusionPlayError | undefined;
  /** Why no command can be run as that user, or does not end; then nothing else is known. */
  readonly noCommands: FusionPlayError | undefined;
  /** What `uname` says: `Linux` and `x86_64`. */
  readonly system: string | undefined;
  readonly machine: string | undefined;
  /** Such as `glibc 2.36`; undefined where the host does not tell. */
  readonly libc: string | undefined;
  readonly erlang: ErlangProbe | undefined;
  readonly elixir: { readonly version: string; readonly root: string } | undefined;
  /** By how much the host's clock is ahead, in milliseconds: at least; undefined where it does not tell. */
  readonly clockAheadMs: number | undefined;
  readonly cache: CacheProbe | undefined;
}

export type ErlangProbe =
  | { readonly state: "works"; readonly path: string; readonly otp: string; readonly architecture: string }
  | { readonly state: "broken"; readonly path: string; readonly why: string }
  | { readonly state: "missing"; readonly lookedIn: string };

/** The folder for what is kept on the host between runs. */
export interface CacheProbe {
  readonly folder: string;
  readonly isWritable: boolean;
  readonly freeBytes: number | undefined;
}

const FORWARDING_MS = 10_000;
const PROBE_MS = 30_000;

/**
 * Asks a host what it has, and changes nothing there.
 *
 * @throws {FusionPlayError} `SSH_CONNECTION_LOST`, or the signal's reason
 */
export async function probeHost(ssh: SshConnection, host: Host, signal: AbortSignal): Promise<HostProbe> {
  const [forwarding, commands] = await Promise.allSettled([
    withDeadline({ phase: "tunnel", host: host.name, ms: FORWARDING_MS, signal }, (inner) =>
      tryForwarding(ssh, inner),
    ),
    withDeadline({ phase: "probe", host: host.name, ms: PROBE_MS, signal }, (inner) =>
      askHost(hostCommands(ssh, host), host, inner),
    ),
  ]);
  return {
    login: ssh.login,
    become: becomeOf(host),
    noForwarding: refusalOf(forwarding, ["SSH_FORWARDING_REFUSED", "SSH_CONNECT_FAILED", "TIMEOUT"]),
    noCommands: refusalOf(commands, ["SSH_EXEC_REFUSED", "TIMEOUT", "BECOME_FAILED"]),
    ...(commands.status === "fulfilled" ? commands.value : NOTHING_KNOWN),
  };
}

type Answers = Omit<HostProbe, "login" | "become" | "noForwarding" | "noCommands">;

const NOTHING_KNOWN: Answers = {
  system: undefined,
  machine: undefined,
  libc: undefined,
  erlang: undefined,
  elixir: undefined,
  clockAheadMs: undefined,
  cache: undefined,
};

/** An error that says something about the host; any other one ends the probe. */
function refusalOf(
  result: PromiseSettledResult<unknown>,
  codes: readonly string[],
): FusionPlayError | undefined {
  if (result.status === "fulfilled") return undefined;
  const error: unknown = result.reason;
  if (error instanceof FusionPlayError && codes.includes(error.code)) return error;
  throw error;
}

/** Opens a reverse tunnel and connects to its port on the host: what arrives has gone both ways. */
async function tryForwarding(ssh: SshConnection, signal: AbortSignal): Promise<void> {
  const token = randomBytes(16).toString("hex");
  let arrived: () => void = () => {};
  const isThere = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  await using tunnel = await ssh.reverseTunnel(
    (stream) => {
      let text = "";
      stream.listen({
        onBytes: (chunk) => {
          text = (text + Buffer.from(chunk).toString("latin1")).slice(0, token.length);
          if (text === token) arrived();
        },
        onEnd: () => stream.close(),
      });
    },
    { signal },
  );
  const stream = await ssh.forwardStream(tunnel.remotePort, { signal });
  stream.listen({ onBytes: () => {}, onEnd: () => {} });
  stream.write(Buffer.from(token));
  try {
    await unlessAborted(isThere, signal);
  } finally {
    stream.close();
  }
}

async function askHost(
  ssh: HostCommands,
  { name, connection: { erl } }: Host,
  signal: AbortSignal,
): Promise<Answers> {
  const find = erlLines(erl === undefined ? { type: "search" } : { type: "path", path: erl });
  const askedAt = Date.now();
  let answeredAt: number | undefined;
  const { stdout, stderr, code } = await runScript(ssh, probeScript(find.lines), {
    args: [EVAL, ...find.args],
    input: async (stdin) => stdin.write(Buffer.from(`${evalLine(PROBE_SOURCE, {})}\n`)),
    onOutput: (text) => {
      if (text.includes("fusion-play:time:")) answeredAt ??= Date.now();
    },
    signal,
  });
  const told = readProbe(stdout);
  const words = `${stdout.replaceAll(/^fusion-play:.*\n?/gm, "")}${stderr}`.trim();
  const end = `it ended with exit status ${code ?? "unknown"}${words && `; it said: ${words}`}`;
  if (!told.has("system")) throw scriptNotRun(name, end);
  return {
    system: told.get("system"),
    machine: told.get("machine"),
    libc: libcOf(told.get("libc") ?? ""),
    erlang: erlangOf(told, end),
    elixir: elixirOf(told),
    clockAheadMs: clockAhead(told.get("time") ?? "", { askedAt, answeredAt: answeredAt ?? Date.now() }),
    cache: cacheOf(told),
  };
}

/** A second that is told without a fraction may have just begun, or be over at once. */
const WHOLE_SECOND_MS = 1000;

/**
 * By how much a clock is ahead, at least: it was read at some time between the question and the answer.
 *
 * @param text `1700000000.123456789`, or `1700000000.N` of a host that knows no fractions
 * @returns milliseconds, 0 where the clocks may agree; undefined where the text is no time
 */
export function clockAhead(
  text: string,
  { askedAt, answeredAt }: { askedAt: number; answeredAt: number },
): number | undefined {
  const [, seconds, fraction] = /^(\d{1,12})(?:\.(\d+))?/.exec(text) ?? [];
  if (seconds === undefined) return undefined;
  const earliest = Math.floor(Number(`${seconds}.${fraction ?? 0}`) * 1000);
  const latest = earliest + (fraction === undefined ? WHOLE_SECOND_MS : 0);
  if (earliest > answeredAt) return earliest - answeredAt;
  return latest < askedAt ? latest - askedAt : 0;
}

function erlangOf(told: ReadonlyMap<string, string>, why: string): ErlangProbe | undefined {
  const path = told.get("erl");
  const lookedIn = told.get("looked");
  if (path === undefined) return lookedIn === undefined ? undefined : { state: "missing", lookedIn };
  const otp = told.get("otp");
  const architecture = told.get("architecture") ?? "";
  return otp === undefined ? { state: "broken", path, why } : { state: "works", path, otp, architecture };
}

function elixirOf(told: ReadonlyMap<string, string>): HostProbe["elixir"] {
  const version = told.get("elixir");
  return version === undefined ? undefined : { version, root: told.get("elixir_root") ?? "" };
}

const KIBIBYTE = 1024;

function cacheOf(told: ReadonlyMap<string, string>): CacheProbe | undefined {
  const folder = told.get("cache");
  if (folder === undefined) return undefined;
  // The columns of POSIX: device, blocks, used, available, capacity, mounted on.
  const [, available] = /\s(\d+)\s+\d+%/.exec(told.get("free") ?? "") ?? [];
  return {
    folder,
    isWritable: told.get("writable") === "yes",
    freeBytes: available === undefined ? undefined : Number(available) * KIBIBYTE,
  };
}
