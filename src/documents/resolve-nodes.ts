import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Alias,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { describeNode } from "./describe-node.ts";
import type { Problem } from "./document-error.ts";
import { keyText } from "./key-text.ts";
import { MAX_DEPTH } from "./max-depth.ts";
import type { DocumentNode, MappingEntry, MappingNode, Range, ScalarNode } from "./node.ts";
import { problemAt, quotingProblemAt } from "./problem-at.ts";
import { quote } from "./quote.ts";
import type { SourceFile } from "./source-file.ts";
import { didYouMean } from "./suggestion.ts";

/** Values that all aliases of a file together may stand for: a few hundred bytes can ask for billions. */
const MAX_ALIASED_VALUES = 100_000;

/** A node, and what it amounts to once its aliases are followed. */
interface Resolved {
  readonly node: DocumentNode;
  readonly size: number;
  readonly depth: number;
}

/** What an anchor names; `undefined` while the node that bears it is still being read. */
type Anchors = Map<string, Resolved | undefined>;

/** Options of {@linkcode resolveNodes}. */
export interface ResolveOptions {
  /** Whether a key that is no text is called what it stands for: `no` is "false", `010` is "8". */
  readonly keysByValue: boolean;
}

/** Turns the tree of the YAML parser into nodes: follows aliases and merge keys, refuses double keys. */
export function resolveNodes(
  file: SourceFile,
  document: Document,
  { keysByValue }: ResolveOptions,
): { node: DocumentNode; problems: readonly Problem[] } {
  const resolver = new Resolver(file, keysByValue);
  const contents: unknown = document.contents;
  return { node: resolver.resolve(contents, 0).node, problems: resolver.problems };
}

class Resolver {
  readonly problems: Problem[] = [];
  readonly #file: SourceFile;
  readonly #keysByValue: boolean;
  readonly #anchors: Anchors = new Map();
  #aliasedValues = 0;

  constructor(file: SourceFile, keysByValue: boolean) {
    this.#file = file;
    this.#keysByValue = keysByValue;
  }

