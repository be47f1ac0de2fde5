import { isAtom, type Term } from "../etf/term.ts";
import { decodeCodeChunk } from "./code-chunk.ts";
import { ConstantRegisters } from "./constant-registers.ts";
import { asksForModule, namedArgumentsOf } from "./functions-by-name.ts";
import type { FunctionArity, FunctionName } from "./function-tables.ts";
import { InstructionReader, OPCODE, OPERAND } from "./instructions.ts";
import { decodeLiterals, functionsOfLiterals } from "./literals.ts";
import type { BeamFile } from "./parse-beam.ts";

/** A function whose code holds calls. */
export interface CallingFunction extends FunctionArity {
  /** Whether it catches the error of calls to what is not there. */
  readonly catchesUndefined: boolean;
}

/** A place in code that calls a function, or refers to it as in `fun lists:map/2`. */
export interface CallSite {
  readonly called: FunctionName;
  readonly caller: CallingFunction;
  /** Number in the table of lines; 0 where there is none. */
  readonly line: number;
  /** The arguments that are constants; undefined for the others. */
  readonly arguments: readonly (Term | undefined)[];
}

/** What is known of a function that is chosen at run time. */
export type PartOfName = { readonly [Part in keyof FunctionName]: FunctionName[Part] | undefined };

/** A place in code that calls a function which is chosen at run time. */
export interface DynamicCall {
  readonly called: PartOfName;
  readonly caller: CallingFunction;
  readonly line: number;
}

/** What code calls beyond its own module. */
export interface CallSites {
  /** Of the functions that were asked for, in the order of the code. */
  readonly sites: readonly CallSite[];
  readonly dynamic: readonly DynamicCall[];
  /** Modules that the code asks for whether they are there. */
  readonly askedFor: ReadonlySet<string>;
  /** Whether the code goes on with instructions newer than those that can be read. */
  readonly isCutShort: boolean;
}

/**
 * Walks through the code of a module for its calls: those by name, funs of other modules among its
 * constants, and those whose module or function is not known before they run. Funs that are called
 * are none of these: a fun is told of where it is made.
 *
 * @param isWanted The functions whose call sites are given.
 * @throws {DecodeError}
 */
export function findCallSites(beam: BeamFile, isWanted: (called: FunctionName) => boolean): CallSites {
  return new CallSiteFinder(beam, isWanted).find();
}

class CallSiteFinder {
  readonly #beam: BeamFile;
  readonly #isWanted: (called: FunctionName) => boolean;
  /** By number of the import: what is to be done at a call of it. */
  readonly #imports: readonly ImportedCall[];
  readonly #funs: ReadonlyMap<number, readonly FunctionName[]>;
  readonly #instructions: InstructionReader;
  readonly #registers: ConstantRegisters;
  readonly #undef: number;
  readonly #sites: CallSite[] = [];
  readonly #dynamic: DynamicCall[] = [];
  readonly #askedFor: Set<string> = new Set();
  #literals: readonly Term[] | undefined;
  #line = 0;
  #caller = new OpenFunction("", 0);
  #namesUndef = false;
  #catches = false;

