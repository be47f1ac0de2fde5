/**
 * An Erlang term.
 *
 * | Erlang                | here                                               |
 * |-----------------------|----------------------------------------------------|
 * | integer               | `number` up to ±(2^53 - 1), `bigint` beyond        |
 * | float                 | {@linkcode Float}, so that `1.0` is not `1`        |
 * | atom                  | {@linkcode Atom}                                   |
 * | binary                | `Uint8Array`                                       |
 * | bit string            | {@linkcode BitString}                              |
 * | tuple                 | {@linkcode Tuple}                                  |
 * | list                  | an array; a string is a list of integers           |
 * | improper list         | {@linkcode ImproperList}                           |
 * | map                   | {@linkcode MapTerm}                                |
 * | pid, port, reference  | {@linkcode Pid}, {@linkcode Port}, {@linkcode Reference} |
 * | fun                   | {@linkcode Fun}, {@linkcode Export} (`fun M:F/A`)  |
 *
 * The kinds that JavaScript lacks are classes, so that no map read from a file can pass for one.
 */
export type Term = number | bigint | Uint8Array | readonly Term[] | TermNode;

/** A kind of term that JavaScript has no value for. */
export type TermNode =
  Float | Atom | BitString | Tuple | ImproperList | MapTerm | Pid | Port | Reference | Fun | Export;

export class Float {
  readonly type = "float";
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

export class Atom {
  readonly type = "atom";
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** Bits that do not fill their last byte: of it, the `bitsInLastByte` (1 to 7) highest count. */
export class BitString {
  readonly type = "bit_string";
  readonly bytes: Uint8Array;
  readonly bitsInLastByte: number;

  constructor(bytes: Uint8Array, bitsInLastByte: number) {
    this.bytes = bytes;
    this.bitsInLastByte = bitsInLastByte;
  }
}

export class Tuple {
  readonly type = "tuple";
  readonly elements: readonly Term[];

  constructor(elements: readonly Term[]) {
    this.elements = elements;
  }
}

/** A list whose last tail is not `[]`: at least one element, then `tail`. */
export class ImproperList {
  readonly type = "improper_list";
  readonly elements: readonly Term[];
  readonly tail: Term;

  constructor(elements: readonly Term[], tail: Term) {
    this.elements = elements;
    this.tail = tail;
  }
}

/** Pairs of key and value in the order in which they came; a key stands in it once. */
export class MapTerm {
  readonly type = "map";
  readonly entries: readonly (readonly [key: Term, value: Term])[];

  constructor(entries: readonly (readonly [key: Term, value: Term])[]) {
    this.entries = entries;
  }
}

export class Pid {
  readonly type = "pid";
  readonly node: string;
  readonly id: number;
  readonly serial: number;
  readonly creation: number;

  constructor(node: string, id: number, serial: number, creation: number) {
    this.node = node;
    this.id = id;
    this.serial = serial;
    this.creation = creation;
  }
}

export class Port {
  readonly type = "port";
  readonly node: string;
  readonly id: bigint;
  readonly creation: number;

  constructor(node: string, id: bigint, creation: number) {
    this.node = node;
    this.id = id;
    this.creation = creation;
  }
}

export class Reference {
  readonly type = "reference";
  readonly node: string;
  readonly creation: number;
  /** One to five words of 32 bits. */
  readonly words: readonly number[];

  constructor(node: string, creation: number, words: readonly number[]) {
    this.node = node;
    this.creation = creation;
    this.words = words;
  }
}

/** A local fun. Opaque here: what is kept is what a host needs to get it back. */
export class Fun {
  readonly type = "fun";
  readonly module: string;
  readonly arity: number;
  readonly index: number;
  readonly uniq: Uint8Array;
  readonly oldIndex: number;
  readonly oldUniq: number;
  readonly pid: Pid;
  readonly freeVariables: readonly Term[];

  constructor(fields: Omit<Fun, "type">) {
    this.module = fields.module;
    this.arity = fields.arity;
    this.index = fields.index;
    this.uniq = fields.uniq;
    this.oldIndex = fields.oldIndex;
    this.oldUniq = fields.oldUniq;
    this.pid = fields.pid;
    this.freeVariables = fields.freeVariables;
  }
}

/** An external fun, `fun Module:Function/Arity`. */
export class Export {
  readonly type = "export";
  readonly module: string;
  readonly function: string;
  readonly arity: number;

  constructor(module: string, functionName: string, arity: number) {
    this.module = module;
    this.function = functionName;
    this.arity = arity;
  }
}

export function atom(name: string): Atom {
  return new Atom(name);
}

export function tuple(...elements: readonly Term[]): Tuple {
  return new Tuple(elements);
}

/** A binary that holds `text` as UTF-8. */
export function binary(text: string): Uint8Array {
  return Buffer.from(text, "utf8");
}

/** A list of code points, what Erlang writes as `"text"`. */
export function charlist(text: string): Term[] {
  return Array.from(text, (character) => character.codePointAt(0) ?? 0);
}

export function isAtom(term: Term, name?: string): term is Atom {
  return term instanceof Atom && (name === undefined || term.name === name);
}

/** Whether `term` is a tuple, of `arity` elements where that is given. */
export function isTuple(term: Term, arity?: number): term is Tuple {
  return term instanceof Tuple && (arity === undefined || term.elements.length === arity);
}

/** Whether `value` is a kind of term that is a class here. */
export function isTermNode(value: unknown): value is TermNode {
  return NODE_CLASSES.some((nodeClass) => value instanceof nodeClass);
}

const NODE_CLASSES = [
  Atom,
  Tuple,
  MapTerm,
  Float,
  BitString,
  ImproperList,
  Pid,
  Port,
  Reference,
  Fun,
  Export,
] as const;
