import { DecodeError } from "../bytes/decode-error.ts";

/**
 * Number of operands of each instruction, from opcode 1 on, one digit each: what `genop.tab` of
 * the compiler lists up to OTP 29. Instructions keep their number and their operands for ever.
 *
 * @see https://github.com/erlang/otp/blob/master/lib/compiler/src/genop.tab
 */
const OPERAND_COUNTS: string =
  "130232232452323211000021124444444444433333332222222222222333121233333211011322255542" +
  "1122555210122444431211126351223577753225622221340862654545433333011715523340022234322" +
  "43121116301" +
  // from OTP 26 on: update_record, bs_match, executable_line, debug_line
  "5324" +
  // OTP 29: bif3 and the instructions of native records
  "624363546";

const UNKNOWN = 255;
const OPERAND_COUNT: Uint8Array = new Uint8Array(256).fill(UNKNOWN);
OPERAND_COUNT.set(Array.from(OPERAND_COUNTS, Number), 1);

/** Opcodes of the instructions that somebody asks about. */
export const OPCODE = {
  label: 1,
  func_info: 2,
  int_code_end: 3,
  call: 4,
  call_last: 5,
  call_only: 6,
  call_ext: 7,
  call_ext_last: 8,
  bif0: 9,
  bif1: 10,
  bif2: 11,
  send: 20,
  catch_end: 63,
  move: 64,
  put_list: 69,
  call_fun: 75,
  call_ext_only: 78,
  try_case: 106,
  apply: 112,
  apply_last: 113,
  gc_bif1: 124,
  gc_bif2: 125,
  bs_init_writable: 133,
  on_load: 149,
  gc_bif3: 152,
  line: 153,
  build_stacktrace: 160,
  raw_raise: 161,
  call_fun2: 178,
  bif3: 185,
} as const;

/**
 * What an operand is. The first eight are the tags of compact terms, as `beam_opcodes.hrl` numbers
 * them; the others stand for the extended ones.
 */
export const OPERAND = {
  /** A count, an arity, or a number of an import. */
  unsigned: 0,
  integer: 1,
  /** A number in the atom table, which counts from 1; 0 is `[]`. */
  atom: 2,
  x: 3,
  y: 4,
  label: 5,
  character: 6,
  floatRegister: 8,
  /** A number in the table of literals, which counts from 0. */
  literal: 9,
  /** The number of operands that follow in its place. */
  list: 10,
} as const;

const EXTENDED = 7;
const EXTENDED_LIST = 1;
const EXTENDED_FLOAT_REGISTER = 2;
const EXTENDED_ALLOC_LIST = 3;
const EXTENDED_LITERAL = 4;
const EXTENDED_TYPED_REGISTER = 5;

const MAX_EXACT_BYTES = 6;

/**
 * Reads the instructions of chunk `Code` one by one, front to back. It allocates nothing for each of
 * them: what stands in its fields is that of the last one read.
 *
 * A compact term is a number with a tag:
 *
 *     value 4 | 0 | tag 3                     values below 16
 *     value's high 3 | 01 | tag 3 | low 8     values below 2048
 *     count - 2 | 11 | tag 3 | count bytes    up to 8 bytes
 *     111 | 11 | tag 3 | count - 9, tagged u | count bytes
 */
export class InstructionReader {
  opcode = 0;
  /** How many operands it has, those inside of lists included. */
  count = 0;
  /** What each operand is: see {@linkcode OPERAND}. */
  kinds: Uint8Array = new Uint8Array(64);
  /** NaN where a number is too large to be a size or an index. */
  values: Float64Array = new Float64Array(64);
  /** Whether it ended at an instruction that is newer than the table. */
  isCutShort = false;
  readonly #code: Uint8Array;
  #at = 0;
  #kind = 0;

  /** @param code The instructions, without the header of the chunk. */
  constructor(code: Uint8Array) {
    this.#code = code;
  }

