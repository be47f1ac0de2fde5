import { FusionPlayError } from "../errors.ts";
import type { Data } from "../etf/data.ts";
import type { Host, Inventory } from "../inventory/inventory.ts";
import type { Location, Play, Scope, Step, Template, VariableTemplate } from "../playbook/playbook.ts";
import { stepsOfPlay } from "../playbook/all-steps.ts";
import { secret } from "../secret.ts";
import { emptyMemory, HostScope, runNames } from "./scope.ts";

/** What one place of a play gives a host, as far as it can be told without a run. */
export interface PlayVariable {
  readonly name: string;
  /** Undefined where only a run can tell. */
  readonly data: Data | undefined;
  readonly kind: "vars" | "vars_prompt" | "vars_files" | "step";
  /** The step that gives it to itself alone. */
  readonly step: string | undefined;
  readonly location: Location;
}

/**
 * All that a play says of the variables of a host, in the order of the levels: what comes later wins, but for
 * what steps give.
 */
export function playVariables(
  play: Play,
  host: Host,
  { inventory, extraVars }: { inventory: Inventory; extraVars: Readonly<Record<string, Data>> },
): PlayVariable[] {
  const context = { extraVars, memory: emptyMemory() };
  const reader = new PlayReader(new HostScope(host, runNames(inventory), context).ofStep({}), extraVars);
  const prompts = play.prompts.map((prompt): PlayVariable => {
    const { name, location, isPrivate } = prompt;
    // Whatever is typed will be one.
    const data = isPrivate ? secret(prompt.default ?? "") : prompt.default;
    reader.give(name, prompt.default === undefined ? undefined : data);
    return { name, location, data, kind: "vars_prompt", step: undefined };
  });
  // `vars` may use what files give, although these come above them.
  const files = play.varsFiles.flatMap(({ vars }) => reader.read(vars, "vars_files", new Set()));
  const above = new Set([...prompts, ...files].map(({ name }) => name));
  const vars = reader.read(play.vars, "vars", above);
  return [...vars, ...prompts, ...files, ...stepsOfPlay(play).flatMap((step) => reader.ofStep(step))];
}

/** Evaluates variables one after another, and goes on where one cannot be known. */
class PlayReader {
  readonly #scope: Scope;
  readonly #extraVars: Readonly<Record<string, Data>>;
  readonly #vars: Record<string, Data>;

  constructor(scope: Scope, extraVars: Readonly<Record<string, Data>>) {
    this.#scope = scope;
    this.#extraVars = extraVars;
    this.#vars = Object.assign(Object.create(null) as Record<string, Data>, scope["vars"]);
  }

  /** Makes a value known to the variables after it, unless the command line gives another. */
  give(name: string, data: Data | undefined): void {
    if (Object.hasOwn(this.#extraVars, name)) return;
    if (data === undefined) delete this.#vars[name];
    else this.#vars[name] = data;
  }

  /** @param above names that a higher place gives */
  read(
    vars: Readonly<Record<string, VariableTemplate>>,
    kind: "vars" | "vars_files",
    above: ReadonlySet<string>,
  ): PlayVariable[] {
    return Object.entries(vars).map(([name, template]) => {
      const data = valueOf(template, { ...this.#scope, vars: this.#vars });
      if (!above.has(name)) this.give(name, data);
      return { name, data, kind, step: undefined, location: template.location };
    });
  }

  ofStep(step: Step): PlayVariable[] {
    let vars = this.#vars;
    return Object.entries(step.vars).map(([name, template]) => {
      const data = valueOf(template, { ...this.#scope, vars });
      if (data !== undefined) vars = { ...vars, [name]: data };
      return { name, data, kind: "step", step: step.name, location: template.location };
    });
  }
}

/** The value, unless it depends on what only a run knows. */
function valueOf(template: Template, scope: Scope): Data | undefined {
  try {
    return template.evaluate(scope);
  } catch (error) {
    if (error instanceof FusionPlayError) return undefined;
    throw error;
  }
}
