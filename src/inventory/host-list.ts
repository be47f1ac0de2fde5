import type { SourceFile } from "../documents/source-file.ts";
import { parseAddress } from "./address.ts";
import type { InventoryTree } from "./inventory-tree.ts";

/** Adds the hosts of a list such as `web1,web2:2222,` to the tree. */
export function readHostList(tree: InventoryTree, list: string): void {
  const file: SourceFile = { path: "-i", text: list, isNoFile: true };
  let offset = 0;
  for (const part of list.split(",")) {
    const name = part.trim();
    const start = offset + part.length - part.trimStart().length;
    offset += part.length + 1;
    if (name === "") continue;
    const address = name.startsWith("[") || !name.includes("[") ? parseAddress(name) : undefined;
    const host = address?.host ?? name;
    const place = { file, range: [start, start + name.length] as const };
    if (!tree.hosts.has(host)) tree.addHost(host, "ungrouped", { place, port: address?.port });
  }
}
