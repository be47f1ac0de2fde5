import { basename } from "node:path";
import { valueOf } from "../documents/node-at.ts";
import { readBlockKeys } from "./block-step.ts";
import type { Block } from "./playbook.ts";
import { report } from "./playbook-source.ts";
import { readName } from "./read-name.ts";
import { textOf, type StepContext } from "./step-context.ts";
import { isTemplate } from "./template-text.ts";

/** Reads `include_steps`: the steps of a file, which get what stands beside it as those of a block do. */
export function readIncludeSteps(context: StepContext): Block {
  const { reading, node, before, readSteps } = context;
  const value = valueOf(node, "include_steps") ?? node;
  const path = textOf(value) ?? "";
  if (isTemplate(path)) {
    report(reading, value, {
      message: '"include_steps" cannot hold ${{ … }}: the file is read before any value is known',
      hint: "Include several files, each with a when",
    });
  }
  const around = readBlockKeys(context);
  const file = reading.stepFiles.get(value);
  const inFile = file && { ...reading, source: file.source, problems: reading.problemsInFiles };
  return {
    kind: "block",
    name: readName(context)?.name ?? basename(path),
    block: inFile === undefined ? [] : readSteps(inFile, file?.root, { ...before, ...around }).steps,
    rescue: [],
    always: [],
    location: reading.source.locate(node),
  };
}
