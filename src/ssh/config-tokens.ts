import { join } from "node:path";

/** What the tokens of an ssh config stand for. */
export interface TokenValues {
  /** `%d` and `~` */
  readonly home: string;
  /** `%n`: as it was asked for */
  readonly originalName: string;
  /** `%h`: after `HostName` */
  readonly hostName: string;
  /** `%k` */
  readonly hostKeyAlias: string | undefined;
  /** `%p` */
  readonly port: number;
  /** `%r` */
  readonly remoteUser: string;
  /** `%u` */
  readonly localUser: string;
  /** `%i` */
  readonly localUserId: number;
  /** `%l`, and `%L` up to the first dot */
  readonly localHostName: string;
  /** `${NAME}` */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Expands tokens, environment variables and a leading `~` in a file name of an ssh config. Returns
 * undefined if it names something that is not known: a file nobody meant must not be read instead.
 *
 * @see https://man.openbsd.org/ssh_config#TOKENS
 */
export function expandFileName(name: string, values: TokenValues): string | undefined {
  const tokens: Record<string, string> = {
    "%": "%",
    d: values.home,
    h: values.hostName,
    i: String(values.localUserId),
    k: values.hostKeyAlias ?? values.hostName,
    L: values.localHostName.split(".")[0] ?? "",
    l: values.localHostName,
    n: values.originalName,
    p: String(values.port),
    r: values.remoteUser,
    u: values.localUser,
  };
  let known = true;
  const expanded = name.replaceAll(/%(.?)|\$\{([^}]*)\}/g, (_match, token?: string, variable?: string) => {
    const value = variable === undefined ? tokens[token ?? ""] : values.environment[variable];
    known &&= value !== undefined;
    return value ?? "";
  });
  if (!known) return undefined;
  if (expanded === "~" || expanded.startsWith("~/")) return join(values.home, expanded.slice(1));
  return expanded.startsWith("~") ? undefined : expanded;
}

/** Characters that a shell would act on: names with one never get into a command. */
const FOR_SHELL = /['`"$\\;&<>|(){}\s!*?#~^\n]/u;

/**
 * Expands the tokens of a `ProxyCommand`, which are `%%`, `%h`, `%n`, `%p` and `%r`.
 *
 * @param invalid Called with what is wrong with it; throws
 * @see https://man.openbsd.org/ssh_config#TOKENS
 */
export function expandProxyCommand(
  command: string,
  values: Pick<TokenValues, "hostName" | "originalName" | "port" | "remoteUser">,
  invalid: (problem: string) => never,
): string {
  const tokens: Record<string, string> = {
    h: values.hostName,
    n: values.originalName,
    p: String(values.port),
    r: values.remoteUser,
  };
  return command.replaceAll(/%(.?)/gu, (match, token: string) => {
    if (token === "%") return "%";
    const value = tokens[token];
    if (value === undefined) return invalid(`ProxyCommand: unknown token "${match}"`);
    if (value.startsWith("-") || FOR_SHELL.test(value)) {
      return invalid(`ProxyCommand: "${value}" holds characters that a shell acts on`);
    }
    return value;
  });
}
