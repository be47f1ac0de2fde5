import { foldHostsWithin } from "./host-ranges.ts";
import type { Line, Style } from "./line.ts";

/** Room for the step behind the hosts. */
const PLACE_WIDTH = 30;

/** Names hosts, folded, and the place in a playbook at which something became of them. */
export function placeLine(
  hosts: readonly string[],
  place: string,
  { style, width }: { readonly style: Style; readonly width: number },
): Line {
  const names = foldHostsWithin(hosts, Math.max(20, width - PLACE_WIDTH));
  const count = hosts.length > 1 && !names.endsWith(")") ? ` (${hosts.length} hosts)` : "";
  return ["  ", { text: names, style }, `${count}: ${place}`];
}
