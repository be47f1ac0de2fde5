import type { ConfigValues } from "./host-config.ts";

const LISTS = ["userknownhostsfile", "globalknownhostsfile"];

/** Their defaults are those of a version of ssh, and nobody's wish. */
const COMPARED = [
  "ciphers",
  "kexalgorithms",
  "macs",
  "hostkeyalgorithms",
  "serveraliveinterval",
  "connecttimeout",
  "addressfamily",
];

/** Identities that ssh itself falls back on, of versions old and new. */
const DEFAULT_IDENTITIES = /^~\/\.ssh\/id_(?:rsa|dsa|ecdsa|ecdsa_sk|ed25519|ed25519_sk|xmss)$/;

/**
 * Reads what `ssh -G` prints, a keyword and its value a line, and leaves out what is there only because the
 * config says nothing about it: ssh names its defaults as if somebody had written them.
 *
 * @param defaults what it prints without any config
 */
export function parseSshOutput(output: string, defaults: ConfigValues = new Map()): ConfigValues {
  const values = new Map<string, string[]>();
  for (const line of output.split("\n")) {
    const [, keyword, value] = /^(\S+) (.+?)\r?$/.exec(line) ?? [];
    if (keyword === undefined || value === undefined) continue;
    const args = LISTS.includes(keyword) ? value.split(" ") : [value];
    values.set(keyword, [...(values.get(keyword) ?? []), ...args]);
  }
  for (const keyword of COMPARED) {
    if (values.get(keyword)?.join() === defaults.get(keyword)?.join()) values.delete(keyword);
  }
  if (isDefaultIdentities(values.get("identityfile") ?? [])) values.delete("identityfile");
  if (isDefaultKnownHosts(values.get("userknownhostsfile") ?? [])) values.delete("userknownhostsfile");
  return values;
}

/** The defaults come all at once; a config that names one of them names few. */
function isDefaultIdentities(files: readonly string[]): boolean {
  return files.length > 3 && files.every((file) => DEFAULT_IDENTITIES.test(file));
}

function isDefaultKnownHosts([first = "", second = "", ...others]: readonly string[]): boolean {
  return first.endsWith("/.ssh/known_hosts") && second === `${first}2` && others.length === 0;
}
