import type { AlgorithmKind } from "./algorithms.ts";

/** What an ssh config says about one host; what it does not say is missing. */
export interface HostConfig {
  readonly hostName?: string;
  readonly port?: number;
  readonly user?: string;
  /** As written, with tokens such as `%h`. */
  readonly identityFiles: readonly string[];
  readonly identitiesOnly?: boolean;
  /** A path, `none`, `SSH_AUTH_SOCK` or `$VARIABLE`. */
  readonly identityAgent?: string;
  /** `yes`, a path or `$VARIABLE`; missing where none is to be forwarded. */
  readonly forwardAgent?: string;
  /** How often to try to connect, if more than once. */
  readonly connectionAttempts?: number;
  /** Lists as they are written, by keyword. */
  readonly algorithms?: Readonly<Partial<Record<AlgorithmKind, string>>>;
  readonly bindAddress?: string;
  /** `4` and `6` for IPv4 and IPv6 alone. */
  readonly family?: 4 | 6;
  readonly keepaliveMs?: number;
  /** Certificates that are to be offered, which nothing here can. */
  readonly certificateFiles?: readonly string[];
  readonly userKnownHostsFiles?: readonly string[];
  readonly globalKnownHostsFiles?: readonly string[];
  readonly strictHostKeyChecking?: "strict" | "accept-new" | "off";
  readonly hostKeyAlias?: string;
  readonly connectTimeoutMs?: number;
  /** Hops with commas between, or `none`. */
  readonly proxyJump?: string;
  /** As written, with tokens such as `%h`; missing where `none` was meant. */
  readonly proxyCommand?: string;
}

/** Values of one keyword each; a keyword stands in lower case. */
export type ConfigValues = ReadonlyMap<string, readonly string[]>;

/**
 * Makes sense of the keywords.
 *
 * @param values Arguments by keyword; of `identityfile` one for each line
 * @param invalid Called with the keyword and what is wrong with it; throws
 */
export function readHostConfig(
  values: ConfigValues,
  invalid: (keyword: string, problem: string) => never,
): HostConfig {
  const text = (keyword: string): string | undefined => values.get(keyword)?.[0];
  const port = text("port");
  if (port !== undefined && !(/^\d+$/.test(port) && Number(port) >= 1 && Number(port) <= 65535)) {
    invalid("port", `"${port}" is not a port`);
  }
  const timeout = text("connecttimeout");
  const connectTimeoutMs = timeout === undefined ? undefined : readTime(timeout);
  if (connectTimeoutMs === null) invalid("connecttimeout", `"${timeout}" is not a time`);
  const interval = text("serveraliveinterval");
  const keepaliveMs = interval === undefined ? undefined : readTime(interval);
  if (keepaliveMs === null) invalid("serveraliveinterval", `"${interval}" is not a time`);
  const algorithms = Object.fromEntries(
    ALGORITHM_KINDS.flatMap((kind) => {
      const list = text(kind.toLowerCase());
      return list === undefined ? [] : [[kind, list]];
    }),
  );
  const attempts = Number(text("connectionattempts") ?? 1);
  const checking = text("stricthostkeychecking")?.toLowerCase();
  const proxyJump = text("proxyjump");
  const proxyCommand = text("proxycommand");

  return withoutUndefined({
    hostName: text("hostname"),
    port: port === undefined ? undefined : Number(port),
    user: text("user"),
    identityFiles: (values.get("identityfile") ?? []).filter((file) => file.toLowerCase() !== "none"),
    identitiesOnly: readFlag(text("identitiesonly")),
    identityAgent: text("identityagent"),
    forwardAgent: ["no", "false"].includes(text("forwardagent")?.toLowerCase() ?? "no")
      ? undefined
      : text("forwardagent"),
    connectionAttempts: attempts > 1 ? attempts : undefined,
    algorithms: Object.keys(algorithms).length > 0 ? algorithms : undefined,
    bindAddress: text("bindaddress"),
    family: FAMILIES[text("addressfamily")?.toLowerCase() ?? ""],
    keepaliveMs: keepaliveMs ?? undefined,
    certificateFiles: values.get("certificatefile"),
    userKnownHostsFiles: files(values.get("userknownhostsfile")),
    globalKnownHostsFiles: files(values.get("globalknownhostsfile")),
    strictHostKeyChecking: checking === undefined ? undefined : CHECKING[checking],
    hostKeyAlias: text("hostkeyalias"),
    connectTimeoutMs: connectTimeoutMs ?? undefined,
    proxyJump,
    proxyCommand: proxyCommand?.toLowerCase() === "none" ? undefined : proxyCommand,
  });
}

const ALGORITHM_KINDS: readonly AlgorithmKind[] = ["KexAlgorithms", "Ciphers", "MACs", "HostKeyAlgorithms"];

const FAMILIES: Record<string, 4 | 6> = { inet: 4, inet6: 6 };

/** `ask` is the default, and asking is what a run on many hosts cannot do. */
const CHECKING: Record<string, HostConfig["strictHostKeyChecking"]> = {
  yes: "strict",
  true: "strict",
  "accept-new": "accept-new",
  no: "off",
  false: "off",
  off: "off",
};

function readFlag(value: string | undefined): boolean | undefined {
  return value === undefined ? undefined : ["yes", "true"].includes(value.toLowerCase());
}

function files(names: readonly string[] | undefined): readonly string[] | undefined {
  return names?.filter((name) => name.toLowerCase() !== "none");
}

const UNIT_SECONDS: Record<string, number> = { "": 1, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/**
 * Reads seconds, or a sequence such as `1h30m`; undefined for `none`, null for anything else.
 *
 * @see https://man.openbsd.org/sshd_config#TIME_FORMATS
 */
function readTime(text: string): number | undefined | null {
  if (["none", "0"].includes(text.toLowerCase())) return undefined;
  if (!/^(\d+[smhdw]?)+$/i.test(text)) return null;
  const parts = text.toLowerCase().matchAll(/(\d+)([smhdw]?)/g);
  return (
    [...parts].reduce((sum, [, n = "", unit = ""]) => sum + Number(n) * (UNIT_SECONDS[unit] ?? 0), 0) * 1000
  );
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

function withoutUndefined<T extends object>(object: T): Defined<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Defined<T>;
}
