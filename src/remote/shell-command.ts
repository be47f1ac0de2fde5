import { shellQuote } from "../ssh/shell-quote.ts";

/**
 * The command that runs a script with `/bin/sh`, for the user's shell, whichever that is.
 *
 * @param args what the script finds as `$1` and so on
 */
export function shellCommand(script: string, args: readonly string[] = []): string {
  const argv = args.length === 0 ? [script] : [script, "fusion-play", ...args];
  return `exec /bin/sh -c ${argv.map(shellQuote).join(" ")}`;
}

/** The command that kills a process with its group: what a script became, and all that it has started. */
export function killCommand(pid: number): string {
  return shellCommand(`kill -KILL -${pid} || kill -KILL ${pid}`);
}

/** The command that kills what is left of the group of a script. */
export function groupKillCommand(pid: number): string {
  return shellCommand(`kill -KILL -${pid}`);
}
