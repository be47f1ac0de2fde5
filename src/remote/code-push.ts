import { FusionPlayError } from "../errors.ts";
import { Atom, isAtom, isTuple, type Term, type Tuple } from "../etf/term.ts";
import { formatTerm } from "../etf/format.ts";
import { displayModule } from "../etf/module-name.ts";
import { OWN_REASONS, type OwnReason } from "../engine/host-code.ts";
import type { PreparedPush, PushOptions, PushResult } from "../engine/remote-node.ts";
import type { ShippedModule } from "../engine/module-source.ts";
import { checkRelease } from "./check-release.ts";
import { readOwn } from "./code-inspection.ts";
import {
  abandonRequest,
  finishRequest,
  loadRequest,
  neededRequest,
  prepareRequest,
} from "./code-requests.ts";

export interface CodePushOptions {
  /** Name of the host, for messages. */
  host: string;
  /** Release of OTP on the host. */
  otp: string;
  /** Asks the agent on the host. When it is asked, it is the turn of the push: the time of an answer begins. */
  ask(request: Tuple, signal: AbortSignal): Promise<Term>;
}

/** What is known of a module on the host. */
interface LedgerEntry {
  readonly md5: string;
  /** Why the host keeps its own module of the name; undefined where it takes ours. */
  readonly own: OwnReason | undefined;
}

/**
 * Loads code on one host, each module once: what the host was asked about or sent before is in the
 * ledger, by name and md5.
 */
export class CodePush {
  readonly #options: CodePushOptions;
  readonly #ledger: Map<string, LedgerEntry> = new Map();
  /** Modules that are to be loaded again, although the host has them. */
  readonly #expired: Set<string> = new Set();
  /** Pushes wait for each other, so that no module is asked about or sent twice. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: CodePushOptions) {
    this.#options = options;
  }

  /**
   * Loads what the host lacks: one question, and one answer with all of the code.
   *
   * @throws {FusionPlayError} `MODULE_PROTECTED` and `MODULE_TOO_NEW` before any code is sent;
   *   `MODULE_LOAD_FAILED`
   */
  async push(modules: readonly ShippedModule[], options: PushOptions): Promise<PushResult> {
    return this.#inTurn(() => this.#push(modules, options));
  }

  /**
   * Has the host prepare what it lacks, and load it when it is told to.
   *
   * @throws {FusionPlayError} as `push`
   */
  async prepare(modules: readonly ShippedModule[], options: PushOptions): Promise<PreparedPush> {
    return this.#inTurn(() => this.#prepare(modules, options));
  }

  /**
   * Has the next push load modules again, even if the host has them: what their on_load functions
   * load has changed.
   */
  expire(modules: Iterable<string>): void {
    for (const module of modules) this.#expired.add(module);
  }

