import type { Transport } from "../engine/remote-node.ts";
import { FusionPlayError } from "../errors.ts";
import type { TransportChoice } from "../inventory/inventory.ts";

export interface BootOverOptions<Booted> {
  readonly boot: (transport: Transport) => Promise<Booted>;
  /** Closes what a boot has opened that failed. */
  readonly undo: () => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Boots over what is wanted; with `auto` over tunnels, and over standard input and output where the server
 * refuses those.
 *
 * @throws what `boot` throws; where both fail, the second error, which then tells of the first
 */
export async function bootOver<Booted>(
  choice: TransportChoice,
  { boot, undo, signal }: BootOverOptions<Booted>,
): Promise<{ booted: Booted; transport: Transport }> {
  if (choice !== "auto") return { booted: await boot(choice), transport: choice };
  let refusal: FusionPlayError;
  try {
    return { booted: await boot("tunnels"), transport: "tunnels" };
  } catch (error) {
    const found = forwardingRefusal(error);
    if (found === undefined || signal.aborted) throw error;
    refusal = found;
  }
  await undo();
  try {
    return { booted: await boot("stdio"), transport: "stdio" };
  } catch (error) {
    throw error instanceof FusionPlayError && !signal.aborted ? bothFailed(refusal, error) : error;
  }
}

/** What says that the server forwards nothing: an error, or what made it happen. */
function forwardingRefusal(error: unknown): FusionPlayError | undefined {
  if (!(error instanceof FusionPlayError)) return undefined;
  return error.code === "SSH_FORWARDING_REFUSED" ? error : forwardingRefusal(error.cause);
}

function bothFailed(refusal: FusionPlayError, error: FusionPlayError): FusionPlayError {
  const { message, code, hint } = error;
  return new FusionPlayError(`${message} (over stdio, as there are no tunnels: ${refusal.message})`, {
    code,
    hint,
    cause: error,
  });
}
