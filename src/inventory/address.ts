import { isIPv4, isIPv6 } from "node:net";

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
  const match = BRACKETED.exec(text) ?? WITH_PORT.exec(text);
  const host = match?.[1] ?? text;
  if (!isAddress(host)) return undefined;
  return { host, port: match?.[2] === undefined ? undefined : Number(match[2]) };
}

const BRACKETED = /^\[(.+)\]:([0-9]+)$/u;
const WITH_PORT = /^((?:[^:[\]]|\[[^\]]*\])*):([0-9]+)$/u;

const DECIMAL_RANGE = /\[[0-9]+:[0-9]+(?::[0-9]+)?\]/gu;
const HEXADECIMAL_RANGE = /\[[0-9a-f]+:[0-9a-f]+(?::[0-9]+)?\]/giu;
const NAME_RANGE = /\[(?:[a-z]:[a-z]|[0-9]+:[0-9]+)(?::[0-9]+)?\]/giu;
/** Labels of letters, digits, `_` and `-`, of which the last two may not stand at either end. */
const NAME =
  /^[\p{L}\p{N}](?:[\p{L}\p{N}_-]*[\p{L}\p{N}])?(?:\.[\p{L}\p{N}](?:[\p{L}\p{N}_-]*[\p{L}\p{N}])?)*$/u;

function isAddress(host: string): boolean {
  return (
    isIPv4(host.replaceAll(DECIMAL_RANGE, "0")) ||
    isIPv6(host.replaceAll(HEXADECIMAL_RANGE, "0")) ||
    NAME.test(host.replaceAll(NAME_RANGE, "0"))
  );
}
