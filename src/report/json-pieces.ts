import { jsonText } from "./json-text.ts";
import { MarkedJson } from "./marked-json.ts";

/** An object whose last property is made while it is written. */
export class LazyObject {
  readonly head: Readonly<Record<string, unknown>>;
  readonly key: string;
  readonly last: Lazy;

  constructor(head: object, key: string, last: Lazy) {
    this.head = { ...head };
    this.key = key;
    this.last = last;
  }
}

/** A list whose elements are made while it is written. */
export class LazyList<Element = unknown> {
  readonly elements: readonly Element[];
  readonly toJson: (element: Element) => unknown;

  constructor(elements: readonly Element[], toJson: (element: Element) => unknown) {
    this.elements = elements;
    this.toJson = toJson;
  }
}

/** An object with properties of one kind, which are made while it is written. */
export class LazyRecord<Value = unknown> {
  readonly values: Readonly<Record<string, Value>>;
  readonly toJson: (value: Value) => unknown;

  constructor(values: Readonly<Record<string, Value>>, toJson: (value: Value) => unknown) {
    this.values = values;
    this.toJson = toJson;
  }
}

// oxlint-disable-next-line typescript/no-explicit-any -- each knows its own kind of elements
export type Lazy = LazyObject | LazyList<any> | LazyRecord<any>;

const INDENT = "  ";

/** Writes the JSON of something in pieces: the same text as {@linkcode jsonText} of all of it, indented by two. */
export function* jsonPieces(json: unknown, before = ""): Generator<string> {
  const inner = before + INDENT;
  if (json instanceof LazyObject) {
    const head = jsonText(json.head, 2).replaceAll("\n", `\n${before}`);
    yield head === "{}" ? `{\n${inner}` : `${head.slice(0, -(2 + before.length))},\n${inner}`;
    yield `${JSON.stringify(json.key)}: `;
    yield* jsonPieces(json.last, inner);
    yield `\n${before}}`;
  } else if (json instanceof LazyList) {
    yield "[";
    for (const [index, element] of json.elements.entries()) {
      yield index === 0 ? `\n${inner}` : `,\n${inner}`;
      yield* jsonPieces(json.toJson(element), inner);
    }
    yield json.elements.length === 0 ? "]" : `\n${before}]`;
  } else if (json instanceof LazyRecord) {
    const keys = Object.keys(json.values);
    yield "{";
    for (const [index, key] of keys.entries()) {
      yield `${index === 0 ? "" : ","}\n${inner}${JSON.stringify(key)}: `;
      yield* jsonPieces(json.toJson(json.values[key]), inner);
    }
    yield keys.length === 0 ? "}" : `\n${before}}`;
  } else {
    const write = (whole: unknown): string => jsonText(whole, 2).replaceAll("\n", `\n${before}`);
    if (json instanceof MarkedJson) yield* json.pieces(write);
    else yield write(json);
  }
}
