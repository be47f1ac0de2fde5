import { quote } from "../documents/quote.ts";
import { decryptVaultText, parseVaultText, VaultFormatError } from "./ansible-vault.ts";
import type { Opened } from "./opened.ts";
import type { VaultPassword } from "./vault-password.ts";

/** Opens a text of Ansible Vault: passwords of its vault id are tried first, then the others, as Ansible does. */
export function openVault(text: string, passwords: readonly VaultPassword[]): Opened {
  try {
    const parts = parseVaultText(text);
    const isMeant = ({ vaultId }: VaultPassword): boolean => vaultId === parts.vaultId;
    const meant = passwords.filter(isMeant);
    const others = passwords.filter((password) => !isMeant(password));
    for (const { password } of [...meant, ...others]) {
      const bytes = decryptVaultText(parts, password.reveal());
      if (bytes !== undefined) return { bytes };
    }
    return closed(parts.vaultId, passwords);
  } catch (error) {
    if (!(error instanceof VaultFormatError)) throw error;
    return { problem: `is no text of Ansible Vault: ${error.message}`, hint: "Encrypt it anew" };
  }
}

function closed(vaultId: string, passwords: readonly VaultPassword[]): Opened {
  if (passwords.length === 0) {
    return {
      problem: "is encrypted by Ansible Vault, and no password is given",
      hint: "Give one with --vault-password-file, --vault-id or --ask-vault-pass",
    };
  }
  const given = [...new Set(passwords.map((password) => quote(password.vaultId)))].join(", ");
  return {
    problem: "is encrypted by Ansible Vault, and no password fits",
    hint: `Its vault id is ${quote(vaultId)}; passwords are given for ${given}`,
  };
}
