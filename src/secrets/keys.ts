import { openAge, type AgeIdentity } from "./open-age.ts";
import { openVault } from "./open-vault.ts";
import type { Opened } from "./opened.ts";
import { Secrets } from "./secrets.ts";
import type { VaultPassword } from "./vault-password.ts";

/** What opens the encrypted files and values of a run. Its keys are private, so that nothing prints them. */
export class Keys {
  readonly #passwords: readonly VaultPassword[];
  readonly #identities: readonly AgeIdentity[];

  /** Gets what is decrypted, to keep it out of what is shown. */
  readonly secrets: Secrets;

  constructor(
    passwords: readonly VaultPassword[] = [],
    identities: readonly AgeIdentity[] = [],
    secrets: Secrets = new Secrets(),
  ) {
    this.secrets = secrets;
    this.#passwords = passwords;
    this.#identities = identities;
  }

  /** Opens a text of Ansible Vault. */
  openVault(text: string): Opened {
    return openVault(text, this.#passwords);
  }

  /** Opens a file that age has encrypted. */
  async openAge(bytes: Uint8Array): Promise<Opened> {
    return openAge(bytes, this.#identities);
  }
}
