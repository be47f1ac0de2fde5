import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";

import { secret } from "../../src/secret.ts";
import { readPrivateKey, type PrivateKeyFile } from "../../src/ssh/private-key.ts";
import { generateKey, type KeyType } from "../live/sshd.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
const PASSPHRASE = "correct horse";

beforeAll(async () => {
  const encrypted = { passphrase: PASSPHRASE };
  await Promise.all([
    generateKey(join(folder, "ed25519"), "ed25519"),
    generateKey(join(folder, "ecdsa"), "ecdsa"),
    generateKey(join(folder, "rsa"), "rsa"),
    generateKey(join(folder, "rsa-pem"), "rsa", { options: ["-m", "PEM"] }),
    generateKey(join(folder, "locked"), "ed25519", encrypted),
    generateKey(join(folder, "locked-gcm"), "ed25519", {
      ...encrypted,
      options: ["-Z", "aes256-gcm@openssh.com"],
    }),
    generateKey(join(folder, "locked-pem"), "rsa", { ...encrypted, options: ["-m", "PEM"] }),
    generateKey(join(folder, "chacha"), "ed25519", {
      ...encrypted,
      options: ["-Z", "chacha20-poly1305@openssh.com"],
    }),
  ]);
  mkdirSync(join(folder, "directory"));
  writeFileSync(join(folder, "text"), "not a key at all\n");
  const [head = "", ...lines] = readFileSync(join(folder, "ed25519"), "utf8").split("\n");
  writeFileSync(join(folder, "damaged"), [head, ...lines.slice(1)].join("\n"));
});

async function read(name: string, passphrase?: string): Promise<PrivateKeyFile> {
  return await readPrivateKey({
    file: join(folder, name),
    ...(passphrase === undefined ? {} : { passphrase: secret(passphrase) }),
    required: true,
  });
}

function publicKey(name: string): string {
  return readFileSync(join(folder, `${name}.pub`), "utf8").split(" ")[1] ?? "";
}

test.each([
  ["ed25519", undefined],
  ["ecdsa", undefined],
  ["rsa", undefined],
  ["rsa-pem", undefined],
  ["locked", PASSPHRASE],
  ["locked-gcm", PASSPHRASE],
  ["locked-pem", PASSPHRASE],
])("readPrivateKey() reads %s", async (name, passphrase) => {
  const file = await read(name, passphrase);
  if (file.type !== "readable") throw file.error;
  expect(file.key.getPublicSSH().toString("base64")).toBe(publicKey(name));
});

test.each([
  ["missing", undefined, "there is no such file", "Check the path"],
  ["directory", undefined, "it is a folder", "Check the path"],
  ["locked", undefined, "it is encrypted, and no passphrase was given", "ssh-add"],
  ["locked", "wrong", "the passphrase is wrong", "fusion_private_key_passphrase"],
  ["locked-pem", undefined, "it is encrypted, and no passphrase was given", "ssh-add"],
  ["locked-pem", "wrong", "the passphrase is wrong", "fusion_private_key_passphrase"],
  ["locked-gcm", "wrong", "the passphrase is wrong", "fusion_private_key_passphrase"],
  ["chacha", PASSPHRASE, "it is encrypted with chacha20-poly1305@openssh.com", "aes256-ctr"],
  ["ed25519.pub", undefined, "it is a public key", join(folder, "ed25519")],
  ["text", undefined, "it is not a private key in a known format", "ssh-keygen -p"],
  ["damaged", undefined, "the file is damaged", "ssh-keygen -y"],
])(
  "readPrivateKey() says why %s with the passphrase %j cannot be read",
  async (name, passphrase, state, hint) => {
    const file = await read(name, passphrase);
    if (file.type !== "unreadable") throw new Error("it was read");
    expect(file.error.code).toBe("SSH_KEY_UNREADABLE");
    expect(file.error.message).toContain(`Cannot read the private key "${join(folder, name)}": ${state}`);
    expect(file.error.hint).toContain(hint);
    expect(`${file.error.message} ${file.error.hint}`).not.toContain(PASSPHRASE);
  },
);

test("readPrivateKey() makes the advice for an unsupported cipher work, when it is followed", async () => {
  const file = join(folder, "followed");
  await generateKey(file, "ed25519", {
    passphrase: PASSPHRASE,
    options: ["-Z", "chacha20-poly1305@openssh.com"],
  });
  execFileSync("ssh-keygen", ["-p", "-Z", "aes256-ctr", "-f", file, "-P", PASSPHRASE, "-N", PASSPHRASE], {
    stdio: "pipe",
  });
  expect((await read("followed", PASSPHRASE)).type).toBe("readable");
});

test.each(["locked", "chacha"])(
  "readPrivateKey() finds the public half of %s, when neither passphrase nor .pub file is there",
  async (name) => {
    const expected = publicKey(name);
    const copy = join(folder, `${name}-alone`);
    writeFileSync(copy, readFileSync(join(folder, name)));
    const file = await readPrivateKey({ file: copy, required: true });
    if (file.type !== "unreadable") throw new Error("it was read");
    expect(file.publicKey?.toString("base64")).toBe(expected);
    rmSync(copy);
  },
);

test("readPrivateKey() takes the public half from the .pub file, when the private one is not there", async () => {
  const name = "only-public" satisfies string;
  const type: KeyType = "ecdsa";
  await generateKey(join(folder, name), type);
  rmSync(join(folder, name));
  const file = await read(name);
  if (file.type !== "unreadable") throw new Error("it was read");
  expect(file.publicKey?.toString("base64")).toBe(publicKey(name));
});
