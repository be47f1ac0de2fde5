import { atom, type Term } from "../etf/term.ts";
import { OPCODE, OPERAND, type InstructionReader } from "./instructions.ts";

/** More than the emulator has (`MAX_REG`). */
const REGISTERS = 1024;

const ATOM = 1;
const LITERAL = 2;
const INTEGER = 3;
/** A list of which only the length is known. */
const LIST = 4;

/** What the registers of arguments hold where the code says it: constants, and lists that it makes. */
export class ConstantRegisters {
  readonly #atoms: readonly string[];
  readonly #literal: (number: number) => Term | undefined;
  readonly #kinds: Uint8Array = new Uint8Array(REGISTERS);
  readonly #values: Float64Array = new Float64Array(REGISTERS);
  /** No register from here on is known. */
  #end = 0;

  /** @param literal Gives a constant term by its number. */
  constructor(atoms: readonly string[], literal: (number: number) => Term | undefined) {
    this.#atoms = atoms;
    this.#literal = literal;
  }

  /** Forgets all, as after a call, and where code may come from elsewhere. */
  clear(): void {
    this.#kinds.fill(0, 0, this.#end);
    this.#end = 0;
  }

  /** Notes what an instruction that is no call does to them. */
  follow({ opcode, count, kinds, values }: InstructionReader): void {
    if (opcode === OPCODE.move && kinds[1] === OPERAND.x) {
      this.#move(kinds[0] ?? 0, values[0] ?? 0, values[1] ?? 0);
    } else if (opcode === OPCODE.put_list && kinds[2] === OPERAND.x) {
      const length = this.#lengthOf(kinds[1] ?? 0, values[1] ?? 0);
      const target = values[2] ?? 0;
      if (length === undefined) this.#forget(target);
      else this.#set(target, LIST, length + 1);
    } else {
      // Whatever else it does, it writes only where its operands say.
      for (let index = 0; this.#end > 0 && index < count; index++) {
        if (kinds[index] === OPERAND.x) this.#forget(values[index] ?? 0);
      }
    }
  }

  /** The constant in a register; undefined where it is not known. */
  term(register: number): Term | undefined {
    const value = this.#values[register] ?? 0;
    switch (this.#kinds[register]) {
      case ATOM:
        return value === 0 ? [] : atom(this.#atoms[value - 1] ?? "");
      case LITERAL:
        return this.#literal(value);
      case INTEGER:
        return value;
      default:
        return undefined;
    }
  }

  /** The name of the atom in a register; undefined where it is not known. */
  atom(register: number): string | undefined {
    const value = this.#values[register] ?? 0;
    return this.#kinds[register] === ATOM && value > 0 ? this.#atoms[value - 1] : undefined;
  }

  /** The length of the list in a register; undefined where it is not known. */
  length(register: number): number | undefined {
    return this.#lengthOf(OPERAND.x, register);
  }

  #lengthOf(kind: number, value: number): number | undefined {
    if (kind === OPERAND.atom && value === 0) return 0;
    if (kind === OPERAND.literal) return lengthOf(this.#literal(value));
    if (kind !== OPERAND.x) return undefined;
    const known = this.#values[value] ?? 0;
    switch (this.#kinds[value]) {
      case LIST:
        return known;
      case ATOM:
        return known === 0 ? 0 : undefined;
      case LITERAL:
        return lengthOf(this.#literal(known));
      default:
        return undefined;
    }
  }

  #move(kind: number, value: number, target: number): void {
    if (kind === OPERAND.atom) this.#set(target, ATOM, value);
    else if (kind === OPERAND.literal) this.#set(target, LITERAL, value);
    else if (kind === OPERAND.integer) this.#set(target, INTEGER, value);
    else if (kind === OPERAND.x) this.#set(target, this.#kinds[value] ?? 0, this.#values[value] ?? 0);
    else this.#forget(target);
  }

  #set(register: number, kind: number, value: number): void {
    if (!(register < REGISTERS)) return;
    this.#kinds[register] = kind;
    this.#values[register] = value;
    if (register >= this.#end) this.#end = register + 1;
  }

  #forget(register: number): void {
    if (register < this.#end) this.#kinds[register] = 0;
  }
}

function lengthOf(term: Term | undefined): number | undefined {
  return Array.isArray(term) ? term.length : undefined;
}
