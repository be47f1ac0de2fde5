import type { InventoryTree } from "./inventory-tree.ts";

/** Draws a group with all that is in it, as `ansible-inventory --graph` does: a line for each group and host. */
export function drawInventory(tree: InventoryTree, group: string): string {
  const lines = [`@${group}:`];
  // Groups may be nested deeper than a function can call itself.
  const open = [membersOf(tree, group)];
  for (let inmost = open.at(-1); inmost !== undefined; inmost = open.at(-1)) {
    const { value: member, done } = inmost.next();
    if (done === true) open.pop();
    else {
      const depth = open.length;
      lines.push(`${"  |".repeat(depth)}--${member.isGroup ? `@${member.name}:` : member.name}`);
      if (member.isGroup) open.push(membersOf(tree, member.name));
    }
  }
  return `${lines.join("\n")}\n`;
}

interface Member {
  readonly name: string;
  readonly isGroup: boolean;
}

function* membersOf({ groups }: InventoryTree, name: string): Generator<Member, undefined> {
  const group = groups.get(name);
  for (const child of group?.children ?? []) yield { name: child, isGroup: true };
  // Every host is in `all`, so its hosts are shown where else they are.
  if (name !== "all") for (const host of group?.hosts ?? []) yield { name: host, isGroup: false };
  return undefined;
}
