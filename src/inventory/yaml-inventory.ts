import { describeNode } from "../documents/describe-node.ts";
import { keyText } from "../documents/key-text.ts";
import { entryOf } from "../documents/node-at.ts";
import type { DocumentNode, MappingEntry, MappingNode, Range, ScalarNode } from "../documents/node.ts";
import { parseYaml } from "../documents/parse-yaml.ts";
import { quote } from "../documents/quote.ts";
import type { SourceFile } from "../documents/source-file.ts";
import { didYouMean } from "../documents/suggestion.ts";
import { parseAddress } from "./address.ts";
import { HostRangeError } from "./host-range.ts";
import type { InventoryTree, Place, Variable } from "./inventory-tree.ts";
import { readVariables } from "./read-variables.ts";

/**
 * Adds an inventory in Ansible's YAML format to the tree: a mapping of groups, each with `hosts`,
 * `children` and `vars`.
 *
 * @throws {DocumentError} if it is no YAML; what else is wrong becomes problems of the tree
 */
export async function readYamlInventory(tree: InventoryTree, file: SourceFile): Promise<void> {
  const root = await parseYaml(file, { scalars: "ansible" });
  const at = (range: Range): Place => ({ file, range });
  if (root.kind === "scalar" && root.value === null) {
    tree.problem(
      at(root.range),
      "The inventory is empty",
      "Write groups with hosts, as in: web: { hosts: { web1: } }",
    );
    return;
  }
  if (root.kind !== "mapping") {
    const [first] = root.kind === "sequence" ? root.items : [];
    const isPlaybook = first?.kind === "mapping" && entryOf(first, "hosts") !== undefined;
    const hint = isPlaybook
      ? "This is a playbook: name it without -i"
      : "Write groups with hosts, as in: web: { hosts: { web1: } }";
    tree.problem(at(root.range), `An inventory is a mapping of groups, got ${describeNode(root)}`, hint);
    return;
  }
  const plugin = entryOf(root, "plugin");
  if (plugin !== undefined && plugin.value.kind === "scalar") {
    tree.problem(
      at(plugin.key.range),
      "This configures an inventory plugin of Ansible, which cannot run here",
      "Save what the plugin gives: ansible-inventory --list --yaml --export",
    );
    return;
  }
  const reader = new GroupReader(tree, file, { lists: false });
  for (const entry of root.entries) reader.readGroup(entry);
}

/**
 * Adds groups of the same form that a module gives. There, hosts and children may be lists of names; in YAML,
 * Ansible does not know that form.
 */
export function readGroups(tree: InventoryTree, file: SourceFile, root: DocumentNode): void {
  const reader = new GroupReader(tree, file, { lists: true });
  if (root.kind === "mapping") for (const entry of root.entries) reader.readGroup(entry);
  else
    tree.problem(
      { file, range: root.range },
      `An inventory is a mapping of groups, got ${describeNode(root)}`,
    );
}

const SECTIONS = ["hosts", "children", "vars"];

class GroupReader {
  readonly #tree: InventoryTree;
  readonly #file: SourceFile;
  readonly #lists: boolean;

  constructor(tree: InventoryTree, file: SourceFile, { lists }: { readonly lists: boolean }) {
    this.#tree = tree;
    this.#file = file;
    this.#lists = lists;
  }

  /** @returns the name of the group */
  readGroup({ key, value }: MappingEntry): string {
    const name = keyText(key);
    this.#tree.addGroup(name, this.#at(key));
    if (value.kind === "mapping") {
      for (const section of value.entries) this.#readSection(name, section);
    } else if (!isNothing(value)) {
      const message = `The group ${quote(name)} expects a mapping with hosts, children or vars, got ${describeNode(value)}`;
      this.#problem(value, message);
    }
    return name;
  }

  #readSection(group: string, { key, value }: MappingEntry): void {
    const section = keyText(key);
    if (!SECTIONS.includes(section)) {
      const hint = didYouMean(section, SECTIONS) ?? "A group has hosts, children and vars";
      this.#problem(key, `Unknown key ${quote(section)} in the group ${quote(group)}`, hint);
      return;
    }
    if (section === "vars") {
      for (const [name, variable] of this.#variablesOf(value, `${quote(section)} expects`)) {
        this.#tree.addGroup(group, undefined).vars.set(name, variable);
      }
      return;
    }
    for (const entry of this.#entriesOf(section, value)) {
      if (section === "hosts") this.#readHost(group, entry);
      else this.#tree.addChild(group, this.readGroup(entry), this.#at(entry.key));
    }
  }

  /** The entries of a section; a lone name stands for a mapping with that name. */
  #entriesOf(section: string, value: DocumentNode): readonly MappingEntry[] {
    if (value.kind === "mapping") return value.entries;
    if (isNothing(value)) return [];
    if (value.kind === "scalar" && typeof value.value === "string") {
      if (!this.#isOnSeveralLines(value)) return [loneName(value)];
      this.#problem(
        value,
        `${quote(section)} expects a mapping of names, got one text of several lines`,
        "Write a colon behind each name",
      );
      return [];
    }
    if (this.#lists && value.kind === "sequence") return this.#names(section, value.items);
    this.#problem(
      value,
      `${quote(section)} expects a mapping of names, got ${describeNode(value)}`,
      `Write each name on a line of its own, with a colon behind it`,
    );
    return [];
  }

  /** What was meant as a list of names is one name with blanks to YAML. */
  #isOnSeveralLines({ range: [start, end] }: ScalarNode): boolean {
    return this.#file.text.slice(start, end).trimEnd().includes("\n");
  }

  #names(section: string, items: readonly DocumentNode[]): readonly MappingEntry[] {
    return items.flatMap((item) => {
      if (item.kind === "scalar" && typeof item.value === "string") return [loneName(item)];
      this.#problem(item, `${quote(section)} expects names, got ${describeNode(item)}`);
      return [];
    });
  }

  #readHost(group: string, { key, value }: MappingEntry): void {
    const pattern = keyText(key);
    const variables = this.#variablesOf(value, `The host ${quote(pattern)} expects`);
    const address = parseAddress(pattern);
    for (const name of this.#expand(key, address?.host ?? pattern)) {
      this.#tree.addHost(name, group, { place: this.#at(key), port: address?.port });
      this.#tree.setHostVariables(name, variables);
    }
  }

  #expand(key: DocumentNode, pattern: string): readonly string[] {
    try {
      return this.#tree.expand(pattern);
    } catch (error) {
      if (!(error instanceof HostRangeError)) throw error;
      this.#problem(key, `Cannot expand ${quote(pattern)}: ${error.message}`);
      return [];
    }
  }

  #variablesOf(value: DocumentNode, expects: string): Map<string, Variable> {
    if (value.kind === "mapping") return readVariables(value, this.#file, this.#tree);
    if (!isNothing(value))
      this.#problem(value, `${expects} a mapping of variables, got ${describeNode(value)}`);
    return new Map();
  }

  #at(node: DocumentNode | MappingNode): Place {
    return { file: this.#file, range: node.range };
  }

  #problem(node: DocumentNode, message: string, hint?: string): void {
    this.#tree.problem(this.#at(node), message, hint);
  }
}

function loneName(name: ScalarNode): MappingEntry {
  return { key: name, value: { ...name, value: null } };
}

function isNothing(node: DocumentNode): boolean {
  return node.kind === "scalar" && node.value === null;
}
