/** One hop on the way to a host, as `ProxyJump` and `fusion_jump` write it. */
export interface JumpHop {
  /** Name or address, without brackets. */
  readonly host: string;
  readonly user?: string;
  readonly port?: number;
}

const HOP = /^(?:(?<user>[^@]+)@)?(?:\[(?<bracketed>[^\]]+)\]|(?<plain>[^@[\]:]+))(?::(?<port>\d{1,5}))?$/u;
const URI = /^ssh:\/\/(?<rest>[^/]+)\/?$/iu;
/** Such as `::1`, where the last colon is not before a port. */
const BARE_IPV6 = /^(?:[^@]+@)?[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*(?:%\w+)?$/iu;
/** What a shell, a config or an option could take for something else has no place in a name. */
const NAME = /^[\p{L}\p{N}_.:%][\p{L}\p{N}_.:%-]*$/u;
const USER = /^[\p{L}\p{N}_.][^\s@'"`$\\;&<>|(){}]*$/u;

/**
 * Reads `[user@]host[:port]`, with an IPv6 address in brackets where a port follows, and
 * `ssh://[user@]host[:port]`.
 *
 * @returns undefined if it is none of these
 */
export function parseJumpHop(text: string): JumpHop | undefined {
  const trimmed = text.trim();
  const source = URI.exec(trimmed)?.groups?.["rest"] ?? trimmed;
  const at = source.lastIndexOf("@");
  const { user, host, port } = BARE_IPV6.test(source)
    ? { user: at < 0 ? undefined : source.slice(0, at), host: source.slice(at + 1), port: undefined }
    : partsOf(source);
  if (host === undefined || !NAME.test(host) || (user !== undefined && !USER.test(user))) return undefined;
  if (port !== undefined && (port < 1 || port > 65_535)) return undefined;
  return { host, ...(user === undefined ? {} : { user }), ...(port === undefined ? {} : { port }) };
}

/** Reads hops with commas between, the one next to us first; `none` is no hop at all. */
export function parseJumpHops(text: string): readonly JumpHop[] | undefined {
  if (text.trim().toLowerCase() === "none") return [];
  const hops = text.split(",").map(parseJumpHop);
  return hops.every((hop) => hop !== undefined) ? hops : undefined;
}

function partsOf(source: string): { user?: string; host?: string; port?: number } {
  const { user, bracketed, plain, port } = HOP.exec(source)?.groups ?? {};
  const host = bracketed ?? plain;
  return {
    ...(user === undefined ? {} : { user }),
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port: Number(port) }),
  };
}
