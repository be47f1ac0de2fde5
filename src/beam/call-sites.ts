import type { Term } from "../etf/term.ts";
import { decodeCodeChunk } from "./code-chunk.ts";
import { ConstantRegisters } from "./constant-registers.ts";
import type { FunctionArity, FunctionName } from "./function-tables.ts";
import { InstructionReader, OPCODE, OPERAND } from "./instructions.ts";
import { decodeLiterals, functionsOfLiterals } from "./literals.ts";
import { namesInArguments, type NamesInArguments } from "./names-in-arguments.ts";
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
  /** The function that runs when the module is loaded. */
  readonly onLoad: CallingFunction | undefined;
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

const ACTION = {
  none: 0,
  line: 1,
  openFunction: 2,
  callImport: 3,
  apply: 4,
  /** It ends the part of the code whose errors are caught. */
  catch: 5,
  /** It has results that no operand names, or may be come to from elsewhere. */
  clear: 6,
  bif: 7,
  gcBif: 8,
  onLoad: 9,
} as const;

const OPCODES: Readonly<Record<Exclude<keyof typeof ACTION, "none">, readonly number[]>> = {
  line: [OPCODE.line],
  openFunction: [OPCODE.func_info],
  callImport: [OPCODE.call_ext, OPCODE.call_ext_last, OPCODE.call_ext_only],
  apply: [OPCODE.apply, OPCODE.apply_last],
  catch: [OPCODE.try_case, OPCODE.catch_end],
  clear: [
    OPCODE.label,
    OPCODE.call,
    OPCODE.call_last,
    OPCODE.call_only,
    OPCODE.call_fun,
    OPCODE.call_fun2,
    OPCODE.send,
    OPCODE.bs_init_writable,
    OPCODE.build_stacktrace,
    OPCODE.raw_raise,
  ],
  bif: [OPCODE.bif0, OPCODE.bif1, OPCODE.bif2, OPCODE.bif3],
  gcBif: [OPCODE.gc_bif1, OPCODE.gc_bif2, OPCODE.gc_bif3],
  onLoad: [OPCODE.on_load],
};

/** What is to be done at an instruction, by its opcode. */
const ACTIONS: Uint8Array = new Uint8Array(256);
for (const [name, opcodes] of Object.entries(OPCODES)) {
  for (const opcode of opcodes) ACTIONS[opcode] = ACTION[name as keyof typeof ACTION];
}

class CallSiteFinder {
  readonly #beam: BeamFile;
  readonly #isWanted: (called: FunctionName) => boolean;
  /** By number of the import: what is to be done at a call of it. */
  readonly #imports: readonly ImportedCall[];
  /** By number of the constant. */
  readonly #funs: ReadonlyMap<number, readonly ImportedCall[]>;
  readonly #instructions: InstructionReader;
  readonly #registers: ConstantRegisters;
  readonly #undef: number;
  readonly #sites: CallSite[] = [];
  readonly #dynamic: DynamicCall[] = [];
  readonly #askedFor: Set<string> = new Set();
  #literals: readonly Term[] | undefined;
  #onLoad: CallingFunction | undefined;
  #line = 0;
  #caller = new OpenFunction("", 0);
  #namesUndef = false;
  #catches = false;

  constructor(beam: BeamFile, isWanted: (called: FunctionName) => boolean) {
    this.#beam = beam;
    this.#isWanted = isWanted;
    this.#imports = beam.imports.map((called) => this.#imported(called));
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
      onLoad: this.#onLoad,
      askedFor: this.#askedFor,
      isCutShort: instructions.isCutShort,
    };
  }

  #instruction(): void {
    const { opcode, values } = this.#instructions;
    switch (ACTIONS[opcode]) {
      case ACTION.line:
        this.#line = values[0] ?? 0;
        return;
      case ACTION.openFunction:
        return this.#openFunction();
      case ACTION.callImport:
        this.#callImport(values[1] ?? -1);
        return this.#registers.clear();
      case ACTION.apply:
        this.#apply(values[0] ?? 0);
        return this.#registers.clear();
      case ACTION.catch:
        this.#catches = true;
        return this.#registers.clear();
      case ACTION.clear:
        this.#operands();
        return this.#registers.clear();
      case ACTION.bif:
        this.#bif(values[opcode === OPCODE.bif0 ? 0 : 1] ?? -1);
        break;
      case ACTION.gcBif:
        this.#bif(values[2] ?? -1);
        break;
      case ACTION.onLoad:
        this.#onLoad = this.#caller;
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
        for (const fun of this.#funs.get(value) ?? []) this.#fun(fun);
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
    const { called, isWanted, names } = imported;
    if (isWanted) this.#add(called, this.#constants(called.arity));
    switch (names?.type) {
      case "asks": {
        const module = this.#registers.atom(0);
        if (module !== undefined) this.#askedFor.add(module);
        break;
      }
      case "calls":
        this.#callNamed(names.position, names.added);
    }
  }

  /** A fun gets its arguments elsewhere, so nobody knows what one calls that calls what they name. */
  #fun({ called, isWanted, names }: ImportedCall): void {
    if (isWanted) this.#add(called, []);
    if (names?.type === "calls") this.#callOf({ module: undefined, name: undefined, arity: undefined });
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

  /** Has a function called whose module, name and arguments (or arity) are in registers. */
  #callNamed(position: number, added: number): void {
    const last = this.#registers.term(position + 2);
    const arity = this.#registers.length(position + 2) ?? (typeof last === "number" ? last : undefined);
    this.#callOf({
      module: this.#registers.atom(position),
      name: this.#registers.atom(position + 1),
      arity: arity === undefined ? undefined : arity + added,
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

  #imported(called: FunctionName): ImportedCall {
    return { called, isWanted: this.#isWanted(called), names: namesInArguments(called) };
  }

  #wantedFuns(): ReadonlyMap<number, readonly ImportedCall[]> {
    const chunk = this.#beam.chunks.get("LitT");
    const wanted = new Map<number, readonly ImportedCall[]>();
    if (chunk === undefined) return wanted;
    for (const [number, exports] of functionsOfLiterals(chunk)) {
      const funs = exports
        .map(({ module, function: name, arity }) => this.#imported({ module, name, arity }))
        .filter(({ isWanted, names }) => isWanted || names?.type === "calls");
      if (funs.length > 0) wanted.set(number, funs);
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
  readonly names: NamesInArguments | undefined;
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