  async #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #push(modules: readonly ShippedModule[], options: PushOptions): Promise<PushResult> {
    const { signal, purge } = options;
    const sent = await this.#missing(modules, options);
    if (sent.length > 0) await this.#load(sent, { signal, purge });
    this.#note(sent);
    return { sent, skipped: modules.length - sent.length };
  }

  async #prepare(modules: readonly ShippedModule[], options: PushOptions): Promise<PreparedPush> {
    const sent = await this.#missing(modules, options);
    const result = { sent, skipped: modules.length - sent.length };
    if (sent.length === 0) return { result, finish: async () => {}, abandon: async () => {} };
    this.#refuseOnLoad(sent);
    const { ask } = this.#options;
    const answer = await ask(prepareRequest(sent, options.purge), options.signal);
    const key =
      isTuple(answer, 2) && isAtom(answer.elements[0] ?? 0, "prepared") ? answer.elements[1] : undefined;
    if (key === undefined) throw this.#failed(answer);
    return {
      result,
      finish: (signal) =>
        this.#inTurn(async () => {
          const finished = await ask(finishRequest(key), signal);
          if (!isAtom(finished, "ok")) throw this.#failed(finished);
          this.#note(sent);
        }),
      abandon: async (signal) => void (await ask(abandonRequest(key), signal)),
    };
  }

  /** The modules that the host takes and lacks, or has in another version. */
  async #missing(
    modules: readonly ShippedModule[],
    { signal, named, recheck, admit }: PushOptions,
  ): Promise<readonly ShippedModule[]> {
    const asked = recheck ? modules : modules.filter(({ name, md5 }) => this.#ledger.get(name)?.md5 !== md5);
    const needed = asked.length === 0 ? new Set<string>() : await this.#ask(asked, signal);
    this.#refuseOwn(named);
    const isOwn = (name: string): boolean => this.#ledger.get(name)?.own !== undefined;
    const missing = asked.filter(({ name }) => needed.has(name) || (this.#expired.has(name) && !isOwn(name)));
    const tooNew = checkRelease(missing, this.#options);
    if (tooNew !== undefined) throw tooNew;
    await admit?.(missing);
    return missing;
  }

  /** Notes what the host has loaded. */
  #note(modules: readonly ShippedModule[]): void {
    for (const { name, md5 } of modules) {
      this.#ledger.set(name, { md5, own: undefined });
      this.#expired.delete(name);
    }
  }

  /** Asks which modules the host needs, and notes what it says of the others. */
  async #ask(modules: readonly ShippedModule[], signal: AbortSignal): Promise<ReadonlySet<string>> {
    const answer = await this.#options.ask(neededRequest(modules), signal);
    const [neededTerm, ownTerm] = isTuple(answer, 2) ? answer.elements : [];
    if (!Array.isArray(neededTerm) || !Array.isArray(ownTerm)) throw this.#failed(answer);
    const needed = new Set(neededTerm.flatMap((term: Term) => (term instanceof Atom ? [term.name] : [])));
    const own = readOwn(ownTerm);
    for (const { name, md5 } of modules) {
      // What it needs was not loaded, or not in this version, whatever the ledger says.
      if (needed.has(name)) this.#ledger.delete(name);
      else this.#ledger.set(name, { md5, own: own.get(name) });
    }
    return needed;
  }

  #refuseOwn(named: readonly string[]): void {
    const own = named.flatMap((name) => {
      const why = this.#ledger.get(name)?.own;
      return why === undefined ? [] : [{ name: displayModule(name), why }];
    });
    if (own.length === 0) return;
    const names = own.map(({ name }) => name).join(", ");
    const reasons = own.map(({ name, why }) => `${name} ${OWN_REASONS[why]}`).join("; ");
    throw new FusionPlayError(`Cannot push ${names} to ${this.#options.host}: ${reasons}`, {
      code: "MODULE_PROTECTED",
      hint: "Leave it out of the push, as the host has it, or give a module of your own another name",
    });
  }

  #refuseOnLoad(modules: readonly ShippedModule[]): void {
    const names = modules.filter(({ hasOnLoad }) => hasOnLoad).map(({ name }) => displayModule(name));
    if (names.length === 0) return;
    throw new FusionPlayError(
      `Cannot prepare ${names.join(", ")} on ${this.#options.host}: code with an on_load function runs when it is loaded, and cannot be part of a transaction`,
      { code: "MODULE_LOAD_FAILED", hint: "Push it before, in a step without `transaction`" },
    );
  }

  async #load(
    modules: readonly ShippedModule[],
    { signal, purge }: Pick<PushOptions, "signal" | "purge">,
  ): Promise<void> {
    const answer = await this.#options.ask(loadRequest(modules, purge), signal);
    if (!isAtom(answer, "ok")) throw this.#failed(answer);
  }

  /** Reads `{error, [{Module, Reason}]}`. */
  #failed(answer: Term): FusionPlayError {
    const { host } = this.#options;
    const failures =
      isTuple(answer, 2) && Array.isArray(answer.elements[1]) ? (answer.elements[1] as Term[]) : [];
    const known = failures.flatMap((failure) => {
      const [module, reason] = isTuple(failure, 2) ? failure.elements : [];
      return module instanceof Atom && reason !== undefined ? [{ module: module.name, reason }] : [];
    });
    const refused = known.filter(({ reason }) => isAtom(reason, "badfile"));
    const reasons = known
      .filter((each) => !refused.includes(each))
      .map(({ module, reason }) => reasonOf(module, reason));
    if (refused.length > 0) reasons.unshift(refusedText(refused.map(({ module }) => module)));
    const why = reasons.length > 0 ? reasons.join("; ") : formatTerm(answer, "erlang", { maxLength: 500 });
    return new FusionPlayError(`Cannot load code on ${host}: ${why}`, {
      code: "MODULE_LOAD_FAILED",
      hint: failures.length > 0 ? hintOf(failures) : undefined,
    });
  }
}

