import { setTimeout as sleep } from "node:timers/promises";
import type { ByteStream } from "../bytes/byte-stream.ts";
import { FusionPlayError } from "../errors.ts";
import { bundleMisfit, type HostSystem } from "../runtime/bundle-misfit.ts";
import { BUNDLE_FOLDER, type Bundle } from "../runtime/bundle.ts";
import type { HostCommands } from "./become-commands.ts";
import { HOST_CACHE } from "./find-erl-script.ts";
import { slowestMs } from "./link-protocol.ts";
import { runScript, type ScriptResult } from "./run-script.ts";

export interface ProvideRuntimeOptions {
  readonly bundle: Bundle;
  /** Name of the host, for messages. */
  readonly host: string;
  /** What the host is. */
  readonly system: HostSystem;
  readonly signal: AbortSignal;
}

/** How long nothing of the bundle may leave, and how long unpacking it may take. */
const STALL_MS = 30_000;
const UNPACK_MS = 120_000;
/** What has left may still be on its way: as much as the window of a channel. */
const WINDOW_BYTES = 2 * 1024 * 1024;
const ARRIVE_MS = STALL_MS + slowestMs(WINDOW_BYTES);
/** What the script says when all of the bundle is there. */
const ARRIVED = "fusion-play:arrived";
const CHUNK_BYTES = 64 * 1024;
/** How much may wait to be sent: it is in memory, once for each host. */
const MAX_QUEUED_BYTES = 1024 * 1024;
const LOOK_MS = 10;

/** How the script on the host ends. */
const EXIT = { noFolder: 3, damaged: 4, notUnpacked: 5, notStarted: 6, notPlaced: 7 } as const;

/**
 * Brings a bundle to a host, over the standard input of a command, and unpacks it into the folder of the
 * user that is kept from run to run. Whatever ends it early, what is in that folder under the name of the
 * bundle is whole: it was checked and started before it got the name, and two that bring the same at once
 * do not meet.
 *
 * @throws {FusionPlayError} `ARCHITECTURE_MISMATCH` before anything is sent; `UPLOAD_FAILED`, `TIMEOUT`; what
 *   `ssh.exec` throws; or the signal's reason
 */
export async function provideRuntime(ssh: HostCommands, options: ProvideRuntimeOptions): Promise<void> {
  const { bundle, host, system, signal } = options;
  const misfit = bundleMisfit(bundle.manifest, system);
  if (misfit !== undefined) {
    throw new FusionPlayError(`Cannot use the runtime "${bundle.file}" on ${host}: ${misfit}`, {
      code: "ARCHITECTURE_MISMATCH",
      hint: "Make a bundle on a machine like the host, with the same architecture, and a C library that is no newer",
    });
  }
  const late = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const startTimer = (what: string, ms: number): void => {
    clearTimeout(timer);
    // Output may still come when all is over.
    if (isOver) return;
    timer = setTimeout(() => late.abort(stuck(host, what, ms)), ms);
  };
  let said = "";
  let hasArrived = false;
  let isOver = false;
  try {
    const result = await runScript(ssh, UNPACK_SCRIPT, {
      args: [bundle.sha256, bundle.cksum, String(bundle.bytes.byteLength)],
      input: async (stdin, over) => {
        await send(bundle.bytes, stdin, over, host);
        if (!hasArrived) startTimer("to take the rest of it", ARRIVE_MS);
      },
      onOutput: (text) => {
        if (hasArrived) return;
        said += text;
        hasArrived = said.includes(ARRIVED);
        said = said.slice(-ARRIVED.length);
        if (hasArrived) startTimer("to unpack it", UNPACK_MS);
      },
      signal: AbortSignal.any([signal, late.signal]),
    });
    if (result.code !== 0) throw notProvided(result, options);
  } finally {
    isOver = true;
    clearTimeout(timer);
  }
}

/**
 * Reads as many bytes as it is told, and puts them in their place in the end. `sha256sum` is one of several
 * programs of which a host need not have any; `cksum` is everywhere.
 */
