import { FusionPlayError } from "../errors.ts";
import { foldHostsWithin } from "../report/host-ranges.ts";
import { agentSocket, findAgentSocket } from "../sessions/agent-folder.ts";
import { Keeper } from "../sessions/keeper.ts";
import {
  hostResolver,
  type HeldChoice,
  type ResolveHost,
  type SshConnectorOptions,
} from "./ssh-connector.ts";
import { version } from "./version.ts";

/** So long may the names of hosts be in a warning. */
const MOST_CHARACTERS = 80;

/** How a command uses sessions of earlier runs. */
export interface HeldSessionOptions {
  /** `--keep`: how long to hold those of this one, in milliseconds. */
  readonly keep?: number;
  /** `--fresh`: use none. */
  readonly fresh?: true;
}

/** The use of held sessions by a command. Disposed of, it ends as one that was stopped, if it has not ended. */
export interface HeldUse extends HeldChoice, AsyncDisposable {
  readonly resolve: ResolveHost;
  readonly keeper: Keeper | undefined;
  /** Ends it. What a command used that did not end in order is of no more use. */
  end(how: "ended" | "stopped"): Promise<void>;
}

/**
 * Begins to use held sessions, where there are any or some are to be.
 *
 * @param warn told at the end why sessions are not kept that were to be
 * @throws {FusionPlayError} `USAGE` on a system where none can be held; `SESSIONS_FAILED`
 */
export async function useHeldSessions(
  { keep, fresh }: HeldSessionOptions,
  connecting: SshConnectorOptions,
  warn: (text: string) => void,
): Promise<HeldUse> {
  const resolve = hostResolver(connecting);
  if (process.platform === "win32" && keep !== undefined) {
    throw new FusionPlayError("Cannot keep sessions on Windows: there is no private socket for them", {
      code: "USAGE",
      hint: "Leave out --keep",
    });
  }
  /** Hosts by reason. */
  const notKept = new Map<string, string[]>();
  const path = keep === undefined ? findAgentSocket() : agentSocket();
  const keeper =
    path === undefined || (fresh === true && keep === undefined)
      ? undefined
      : await Keeper.begin({
          path,
          version: version(),
          leaseMs: keep,
          fresh: fresh === true,
          resolve,
          onNotKept: (host, why) => notKept.set(why, [...(notKept.get(why) ?? []), host]),
        });
  const end: HeldUse["end"] = async (how) => {
    await keeper?.end(how);
    for (const [why, hosts] of notKept) {
      warn(`the session of ${foldHostsWithin(hosts, MOST_CHARACTERS)} is not kept: ${why}`);
    }
    notKept.clear();
  };
  return { resolve, keeper, end, [Symbol.asyncDispose]: () => end("stopped") };
}
