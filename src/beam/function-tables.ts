import { ByteReader } from "../bytes/byte-reader.ts";
import { DecodeError } from "../bytes/decode-error.ts";

export interface FunctionArity {
  readonly name: string;
  readonly arity: number;
}

/** A function of a module. */
export interface FunctionName extends FunctionArity {
  readonly module: string;
}

/** A function as a text that no other one has: `lists:map/2`. */
export function callKey({ module, name, arity }: FunctionName): string {
  return `${module}:${name}/${arity}`;
}

/**
 * Decodes chunk `ImpT`, the functions of other modules that the code calls by name:
 *
 *     4     | Count times
 *     Count | 4 Module | 4 Function | 4 Arity
 *
 * Module and function are numbers in the atom table, which counts from 1.
 *
 * @throws {DecodeError}
 */
export function decodeImports(chunk: Uint8Array, atoms: readonly string[]): FunctionName[] {
  return decodeRows(chunk, "ImpT", (reader) => ({
    module: atomAt(reader, atoms),
    name: atomAt(reader, atoms),
    arity: readArity(reader, "arity of an import"),
  }));
}

/**
 * Decodes chunk `ExpT` or `LocT`, the functions that others may call, or may not:
 *
 *     4     | Count times
 *     Count | 4 Function | 4 Arity | 4 Label
 *
 * @throws {DecodeError}
 */
export function decodeFunctions(
  chunk: Uint8Array,
  name: "ExpT" | "LocT",
  atoms: readonly string[],
): FunctionArity[] {
  return decodeRows(chunk, name, (reader) => {
    const row = { name: atomAt(reader, atoms), arity: readArity(reader, `arity in ${name}`) };
    reader.uint32(`label in ${name}`);
    return row;
  });
}

function decodeRows<Row>(chunk: Uint8Array, name: string, row: (reader: ByteReader) => Row): Row[] {
  const reader = new ByteReader(chunk);
  const count = reader.uint32(`count of ${name}`);
  reader.need(count * 12, `rows of ${name}`);
  return Array.from({ length: count }, () => row(reader));
}

/** What the emulator allows. */
const MAX_ARITY = 255;

function readArity(reader: ByteReader, field: string): number {
  const at = reader.offset;
  const arity = reader.uint32(field);
  if (arity > MAX_ARITY)
    throw new DecodeError(`Cannot read ${field}: ${arity} is more than ${MAX_ARITY}`, at);
  return arity;
}

function atomAt(reader: ByteReader, atoms: readonly string[]): string {
  const at = reader.offset;
  const number = reader.uint32("number of an atom");
  const atom = atoms[number - 1];
  if (atom === undefined) throw new DecodeError(`Cannot find atom ${number} in the atom table`, at);
  return atom;
}
