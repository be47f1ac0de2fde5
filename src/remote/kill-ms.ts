import type { Host } from "../inventory/inventory.ts";
import { becomeOf } from "./become-command.ts";

/** How long a command that kills may take to start, and how long what it kills to end afterwards. */
const KILL_MS = 500;
/** The same where another user than the one who logged in is asked for first. */
const BECOME_KILL_MS = 5000;

/** How long to wait for each of both on a host, in milliseconds. */
export function killMsOf(host: Pick<Host, "name" | "connection">): number {
  return becomeOf(host) === undefined ? KILL_MS : BECOME_KILL_MS;
}