  /**
   * Reads the next instruction.
   *
   * @returns false at the end, and where it cannot read on: see `isCutShort`
   * @throws {DecodeError}
   */
  next(): boolean {
    const code = this.#code;
    if (this.#at >= code.length) return false;
    this.opcode = code[this.#at++] ?? 0;
    this.count = 0;
    if (this.opcode === OPCODE.int_code_end) return false;
    let pending = OPERAND_COUNT[this.opcode] ?? UNKNOWN;
    if (pending === UNKNOWN) {
      this.isCutShort = true;
      return false;
    }
    while (pending > 0) {
      pending--;
      pending += this.#operand();
    }
    return true;
  }

  /** Reads an operand; gives how many more follow in its place. */
  #operand(): number {
    const value = this.#compact();
    if (this.#kind !== EXTENDED) {
      this.#push(this.#kind, value);
      return 0;
    }
    switch (value) {
      case EXTENDED_LITERAL:
        this.#push(OPERAND.literal, this.#compact());
        return 0;
      case EXTENDED_TYPED_REGISTER: {
        const register = this.#compact();
        this.#push(this.#kind, register);
        this.#compact(); // its type
        return 0;
      }
      case EXTENDED_LIST: {
        const count = this.#length();
        this.#push(OPERAND.list, count);
        return count;
      }
      case EXTENDED_FLOAT_REGISTER:
        this.#push(OPERAND.floatRegister, this.#compact());
        return 0;
      case EXTENDED_ALLOC_LIST:
        return 2 * this.#length();
      default:
        throw new DecodeError(`Cannot read an operand: extended tag ${value} is unknown`, this.#at);
    }
  }

  #push(kind: number, value: number): void {
    if (this.count === this.kinds.length) this.#grow();
    this.kinds[this.count] = kind;
    this.values[this.count] = value;
    this.count++;
  }

  #grow(): void {
    const { kinds, values } = this;
    this.kinds = new Uint8Array(kinds.length * 4);
    this.kinds.set(kinds);
    this.values = new Float64Array(values.length * 4);
    this.values.set(values);
  }

  /** The number of operands of a list, each of which takes at least one byte. */
  #length(): number {
    const at = this.#at;
    const value = this.#compact();
    if (value <= this.#code.length - this.#at) return value;
    throw new DecodeError("Cannot read a list of operands: it is longer than the code", at);
  }

  /** Gives the number, and leaves the tag in `#kind`. */
  #compact(): number {
    const code = this.#code;
    const first = code[this.#at++];
    if (first === undefined) throw this.#tooShort();
    this.#kind = first & 0b111;
    if ((first & 0b1000) === 0) return first >> 4;
    if ((first & 0b1_0000) === 0) {
      const low = code[this.#at++];
      if (low === undefined) throw this.#tooShort();
      return ((first >> 5) << 8) | low;
    }
    const kind = this.#kind;
    const size = this.#byteCount(first >> 5);
    this.#kind = kind;
    const end = this.#at + size;
    if (end > code.length) throw this.#tooShort();
    if (size > MAX_EXACT_BYTES) {
      this.#at = end;
      return NaN;
    }
    let value = 0;
    while (this.#at < end) value = value * 256 + (code[this.#at++] ?? 0);
    return value;
  }

  #byteCount(bits: number): number {
    if (bits < 7) return bits + 2;
    // Not recursive: a count that is itself of the long form is no count.
    const at = this.#at;
    const first = this.#code[this.#at++];
    if (first === undefined) throw this.#tooShort();
    if ((first & 0b1000) === 0) return (first >> 4) + 9;
    const low = this.#code[this.#at++];
    if ((first & 0b1_0000) === 0 && low !== undefined) return (((first >> 5) << 8) | low) + 9;
    throw new DecodeError("Cannot read a compact term: its size is out of range", at);
  }

  #tooShort(): DecodeError {
    return new DecodeError("Cannot read an instruction: the code ends in it", this.#code.length);
  }
}
