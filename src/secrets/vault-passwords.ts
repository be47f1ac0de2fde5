import { homedir } from "node:os";
import { join, parse, resolve } from "node:path";
import { quote } from "../documents/quote.ts";
import { readSourceBytes } from "../documents/read-source-file.ts";
import { FusionPlayError } from "../errors.ts";
import { isProgram } from "../programs/is-program.ts";
import { programFailure } from "../programs/program-failure.ts";
import { runProgram } from "../programs/run-program.ts";
import { secret, type Secret } from "../secret.ts";
import { DEFAULT_VAULT_ID, isVaultText } from "./ansible-vault.ts";
import { openVault } from "./open-vault.ts";
import type { VaultPassword } from "./vault-password.ts";

/** Where passwords come from. */
export interface VaultPasswordSources {
  /**
   * `id@source` or a source alone: a file with the password, a program that prints it, or `prompt`.
   *
   * @default []
   */
  readonly vaultIds?: readonly string[];
  /**
   * Files and programs for the id `default`.
   *
   * @default []
   */
  readonly vaultPasswordFiles?: readonly string[];
  /**
   * Whether to ask for the password of the id `default`.
   *
   * @default false
   */
  readonly askVaultPass?: boolean;
}

/** Options of {@linkcode readVaultPasswords}. */
export interface PasswordOptions {
  readonly workingDirectory: string;
  /** Asks the user for a secret. */
  readonly ask: (prompt: string) => Promise<Secret>;
  /** Ends programs. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Gets passwords in the order in which they are tried: of `vaultIds`, of `vaultPasswordFiles`, and the one that is
 * asked for.
 *
 * @throws {FusionPlayError} `FILE_UNREADABLE`, `PROGRAM_FAILED`, `USAGE` if a password is empty
 */
export async function readVaultPasswords(
  { vaultIds = [], vaultPasswordFiles = [], askVaultPass = false }: VaultPasswordSources,
  options: PasswordOptions,
): Promise<VaultPassword[]> {
  const passwords: VaultPassword[] = [];
  const add = (vaultId: string, source: string, password: Uint8Array): void => {
    if (password.byteLength === 0) throw empty(source);
    passwords.push({ vaultId, password: secret(password) });
  };
  for (const { vaultId, source } of [
    ...vaultIds.map(splitVaultId),
    ...vaultPasswordFiles.map((source) => ({ vaultId: DEFAULT_VAULT_ID, source })),
  ]) {
    if (source === "prompt") add(vaultId, source, await askFor(`Vault password (${vaultId}): `, options));
    else add(vaultId, source, await passwordFrom(source, vaultId, passwords, options));
  }
  if (askVaultPass) add(DEFAULT_VAULT_ID, "prompt", await askFor("Vault password: ", options));
  return passwords;
}

function splitVaultId(text: string): { vaultId: string; source: string } {
  const at = text.indexOf("@");
  if (at === -1) return { vaultId: DEFAULT_VAULT_ID, source: text };
  return { vaultId: text.slice(0, at) || DEFAULT_VAULT_ID, source: text.slice(at + 1) };
}

async function askFor(prompt: string, { ask }: PasswordOptions): Promise<Uint8Array> {
  return Buffer.from((await ask(prompt)).reveal().trim());
}

/** @param known opens a password that is encrypted itself */
async function passwordFrom(
  source: string,
  vaultId: string,
  known: readonly VaultPassword[],
  options: PasswordOptions,
): Promise<Uint8Array> {
  const path = source.startsWith("~/")
    ? join(homedir(), source.slice(1))
    : resolve(options.workingDirectory, source);
  if (await isProgram(path)) return passwordOfProgram(path, { source, vaultId }, options);
  const text = latin1(await readSourceBytes(path, source)).replaceAll(AROUND, "");
  if (!isVaultText(text)) return bytesOf(text);
  const opened = openVault(text, known);
  if ("bytes" in opened) return bytesOf(latin1(opened.bytes).replaceAll(LINE_ENDS_AROUND, ""));
  throw new FusionPlayError(`Cannot read the password in ${quote(source)}: it ${opened.problem}`, {
    code: "FILE_UNREADABLE",
    hint: "Name the password that opens it before, with --vault-id",
  });
}

/** Long enough to type the passphrase of a key. */
const TIMEOUT_MS = 300_000;
const MAX_OUTPUT_BYTES = 64 * 1024;
/** By this exit code a client says that it does not know the vault id. */
const UNKNOWN_VAULT_ID = 2;

/** What a program prints. One whose name ends in `-client` is told the vault id, as Ansible does. */
async function passwordOfProgram(
  path: string,
  { source, vaultId }: { readonly source: string; readonly vaultId: string },
  { workingDirectory, signal }: PasswordOptions,
): Promise<Uint8Array> {
  const isClient = parse(path).name.endsWith("-client");
  const args = isClient ? ["--vault-id", vaultId] : [];
  const limits = { timeoutMs: TIMEOUT_MS, maxOutputBytes: MAX_OUTPUT_BYTES };
  const result = await runProgram(path, args, { workingDirectory, signal, interactive: true, ...limits });
  if (result.type === "ended" && result.exitCode === 0) {
    return bytesOf(latin1(result.output).replaceAll(LINE_ENDS_AROUND, ""));
  }
  const failed = `Cannot get a password from ${quote(source)}`;
  if (isClient && result.type === "ended" && result.exitCode === UNKNOWN_VAULT_ID) {
    throw new FusionPlayError(`${failed}: it has none for the vault id ${quote(vaultId)}`, {
      code: "PROGRAM_FAILED",
      hint: "Check the id before the @",
    });
  }
  throw programFailure(result, { failed, command: [path, ...args].join(" "), ...limits });
}

/** White space of ASCII: a password is bytes, in no encoding that would be known. */
const AROUND = /^[ \t\n\r\v\f]+|[ \t\n\r\v\f]+$/gu;
const LINE_ENDS_AROUND = /^[\r\n]+|[\r\n]+$/gu;

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

function empty(source: string): FusionPlayError {
  const from = source === "prompt" ? "nothing was typed" : `${quote(source)} gives an empty one`;
  return new FusionPlayError(`Cannot use the vault password: ${from}`, {
    code: "USAGE",
    hint: "Give a password of at least one character",
  });
}