const UNPACK_SCRIPT = [
  `umask 077; ${HOST_CACHE}; d=$c/otp-$1; mkdir -p "$c" || exit ${EXIT.noFolder}`,
  // What a host left that was switched off in the middle.
  'find "$c" -maxdepth 1 -name ".otp-*" -mtime +1 -exec rm -rf {} + 2>/dev/null',
  `t=$(mktemp -d "$c/.otp-XXXXXXXX") || exit ${EXIT.noFolder}`,
  'trap \'rm -rf "$t"\' EXIT; trap "exit 1" HUP INT TERM PIPE',
  `head -c "$3" > "$t/b" || exit ${EXIT.noFolder}`,
  `echo "${ARRIVED}"`,
  's=$({ sha256sum || shasum -a 256 || openssl dgst -sha256; } <"$t/b" 2>/dev/null); w=$1',
  '[ -n "$s" ] || { s=$(cksum <"$t/b"); w=$2; }',
  `case "$s" in *"$w"*) ;; *) echo "the sum of what arrived is $s" >&2; exit ${EXIT.damaged};; esac`,
  `gzip -dc <"$t/b" | (cd "$t" && tar -xf -) || exit ${EXIT.notUnpacked}`,
  `rm -f "$t/b"; o=$t/${BUNDLE_FOLDER}`,
  `"$o/bin/erl" -noshell -boot no_dot_erlang -eval "halt(0)" </dev/null >&2 || exit ${EXIT.notStarted}`,
  // Into the folder above: a folder of the name that is there by now is never gone into.
  `mv "$o" "$t/otp-$1" && { mv "$t/otp-$1" "$c/" 2>/dev/null || [ -x "$d/bin/erl" ]; } || exit ${EXIT.notPlaced}`,
].join("; ");

/** @throws {FusionPlayError} `TIMEOUT` where nothing leaves for too long, or the signal's reason */
async function send(bytes: Uint8Array, stdin: ByteStream, signal: AbortSignal, host: string): Promise<void> {
  for (let position = 0; position < bytes.byteLength; position += CHUNK_BYTES) {
    signal.throwIfAborted();
    stdin.write(bytes.subarray(position, position + CHUNK_BYTES));
    await belowQueued(MAX_QUEUED_BYTES, stdin, signal, host);
  }
  await belowQueued(1, stdin, signal, host);
}

async function belowQueued(
  limit: number,
  stdin: ByteStream,
  signal: AbortSignal,
  host: string,
): Promise<void> {
  let fewest = stdin.queuedBytes;
  for (let waited = 0; stdin.queuedBytes >= limit; waited += LOOK_MS) {
    if (stdin.queuedBytes < fewest) [fewest, waited] = [stdin.queuedBytes, 0];
    if (waited >= STALL_MS) throw stuck(host, "to take more of it", STALL_MS);
    await sleep(LOOK_MS, undefined, { signal });
  }
}

function stuck(host: string, what: string, ms: number): FusionPlayError {
  return new FusionPlayError(
    `Cannot finish phase "runtime" on ${host}: it did not manage ${what} within ${ms / 1000} s`,
    { code: "TIMEOUT", hint: "Check the network, and the load of the host" },
  );
}

const STATES: Readonly<Record<number, readonly [state: string, hint: string]>> = {
  [EXIT.noFolder]: [
    "its folder there cannot be made or written",
    "Check HOME of the user and the space there, or set XDG_CACHE_HOME of the user to another folder",
  ],
  [EXIT.damaged]: ["it did not arrive whole", "Check the space and the quota of the user on the host"],
  [EXIT.notUnpacked]: [
    "it cannot be unpacked",
    "Check that the host has tar and gzip, and the space and the quota of the user",
  ],
  [EXIT.notStarted]: [
    "it does not start there",
    "The file system may be mounted with noexec: set XDG_CACHE_HOME of the user to a folder of another one",
  ],
  [EXIT.notPlaced]: ["it cannot be moved to its place", "Check the folder fusion-play of the user's cache"],
};

function notProvided(
  { code, stderr }: ScriptResult,
  { bundle, host }: ProvideRuntimeOptions,
): FusionPlayError {
  const [state, hint] = STATES[code ?? 0] ?? [
    `the script for it ended (exit status ${code ?? "unknown"})`,
    "",
  ];
  const words = stderr.trim().slice(-500);
  const said = words === "" ? "" : `; the host says: ${words}`;
  return new FusionPlayError(`Cannot bring the runtime "${bundle.file}" to ${host}: ${state}${said}`, {
    code: "UPLOAD_FAILED",
    hint: hint === "" ? undefined : hint,
  });
}
