import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { temporaryFolder } from "../beam/temporary-folder.ts";
import { fusionPlay } from "./command-line.ts";
import { typed } from "./typed.ts";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const env = { ...process.env, ANSIBLE_CONFIG: "" };

/** Runs one of Ansible's programs and gives what it prints. */
function ansible(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: "utf8", env, stdio: ["ignore", "pipe", "ignore"] });
}

beforeAll(() => {
  writeFileSync(at("pw"), "a password\n");
  writeFileSync(at("ops-client.sh"), '#!/bin/sh\n[ "$*" = "--vault-id ops" ] && echo "of ops"\n');
  writeFileSync(at("program.sh"), "#!/bin/sh\necho of ops\n");
  for (const name of ["ops-client.sh", "program.sh"]) chmodSync(at(name), 0o755);
  const value = ansible("ansible-vault", "encrypt_string", "--vault-id", `ops@${at("program.sh")}`, "22022");
  writeFileSync(
    at("hosts.yml"),
    `web:\n  hosts:\n    w1:\n      ansible_port: ${value.replaceAll(/\n */gu, "\n        ").trimEnd()}\n`,
  );
  mkdirSync(at("group_vars"));
  writeFileSync(at("group_vars/web.yml"), "from: an encrypted file\n");
  ansible("ansible-vault", "encrypt", "--vault-password-file", at("pw"), at("group_vars/web.yml"));
  writeFileSync(at("vars.yml"), "extra: 1\n");
  ansible("ansible-vault", "encrypt", "--vault-password-file", at("pw"), at("vars.yml"));
  writeFileSync(at("play.yml"), "- hosts: all\n  vars: { x: 1 }\n  steps: [{ run: a:b() }]\n");
  ansible("ansible-vault", "encrypt", "--vault-password-file", at("pw"), at("play.yml"));
});

test("inventory --list prints what ansible-inventory prints, when files and values are encrypted", async () => {
  const options = ["-i", at("hosts.yml"), "--list", "--vault-password-file", at("pw")];
  expect(await fusionPlay("inventory", ...options)).toEqual({
    code: 0,
    stdout: ansible("ansible-inventory", ...options),
    stderr: "",
  });
});

test("validate opens playbooks and inventories with passwords of files, programs and clients", async () => {
  const files = [at("play.yml"), "-i", at("hosts.yml")];
  const valid = { code: 0, stdout: `${at("play.yml")}: ok, 1 play, 1 step\n`, stderr: "" };
  for (const ofOps of [`ops@${at("ops-client.sh")}`, `ops@${at("program.sh")}`, at("program.sh")]) {
    const keys = ["--vault-id", ofOps, "--vault-password-file", at("pw")];
    expect(await fusionPlay("validate", ...files, ...keys)).toEqual(valid);
  }
  expect(await fusionPlay("validate", at("play.yml"), "--vault-id", at("pw"))).toEqual(valid);
  const { code, stderr } = await fusionPlay("validate", ...files);
  expect([code, stderr.match(/no password is given/g)?.length]).toEqual([3, 3]);
});

test("run --list-hosts reads encrypted files of --extra-vars", async () => {
  const command = [at("play.yml"), "-i", "w1,", "-e", `@${at("vars.yml")}`, "--list-hosts"];
  expect(await fusionPlay("run", ...command, "--vault-id", at("pw"))).toMatchObject({ code: 0, stderr: "" });
  expect(await fusionPlay("run", ...command)).toMatchObject({ code: 3 });
});

test("--ask-vault-pass is refused, when there is no terminal", async () => {
  const { code, stderr } = await fusionPlay("inventory", "-i", at("hosts.yml"), "--list", "--ask-vault-pass");
  expect([code, stderr]).toEqual([
    3,
    "error USAGE: Cannot ask for a password: standard input is no terminal\n" +
      "  Name a file or program that gives it, with --vault-password-file or --vault-id\n",
  ]);
});

test("--ask-vault-pass and --vault-id id@prompt ask at the terminal, and show nothing of what is typed", async () => {
  const files = ["validate", at("play.yml"), "-i", at("hosts.yml")];
  const keys = ["--vault-id", "ops@prompt", "--ask-vault-pass"];
  const answers = [
    ["Vault password (ops): ", "of opz\u007fs\r"],
    ["Vault password: ", "a password\r"],
  ] as const;
  const { exitCode, shown } = await typed(answers, ...files, ...keys);
  expect(shown.replaceAll("\r", "")).toBe(
    `Vault password (ops): \nVault password: \n${at("play.yml")}: ok, 1 play, 1 step\n`,
  );
  expect(exitCode).toBe(0);
});

test("--ask-vault-pass ends with Ctrl-C and Ctrl-D", async () => {
  const command = ["validate", at("play.yml"), "--ask-vault-pass"];
  expect((await typed([["Vault password: ", "abc\u0003"]], ...command)).exitCode).toBe(130);
  const { exitCode, shown } = await typed([["Vault password: ", "\u0004"]], ...command);
  expect([exitCode, shown]).toEqual([3, expect.stringContaining("Cannot go on: no password was typed")]);
});
