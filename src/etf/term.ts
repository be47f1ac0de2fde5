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

/** A float: `new Float(1)` is `1.0`. */
export class Float {
  /** Tells it from other kinds of terms. */
  readonly type = "float";
  /** Its value; Erlang has no NaN and no infinity. */
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** An atom. */
export class Atom {
  /** Tells it from other kinds of terms. */
  readonly type = "atom";
  /** Its text, without quotes; modules of Elixir begin with `Elixir.`. */
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** Bits that do not fill their last byte: of it, the `bitsInLastByte` (1 to 7) highest count. */
export class BitString {
  /** Tells it from other kinds of terms. */
  readonly type = "bit_string";
  /** All bytes, the last one included. */
  readonly bytes: Uint8Array;
  /** From 1 to 7. */
  readonly bitsInLastByte: number;

  constructor(bytes: Uint8Array, bitsInLastByte: number) {
    this.bytes = bytes;
    this.bitsInLastByte = bitsInLastByte;
  }
}

/** A tuple. */
export class Tuple {
  /** Tells it from other kinds of terms. */
  readonly type = "tuple";
  /** Its elements, in order. */
  readonly elements: readonly Term[];

  constructor(elements: readonly Term[]) {
    this.elements = elements;
  }
}

/** A list whose last tail is not `[]`: at least one element, then `tail`. */
export class ImproperList {
  /** Tells it from other kinds of terms. */
  readonly type = "improper_list";
  /** The elements before the tail, at least one. */
  readonly elements: readonly Term[];
  /** What follows the last element. */
  readonly tail: Term;

  constructor(elements: readonly Term[], tail: Term) {
    this.elements = elements;
    this.tail = tail;
  }
}

/** Pairs of key and value in the order in which they came; a key stands in it once. */
export class MapTerm {
  /** Tells it from other kinds of terms. */
  readonly type = "map";
  /** The pairs, in order. */
  readonly entries: readonly (readonly [key: Term, value: Term])[];

  constructor(entries: readonly (readonly [key: Term, value: Term])[]) {
    this.entries = entries;
  }
}

/** A process identifier, of whichever node. */
export class Pid {
  /** Tells it from other kinds of terms. */
  readonly type = "pid";
  /** Name of the node that made it. */
  readonly node: string;
  /** First number of its text. */
  readonly id: number;
  /** Second number of its text. */
  readonly serial: number;
  /** Tells nodes of the same name apart. */
  readonly creation: number;

  constructor(node: string, id: number, serial: number, creation: number) {
    this.node = node;
    this.id = id;
    this.serial = serial;
    this.creation = creation;
  }
}

/** A port identifier, of whichever node. */
export class Port {
  /** Tells it from other kinds of terms. */
  readonly type = "port";
  /** Name of the node that made it. */
  readonly node: string;
  /** Its number on that node. */
  readonly id: bigint;
  /** Tells nodes of the same name apart. */
  readonly creation: number;

  constructor(node: string, id: bigint, creation: number) {
    this.node = node;
    this.id = id;
    this.creation = creation;
  }
}

/** A reference, of whichever node. */
export class Reference {
  /** Tells it from other kinds of terms. */
  readonly type = "reference";
  /** Name of the node that made it. */
  readonly node: string;
  /** Tells nodes of the same name apart. */
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
  /** Tells it from other kinds of terms. */
  readonly type = "fun";
  /** Module that has its code. */
  readonly module: string;
  /** How many arguments it takes. */
  readonly arity: number;
  /** Its number in the module. */
  readonly index: number;
  /** Md5 of the significant parts of the module's code. */
  readonly uniq: Uint8Array;
  /** Its number as older releases of OTP have it. */
  readonly oldIndex: number;
  /** Hash of its parse tree. */
  readonly oldUniq: number;
  /** Process that made it. */
  readonly pid: Pid;
  /** Values of the variables from outside of it. */
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
  /** Tells it from other kinds of terms. */
  readonly type = "export";
  /** Module of the function. */
  readonly module: string;
  /** Name of the function. */
  readonly function: string;
  /** How many arguments it takes. */
  readonly arity: number;

  constructor(module: string, functionName: string, arity: number) {
    this.module = module;
    this.function = functionName;
    this.arity = arity;
  }
}

/**
 * Makes an atom: `atom("ok")` is `ok`.
 *
 * @param name text of the atom, without quotes
 */
export function atom(name: string): Atom {
  return new Atom(name);
}

/** Makes a tuple: `tuple(atom("ok"), 1)` is `{ok, 1}`. */
export function tuple(...elements: readonly Term[]): Tuple {
  return new Tuple(elements);
}

/** Makes a binary that holds `text` as UTF-8. */
export function binary(text: string): Uint8Array {
  return Buffer.from(text, "utf8");
}

/** Makes a list of code points, what Erlang writes as `"text"`. */
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
