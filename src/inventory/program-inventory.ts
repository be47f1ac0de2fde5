import { describeNode } from "../documents/describe-node.ts";
import { keyText } from "../documents/key-text.ts";
import { entryOf } from "../documents/node-at.ts";
import type { DocumentNode, MappingEntry, MappingNode } from "../documents/node.ts";
import { parseAnsibleJson } from "../documents/parse-ansible-json.ts";
import { parseYaml } from "../documents/parse-yaml.ts";
import { quote } from "../documents/quote.ts";
import type { SourceFile } from "../documents/source-file.ts";
import { programFailure } from "../programs/program-failure.ts";
import { runProgram } from "../programs/run-program.ts";
import { allOrNone } from "../waits/all-or-none.ts";
import type { InventoryTree, Place } from "./inventory-tree.ts";
import { readVariables } from "./read-variables.ts";

/** Options of {@linkcode readProgramInventory}. */
export interface ProgramOptions {
  readonly workingDirectory: string;
  readonly signal?: AbortSignal | undefined;
}

/** Cloud services may be slow to list thousands of hosts. */
const TIMEOUT_MS = 120_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
/** Programs that run at the same time for the variables of hosts. */
const CONCURRENCY = 8;

/**
 * Adds what a program prints when it is called with `--list`, as Ansible's script plugin does. Where that has no
 * `_meta` with the variables of hosts, the program is called with `--host` for each host.
 *
 * @param source as the user named it
 * @param path where it is
 * @throws {FusionPlayError} `PROGRAM_FAILED`
 * @throws {DocumentError} if it prints no JSON; what else is wrong becomes problems of the tree
 */
export async function readProgramInventory(
  tree: InventoryTree,
  { source, path }: { readonly source: string; readonly path: string },
  options: ProgramOptions,
): Promise<void> {
  const run = async (args: readonly string[], signal: AbortSignal | undefined): Promise<SourceFile> => ({
    path: [source, ...args].join(" "),
    text: await outputOf(path, args, { ...options, signal, failed: `Cannot read ${quote(source)}` }),
    isNoFile: true,
  });
  const listing = await run(["--list"], options.signal);
  if (listing.text.trim() === "") {
    const hint = "It is to print JSON, at least {}; run it by hand to see what it does";
    tree.problem({ file: listing, range: [0, 0] }, "The program printed nothing", hint);
    return;
  }
  const reader = new ListingReader(tree, listing);
  reader.readGroups(parseAnsibleJson(listing));
  if (reader.hostVars !== undefined) return reader.readHostVariables(reader.hostVars);
  const hosts = [...reader.hosts.keys()];
  for (let first = 0; first < hosts.length; first += CONCURRENCY) {
    const some = hosts.slice(first, first + CONCURRENCY);
    const stop = new AbortController();
    const signals = options.signal === undefined ? [stop.signal] : [options.signal, stop.signal];
    const signal = AbortSignal.any(signals);
    const outputs = await allOrNone(
      some.map((host) => run(["--host", host], signal)),
      stop,
    );
    for (const [index, output] of outputs.entries()) {
      await readHostOutput(tree, some[index] ?? "", output);
    }
  }
}

async function outputOf(
  path: string,
  args: readonly string[],
  { failed, ...options }: ProgramOptions & { readonly failed: string },
): Promise<string> {
  const limits = { timeoutMs: TIMEOUT_MS, maxOutputBytes: MAX_OUTPUT_BYTES };
  const result = await runProgram(path, args, { ...options, ...limits });
  if (result.type === "ended" && result.exitCode === 0) return new TextDecoder().decode(result.output);
  throw programFailure(result, { failed, command: [path, ...args].join(" "), ...limits });
}

/** Reads what `--host` prints: variables, in JSON or YAML; nothing at all counts as none. */
async function readHostOutput(tree: InventoryTree, host: string, file: SourceFile): Promise<void> {
  if (file.text.trim() === "") return;
  const root = await parseYaml(file, { scalars: "ansible" });
  if (root.kind === "mapping") tree.setHostVariables(host, readVariables(root, file, tree));
  else
    tree.problem({ file, range: root.range }, `Expected a mapping of variables, got ${describeNode(root)}`);
}

const SECTIONS = ["hosts", "vars", "children"];

