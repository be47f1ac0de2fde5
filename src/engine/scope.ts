import type { Data } from "../etf/data.ts";
import type { Host, Inventory } from "../inventory/inventory.ts";
import { FACTS_NAME } from "../playbook/facts.ts";
import { HIDE, type Play, type Scope, type Template } from "../playbook/playbook.ts";

/** Names that are the same on every host of a run. */
export interface RunNames {
  readonly groups: Data;
  readonly hostvars: Data;
  readonly run: Data;
}

export function runNames({ groups, hosts }: Inventory): RunNames {
  return {
    groups: Object.fromEntries([...groups].map(([name, group]) => [name, group.hosts])),
    hostvars: Object.fromEntries([...hosts].map(([name, host]) => [name, host.vars])),
    run: { dry_run: false },
  };
}

/** What a host keeps from play to play of a run: results that were registered, and variables that were set. */
export interface HostMemory {
  readonly registered: Record<string, Data>;
  set: Readonly<Record<string, Data>>;
  /** What the host told about itself, if it was asked. */
  facts?: Data;
}

export function emptyMemory(): HostMemory {
  return { registered: {}, set: {} };
}

interface HostScopeOptions {
  readonly extraVars: Readonly<Record<string, Data>>;
  readonly memory: HostMemory;
  /** Told what expressions make of secrets. @default nobody */
  readonly onHidden?: (data: Data) => void;
}

/** Variables that are the same on every host of a play. */
export interface PlayVariables {
  readonly play: Pick<Play, "vars" | "varsFiles" | "prompts">;
  /** What was given to the prompts, by name. */
  readonly answers: Readonly<Record<string, Data>>;
}

/**
 * The variables of a host in a play, which expressions see, and how they grow with its steps. Their levels,
 * lowest to highest: groups and host of the inventory, play, step, set, command line.
 */
export class HostScope {
  readonly #fixed: Scope;
  readonly #extraVars: Readonly<Record<string, Data>>;
  readonly #memory: HostMemory;
  #vars: Readonly<Record<string, Data>>;
  /** What was registered and is fixed, until something is registered: to put it together takes as long as a step. */
  #known: Scope | undefined;
  /** The result of the step before. */
  result: Data = null;

  constructor(host: Host, names: RunNames, { extraVars, memory, onHidden }: HostScopeOptions) {
    this.#extraVars = extraVars;
    this.#memory = memory;
    this.#vars = { ...host.vars, ...memory.set, ...extraVars };
    this.#fixed = { ...names, host: hostData(host), ...(onHidden === undefined ? {} : { [HIDE]: onHidden }) };
  }

  get vars(): Readonly<Record<string, Data>> {
    return this.#vars;
  }

  /**
   * Adds the variables of the play, where no higher level has them. Within the play files come above prompts,
   * and prompts above `vars`; files may use the prompts, and `vars` both.
   *
   * @throws {FusionPlayError} `EXPRESSION_FAILED`
   */
  addPlayVars({ play, answers }: PlayVariables): void {
    for (const { name } of play.prompts) {
      const answer = answers[name];
      if (answer !== undefined && !this.#isAbove(name)) this.#vars = { ...this.#vars, [name]: answer };
    }
    const given = new Set(play.prompts.map(({ name }) => name));
    for (const { vars } of play.varsFiles) {
      this.#vars = this.#with(vars);
      for (const name of Object.keys(vars)) given.add(name);
    }
    const own = Object.entries(play.vars).filter(([name]) => !given.has(name));
    this.#vars = this.#with(Object.fromEntries(own));
  }

  /** Keeps a result for the steps after it, in later plays as well. */
  register(name: string, result: Data): void {
    this.#memory.registered[name] = result;
    this.#known = undefined;
  }

  /** What the host told about itself, in this play or one before. */
  get facts(): Data | undefined {
    return this.#memory.facts;
  }

  /** Keeps what the host tells about itself, and gives it its name, until a step registers another result there. */
  tellFacts(facts: Data): void {
    this.#memory.facts = facts;
    this.register(FACTS_NAME, facts);
  }

  /** Gives names the value null that no step has registered yet: one may be in a part of a block that is not run. */
  reserve(names: readonly string[]): void {
    const { registered } = this.#memory;
    for (const name of names) if (!Object.hasOwn(registered, name)) registered[name] = null;
    this.#known = undefined;
  }

  /** Gives variables to the host for the rest of the run: above those of steps, below those of the command line. */
  set(vars: Readonly<Record<string, Data>>): void {
    this.#memory.set = { ...this.#memory.set, ...vars };
    this.#vars = { ...this.#vars, ...vars, ...this.#extraVars };
  }

  /**
   * The names of one step, with the variables of its own.
   *
   * @param names those of the item of a loop, which the variables may use
   * @throws {FusionPlayError} `EXPRESSION_FAILED`
   */
  ofStep(vars: Readonly<Record<string, Template>>, names?: Scope): Scope {
    const own = this.#with(vars, names);
    const { result } = this;
    // V8 of Node.js 20 takes a microsecond for each property that follows those of a spread object.
    return Object.assign({}, this.#names, { result }, names, { vars: own });
  }

  /** The names that a loop may use for its items: variables of the step that need the item are left out. */
  ofLoop(vars: Readonly<Record<string, Template>>): Scope {
    let known: Readonly<Record<string, Template>> = {};
    for (const [name, template] of Object.entries(vars)) {
      try {
        const more = { ...known, [name]: template };
        this.#with(more);
        known = more;
      } catch {
        // There is no item yet.
      }
    }
    return this.ofStep(known);
  }

  get #names(): Scope {
    this.#known ??= { ...this.#memory.registered, ...this.#fixed };
    return this.#known;
  }

  /** The variables with those of `templates`, each of which may use the ones before it. */
  #with(templates: Readonly<Record<string, Template>>, names: Scope = {}): Readonly<Record<string, Data>> {
    let vars = this.#vars;
    for (const [name, template] of Object.entries(templates)) {
      if (this.#isAbove(name)) continue;
      const scope = { ...this.#names, result: this.result, ...names, vars };
      vars = { ...vars, [name]: template.evaluate(scope) };
    }
    return vars;
  }

  /** Whether a level above those of plays and steps gives a variable. */
  #isAbove(name: string): boolean {
    return Object.hasOwn(this.#extraVars, name) || Object.hasOwn(this.#memory.set, name);
  }
}

function hostData({ name, groups, vars, connection }: Host): Data {
  return { name, groups, address: connection.address ?? name, vars };
}