  constructor(beam: BeamFile, isWanted: (called: FunctionName) => boolean) {
    this.#beam = beam;
    this.#isWanted = isWanted;
    this.#imports = beam.imports.map((called) => ({
      called,
      isWanted: isWanted(called),
      modulePosition: namedArgumentsOf(called),
      asksForModule: asksForModule(called),
    }));
    this.#funs = this.#wantedFuns();
    this.#undef = beam.atoms.indexOf("undef") + 1;
    this.#registers = new ConstantRegisters(beam.atoms, (number) => this.#literal(number));
    this.#instructions = new InstructionReader(decodeCodeChunk(codeOf(beam)).code);
  }

  find(): CallSites {
    const instructions = this.#instructions;
    while (instructions.next()) this.#instruction();
    this.#closeFunction();
    return {
      sites: this.#sites,
      dynamic: this.#dynamic,
      askedFor: this.#askedFor,
      isCutShort: instructions.isCutShort,
    };
  }

  #instruction(): void {
    const { opcode, values } = this.#instructions;
    switch (opcode) {
      case OPCODE.line:
        this.#line = values[0] ?? 0;
        return;
      case OPCODE.func_info:
        return this.#openFunction();
      case OPCODE.call_ext:
      case OPCODE.call_ext_last:
      case OPCODE.call_ext_only:
        this.#callImport(values[1] ?? -1);
        return this.#registers.clear();
      case OPCODE.apply:
      case OPCODE.apply_last:
        this.#apply(values[0] ?? 0);
        return this.#registers.clear();
      case OPCODE.bif0:
        this.#bif(values[0] ?? -1);
        break;
      case OPCODE.bif1:
      case OPCODE.bif2:
      case OPCODE.bif3:
        this.#bif(values[1] ?? -1);
        break;
      case OPCODE.gc_bif1:
      case OPCODE.gc_bif2:
      case OPCODE.gc_bif3:
        this.#bif(values[2] ?? -1);
        break;
      case OPCODE.try_case:
        this.#catches = true;
        return this.#registers.clear();
      case OPCODE.catch_end:
        this.#catches = true;
        return this.#registers.clear();
      // What has results that no operand names, or may be come to from elsewhere.
      case OPCODE.label:
      case OPCODE.call:
      case OPCODE.call_last:
      case OPCODE.call_only:
      case OPCODE.call_fun:
      case OPCODE.call_fun2:
      case OPCODE.send:
      case OPCODE.bs_init_writable:
      case OPCODE.build_stacktrace:
      case OPCODE.raw_raise:
        this.#operands();
        return this.#registers.clear();
    }
    this.#operands();
    this.#registers.follow(this.#instructions);
  }

  /** Looks at all operands, whatever the instruction, where it matters. */
  #operands(): void {
    if (this.#funs.size === 0 && this.#undef === 0) return;
    const { count, kinds, values } = this.#instructions;
    for (let index = 0; index < count; index++) {
      const value = values[index] ?? 0;
      if (kinds[index] === OPERAND.atom) this.#namesUndef ||= value === this.#undef && value > 0;
      else if (kinds[index] === OPERAND.literal) {
        for (const called of this.#funs.get(value) ?? []) this.#add(called, []);
      }
    }
  }

  #openFunction(): void {
    this.#closeFunction();
    const { values } = this.#instructions;
    this.#caller = new OpenFunction(this.#beam.atoms[(values[1] ?? 0) - 1] ?? "", values[2] ?? 0);
    this.#registers.clear();
  }

  #closeFunction(): void {
    this.#caller.catchesUndefined = this.#catches && this.#namesUndef;
    this.#catches = false;
    this.#namesUndef = false;
  }

  #callImport(number: number): void {
    const imported = this.#imports[number];
    if (imported === undefined) return;
    const { called, isWanted, modulePosition } = imported;
    if (isWanted) this.#add(called, this.#constants(called.arity));
    if (imported.asksForModule) {
      const module = this.#registers.atom(0);
      if (module !== undefined) this.#askedFor.add(module);
    }
    if (modulePosition !== undefined) this.#callNamed(modulePosition);
  }

  #bif(number: number): void {
    const imported = this.#imports[number];
    if (imported?.isWanted === true) this.#add(imported.called, []);
  }

  /** Calls a function of a module, both in the registers behind its arguments. */
  #apply(arity: number): void {
    const name = { module: this.#registers.atom(arity), name: this.#registers.atom(arity + 1), arity };
    this.#callOf(name);
  }

  /** Has a function called whose module, name and arguments are in registers. */
  #callNamed(position: number): void {
    const last = this.#registers.term(position + 2);
    this.#callOf({
      module: this.#registers.atom(position),
      name: this.#registers.atom(position + 1),
      arity: this.#registers.length(position + 2) ?? (typeof last === "number" ? last : undefined),
    });
  }

  #callOf(called: PartOfName): void {
    const { module, name, arity } = called;
    if (module === undefined || name === undefined || arity === undefined) {
      this.#dynamic.push({ called, caller: this.#caller, line: this.#line });
      return;
    }
    const whole = { module, name, arity };
    if (this.#isWanted(whole)) this.#add(whole, []);
  }

  #add(called: FunctionName, constants: readonly (Term | undefined)[]): void {
    this.#sites.push({ called, caller: this.#caller, line: this.#line, arguments: constants });
  }

  #constants(arity: number): (Term | undefined)[] {
    return Array.from({ length: arity }, (_, register) => this.#registers.term(register));
  }

  #wantedFuns(): ReadonlyMap<number, readonly FunctionName[]> {
    const chunk = this.#beam.chunks.get("LitT");
    const wanted = new Map<number, readonly FunctionName[]>();
    if (chunk === undefined) return wanted;
    for (const [number, funs] of functionsOfLiterals(chunk)) {
      const names = funs.map(({ module, function: name, arity }) => ({ module, name, arity }));
      if (names.some(this.#isWanted)) wanted.set(number, names.filter(this.#isWanted));
    }
    return wanted;
  }

  #literal(number: number): Term | undefined {
    const chunk = this.#beam.chunks.get("LitT");
    this.#literals ??= chunk === undefined ? [] : decodeLiterals(chunk);
    return this.#literals[number];
  }
}

interface ImportedCall {
  readonly called: FunctionName;
  readonly isWanted: boolean;
  readonly modulePosition: number | undefined;
  readonly asksForModule: boolean;
}

/** A function whose code is being read: only its end tells all of it. */
class OpenFunction implements CallingFunction {
  readonly name: string;
  readonly arity: number;
  catchesUndefined = false;

  constructor(name: string, arity: number) {
    this.name = name;
    this.arity = arity;
  }
}

function codeOf({ chunks }: BeamFile): Uint8Array {
  return chunks.get("Code") ?? new Uint8Array();
}