const MAX_REFUSED = 5;

/** Most often all modules of one compiler are refused, which may be hundreds. */
function refusedText(modules: readonly string[]): string {
  const names = modules.slice(0, MAX_REFUSED).map(displayModule).join(", ");
  const more = modules.length - MAX_REFUSED;
  return `the host's OTP does not accept ${names}${more > 0 ? ` and ${more} more` : ""}`;
}

function reasonOf(module: string, reason: Term): string {
  const name = displayModule(module);
  if (isStillRunning(reason)) return `${runnersOf(reason)} the version of ${name} before the last`;
  if (isAtom(reason, "sticky_directory")) return `${name} ${OWN_REASONS.sticky}`;
  if (isOnLoad(reason)) return onLoadText(name, reason.elements[1] ?? 0);
  return `${name}: ${formatTerm(reason, "erlang", { maxLength: 300 })}`;
}

/** `{on_load, Gave}` */
function isOnLoad(reason: Term): reason is Tuple {
  return isTuple(reason, 2) && isAtom(reason.elements[0] ?? 0, "on_load");
}

function onLoadText(name: string, gave: Term): string {
  const text = (term: Term): string => formatTerm(term, "erlang", { maxLength: 500 });
  const [crash, stack] = isTuple(gave, 2) ? gave.elements : [];
  return crash !== undefined && isStacktrace(stack)
    ? `the on_load function of ${name} crashed: ${text(crash)}`
    : `the on_load function of ${name} gave ${text(gave)}`;
}

function isStacktrace(term: Term | undefined): boolean {
  return Array.isArray(term) && term.length > 0 && (term as Term[]).every((frame) => isTuple(frame, 4));
}

/** What helps depends on what `erlang:load_nif/2` gave, and the dynamic linker of the host said. */
function onLoadHint(gave: string): string {
  if (gave.includes("{upgrade,")) {
    return "Its NIF library has no function for an upgrade, so it stays for as long as the BEAM: run again";
  }
  if (/failed to map segment|Operation not permitted/.test(gave)) {
    return "The file system may be mounted with noexec: set TMPDIR of the user on the host to a folder of another one";
  }
  return "It is called when the module is loaded. A NIF needs the files of its application: push that, with `push: { app: … }`";
}

/** `{still_running, [Pid]}` */
function isStillRunning(reason: Term): reason is Tuple {
  return isTuple(reason, 2) && isAtom(reason.elements[0] ?? 0, "still_running");
}

const MAX_RUNNERS = 5;

function runnersOf({ elements }: Tuple): string {
  const pids = Array.isArray(elements[1]) ? (elements[1] as Term[]) : [];
  const shown = pids.slice(0, MAX_RUNNERS).map((pid) => formatTerm(pid, "erlang", { maxLength: 100 }));
  if (pids.length > MAX_RUNNERS) shown.push(`${pids.length - MAX_RUNNERS} more`);
  return pids.length === 1 ? `process ${shown[0]} still runs` : `processes ${shown.join(", ")} still run`;
}

function hintOf(failures: readonly Term[]): string | undefined {
  const reasons = failures.flatMap((failure) => (isTuple(failure, 2) ? [failure.elements[1] ?? 0] : []));
  if (reasons.some((reason) => isAtom(reason, "badfile"))) {
    return "Compile it with the host's release of OTP: an older OTP lacks new instructions, and OTP 29 some that OTP 25 and older compile to";
  }
  const onLoad = reasons.find(isOnLoad);
  if (onLoad !== undefined) return onLoadHint(formatTerm(onLoad, "erlang", { maxLength: 2000 }));
  return reasons.some(isStillRunning)
    ? "Wait until they are done, or push with `purge: hard`, which kills them"
    : undefined;
}
