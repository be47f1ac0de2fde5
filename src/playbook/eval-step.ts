import { keyText } from "../documents/key-text.ts";
import { valueOf } from "../documents/node-at.ts";
import { quote } from "../documents/quote.ts";
import { defaultName } from "./default-name.ts";
import type { EvalStep, InlineCode, Language } from "./playbook.ts";
import { report } from "./playbook-source.ts";
import { readPurge } from "./purge.ts";
import { hidesContent, readStepCommon } from "./step-common.ts";
import { textOf, type StepContext } from "./step-context.ts";
import { readTemplates } from "./template.ts";

/** What a variable looks like. */
const VARIABLE: Readonly<Record<Language, { syntax: RegExp; hint: string }>> = {
  elixir: {
    syntax: /^[a-z_]\w*[?!]?$/,
    hint: "A variable of Elixir starts with a small letter, such as path",
  },
  erlang: { syntax: /^[A-Z_]\w*$/, hint: "A variable of Erlang starts with a capital letter, such as Path" },
};

/** Reads a step of the kind `eval`. */
export function readEvalStep(context: StepContext): EvalStep {
  const { reading, node, before } = context;
  const bindings = valueOf(valueOf(node, "eval") ?? node, "bindings");
  const code = readCode(context);
  const name = hidesContent(context) ? "" : code.source;
  return {
    ...readStepCommon(context, defaultName("eval", name)),
    kind: "eval",
    code,
    purge: readPurge(node),
    bindings: readTemplates(reading, bindings, before.known),
  };
}

function readCode(context: StepContext): InlineCode {
  const { reading, node } = context;
  const code = valueOf(node, "eval") ?? node;
  const elixir = valueOf(code, "elixir");
  const erlang = valueOf(code, "erlang");
  const language: Language = erlang === undefined ? "elixir" : "erlang";
  const written = erlang ?? elixir;
  if (code.kind === "mapping" && elixir !== undefined && erlang !== undefined) {
    report(reading, erlang, {
      message: '"eval" takes "elixir" or "erlang", not both',
      hint: "Make two steps of it",
    });
  } else if (code.kind === "mapping" && written === undefined) {
    report(reading, code, {
      message: '"eval" needs "elixir" or "erlang"',
      hint: 'Write eval: { erlang: "node()" }',
    });
  }
  const template = reading.source.template(code);
  const source = (written === undefined ? undefined : textOf(written)) ?? "";
  if (written !== undefined && source.includes("${{")) {
    report(reading, written, {
      message: "Code cannot hold ${{ … }}: it is compiled once, before any value is known",
      hint: "Give the value a name in bindings, and use the name in the code",
      offset: source.indexOf("${{"),
    });
  } else if (written !== undefined && source.trim() === "" && textOf(written) !== undefined) {
    report(reading, written, { message: "The code is empty" });
  }
  return {
    language,
    source,
    variables: readVariables(context, language),
    isTemplate: template !== undefined,
    ...(reading.source.text.isSecret === true ? { isSecret: true } : {}),
    location: template?.location ?? reading.source.locate(written ?? code, 0),
    locate: template?.locate ?? ((offset) => written && reading.source.place(written, offset)),
  };
}

function readVariables({ reading, node }: StepContext, language: Language): string[] {
  const bindings = valueOf(valueOf(node, "eval") ?? node, "bindings");
  if (bindings?.kind !== "mapping") return [];
  const { syntax, hint } = VARIABLE[language];
  return bindings.entries.map(({ key }) => {
    const name = keyText(key);
    if (!syntax.test(name))
      report(reading, key, { message: `${quote(name)} is not a variable of ${language}`, hint });
    return name;
  });
}
