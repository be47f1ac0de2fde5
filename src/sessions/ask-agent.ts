import type { AgentAnswer, SessionInfo } from "./agent-message.ts";
import { reachAgent } from "./reach-agent.ts";

/** To end sessions takes some seconds where a BEAM hangs. */
const ANSWER_MS = 30_000;

/**
 * The sessions that are held, in the order in which they were made.
 *
 * @param path the agent's socket; undefined where there is none
 * @throws {FusionPlayError} `SESSIONS_FAILED`
 */
export async function listSessions(path: string | undefined): Promise<readonly SessionInfo[]> {
  const answer = await ask(path, { type: "list" });
  return answer?.type === "sessions" ? answer.sessions : [];
}

/**
 * Ends sessions, and waits until they have ended.
 *
 * @param hosts names of their hosts; null: all
 * @returns the hosts whose sessions were ended
 * @throws {FusionPlayError} `SESSIONS_FAILED`
 */
export async function stopSessions(
  path: string | undefined,
  hosts: readonly string[] | null,
): Promise<readonly string[]> {
  const answer = await ask(path, { type: "stop", hosts });
  return answer?.type === "stopped" ? answer.hosts : [];
}

async function ask(path: string | undefined, request: unknown): Promise<AgentAnswer | undefined> {
  const talk = path === undefined ? undefined : await reachAgent(path);
  if (talk === undefined) return undefined;
  talk.send(request);
  try {
    return (await talk.nextWithin(ANSWER_MS)) as AgentAnswer;
  } finally {
    talk.close();
  }
}
