import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Encrypter } from "age-encryption";
import { beforeAll, expect, test } from "vitest";
import { secret, type Secret } from "../../src/secret.ts";
import { readAgeIdentities } from "../../src/secrets/age-identities.ts";
import { Keys } from "../../src/secrets/keys.ts";
import { temporaryFolder } from "../beam/temporary-folder.ts";

const folder = temporaryFolder();
const options = { workingDirectory: folder, ask: (): never => expect.fail("it asks") };
let recipients: readonly string[];

beforeAll(() => {
  recipients = ["one", "two"].map((name) => {
    execFileSync("age-keygen", ["-o", join(folder, name)], { stdio: "ignore" });
    return execFileSync("age-keygen", ["-y", join(folder, name)], { encoding: "utf8" }).trim();
  });
});

/** What the program age makes of a text. */
function age(text: string, ...args: readonly string[]): Uint8Array {
  return execFileSync("age", args, { input: text });
}

async function open(bytes: Uint8Array, ...files: readonly string[]): Promise<unknown> {
  const keys = new Keys([], await readAgeIdentities(files, options));
  const opened = await keys.openAge(bytes);
  return "bytes" in opened ? Buffer.from(opened.bytes).toString() : opened;
}

test("Keys open what age has encrypted, in both of its forms, for one recipient or several", async () => {
  const [one = "", two = ""] = recipients;
  const text = "a: ü\n".repeat(20_000);
  expect(await open(age(text, "-r", one), "one")).toBe(text);
  expect(await open(age(text, "-a", "-r", one), "one")).toBe(text);
  expect(await open(age("x", "-r", one, "-r", two), "two")).toBe("x");
  expect(await open(age("", "-r", two), "one", "two")).toBe("");
});

test("Keys say why, when no identity opens a file", async () => {
  const [one = ""] = recipients;
  const file = age("x", "-r", one);
  expect(await open(file)).toEqual({
    problem: "is encrypted by age, and no identity is given",
    hint: "Name a file with one, with --age-identity",
  });
  expect(await open(file, "two")).toEqual({
    problem: "is encrypted by age, and no identity fits",
    hint: "Encrypt it for the recipient of your identity: age -r; a passphrase is not asked for",
  });
  const changed = Buffer.from(file);
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  expect(await open(changed, "one")).toMatchObject({
    problem: expect.stringContaining("is no file of age: ") as string,
  });
  expect(await open(Buffer.from("a: 1\n"), "one")).toEqual({
    problem: "is no file of age: it does not begin as age's files do",
    hint: "Encrypt it anew",
  });
});

test("readAgeIdentities() asks for the passphrase of a file that is encrypted", async () => {
  const encrypter = new Encrypter();
  encrypter.setScryptWorkFactor(10);
  encrypter.setPassphrase("long words");
  writeFileSync(join(folder, "locked"), await encrypter.encrypt(readFileSync(join(folder, "one"))));
  const asked: string[] = [];
  const ask = async (prompt: string): Promise<Secret> => {
    asked.push(prompt);
    return secret(asked.length === 1 ? "long words" : "other words");
  };
  const identities = await readAgeIdentities(["locked"], { ...options, ask });
  const opened = await new Keys([], identities).openAge(age("x", "-r", recipients[0] ?? ""));
  expect(opened).toEqual({ bytes: new Uint8Array(Buffer.from("x")) });
  await expect(readAgeIdentities(["locked"], { ...options, ask })).rejects.toThrow(
    'Cannot use the age identity "locked": the passphrase does not fit',
  );
  expect(asked[0]).toBe('Passphrase of the age identity "locked": ');
});

test.each([
  ["# only a comment\n", "it holds no identity"],
  [
    "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----\n",
    "it is no identity of age",
  ],
  ["# x\nAGE-SECRET-KEY-1NONSENSE\n", "its first identity is none"],
])("readAgeIdentities() refuses %j, and does not repeat it", async (text, state) => {
  writeFileSync(join(folder, "wrong"), text);
  const error = await readAgeIdentities(["wrong"], options).catch((reason: unknown) => reason as Error);
  expect(error).toMatchObject({
    code: "FILE_UNREADABLE",
    message: `Cannot use the age identity "wrong": ${state}`,
  });
});
