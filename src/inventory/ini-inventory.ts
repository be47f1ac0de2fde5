import { quote } from "../documents/quote.ts";
import type { SourceFile } from "../documents/source-file.ts";
import { didYouMean } from "../documents/suggestion.ts";
import { parseAddress } from "./address.ts";
import { HostRangeError } from "./host-range.ts";
import type { InventoryTree, Place, Variable } from "./inventory-tree.ts";
import { parsePythonLiteral } from "./python-literal.ts";
import { splitWords, type Word } from "./shell-words.ts";

/** Adds an inventory in Ansible's INI format to the tree; what is wrong becomes problems of the tree. */
export function readIniInventory(tree: InventoryTree, file: SourceFile): void {
  const reader = new IniInventoryReader(tree, file);
  let offset = 0;
  for (const line of file.text.split("\n")) {
    const text = line.trim();
    if (text !== "" && !/^[#;]/u.test(text)) reader.readLine(text, offset + line.indexOf(text));
    offset += line.length + 1;
  }
  reader.finish();
}

const SECTION = /^\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?$/u;
const GROUP_NAME = /^([^:\]\s]+)\s*(?:#.*)?$/u;
const KINDS = ["hosts", "children", "vars"] as const;
type Kind = (typeof KINDS)[number];

function isKind(text: string): text is Kind {
  return (KINDS as readonly string[]).includes(text);
}

class IniInventoryReader {
  readonly #tree: InventoryTree;
  readonly #file: SourceFile;
  /** Groups that a section of hosts or children declares, here or in a source before. */
  readonly #declared: Set<string>;
  /** Sections of variables whose group is declared elsewhere, if it is. */
  readonly #varsOf: Map<string, Place> = new Map();
  /** Children named before their group is declared: Ansible's order of groups is that of declarations. */
  readonly #childrenAhead: Map<string, { parent: string; place: Place }[]> = new Map();
  #group = "ungrouped";
  #kind: Kind | "unknown" = "hosts";

  constructor(tree: InventoryTree, file: SourceFile) {
    this.#tree = tree;
    this.#file = file;
    this.#declared = new Set(tree.groups.keys());
  }

  readLine(text: string, offset: number): void {
    const place = this.#place(offset, text);
    const section = SECTION.exec(text);
    if (section !== null) this.#readSection(section[1] ?? "", section[2] ?? "hosts", place);
    else if (text.startsWith("[") && text.endsWith("]")) {
      const hint = "Write [group], [group:vars] or [group:children], without spaces";
      this.#tree.problem(place, `Cannot read the section ${quote(text)}`, hint);
    } else if (text.startsWith("[") && !text.includes("]")) {
      this.#tree.problem(place, `Cannot read the section ${quote(text)}: it has no "]"`);
      this.#kind = "unknown";
    } else if (this.#kind === "hosts") this.#readHost(text, offset);
    else if (this.#kind === "vars") this.#readGroupVariable(text, offset);
    else if (this.#kind === "children") this.#readChild(text, place);
  }

  /** Complains about groups that nothing declares. */
  finish(): void {
    for (const [group, place] of this.#varsOf) {
      if (this.#declared.has(group)) continue;
      const hint = didYouMean(group, this.#declared);
      this.#tree.problem(place, `There is no group ${quote(group)} to give variables to`, hint);
    }
    for (const [group, [first]] of this.#childrenAhead) {
      if (first !== undefined)
        this.#tree.problem(first.place, `Unknown group ${quote(group)}`, didYouMean(group, this.#declared));
    }
  }

  #readSection(group: string, kind: string, place: Place): void {
    this.#group = group;
    this.#kind = isKind(kind) ? kind : "unknown";
    if (!isKind(kind)) {
      const hint = didYouMean(kind, KINDS) ?? "A section is [group], [group:vars] or [group:children]";
      this.#tree.problem(place, `Unknown kind of section ${quote(kind)}`, hint);
      return;
    }
    this.#tree.addGroup(group, place);
    if (kind === "vars") {
      if (!this.#varsOf.has(group)) this.#varsOf.set(group, place);
      return;
    }
    this.#declared.add(group);
    for (const ahead of this.#childrenAhead.get(group) ?? [])
      this.#tree.addChild(ahead.parent, group, ahead.place);
    this.#childrenAhead.delete(group);
  }

  #readHost(text: string, offset: number): void {
    const words = this.#words(text, offset);
    const [first, ...rest] = words;
    if (first === undefined) return;
    const place = this.#place(first.offset, first.raw);
    const variables = new Map<string, Variable>();
    // One word that is no variable makes the next ones doubtful: "port = 22" is one mistake.
    rest.every((word) => this.#readHostVariable(variables, word));
    const address = parseAddress(first.text);
    const isOpen = first.text.includes("[") && !first.text.includes("]");
    if (first.text.endsWith(":") && address?.port === undefined && !isOpen) {
      const hint = "Write web1 or web1:22; the name of a file in YAML ends in .yml";
      this.#tree.problem(
        place,
        `Cannot read the host ${quote(first.text)}: a port must follow the colon`,
        hint,
      );
      return;
    }
    for (const name of this.#expand(address?.host ?? first.text, place)) {
      this.#tree.addHost(name, this.#group, { place, port: address?.port });
      this.#tree.setHostVariables(name, variables);
    }
  }

  #words(text: string, offset: number): readonly Word[] {
    const words = splitWords(text);
    if (words === undefined) {
      this.#tree.problem(this.#place(offset, text), "A quote in this line is not closed");
      return [];
    }
    return words.map((word) => ({ ...word, offset: word.offset + offset }));
  }

  #expand(pattern: string, place: Place): readonly string[] {
    try {
      return this.#tree.expand(pattern);
    } catch (error) {
      if (!(error instanceof HostRangeError)) throw error;
      this.#tree.problem(place, `Cannot expand ${quote(pattern)}: ${error.message}`);
      return [];
    }
  }

  #readHostVariable(variables: Map<string, Variable>, { text, raw, offset }: Word): boolean {
    const equals = text.indexOf("=");
    const place = this.#place(offset, raw);
    if (equals === -1) {
      const hint = "Write a variable as key=value, without spaces; a host on a line of its own";
      this.#tree.problem(place, `Expected key=value, got ${quote(text)}`, hint);
      return false;
    }
    variables.set(text.slice(0, equals), variableOf(text.slice(equals + 1), place));
    return true;
  }

  #readGroupVariable(text: string, offset: number): void {
    const equals = text.indexOf("=");
    const place = this.#place(offset, text);
    if (equals === -1) {
      this.#tree.problem(place, `Expected key=value, got ${quote(text)}`);
      return;
    }
    const value = text.slice(equals + 1).trim();
    this.#tree
      .addGroup(this.#group, undefined)
      .vars.set(text.slice(0, equals).trim(), variableOf(value, place));
  }

  #readChild(text: string, place: Place): void {
    const child = GROUP_NAME.exec(text)?.[1];
    if (child === undefined) {
      this.#tree.problem(place, `Expected the name of a group, got ${quote(text)}`);
      return;
    }
    if (this.#tree.groups.has(child)) this.#tree.addChild(this.#group, child, place);
    else {
      const ahead = this.#childrenAhead.get(child) ?? [];
      this.#childrenAhead.set(child, [...ahead, { parent: this.#group, place }]);
    }
  }

  #place(offset: number, text: string): Place {
    return { file: this.#file, range: [offset, offset + text.length] };
  }
}

/** A value is a Python literal where it can be read as one, and text otherwise. */
function variableOf(text: string, place: Place): Variable {
  const literal = parsePythonLiteral(text);
  return {
    data: literal === undefined ? text : literal.data,
    source: text,
    place,
    namePlace: place,
  };
}
