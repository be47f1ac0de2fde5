import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { decryptVaultText, parseVaultText, VaultFormatError } from "../../src/secrets/ansible-vault.ts";
import { encryptedByAnsible, type VaultQuestion } from "./encrypted-by-ansible.ts";

const text = fc.string({ unit: "grapheme", maxLength: 300 });
const generated = fc.sample(
  fc.tuple(fc.string({ minLength: 1 }), fc.constantFrom(null, "default", "dev", "prod-1"), text),
  { seed: 7, numRuns: 60 },
);
const chosen: VaultQuestion[] = [
  ["pw", null, ""],
  ["pw", "dev", "x".repeat(16)],
  ["pw ü", null, "x".repeat(10_000)],
];
const questions: VaultQuestion[] = [...chosen, ...generated];

let encrypted: readonly string[];
beforeAll(() => {
  encrypted = encryptedByAnsible(questions);
});

test("decryptVaultText() gives what Ansible has encrypted, whatever text, password and vault id are", () => {
  const decrypted = encrypted.map((vault, index) => {
    const parts = parseVaultText(vault);
    const bytes = decryptVaultText(parts, Buffer.from(questions[index]?.[0] ?? ""));
    return [parts.vaultId, Buffer.from(bytes ?? []).toString()];
  });
  expect(decrypted).toEqual(questions.map(([, vaultId, plaintext]) => [vaultId ?? "default", plaintext]));
});

test("decryptVaultText() gives nothing, when the password is another one", () => {
  const [vault = ""] = encrypted;
  expect(decryptVaultText(parseVaultText(vault), Buffer.from("PW"))).toBeUndefined();
  expect(decryptVaultText(parseVaultText(vault), Buffer.from(""))).toBeUndefined();
});

test("parseVaultText() takes line ends of Windows, white space at the end, and upper case", () => {
  const [vault = ""] = encrypted;
  const [header = "", ...digits] = vault.split("\n");
  const other = [header, ...digits.map((line) => line.toUpperCase())].join("\r\n");
  expect(decryptVaultText(parseVaultText(`${other}  \n`), Buffer.from("pw"))).toEqual(Buffer.from(""));
});

test("decryptVaultText() never gives a text that was changed, and nothing breaks", () => {
  const [, vault = ""] = encrypted;
  const change = fc.tuple(fc.nat(vault.length - 1), fc.constantFrom("0", "f", "\n", " ", ";", "A", "z"));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const letters = Array.from(vault);
      for (const [at, letter] of changes) letters[at] = letter;
      const changed = letters.join("");
      try {
        const bytes = decryptVaultText(parseVaultText(changed), Buffer.from("pw"));
        if (bytes !== undefined) expect(Buffer.from(bytes).toString()).toBe("x".repeat(16));
      } catch (error) {
        expect(error).toBeInstanceOf(VaultFormatError);
      }
    }),
    { numRuns: 300 },
  );
});

test.each([
  ["$ANSIBLE_VAULT", "the first line is cut off"],
  ["$ANSIBLE_VAULT;1.1;AES\n00", "only the cipher AES256 is known"],
  ["$ANSIBLE_VAULTS;1.1;AES256\n00", "the first line is not $ANSIBLE_VAULT;1.1;AES256"],
  ["$ANSIBLE_VAULT;1.1;AES256\nxyz", "what follows the first line is not hexadecimal, or is cut off"],
  ["$ANSIBLE_VAULT;1.1;AES256\n616", "what follows the first line is not hexadecimal, or is cut off"],
  ["$ANSIBLE_VAULT;1.1;AES256\n61", "it does not have three parts"],
  ["$ANSIBLE_VAULT;1.1;AES256", "it does not have three parts"],
])("parseVaultText() says what is wrong with %j", (vault, message) => {
  expect(() => parseVaultText(vault)).toThrow(new VaultFormatError(message));
});
