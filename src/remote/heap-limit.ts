import { ErpcError } from "../dist/erpc-error.ts";
import { displayFunction } from "../etf/module-name.ts";
import { atom, isAtom, MapTerm, type Term } from "../etf/term.ts";
import { FusionPlayError } from "../errors.ts";
import type { RemoteCall, Runtime } from "../engine/remote-node.ts";

/** From this release on, binaries that processes share can be counted too. */
const COUNTS_BINARIES = 28;

/**
 * What `max_heap_size` of a process is, so that it is killed when it needs more than so many bytes. It counts
 * heap and stack; before OTP 28, binaries of more than 64 bytes are elsewhere and not counted.
 */
export function maxHeapOf(bytes: number, { bits, otp }: Pick<Runtime, "bits" | "otp">): Term {
  const entries: [Term, Term][] = [
    [atom("size"), Math.floor(bytes / (bits / 8))],
    [atom("kill"), atom("true")],
    [atom("error_logger"), atom("false")],
  ];
  if (Number.parseInt(otp, 10) >= COUNTS_BINARIES)
    entries.push([atom("include_shared_binaries"), atom("true")]);
  return new MapTerm(entries);
}

/** The error of a call whose process had such a limit and was killed; undefined of any other end. */
export function heapError(error: unknown, call: RemoteCall, host: string): FusionPlayError | undefined {
  const isKilled = error instanceof ErpcError && error.class === "exit" && isAtom(error.reason, "killed");
  if (!isKilled) return undefined;
  const name = displayFunction(call.module, call.function, call.args.length);
  return new FusionPlayError(
    `Cannot finish ${name} on ${host}: its process was killed, as it needed more memory than max_heap allows`,
    {
      code: "MEMORY_EXCEEDED",
      hint: "Raise max_heap, or give the step less to do at once; code of the host that kills the process looks the same",
      cause: error,
    },
  );
}
