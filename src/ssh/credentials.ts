import type { ParsedKey } from "ssh2";

import type { Secret } from "../secret.ts";
import { listAgentKeys, type AgentKey } from "./agent-key.ts";
import { fingerprint } from "./known-hosts.ts";
import { readPrivateKey, type PrivateKeyFile } from "./private-key.ts";
import type { SshError } from "./ssh-error.ts";
import type { SshTarget } from "./ssh-target.ts";

/** One thing to try at the login. `label` says what it is, and never holds a secret. */
export type Credential = { readonly label: string } & (
  | { readonly type: "agent"; readonly agent: AgentKey }
  | { readonly type: "publickey"; readonly key: ParsedKey }
  | { readonly type: "password"; readonly password: Secret }
);

export interface Credentials {
  /** In the order in which they are offered. */
  readonly list: readonly Credential[];
  /** Keys that could not be read, and why: told only if the login fails. */
  readonly unreadable: readonly SshError[];
}

/**
 * Gathers what a target has to offer, in OpenSSH's order: keys of the agent that are among the identities,
 * other keys of the agent, key files, the password.
 *
 * @throws {SshError} `SSH_KEY_UNREADABLE` if a required identity cannot be read and the agent does not hold it
 */
export async function gatherCredentials(target: SshTarget, signal: AbortSignal): Promise<Credentials> {
  const files = await Promise.all(target.identities.map(readPrivateKey));
  const agentKeys = await agentKeysOf(target, signal);
  const inAgent = (file: PrivateKeyFile): AgentKey | undefined =>
    agentKeys.find(({ key }) => publicKeyOf(file)?.equals(key.getPublicSSH()));

  for (const [index, file] of files.entries()) {
    const required = target.identities[index]?.required === true;
    if (required && file.type === "unreadable" && inAgent(file) === undefined) throw file.error;
  }

  const listed = files.flatMap((file) => inAgent(file) ?? []);
  const others = target.identitiesOnly ? [] : agentKeys.filter((key) => !listed.includes(key));
  const list: Credential[] = [...new Set([...listed, ...others])].map((agent) => ({
    type: "agent",
    agent,
    label: `agent key ${fingerprint(agent.key.getPublicSSH())}`,
  }));
  for (const file of files) {
    if (file.type === "unreadable" || inAgent(file) !== undefined) continue;
    list.push({ type: "publickey", key: file.key, label: `key "${file.file}"` });
  }
  if (target.password !== undefined) {
    list.push({ type: "password", password: target.password, label: "password" });
  }
  const unreadable = files.flatMap((file) =>
    file.type === "unreadable" && !isMissing(file.error) && inAgent(file) === undefined ? [file.error] : [],
  );
  return { list, unreadable };
}

/** An agent that is gone is no reason to give up: `SSH_AUTH_SOCK` often outlives it. */
async function agentKeysOf({ agentSocket }: SshTarget, signal: AbortSignal): Promise<AgentKey[]> {
  if (agentSocket === undefined) return [];
  try {
    return await listAgentKeys(agentSocket, signal);
  } catch {
    signal.throwIfAborted();
    return [];
  }
}

function publicKeyOf(file: PrivateKeyFile): Buffer | undefined {
  return file.type === "readable" ? file.key.getPublicSSH() : file.publicKey;
}

function isMissing({ cause }: SshError): boolean {
  return (cause as NodeJS.ErrnoException | undefined)?.code === "ENOENT";
}
