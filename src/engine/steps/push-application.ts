import { FusionPlayError } from "../../errors.ts";
import { dataToTerm } from "../../etf/data.ts";
import { formatTerm } from "../../etf/format.ts";
import { atom, Atom, isAtom, isTuple, type Term } from "../../etf/term.ts";
import type { ApplicationTemplate } from "../../playbook/playbook.ts";
import type { Purge } from "../../playbook/play-host.ts";
import { applicationsToShip, missingApplications, namesOfTree } from "../applications-to-ship.ts";
import type { StepContext } from "./step-context.ts";
import { withOutdated } from "./with-outdated.ts";

const MAX_REASON_CHARACTERS = 2000;

/** Ships an OTP application with all that it needs and the host lacks, and starts it if that is wanted. */
export async function pushApplication(
  { name, config, start }: ApplicationTemplate,
  purge: Purge,
  context: StepContext,
): Promise<void> {
  const { node, source, signal, scope, onPush, onFiles } = context;
  const tree = await source.application(name);
  const entries = Object.entries(config).map(
    ([key, value]) => [key, dataToTerm(value.evaluate(scope))] as const,
  );
  const presence = await node.applications(namesOfTree(tree), { signal });
  const { applications, missing } = applicationsToShip(tree, presence);
  if (missing.length > 0) throw missingApplications(missing, "the host");
  const push = {
    applications,
    modules: withOutdated(source.closureOfApplications(applications), context),
    environment: { application: name, entries },
  };
  const named = applications.flatMap(({ modules }) => modules);
  const result = await node.pushApplications(push, { signal, purge, named, recheck: true });
  onPush(result);
  onFiles(result.files);
  if (start) await startApplication(name, context);
}

async function startApplication(
  name: string,
  { node, signal, timeoutMs, onOutput }: StepContext,
): Promise<void> {
  const call = { module: "application", function: "ensure_all_started", args: [atom(name)] };
  const answer = await node.call(call, { signal, timeoutMs, onOutput });
  const [tag, why] = isTuple(answer, 2) ? answer.elements : [];
  if (tag !== undefined && isAtom(tag, "ok")) return;
  throw new FusionPlayError(`Cannot start the application ${name}: ${reasonOf(name, why ?? answer)}`, {
    code: "APPLICATION_START_FAILED",
    hint: "Look at what the host printed, and at the configuration of the application",
  });
}

/** Reads `{Application, Reason}`: it may be one that the other needs. */
function reasonOf(name: string, why: Term): string {
  const [failed, reason] = isTuple(why, 2) ? why.elements : [];
  const text = (term: Term): string => formatTerm(term, "erlang", { maxLength: MAX_REASON_CHARACTERS });
  if (!(failed instanceof Atom) || reason === undefined) return text(why);
  return failed.name === name
    ? text(reason)
    : `${failed.name}, which it needs, did not start: ${text(reason)}`;
}
