import { readAgeIdentities } from "./age-identities.ts";
import { Keys } from "./keys.ts";
import { Secrets } from "./secrets.ts";
import { readVaultPasswords, type PasswordOptions, type VaultPasswordSources } from "./vault-passwords.ts";

/** Where the keys of a run come from. */
export interface KeySources extends VaultPasswordSources {
  /**
   * Files with identities of age.
   *
   * @default []
   */
  readonly ageIdentities?: readonly string[];
}

/**
 * Gets the keys of a run: reads files, runs programs, asks the user. Passwords and identities are secrets themselves.
 *
 * @throws {FusionPlayError} `FILE_UNREADABLE`, `PROGRAM_FAILED`, `USAGE`
 */
export async function openKeys(
  { ageIdentities = [], ...vault }: KeySources,
  options: PasswordOptions & { readonly secrets?: Secrets },
): Promise<Keys> {
  const { secrets = new Secrets() } = options;
  const asked = {
    ...options,
    ask: async (prompt: string) => {
      const typed = await options.ask(prompt);
      secrets.addData(typed);
      return typed;
    },
  };
  const passwords = await readVaultPasswords(vault, asked);
  for (const { password } of passwords) secrets.addData(password);
  const identities = await readAgeIdentities(ageIdentities, asked);
  for (const identity of identities) secrets.addData(identity);
  return new Keys(passwords, identities, secrets);
}
