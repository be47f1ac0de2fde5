import { describeData } from "../documents/describe-data.ts";
import { parseJumpHops } from "../ssh/jump-hop.ts";
import { revealData } from "../etf/secret-data.ts";
import { secret, type Secret } from "../secret.ts";
import type {
  BecomeMethod,
  ConnectionSettings,
  HostKeyChecking,
  JumpHost,
  SshBackend,
  TransportChoice,
} from "./inventory.ts";
import type { Variable } from "./inventory-tree.ts";
import { jumpInArguments } from "./ssh-arguments.ts";

/** A value of a setting, or what was expected instead of the one that was given. */
export type Reading<Value> =
  | { readonly value: Value }
  | { readonly expected: string }
  /** It says nothing about the setting, which is no mistake. */
  | { readonly saysNothing: true };

/** The value of a variable, as it was written. */
export type Written = Pick<Variable, "data" | "source">;

/** One connection setting, and the variables that give it. */
export interface ConnectionVariable<Name extends keyof ConnectionSettings> {
  readonly setting: Name;
  /** What wins stands first: our own name, then the more special one of Ansible's. */
  readonly names: readonly string[];
  /** Reads a variable whose data holds no {@linkcode Secret}: by {@linkcode readSetting}. */
  readonly read: (variable: Written, name: string) => Reading<NonNullable<ConnectionSettings[Name]>>;
}

type AnyConnectionVariable = {
  [Name in keyof ConnectionSettings]-?: ConnectionVariable<Name>;
}[keyof ConnectionSettings];

/** Every variable that says how to reach a host. */
export const CONNECTION_VARIABLES: readonly AnyConnectionVariable[] = [
  { setting: "address", names: ["fusion_host", "ansible_ssh_host", "ansible_host"], read: readText },
  { setting: "port", names: ["fusion_port", "ansible_ssh_port", "ansible_port"], read: readPort },
  { setting: "user", names: ["fusion_user", "ansible_ssh_user", "ansible_user"], read: readText },
  {
    setting: "password",
    names: ["fusion_password", "ansible_ssh_password", "ansible_ssh_pass", "ansible_password"],
    read: readPassword,
  },
  { setting: "passwordCommand", names: ["fusion_password_command"], read: readText },
  {
    setting: "privateKeyFile",
    names: ["fusion_private_key_file", "ansible_ssh_private_key_file", "ansible_private_key_file"],
    read: readText,
  },
  {
    setting: "privateKeyPassphrase",
    names: [
      "fusion_private_key_passphrase",
      "ansible_ssh_private_key_passphrase",
      "ansible_private_key_passphrase",
    ],
    read: readPassword,
  },
  { setting: "knownHostsFile", names: ["fusion_known_hosts_file"], read: readText },
  {
    setting: "hostKeyChecking",
    names: ["fusion_host_key_checking", "ansible_ssh_host_key_checking", "ansible_host_key_checking"],
    read: readHostKeyChecking,
  },
  {
    setting: "jump",
    names: ["fusion_jump", "ansible_ssh_args", "ansible_ssh_common_args", "ansible_ssh_extra_args"],
    read: readJump,
  },
  { setting: "sshBackend", names: ["fusion_ssh_backend"], read: readBackend },
  { setting: "connectRetries", names: ["fusion_connect_retries", "ansible_ssh_retries"], read: readCount },
  { setting: "forwardAgent", names: ["fusion_forward_agent"], read: readFlag },
  { setting: "become", names: ["fusion_become", "ansible_become"], read: readFlag },
  {
    setting: "becomeMethod",
    names: ["fusion_become_method", "ansible_become_method"],
    read: readBecomeMethod,
  },
  { setting: "becomeUser", names: ["fusion_become_user", "ansible_become_user"], read: readUser },
  {
    setting: "becomePassword",
    names: ["fusion_become_password", "ansible_become_password", "ansible_become_pass"],
    read: readPassword,
  },
  { setting: "erl", names: ["fusion_erl"], read: readText },
  { setting: "runtime", names: ["fusion_runtime"], read: readText },
  { setting: "transport", names: ["fusion_transport"], read: readTransport },
];

const BY_NAME: ReadonlyMap<string, AnyConnectionVariable> = new Map(
  CONNECTION_VARIABLES.flatMap((variable) => variable.names.map((name) => [name, variable] as const)),
);

/**
 * Reads a variable that gives a setting. Under a name of Ansible's, what is empty says nothing, as it does there.
 *
 * @param name one of the names of the setting
 */
export function readSetting(
  { read }: AnyConnectionVariable,
  name: string,
  variable: Written,
): ReturnType<AnyConnectionVariable["read"]> {
  const data = revealData(variable.data);
  if (!isOwn(name) && (data === null || data === "")) return { saysNothing: true };
  return read({ ...variable, data }, name);
}

/** Finds the setting that a variable gives. */
export function connectionVariable(name: string): AnyConnectionVariable | undefined {
  return BY_NAME.get(name);
}

const SECRET_NAME = /^(?:fusion|ansible)_(?:\w+_)?pass(?:word|phrase)?$/u;

