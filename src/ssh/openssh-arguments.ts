import { hasAnswers } from "./openssh-answers.ts";
import { shellQuote } from "./shell-quote.ts";
import type { SshTarget } from "./ssh-target.ts";

/** What `ssh` is called with to reach a host: it looks the rest up in its config by this name. */
export function askedOf({ asked, address }: SshTarget): string {
  return asked ?? address;
}

/**
 * Options of a connection, without those of multiplexing, and the host at the end.
 *
 * @param bastion the control socket of the connection that the host is behind, and the name of the other end
 */
export function connectionArguments(target: SshTarget, bastion: BastionSocket | undefined): string[] {
  const { timeouts, hostKeys, forwardedAgent } = target;
  return [
    ...loginArguments(target),
    ...wayArguments(target, bastion),
    ...option("StrictHostKeyChecking", CHECKING[hostKeys.checking]),
    ...option("ConnectTimeout", String(Math.ceil(timeouts.connectMs / 1000))),
    ...option("ServerAliveInterval", String(Math.ceil(timeouts.keepaliveMs / 1000))),
    ...option("ServerAliveCountMax", "3"),
    ...option("ForwardAgent", forwardedAgent === undefined ? "no" : forwardedAgent),
    ...option("ForwardX11", "no"),
    ...option("ClearAllForwardings", "yes"),
    ...option("RemoteCommand", "none"),
    "--",
    askedOf(target),
  ];
}

export interface BastionSocket {
  readonly path: string;
  readonly asked: string;
}

/** Options with which `ssh` goes through a connection, and never makes one of its own. */
export function sharedArguments(socket: string): string[] {
  const names = ["ControlMaster=no", "BatchMode=yes", "ProxyCommand=false", "LogLevel=ERROR"];
  return ["-S", socket, ...names.flatMap((name) => ["-o", name])];
}

const CHECKING = { strict: "yes", "accept-new": "accept-new", off: "no" } as const;

function option(name: string, value: string): string[] {
  return ["-o", `${name}=${value}`];
}

function loginArguments(target: SshTarget): string[] {
  const { port, user, identities, agentSocket, hostKeys } = target;
  const asks = hasAnswers(target);
  return [
    "-p",
    String(port),
    "-l",
    user,
    ...identities.flatMap(({ file, required }) => (required ? ["-i", file] : [])),
    // Where only a password was given, a wrong one must not log in by a key that happens to be there.
    ...(identities.length > 0 || agentSocket !== undefined ? [] : option("PubkeyAuthentication", "no")),
    ...option("BatchMode", asks ? "no" : "yes"),
    ...(asks ? option("NumberOfPasswordPrompts", "1") : []),
    ...(hostKeys.files.length === 0
      ? []
      : option("UserKnownHostsFile", hostKeys.files.map(quoteForConfig).join(" "))),
  ];
}

/** A `ProxyCommand` of the config is left to `ssh`. */
function wayArguments({ route }: SshTarget, bastion: BastionSocket | undefined): string[] {
  if (bastion === undefined) return route.type === "command" ? [] : option("ProxyCommand", "none");
  const words = ["ssh", ...sharedArguments(bastion.path)].map((word) =>
    shellQuote(word.replaceAll("%", "%%")),
  );
  const command = [...words, "-W", "'[%h]:%p'", "--", shellQuote(bastion.asked.replaceAll("%", "%%"))];
  return option("ProxyCommand", command.join(" "));
}

/** A value of an option is read like a line of a config. */
function quoteForConfig(text: string): string {
  return `"${text.replaceAll("%", "%%").replaceAll(/["\\]/g, "\\$&")}"`;
}