  /** @param at where a value stands that was left out */
  resolve(node: unknown, at: number): Resolved {
    if (isAlias(node)) return this.#resolveAlias(node);
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return leaf(emptyScalar(at));
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, undefined);
    const resolved = this.#resolveOwn(node);
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, resolved);
    return resolved;
  }

  #resolveOwn(node: Scalar | YAMLMap | YAMLSeq): Resolved {
    if (isScalar(node)) return leaf(this.#scalar(node));
    if (isMap(node)) return this.#mapping(node);
    const items = node.items.map((item) => this.resolve(item, rangeOf(node)[0]));
    const range = rangeOf(node);
    const sequence: DocumentNode = {
      kind: "sequence",
      items: items.map((item) => item.node),
      tag: this.#tag(node.tag, range),
      range,
    };
    return this.#measure(sequence, items);
  }

  #resolveAlias(alias: Alias): Resolved {
    const range = rangeOf(alias);
    const name = quote(alias.source);
    if (!this.#anchors.has(alias.source)) {
      const hint =
        didYouMean(alias.source, this.#anchors.keys()) ?? "Define it before, as in: key: &name value";
      return this.#refuse(range, `Unknown anchor ${name}`, hint);
    }
    const target = this.#anchors.get(alias.source);
    if (target === undefined) return this.#refuse(range, `The anchor ${name} contains this alias of itself`);
    const before = this.#aliasedValues;
    this.#aliasedValues += target.size;
    if (this.#aliasedValues > MAX_ALIASED_VALUES) {
      // Said once: every alias that follows would repeat it.
      if (before > MAX_ALIASED_VALUES) return leaf(emptyScalar(range[0]));
      return this.#refuse(range, `The aliases of this file stand for more than ${MAX_ALIASED_VALUES} values`);
    }
    return target;
  }

  #scalar(scalar: Scalar): ScalarNode {
    const range = rangeOf(scalar);
    const { value } = scalar;
    const source = scalar.source ?? "";
    const tag = this.#tag(scalar.tag, range);
    if (typeof value === "bigint") {
      const small = Number.isSafeInteger(Number(value)) ? Number(value) : value;
      return { kind: "scalar", value: small, isFloat: false, source, tag, range };
    }
    if (typeof value === "number") return { kind: "scalar", value, isFloat: true, source, tag, range };
    const standard = TAGGED[scalar.tag ?? ""];
    if (standard !== undefined && typeof value === "string") {
      // The parser leaves as text what its own tests do not take for such a value.
      const tagged = standard.read(source);
      if (tagged !== undefined) return { kind: "scalar", value: tagged, isFloat: true, source, tag, range };
      this.#problem(
        range,
        `A value with the tag "!!${standard.name}" must be ${standard.is}, got ${quote(source)}`,
      );
    }
    const known =
      value === null ||
      typeof value === "boolean" ||
      typeof value === "string" ||
      value instanceof Uint8Array;
    return { kind: "scalar", value: known ? value : source, isFloat: false, source, tag, range };
  }

  #mapping(map: YAMLMap): Resolved {
    const range = rangeOf(map);
    const merged = new Map<string, MappingEntry>();
    const own = new Map<string, MappingEntry>();
    const values: Resolved[] = [];
    for (const pair of map.items) {
      const key = this.#key(pair.key, range[0]);
      const value = this.resolve(pair.value, key?.range[1] ?? range[0]);
      if (key === undefined) continue;
      values.push(value);
      if (isMergeKey(pair.key)) this.#merge(merged, value.node);
      else this.#add(own, { key, value: value.node });
    }
    const entries = [...new Map([...merged, ...own]).values()];
    const tag = this.#tag(map.tag, range);
    const mapping: MappingNode = { kind: "mapping", entries, tag, range };
    return this.#measure(mapping, values);
  }

  #add(entries: Map<string, MappingEntry>, entry: MappingEntry): void {
    const text = keyText(entry.key);
    const first = entries.get(text);
    if (first === undefined) entries.set(text, entry);
    else {
      const { line } = problemAt(this.#file, first.key, "");
      this.#problem(entry.key, `Duplicate key ${quote(text)}`, `It is already given in line ${line}`);
    }
  }

  #key(key: unknown, at: number): ScalarNode | undefined {
    const before = this.problems.length;
    const { node } = this.resolve(key, at);
    // Whatever is wrong inside such a key, it is no key.
    if (node.kind !== "scalar") this.problems.splice(before);
    if (node.kind !== "scalar" || node.value instanceof Uint8Array) {
      // An unquoted {{ x }} or ${{ x }} is a mapping whose key is a mapping.
      const hint =
        node.kind === "mapping"
          ? 'Put a value that contains "{{" in quotes'
          : "Write the key as plain text or a number";
      this.#problem(node, `A key must be text or a number, got ${describeNode(node)}`, hint);
      return undefined;
    }
    if (node.value === null && node.source === "") {
      this.#problem(node, "A key is missing before the colon");
      return undefined;
    }
    if (!this.#keysByValue || typeof node.value === "string" || node.isFloat) return node;
    return { ...node, source: String(node.value) };
  }

  /** Adds what `<<` names; of several mappings an earlier one wins. */
  #merge(merged: Map<string, MappingEntry>, source: DocumentNode): void {
    const mappings = source.kind === "sequence" ? source.items : [source];
    for (const mapping of mappings.toReversed()) {
      if (mapping.kind !== "mapping") {
        this.#problem(mapping, `"<<" expects a mapping or a list of mappings, got ${describeNode(mapping)}`);
        continue;
      }
      for (const entry of mapping.entries) merged.set(keyText(entry.key), entry);
    }
  }

  /** The tag of a node, where it says more than the node itself. */
  #tag(tag: string | undefined, range: Range): string | undefined {
    if (tag === undefined || tag === "!") return undefined;
    if (!tag.startsWith(STANDARD_TAGS)) return tag;
    const name = tag.slice(STANDARD_TAGS.length);
    if (!KNOWN_TAGS.has(`!!${name}`)) {
      this.#problem(range, `Unknown tag ${quote(`!!${name}`)}`, didYouMean(`!!${name}`, KNOWN_TAGS));
    }
    return undefined;
  }

  #measure(node: DocumentNode, children: readonly Resolved[]): Resolved {
    let size = 1;
    let depth = 0;
    for (const child of children) {
      size += child.size;
      depth = Math.max(depth, child.depth);
    }
    // What is written deeper was refused before; this is what aliases within aliases amount to.
    if (depth >= 2 * MAX_DEPTH)
      return this.#refuse(node.range, `Values nest deeper than ${2 * MAX_DEPTH} levels here`);
    return { node, size, depth: depth + 1 };
  }

  #refuse(range: Range, message: string, hint?: string): Resolved {
    this.#problem(range, message, hint);
    return leaf(emptyScalar(range[0]));
  }

  #problem(place: DocumentNode | Range, message: string, hint?: string): void {
    this.problems.push(quotingProblemAt(this.#file, place, message, hint));
  }
}

const STANDARD_TAGS = "tag:yaml.org,2002:";
const KNOWN_TAGS = new Set(["!!binary", "!!str", "!!int", "!!float", "!!bool", "!!null", "!!map", "!!seq"]);

/** What must have been made of a text that has one of these tags. */
const TAGGED: Readonly<
  Record<string, { name: string; is: string; read: (text: string) => number | undefined } | undefined>
> = {
  [`${STANDARD_TAGS}float`]: { name: "float", is: "a number", read: readFloat },
  [`${STANDARD_TAGS}int`]: { name: "int", is: "a whole number", read: () => undefined },
  [`${STANDARD_TAGS}bool`]: { name: "bool", is: "true or false", read: () => undefined },
};

/** Reads a float that may look like an integer, as `!!float 1` does. */
function readFloat(text: string): number | undefined {
  const digits = text.replaceAll("_", "");
  return /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(digits) ? Number(digits) : undefined;
}

function leaf(node: ScalarNode): Resolved {
  return { node, size: 1, depth: 1 };
}

function emptyScalar(at: number): ScalarNode {
  return { kind: "scalar", value: null, isFloat: false, source: "", tag: undefined, range: [at, at] };
}

function rangeOf(node: Scalar | YAMLMap | YAMLSeq | Alias): Range {
  return [node.range?.[0] ?? 0, node.range?.[1] ?? 0];
}

function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.value === "<<" && key.type === "PLAIN" && key.tag === undefined;
}
