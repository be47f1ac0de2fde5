import type { Term } from "../etf/term.ts";
import type { Effect, InlineCode, Location } from "../playbook/playbook.ts";
import type { ApplicationTree, ShippedApplication } from "./shipped-application.ts";
import type { HostCode } from "./host-code.ts";
import type { CallCheck, FunctionName, ModuleExamination } from "./code-examination.ts";

/** Why a module needs another one. Where several reasons hold, it is the first of these. */
export type NeedReason =
  /** It is the protocol, or what the protocol is implemented for, and the other one the implementation. */
  | { readonly type: "protocol_implementation"; readonly protocol: string; readonly target: string }
  /** Its code calls functions of it by name: `start_link/1`. */
  | { readonly type: "imports"; readonly functions: readonly string[] }
  /** It says that it has the callbacks of it: `@behaviour`, `-behaviour`. */
  | { readonly type: "behaviour" }
  /** It is a module of an application that is shipped as a whole, or started for the sake of the other one. */
  | { readonly type: "application"; readonly application: string }
  /** Its name stands in the code, in a constant term or in an attribute: it may be called at run time. */
  | { readonly type: "atom"; readonly where: "code" | "literal" | "attribute" };

/** Compiled code as it is shipped. The same object serves every host of a run. */
export interface ShippedModule {
  /** As the BEAM has it: `Elixir.RemoteHealth`, `my_app`. */
  readonly name: string;
  /** The `.beam` file without debug information and documentation. */
  readonly binary: Uint8Array;
  /** Hexadecimal md5 of the code as OTP computes it (`erlang:get_module_info(M, md5)`). */
  readonly md5: string;
  /** The module that needs it; null if a step asked for it, or for its application, by name. */
  readonly neededBy: string | null;
  /** Why that one needs it; null if a step asked for it by name. */
  readonly reason: NeedReason | null;
  /** Where it was found. */
  readonly file: string;
  /** Release of OTP that compiled it, where the file tells. */
  readonly compiledBy: number | undefined;
  /** The oldest release of OTP that can load it, where it needs more than OTP 22 has. */
  readonly minimumOtp: number | undefined;
  readonly hasOnLoad: boolean;
  /** Version of the Elixir that it is a module of; null of the play's own modules. */
  readonly elixir: string | null;
  /** Resource of the application that it is the main module of, and that is started when it is loaded. */
  readonly application: Term | undefined;
}

/** The modules a play may ship. */
export interface ModuleSource {
  /** Whether the code paths hold the module. */
  has(module: string): boolean;
  /** All modules that the code paths hold. */
  modules(): readonly string[];
  /**
   * A module by itself, as a step would ship it that names it; undefined where the code paths do not
   * hold it.
   *
   * @throws {FusionPlayError} `MODULE_INVALID`
   */
  module(name: string): ShippedModule | undefined;
  /**
   * The modules and all that they need, each once, dependencies before dependents. The same list
   * gives the same array: it is computed once, whatever the number of hosts.
   *
   * @throws {FusionPlayError} `MODULE_NOT_FOUND` with suggestions, `MODULE_INVALID`
   */
  closure(modules: readonly string[]): readonly ShippedModule[];
  /**
   * An application with all that it needs, as far as the code paths hold it.
   *
   * @throws {FusionPlayError} `APPLICATION_NOT_FOUND` with suggestions, `APPLICATION_INVALID`,
   *   `FILE_UNREADABLE`
   */
  application(name: string): Promise<ApplicationTree>;
  /**
   * All modules of applications and all that they need, as `closure` gives them.
   *
   * @throws {FusionPlayError} `MODULE_INVALID`
   */
  closureOfApplications(applications: readonly ShippedApplication[]): readonly ShippedModule[];
  /**
   * The same for hosts that have only Erlang: what is needed of Elixir itself belongs to the
   * closures, from the code paths or from the Elixir that is installed here. Where there is none,
   * `closure` throws `ELIXIR_NOT_FOUND` for modules that need it.
   *
   * @throws {FusionPlayError} `FILE_UNREADABLE`, `MODULE_INVALID` of a broken Elixir
   */
  withElixir(): Promise<ModuleSource>;
  /**
   * Compiles inline code into a module, which `has` and `closure` know from then on.
   *
   * @returns the name of the module; its function is `run`
   * @throws {FusionPlayError} `COMPILE_FAILED`, `COMPILER_NOT_FOUND`
   */
  compileInline(code: InlineCode, signal: AbortSignal): Promise<string>;
  /** Finds what a line of a stack trace of inline code means; undefined where that is not known. */
  locateInline(code: InlineCode, line: number): Location | undefined;
  /**
   * Those of `modules` that Erlang and Elixir have themselves, going by those installed here. Hosts
   * have them too, and are not sent them, also where the code paths hold them.
   */
  providedAmong(modules: readonly string[]): Promise<ReadonlySet<string>>;
  /**
   * Those of `applications` that Erlang and Elixir have themselves, going by those installed here. Of
   * what is not installed here, all count that may be theirs.
   */
  providedApplications(applications: readonly string[]): Promise<ReadonlySet<string>>;
  /**
   * Examines the code of modules of the code paths: what they call that would not be there, which
   * effects they have, and what cannot be known of them. Each is examined once for each host that is given.
   *
   * @param host What a host says of its code. Default: hosts are taken to have what is installed here.
   * @throws {FusionPlayError} `MODULE_INVALID`
   */
  examine(modules: readonly string[], host?: HostCode): Promise<readonly ModuleExamination[]>;
  /** The effects that a call has by itself, such as `os.cmd`, and those of the functions that `args` name. */
  effectsOfCall(called: FunctionName, args: readonly Term[]): Promise<readonly Effect[]>;
  /**
   * Checks whether a call would find its function: on the code paths, in Erlang or in Elixir.
   *
   * @param host What a host says of its code. Default: hosts are taken to have what is installed here.
   */
  checkCall(called: FunctionName, host?: HostCode): Promise<CallCheck>;
}
