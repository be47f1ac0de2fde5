import { userInfo } from "node:os";
import type { Watchdog } from "./watchdog.ts";

/** Name of the user that commands of a lab run as. */
export function labUser(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env["USER"] ?? "unknown"; // a container may run us under a number without a name
  }
}

/** The search path of commands: ours, as the Erlang that a newcomer installed may be anywhere. */
export function labPath(): string {
  return process.env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin";
}

/** Makes the whole environment of a command: nothing else of ours reaches it. */
export function commandEnvironment(home: string, mark: Watchdog["mark"]): Record<string, string> {
  const user = labUser();
  return { [mark[0]]: mark[1], HOME: home, PATH: labPath(), USER: user, LOGNAME: user, SHELL: "/bin/sh" };
}
