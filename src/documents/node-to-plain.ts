import { keyText } from "./key-text.ts";
import type { DocumentNode } from "./node.ts";

/** A document in plain JavaScript; its objects have no prototype, so that any key is safe in them. */
export type Plain =
  null | boolean | number | string | symbol | readonly Plain[] | { readonly [key: string]: Plain };

/** Stands for `!!binary` data: no JSON Schema type accepts it. */
const BINARY = Symbol("binary");

/**
 * Gives what a JSON Schema validates. Tags are left out and integers beyond 2^53 are rounded: values are
 * read from the nodes, not from here.
 */
export function nodeToPlain(node: DocumentNode): Plain {
  switch (node.kind) {
    case "scalar":
      if (typeof node.value === "bigint") return Number(node.value);
      return node.value instanceof Uint8Array ? BINARY : node.value;
    case "sequence":
      return node.items.map(nodeToPlain);
    case "mapping": {
      const plain = Object.create(null) as Record<string, Plain>;
      for (const { key, value } of node.entries) plain[keyText(key)] = nodeToPlain(value);
      return plain;
    }
  }
}
