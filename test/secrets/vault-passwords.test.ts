import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { secret } from "../../src/secret.ts";
import {
  readVaultPasswords,
  type PasswordOptions,
  type VaultPasswordSources,
} from "../../src/secrets/vault-passwords.ts";
import { encryptedByAnsible } from "./encrypted-by-ansible.ts";

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "secrets-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, name), text);
    if (/\.sh$|client/u.test(name) || name === "text-with-bit") await chmod(join(folder, name), 0o755);
  }
  return folder;
}

async function read(
  sources: VaultPasswordSources,
  files: Readonly<Record<string, string>>,
  ask: PasswordOptions["ask"] = () => expect.fail("it asks"),
): Promise<string[]> {
  const workingDirectory = await folderWith(files);
  const passwords = await readVaultPasswords(sources, { workingDirectory, ask });
  return passwords.map(
    ({ vaultId, password }) => `${vaultId}: ${Buffer.from(password.reveal()).toString("latin1")}`,
  );
}

test("readVaultPasswords() reads files and programs and asks, in Ansible's order", async () => {
  const asked: string[] = [];
  const passwords = await read(
    {
      vaultIds: ["dev@dev.txt", "plain.txt", "prod@prompt", "@dev.txt", "ops@keys-client.py", "a@b@c.sh"],
      vaultPasswordFiles: ["plain.txt", "program.sh"],
      askVaultPass: true,
    },
    {
      "dev.txt": "  dev pass \r\n\n",
      "plain.txt": "pl\u00e4in",
      "program.sh": "#!/bin/sh\nprintf '\\n from a program \\n\\n'\n",
      "keys-client.py": '#!/bin/sh\necho "$@"\n',
      "b@c.sh": '#!/bin/sh\necho "$#"\n',
    },
    async (prompt) => {
      asked.push(prompt);
      return secret(` typed ${asked.length} `);
    },
  );
  expect(passwords).toEqual([
    "dev: dev pass",
    `default: ${Buffer.from("pl\u00e4in").toString("latin1")}`,
    "prod: typed 1",
    "default: dev pass",
    "ops: --vault-id ops",
    "a: 0",
    `default: ${Buffer.from("pl\u00e4in").toString("latin1")}`,
    "default:  from a program ",
    "default: typed 2",
  ]);
  expect(asked).toEqual(["Vault password (prod): ", "Vault password: "]);
});

test("readVaultPasswords() opens a password that is encrypted itself, with one that was given before", async () => {
  const [vault = ""] = encryptedByAnsible([["first", "dev", "second\n"]]);
  const files = { first: "first", second: vault };
  expect(await read({ vaultIds: ["dev@first", "second"] }, files)).toEqual(["dev: first", "default: second"]);
  await expect(read({ vaultIds: ["second", "dev@first"] }, files)).rejects.toMatchObject({
    code: "FILE_UNREADABLE",
    message:
      'Cannot read the password in "second": it is encrypted by Ansible Vault, and no password is given',
    hint: "Name the password that opens it before, with --vault-id",
  });
});

test("readVaultPasswords() takes an executable text for a password, and does not run it", async () => {
  expect(
    await read({ vaultPasswordFiles: ["text-with-bit"] }, { "text-with-bit": "touch was-run\n" }),
  ).toEqual(["default: touch was-run"]);
});

test.each<[string, VaultPasswordSources, string, string]>([
  [
    "file is missing",
    { vaultPasswordFiles: ["pas"] },
    "FILE_UNREADABLE",
    'Cannot read "pas": it does not exist',
  ],
  ["file is a folder", { vaultPasswordFiles: ["."] }, "FILE_UNREADABLE", 'Cannot read ".": it is a folder'],
  [
    "file is empty",
    { vaultIds: ["dev@empty"] },
    "USAGE",
    'Cannot use the vault password: "empty" gives an empty one',
  ],
  [
    "program fails",
    { vaultPasswordFiles: ["fails.sh"] },
    "PROGRAM_FAILED",
    'Cannot get a password from "fails.sh": the program ended with exit code 1',
  ],
  [
    "client does not know the vault id",
    { vaultIds: ["dev@unknown-client.sh"] },
    "PROGRAM_FAILED",
    'Cannot get a password from "unknown-client.sh": it has none for the vault id "dev"',
  ],
])("readVaultPasswords() says so, when a %s", async (_title, sources, code, message) => {
  const files = {
    pass: "x",
    empty: "\n",
    "fails.sh": "#!/bin/sh\nexit 1\n",
    "unknown-client.sh": "#!/bin/sh\nexit 2\n",
  };
  await expect(read(sources, files)).rejects.toMatchObject({ code, message });
});

test("readVaultPasswords() refuses an empty answer", async () => {
  await expect(read({ askVaultPass: true }, {}, async () => secret(" "))).rejects.toThrow(
    "Cannot use the vault password: nothing was typed",
  );
});
