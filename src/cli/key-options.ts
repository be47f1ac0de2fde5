import { Option, type Command } from "commander";
import type { Keys } from "../secrets/keys.ts";
import { openKeys } from "../secrets/open-keys.ts";
import { askSecret } from "./ask-secret.ts";
import type { CommandContext } from "./command-context.ts";
import { collect } from "./options.ts";

/** Options that say what opens encrypted files and values. */
export interface KeyOptions {
  readonly vaultId: readonly string[];
  readonly vaultPasswordFile: readonly string[];
  readonly askVaultPass?: true;
  readonly ageIdentity: readonly string[];
}

/** Adds the options of {@linkcode KeyOptions} to a command. */
export function withKeyOptions(command: Command): Command {
  return command
    .addOption(
      repeatable(
        "--vault-password-file <file>",
        "file or program with the password of Ansible Vault (repeatable)",
      ),
    )
    .addOption(
      repeatable(
        "--vault-id <id>",
        "id@file, id@program or id@prompt: the password for this vault id (repeatable)",
      ),
    )
    .addOption(new Option("--ask-vault-pass", "ask for the password of Ansible Vault"))
    .addOption(repeatable("--age-identity <file>", "file with identities that open .age files (repeatable)"));
}

/**
 * Gets the keys, and has what they decrypt kept out of errors.
 *
 * @throws {FusionPlayError} `FILE_UNREADABLE`, `PROGRAM_FAILED`, `USAGE`
 */
export async function keysOf(
  options: KeyOptions,
  { stop: { signal }, maskErrors }: Pick<CommandContext, "stop" | "maskErrors">,
): Promise<Keys> {
  const keys = await openKeys(
    {
      vaultIds: options.vaultId,
      vaultPasswordFiles: options.vaultPasswordFile,
      askVaultPass: options.askVaultPass === true,
      ageIdentities: options.ageIdentity,
    },
    { workingDirectory: process.cwd(), ask: (prompt) => askSecret(prompt, signal), signal },
  );
  maskErrors((text) => keys.secrets.mask(text));
  return keys;
}

function repeatable(flags: string, description: string): Option {
  return new Option(flags, description).default([], "none").argParser(collect);
}