/** Whether a variable gives a password or a passphrase, be it one that is read here or not. */
export function isSecretVariable(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** Names of this program's own variables, for suggestions. */
export const OWN_VARIABLES: readonly string[] = [...BY_NAME.keys()].filter(isOwn);

function isOwn(name: string): boolean {
  return name.startsWith("fusion_");
}

function readText({ data, source }: Written): Reading<string> {
  if (typeof data === "string" && data !== "") return { value: data };
  // A password may look like a number, and counts as it was written.
  if (source !== undefined && describeData(data).startsWith("the number")) return { value: source };
  return { expected: "text" };
}

function readPassword(variable: Written): Reading<Secret> {
  const reading = readText(variable);
  return "value" in reading ? { value: secret(reading.value) } : reading;
}

const JUMP = "hosts to jump through, as [user@]host[:port], or none";

function readJump({ data }: Written, name: string): Reading<readonly JumpHost[]> {
  const text = isOwn(name)
    ? Array.isArray(data)
      ? data.join(",")
      : data
    : typeof data === "string"
      ? jumpInArguments(data)
      : undefined;
  if (text === undefined && !isOwn(name)) return { saysNothing: true };
  const hops = typeof text === "string" && text !== "" ? parseJumpHops(text) : undefined;
  if (hops === undefined) return { expected: isOwn(name) ? JUMP : `options of ssh with ${JUMP}` };
  return {
    value: hops.map(({ host, user, port }) => ({
      name: host,
      connection: {
        address: host,
        ...(user === undefined ? {} : { user }),
        ...(port === undefined ? {} : { port }),
      },
    })),
  };
}

const MAX_PORT = 65_535;

function readPort({ data }: Written): Reading<number> {
  const port = typeof data === "string" && /^[0-9]+$/u.test(data) ? Number(data) : data;
  if (typeof port === "number" && Number.isInteger(port) && port >= 1 && port <= MAX_PORT)
    return { value: port };
  return { expected: `a whole number from 1 to ${MAX_PORT}` };
}

function readBackend({ data }: Written): Reading<SshBackend> {
  return data === "ssh2" || data === "openssh" ? { value: data } : { expected: '"ssh2" or "openssh"' };
}

function readTransport({ data }: Written): Reading<TransportChoice> {
  return data === "auto" || data === "tunnels" || data === "stdio"
    ? { value: data }
    : { expected: '"auto", "tunnels" or "stdio"' };
}

function readCount({ data }: Written): Reading<number> {
  const count = typeof data === "string" && /^[0-9]+$/u.test(data) ? Number(data) : data;
  if (typeof count === "number" && Number.isInteger(count) && count >= 0) return { value: count };
  return { expected: "a whole number" };
}

function readFlag({ data }: Written): Reading<boolean> {
  const text = typeof data === "boolean" || typeof data === "number" ? String(data) : data;
  if (typeof text === "string") {
    if (/^(?:true|yes|on|1|y|t)$/iu.test(text)) return { value: true };
    if (/^(?:false|no|off|0|n|f)$/iu.test(text)) return { value: false };
  }
  return { expected: "true or false" };
}

/**
 * Also by the names of Ansible's collections: `community.general.doas`. What else Ansible knows is no mistake for a
 * host that is used without it.
 */
function readBecomeMethod({ data }: Written, name: string): Reading<string> {
  const method =
    typeof data === "string" ? data.replace(/^(?:ansible\.builtin|community\.general)\./u, "") : "";
  const isUsable = BECOME_METHODS.some((known) => known === method);
  if (isUsable || (method !== "" && !isOwn(name))) return { value: method };
  return { expected: '"sudo", "doas" or "su"' };
}

/** Programs that let a command run as another user. */
export const BECOME_METHODS: readonly BecomeMethod[] = ["sudo", "doas", "su"];

function readUser({ data, source }: Written): Reading<string> {
  const text = typeof data === "string" ? data : source;
  return text !== undefined && isUserName(text) ? { value: text } : { expected: "the name of a user" };
}

/** Whether a text may be the name of a user, or `#` and a number. */
export function isUserName(text: string): boolean {
  return /^(?:[\p{L}\p{N}_.][\p{L}\p{N}_.@+-]*\$?|#\d+)$/u.test(text);
}

const SPELLINGS: Readonly<Record<HostKeyChecking, readonly string[]>> = {
  strict: ["strict", "true", "yes", "on", "1"],
  "accept-new": ["accept-new"],
  off: ["off", "false", "no", "0"],
};

/** Every text that says which host keys to trust. */
export const HOST_KEY_CHECKING: readonly string[] = [
  ...new Set([...Object.keys(SPELLINGS), ...Object.values(SPELLINGS).flat()]),
];

function readHostKeyChecking({ data }: Written): Reading<HostKeyChecking> {
  const text =
    typeof data === "string" || typeof data === "number" || typeof data === "boolean" ? String(data) : "";
  for (const [value, spellings] of Object.entries(SPELLINGS)) {
    if (spellings.includes(text.toLowerCase())) return { value: value as HostKeyChecking };
  }
  return { expected: '"strict", "accept-new" or "off"' };
}
