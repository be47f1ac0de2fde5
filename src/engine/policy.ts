import { FusionPlayError } from "../errors.ts";
import { callersText } from "../etf/callers-text.ts";
import { displayFunction, displayModule } from "../etf/module-name.ts";
import type { Term } from "../etf/term.ts";
import type { Policy } from "../playbook/playbook.ts";
import type { Caller, FunctionName, ModuleExamination, OwnEffect, PartOfName } from "./code-examination.ts";
import type { ModuleSource, ShippedModule } from "./module-source.ts";

/** Something that the policy of a play denies. */
export interface PolicyViolation {
  readonly code: "POLICY_VIOLATION";
  readonly message: string;
  /** The function that has the effect; undefined where none is called by name. */
  readonly called: FunctionName | undefined;
  readonly callers: readonly Caller[];
}

/** Tells of modules what a policy denies of them: for each module and effect, who has it first. */
export function deniedEffects(examined: readonly ModuleExamination[], { deny }: Policy): PolicyViolation[] {
  return examined.flatMap(({ module, effects }) =>
    deny.flatMap((effect) => {
      const own = effects.filter((one) => one.effect === effect);
      const [first] = own;
      if (first === undefined) return [];
      const more = own.length > 1 ? `, and ${own.length - 1} more of the kind` : "";
      const called = wholeName(first.called);
      return {
        code: "POLICY_VIOLATION",
        message: `Cannot ship ${displayModule(module)}: the play's policy denies ${effect}, and ${effectText(module, first)}${more}`,
        called,
        callers: first.callers,
      };
    }),
  );
}

/** Tells what a policy denies of a call that a step makes. */
export async function deniedCall(
  called: FunctionName,
  args: readonly Term[],
  { policy, source }: { policy: Policy; source: ModuleSource },
): Promise<PolicyViolation | undefined> {
  if (policy.deny.length === 0) return undefined;
  const effects = await source.effectsOfCall(called, args);
  const denied = policy.deny.find((effect) => effects.includes(effect));
  if (denied === undefined) return undefined;
  const message = `Cannot call ${displayFunction(called.module, called.name, called.arity)}: the play's policy denies ${denied}`;
  return { code: "POLICY_VIOLATION", message, called, callers: [] };
}

/**
 * Refuses modules that a host is sent, unless they are those of an Elixir that it lacks: of these, it
 * counts who calls them.
 *
 * @throws {FusionPlayError} `POLICY_VIOLATION`, for the first of them that the policy denies
 */
export async function refuseDenied(
  modules: readonly ShippedModule[],
  policy: Policy,
  source: ModuleSource,
): Promise<void> {
  if (policy.deny.length === 0) return;
  const names = modules.filter(({ elixir }) => elixir === null).map(({ name }) => name);
  const [violation] = deniedEffects(await source.examine(names), policy);
  if (violation !== undefined) throw policyError(violation);
}

/** Modules without those that Erlang and Elixir have: as long as a host is not asked, it is taken to have them. */
export async function withoutProvided(
  modules: readonly ShippedModule[],
  source: ModuleSource,
): Promise<readonly ShippedModule[]> {
  const provided = await source.providedAmong(modules.map(({ name }) => name));
  return modules.filter(({ name }) => !provided.has(name));
}

/** Makes an error of a violation. */
export function policyError({ code, message }: PolicyViolation): FusionPlayError {
  return new FusionPlayError(message, {
    code,
    hint: "Take the effect out of the policy's deny, or leave this code out; --dry-run lists all that is denied",
  });
}

function effectText(module: string, { effect, called, callers }: OwnEffect): string {
  const who = callersText(module, callers);
  if (effect === "on_load") return `${who} runs when it is loaded`;
  const name = wholeName(called);
  if (name === undefined) return `${who} calls functions that it chooses at run time`;
  return `${who} calls ${displayFunction(name.module, name.name, name.arity)}`;
}

function wholeName(called: PartOfName | undefined): FunctionName | undefined {
  if (called === undefined) return undefined;
  const { module, name, arity } = called;
  return module === undefined || name === undefined || arity === undefined
    ? undefined
    : { module, name, arity };
}

/** Whether a policy says that a function may be missing. */
export function mayBeMissing({ allowMissing }: Policy, { module, name, arity }: FunctionName): boolean {
  return allowMissing.some(
    (allowed) =>
      allowed.module === module &&
      (allowed.function === undefined ||
        (allowed.function.name === name && allowed.function.arity === arity)),
  );
}
