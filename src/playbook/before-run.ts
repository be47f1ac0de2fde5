import { describeData } from "../documents/describe-data.ts";
import type { DocumentNode } from "../documents/node.ts";
import { quote } from "../documents/quote.ts";
import { didYouMean } from "../documents/suggestion.ts";
import { FusionPlayError } from "../errors.ts";
import { secret } from "../secret.ts";
import { dataToValue, type Data } from "../etf/data.ts";
import { revealData } from "../etf/secret-data.ts";
import { shownOf, type Expected } from "./on-host.ts";
import { HIDE, type Play, type Scope, type Template, type VariableTemplate } from "./playbook.ts";
import { report, type Reading } from "./playbook-source.ts";
import { collectRequired } from "./required-variables.ts";
import { readTemplate } from "./template.ts";

/** Gives the names that are known before the run, when no host has been chosen; undefined where that comes later. */
export type BeforeRun = () => BeforeRunScope | undefined;

type BeforeRunScope = Scope & { readonly vars: Readonly<Record<string, Data>> };

/** The names that expressions of what is the same on all hosts may use. */
const KNOWN: readonly string[] = ["vars"];

/**
 * Finds the variables of a play that need no host, when they are first asked for: those that are given, and of those
 * of its own what needs nothing else.
 */
export function beforeRunOf(
  { extraVars, hide }: Pick<Reading, "extraVars" | "hide">,
  play: Pick<Play, "vars" | "varsFiles" | "prompts">,
): BeforeRun {
  let scope: BeforeRunScope | undefined;
  return () => {
    if (extraVars === "later") return undefined;
    scope ??= { vars: variablesOf(extraVars, { ...play, hide }), [HIDE]: hide };
    return scope;
  };
}

/** As hosts have them: files come above answers, answers above `vars`, which may use both. */
function variablesOf(
  extraVars: Readonly<Record<string, Data>>,
  { vars, varsFiles, prompts, hide }: Pick<Play, "vars" | "varsFiles" | "prompts"> & Pick<Reading, "hide">,
): Readonly<Record<string, Data>> {
  const known = Object.assign(Object.create(null) as Record<string, Data>, extraVars);
  for (const { name } of prompts.filter(({ isPrivate }) => isPrivate)) {
    const answer = known[name];
    if (answer !== undefined) known[name] = secret(answer);
  }
  const add = (variables: Readonly<Record<string, VariableTemplate>>, above: ReadonlySet<string>): void => {
    for (const [name, template] of Object.entries(variables)) {
      if (Object.hasOwn(extraVars, name) || above.has(name)) continue;
      const data = dataOf(template, { vars: known, [HIDE]: hide });
      if (data === undefined) delete known[name];
      else known[name] = data;
    }
  };
  for (const file of varsFiles) add(file.vars, new Set());
  add(
    vars,
    new Set([...prompts.map(({ name }) => name), ...varsFiles.flatMap((file) => Object.keys(file.vars))]),
  );
  return known;
}

function dataOf(template: Template, scope: Scope): Data | undefined {
  try {
    return template.evaluate(scope);
  } catch (error) {
    if (error instanceof FusionPlayError) return undefined;
    throw error;
  }
}

/** What may stand under a key that is the same on all hosts. */
export interface ExpectedBeforeRun<Fitting> extends Omit<Expected<Fitting>, "known"> {
  readonly beforeRun: BeforeRun;
}

/**
 * Reads a value with `${{ … }}` that is the same on all hosts; undefined where it does not fit, and where nothing is
 * known yet.
 */
export function readBeforeRun<Fitting>(
  reading: Reading,
  node: DocumentNode,
  { beforeRun, key, expected, hint, parse }: ExpectedBeforeRun<Fitting>,
): Fitting | undefined {
  const mistakes = reading.problems.length;
  const [template, required] = collectRequired(reading, () => readTemplate(reading, node, KNOWN));
  const scope = beforeRun();
  if (scope === undefined || reading.problems.length > mistakes) return undefined;
  for (const { name } of required.filter((variable) => !Object.hasOwn(scope.vars, variable.name))) {
    report(reading, node, {
      message: `"${key}" needs the variable ${quote(name)}, whose value is not known before the run`,
      hint:
        didYouMean(name, Object.keys(scope.vars)) ??
        `Give it with --extra-vars ${name}=… or in vars of the play`,
    });
  }
  if (reading.problems.length > mistakes) return undefined;
  try {
    const data = template.evaluate(scope);
    const fitting = parse(dataToValue(revealData(data)));
    if (fitting !== undefined) return fitting;
    report(reading, node, {
      message: `"${key}" expects ${expected}, got ${describeData(shownOf(data))}`,
      hint,
    });
  } catch (error) {
    if (!(error instanceof FusionPlayError)) throw error;
    report(reading, node, error);
  }
  return undefined;
}

/** Evaluates a text that is the same on all hosts; undefined where it cannot be known before the run. */
export function evaluatedBeforeRun(
  reading: Reading,
  node: DocumentNode,
  beforeRun: BeforeRun,
): Data | undefined {
  const [template] = collectRequired(reading, () => readTemplate(reading, node, KNOWN));
  const scope = beforeRun();
  return scope && dataOf(template, scope);
}
