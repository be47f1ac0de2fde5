import { FusionPlayError } from "../../errors.ts";
import type { ShippedModule } from "../module-source.ts";
import type { PreparedPush, PushOptions } from "../remote-node.ts";
import type { TransactionAttempt, TransactionPart } from "../transactions.ts";
import type { StepContext } from "./step-context.ts";

/** How long a host may take to forget what it has prepared. */
const ABANDON_MS = 10_000;

/** Ships modules and loads them only if all hosts of the transaction have prepared theirs. */
export async function pushTogether(
  modules: readonly ShippedModule[],
  transaction: TransactionPart,
  context: StepContext,
  options: Omit<PushOptions, "signal">,
): Promise<void> {
  const { signal, slot, onPush } = context;
  const attempt = transaction.attempt();
  const prepared = await prepare(modules, attempt, context, options);
  await slot.lend(async () => {
    await waitForOthers(prepared, attempt, context);
    try {
      await prepared.finish(signal);
    } catch (error) {
      throw unfinished(signal.aborted ? signal.reason : error);
    }
    onPush(prepared.result);
  }, signal);
}

async function prepare(
  modules: readonly ShippedModule[],
  attempt: TransactionAttempt,
  { node, signal }: StepContext,
  options: Omit<PushOptions, "signal">,
): Promise<PreparedPush> {
  try {
    return await node.prepare(modules, { signal, ...options });
  } catch (error) {
    attempt.failed(error instanceof Error ? error.message : String(error));
    throw error;
  }
}

async function waitForOthers(
  prepared: PreparedPush,
  attempt: TransactionAttempt,
  { signal, timeoutMs }: StepContext,
): Promise<void> {
  try {
    await attempt.prepared({ signal, timeoutMs });
  } catch (error) {
    // A host that is lost or let go forgets by itself; why nothing is loaded is what is to be told.
    if (!signal.aborted) await prepared.abandon(AbortSignal.timeout(ABANDON_MS)).catch(() => {});
    throw error;
  }
}

/** The others load their code at the same time, whatever becomes of this host. */
function unfinished(error: unknown): unknown {
  if (!(error instanceof FusionPlayError)) return error;
  const rest = "all hosts of the transaction had prepared the code, and the others load it all the same";
  return new FusionPlayError(`${error.message}; ${rest}`, {
    code: error.code,
    hint: error.hint,
    cause: error,
  });
}
