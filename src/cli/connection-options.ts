import type { Command } from "commander";
import type { BecomeMethod, HostKeyChecking } from "../inventory/inventory.ts";
import type { Secret } from "../secret.ts";
import type { Secrets } from "../secrets/secrets.ts";
import { askSecret } from "./ask-secret.ts";
import { OPTION } from "./options.ts";
import { defaultSettings, type SshConnectorOptions } from "./ssh-connector.ts";

/** Options that say how to get into hosts whose inventory does not say. */
export interface ConnectionOptions {
  readonly connectRetries?: number;
  readonly hostKeyChecking?: HostKeyChecking;
  readonly askPass?: true;
  readonly become?: true;
  readonly becomeMethod?: BecomeMethod;
  readonly becomeUser?: string;
  readonly askBecomePass?: true;
}

/** Adds the options of {@linkcode ConnectionOptions} that concern SSH to a command. */
export function withConnectionOptions(command: Command): Command {
  return command
    .addOption(OPTION.connectRetries())
    .addOption(OPTION.hostKeyChecking())
    .addOption(OPTION.askPass());
}

/** Adds those of them that say who the BEAM runs as. */
export function withBecomeOptions(command: Command): Command {
  return command
    .addOption(OPTION.become())
    .addOption(OPTION.becomeMethod())
    .addOption(OPTION.becomeUser())
    .addOption(OPTION.askBecomePass());
}

/**
 * Asks for passwords where the options say so: before anything is shown, and once for all hosts.
 *
 * @throws {FusionPlayError} `USAGE` if there is no terminal
 */
export async function connectorOptions(
  { hostKeyChecking, connectRetries, ...options }: ConnectionOptions,
  secrets: Secrets,
  signal: AbortSignal,
): Promise<SshConnectorOptions> {
  const ask = async (wanted: true | undefined, prompt: string, hint: string): Promise<Secret | undefined> => {
    const password = wanted ? await askSecret(prompt, signal, hint) : undefined;
    if (password !== undefined) secrets.addData(password);
    return password;
  };
  const password = await ask(options.askPass, "SSH password: ", PASSWORD_HINT);
  const becomePassword = await ask(options.askBecomePass, "BECOME password: ", BECOME_HINT);
  const { become, becomeMethod, becomeUser } = options;
  const defaults = defaultSettings({ password, become, becomeMethod, becomeUser, becomePassword });
  return { hostKeyChecking, connectRetries, defaults, secrets };
}

const PASSWORD_HINT = "Give it with fusion_password or fusion_password_command in the inventory";
const BECOME_HINT = "Give it with fusion_become_password in the inventory";
