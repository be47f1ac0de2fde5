import { BOOT_FLAGS, HOST_CACHE, LIBC_SCRIPT, NO_USER_FLAGS } from "./find-erl-script.ts";
import { FIND_ELIXIR_SOURCE } from "./find-elixir-source.ts";

/** Begins each line that the script prints: `fusion-play:<name>:<value>`. */
const PREFIX = "fusion-play:";

/**
 * A script for `/bin/sh` that tells what a host has, without changing anything: a line each for `system`,
 * `machine`, `libc`, `time` (seconds), `cache` (the folder), `writable`, `free` (the line of `df`), and `erl` or
 * `looked`. Then `erl` tells more of itself: it evaluates {@linkcode PROBE_SOURCE}, which comes as a line
 * of standard input. `$1` is what evaluates it.
 *
 * @param find lines that look for `erl`
 */
export function probeScript(find: readonly string[]): string {
  const tell = (name: string, value: string): string => `echo "${PREFIX}${name}:${value}"`;
  return [
    tell("system", "$(uname -s)"),
    tell("machine", "$(uname -m)"),
    tell("libc", `$(${LIBC_SCRIPT})`),
    `${HOST_CACHE}; d=$c`,
    'while [ ! -d "$d" ]; do case $d in */*) d=${d%/*};; *) d=.;; esac; [ -n "$d" ] || d=/; done',
    tell("cache", "$c"),
    `[ -w "$d" ] && ${tell("writable", "yes")}`,
    tell("free", '$(df -Pk "$d" 2>/dev/null | tail -n 1)'),
    // As exact as the host can: only some know what a nanosecond is.
    tell("time", "$(date +%s.%N)"),
    ...find,
    `[ -n "$e" ] || { ${tell("looked", "$l")}; exit 0; }`,
    tell("erl", "$e"),
    NO_USER_FLAGS,
    "export ERL_CRASH_DUMP_SECONDS=0",
    BOOT_FLAGS,
    'exec "$e" "$@" -noshell -start_epmd false -nocookie +fnu -eval "$s"',
  ].join("; ");
}

/** What `erl` evaluates: it prints `otp`, `architecture`, `elixir` and `elixir_root`, as the script does. */
export const PROBE_SOURCE: string = String.raw`
${FIND_ELIXIR_SOURCE}
Tell = fun(Name, Value) -> io:put_chars(user, [unicode:characters_to_binary(["${PREFIX}", Name, $:, Value]), $\n]) end,
Tell("otp", erlang:system_info(otp_release)),
Tell("architecture", erlang:system_info(system_architecture)),
case FindElixir() of
    {none, none} -> ok;
    {Version, Root} -> Tell("elixir", Version), Tell("elixir_root", Root)
end,
halt(0).
`;

const MAX_VALUE_CHARACTERS = 4000;

/** Reads what the script printed, by name; other lines are passed over. */
export function readProbe(output: string): ReadonlyMap<string, string> {
  const told = new Map<string, string>();
  for (const line of output.split("\n")) {
    const [, name, value = ""] = /^fusion-play:([a-z_]+):(.*)$/.exec(line) ?? [];
    // What comes first was said by the script itself.
    if (name !== undefined && !told.has(name)) told.set(name, value.trim().slice(0, MAX_VALUE_CHARACTERS));
  }
  return told;
}
