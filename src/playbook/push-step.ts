import { valueOf } from "../documents/node-at.ts";
import { quote } from "../documents/quote.ts";
import type { DocumentNode, MappingNode } from "../documents/node.ts";
import { applicationName } from "./application-name.ts";
import { defaultName } from "./default-name.ts";
import { moduleName } from "./module-name.ts";
import type { ApplicationTemplate, PushStep, StepCommon } from "./playbook.ts";
import { report } from "./playbook-source.ts";
import { readPurge } from "./purge.ts";
import { isTrue, readStepCommon } from "./step-common.ts";
import { refuseTemplate } from "./refuse-template.ts";
import { oneOrMore, textAt, textOf, type StepContext } from "./step-context.ts";
import { readTemplates } from "./template.ts";

/** Reads a step of the kind `push`: modules, or an application. */
export function readPushStep(context: StepContext): PushStep {
  const push = valueOf(context.node, "push") ?? context.node;
  const purge = readPurge(context.node);
  const transaction = isTrue(valueOf(context.node, "transaction"));
  if (transaction && context.before.handlers.isHandler) {
    report(context.reading, valueOf(context.node, "transaction") ?? push, {
      message: '"transaction" cannot be in a handler',
      hint: "A transaction is one of all hosts, and a handler runs on those that notified it",
    });
  }
  if (transaction && context.loop !== undefined) {
    report(context.reading, valueOf(context.node, "transaction") ?? push, {
      message: '"transaction" cannot be in a step with "loop"',
      hint: "List the modules below push:",
    });
  }
  if (push.kind === "mapping") {
    const application = readApplication(context, push);
    const common = readStepCommon(context, defaultName("push", `app ${application.name}`));
    if (transaction) report(context.reading, valueOf(context.node, "transaction") ?? push, NO_TRANSACTION);
    return { ...common, kind: "push", modules: [], application, purge, transaction };
  }
  const { names, modules } = readModules(context, push);
  const common = readStepCommon(context, defaultName("push", names.join(", ")));
  const apart = keyApart(common);
  if (transaction && apart !== undefined) {
    report(context.reading, valueOf(context.node, "transaction") ?? push, {
      message: `"transaction" cannot be in a step with "${apart}", or in a block with it`,
      hint: "All hosts of the batch take part in a transaction at the same time",
    });
  }
  return { ...common, kind: "push", modules, application: undefined, purge, transaction };
}

/** What keeps hosts from doing a step together, each on itself. */
function keyApart({ runOnce, delegateTo, throttle }: StepCommon): string | undefined {
  if (runOnce) return "run_once";
  if (delegateTo !== undefined) return "delegate_to";
  return throttle === undefined ? undefined : "throttle";
}

/** Files, environment and start of an application cannot be taken back. */
const NO_TRANSACTION = {
  message: '"transaction" is for modules, and this step pushes an application',
  hint: "Push its modules by their names in a step before, with transaction: true",
};

function readModules(
  context: StepContext,
  push: DocumentNode,
): { names: readonly string[]; modules: readonly string[] } {
  const names: string[] = [];
  const modules: string[] = [];
  for (const item of oneOrMore(push)) {
    const text = textOf(item);
    if (text === undefined || refuseTemplate(context.reading, item, "push")) continue;
    const module = moduleName(text);
    if (module === undefined) {
      report(context.reading, item, {
        message: `${quote(text)} is not the name of a module`,
        hint: "Write RemoteHealth for a module of Elixir, my_app for one of Erlang",
      });
    } else modules.push(module);
    names.push(text);
  }
  return { names, modules };
}

function readApplication({ reading, before }: StepContext, push: MappingNode): ApplicationTemplate {
  const text = textAt(push, "app");
  const name = text === undefined ? undefined : applicationName(text);
  const app = valueOf(push, "app") ?? push;
  if (text !== undefined && name === undefined && !refuseTemplate(reading, app, "app")) {
    report(reading, app, {
      message: `${quote(text)} is not the name of an application`,
      hint: "Write it as its .app file is called: my_app",
    });
  }
  return {
    name: name ?? text ?? "",
    config: readTemplates(reading, valueOf(push, "config"), before.known),
    start: isTrue(valueOf(push, "start")),
  };
}
