import type { Secret } from "../secret.ts";
import type { Question } from "./askpass.ts";
import type { SshTarget } from "./ssh-target.ts";

/** Whether `ssh` may ask for anything that is known of a host. */
export function hasAnswers({ password, identities }: SshTarget): boolean {
  return password !== undefined || identities.some(({ passphrase }) => passphrase !== undefined);
}

/** What is answered to the `ssh` of one login: each secret once, and nothing else. */
export class OpensshAnswers {
  readonly #target: SshTarget;
  readonly #opened: Set<string> = new Set();
  /** How many proofs the server had accepted when the password was given. */
  #givenAfter: number | undefined;

  constructor(target: SshTarget) {
    this.#target = target;
  }

  /**
   * Gives what is asked for; undefined where it is not known, and `refused` where the password is asked for again.
   *
   * @param proofs how many proofs the server has accepted, and wants another
   */
  answer({ text, kind }: Question, proofs: number): Secret | "refused" | undefined {
    const { password, identities } = this.#target;
    if (kind !== "" || /\bPIN\b|\(yes\/no/.test(text)) return undefined;
    if (text.startsWith("Enter passphrase for ")) {
      // The same for all keys of a host; a wrong one is asked for again.
      if (this.#opened.has(text)) return undefined;
      this.#opened.add(text);
      return identities.find(({ passphrase }) => passphrase !== undefined)?.passphrase;
    }
    if (password === undefined) return undefined;
    if (this.#givenAfter !== undefined && proofs <= this.#givenAfter) return "refused";
    this.#givenAfter = proofs;
    return password;
  }
}
