import type { Command } from "commander";
import type { HostKeyChecking } from "../inventory/inventory.ts";
import type { Secrets } from "../secrets/secrets.ts";
import { askSecret } from "./ask-secret.ts";
import { OPTION } from "./options.ts";
import type { SshConnectorOptions } from "./ssh-connector.ts";

/** Options that say how to get into hosts whose inventory does not say. */
export interface ConnectionOptions {
  readonly connectRetries?: number;
  readonly hostKeyChecking?: HostKeyChecking;
  readonly askPass?: true;
}

/** Adds the options of {@linkcode ConnectionOptions} to a command. */
export function withConnectionOptions(command: Command): Command {
  return command
    .addOption(OPTION.connectRetries())
    .addOption(OPTION.hostKeyChecking())
    .addOption(OPTION.askPass());
}

/**
 * Asks for passwords where the options say so: before anything is shown, and once for all hosts.
 *
 * @throws {FusionPlayError} `USAGE` if there is no terminal
 */
export async function connectorOptions(
  { hostKeyChecking, connectRetries, askPass }: ConnectionOptions,
  secrets: Secrets,
  signal: AbortSignal,
): Promise<SshConnectorOptions> {
  const password = askPass ? await askSecret("SSH password: ", signal, HINT) : undefined;
  if (password !== undefined) secrets.add(password);
  return { hostKeyChecking, connectRetries, password, secrets };
}

const HINT = "Give it with fusion_password or fusion_password_command in the inventory";
