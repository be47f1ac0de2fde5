import type { Secret } from "../secret.ts";

/** A password of Ansible Vault, and the id of what it is for. */
export interface VaultPassword {
  readonly vaultId: string;
  readonly password: Secret<Uint8Array>;
}
