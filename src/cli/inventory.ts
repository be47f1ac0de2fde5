import { Command, Option } from "commander";
import { quote } from "../documents/quote.ts";
import { didYouMean } from "../documents/suggestion.ts";
import { FusionPlayError } from "../errors.ts";
import { drawInventory } from "../inventory/inventory-graph.ts";
import { listHost, listInventory } from "../inventory/inventory-list.ts";
import type { InventoryTree } from "../inventory/inventory-tree.ts";
import { pythonJson } from "../inventory/python-json.ts";
import type { CommandContext } from "./command-context.ts";
import { EXIT } from "./failure.ts";
import { keysOf, withKeyOptions, type KeyOptions } from "./key-options.ts";
import { openInventoryTree } from "./load-files.ts";
import { hostsMatching, oneHost } from "./one-host.ts";
import { OPTION } from "./options.ts";

interface InventoryCommandOptions extends KeyOptions {
  readonly inventory: readonly string[];
  readonly playbookDir?: string;
  readonly export?: true;
  readonly list?: true;
  /** The name of a group; true where none is given. */
  readonly graph?: string | true;
  readonly host?: string;
  readonly hosts?: string;
}

/** `fusion-play inventory`: shows what an inventory holds, as `ansible-inventory` does. */
export function inventoryCommand(context: CommandContext): Command {
  const command = new Command("inventory")
    .description("show hosts, groups and variables of an inventory, as ansible-inventory does")
    .addOption(OPTION.inventory())
    .addOption(
      new Option("--list", "all groups and hosts with their variables, as JSON").conflicts([
        "graph",
        "host",
        "hosts",
      ]),
    )
    .addOption(
      new Option("--graph [group]", "groups and hosts as a tree, from a group on").conflicts([
        "host",
        "hosts",
      ]),
    )
    .addOption(new Option("--host <name>", "the variables of one host, as JSON").conflicts("hosts"))
    .addOption(new Option("--hosts <pattern>", "the names of the hosts that match, one a line"))
    .addOption(new Option("--export", "leave variables with the groups that give them"))
    .addOption(new Option("--playbook-dir <folder>", "read group_vars/ and host_vars/ of this folder, too"));
  return withKeyOptions(command).action(async (options: InventoryCommandOptions) => {
    process.stdout.write(await output(options, context));
    context.exit(EXIT.ok);
  });
}

async function output(options: InventoryCommandOptions, context: CommandContext): Promise<string> {
  const { list, graph, host, hosts, export: isExport = false, playbookDir } = options;
  if (list === undefined && graph === undefined && host === undefined && hosts === undefined) {
    throw new FusionPlayError("Cannot show the inventory: nothing is asked for", {
      code: "USAGE",
      hint: "Say what to show: --list, --graph, --host <name> or --hosts <pattern>",
    });
  }
  const playbookFolders = playbookDir === undefined ? [] : [playbookDir];
  const tree = await openInventoryTree(options.inventory, {
    playbookFolders,
    keys: await keysOf(options, context),
    purpose: "listing",
    signal: context.stop.signal,
  });
  if (graph !== undefined) return drawInventory(tree, groupName(tree, graph === true ? "all" : graph));
  if (hosts !== undefined)
    return hostsMatching(tree, hosts)
      .map((name) => `${name}\n`)
      .join("");
  const shown =
    host === undefined
      ? listInventory(tree, { isExport })
      : listHost(tree, oneHost(tree, host), { isExport });
  return `${pythonJson(shown)}\n`;
}

function groupName({ groups }: InventoryTree, name: string): string {
  if (groups.has(name)) return name;
  throw new FusionPlayError(`Cannot draw the group ${quote(name)}: the inventory has no such group`, {
    code: "USAGE",
    hint: didYouMean(name, groups.keys()),
  });
}
