import type { JumpSettings, TargetSettings } from "./resolve-target.ts";
import type { SshTarget } from "./ssh-target.ts";

/** What OpenSSH's `ssh` is to connect to, and what the inventory says about it; the rest it knows from its config. */
export interface OpensshRequest {
  /** As `ssh` would be called with it. */
  readonly asked: string;
  readonly settings: TargetSettings;
  /** The same, with all that the ssh config says. */
  readonly target: SshTarget;
}

/** Options of a connection, without those of multiplexing, and the host at the end. */
export function connectionArguments({ asked, settings, target }: OpensshRequest): string[] {
  const { timeouts, hostKeys, forwardedAgent } = target;
  return [
    ...loginArguments(settings),
    ...jumpArguments(settings.jump),
    ...option("BatchMode", "yes"),
    ...option("StrictHostKeyChecking", CHECKING[hostKeys.checking]),
    ...option("ConnectTimeout", String(Math.ceil(timeouts.connectMs / 1000))),
    ...option("ServerAliveInterval", String(Math.ceil(timeouts.keepaliveMs / 1000))),
    ...option("ServerAliveCountMax", "3"),
    ...option("ForwardAgent", forwardedAgent === undefined ? "no" : forwardedAgent),
    ...option("ForwardX11", "no"),
    ...option("ClearAllForwardings", "yes"),
    ...option("RemoteCommand", "none"),
    "--",
    asked,
  ];
}

const CHECKING = { strict: "yes", "accept-new": "accept-new", off: "no" } as const;

function option(name: string, value: string): string[] {
  return ["-o", `${name}=${value}`];
}

function loginArguments(settings: TargetSettings): string[] {
  const { port, user, privateKeyFile, knownHostsFile } = settings;
  return [
    ...(port === undefined ? [] : ["-p", String(port)]),
    ...(user === undefined ? [] : ["-l", user]),
    ...(privateKeyFile === undefined ? [] : ["-i", privateKeyFile]),
    ...(knownHostsFile === undefined ? [] : option("UserKnownHostsFile", quoteForConfig(knownHostsFile))),
  ];
}

/** The way of the inventory as a `ProxyCommand`: unlike `-J`, it can say which key opens which hop. */
function jumpArguments(jump: readonly JumpSettings[] | undefined): string[] {
  if (jump === undefined) return [];
  return option("ProxyCommand", jump.length === 0 ? "none" : proxyCommand(jump));
}

function proxyCommand(jump: readonly JumpSettings[]): string {
  const before = jump.slice(0, -1);
  const { name, connection } = jump.at(-1) as JumpSettings;
  const way = before.length > 0 ? before : connection.jump;
  const checking = connection.hostKeyChecking;
  const words = [
    "ssh",
    ...loginArguments(connection),
    ...jumpArguments(way),
    ...option("BatchMode", "yes"),
    ...(checking === undefined ? [] : option("StrictHostKeyChecking", CHECKING[checking])),
    ...option("ClearAllForwardings", "yes"),
  ].map((word) => quoteForShell(word.replaceAll("%", "%%")));
  // Only here, `%h` and `%p` are those of the host behind.
  return [...words, "-W", "'[%h]:%p'", "--", quoteForShell(connection.address ?? name)].join(" ");
}

function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A value of an option is read like a line of a config. */
function quoteForConfig(text: string): string {
  return `"${text.replaceAll("%", "%%").replaceAll(/["\\]/g, "\\$&")}"`;
}
