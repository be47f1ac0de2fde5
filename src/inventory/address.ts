/** A name or address as inventories write it, ranges included, and the port behind it. */
export interface Address {
  readonly host: string;
  readonly port: number | undefined;
}

/**
 * Splits `host`, `host:port` and `[host]:port`, as Ansible does: the host must be a name or an address
 * in which ranges such as `[01:20]` may stand. An IPv6 address must be in brackets to have a port.
 *
 * @returns undefined if it is neither
 */
export function parseAddress(text: string): Address | undefined {
  const bracketed = BRACKETED.exec(text);
  // Ansible takes off a port inside of the brackets as well.
  const inner = bracketed?.[1] ?? text;
  const match = WITH_PORT.exec(inner);
  const host = match?.[1] ?? inner;
  if (!IPV4.test(host) && !IPV6.test(host) && !NAME.test(host)) return undefined;
  const port = match?.[2] ?? bracketed?.[2];
  return { host, port: port === undefined ? undefined : Number(port) };
}

const BRACKETED = /^\[(.+)\]:([0-9]+)$/u;
const WITH_PORT = /^((?:[^:[\]]|\[[^\]]*\])*):([0-9]+)$/u;

const NUMBERS = String.raw`\[[0-9]+:[0-9]+(?::[0-9]+)?\]`;
const HEXADECIMALS = String.raw`\[[0-9a-f]+:[0-9a-f]+(?::[0-9]+)?\]`;
const LETTERS_OR_NUMBERS = String.raw`\[(?:[a-z]:[a-z]|[0-9]+:[0-9]+)(?::[0-9]+)?\]`;

/** A part of an IPv4 address, of an IPv6 address, and of a name. */
const BYTE = `(?:[01]?[0-9]{1,2}|2[0-4][0-9]|25[0-5]|${NUMBERS})`;
const GROUP = `(?:[0-9a-f]{1,4}|${HEXADECIMALS})`;
const LABEL = String.raw`(?:[\p{L}\p{N}_]|${LETTERS_OR_NUMBERS})(?:[\p{L}\p{N}_-]|${LETTERS_OR_NUMBERS})*(?<![_-])`;

const IPV4 = new RegExp(String.raw`^(?:${BYTE}\.){3}${BYTE}$`, "iu");
const NAME = new RegExp(String.raw`^${LABEL}(?:\.${LABEL})*$`, "iu");

/** Like Ansible, only the last of these looks at what follows: `fe80::1%eth0` is an address, too. */
const IPV6_FORMS = [
  `(?:${GROUP}:){7}${GROUP}`,
  `(?:${GROUP}:){1,6}:`,
  `(?:${GROUP}:)(?::${GROUP}){1,6}`,
  `(?:${GROUP}:){2}(?::${GROUP}){1,5}`,
  `(?:${GROUP}:){3}(?::${GROUP}){1,4}`,
  `(?:${GROUP}:){4}(?::${GROUP}){1,3}`,
  `(?:${GROUP}:){5}(?::${GROUP}){1,2}`,
  `(?:${GROUP}:){6}(?::${GROUP})`,
  `:(?::${GROUP}){1,6}`,
  `${GROUP}?::`,
  String.raw`(?:0:){6}(?:${GROUP}\.){3}${GROUP}`,
  String.raw`::(?:ffff:)?(?:${GROUP}\.){3}${GROUP}`,
  String.raw`(?:0:){5}ffff:(?:${GROUP}\.){3}${GROUP}$`,
];
const IPV6 = new RegExp(`^(?:${IPV6_FORMS.join("|")})`, "iu");
