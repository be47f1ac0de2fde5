import type { Data } from "../etf/data.ts";
import type { Host, Inventory } from "../inventory/inventory.ts";
import type { Scope, Template } from "../playbook/playbook.ts";

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

/** The variables of a host in a play, which expressions see, and how they grow with its steps. */
export class HostScope {
  readonly #fixed: Scope;
  readonly #extraVars: Readonly<Record<string, Data>>;
  readonly #registered: Record<string, Data> = {};
  #vars: Readonly<Record<string, Data>>;
  /** The result of the step before. */
  result: Data = null;

  constructor(host: Host, names: RunNames, extraVars: Readonly<Record<string, Data>>) {
    this.#extraVars = extraVars;
    this.#vars = { ...host.vars, ...extraVars };
    this.#fixed = { ...names, host: hostData(host) };
  }

  get vars(): Readonly<Record<string, Data>> {
    return this.#vars;
  }

  /**
   * Adds the variables of the play: above those of the inventory, below those of the command line.
   * Each may use the ones before it.
   *
   * @throws {FusionPlayError} `EXPRESSION_FAILED`
   */
  addPlayVars(vars: Readonly<Record<string, Template>>): void {
    this.#vars = this.#with(vars);
  }

  register(name: string, result: Data): void {
    this.#registered[name] = result;
  }

  /**
   * The names of one step, with the variables of its own.
   *
   * @throws {FusionPlayError} `EXPRESSION_FAILED`
   */
  ofStep(vars: Readonly<Record<string, Template>>): Scope {
    return { ...this.#registered, ...this.#fixed, vars: this.#with(vars), result: this.result };
  }

  #with(templates: Readonly<Record<string, Template>>): Readonly<Record<string, Data>> {
    let vars = this.#vars;
    for (const [name, template] of Object.entries(templates)) {
      if (Object.hasOwn(this.#extraVars, name)) continue;
      const value = template.evaluate({ ...this.#registered, ...this.#fixed, vars, result: this.result });
      vars = { ...vars, [name]: value };
    }
    return vars;
  }
}

function hostData({ name, groups, vars, connection }: Host): Data {
  return { name, groups, address: connection.address ?? name, vars };
}
