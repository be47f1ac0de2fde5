import { execFileSync } from "node:child_process";

const SCRIPT = [
  'mount -t tmpfs none "$1" || exit 1; left=$2; shift 2',
  'while [ "$left" -gt 0 ]; do if [ -d "$1" ]; then mount -t tmpfs none "$1"; else mount --bind /dev/null "$1"; fi || exit 1; shift; left=$((left - 1)); done',
  'exec "$@"',
].join("; ");

/**
 * What runs a command so that it sees the machine without Erlang; for root alone.
 *
 * @param hidden paths of files and folders that are to be empty besides
 */
export function hideErlang(hidden: readonly string[] = []): string[] {
  const script = "io:put_chars(code:root_dir()), halt().";
  const root = execFileSync("erl", ["-noshell", "-eval", script], { encoding: "utf8" });
  return ["unshare", "--mount", "sh", "-c", SCRIPT, "sh", root, String(hidden.length), ...hidden];
}