/** Reads groups in the form that programs print: `{"web": {"hosts": ["web1"], "vars": {}, "children": []}}`. */
class ListingReader {
  readonly #tree: InventoryTree;
  readonly #file: SourceFile;
  /** The hosts of the listing, and where each is named first. */
  readonly hosts: Map<string, Place> = new Map();
  /** The variables of hosts that stand in the listing itself, if they do. */
  hostVars: MappingNode | undefined;

  constructor(tree: InventoryTree, file: SourceFile) {
    this.#tree = tree;
    this.#file = file;
  }

  readGroups(root: DocumentNode): void {
    if (root.kind !== "mapping") {
      this.#problem(root, `An inventory is a mapping of groups, got ${describeNode(root)}`);
      return;
    }
    for (const entry of root.entries) {
      if (entry.key.source === "_meta") this.#readMeta(entry);
      else this.#readGroup(entry);
    }
  }

  readHostVariables(hostVars: MappingNode): void {
    for (const { key, value } of hostVars.entries) {
      const host = keyText(key);
      // Of a host that no group names, Ansible takes no notice.
      if (!this.hosts.has(host) || isNothing(value)) continue;
      if (value.kind === "mapping") {
        this.#tree.setHostVariables(host, readVariables(value, this.#file, this.#tree));
      } else {
        this.#problem(
          value,
          `The host ${quote(host)} expects a mapping of variables, got ${describeNode(value)}`,
        );
      }
    }
  }

  #readMeta({ value }: MappingEntry): void {
    const hostVars = entryOf(value, "hostvars")?.value;
    if (hostVars === undefined) return;
    if (hostVars.kind === "mapping") this.hostVars = hostVars;
    else this.#problem(hostVars, `"hostvars" expects a mapping of hosts, got ${describeNode(hostVars)}`);
  }

  #readGroup({ key, value }: MappingEntry): void {
    const name = keyText(key);
    this.#tree.addGroup(name, this.#at(key));
    if (value.kind !== "mapping") this.#readHosts(name, value);
    else if (SECTIONS.some((section) => entryOf(value, section) !== undefined)) {
      for (const section of value.entries) this.#readSection(name, section);
    } else {
      // A mapping of variables alone stands for a host of the group's name.
      this.#addHost(name, name, this.#at(key));
      this.#readVariables(name, value);
    }
  }

  #readSection(group: string, { key, value }: MappingEntry): void {
    const section = keyText(key);
    if (section === "hosts") this.#readHosts(group, value);
    else if (section === "vars") this.#readVariables(group, value);
    else if (section === "children") {
      for (const { name, place } of this.#namesIn(value, `${quote(section)} expects a list of groups`)) {
        this.#tree.addGroup(name, place);
        this.#tree.addChild(group, name, place);
      }
    }
  }

  #readHosts(group: string, value: DocumentNode): void {
    for (const { name, place } of this.#namesIn(value, `The group ${quote(group)} expects a list of hosts`)) {
      this.#addHost(group, name, place);
    }
  }

  #addHost(group: string, host: string, place: Place): void {
    if (!this.hosts.has(host)) this.hosts.set(host, place);
    this.#tree.addHost(host, group, { place });
  }

  #readVariables(group: string, value: DocumentNode): void {
    if (value.kind !== "mapping") {
      this.#problem(value, `"vars" expects a mapping of variables, got ${describeNode(value)}`);
      return;
    }
    for (const [name, variable] of readVariables(value, this.#file, this.#tree)) {
      this.#tree.groups.get(group)?.vars.set(name, variable);
    }
  }

  #namesIn(list: DocumentNode, expects: string): { name: string; place: Place }[] {
    if (list.kind !== "sequence") {
      this.#problem(list, `${expects}, got ${describeNode(list)}`);
      return [];
    }
    return list.items.flatMap((item) => {
      if (item.kind === "scalar" && typeof item.value === "string" && item.value !== "") {
        return [{ name: item.value, place: this.#at(item) }];
      }
      this.#problem(item, `Expected a name, got ${describeNode(item)}`);
      return [];
    });
  }

  #at(node: DocumentNode): Place {
    return { file: this.#file, range: node.range };
  }

  #problem(node: DocumentNode, message: string): void {
    this.#tree.problem(this.#at(node), message);
  }
}

function isNothing(node: DocumentNode): boolean {
  return node.kind === "scalar" && node.value === null;
}
