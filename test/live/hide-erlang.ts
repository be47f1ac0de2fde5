import { execFileSync } from "node:child_process";

/** What runs a command so that it sees the machine without Erlang; for root alone. */
export function hideErlang(): string[] {
  const script = "io:put_chars(code:root_dir()), halt().";
  const root = execFileSync("erl", ["-noshell", "-eval", script], { encoding: "utf8" });
  return ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none "$0" && exec "$@"', root];
}
