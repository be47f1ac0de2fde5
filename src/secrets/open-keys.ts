import { readAgeIdentities } from "./age-identities.ts";
import { Keys } from "./keys.ts";
import type { Secrets } from "./secrets.ts";
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
 * Gets the keys of a run: reads files, runs programs, asks the user.
 *
 * @throws {FusionPlayError} `FILE_UNREADABLE`, `PROGRAM_FAILED`, `USAGE`
 */
export async function openKeys(
  { ageIdentities = [], ...vault }: KeySources,
  options: PasswordOptions & { readonly secrets?: Secrets },
): Promise<Keys> {
  const passwords = await readVaultPasswords(vault, options);
  return new Keys(passwords, await readAgeIdentities(ageIdentities, options), options.secrets);
}
