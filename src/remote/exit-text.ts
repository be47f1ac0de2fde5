import type { CommandExit } from "../ssh/ssh-connection.ts";

/** How a command on a host ended, for messages. */
export function exitText({ code, signal }: CommandExit): string {
  if (code !== undefined) return `exit status ${code}`;
  return signal === undefined ? "its channel was closed" : `signal ${signal}`;
}
