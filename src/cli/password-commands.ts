import { FusionPlayError } from "../errors.ts";
import type { ConnectionSettings } from "../inventory/inventory.ts";
import { programFailure } from "../programs/program-failure.ts";
import { runProgram } from "../programs/run-program.ts";
import { secret, type Secret } from "../secret.ts";
import type { Secrets } from "../secrets/secrets.ts";
import { unlessAborted } from "../waits/unless-aborted.ts";

/** A password manager may ask its user elsewhere, such as for a fingerprint. */
const LIMITS = { timeoutMs: 60_000, maxOutputBytes: 64 * 1024 };

/** Runs the commands that give passwords: each of them once in a run, and none before its host is connected to. */
export class PasswordCommands {
  readonly #secrets: Secrets;
  readonly #passwords: Map<string, Promise<Secret>> = new Map();

  constructor(secrets: Secrets) {
    this.#secrets = secrets;
  }

  /**
   * Puts the passwords that commands give into the settings of a host and of those on the way to it.
   *
   * @throws {FusionPlayError} `PROGRAM_FAILED`, or the signal's reason
   */
  async run(host: string, settings: ConnectionSettings, signal: AbortSignal): Promise<ConnectionSettings> {
    const { passwordCommand, password, jump } = settings;
    const hops = await Promise.all(
      (jump ?? []).map(async ({ name, connection }) => ({
        name,
        connection: await this.run(name, connection, signal),
      })),
    );
    const given =
      passwordCommand === undefined || password !== undefined
        ? {}
        : { password: await this.#passwordOf(host, passwordCommand, signal) };
    return { ...settings, ...given, ...(jump === undefined ? {} : { jump: hops }) };
  }

  async #passwordOf(host: string, command: string, signal: AbortSignal): Promise<Secret> {
    const known = this.#passwords.get(command);
    if (known === undefined) {
      const password = this.#ask(host, command, signal);
      this.#passwords.set(command, password);
      return await password;
    }
    try {
      return await unlessAborted(known, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof FusionPlayError) throw error;
      // Who asked first gave up, and this one still wants to know.
      if (this.#passwords.get(command) === known) this.#passwords.delete(command);
      return await this.#passwordOf(host, command, signal);
    }
  }

  async #ask(host: string, command: string, signal: AbortSignal): Promise<Secret> {
    const workingDirectory = process.cwd();
    const result = await runProgram("/bin/sh", ["-c", command], { workingDirectory, signal, ...LIMITS });
    if (result.type === "ended" && result.exitCode === 0) {
      const [password = ""] = Buffer.from(result.output).toString("utf8").split(/\r?\n/u);
      if (password !== "") {
        this.#secrets.add(password);
        return secret(password);
      }
    }
    const failed = `Cannot get the password of ${host}`;
    if (result.type === "ended" && result.exitCode === 0) {
      const hint = `Run it by hand: ${command}`;
      throw new FusionPlayError(`${failed}: the program printed none`, { code: "PROGRAM_FAILED", hint });
    }
    throw programFailure(result, { failed, command, ...LIMITS });
  }
}
