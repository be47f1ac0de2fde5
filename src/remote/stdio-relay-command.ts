import { deflateSync } from "node:zlib";
import { NO_BUSY_WAIT, TELL_NOT_FOUND } from "./bootstrap.ts";
import { BOOT_FLAGS, erlLines, NO_USER_FLAGS, type ErlSource } from "./find-erl-script.ts";
import { shellCommand } from "./shell-command.ts";
import { RELAY_READY, STDIO_RELAY_SOURCE } from "./stdio-relay-source.ts";
import { TELL_PID } from "./told-pid.ts";

/** It has little to do, and shall take little memory. Standard input is its own. */
const FLAGS = `-noinput -start_epmd false +fnu +S 1:1 +SDio 1 ${NO_BUSY_WAIT}`;

/** What `erl -eval` is given: it evaluates the packed source code that stands behind `-extra`. */
const EVAL = [
  "[Packed]=init:get_plain_arguments()",
  "{ok,Tokens,_}=erl_scan:string(binary_to_list(zlib:uncompress(base64:decode(Packed))))",
  "{ok,Forms}=erl_parse:parse_exprs(Tokens)",
  "erl_eval:exprs(Forms,erl_eval:new_bindings())",
].join(",");

/**
 * The command that starts the relay, for the user's shell. It reads a line first, {@linkcode stdioRelayInput}, as
 * a longer command would be cut off where a program such as sudo quotes it. What anybody else prints there goes to
 * standard error: standard output, which the relay finds as descriptor 3, belongs to its frames.
 */
export function stdioRelayCommand(erl: ErlSource): string {
  const { lines: find, args } = erlLines(erl);
  const script = [
    TELL_PID,
    "IFS= read -r p || exit 0",
    ...find,
    TELL_NOT_FOUND,
    NO_USER_FLAGS,
    "export ERL_CRASH_DUMP_SECONDS=0",
    BOOT_FLAGS,
    // Some shells keep from programs what an `exec` before opens.
    `exec "$e" "$@" ${FLAGS} -eval "$s" -extra "$p" 3>&1 1>&2`,
  ].join("; ");
  return shellCommand(script, [EVAL, ...args]);
}

/** What the command reads before it starts the relay. */
export function stdioRelayInput(): Uint8Array {
  return Buffer.from(`${deflateSync(Buffer.from(STDIO_RELAY_SOURCE, "latin1")).toString("base64")}\n`);
}

/** Whether a line of standard output is the last one before the frames. */
export function isRelayReady(line: string): boolean {
  return line.trim() === RELAY_READY;
}
