import type { DocumentNode, MappingNode } from "../documents/node.ts";
import { valueOf } from "../documents/node-at.ts";
import { quote } from "../documents/quote.ts";
import { parseCall } from "../etf/parse-call.ts";
import { TermSyntaxError } from "../etf/term-syntax-error.ts";
import { dataToTerm } from "../etf/data.ts";
import type { CallSyntax } from "../etf/syntax.ts";
import { callTemplate } from "./call-template.ts";
import { defaultName } from "./default-name.ts";
import { knownValue } from "./known-value.ts";
import { moduleName } from "./module-name.ts";
import type { CallTemplate, RunStep } from "./playbook.ts";
import { report } from "./playbook-source.ts";
import { readPurge } from "./purge.ts";
import { refuseTemplate } from "./refuse-template.ts";
import { hidesContent, readStepCommon } from "./step-common.ts";
import { textAt, textOf, type StepContext } from "./step-context.ts";
import { isTemplate } from "./template-text.ts";
import { compilePlaceholder, readTemplate } from "./template.ts";

/** Reads a step of the kind `run`. */
export function readRunStep(context: StepContext): RunStep {
  const { node } = context;
  const run = valueOf(node, "run") ?? node;
  const call = (run.kind === "mapping" ? readCallParts(context, run) : readCallText(context, run)) ?? NO_CALL;
  const { module, function: name, arity } = call;
  // Arguments may be what is to be hidden.
  const shown = hidesContent(context) ? `${module}.${name}/${arity}` : call.source;
  return {
    ...readStepCommon(context, defaultName("run", shown)),
    kind: "run",
    call,
    purge: readPurge(node),
  };
}

/** Stands in for a call that cannot be read: its playbook is refused. */
export const NO_CALL: CallTemplate = {
  source: "",
  language: "elixir",
  module: "",
  function: "",
  arity: 0,
  arguments: () => [],
};

const NAME_OF_TEMPLATE = {
  message: "Only arguments of a call can hold ${{ … }}: code is looked up before any value is known",
  hint: "Make a step of each call, with a when",
};

/** Reads a call that is written in the syntax of Elixir or Erlang. */
export function readCallText(
  { reading, before: { known } }: StepContext,
  node: DocumentNode,
): CallTemplate | undefined {
  const text = textOf(node);
  if (text === undefined) return undefined;
  let syntax: CallSyntax;
  try {
    syntax = parseCall(text);
  } catch (error) {
    if (!(error instanceof TermSyntaxError)) throw error;
    // What comes before the arguments, or all of it.
    const isName = isTemplate(text.split("(", 1)[0] ?? "");
    report(reading, node, isName ? NAME_OF_TEMPLATE : error);
    return undefined;
  }
  return callTemplate(text, syntax, (placeholder) =>
    compilePlaceholder(reading, node, { placeholder, known }),
  );
}

function readCallParts(
  { reading, before: { known } }: StepContext,
  node: MappingNode,
): CallTemplate | undefined {
  const moduleText = textAt(node, "module");
  const functionText = textAt(node, "function");
  const args = valueOf(node, "args");
  const templates =
    args?.kind === "sequence" ? args.items.map((item) => readTemplate(reading, item, known)) : [];
  if (moduleText === undefined || functionText === undefined) return undefined;
  const module = moduleName(moduleText);
  refuseTemplate(reading, valueOf(node, "function") ?? node, "function");
  const moduleNode = valueOf(node, "module") ?? node;
  if (module === undefined && !refuseTemplate(reading, moduleNode, "module")) {
    report(reading, moduleNode, {
      message: `${quote(moduleText)} is not the name of a module`,
      hint: "Write RemoteHealth for a module of Elixir, my_app for one of Erlang",
    });
  }
  const language = module?.startsWith("Elixir.") === true || moduleText.startsWith(":") ? "elixir" : "erlang";
  return {
    source:
      language === "elixir"
        ? `${moduleText}.${functionText}/${templates.length}`
        : `${moduleText}:${functionText}/${templates.length}`,
    language,
    module: module ?? moduleText,
    function: functionText,
    arity: templates.length,
    arguments: (scope) =>
      templates.map((template) =>
        scope === undefined ? knownValue(template) : dataToTerm(template.evaluate(scope)),
      ),
  };
}
